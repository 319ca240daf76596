//! What people ask for all day, and about what.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Days, NaiveDate, Utc};
use hyper::Method;
use savedesk::clock::Clock;
use savedesk::web::Cursor;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::client::{Answer, Client};
use crate::desk::Desk;

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// Fifty of one's own cases.
    Queue,
    /// Fifty of everybody's.
    QueueOfAll,
    /// Fifty closed ones, from anywhere among them on.
    QueueDeep,
    /// A case beside the queue.
    Peek,
    /// A case with about a hundred entries in its timeline.
    Case,
    /// A save attempt is logged: the case waits for the customer, a callback is planned.
    LogAttempt,
    /// The builder of offers on a case.
    BuildOffer,
    /// An offer is drafted.
    MakeOffer,
    /// The requests that wait for a decision.
    Approvals,
    /// A request is approved.
    Decide,
    /// Two letters that many names begin with.
    Search,
    /// The dashboard of a month.
    Dashboard,
}

/// How often each is asked for on a desk at work.
pub(crate) const MIX: [(Kind, u32); 11] = [
    (Kind::Queue, 18),
    (Kind::QueueOfAll, 8),
    (Kind::QueueDeep, 2),
    (Kind::Peek, 15),
    (Kind::Case, 25),
    (Kind::LogAttempt, 10),
    (Kind::BuildOffer, 6),
    (Kind::MakeOffer, 2),
    (Kind::Approvals, 3),
    (Kind::Search, 10),
    (Kind::Dashboard, 1),
];

impl Kind {
    pub(crate) const ALL: [Self; 12] = [
        Self::Queue,
        Self::QueueOfAll,
        Self::QueueDeep,
        Self::Peek,
        Self::Case,
        Self::LogAttempt,
        Self::BuildOffer,
        Self::MakeOffer,
        Self::Approvals,
        Self::Decide,
        Self::Search,
        Self::Dashboard,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Queue => "queue, my cases",
            Self::QueueOfAll => "queue, everybody's",
            Self::QueueDeep => "queue, closed, any depth",
            Self::Peek => "peek",
            Self::Case => "case, 100 entries",
            Self::LogAttempt => "log a save attempt",
            Self::BuildOffer => "build an offer",
            Self::MakeOffer => "draft an offer",
            Self::Approvals => "approvals",
            Self::Decide => "approve",
            Self::Search => "search as you type",
            Self::Dashboard => "dashboard, a month",
        }
    }

    /// The most statements that one may run: the same as for pages in `tests/it/statements.rs`; of changes, what they do
    /// as this is written.
    pub(crate) fn budget(self) -> usize {
        match self {
            Self::Queue | Self::QueueOfAll | Self::QueueDeep => 5,
            Self::Case | Self::BuildOffer => 6,
            Self::Peek | Self::Approvals => 7,
            Self::LogAttempt => 36,
            Self::MakeOffer => 24,
            Self::Decide => 35,
            Self::Search | Self::Dashboard => 3,
        }
    }

    /// Whether it changes something.
    pub(crate) fn changes(self) -> bool {
        matches!(self, Self::LogAttempt | Self::MakeOffer | Self::Decide)
    }

    /// How often a second it is asked for when it is asked for steadily.
    pub(crate) fn rate(self) -> u32 {
        match self {
            Self::Decide | Self::Dashboard => 10,
            _ => 50,
        }
    }
}

/// What there is on the desk to ask for.
pub(crate) struct Ground {
    agents: Vec<Person>,
    supervisors: Vec<Person>,
    managers: Vec<Person>,
    live: Vec<Uuid>,
    long: Vec<Uuid>,
    /// Requests for approval that wait, with the revision they are about.
    waiting: Vec<(Uuid, i32)>,
    /// How many of them were sent a decision.
    decided: AtomicUsize,
    /// Addresses of pages anywhere among closed cases.
    deep: Vec<String>,
    tomorrow: NaiveDate,
}

/// Somebody who is signed in.
struct Person {
    session: String,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    form: Option<String>,
    session: String,
}

impl Request {
    pub(crate) async fn send(&self, client: &Client) -> Answer {
        let method = if self.form.is_some() { Method::POST } else { Method::GET };
        client.send(method, &self.path, Some(&self.session), self.form.clone()).await
    }
}

/// What names begin with, the commonest first; what somebody types first finds most.
const PREFIXES: [&str; 8] = ["ma", "s", "har", "jo", "de", "ca", "an", "br"];

