//! The log of a case as one list: what was said, what was changed, what was followed up, where the account stood; newest
//! first. A corrected
//! entry stands where it was, its old words struck and readable, the new ones under them (R3).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::counts::Counts;
use super::entry::{Entry, Later, Row};
use super::facts::Facts;
use crate::error::Result;
use crate::files::File;
use crate::ids::{CaseId, OfferId, UserId};
use crate::offers::Offer;
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
    Offers,
    Departments,
    Changes,
}

impl Show {
    pub(super) const ALL: [Self; 6] =
        [Self::All, Self::Attempts, Self::Talks, Self::Offers, Self::Departments, Self::Changes];

    pub(super) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.name() == name).unwrap_or_default()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Attempts => "attempts",
            Self::Talks => "conversations",
            Self::Offers => "offers",
            Self::Departments => "departments",
            Self::Changes => "changes",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Attempts => "Attempts",
            Self::Talks => "Conversations",
            Self::Offers => "Offers",
            Self::Departments => "Requests",
            Self::Changes => "Changes",
        }
    }

    /// How many there are.
    fn count(self, counts: &Counts) -> i64 {
        match self {
            Self::All => counts.attempts + counts.talks + counts.deals + counts.asked + counts.changes,
            Self::Attempts => counts.attempts,
            Self::Talks => counts.talks,
            Self::Offers => counts.deals,
            Self::Departments => counts.asked,
            Self::Changes => counts.changes,
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

impl Timeline {
    /// Reads a page of it, in one statement, as `reader` may see it; `terms` are all that were ever offered in the case.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(
        connection: &mut PgConnection,
        facts: &Facts,
        reader: Option<UserId>,
        counts: &Counts,
        (show, before): (Show, Option<&str>),
        terms: &[Offer],
    ) -> Result<Self> {
        let case = facts.case.id;
        let place: Option<(DateTime<Utc>, Uuid)> = before.and_then(Cursor::read);
        let mut rows = read(connection, case, show, place, reader).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let address = |show: Show, rest: &str| match (show, rest) {
            (Show::All, "") => format!("/cases/{case}"),
            (show, rest) => format!("/cases/{case}?show={}{rest}", show.name()),
        };
        let earlier = rows.last().filter(|_| more).map(|last| Cursor::at(&(last.at, last.id)));
        let mut day = None;
        let entries = rows.into_iter().map(|row| Entry::of(row, facts, terms, &mut day)).collect();
        Ok(Self {
            filters: Show::ALL
                .into_iter()
                .map(|one| Filter {
                    href: format!("{}#log", address(one, "")),
                    label: one.label(),
                    count: one.count(counts),
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
    reader: Option<UserId>,
) -> Result<Vec<Row>> {
    let (at, id) = place.unzip();
    let talks = matches!(show, Show::All | Show::Talks);
    let attempts = matches!(show, Show::All | Show::Attempts);
    let changes = matches!(show, Show::All | Show::Changes);
    let deals = matches!(show, Show::All | Show::Offers);
    let asked = matches!(show, Show::All | Show::Departments);
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
            coalesce(nu.name, nr.name, no.number, ns.product, e.now) as now, e.why, e.offer_id as "offer: OfferId", e.revision,
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
            ), '[]') as "later!: Json<Vec<Later>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'kind', f.kind, 'size', f.size)
                    order by f.id)
                from files f
                where f.case_id = $1 and (f.interaction_id = e.id
                    -- as case_deals names the end of a promise
                    or (e.what = 'promise_ended' and ('7' || substr(md5(f.promise_id::text), 2))::uuid = e.id))
            ), '[]') as "files!: Json<Vec<File>>"
        from (
            (
                select i.at, i.id, i.kind as what, i.by_id, i.direction, i.channel as means, i.body, i.response,
                    i.objection, i.next_step, i.next_step_at, null::text as field, null::text as was,
                    null::text as now, null::text as why, i.offer_id, null::integer as revision
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
                    h.why, null, null
                from case_changes h
                where h.case_id = $1 and $6::boolean
                    and ($2::timestamptz is null or (h.at, h.id) < ($2, $3::uuid))
                order by h.at desc, h.id desc
                limit $7
            )
            union all
            (
                select h.at, h.id, 'status', h.by_id, null, null, null, null, null, null, null, null, h.was, h.now,
                    h.why, null, null
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
                select d.at, d.id, d.what, d.by_id, null, d.mark, d.words, null,
                    case when d.what = 'offer_ended' then d.about end, null, null, null, null, null,
                    case when d.what in ('promise_made', 'promise_ended') then d.about end, d.offer_id, d.revision
                from case_deals d
                where d.case_id = $1 and $8::boolean
                    and ($2::timestamptz is null or (d.at, d.id) < ($2, $3::uuid))
                order by d.at desc, d.id desc
                limit $7
            )
            union all
            (
                select e.at, e.id, 'request_' || e.what, e.by_id, null, e.mark, e.body, null, null, q.what, null, q.kind,
                    e.by_name, d.name, null, null, null
                from request_entries e
                join requests q on q.id = e.request_id
                join departments d on d.id = e.department_id
                where e.case_id = $1 and $9::boolean
                    and (not q.confidential or exists (
                        select from request_readers r where r.request_id = q.id and r.user_id = $10))
                    and ($2::timestamptz is null or (e.at, e.id) < ($2, $3::uuid))
                order by e.at desc, e.id desc
                limit $7
            )
            union all
            (
                select e.at, e.id, 'complaint_' || e.what, e.by_id, null, null, e.words, null, null, null, null, null,
                    c.source, c.external_ref, null, null, null
                from complaints c
                join complaint_entries e on e.complaint_id = c.id and e.what <> 'wrote'
                where c.case_id = $1 and $6::boolean
                    and ($2::timestamptz is null or (e.at, e.id) < ($2, $3::uuid))
                order by e.at desc, e.id desc
                limit $7
            )
            union all
            (
                select x.at, x.deadline_id, 'chased', null, null, null, d.what, null, null, null, null, x.act, null,
                    d.kind, null, null, null
                from deadlines d
                join rung_effects x on x.deadline_id = d.id and x.taken and x.act in ('remind', 'escalate')
                where d.case_id = $1 and $6::boolean
                    and ($2::timestamptz is null or (x.at, x.deadline_id) < ($2, $3::uuid))
                order by x.at desc, x.deadline_id desc
                limit $7
            )
            union all
            (
                select h.at, h.id, 'follow_up_' || h.change, h.by_id, null, h.mark, h.note, null, null, f.what, h.due_at,
                    f.kind, null, fu.name, null, null, null
                from follow_up_changes h
                join follow_ups f on f.id = h.follow_up_id
                left join users fu on fu.id = h.owner_id
                where h.case_id = $1 and h.shown and $6::boolean
                    and ($2::timestamptz is null or (h.at, h.id) < ($2, $3::uuid))
                order by h.at desc, h.id desc
                limit $7
            )
            union all
            (
                select e.at, e.id, 'process_' || e.what, e.by_id, null, null, e.words, null, null, s.what, null, p.kind,
                    null, null, null, null, null
                from process_events e
                join processes p on p.id = e.process_id
                left join process_steps s on s.id = e.step_id
                where e.case_id = $1 and $6::boolean
                    and (not p.confidential or exists (
                        select from process_circle r where r.process_id = p.id and r.user_id = $10))
                    and ($2::timestamptz is null or (e.at, e.id) < ($2, $3::uuid))
                order by e.at desc, e.id desc
                limit $7
            )
            union all
            (
                select h.at, h.id, 'appointment_' || h.change, h.by_id, null, null, h.note, null, null, a.what,
                    h.starts_at, a.kind, null, hu.name, null, null, null
                from appointment_changes h
                join appointments a on a.id = h.appointment_id
                join users hu on hu.id = h.host_id
                where h.case_id = $1 and h.change <> 'held' and $6::boolean
                    and ($2::timestamptz is null or (h.at, h.id) < ($2, $3::uuid))
                order by h.at desc, h.id desc
                limit $7
            )
            union all
            (
                select m.at, m.id, case when m.due_at is null then 'promise_handed' else 'promise_moved' end, m.by_id,
                    null, null, m.why, null, null, null, null, null,
                    coalesce(to_char(m.was_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), wm.name),
                    coalesce(to_char(m.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), nm.name),
                    p.what, p.offer_id, null
                from promises p
                join promise_moves m on m.promise_id = p.id
                left join users wm on wm.id = m.was_owner_id
                left join users nm on nm.id = m.owner_id
                where p.case_id = $1 and $8::boolean
                    and ($2::timestamptz is null or (m.at, m.id) < ($2, $3::uuid))
                order by m.at desc, m.id desc
                limit $7
            )
            union all
            (
                select a.moved_up_at, a.id, 'approval_moved_up', null, null, a.moved_up_because, null, null, null, null, null,
                    null, null, null, null, a.offer_id, a.revision
                from approvals a
                where a.case_id = $1 and a.moved_up_at is not null and $8::boolean
                    and ($2::timestamptz is null or (a.moved_up_at, a.id) < ($2, $3::uuid))
                order by a.moved_up_at desc, a.id desc
                limit $7
            )
            union all
            (
                select c.opened_at, c.id, 'opened', c.opened_by_id, null, c.channel, c.stated_reason, null, null,
                    null, null, null, null, c.kind, c.second_because, null, null
                from cases c
                where c.id = $1 and $6::boolean
                    and ($2::timestamptz is null or (c.opened_at, c.id) < ($2, $3::uuid))
            )
        ) e
        left join users u on u.id = e.by_id
        left join objections ob on ob.code = e.objection
        left join users wu on wu.id = case when e.field = 'owner' then e.was::uuid end
        left join users nu on nu.id = case when e.field = 'owner' then e.now::uuid end
        left join reasons wr on e.field in ('reason', 'verified_cause') and wr.code = e.was
        left join reasons nr on e.field in ('reason', 'verified_cause') and nr.code = e.now
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
        deals,
        asked,
        reader as Option<UserId>,
    )
    .fetch_all(connection)
    .await?)
}
