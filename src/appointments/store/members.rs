//! Who could take part, and what keeps them from it.

use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Span, Taking};
use crate::auth::{Permission, Role, WorkCases};
use crate::db::{Part, part};
use crate::error::Result;
use crate::ids::{AppointmentId, DepartmentId, TeamId, UserId};

/// Whose diaries are looked at.
pub(in super::super) struct Wanted<'a> {
    pub(in super::super) people: &'a [UserId],
    pub(in super::super) departments: &'a [DepartmentId],
    pub(in super::super) within: Span,
    /// The appointment that is moved, which keeps nobody from itself.
    pub(in super::super) except: Option<AppointmentId>,
}

/// Somebody active, with what keeps them from a call.
pub(in super::super) struct Member {
    pub(in super::super) who: Taking,
    pub(in super::super) team: Option<TeamId>,
    /// Whether they work on cases, and so may host.
    pub(in super::super) works: bool,
    pub(in super::super) away: Vec<Span>,
    pub(in super::super) busy: Vec<Span>,
}

/// The people, and all members of the departments, by name.
pub(in super::super) async fn members(connection: &mut PgConnection, wanted: &Wanted<'_>) -> Result<Vec<Member>> {
    let roles: Vec<String> = WorkCases::ROLES.iter().map(|role: &Role| role.name().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        select u.id as "user: UserId", u.name, u.email, u.team_id as "team: TeamId",
            case when m.is_member then u.department_id end as "department: DepartmentId",
            case when m.is_member then d.name end as department_name,
            exists (select from user_roles r where r.user_id = u.id and r.role = any($6)) as "works!",
            coalesce((
                select jsonb_agg(jsonb_build_object('from', b.from_at, 'until', b.until_at))
                from absences b
                where b.user_id = u.id and b.until_at > $3 and b.from_at < $4
            ), '[]') as "away!: Json<Vec<Span>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('from', lower(p.during), 'until', upper(p.during)))
                from appointment_people p
                where p.user_id = u.id and p.live and upper(p.during) > $3 and lower(p.during) < $4
                    and p.appointment_id is distinct from $5::uuid
            ), '[]') as "busy!: Json<Vec<Span>>"
        from users u
        left join departments d on d.id = u.department_id
        cross join lateral (
            select exists (select from user_roles r where r.user_id = u.id and r.role = 'department')
                and u.department_id is not null as is_member
        ) m
        where u.active and (u.id = any($1) or (u.department_id = any($2) and m.is_member))
        order by lower(u.name), u.id
        "#,
        wanted.people as &[UserId],
        wanted.departments as &[DepartmentId],
        wanted.within.from,
        wanted.within.until,
        wanted.except as Option<AppointmentId>,
        &roles,
    )
    .fetch_all(connection)
    .await?;
    let members = rows.into_iter().map(|row| Member {
        who: Taking {
            user: row.user,
            name: row.name,
            email: row.email,
            department: row.department,
            department_name: row.department_name,
            host: false,
            despite: false,
        },
        team: row.team,
        works: row.works,
        away: row.away.0,
        busy: row.busy.0,
    });
    Ok(members.collect())
}

/// Somebody active who answers for a department.
#[derive(Deserialize)]
pub(in super::super) struct Answering {
    pub(in super::super) user: UserId,
    pub(in super::super) department: DepartmentId,
    /// Their name, and of which department.
    pub(in super::super) words: String,
}

/// All of them, by department and name.
pub(in super::super) fn of_departments_part() -> Part<Answering> {
    part!(
        Answering,
        r#"
        select u.id as "user: UserId", d.id as "department: DepartmentId", u.name || ', ' || d.name as "words!"
        from users u
        join user_roles r on r.user_id = u.id and r.role = 'department'
        join departments d on d.id = u.department_id
        where u.active
        order by lower(d.name), lower(u.name), u.id
        "#,
    )
}