impl Ground {
    /// Looks around, and signs people in.
    pub(crate) async fn survey(desk: &Desk) -> Self {
        let mut owner = desk.owner().await;
        let live = ids(
            &mut owner,
            "select c.id from cases c join customers u on u.id = c.customer_id
            where c.stage <> 'closed' and c.kind = 'cancellation' and c.subscription_id is not null
                and c.owner_id is not null and not c.just_cancel and not u.cpni and not u.legal_hold
            order by md5(c.id::text) limit 2000",
        )
        .await;
        let long = ids(
            &mut owner,
            "select c.id from cases c join interactions i on i.case_id = c.id
            where c.id in (select case_id from interactions tablesample system (2) where case_id is not null)
            group by c.id having count(*) between 80 and 140 order by md5(c.id::text) limit 64",
        )
        .await;
        let waiting = sqlx::query_as(
            "select id, revision from approvals where stage = 'pending' and level = 'supervisor' and approvers = 1
            order by md5(id::text) limit 2000",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        assert!(!live.is_empty(), "no live case to work on");
        let long = if long.is_empty() { live.clone() } else { long };
        Self {
            agents: people(&mut owner, "agent").await,
            supervisors: people(&mut owner, "supervisor").await,
            managers: people(&mut owner, "manager").await,
            live,
            long,
            waiting,
            decided: AtomicUsize::new(0),
            deep: deep(&mut owner).await,
            tomorrow: Clock::System.now().date_naive() + Days::new(1),
        }
    }

    /// Sessions of those who work cases, one after another.
    pub(crate) fn session(&self, at: usize) -> &str {
        &self.agents[at % self.agents.len()].session
    }

    fn live_case(&self, at: usize) -> Uuid {
        self.live[at % self.live.len()]
    }

    /// What a page listens to: every other one is a queue, the others are cases.
    pub(crate) fn live_page(&self, at: usize) -> String {
        if at.is_multiple_of(2) {
            "/live?topic=queue".to_owned()
        } else {
            format!("/live?topic=case:{}", self.live_case(at))
        }
    }

    /// How many of a kind can still be asked for, where each can be asked for once.
    pub(crate) fn left(&self, kind: Kind) -> Option<usize> {
        let decided = self.decided.load(Ordering::Relaxed);
        (kind == Kind::Decide).then(|| self.waiting.len().saturating_sub(decided))
    }

    /// The request number `at` of a kind; none when there is nothing left to ask it about.
    pub(crate) fn request(&self, kind: Kind, at: usize) -> Option<Request> {
        let case = self.live_case(at);
        let agent = self.session(at);
        let supervisor = &self.supervisors[at % self.supervisors.len()].session;
        let key = Uuid::new_v4();
        let (session, path, form) = match kind {
            Kind::Queue => (agent, "/queue".to_owned(), None),
            Kind::QueueOfAll => (agent, "/queue?owner=any".to_owned(), None),
            Kind::QueueDeep => (agent, self.deep[at % self.deep.len()].clone(), None),
            Kind::Peek => (agent, format!("/queue?owner=any&peek={case}"), None),
            Kind::Case => (agent, format!("/cases/{}", self.long[at % self.long.len()]), None),
            Kind::LogAttempt => {
                let form = format!(
                    "key={key}&response=considering&by=phone:outbound&objection=price&lever=explain_value&lever=right_size\
                     &body=She+has+a+written+quote+and+wants+one+number+she+can+rely+on.&next=pick&next_at={}T11:00",
                    self.tomorrow
                );
                (agent, format!("/cases/{case}/attempts"), Some(form))
            }
            Kind::BuildOffer => (agent, format!("/cases/{case}/offer?type=percent_discount&value=5&months=6"), None),
            Kind::MakeOffer => {
                let form = format!("key={key}&type=percent_discount&value=5&months=6&then=draft");
                (agent, format!("/cases/{case}/offers"), Some(form))
            }
            Kind::Approvals => (supervisor.as_str(), "/approvals".to_owned(), None),
            Kind::Decide => {
                let (approval, revision) = self.waiting.get(self.decided.fetch_add(1, Ordering::Relaxed))?;
                let form = format!("key={key}&decision=approve&seen={revision}&because=worth");
                (supervisor.as_str(), format!("/approvals/{approval}/decision"), Some(form))
            }
            Kind::Search => (agent, format!("/search?q={}", PREFIXES[at % PREFIXES.len()]), None),
            Kind::Dashboard => {
                let manager = &self.managers[at % self.managers.len()].session;
                (manager.as_str(), "/dashboard?range=month".to_owned(), None)
            }
        };
        Some(Request { path, form, session: session.to_owned() })
    }
}

async fn ids(owner: &mut PgConnection, sql: &'static str) -> Vec<Uuid> {
    sqlx::query_scalar(sql).fetch_all(owner).await.unwrap()
}

/// Signs in everybody of a role.
async fn people(owner: &mut PgConnection, role: &str) -> Vec<Person> {
    let users: Vec<Uuid> = sqlx::query_scalar(
        "select u.id from users u join user_roles r on r.user_id = u.id
        where r.role = $1 and u.active order by u.email",
    )
    .bind(role)
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    let mut people = Vec::new();
    for user in users {
        let token: [u8; 32] = rand::random();
        sqlx::query(
            "insert into sessions (id, token_hash, user_id, created_at, seen_at, expires_at, address, browser)
            values (gen_random_uuid(), $1, $2, now(), now(), now() + interval '8 hours', '127.0.0.1', 'a measurement')",
        )
        .bind(&Sha256::digest(token)[..])
        .bind(user)
        .execute(&mut *owner)
        .await
        .unwrap();
        people.push(Person { session: URL_SAFE_NO_PAD.encode(token) });
    }
    assert!(!people.is_empty(), "nobody works as {role}");
    people
}

/// Pages of closed cases that go on after cases anywhere among them.
async fn deep(owner: &mut PgConnection) -> Vec<String> {
    let places: Vec<(DateTime<Utc>, i64, Uuid)> = sqlx::query_as(
        "select closed_at, value_at_risk_minor, id from cases where closed_at is not null order by md5(id::text) limit 200",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let address = |place| format!("/queue?owner=any&closed=1&after={}", Cursor::at(place));
    places.iter().map(address).collect()
}
