//! The log of a case as one list: what was said, what was changed, where the account stood; newest first. A corrected
//! entry stands where it was, its old words struck and readable, the new ones under them (R3).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::facts::{Facts, spoken};
use super::words::{article, heading, spoken_field};
use crate::calendar;
use crate::cases::{Channel, Outcome};
use crate::customers::Status;
use crate::error::Result;
use crate::ids::{CaseId, InteractionId};
use crate::interactions::{Direction, Kind, Means, Response};
use crate::web::Cursor;

/// How many entries a page holds.
const PAGE: usize = 30;

/// Which entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Show {
    #[default]
    All,
    Attempts,
    Talks,
    Changes,
}

impl Show {
    pub(super) const ALL: [Self; 4] = [Self::All, Self::Attempts, Self::Talks, Self::Changes];

    pub(super) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.name() == name).unwrap_or_default()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Attempts => "attempts",
            Self::Talks => "conversations",
            Self::Changes => "changes",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Attempts => "Attempts",
            Self::Talks => "Conversations",
            Self::Changes => "Changes",
        }
    }

    /// How many there are.
    pub(super) fn count(self, facts: &Facts) -> i64 {
        match self {
            Self::All => facts.attempts + facts.talks + facts.changes,
            Self::Attempts => facts.attempts,
            Self::Talks => facts.talks,
            Self::Changes => facts.changes,
        }
    }
}

/// A page of the list.
pub(super) struct Timeline {
    pub(super) filters: Vec<Filter>,
    pub(super) entries: Vec<Entry>,
    /// The address of this very page of the list.
    pub(super) here: String,
    /// Further back.
    pub(super) earlier: Option<String>,
    /// Back to the newest, when this is not them.
    pub(super) newest: Option<String>,
}

/// One of the choices over the list.
pub(super) struct Filter {
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) count: i64,
    pub(super) current: bool,
}

/// One entry as shown.
pub(super) struct Entry {
    pub(super) heading: Option<String>,
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
    pub(super) who: String,
    pub(super) did: String,
    pub(super) pill: Option<(&'static str, &'static str)>,
    pub(super) at: String,
    pub(super) when: String,
    pub(super) exact: String,
    /// From, to.
    pub(super) change: Option<(String, String)>,
    pub(super) why: Option<String>,
    /// What was said; empty if nothing.
    pub(super) words: String,
    pub(super) from_customer: bool,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) corrections: Vec<Correction>,
    /// The newest version of it, which is the one to correct.
    pub(super) correct: Option<InteractionId>,
}

/// Later words for an entry.
pub(super) struct Correction {
    pub(super) who: String,
    pub(super) exact: String,
    pub(super) words: String,
    pub(super) newest: bool,
}

#[derive(Deserialize)]
struct Later {
    id: InteractionId,
    at: DateTime<Utc>,
    by: Option<String>,
    body: String,
}

struct Row {
    at: DateTime<Utc>,
    id: Uuid,
    what: String,
    by: Option<String>,
    direction: Option<String>,
    means: Option<String>,
    body: Option<String>,
    response: Option<String>,
    objection: Option<String>,
    levers: Vec<String>,
    next_step: Option<String>,
    next_step_at: Option<DateTime<Utc>>,
    field: Option<String>,
    was: Option<String>,
    now: Option<String>,
    why: Option<String>,
    later: Json<Vec<Later>>,
}

