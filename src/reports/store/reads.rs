//! Where the rows of each source are, and what of them is read.

use super::super::{Figure, Source};

/// How the rows of a source are read; each a piece of SQL.
pub(super) struct Reads {
    /// Their tables: the case is `c`, its customer `cu`. A question mark stands for whoever looks.
    pub(super) from: &'static str,
    /// Which of them count at all.
    pub(super) which: &'static str,
    /// The column by which they are listed, the newest first, and its type.
    pub(super) key: (&'static str, &'static str),
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    pub(super) detail: &'static str,
    /// The amount in minor units.
    pub(super) minor: &'static str,
    /// From when to when it took its time.
    pub(super) span: (&'static str, &'static str),
    /// The minutes that a team worked meanwhile, where they are kept.
    pub(super) minutes: &'static str,
    /// The team whose it is.
    pub(super) team: &'static str,
    /// Who has it or did it.
    pub(super) owner: &'static str,
    /// What it came to.
    pub(super) stage: &'static str,
    /// Whether whoever looks may not know what it is, and whose.
    pub(super) hidden: &'static str,
}

/// What became of a deadline whose time has passed.
const DEADLINE_CAME_TO: &str = "deadline_came_to(d)";
/// Whether a department answered in time.
const ANSWER_CAME: &str = "case when r.ended_at <= r.due_at then 'in_time' else 'late' end";
/// What an offer that was shown came to: what was accepted stays so, whatever became of it later.
const OFFER_CAME_TO: &str = "case when f.stage in ('fulfilled', 'failed') then 'accepted' else f.stage end";
/// Whether an attempt says all that it should.
const ATTEMPT_IS: &str = "case when attempt_is_whole(i) then 'whole' else 'lacking' end";

/// Of something that happened in a case, at a moment.
const DATED: Reads = Reads {
    from: "",
    which: "true",
    key: ("", "timestamptz"),
    id: "",
    what: "",
    detail: "",
    minor: "null::bigint",
    span: ("null::timestamptz", "null::timestamptz"),
    minutes: "null::integer",
    team: "c.team_id",
    owner: "c.owner_id",
    stage: "c.stage",
    hidden: "false",
};

/// How the rows of a figure are read.
#[expect(clippy::too_many_lines, reason = "one table for each figure")]
pub(super) fn of(figure: Figure) -> Reads {
    match figure.source() {
        Source::Outcomes => Reads {
            from: "outcomes o left join cases c on c.id = o.case_id left join customers cu on cu.id = o.customer_id",
            key: ("o.closed_on", "date"),
            id: "o.id",
            what: "o.outcome",
            detail: "o.reason",
            minor: figure.rule().1,
            team: "o.team_id",
            owner: "o.owner_id",
            ..DATED
        },
        Source::Live => Reads {
            from: "cases c join customers cu on cu.id = c.customer_id",
            which: "c.stage <> 'closed'",
            key: ("c.opened_at", "timestamptz"),
            id: "c.id",
            what: "coalesce(c.waiting_on, c.stage)",
            detail: "coalesce(c.next_action, '')",
            minor: "c.value_at_risk_minor",
            ..DATED
        },
        Source::Deadlines => Reads {
            from: "deadlines d join cases c on c.id = d.case_id join customers cu on cu.id = c.customer_id",
            which: "deadline_came_to(d) is not null",
            key: ("d.due_at", "timestamptz"),
            id: "d.id",
            what: DEADLINE_CAME_TO,
            detail: "d.what",
            stage: DEADLINE_CAME_TO,
            ..DATED
        },
        Source::Promises => Reads {
            from: "promises p join cases c on c.id = p.case_id join customers cu on cu.id = c.customer_id",
            key: ("p.due_at", "timestamptz"),
            id: "p.id",
            what: "p.stage",
            detail: "p.what",
            owner: "p.owner_id",
            stage: "p.stage",
            ..DATED
        },
        Source::Approvals => Reads {
            from: "approvals a join cases c on c.id = a.case_id join customers cu on cu.id = c.customer_id",
            which: "a.stage <> 'withdrawn'",
            key: ("a.ended_at", "timestamptz"),
            id: "a.id",
            what: "a.stage",
            detail: "a.because",
            span: ("a.asked_at", "a.ended_at"),
            minutes: "a.decision_minutes",
            owner: "a.asked_by_id",
            stage: "a.stage",
            ..DATED
        },
        Source::Answers => Reads {
            // of a confidential one that is not for whoever looks there is neither case nor customer
            from: "requests r join cases k on k.id = r.case_id
                left join cases c on c.id = k.id and (not r.confidential or exists (
                    select from request_readers q where q.request_id = r.id and q.user_id = ?))
                left join customers cu on cu.id = c.customer_id",
            which: "r.stage = 'answered'",
            key: ("r.ended_at", "timestamptz"),
            id: "r.id",
            what: ANSWER_CAME,
            detail: "case when c.id is null then 'A confidential matter' else r.what end",
            span: ("r.asked_at", "r.ended_at"),
            team: "k.team_id",
            owner: "r.asked_by_id",
            stage: ANSWER_CAME,
            hidden: "c.id is null",
            ..DATED
        },
        Source::Passes => Reads {
            // of a confidential one that is not for whoever looks there is neither case nor customer
            from: "request_entries e join requests r on r.id = e.request_id join cases k on k.id = r.case_id
                join departments n on n.id = e.department_id
                left join cases c on c.id = k.id and (not r.confidential or exists (
                    select from request_readers q where q.request_id = r.id and q.user_id = ?))
                left join customers cu on cu.id = c.customer_id",
            which: "e.what = 'handed' and r.stage = 'answered'",
            key: ("r.ended_at", "timestamptz"),
            id: "e.id",
            what: "case when c.id is null then 'Passed on' else 'To ' || n.name end",
            detail: "case when c.id is null then 'A confidential matter' else r.what end",
            span: ("r.asked_at", "e.at"),
            team: "k.team_id",
            owner: "r.asked_by_id",
            stage: "''",
            hidden: "c.id is null",
            ..DATED
        },
        Source::FirstActs => Reads {
            from: "cases c join customers cu on cu.id = c.customer_id",
            key: ("c.first_action_at", "timestamptz"),
            id: "c.id",
            what: "c.kind",
            detail: "c.channel",
            span: ("c.opened_at", "c.first_action_at"),
            minutes: "c.first_action_minutes",
            ..DATED
        },
        Source::Offers => Reads {
            from: "offers f join cases c on c.id = f.case_id join customers cu on cu.id = c.customer_id
                join offer_revisions v on v.offer_id = f.id and v.revision = f.presented_revision
                join offer_type_versions t on t.id = v.version_id",
            key: ("f.presented_at", "timestamptz"),
            id: "f.id",
            what: "f.stage",
            detail: "t.name || ', version ' || t.number",
            owner: "f.made_by_id",
            stage: OFFER_CAME_TO,
            ..DATED
        },
        Source::Attempts => Reads {
            from: "interactions i join cases c on c.id = i.case_id join customers cu on cu.id = c.customer_id",
            which: "i.kind = 'save_attempt'",
            key: ("i.at", "timestamptz"),
            id: "i.id",
            what: ATTEMPT_IS,
            detail: "i.response",
            owner: "i.by_id",
            stage: ATTEMPT_IS,
            ..DATED
        },
    }
}
