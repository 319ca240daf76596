//! Checks and runs in the background. Whoever holds the lease of one goes through the file's groups of rows, some at a
//! time, in the same transaction as the note that they are done: whatever is killed, another goes on from there, and
//! nothing is done or counted twice. A group that cannot be brought in is turned away, and takes no other with it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::Peekable;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::bring::{self, Ground, Halt, Known, Proofs};
use super::lease::entry;
use super::rows::{Buyer, Fault, Group, Plan, Turned, Work, plan};
use super::{Brought, Counts, Import, Outcome, Stage, actions, reader, store};
use crate::audit::{self, Action};
use crate::auth::{Can, ImportData};
use crate::db::{Db, Origin, Tx, Via};
use crate::error::{Error, Result};
use crate::ids::ImportId;
use crate::outcomes;
use crate::web::App;

/// How long a run may be silent before another instance takes it over.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often the runs that nobody holds are looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How many groups are done between two notes of how far a run is.
const CHUNK: usize = 400;
/// How many groups are brought in at once.
const LANES: usize = 4;
/// How many groups share a transaction as long as all goes well.
const BATCH: usize = 10;
/// How often a group is tried that the database turned away in passing.
const TRIES: usize = 5;

/// Begins to work on an import that was just started, for the person who started it.
pub(super) fn spawn(app: &App, import: ImportId, can: &Can<ImportData>) {
    let (app, can) = (app.clone(), can.clone());
    app.clone().tasks.spawn(async move {
        let worked = match Proofs::of(&can) {
            Ok(proofs) => work_in_turn(&app, import, proofs).await,
            Err(error) => Err(error),
        };
        if let Err(error) = worked {
            tracing::error!(%import, %error, "an import stopped; it will be taken up again");
        }
    });
}

