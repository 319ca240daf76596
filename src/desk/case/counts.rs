//! How much the log of a case holds, of each kind that it can be narrowed to.

use serde::Deserialize;

use crate::db::{Part, part};
use crate::ids::{CaseId, UserId};

/// How many entries there are.
#[derive(Deserialize)]
pub(super) struct Counts {
    pub(super) attempts: i64,
    pub(super) talks: i64,
    pub(super) changes: i64,
    /// About offers, approvals and promises.
    pub(super) deals: i64,
    /// About requests to departments.
    pub(super) asked: i64,
}

/// Those of a case that whoever looks may know of, to be asked with the rest of its page.
pub(super) fn asked(case: CaseId, reader: Option<UserId>) -> Part<Counts> {
    part!(
        Counts,
        r#"
        select
            (
                select count(*)
                from interactions i
                where i.case_id = c.id and i.kind = 'save_attempt'
            ) as "attempts!",
            (
                select count(*)
                from interactions i
                where i.case_id = c.id and i.kind <> 'save_attempt' and i.corrects_id is null
            ) as "talks!",
            1 + (select count(*) from case_changes h where h.case_id = c.id)
            + (
                select count(*)
                from complaints p
                join complaint_entries e on e.complaint_id = p.id and e.what <> 'wrote'
                where p.case_id = c.id
            )
            + (select count(*) from follow_up_changes h where h.case_id = c.id and h.shown)
            + (select count(*) from appointment_changes h where h.case_id = c.id and h.change <> 'held')
            + (
                select count(*)
                from deadlines d
                join rung_effects x on x.deadline_id = d.id and x.taken and x.act in ('remind', 'escalate')
                where d.case_id = c.id
            ) + (
                select count(*)
                from status_changes h
                where h.customer_id = c.customer_id and h.was is not null and h.at >= c.opened_at
                    and (c.closed_at is null or h.at <= c.closed_at)
            ) + (
                select count(*)
                from process_events e
                join processes p on p.id = e.process_id
                where e.case_id = c.id and (not p.confidential or exists (
                    select from process_circle r where r.process_id = p.id and r.user_id = $2))
            ) as "changes!",
            (
                select count(*)
                from case_deals e
                where e.case_id = c.id
            ) + (
                select count(*)
                from promises p
                join promise_moves m on m.promise_id = p.id
                where p.case_id = c.id
            ) + (
                select count(*)
                from approvals a
                where a.case_id = c.id and a.moved_up_at is not null
            ) as "deals!",
            (
                select count(*)
                from request_entries e
                join requests q on q.id = e.request_id
                where e.case_id = c.id and (not q.confidential or exists (
                    select from request_readers r where r.request_id = q.id and r.user_id = $2))
            ) as "asked!"
        from cases c
        where c.id = $1
        "#,
        case as CaseId,
        reader as Option<UserId>,
    )
}
