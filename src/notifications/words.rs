//! A digest in words: lines to act on, each with where to do it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::DESK;
use super::store::digests::{Decision, News, Task};
use crate::calendar::{day, moment};

/// As many lines as a section has.
pub(super) const MOST: usize = 30;
/// The longest line that is no address, so that a phone and a narrow window show it as it stands.
const WIDTH: usize = 78;

/// What somebody looks at first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Urgent,
    Overdue,
    Today,
}

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

    fn urgency(&self, task: &Task) -> Urgency {
        if task.urgent {
            Urgency::Urgent
        } else if task.due_at < self.now {
            Urgency::Overdue
        } else {
            Urgency::Today
        }
    }

    /// "Thu 19 Nov: 1 urgent, 2 overdue, 3 due today, 1 approval"
    pub(super) fn subject(&self) -> String {
        let count = |urgency| self.tasks.iter().filter(|task| self.urgency(task) == urgency).count();
        let parts = [
            (count(Urgency::Urgent), "urgent", "urgent"),
            (count(Urgency::Overdue), "overdue", "overdue"),
            (count(Urgency::Today), "due today", "due today"),
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
        let greeting = format!(
            "{}, this is what waits for you on {}. Times are those of {}.",
            self.name,
            day(self.now, self.zone, self.now),
            self.zone.name().replace('_', " "),
        );
        let mut body = format!("{}\n", wrapped("", &greeting));
        for (title, urgency) in
            [("Urgent", Urgency::Urgent), ("Overdue", Urgency::Overdue), ("Due today", Urgency::Today)]
        {
            let shown = self.tasks.iter().take(MOST).filter(|task| self.urgency(task) == urgency);
            section(&mut body, title, &shown.map(|task| self.task(task)).collect::<Vec<_>>());
        }
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
        let _ = write!(body, "\nChoose what comes by mail:\n{DESK}/profile/notifications\n");
        body
    }

    fn task(&self, task: &Task) -> String {
        let due = moment(task.due_at, self.zone, self.now);
        let (was, late) = if task.due_at < self.now { ("was due", ", overdue") } else { ("due", "") };
        let late = if task.urgent { late } else { "" };
        let text = format!("SD-{} {}: {}, {was} {due}{late}", task.number, task.customer, task.what);
        line(&text, &format!("cases/{}", task.case))
    }

    fn decision(&self, one: &Decision) -> String {
        let due = moment(one.due_at, self.zone, self.now);
        let text = format!(
            "SD-{} {}: {} that costs {}, asked by {}, to be decided by {due}",
            one.number,
            one.customer,
            one.what,
            one.exposure(),
            one.asked_by,
        );
        line(&text, &format!("approvals/{}", one.id))
    }
}

fn news(one: &News) -> String {
    let of = match (one.number, &one.customer) {
        (Some(number), Some(customer)) => format!("SD-{number} {customer}: "),
        _ => String::new(),
    };
    line(&format!("{of}{}. {}", one.kind.short(), one.about), &format!("notifications/{}", one.id))
}

/// An entry, and under it where to act on it.
fn line(text: &str, path: &str) -> String {
    format!("{}\n  {DESK}/{path}", wrapped("- ", text))
}

/// Text in lines that fit, the first after a mark, the rest set in as far.
pub(super) fn wrapped(mark: &str, text: &str) -> String {
    let (mut out, mut column) = (mark.to_owned(), mark.len());
    for (at, word) in text.split_whitespace().enumerate() {
        let long = word.chars().count();
        if at > 0 && column + 1 + long > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(mark.len()));
            column = mark.len();
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += long;
    }
    out
}

fn section(body: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(body, "\n{title}\n");
    for line in lines {
        let _ = writeln!(body, "{line}");
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
            urgent: false,
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
        let late = "Overdue\n- SD-20418 Harborview Dental Group: Call back about the router, was due Tue 3\n  Mar 14:00\n  \
                    {desk}/cases/";
        assert!(body.contains(late), "{body}");
        assert!(body.contains("Due today\n- SD-20418") && body.contains(", due Wed 4"), "{body}");
        assert!(!body.contains("approval") && !body.contains("News"), "{body}");
    }

    #[test]
    fn what_is_urgent_comes_first_and_every_entry_has_its_link_in_lines_that_fit() {
        let mut digest = digest(&["2026-03-03T19:00:00Z", "2026-03-04T20:00:00Z", "2026-03-04T21:00:00Z"]);
        digest.tasks[2].urgent = true;
        digest.tasks[2].what = "Answer the FCC on every allegation that the customer made, one by one".to_owned();
        digest.news = vec![News {
            id: crate::ids::NoticeId::new(),
            kind: super::super::Kind::Parked,
            about: "Mails could not be sent and are parked in the outbox, each with the reason.".to_owned(),
            number: None,
            customer: None,
        }];
        assert_eq!(digest.subject(), "Wed 4 Mar: 1 urgent, 1 overdue, 1 due today, 1 other piece of news");
        let body = digest.body();
        let places: Vec<usize> = ["\nUrgent\n", "\nOverdue\n", "\nDue today\n", "\nNews since"]
            .iter()
            .map(|title| body.find(title).unwrap())
            .collect();
        assert!(places.is_sorted(), "{body}");
        assert_eq!(body.matches("\n- ").count(), 4, "{body}");
        assert_eq!(body.matches("\n  {desk}/").count(), 4, "each has where to act on it: {body}");
        for line in body.lines().filter(|line| !line.contains("{desk}/")) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn words_are_wrapped_where_they_fit() {
        assert_eq!(wrapped("- ", "one two"), "- one two");
        assert_eq!(wrapped("- ", &"é".repeat(90)), format!("- {}", "é".repeat(90)), "a long word stays whole");
        let text = wrapped("- ", &"word ".repeat(40));
        assert!(text.lines().count() == 3 && text.lines().skip(1).all(|line| line.starts_with("  word")), "{text}");
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
