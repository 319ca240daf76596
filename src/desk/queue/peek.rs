//! The preview beside the list: why the customer wants to leave, what is due, what happened last.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::PgConnection;

use super::filter::Seen;
use super::rows::{Mark, about, due};
use super::show::Icons;
use super::store;
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, LogInteractions, SeeCases};
use crate::calendar::{date, moment, time_of_day};
use crate::cases::{Channel, Kind};
use crate::db::{first, together};
use crate::deadlines;
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId};
use crate::interactions::{self, Direction, Interaction, Kind as Entered};
use crate::money::Money;
use crate::offers;
use crate::web::{self, App, Due};

/// How much of what was said is shown of each entry.
const WORDS: usize = 160;
/// How much of the customer's own words.
const STATED: usize = 600;

/// What is due in the case.
pub(super) struct Deadline {
    pub(super) what: String,
    pub(super) due: Due,
}

/// An entry of the log, in short.
pub(super) struct Latest {
    pub(super) icon: &'static str,
    pub(super) what: String,
    pub(super) by: String,
}

/// The preview of a case.
pub(super) struct Peek {
    pub(super) id: CaseId,
    pub(super) customer_id: CustomerId,
    pub(super) code: String,
    pub(super) customer: String,
    pub(super) about: String,
    pub(super) since: Option<String>,
    pub(super) mark: Mark,
    pub(super) due: Due,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) just_cancel: bool,
    pub(super) stated: String,
    pub(super) came: String,
    pub(super) tags: Vec<String>,
    /// What went wrong with promises.
    pub(super) flags: Vec<&'static str>,
    pub(super) deadlines: Vec<Deadline>,
    pub(super) latest: Vec<Latest>,
    pub(super) may_log: bool,
}

impl Peek {
    /// Reads it; none when there is no such case.
    pub(super) async fn read(
        connection: &mut PgConnection,
        can: &Can<SeeCases>,
        case: CaseId,
        seen: &Seen,
    ) -> Result<Option<Self>> {
        let row = match store::row(connection, case).await {
            Ok(row) => row,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let parts = (
            store::beside(case, seen.now),
            deadlines::of_case_part(case),
            interactions::of_case_part(case, None, 3),
            offers::of_case_part(case),
        );
        let (beside, open, latest, offers) = together(connection, parts).await?;
        let beside = first(beside)?;
        let mut facts = vec![("Value at risk", row.value().short())];
        if let Some(offer) = offers.iter().find(|offer| offer.stage.is_open()) {
            facts.push(("Offer", format!("{}, {}", offer.summary(), offer.stage.label().to_lowercase())));
        }
        if let Some(day) = beside.leaves_on {
            facts.push(("Leaves on", date(day, year(seen))));
        }
        if beside.paid_minor != 0 {
            facts.push(("Paid so far", Money::new(beside.paid_minor, beside.paid_currency).short()));
        }
        facts.push(("Kind", Kind::from_name(&row.kind).map_or("", Kind::label).to_owned()));
        facts.push(("Owner", row.owner.clone().unwrap_or_else(|| "Nobody yet".to_owned())));
        let channel = Channel::from_name(&row.channel).map_or("", Channel::label);
        Ok(Some(Self {
            id: row.id,
            customer_id: beside.customer,
            code: format!("SD-{}", row.number),
            about: about(&row),
            since: beside.since.map(|day| day.format("%b %Y").to_string()),
            mark: Mark::of(&row),
            due: due(&row, seen),
            facts,
            just_cancel: beside.just_cancel,
            stated: shortened(&row.stated_reason, STATED),
            came: format!("{channel}, {}", moment(row.opened_at, seen.zone, seen.now)),
            flags: [(beside.broken, "Broken promise"), (beside.overdue, "Promise late")]
                .into_iter()
                .filter_map(|(is_so, label)| is_so.then_some(label))
                .collect(),
            tags: beside.reason_above.into_iter().chain(row.reason).collect(),
            deadlines: open
                .into_iter()
                .map(|one| Deadline {
                    due: Due::new(one.due_at, one.set_at, &one.because, seen.zone, seen.now),
                    what: one.what,
                })
                .collect(),
            latest: latest.iter().map(|entry| in_short(entry, seen)).collect(),
            may_log: can.may::<LogInteractions>() && row.stage != "closed",
            customer: row.customer,
        }))
    }

    /// What the audit log says of looking at it (R4).
    pub(super) fn viewed(&self) -> Entry {
        Entry::new(Action::CaseViewed, Subject::Case(self.id)).of(self.customer_id).fact("page", "preview")
    }
}

fn year(seen: &Seen) -> i32 {
    chrono::Datelike::year(&seen.now.with_timezone(&seen.zone))
}

fn in_short(entry: &Interaction, seen: &Seen) -> Latest {
    let what = match (entry.kind, entry.response) {
        (Entered::SaveAttempt, Some(response)) => format!("Save attempt: {}.", response.label().to_lowercase()),
        (kind, _) => match entry.direction {
            Some(Direction::Inbound) => format!("{} from the customer.", kind.label()),
            Some(Direction::Outbound) => format!("{} to the customer.", kind.label()),
            None => format!("{}.", kind.label()),
        },
    };
    let same_day = entry.at.with_timezone(&seen.zone).date_naive() == seen.now.with_timezone(&seen.zone).date_naive();
    let at = if same_day { time_of_day(entry.at, seen.zone) } else { moment(entry.at, seen.zone, seen.now) };
    Latest {
        icon: match entry.kind {
            Entered::SaveAttempt | Entered::Call => "phone",
            Entered::Email | Entered::Letter => "mail",
            Entered::Chat => "chat",
            Entered::Note => "note",
        },
        what: format!("{what} {}", shortened(&entry.body, WORDS)),
        by: format!("{}, {at}", entry.by_name.as_deref().unwrap_or("Savedesk")),
    }
}

/// The beginning of a text, cut between words.
fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most).collect();
    let end = cut.rfind(' ').filter(|end| *end > most / 2).unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

#[derive(Template)]
#[template(path = "desk/queue_peek.html")]
struct PeekPart {
    frame: Icons,
    peek: Peek,
}

/// The preview as a part of the page; asked for as a page it is the queue with the preview open.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCases>,
    headers: HeaderMap,
    Path(case): Path<CaseId>,
) -> Result<Response> {
    let mut connection = app.db.read().await?;
    if !headers.contains_key("x-fragment") {
        store::row(&mut connection, case).await?;
        return Ok(Redirect::to(&format!("/queue?peek={case}")).into_response());
    }
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let seen = Seen { me: can.id, now: app.now(), zone };
    let peek = Peek::read(&mut connection, &can, case, &seen).await?.ok_or(Error::NotFound)?;
    drop(connection);
    audit::view_again(&app.db, &can, peek.viewed()).await?;
    Ok(web::html(&PeekPart { frame: Icons::new(), peek })?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_between_words_and_within_letters_never() {
        assert_eq!(shortened("a  short\ntext", 40), "a short text");
        assert_eq!(shortened("one two three four", 11), "one two…");
        assert_eq!(shortened("ééééééééééééé", 5), "ééééé…");
        assert_eq!(shortened("日本語 のテキスト がながい", 8), "日本語…");
    }
}
