//! Templates and their versions; nothing is ever changed.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Fact, Kind, NewTemplate, Template, TemplateStep, Whom};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{ProcessTemplateId, UserId};

#[derive(Deserialize)]
struct Row {
    id: ProcessTemplateId,
    kind: Kind,
    number: i32,
    purpose: String,
    freezes_offers: bool,
    holds: bool,
    confidential: bool,
    tells: Vec<String>,
    published_at: DateTime<Utc>,
    published_by: Option<String>,
    why: String,
    running: i64,
    facts: Json<Vec<Fact>>,
    steps: Json<Vec<TemplateStep>>,
}

impl From<Row> for Template {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            number: row.number,
            published_at: row.published_at,
            published_by: row.published_by,
            running: row.running,
            new: NewTemplate {
                kind: row.kind,
                purpose: row.purpose,
                freezes_offers: row.freezes_offers,
                holds: row.holds,
                confidential: row.confidential,
                tells: row.tells.iter().filter_map(|name| Whom::from_name(name)).collect(),
                facts: row.facts.0,
                steps: row.steps.0,
                why: row.why,
            },
        }
    }
}

/// Of one kind or of all; only the newest version of each, or all of them, newest first. Of confidential processes those
/// count as running that the reader knows of.
fn read(kind: Option<Kind>, newest: bool, reader: Option<UserId>) -> Part<Template> {
    let kind = kind.map(|kind| kind.name().to_owned());
    part!(
        Row,
        r#"
        select t.id as "id: ProcessTemplateId", t.kind as "kind: Kind", t.number, t.purpose, t.freezes_offers, t.holds,
            t.confidential, t.tells, t.published_at, u.name as "published_by?", t.why,
            (
                select count(*)
                from processes p
                where p.template_id = t.id and p.stage = 'running' and (not p.confidential or exists (
                    select from process_circle c where c.process_id = p.id and c.user_id = $3))
            ) as "running!",
            coalesce((
                select jsonb_agg(jsonb_build_object('position', f.position, 'place', f.place, 'label', f.label,
                    'kind', f.kind, 'required', f.required) order by f.position)
                from process_template_facts f
                where f.template_id = t.id
            ), '[]') as "facts!: Json<Vec<Fact>>",
            (
                select jsonb_agg(jsonb_build_object('position', s.position, 'place', s.place, 'what', s.what,
                    'makes', s.makes, 'department', s.department_id, 'department_name', d.name, 'hours', s.hours,
                    'working', s.working, 'only_on', s.only_on, 'only_fact', s.only_fact, 'tells', s.tells)
                    order by s.place, s.position)
                from process_template_steps s
                left join departments d on d.id = s.department_id
                where s.template_id = t.id
            ) as "steps!: Json<Vec<TemplateStep>>"
        from process_templates t
        left join users u on u.id = t.published_by_id
        where ($1::text is null or t.kind = $1)
            and (not $2::boolean or not exists (
                select from process_templates n where n.kind = t.kind and n.number > t.number))
        order by array_position(array['cancellation', 'escalation', 'support', 'finance', 'collection', 'red_flag',
            'legal', 'marketing'], t.kind), t.number desc
        "#,
        kind,
        newest,
        reader as Option<UserId>,
    )
    .then(|row| Ok(Template::from(row)))
}

/// The newest version of each kind, as somebody sees it, as a question to be asked with others.
#[must_use]
pub fn current_part(reader: Option<UserId>) -> Part<Template> {
    read(None, true, reader)
}

/// Every version of a kind, as somebody sees it, the newest first.
pub(in super::super) fn versions_part(kind: Kind, reader: Option<UserId>) -> Part<Template> {
    read(Some(kind), false, reader)
}

/// The newest version of a kind.
///
/// # Errors
/// `NotFound` when there is none.
pub(in super::super) async fn newest(connection: &mut PgConnection, kind: Kind) -> Result<Template> {
    read(Some(kind), true, None).one(connection).await
}

/// Publishes the version that follows another; gives whether that was the newest. Of two at once the second waits for the
/// first, and then finds its number taken.
pub(in super::super) async fn publish(tx: &mut Tx, based_on: i32, new: &NewTemplate) -> Result<bool> {
    let (id, now, by) = (ProcessTemplateId::new(), tx.now(), tx.by());
    let names = |whom: &[Whom]| whom.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
    let tells = names(&new.tells);
    let added = sqlx::query!(
        "
        insert into process_templates (id, kind, number, purpose, freezes_offers, holds, confidential, tells,
            published_at, published_by_id, why)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (kind, number) do nothing
        ",
        id as ProcessTemplateId,
        new.kind.name(),
        based_on + 1,
        new.purpose,
        new.freezes_offers,
        new.holds,
        new.confidential,
        &tells,
        now,
        by as Option<UserId>,
        new.why,
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    for fact in &new.facts {
        sqlx::query!(
            "
            insert into process_template_facts (template_id, position, place, label, kind, required)
            values ($1, $2, $3, $4, $5, $6)
            ",
            id as ProcessTemplateId,
            fact.position,
            fact.place,
            fact.label,
            fact.kind.name(),
            fact.required,
        )
        .execute(&mut **tx)
        .await?;
    }
    for step in &new.steps {
        sqlx::query!(
            "
            insert into process_template_steps (template_id, position, place, what, makes, department_id, hours, working,
                only_on, only_fact, tells)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ",
            id as ProcessTemplateId,
            step.position,
            step.place,
            step.what,
            step.makes.name(),
            step.department.map(crate::ids::DepartmentId::uuid),
            step.hours,
            step.working,
            step.only_on.map(super::super::Only::name),
            step.only_fact,
            &names(&step.tells),
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(true)
}