impl Timeline {
    /// Reads a page of it, in one statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(
        connection: &mut PgConnection,
        facts: &Facts,
        show: Show,
        before: Option<&str>,
    ) -> Result<Self> {
        let case = facts.case.id;
        let place: Option<(DateTime<Utc>, Uuid)> = before.and_then(Cursor::read);
        let mut rows = read(connection, case, show, place).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let address = |show: Show, rest: &str| match (show, rest) {
            (Show::All, "") => format!("/cases/{case}"),
            (show, rest) => format!("/cases/{case}?show={}{rest}", show.name()),
        };
        let earlier = rows.last().filter(|_| more).map(|last| Cursor::at(&(last.at, last.id)));
        let mut day = None;
        let entries = rows.into_iter().map(|row| Entry::of(row, facts, &mut day)).collect();
        Ok(Self {
            filters: Show::ALL
                .into_iter()
                .map(|one| Filter {
                    href: format!("{}#log", address(one, "")),
                    label: one.label(),
                    count: one.count(facts),
                    current: one == show,
                })
                .collect(),
            entries,
            here: match before {
                Some(before) if place.is_some() => address(show, &format!("&before={before}")),
                _ => address(show, ""),
            },
            earlier: earlier.map(|cursor| format!("{}#log", address(show, &format!("&before={cursor}")))),
            newest: place.map(|_| format!("{}#log", address(show, ""))),
        })
    }
}

