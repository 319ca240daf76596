//! Teams and departments.

use super::super::teams::{DAYS, NewTeam, day_text, holidays_text};
use super::super::{Name, Refusal, store};
use super::{Edited, keep};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ManageUsers};
use crate::calendar::{Calendar, Hours, WorkingWeek};
use crate::db::Tx;
use crate::error::{Error, FormErrors, Result};
use crate::ids::{DepartmentId, TeamId};
use crate::web::Merge;

/// Adds a team.
///
/// # Errors
/// When another has the name.
pub async fn add_team(tx: &mut Tx, _: &Can<ManageUsers>, team: &NewTeam) -> Result<TeamId> {
    let id = TeamId::new();
    if !store::insert_team(tx, id, team).await? {
        return Err(Refusal::TeamNameTaken.into());
    }
    let entry = Entry::new(Action::TeamAdded, Subject::Team(id))
        .fact("name", team.name.as_str())
        .fact("time_zone", team.calendar.zone.name());
    audit::record(tx, entry).await?;
    Ok(id)
}

/// Adds a department.
///
/// # Errors
/// When another has the name.
pub async fn add_department(tx: &mut Tx, _: &Can<ManageUsers>, name: &Name) -> Result<DepartmentId> {
    let id = DepartmentId::new();
    if !store::insert_department(tx, id, name).await? {
        return Err(Refusal::DepartmentNameTaken.into());
    }
    let entry = Entry::new(Action::DepartmentAdded, Subject::Desk)
        .fact("department", id.to_string())
        .fact("name", name.as_str());
    audit::record(tx, entry).await?;
    Ok(id)
}

/// Changes a team (R6): `base` is what the form was opened with.
pub(in super::super) async fn change_team(
    tx: &mut Tx,
    _: &Can<ManageUsers>,
    id: TeamId,
    base: &NewTeam,
    yours: &NewTeam,
) -> Result<Edited> {
    let was = store::lock_team(tx, id).await?;
    let was = NewTeam { name: Name(was.name), calendar: was.calendar };
    let mut merge = Merge::new();
    let now = merged(&mut merge, base, &was, yours);
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        return Ok(Edited::Conflict(conflicts));
    }
    let now = now?;
    if now == was {
        return Ok(Edited::Saved);
    }
    if store::is_team_name_taken(tx, &now.name, id).await? {
        return Err(Refusal::TeamNameTaken.into());
    }
    store::save_team(tx, id, &now).await?;
    audit::record(tx, changes(id, &was, &now)).await?;
    Ok(Edited::Saved)
}

fn merged(merge: &mut Merge, base: &NewTeam, theirs: &NewTeam, yours: &NewTeam) -> Result<NewTeam> {
    let name = keep(merge, ("name", "Name"), [&base.name, &theirs.name, &yours.name], |name| name.as_str().to_owned());
    let [from, to, mine] = [&base.calendar, &theirs.calendar, &yours.calendar];
    let zone =
        keep(merge, ("time_zone", "Time zone"), [&from.zone, &to.zone, &mine.zone], |zone| zone.name().to_owned());
    let mut days: [Vec<Hours>; 7] = Default::default();
    for (day, (weekday, field, label)) in days.iter_mut().zip(DAYS) {
        let hours = [from, to, mine].map(|calendar| calendar.week.on(weekday).to_vec());
        *day = keep(merge, (field, label), [&hours[0], &hours[1], &hours[2]], |hours| day_text(hours));
    }
    let holidays = keep(merge, ("holidays", "Holidays"), [&from.holidays, &to.holidays, &mine.holidays], holidays_text);
    let week = WorkingWeek::new(days).map_err(|error| Error::Invalid(FormErrors::of("monday", error.to_string())))?;
    Ok(NewTeam { name, calendar: Calendar { week, holidays, zone } })
}

fn changes(id: TeamId, was: &NewTeam, now: &NewTeam) -> Entry {
    let mut entry = Entry::new(Action::TeamChanged, Subject::Team(id));
    let [before, after] = [&was.calendar, &now.calendar];
    if was.name != now.name {
        entry = entry.change("name", was.name.as_str(), now.name.as_str());
    }
    if before.zone != after.zone {
        entry = entry.change("time_zone", before.zone.name(), after.zone.name());
    }
    for (weekday, field, _) in DAYS {
        let [old, new] = [before, after].map(|calendar| day_text(calendar.week.on(weekday)));
        if old != new {
            entry = entry.change(field, old, new);
        }
    }
    if before.holidays != after.holidays {
        entry = entry.change("holidays", holidays_text(&before.holidays), holidays_text(&after.holidays));
    }
    entry
}
