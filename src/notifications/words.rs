//! A digest in words: lines to act on, each with where to do it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::DESK;
use super::store::digests::{Decision, News, Task};
use crate::calendar::{day, moment};

/// As many lines as a section has.
pub(super) const MOST: usize = 30;

/// What waits for somebody. Each list holds one more than is shown when there are more.
pub(super) struct Digest<'a> {
    pub(super) name: &'a str,
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
    pub(super) tasks: Vec<Task>,
    pub(super) decisions: Vec<Decision>,
    pub(super) news: Vec<News>,
}

impl Digest<'_> {
    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.decisions.is_empty() && self.news.is_empty()
    }

    fn overdue(&self) -> usize {
        self.tasks.iter().filter(|task| task.due_at < self.now).count()
    }

    /// "Thu 19 Nov: 2 overdue, 3 due today, 1 approval"
    pub(super) fn subject(&self) -> String {
        let overdue = self.overdue();
        let parts = [
            (overdue, "overdue", "overdue"),
            (self.tasks.len() - overdue, "due today", "due today"),
            (self.decisions.len(), "approval", "approvals"),
            (self.news.len(), "other piece of news", "other pieces of news"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| match count {
                1 => format!("1 {one}"),
                count if count > MOST => format!("more than {MOST} {many}"),
                count => format!("{count} {many}"),
            })
            .collect();
        format!("{}: {}", day(self.now, self.zone, self.now), parts.join(", "))
    }

    /// The whole text.
    pub(super) fn body(&self) -> String {
        let mut body = format!(
            "{}, this is what waits for you on {}. Times are those of {}.\n",
            self.name,
            day(self.now, self.zone, self.now),
            self.zone.name().replace('_', " "),
        );
        let shown = || self.tasks.iter().take(MOST);
        let late: Vec<String> = shown().filter(|task| task.due_at < self.now).map(|task| self.task(task)).collect();
        let today: Vec<String> = shown().filter(|task| task.due_at >= self.now).map(|task| self.task(task)).collect();
        section(&mut body, "Overdue", &late);
        section(&mut body, "Due today", &today);
        if self.tasks.len() > MOST {
            let _ = write!(body, "\nMore is due: {DESK}/queue\n");
        }
        let decisions: Vec<String> = self.decisions.iter().take(MOST).map(|one| self.decision(one)).collect();
        section(&mut body, "Waiting for your approval", &decisions);
        if self.decisions.len() > MOST {
            let _ = write!(body, "\nMore wait: {DESK}/approvals\n");
        }
        let news: Vec<String> = self.news.iter().take(MOST).map(news).collect();
        section(&mut body, "News since your last digest", &news);
        if self.news.len() > MOST {
            let _ = write!(body, "\nMore news: {DESK}/notifications\n");
        }
        let _ = write!(body, "\nChoose what comes by mail: {DESK}/profile/notifications\n");
        body
    }

    fn task(&self, task: &Task) -> String {
        let due = moment(task.due_at, self.zone, self.now);
        format!("SD-{} {}: {}, due {due}\n  {DESK}/cases/{}", task.number, task.customer, task.what, task.case)
    }

    fn decision(&self, one: &Decision) -> String {
        let due = moment(one.due_at, self.zone, self.now);
        format!(
            "SD-{} {}: {} that costs {}, asked by {}, to be decided by {due}\n  {DESK}/approvals/{}",
            one.number,
            one.customer,
            one.what,
            one.exposure(),
            one.asked_by,
            one.id,
        )
    }
}

fn news(one: &News) -> String {
    let of = match (one.number, &one.customer) {
        (Some(number), Some(customer)) => format!("SD-{number} {customer}: "),
        _ => String::new(),
    };
    let leads = one.case.map_or_else(String::new, |_| format!("\n  {DESK}/notifications/{}", one.id));
    format!("{of}{}. {}{leads}", one.kind.short(), one.about)
}

fn section(body: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(body, "\n{title}\n");
    for line in lines {
        let _ = writeln!(body, "- {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CaseId;

    fn digest(due: &[&str]) -> Digest<'static> {
        let task = |due: &&str| Task {
            what: "Call back about the router".to_owned(),
            due_at: due.parse().unwrap(),
            case: CaseId::new(),
            number: 20418,
            customer: "Harborview Dental Group".to_owned(),
        };
        Digest {
            name: "Priya Raman",
            zone: chrono_tz::America::New_York,
            now: "2026-03-04T14:00:00Z".parse().unwrap(),
            tasks: due.iter().map(task).collect(),
            decisions: Vec::new(),
            news: Vec::new(),
        }
    }

    #[test]
    fn a_digest_says_what_is_overdue_and_due_with_where_to_do_it() {
        assert!(digest(&[]).is_empty());
        let digest = digest(&["2026-03-03T19:00:00Z", "2026-03-04T20:00:00Z", "2026-03-04T21:00:00Z"]);
        assert_eq!(digest.subject(), "Wed 4 Mar: 1 overdue, 2 due today");
        let body = digest.body();
        let late = "Overdue\n- SD-20418 Harborview Dental Group: Call back about the router, due Tue 3 Mar 14:00\n  \
                    {desk}/cases/";
        assert!(body.contains(late), "{body}");
        assert!(body.contains("Due today\n- SD-20418") && body.contains("due Wed 4 Mar 15:00"), "{body}");
        assert!(!body.contains("approval") && !body.contains("News"), "{body}");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let due = vec!["2026-03-03T19:00:00Z"; MOST + 1];
        let digest = digest(&due);
        assert_eq!(digest.subject(), "Wed 4 Mar: more than 30 overdue");
        assert_eq!(digest.body().matches("SD-20418").count(), MOST);
        assert!(digest.body().contains("More is due"));
    }
}
