//! What people did between two moments: promises, first actions, offers, attempts. By whom, set-wise.

use serde::Deserialize;
use uuid::Uuid;

use super::service::Between;
use crate::db::{Part, part};
use crate::ids::UserId;

/// How often somebody did something, and how often well.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(in super::super) struct Done {
    pub(in super::super) who: UserId,
    pub(in super::super) all: i64,
    pub(in super::super) well: i64,
}

/// Promises that were due, and those kept on time.
pub(in super::super) fn promises_due((from, until): Between, people: Vec<Uuid>) -> Part<Done> {
    part!(
        Done,
        r#"
        select p.owner_id as "who!: UserId", count(*) as "all!", count(*) filter (where p.stage = 'kept') as "well!"
        from promises p
        where p.owner_id = any($3) and p.due_at >= $1 and p.due_at < $2
        group by p.owner_id
        "#,
        from,
        until,
        people as Vec<Uuid>,
    )
}

/// First actions that were due in cases that are theirs now, and those in time.
pub(in super::super) fn first_actions((from, until): Between, people: Vec<Uuid>) -> Part<Done> {
    part!(
        Done,
        r#"
        select c.owner_id as "who!: UserId", count(*) as "all!", count(*) filter (where deadline_came_to(d) = 'met') as "well!"
        from deadlines d
        join cases c on c.id = d.case_id
        where deadline_came_to(d) is not null and d.kind = 'first_action' and d.due_at >= $1 and d.due_at < $2
            and c.owner_id = any($3)
        group by c.owner_id
        "#,
        from,
        until,
        people as Vec<Uuid>,
    )
}

/// Offers of theirs that were shown, and those accepted.
pub(in super::super) fn offers_shown((from, until): Between, people: Vec<Uuid>) -> Part<Done> {
    part!(
        Done,
        r#"
        select f.made_by_id as "who!: UserId", count(*) as "all!",
            count(*) filter (where f.stage in ('accepted', 'fulfilled', 'failed')) as "well!"
        from offers f
        where f.presented_at >= $1 and f.presented_at < $2 and f.made_by_id = any($3)
        group by f.made_by_id
        "#,
        from,
        until,
        people as Vec<Uuid>,
    )
}

/// Attempts they logged, and those that say all they should.
pub(in super::super) fn attempts((from, until): Between, people: Vec<Uuid>) -> Part<Done> {
    part!(
        Done,
        r#"
        select i.by_id as "who!: UserId", count(*) as "all!", count(*) filter (where attempt_is_whole(i)) as "well!"
        from interactions i
        where i.by_id = any($3) and i.at >= $1 and i.at < $2 and i.kind = 'save_attempt'
        group by i.by_id
        "#,
        from,
        until,
        people as Vec<Uuid>,
    )
}
