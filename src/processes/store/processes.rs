//! Processes that run, or ran.

use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Kind, Made, Noted, Process, Stage, Step, Template};
use super::rows::{Row, StepRow};
use crate::auth::{Permission as _, SettleProcesses};
use crate::cases::Case;
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{
    CaseId, CustomerId, FollowUpId, ProcessEventId, ProcessId, ProcessStepId, ProcessTemplateId, PromiseId, RequestId,
    UserId,
};

/// By one of the two: off an index each.
fn read(id: Option<ProcessId>, case: Option<CaseId>) -> Part<Process> {
    let settle = SettleProcesses::ROLES.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ");
    part!(
        Row,
        r#"
        select p.id as "id: ProcessId", p.case_id as "case: CaseId", p.customer_id as "customer: CustomerId",
            p.template_id as "template: ProcessTemplateId", t.number, p.kind as "kind: Kind", p.freezes_offers, p.holds,
            p.confidential, t.tells, p.stage as "stage: Stage", p.started_at, p.started_by_id as "started_by: UserId",
            su.name as "started_by_name?", p.ended_at, eu.name as "ended_by_name?", p.ended_because,
            cu.legal_hold as on_hold,
            coalesce((
                select jsonb_agg(c.user_id) from process_circle c where c.process_id = p.id
            ), '[]') as "circle!: Json<Vec<UserId>>",
            p.confidential and p.stage = 'running' and not exists (
                select from process_circle c
                join users u on u.id = c.user_id and u.active
                join user_roles r on r.user_id = u.id and r.role = any(string_to_array($3, ' '))
                where c.process_id = p.id
            ) as "left_alone!",
            coalesce((
                select jsonb_agg(jsonb_build_object('position', f.position, 'place', f.place, 'label', f.label,
                    'kind', f.kind, 'required', f.required, 'value', n.value, 'times', coalesce(n.number, 0))
                    order by f.place, f.position)
                from process_template_facts f
                left join lateral (
                    select o.value, o.number
                    from process_facts o
                    where o.process_id = p.id and o.position = f.position
                    order by o.number desc
                    limit 1
                ) n on true
                where f.template_id = p.template_id
            ), '[]') as "facts!: Json<Vec<Noted>>",
            (
                select jsonb_agg(jsonb_build_object('id', s.id, 'position', s.position, 'place', s.place, 'what', s.what,
                    'makes', s.makes, 'department', s.department_id, 'department_name', d.name, 'hours', s.hours,
                    'working', s.working, 'only_on', s.only_on, 'only_fact', s.only_fact, 'tells', s.tells,
                    'stage', s.stage, 'request', s.request_id, 'promise', s.promise_id, 'follow_up', s.follow_up_id,
                    'tries', s.tries, 'mail_key', s.mail_key, 'mail_stage', m.stage,
                    'mail_at', coalesce(m.ended_at, m.queued_at), 'ended_at', s.ended_at, 'why', s.why,
                    'version', s.version, 'thing', case
                        when q.id is not null then jsonb_build_object('fares', step_fares(q.id, null, null),
                            'stage', q.stage, 'due_at', q.due_at, 'since', q.asked_at, 'because', q.because,
                            'who', qu.name, 'words', coalesce(a.words, case when q.stage in ('returned', 'cancelled') then (
                                select e.body from request_entries e
                                where e.request_id = q.id and e.what in ('returned', 'cancelled')
                                order by e.at desc, e.id desc limit 1) end))
                        when r.id is not null then jsonb_build_object('fares', step_fares(null, r.id, null),
                            'stage', r.stage, 'due_at', r.due_at, 'since', r.made_at, 'because', r.because,
                            'who', ru.name, 'words', r.evidence)
                        when f.id is not null then jsonb_build_object('fares', step_fares(null, null, f.id),
                            'stage', f.stage, 'due_at', f.due_at, 'since', f.made_at, 'because', f.because,
                            'who', fu.name, 'words', f.note) end)
                    order by s.place, s.position)
                from process_steps s
                left join departments d on d.id = s.department_id
                left join requests q on q.id = s.request_id
                left join users qu on qu.id = q.accepted_by_id
                left join request_answers a on a.request_id = q.id
                left join promises r on r.id = s.promise_id
                left join users ru on ru.id = r.owner_id
                left join follow_ups f on f.id = s.follow_up_id
                left join users fu on fu.id = f.owner_id
                left join mails m on m.key = s.mail_key
                where s.process_id = p.id
            ) as "steps!: Json<Vec<StepRow>>",
            p.version
        from processes p
        join process_templates t on t.id = p.template_id
        join customers cu on cu.id = p.customer_id
        left join users su on su.id = p.started_by_id
        left join users eu on eu.id = p.ended_by_id
        where p.id = $1 or p.case_id = $2
        order by p.stage = 'running' desc, p.started_at desc, p.id desc
        "#,
        id as Option<ProcessId>,
        case as Option<CaseId>,
        settle,
    )
    .then(|row| Ok(Process::from(row)))
}

/// A process.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, process: ProcessId) -> Result<Process> {
    read(Some(process), None).one(connection).await
}

/// Those of a case, running ones first, as a question to be asked with others. Who may not know of a confidential one,
/// the caller leaves out (see [`Process::is_for`]).
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Process> {
    read(None, Some(case))
}

/// Those of a case, running ones first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Process>> {
    of_case_part(case).all(connection).await
}

