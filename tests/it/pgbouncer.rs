//! `PgBouncer` before the database, as `docs/growing.md` recommends it: in session mode.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use savedesk::auth::Role;
use savedesk::db::embedded::OWNER;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

use crate::accounts::{given_account, signed_in};
use crate::files::note;
use crate::support::{Beside, TestApp, answers, path_of, send};

/// Where distributions put it.
const PLACES: [&str; 3] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
const PORT: u16 = 6432;

/// None, said aloud, on a machine without it.
fn program() -> Option<PathBuf> {
    let found = PLACES.iter().map(PathBuf::from).find(|place| place.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no PgBouncer on this machine");
        eprintln!("skipped: PgBouncer is needed to work through it");
    }
    found
}

/// Starts one before a cluster, with the settings of the docs; gives how its databases are reached through it.
async fn start(program: &Path, place: &Path, direct: PgConnectOptions) -> (Beside, PgConnectOptions) {
    let mut beside = Beside::new(place);
    let dir = beside.dir.clone();
    let (socket, cluster) = (path_of(&dir), path_of(direct.get_socket().unwrap()));
    let settings = format!(
        "[databases]\n\
         * = host={cluster} port={port}\n\
         [pgbouncer]\n\
         listen_addr =\n\
         listen_port = {PORT}\n\
         unix_socket_dir = {socket}\n\
         auth_type = trust\n\
         auth_file = {socket}/users\n\
         pool_mode = session\n\
         default_pool_size = 20\n\
         max_client_conn = 100\n\
         ignore_startup_parameters = extra_float_digits\n",
        port = direct.get_port(),
    );
    std::fs::write(dir.join("users"), format!("\"{OWNER}\" \"\"\n")).unwrap();
    std::fs::write(dir.join("settings"), settings).unwrap();
    beside.start("TERM", program, &[path_of(&dir.join("settings"))]);
    let options = direct.socket(&dir).port(PORT);
    answers(&options, &beside).await;
    (beside, options)
}

#[tokio::test]
async fn a_desk_works_through_pgbouncer_in_session_mode() {
    let Some(program) = program() else { return };
    let mut running = None;
    // an empty database, migrated through it
    let app = TestApp::start_empty(async |place, direct| {
        let (beside, options) = start(&program, place, direct).await;
        running = Some((beside, options.clone()));
        options
    })
    .await;
    let (bouncer, options) = running.unwrap();
    given_account(&app, "mia@desk.example", &[Role::Agent]).await;
    let agent = signed_in(&app, "mia@desk.example").await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case(customer).await;

    // more people at once than there are connections, which all know the same statements
    let pages = (0..12).map(|_| async {
        agent.get(&format!("/cases/{case}")).await.expect(200);
        send(note(&agent, case, Uuid::new_v4(), "Called back", &[])).await.expect(303);
        agent.get("/queue?owner=any").await.expect(200);
    });
    futures_util::future::join_all(pages).await;
    let logged: i64 = sqlx::query_scalar("select count(*) from interactions where body = 'Called back'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(logged, 12);

    // news come through it
    app.wait_for_live().await;
    let stream = agent.request(Method::GET, &format!("/live?topic=case:{case}"));
    let mut stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    send(note(&agent, case, Uuid::new_v4(), "Wrote to her", &[])).await.expect(303);
    let heard = tokio::time::timeout(Duration::from_secs(30), async {
        let mut said = String::new();
        while !said.contains(&format!("case:{case}")) {
            said.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
    });
    heard.await.expect("nothing was told");
    drop(stream);

    // whoever gets one of its connections next is not who had it before
    let pids = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let kept: Vec<i32> = sqlx::query_scalar(pids).fetch_all(&mut app.owner().await).await.unwrap();
    app.db.close().await;
    let many = i64::try_from(kept.len()).unwrap();
    app.wait_for_connections("state = 'idle' and query = 'DISCARD ALL'", many).await;
    let mut owner = options.connect().await.unwrap();
    let (user, pid): (String, i32) =
        sqlx::query_as("select current_user::text, pg_backend_pid()").fetch_one(&mut owner).await.unwrap();
    assert!(user == OWNER && kept.contains(&pid), "{user} at {pid} of {kept:?}\n{}", bouncer.log());
    owner.close().await.unwrap();
}
