//! Ways of asking: as fast as answers come, at a steady rate whatever comes back, as people do who read in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::Client;
use crate::desk::{Desk, Server};
use crate::work::{Ground, Kind, MIX, Request};

/// What became of requests.
#[derive(Clone, Default, Debug)]
pub(crate) struct Outcome {
    /// How long each took that was done.
    took: Vec<Duration>,
    /// How long it took to turn others away.
    turned_away: Vec<Duration>,
    pub(crate) failed: usize,
    /// For how long was asked.
    pub(crate) span: Duration,
    /// The time that the server used a core for meanwhile.
    pub(crate) cpu: Duration,
    /// The most memory that the server was seen to hold, in bytes.
    pub(crate) memory: u64,
}

impl Outcome {
    fn add(&mut self, one: &One) {
        match one.end {
            End::Done => self.took.push(one.took),
            End::TurnedAway => self.turned_away.push(one.took),
            End::Failed => self.failed += 1,
        }
    }

    pub(crate) fn done(&self) -> usize {
        self.took.len()
    }

    pub(crate) fn turned_away(&self) -> usize {
        self.turned_away.len()
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn per_second(&self) -> f64 {
        self.done() as f64 / self.span.as_secs_f64()
    }

    /// The time within which so many per cent were done.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        percentile(&self.took, percent)
    }

    /// The time within which so many per cent were turned away.
    pub(crate) fn refusal(&self, percent: usize) -> Duration {
        percentile(&self.turned_away, percent)
    }
}

fn percentile(took: &[Duration], percent: usize) -> Duration {
    let mut took = took.to_vec();
    took.sort_unstable();
    let at = (took.len() * percent).div_ceil(100).saturating_sub(1);
    took.get(at).copied().unwrap_or_default()
}

enum End {
    Done,
    TurnedAway,
    Failed,
}

struct One {
    end: End,
    took: Duration,
}

/// Sends one, and says how long it took since it was due.
async fn one(client: &Client, request: Request, due: Instant) -> One {
    let answer = request.send(client).await;
    let end = match () {
        () if answer.is_done() => End::Done,
        () if answer.is_turned_away() => End::TurnedAway,
        () => End::Failed,
    };
    One { end, took: due.elapsed() }
}

/// Watches what the server uses while something goes on.
async fn watched(server: &Server, work: impl Future<Output = Outcome>) -> Outcome {
    let (began, cpu) = (Instant::now(), server.cpu());
    let mut most = 0;
    let mut work = std::pin::pin!(work);
    let mut outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            () = tokio::time::sleep(Duration::from_millis(200)) => most = server.memory().max(most),
        }
    };
    outcome.span = began.elapsed();
    outcome.cpu = server.cpu().saturating_sub(cpu);
    outcome.memory = most;
    outcome
}

/// Where requests of each kind begin, so that what changes a thing is sent about each once over a whole run.
static BEGUN: AtomicUsize = AtomicUsize::new(100);

/// So many at once, each asking again as soon as it is answered.
pub(crate) async fn closed(
    server: &Server,
    ground: &Arc<Ground>,
    kind: Kind,
    clients: usize,
    span: Duration,
) -> Outcome {
    let until = Instant::now() + span;
    let client = Client::new(server.address);
    watched(server, async {
        let mut set = JoinSet::new();
        for _ in 0..clients {
            let (client, ground) = (client.clone(), Arc::clone(ground));
            set.spawn(async move {
                let mut seen = Vec::new();
                while Instant::now() < until {
                    let Some(request) = ground.request(kind, BEGUN.fetch_add(1, Ordering::Relaxed)) else { break };
                    seen.push(one(&client, request, Instant::now()).await);
                }
                seen
            });
        }
        let mut outcome = Outcome::default();
        while let Some(seen) = set.join_next().await {
            seen.unwrap().into_iter().for_each(|one| outcome.add(&one));
        }
        outcome
    })
    .await
}

/// So many a second, whether or not those before are answered; the time that one waits to be sent counts.
async fn open(
    server: &Server,
    ground: &Arc<Ground>,
    mix: &[(Kind, u32)],
    rate: u32,
    span: Duration,
) -> BTreeMap<Kind, Outcome> {
    let client = Client::new(server.address);
    let of_kinds: Vec<Kind> = turns(mix);
    let began = Instant::now();
    let mut set = JoinSet::new();
    let every = Duration::from_secs(1) / rate;
    let mut due = began;
    while due < began + span {
        tokio::time::sleep_until(due.into()).await;
        let at = BEGUN.fetch_add(1, Ordering::Relaxed);
        let kind = of_kinds[at % of_kinds.len()];
        if let Some(request) = ground.request(kind, at) {
            let client = client.clone();
            set.spawn(async move { (kind, one(&client, request, due).await) });
        }
        due += every;
    }
    let mut outcomes = BTreeMap::<Kind, Outcome>::new();
    while let Some(seen) = set.join_next().await {
        let (kind, one) = seen.unwrap();
        outcomes.entry(kind).or_default().add(&one);
    }
    for outcome in outcomes.values_mut() {
        outcome.span = began.elapsed();
    }
    outcomes
}