/// A process with its row held. The caller holds the case's.
pub(in super::super) async fn lock(tx: &mut Tx, process: ProcessId) -> Result<Process> {
    sqlx::query_scalar!("select version from processes where id = $1 for no key update", process as ProcessId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, process).await
}

/// The process of a step.
pub(in super::super) async fn process_of_step(connection: &mut PgConnection, step: ProcessStepId) -> Result<ProcessId> {
    Ok(sqlx::query_scalar!(
        r#"select process_id as "id: ProcessId" from process_steps where id = $1"#,
        step as ProcessStepId,
    )
    .fetch_one(connection)
    .await?)
}

/// The one of a kind that runs in a case.
pub(in super::super) async fn running_of_kind(
    connection: &mut PgConnection,
    case: CaseId,
    kind: Kind,
) -> Result<Option<ProcessId>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id: ProcessId" from processes where case_id = $1 and kind = $2 and stage = 'running'"#,
        case as CaseId,
        kind.name(),
    )
    .fetch_optional(connection)
    .await?)
}

/// Begins a process under a version; what that says, the database copies.
pub(in super::super) async fn insert(tx: &mut Tx, case: &Case, template: &Template) -> Result<ProcessId> {
    let (id, now, by) = (ProcessId::new(), tx.now(), tx.by());
    sqlx::query!(
        "
        insert into processes (id, case_id, template_id, customer_id, kind, freezes_offers, holds, confidential,
            started_at, started_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ",
        id as ProcessId,
        case.id as CaseId,
        template.id as ProcessTemplateId,
        case.customer as CustomerId,
        template.new.kind.name(),
        template.new.freezes_offers,
        template.new.holds,
        template.new.confidential,
        now,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Copies the steps of the version that a process runs under.
pub(in super::super) async fn insert_steps(tx: &mut Tx, process: ProcessId) -> Result<()> {
    let positions = sqlx::query_scalar!(
        "
        select s.position
        from processes p
        join process_template_steps s on s.template_id = p.template_id
        where p.id = $1
        order by s.position
        ",
        process as ProcessId,
    )
    .fetch_all(&mut **tx)
    .await?;
    let ids: Vec<_> = positions.iter().map(|_| ProcessStepId::new().uuid()).collect();
    sqlx::query!(
        "
        insert into process_steps (id, process_id, position, place, what, makes, department_id, hours, working, only_on,
            only_fact, tells)
        select n.id, p.id, s.position, s.place, s.what, s.makes, s.department_id, s.hours, s.working, s.only_on,
            s.only_fact, s.tells
        from unnest($2::uuid[], $3::smallint[]) as n (id, position)
        join processes p on p.id = $1
        join process_template_steps s on s.template_id = p.template_id and s.position = n.position
        ",
        process as ProcessId,
        &ids,
        &positions,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes who needs to know of a confidential one.
pub(in super::super) async fn insert_circle(tx: &mut Tx, process: ProcessId, circle: &[UserId]) -> Result<()> {
    let circle: Vec<_> = circle.iter().map(|user| user.uuid()).collect();
    sqlx::query!(
        "insert into process_circle (process_id, user_id) select distinct $1::uuid, unnest($2::uuid[])",
        process as ProcessId,
        &circle,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Saves where a process stands, one version further.
pub(in super::super) async fn save(tx: &mut Tx, process: &mut Process) -> Result<()> {
    let by = tx.by().filter(|_| process.ended_at.is_some());
    sqlx::query!(
        "
        update processes
        set stage = $2, ended_at = $3, ended_by_id = $4, ended_because = $5, version = version + 1
        where id = $1
        ",
        process.id as ProcessId,
        process.stage.name(),
        process.ended_at,
        by as Option<UserId>,
        process.ended_because,
    )
    .execute(&mut **tx)
    .await?;
    process.version += 1;
    Ok(())
}

/// Saves where a step stands, one version further.
pub(in super::super) async fn save_step(tx: &mut Tx, step: &mut Step) -> Result<()> {
    let (now, by) = (tx.now(), tx.by().filter(|_| step.ended_at.is_some()));
    let (request, promise, follow_up) = match step.made {
        Some(Made::Request(id)) => (Some(id), None, None),
        Some(Made::Promise(id)) => (None, Some(id), None),
        Some(Made::FollowUp(id)) => (None, None, Some(id)),
        None => (None, None, None),
    };
    sqlx::query!(
        "
        update process_steps
        set stage = $2, request_id = $3, promise_id = $4, follow_up_id = $5, tries = $6,
            begun_at = case when $6::smallint > 0 then coalesce(begun_at, $7) end, ended_at = $8, ended_by_id = $9, why = $10,
            version = version + 1
        where id = $1
        ",
        step.id as ProcessStepId,
        step.stage.name(),
        request as Option<RequestId>,
        promise as Option<PromiseId>,
        follow_up as Option<FollowUpId>,
        step.tries,
        now,
        step.ended_at,
        by as Option<UserId>,
        step.why,
    )
    .execute(&mut **tx)
    .await?;
    step.version += 1;
    Ok(())
}

/// One line of what happened in a process.
pub(in super::super) async fn note(
    tx: &mut Tx,
    process: &Process,
    what: &str,
    step: Option<ProcessStepId>,
    words: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into process_events (id, process_id, case_id, step_id, at, by_id, what, words)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        ProcessEventId::new() as ProcessEventId,
        process.id as ProcessId,
        process.case as CaseId,
        step as Option<ProcessStepId>,
        now,
        by as Option<UserId>,
        what,
        words,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
