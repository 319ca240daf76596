//! What the process stands: clients that hang up or never speak, kill -9, more requests than it can serve, a database
//! that turns a change away in passing, a panic.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use reqwest::Method;
use savedesk::answer::Answer;
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Actor, Role};
use savedesk::error::Result;
use savedesk::ids::TeamId;
use savedesk::web::{self, App, Form};
use serde::Deserialize;
use sqlx::PgConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Barrier, Notify, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::router::assert_safe;
use crate::support::{Client, Person, Server, TestApp, send};

#[tokio::test]
async fn a_panic_is_a_500_with_a_reference_and_never_the_process() {
    let app = TestApp::start_with(
        |_| {},
        |app| web::around(Router::new().route("/break", get(async || -> String { panic!("on purpose") })), app),
    )
    .await;
    let page = app.visitor().get("/break").await.expect(500);
    assert_safe("a panic", &page.headers);
    let reference = page.headers["x-request-id"].to_str().unwrap().replace('-', "");
    assert!(reference.to_uppercase().ends_with(&page.text("main b")), "{}", page.body);
    assert!(!page.body.contains("on purpose"));
    app.visitor().get("/break").await.expect(500);
}

#[tokio::test]
async fn more_requests_than_can_be_served_are_turned_away_at_once() {
    let held = Arc::new((Notify::new(), Semaphore::new(0)));
    let app = TestApp::start_with(|config| config.max_requests = 8, {
        let held = Arc::clone(&held);
        move |app| {
            let serve = async move || {
                held.0.notify_one();
                let _ = held.1.acquire().await;
                "served"
            };
            web::around(Router::new().route("/hold", get(serve)), app)
        }
    })
    .await;
    let mut served = Vec::new();
    for _ in 0..8 {
        let visitor = app.visitor();
        served.push(tokio::spawn(async move { visitor.get("/hold").await.status }));
        held.0.notified().await;
    }
    let began = Instant::now();
    let page = app.visitor().get("/hold").await.expect(503);
    // at once, as far as a busy machine knows that: those before it are never done
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(page.headers["retry-after"], "1");
    assert_safe("overload", &page.headers);
    held.1.add_permits(8);
    for request in served {
        assert_eq!(request.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_keeps_its_place_until_its_work_is_done() {
    let (begun, free) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let app = TestApp::start_with(|config| config.max_requests = 1, {
        let (begun, free) = (Arc::clone(&begun), Arc::clone(&free));
        move |app| {
            let hold = async move || {
                begun.notify_one();
                let _ = free.acquire().await;
            };
            web::around(Router::new().route("/hold", get(hold)), app)
        }
    })
    .await;
    let request = tokio::spawn(send(app.visitor().request(Method::GET, "/hold")));
    begun.notified().await;
    request.abort();
    tokio::time::sleep(Duration::from_millis(100)).await;
    app.visitor().get("/hold").await.expect(503);
    free.add_permits(2);
    while app.visitor().get("/hold").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_turned_away() {
    let app = notes().await;
    let page = app.visitor().post_form("/notes", &[("note", &"x".repeat(1 << 20))]).await.expect(413);
    assert!(page.text("main p").contains("more than 1 MB"));
    // a body of another kind has a limit as well
    let body = vec![b'x'; 3 << 20];
    let page = send(app.visitor().request(Method::POST, "/notes").body(body)).await;
    assert_eq!(page.status, 409);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let app = notes().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let page = send(app.visitor().form("/notes", &[("note", "x")]).header(name, value)).await.expect(403);
        assert_eq!(page.text("h1"), "Not done");
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn r7_a_form_sent_twice_does_its_work_once() {
    let app = notes().await;
    let key = Uuid::new_v4().to_string();
    let first = app.visitor().post_form("/notes", &[("note", "x"), ("key", &key)]).await.expect(303);
    let second = app.visitor().post_form("/notes", &[("note", "x"), ("key", &key)]).await.expect(303);
    assert_eq!(first.location(), second.location());
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn r7_a_form_sent_many_times_at_once_does_its_work_once() {
    let app = notes().await;
    let key = Uuid::new_v4().to_string();
    let sent: Vec<_> =
        (0..5).map(|_| tokio::spawn(send(app.visitor().form("/notes", &[("note", "x"), ("key", &key)])))).collect();
    let mut locations = Vec::new();
    for page in sent {
        locations.push(page.await.unwrap().expect(303).location().to_owned());
    }
    locations.dedup();
    assert_eq!(locations.len(), 1);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn r7_the_same_key_with_another_body_is_refused() {
    let app = notes().await;
    let key = Uuid::new_v4().to_string();
    app.visitor().post_form("/notes", &[("note", "x"), ("key", &key)]).await.expect(303);
    let page = app.visitor().post_form("/notes", &[("note", "y"), ("key", &key)]).await.expect(409);
    assert!(page.text("main p").contains("sent before with other contents"));
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_change_that_meets_another_is_tried_again_with_its_key() {
    let app = notes().await;
    // turned away twice, done the third time
    app.visitor().post_form("/notes", &[("note", "x"), ("turned_away", "2")]).await.expect(303);
    assert_eq!(count(&app).await, 1);
    // turned away for good: our fault, and nothing was changed
    app.visitor().post_form("/notes", &[("note", "x"), ("turned_away", "9")]).await.expect(500);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn without_a_free_connection_one_is_told_to_come_back() {
    let app = TestApp::start_with(
        |config| config.connections = 2,
        |app| {
            let read = async |State(app): State<App>| app.db.read().await.map(|_| "read");
            web::around(Router::new().route("/read", get(read)), app)
        },
    )
    .await;
    // the other one listens
    let mut held = Vec::new();
    while let Ok(connection) = app.db.read().await {
        held.push(connection);
    }
    let page = app.visitor().get("/read").await.expect(503);
    assert_eq!(page.headers["retry-after"], "1");
    drop(held);
    app.visitor().get("/read").await.expect(200);
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way() {
    let both = Arc::new(Barrier::new(2));
    let app = TestApp::start_with(|_| {}, {
        let both = Arc::clone(&both);
        move |app| {
            let work = async move || {
                both.wait().await;
                tokio::time::sleep(Duration::from_millis(300)).await;
                "done"
            };
            web::around(Router::new().route("/work", get(work)), app)
        }
    })
    .await;
    let visitor = app.visitor();
    let request = tokio::spawn(async move { visitor.get("/work").await.expect(200).body });
    both.wait().await;
    let address = app.address;
    app.stop().await;
    assert_eq!(request.await.unwrap(), "done");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn half_open_connections_do_not_hold_up_a_stop() {
    let app = TestApp::start().await;
    let held = half_open(app.address, 300).await;
    let began = Instant::now();
    app.stop().await;
    // less than they have for their headers
    assert!(began.elapsed() < Duration::from_millis(4500), "{:?}", began.elapsed());
    drop(held);
}

#[tokio::test]
async fn half_open_connections_are_gone_within_ten_seconds() {
    let app = TestApp::start().await;
    let mut held = half_open(app.address, 300).await;
    let began = Instant::now();
    app.visitor().get("/health/live").await.expect(200);
    for connection in &mut held {
        let mut rest = Vec::new();
        let left = Duration::from_secs(10).saturating_sub(began.elapsed());
        // an end or a reset: gone either way
        let gone = tokio::time::timeout(left, connection.read_to_end(&mut rest)).await;
        assert!(gone.is_ok(), "still open after {:?}", began.elapsed());
    }
}

/// Clients that begin a request and never end it: a third each says nothing, half a head, and half a second request.
async fn half_open(address: std::net::SocketAddr, how_many: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for n in 0..how_many {
        let mut connection = TcpStream::connect(address).await.unwrap();
        match n % 3 {
            0 => {}
            1 => connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: desk\r\nX-Slow: ").await.unwrap(),
            _ => {
                connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: desk\r\n\r\n").await.unwrap();
                let mut answer = [0; 4096];
                assert!(connection.read(&mut answer).await.unwrap() > 0);
                connection.write_all(b"GET /health/live HT").await.unwrap();
            }
        }
        held.push(connection);
    }
    held
}

/// Fifty clients hang up at random within 50 ms while five well-behaved ones write; then the process is killed in the
/// midst of it. What was acknowledged is there, and no connection was left in a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_in_a_storm_of_clients_that_hang_up() {
    let app = TestApp::start().await;
    let mut server = Server::start(&app);
    let admin = server.sign_in_as(&app, Person { name: "Ana", roles: &[Role::Admin], ..Person::default() }).await;

    let hung_up = Arc::new(AtomicU32::new(0));
    let mut storm = JoinSet::new();
    for _ in 0..50 {
        storm.spawn(hang_up_again_and_again(admin.clone(), Arc::clone(&hung_up)));
    }
    let mut steady = JoinSet::new();
    let acknowledged = Arc::new(AtomicU32::new(0));
    for _ in 0..5 {
        steady.spawn(write_until_the_end(admin.clone(), Arc::clone(&acknowledged)));
    }
    // as long as it takes to see something: a busy machine gets little done in a storm
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3)
        || (acknowledged.load(Ordering::Relaxed) < 50 && began.elapsed() < Duration::from_mins(1))
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    storm.shutdown().await;
    let mut owner = app.owner().await;
    for _ in 0..10 {
        assert_eq!(left_in_a_transaction(&mut owner).await, 0, "connections are left in a transaction");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.kill();
    let acknowledged: Vec<String> = steady.join_all().await.into_iter().flatten().collect();

    assert!(hung_up.load(Ordering::Relaxed) > 100, "that was no storm");
    assert!(acknowledged.len() >= 50, "only {} were acknowledged", acknowledged.len());
    let there: Vec<String> = sqlx::query_scalar("select name from departments where name like 'steady%'")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let lost = acknowledged.iter().filter(|name| !there.contains(name)).count();
    assert_eq!(lost, 0, "of {} acknowledged writes", acknowledged.len());
}

async fn hang_up_again_and_again(admin: Client, hung_up: Arc<AtomicU32>) {
    loop {
        let name = format!("storm {}", Uuid::new_v4());
        let patience = Duration::from_micros(u64::from(rand::random::<u16>()) * 50_000 / 65_536);
        let write = admin.form("/departments", &[("name", &name)]).send();
        if tokio::time::timeout(patience, write).await.is_err() {
            hung_up.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(patience * 4).await;
    }
}

/// Until the server is gone; gives what it acknowledged. Being turned away for the moment is no loss.
async fn write_until_the_end(admin: Client, how_many: Arc<AtomicU32>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let name = format!("steady {}", Uuid::new_v4());
        let Ok(response) = admin.form("/departments", &[("name", &name)]).send().await else {
            return acknowledged;
        };
        if response.status() == 303 && response.headers()["location"] == "/teams" {
            acknowledged.push(name);
            how_many.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Connections that hold a transaction open and have done nothing with it for a while.
async fn left_in_a_transaction(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*)
        from pg_stat_activity
        where datname = current_database()
            and state like 'idle in transaction%'
            and state_change < clock_timestamp() - interval '500 milliseconds'",
    )
    .fetch_one(owner)
    .await
    .unwrap()
}

#[derive(Deserialize)]
struct NoteForm {
    #[serde(default)]
    turned_away: u32,
}

/// Who writes notes, and how often one was turned away so far.
#[derive(Default)]
struct Notes {
    writer: OnceLock<Actor>,
    tries: AtomicU32,
}

/// A route of its own with all layers around it: a note becomes a team.
async fn notes() -> TestApp {
    let notes = Arc::new(Notes::default());
    let routes = Router::new().route("/notes", post(add_note)).layer(Extension(Arc::clone(&notes)));
    let app = TestApp::start_with(|_| {}, |app| web::around(routes, app)).await;
    let writer = app.given_person(Person { name: "Ana", roles: &[Role::Admin], ..Person::default() }).await;
    notes.writer.set(writer).unwrap();
    app
}

async fn add_note(
    State(app): State<App>,
    Extension(notes): Extension<Arc<Notes>>,
    form: Form<NoteForm>,
) -> Result<Response> {
    let mut tx = app.begin(notes.writer.get().unwrap(), &form.once).await?;
    let team = TeamId::new();
    sqlx::query("insert into teams (id, name) values ($1, $2)")
        .bind(team)
        .bind(format!("note {team}"))
        .execute(&mut *tx)
        .await?;
    audit::record(&mut tx, Entry::new(Action::TeamAdded, Subject::Team(team))).await?;
    if notes.tries.fetch_add(1, Ordering::Relaxed) < form.fields.turned_away {
        sqlx::query("do $$ begin raise exception 'met another' using errcode = '40001'; end $$")
            .execute(&mut *tx)
            .await?;
    }
    notes.tries.store(0, Ordering::Relaxed);
    Ok(tx.finish(Answer::to(format!("/notes/{team}")).say("Noted.")).await?.into_response())
}

/// How many notes there are.
async fn count(app: &TestApp) -> i64 {
    let count = sqlx::query_scalar("select count(*) from teams where name like 'note %'");
    count.fetch_one(&mut app.owner().await).await.unwrap()
}