/// The same of one kind.
pub(crate) async fn steady(server: &Server, ground: &Arc<Ground>, kind: Kind, rate: u32, span: Duration) -> Outcome {
    open(server, ground, &[(kind, 1)], rate, span).await.remove(&kind).unwrap_or_default()
}

/// The same of all that a desk asks, taken together.
pub(crate) async fn mixed(server: &Server, ground: &Arc<Ground>, rate: u32, span: Duration) -> Outcome {
    watched(server, async { merged(open(server, ground, &MIX, rate, span).await) }).await
}

fn merged(outcomes: BTreeMap<Kind, Outcome>) -> Outcome {
    let mut all = Outcome::default();
    for mut outcome in outcomes.into_values() {
        all.took.append(&mut outcome.took);
        all.turned_away.append(&mut outcome.turned_away);
        all.failed += outcome.failed;
    }
    all
}

/// Kinds one after another, as often as they are asked for, well mixed and the same each time.
fn turns(mix: &[(Kind, u32)]) -> Vec<Kind> {
    let all: Vec<Kind> = mix.iter().flat_map(|(kind, times)| (0..*times).map(|_| *kind)).collect();
    // a step that shares no factor with the length visits every place once
    let step = (1..=all.len()).map(|at| all.len() * 5 / 8 + at).find(|step| gcd(*step, all.len()) == 1).unwrap_or(1);
    (0..all.len()).map(|at| all[at * step % all.len()]).collect()
}

fn gcd(one: usize, other: usize) -> usize {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// People at work, each with a page that listens, who read for some seconds before they go on.
pub(crate) async fn desk(server: &Server, ground: &Arc<Ground>, people: usize, span: Duration) -> Outcome {
    let until = Instant::now() + span;
    let kinds = Arc::new(turns(&MIX));
    watched(server, async {
        let mut set = JoinSet::new();
        for person in 0..people {
            let (client, ground, kinds) = (Client::new(server.address), Arc::clone(ground), Arc::clone(&kinds));
            set.spawn(async move {
                let page = client.listen(&ground.live_page(person), ground.session(person)).await;
                let mut seen = Vec::new();
                // between half a second and three and a half, each person at a time of their own
                let mut pause = Duration::from_millis(500 + (person as u64 * 37) % 3000);
                while Instant::now() + pause < until {
                    tokio::time::sleep(pause).await;
                    let at = BEGUN.fetch_add(1, Ordering::Relaxed);
                    let Some(request) = ground.request(kinds[at % kinds.len()], at) else { continue };
                    seen.push(one(&client, request, Instant::now()).await);
                    pause = Duration::from_millis(500 + (at as u64 * 613) % 3000);
                }
                page.abort();
                seen
            });
        }
        let mut outcome = Outcome::default();
        while let Some(seen) = set.join_next().await {
            seen.unwrap().into_iter().for_each(|one| outcome.add(&one));
        }
        outcome
    })
    .await
}

/// Pages that listen while nothing happens.
pub(crate) async fn idle(server: &Server, ground: &Arc<Ground>, pages: usize, span: Duration) -> Outcome {
    let client = Client::new(server.address);
    let mut open = Vec::new();
    for page in 0..pages {
        open.push(client.listen(&ground.live_page(page), ground.session(page)).await);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let outcome = watched(server, async {
        tokio::time::sleep(span).await;
        Outcome::default()
    })
    .await;
    open.iter().for_each(tokio::task::JoinHandle::abort);
    outcome
}

/// What comes of far more than the server can do.
#[derive(Clone, Debug)]
pub(crate) struct Overload {
    /// As much as it can do, before.
    pub(crate) before: Outcome,
    pub(crate) during: Outcome,
    /// How often a second it was asked meanwhile.
    pub(crate) offered: f64,
    /// At fifty requests a second, right after.
    pub(crate) after: Outcome,
    /// Attempts that the server said were logged, and that are there.
    pub(crate) said: i64,
    pub(crate) kept: i64,
}

/// Asks ten times as often as answers came before; every tenth request logs an attempt.
pub(crate) async fn overload(desk: &Desk, server: &Server, ground: &Arc<Ground>, span: Duration) -> Overload {
    const MIX: [(Kind, u32); 2] = [(Kind::Queue, 9), (Kind::LogAttempt, 1)];
    let mut owner = desk.owner().await;
    let logged = "select count(*) from interactions where kind = 'save_attempt' and at > now() - interval '1 hour'";
    let before = closed(server, ground, Kind::Queue, 16, span / 2).await;
    let had: i64 = sqlx::query_scalar(logged).fetch_one(&mut owner).await.unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousand")]
    let rate = (before.per_second() * 10.0) as u32;
    let mut said = 0;
    let during = watched(server, async {
        let outcomes = open(server, ground, &MIX, rate, span).await;
        said = outcomes.get(&Kind::LogAttempt).map_or(0, Outcome::done);
        merged(outcomes)
    })
    .await;
    let after = steady(server, ground, Kind::Queue, 50, span / 2).await;
    let has: i64 = sqlx::query_scalar(logged).fetch_one(&mut owner).await.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let offered = (during.done() + during.turned_away() + during.failed) as f64 / during.span.as_secs_f64();
    Overload { before, during, offered, after, said: i64::try_from(said).unwrap(), kept: has - had }
}