#[expect(clippy::too_many_lines, reason = "one statement")]
async fn read(
    connection: &mut PgConnection,
    case: CaseId,
    show: Show,
    place: Option<(DateTime<Utc>, Uuid)>,
) -> Result<Vec<Row>> {
    let (at, id) = place.unzip();
    let talks = matches!(show, Show::All | Show::Talks);
    let attempts = matches!(show, Show::All | Show::Attempts);
    let changes = matches!(show, Show::All | Show::Changes);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    Ok(sqlx::query_as!(
        Row,
        r#"
        select e.at as "at!", e.id as "id!", e.what as "what!", u.name as "by?", e.direction, e.means, e.body,
            e.response, ob.name as "objection?",
            array(
                select l.name
                from interaction_levers il
                join levers l on l.code = il.lever
                where il.interaction_id = e.id and e.what = 'save_attempt'
                order by l.position
            ) as "levers!",
            e.next_step, e.next_step_at, e.field,
            coalesce(wu.name, wr.name, wo.number, ws.product, e.was) as was,
            coalesce(nu.name, nr.name, no.number, ns.product, e.now) as now, e.why,
            coalesce((
                with recursive chain as (
                    select c.id, c.at, c.by_id, c.body
                    from interactions c
                    where c.corrects_id = e.id
                    union all
                    select c.id, c.at, c.by_id, c.body
                    from chain
                    join interactions c on c.corrects_id = chain.id
                )
                select jsonb_agg(jsonb_build_object('id', chain.id, 'at', chain.at, 'by', cu.name, 'body', chain.body)
                    order by chain.at, chain.id)
                from chain
                left join users cu on cu.id = chain.by_id
            ), '[]') as "later!: Json<Vec<Later>>"
        from (
            (
                select i.at, i.id, i.kind as what, i.by_id, i.direction, i.channel as means, i.body, i.response,
                    i.objection, i.next_step, i.next_step_at, null::text as field, null::text as was,
                    null::text as now, null::text as why
                from interactions i
                where i.case_id = $1 and i.corrects_id is null
                    and case when i.kind = 'save_attempt' then $4::boolean else $5::boolean end
                    and ($2::timestamptz is null or (i.at, i.id) < ($2, $3::uuid))
                order by i.at desc, i.id desc
                limit $7
            )
            union all
            (
                select h.at, h.id, 'change', h.by_id, null, null, null, null, null, null, null, h.field, h.was, h.now,
                    h.why
                from case_changes h
                where h.case_id = $1 and $6::boolean
                    and ($2::timestamptz is null or (h.at, h.id) < ($2, $3::uuid))
                order by h.at desc, h.id desc
                limit $7
            )
            union all
            (
                select h.at, h.id, 'status', h.by_id, null, null, null, null, null, null, null, null, h.was, h.now,
                    h.why
                from cases c
                join status_changes h on h.customer_id = c.customer_id and h.was is not null and h.at >= c.opened_at
                    and (c.closed_at is null or h.at <= c.closed_at)
                where c.id = $1 and $6::boolean
                    and ($2::timestamptz is null or (h.at, h.id) < ($2, $3::uuid))
                order by h.at desc, h.id desc
                limit $7
            )
            union all
            (
                select c.opened_at, c.id, 'opened', c.opened_by_id, null, c.channel, c.stated_reason, null, null,
                    null, null, null, null, c.kind, c.second_because
                from cases c
                where c.id = $1 and $6::boolean
                    and ($2::timestamptz is null or (c.opened_at, c.id) < ($2, $3::uuid))
            )
        ) e
        left join users u on u.id = e.by_id
        left join objections ob on ob.code = e.objection
        left join users wu on wu.id = case when e.field = 'owner' then e.was::uuid end
        left join users nu on nu.id = case when e.field = 'owner' then e.now::uuid end
        left join reasons wr on e.field = 'reason' and wr.code = e.was
        left join reasons nr on e.field = 'reason' and nr.code = e.now
        left join orders wo on wo.id = case when e.field = 'subject' and e.was like 'order:%' then substr(e.was, 7)::uuid end
        left join orders no on no.id = case when e.field = 'subject' and e.now like 'order:%' then substr(e.now, 7)::uuid end
        left join subscriptions ws
            on ws.id = case when e.field = 'subject' and e.was like 'subscription:%' then substr(e.was, 14)::uuid end
        left join subscriptions ns
            on ns.id = case when e.field = 'subject' and e.now like 'subscription:%' then substr(e.now, 14)::uuid end
        order by e.at desc, e.id desc
        limit $7
        "#,
        case as CaseId,
        at,
        id,
        attempts,
        talks,
        changes,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

impl Entry {
    fn of(row: Row, facts: &Facts, day: &mut Option<NaiveDate>) -> Self {
        let (zone, now) = (facts.zone, facts.now);
        let date = row.at.with_timezone(&zone).date_naive();
        let heading = (day.replace(date) != Some(date)).then(|| heading(row.at, date, zone, now));
        let exact = calendar::moment(row.at, zone, now);
        let recent = (now - row.at).num_hours() < 24;
        let mut entry = Self {
            heading,
            icon: "edit",
            tone: "",
            who: row.by.clone().unwrap_or_else(|| "Savedesk".to_owned()),
            did: String::new(),
            pill: None,
            at: row.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            when: if recent { calendar::ago(row.at, now) } else { calendar::time_of_day(row.at, zone) },
            exact,
            change: None,
            why: None,
            words: String::new(),
            from_customer: false,
            facts: Vec::new(),
            corrections: Vec::new(),
            correct: None,
        };
        match row.what.as_str() {
            "opened" => entry.opened(row),
            "change" => entry.changed(row),
            "status" => entry.status(row),
            kind => {
                let kind = Kind::from_name(kind).unwrap_or(Kind::Note);
                entry.said(kind, row, zone, now);
            }
        }
        entry
    }

    fn opened(&mut self, row: Row) {
        let channel = row.means.as_deref().and_then(Channel::from_name).map_or("", Channel::label);
        self.icon = "flag";
        self.tone = "bad";
        self.did = format!("opened the case: {}", row.now.as_deref().map(spoken).unwrap_or_default().to_lowercase());
        self.facts = vec![("How it reached us", channel.to_owned())];
        if let Some(why) = row.why {
            self.facts.push(("Second case because", why));
        }
        self.words = row.body.unwrap_or_default();
        self.from_customer = true;
    }

    fn status(&mut self, row: Row) {
        let label = |name: Option<String>| {
            name.map_or_else(
                || "none".to_owned(),
                |name| Status::from_name(&name).map_or(name, |s| s.label().to_owned()),
            )
        };
        self.icon = "user";
        self.did = "changed the account status".into();
        self.change = Some((label(row.was), label(row.now)));
        self.why = row.why;
    }

    fn changed(&mut self, row: Row) {
        let field = row.field.unwrap_or_default();
        let (was, now) = (row.was, row.now);
        self.why = row.why;
        match field.as_str() {
            "stage" => self.moved(was.as_deref(), now.as_deref().unwrap_or_default()),
            "owner" => {
                self.icon = "user";
                self.did = match (was, now) {
                    (None, Some(to)) => format!("gave the case to {to}"),
                    (Some(from), Some(to)) => format!("gave the case of {from} to {to}"),
                    (_, None) => "put the case back in the queue".to_owned(),
                };
            }
            field => {
                let nothing = || if field == "subject" { "the whole relation" } else { "nothing" }.to_owned();
                self.icon = "edit";
                self.did = format!("changed {}", spoken_field(field));
                self.change = Some((was.unwrap_or_else(nothing), now.unwrap_or_else(nothing)));
                if field == "subject" {
                    self.change = self.change.take().map(|(was, now)| {
                        let named = |text: String| if text.is_empty() { nothing() } else { text };
                        (named(was), named(now))
                    });
                }
            }
        }
    }

    fn moved(&mut self, was: Option<&str>, now: &str) {
        let is_open = |name: &str| matches!(name, "new" | "working" | "waiting");
        match Outcome::from_name(now) {
            Some(outcome) => {
                self.icon = "check";
                self.tone = outcome.tone();
                self.did = "closed the case".into();
                self.pill = Some((outcome.tone(), outcome.label()));
                self.words = self.why.take().unwrap_or_default();
            }
            None if !was.is_some_and(is_open) => {
                self.icon = "undo";
                self.did = "reopened the case".into();
            }
            None => {
                let waits = now == "waiting";
                self.icon = if waits { "pause" } else { "right" };
                self.did = if waits { "left the case waiting" } else { "took up the case" }.into();
            }
        }
    }

    fn said(&mut self, kind: Kind, row: Row, zone: Tz, now: DateTime<Utc>) {
        let direction = row.direction.as_deref().and_then(Direction::from_name);
        let means = row.means.as_deref().and_then(Means::from_name);
        self.icon = match (kind, means) {
            (Kind::Call, _) | (Kind::SaveAttempt, None | Some(Means::Phone)) => "phone",
            (Kind::Note, _) => "note",
            (Kind::Chat, _) | (_, Some(Means::Chat)) => "chat",
            _ => "mail",
        };
        self.did = match (kind, direction) {
            (Kind::SaveAttempt, _) => "logged a save attempt".to_owned(),
            (Kind::Note, Some(Direction::Inbound)) => "noted a contact of the customer".to_owned(),
            (Kind::Note, _) => "wrote a note".to_owned(),
            (kind, Some(Direction::Inbound)) => format!("logged {} from the customer", article(kind)),
            (kind, _) => format!("logged {} to the customer", article(kind)),
        };
        if let Some(response) = row.response.as_deref().and_then(Response::from_name) {
            self.tone = "plum";
            self.pill = Some((response.tone(), response.label()));
        }
        if let Some(means) = means {
            let from = if direction == Some(Direction::Inbound) { "from" } else { "to" };
            self.facts.push(("Channel", format!("{}, {from} the customer", means.label())));
        }
        if let Some(objection) = row.objection {
            self.facts.push(("Objection", objection));
        }
        if !row.levers.is_empty() {
            self.facts.push(("Tried", row.levers.join(", ")));
        }
        if let Some((step, at)) = row.next_step.zip(row.next_step_at) {
            self.facts.push(("Next step", format!("{step}, {}", calendar::moment(at, zone, now))));
        }
        self.from_customer = direction == Some(Direction::Inbound) && kind != Kind::SaveAttempt;
        self.words = row.body.unwrap_or_default();
        self.correct = Some(row.later.0.last().map_or(InteractionId::from(row.id), |newest| newest.id));
        let count = row.later.0.len();
        let later = row.later.0.into_iter().enumerate();
        self.corrections = later
            .map(|(at, later)| Correction {
                who: later.by.unwrap_or_else(|| "Savedesk".to_owned()),
                exact: calendar::moment(later.at, zone, now),
                words: later.body,
                newest: at + 1 == count,
            })
            .collect();
    }
}