/// Takes up, for as long as the server runs, the checks and runs that nobody holds: those of an instance that died.
pub async fn resume(app: App) {
    while app.is_ready() {
        if let Err(error) = resume_once(&app).await {
            tracing::error!(%error, "imports could not be taken up again");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn resume_once(app: &App) -> Result<()> {
    let due = store::due(&mut *app.db.read().await?, app.now()).await?;
    for import in due {
        let app = app.clone();
        app.clone().tasks.spawn(async move {
            if let Err(error) = work_in_turn(&app, import, Proofs::desk()).await {
                tracing::error!(%import, %error, "an import stopped; it will be taken up again");
            }
        });
    }
    Ok(())
}

async fn work_in_turn(app: &App, import: ImportId, proofs: Proofs) -> Result<()> {
    let Ok(_turn) = app.importing.acquire().await else {
        return Ok(());
    };
    go(&app.db, import, proofs, &|| !app.is_ready()).await
}

/// Works on a check or a run until it is over, or somebody else holds it.
///
/// # Errors
/// When the database fails; the run is taken up again when its lease has run out.
pub async fn work(db: &Db, import: ImportId, can: &Can<ImportData>) -> Result<()> {
    go(db, import, Proofs::of(can)?, &|| false).await
}

/// One holder's work on one import.
pub(super) struct Run {
    db: Db,
    pub(super) holder: Uuid,
    origin: Origin,
    ground: Ground,
}

async fn go(db: &Db, import: ImportId, proofs: Proofs, stop: &(dyn Fn() -> bool + Sync)) -> Result<()> {
    let holder = Uuid::new_v4();
    let now = db.begin(desk()).await?.now();
    let mut connection = db.read().await?;
    let Some(dry) = store::claim(&mut connection, import, holder, now, now + LEASE).await? else {
        return Ok(());
    };
    let found = store::find(&mut connection, import).await?;
    let origin = Origin { actor: found.created_by, via: Via::Import, request: None };
    let ground = Ground::new(&mut connection, found, proofs).await?;
    let file = store::file(&mut connection, import).await?;
    drop(connection);
    let run = Arc::new(Run { db: db.clone(), holder, origin, ground });
    let ended = match read(&run.ground.import, file).await {
        Ok(plan) if dry => check(&run, &plan, stop).await,
        Ok(plan) => bring_in(&run, plan, stop).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) if dry => Ok(()),
        // what many rows brought is added up at once
        Ok(()) => outcomes::fold(db).await.map(|_| ()),
        Err(error) if error.is_passing() => Err(error),
        Err(error) => {
            tracing::error!(%import, %error, "an import failed");
            run.fail(&error).await
        }
    }
}

fn desk() -> Origin {
    Origin { actor: None, via: Via::Import, request: None }
}

/// Reads the whole file, away from the threads that serve.
async fn read(import: &Import, file: Vec<u8>) -> Result<Plan> {
    let (kind, choices) = (import.kind, import.choices.clone());
    let at = import.started_at.unwrap_or(import.created_at);
    let read = tokio::task::spawn_blocking(move || {
        let sheet = reader::read(&file).map_err(|unreadable| Error::refused(unreadable.to_string()))?;
        plan(kind, &sheet, &choices, at).map_err(Error::from)
    });
    read.await.map_err(anyhow::Error::from)?
}

/// What every row would do. Nothing is changed.
async fn check(run: &Run, plan: &Plan, stop: &(dyn Fn() -> bool + Sync)) -> Result<()> {
    let mut counts = Counts { refused: whole(plan.turned.len()), ..Counts::default() };
    let mut turned = plan.turned.clone();
    let mut done = plan.turned.len();
    for groups in plan.groups.chunks(CHUNK) {
        if stop() {
            return run.release().await;
        }
        let groups: Vec<&Group> = groups.iter().collect();
        let known = bring::know(&mut *run.db.read().await?, &run.ground, &groups).await?;
        for group in groups {
            done += group.rows.len();
            match bring::judge(&known, group) {
                Ok(outcome) => counts.add(group.rows.len(), Brought::nothing(outcome)),
                Err(fault) => {
                    counts.add(group.rows.len(), Brought::nothing(Outcome::Refused));
                    turned.extend(each(group, &fault));
                }
            }
        }
        if !run.renew(done).await? {
            return Ok(());
        }
    }
    let mut tx = run.begin().await?;
    if !store::end(&mut tx, run.id(), run.holder).await? {
        return Ok(());
    }
    store::refuse(&mut tx, run.id(), &turned).await?;
    let mut import = store::lock(&mut tx, run.id()).await?;
    import.stage = Stage::Checked;
    import.counts = counts;
    store::save(&mut tx, &mut import).await?;
    audit::record(&mut tx, entry(Action::ImportChecked, &import)).await?;
    actions::tell(&mut tx, import.id);
    tx.commit().await
}

/// Brings every row in that is not in yet.
async fn bring_in(run: &Arc<Run>, plan: Plan, stop: &(dyn Fn() -> bool + Sync)) -> Result<()> {
    let done = store::done(&mut *run.db.read().await?, run.id()).await?;
    run.turn_away(&plan.turned, &done).await?;
    let mut rows_done = plan.turned.len();
    let (over, left): (Vec<Group>, Vec<Group>) =
        plan.groups.into_iter().partition(|group| done.contains(&group.first()));
    rows_done += over.iter().map(|group| group.rows.len()).sum::<usize>();
    let mut left = left.into_iter().peekable();
    while left.peek().is_some() {
        if stop() {
            return run.release().await;
        }
        let groups = next(&mut left);
        rows_done += groups.iter().map(|group| group.rows.len()).sum::<usize>();
        let mut lanes: Vec<Vec<Group>> = (0..LANES).map(|_| Vec::new()).collect();
        for group in groups {
            lanes[lane(&group)].push(group);
        }
        let mut working = JoinSet::new();
        for groups in lanes.into_iter().filter(|groups| !groups.is_empty()) {
            let run = Arc::clone(run);
            working.spawn(async move { run.go_along(&groups).await });
        }
        while let Some(lane) = working.join_next().await {
            lane.map_err(anyhow::Error::from)??;
        }
        if !run.renew(rows_done).await? {
            return Ok(());
        }
    }
    run.finish().await
}

/// The next groups to bring in: orders and cancellations apart, since these look for those.
fn next(left: &mut Peekable<impl Iterator<Item = Group>>) -> Vec<Group> {
    let cancels = |group: &Group| matches!(group.work, Work::Cancellation(_));
    let first = left.peek().is_some_and(cancels);
    let mut groups = Vec::with_capacity(CHUNK);
    while groups.len() < CHUNK
        && let Some(group) = left.next_if(|group| cancels(group) == first)
    {
        groups.push(group);
    }
    groups
}

/// Groups of the same customer go one after the other.
fn lane(group: &Group) -> usize {
    let mut hasher = DefaultHasher::new();
    match &group.work {
        Work::Customer(row) => row.account_number.hash(&mut hasher),
        Work::Order(order) | Work::Cancellation(order) => match &order.buyer {
            Buyer::Account(number) => number.hash(&mut hasher),
            Buyer::Guest => order.number.hash(&mut hasher),
        },
        Work::Billing(row) => row.to.hash(&mut hasher),
        Work::Case(row) if row.account_number.is_empty() && row.email.is_empty() => group.first().hash(&mut hasher),
        // one customer may be named by either
        Work::Case(_) => 0.hash(&mut hasher),
    }
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or_default()
}

impl Run {
    pub(super) fn id(&self) -> ImportId {
        self.ground.import.id
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        self.db.begin(self.origin).await
    }

    async fn know(&self, groups: &[&Group]) -> Result<Known> {
        bring::know(&mut *self.db.read().await?, &self.ground, groups).await
    }

    /// Brings some groups in, a few at a time. Where one of them cannot be brought in, or somebody else changed what
    /// was known of them, they are brought in one by one.
    async fn go_along(&self, groups: &[Group]) -> Result<()> {
        let all: Vec<&Group> = groups.iter().collect();
        let mut known = self.know(&all).await?;
        for few in groups.chunks(BATCH) {
            match self.bring(&mut known, few).await {
                Ok(true) => {}
                Ok(false) => {
                    self.one_by_one(few).await?;
                    known = self.know(&all).await?;
                }
                Err(error) if is_passing(&error) => {
                    self.one_by_one(few).await?;
                    known = self.know(&all).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings some groups in, or none: false when one of them was turned away, or was done already.
    async fn bring(&self, known: &mut Known, groups: &[Group]) -> Result<bool> {
        let mut tx = self.begin().await?;
        let mut done = Vec::with_capacity(groups.len());
        for group in groups {
            match bring::bring(&mut tx, &self.ground, known, group).await {
                Ok(brought) => done.push((group, brought)),
                Err(Halt::Turned(_)) => return Ok(false),
                Err(Halt::Broke(error)) if rule(&error).is_some() => return Ok(false),
                Err(Halt::Broke(error)) => return Err(error),
            }
        }
        if !store::bring(&mut tx, self.id(), &done).await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn one_by_one(&self, groups: &[Group]) -> Result<()> {
        for group in groups {
            let mut tries = 0;
            while let Err(error) = self.bring_one(group).await {
                tries += 1;
                if !is_passing(&error) || tries == TRIES {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn bring_one(&self, group: &Group) -> Result<()> {
        let mut known = self.know(&[group]).await?;
        let mut tx = self.begin().await?;
        let fault = match bring::bring(&mut tx, &self.ground, &mut known, group).await {
            Ok(brought) => {
                // another run may have done it meanwhile: then this is undone
                if store::bring(&mut tx, self.id(), &[(group, brought)]).await? {
                    tx.commit().await?;
                }
                return Ok(());
            }
            Err(Halt::Turned(fault)) => fault,
            Err(Halt::Broke(error)) => rule(&error).ok_or(error)?,
        };
        drop(tx);
        self.refuse(group, &fault).await
    }

    async fn refuse(&self, group: &Group, fault: &Fault) -> Result<()> {
        let mut tx = self.begin().await?;
        let turned: Vec<Turned> = each(group, fault).collect();
        let refused = Brought::nothing(Outcome::Refused);
        if store::bring(&mut tx, self.id(), &[(group, refused)]).await? {
            store::refuse(&mut tx, self.id(), &turned).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Turns the rows away that could not be read.
    async fn turn_away(&self, turned: &[Turned], done: &HashSet<usize>) -> Result<()> {
        let Some(first) = turned.first().filter(|first| !done.contains(&first.row)) else {
            return Ok(());
        };
        let mut tx = self.begin().await?;
        if store::bring_turned(&mut tx, self.id(), first.row, turned.len()).await? {
            store::refuse(&mut tx, self.id(), turned).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn each<'g>(group: &'g Group, fault: &'g Fault) -> impl Iterator<Item = Turned> + 'g {
    group.rows.iter().map(|row| Turned::new(*row, fault.clone()))
}

pub(super) fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn code(error: &Error) -> Option<String> {
    let Error::Internal(error) = error else { return None };
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(database)) => database.code().map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

/// Trying again may do: the database turned it away in passing, or somebody else made the same customer, order or case
/// meanwhile.
fn is_passing(error: &Error) -> bool {
    error.is_passing() || code(error).as_deref() == Some("23505")
}

/// A rule of the store that no reader foresaw: the row is turned away, the others go on.
fn rule(error: &Error) -> Option<Fault> {
    matches!(code(error)?.as_str(), "23514" | "22001" | "22003" | "22008")
        .then(|| Fault::new("This row breaks a rule of the store: a value is too long or too large."))
}
