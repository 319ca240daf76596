//! The outbox against a mail server on this machine: what is taken, refused, slow, broken off, or sent by many at once.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use savedesk::audit;
use savedesk::auth::Role;
use savedesk::clock::Clock;
use savedesk::config::Config;
use savedesk::db::Db;
use savedesk::ids::UserId;
use savedesk::notifications::{self, Mailer, NewMail, Posted, To};
use savedesk::poster;
use sqlx::Executor as _;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::chaser::{count, wait_until};
use crate::support::{MailServer, Person, TestApp};

pub(crate) fn mailer(url: String) -> Mailer {
    let from = Some("Savedesk <desk@brightline.example>".parse().unwrap());
    let public_url = Some("https://desk.brightline.example".to_owned());
    Mailer::of(&Config { smtp_url: Some(url), mail_from: from, public_url, ..Config::default() }).unwrap()
}

pub(crate) async fn somebody(app: &TestApp) -> UserId {
    app.given_person(Person { name: "Ana", roles: &[Role::Agent], ..Person::default() }).await.id.unwrap()
}

pub(crate) fn mail(to: UserId, key: &str, address: &str) -> NewMail {
    NewMail {
        key: key.to_owned(),
        to: To::User(to),
        address: address.to_owned(),
        name: "Renée Dubois".to_owned(),
        case: None,
        subject: "Überfällig".to_owned(),
        body: "Öffne {desk}/queue.\n\n.\nEnde".to_owned(),
        terms: None,
        not_before: None,
    }
}

pub(crate) async fn queue(app: &TestApp, mails: Vec<NewMail>) {
    let mut tx = app.begin().await;
    for mail in mails {
        assert!(notifications::queue(&mut tx, mail).await.unwrap());
    }
    tx.commit().await.unwrap();
}

/// Stage, attempts and error of a mail.
pub(crate) async fn stands(app: &TestApp, key: &str) -> (String, i16, Option<String>) {
    sqlx::query_as("select stage, attempts, error from mails where key = $1")
        .bind(key)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_sent_once_with_its_message_id_and_the_address_of_the_desk() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    queue(&app, vec![mail(ana, "digest:ana:1", "ana@brightline.example")]).await;
    let mut tx = app.begin().await;
    let again = notifications::queue(&mut tx, mail(ana, "digest:ana:1", "other@brightline.example")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!again, "a key has one mail");
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted { sent: 1, put_off: 0, parked: 0 });
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap(), Posted::default());
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "ana@brightline.example");
    assert!(mails[0].header("Message-ID").ends_with("@brightline.example>"));
    assert_eq!(mails[0].header("From"), "Savedesk <desk@brightline.example>");
    assert_eq!(mails[0].header("Auto-Submitted"), "auto-generated");
    assert!(mails[0].text.contains("https://desk.brightline.example/queue"), "{}", mails[0].text);
    assert_eq!(stands(&app, "digest:ana:1").await, ("sent".to_owned(), 1, None));
    assert!(audit::verify(&mut app.db.read().await.unwrap()).await.unwrap().1.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_parked_with_the_reason_and_an_admin_tries_it_again() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    let admin = app.sign_in(Role::Admin).await;
    queue(&app, vec![mail(ana, "a", "never@brightline.example"), mail(ana, "b", "no address")]).await;
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted { sent: 0, put_off: 0, parked: 2 });
    let (stage, attempts, error) = stands(&app, "a").await;
    assert_eq!((stage.as_str(), attempts), ("parked", 1));
    assert!(error.unwrap().contains("There is nobody of this name"));
    assert!(stands(&app, "b").await.2.unwrap().contains("address"));
    // one piece of news for the day, however many are parked
    admin.get("/notifications").await.expect(200);
    let told: i64 = sqlx::query_scalar("select count(*) from notices where to_id = $1 and kind = 'parked'")
        .bind(admin.user.unwrap())
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(told, 1);
    let list = admin.get("/outbox?stage=parked").await.expect(200);
    assert!(list.body.contains("There is nobody of this name"), "{}", list.body);
    let id: String = sqlx::query_scalar("select id::text from mails where key = 'a'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    sqlx::query("update mails set to_address = 'ana@brightline.example' where key = 'a'")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    admin.post_form(&format!("/outbox/{id}/retry"), &[]).await.expect(303);
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap().sent, 1);
    // a second time it is parked no more; after the post, since a refused change lets go of the row a moment later
    admin.post_form(&format!("/outbox/{id}/retry"), &[]).await.expect(409);
    assert_eq!(server.mails().len(), 1);
    let page = admin.get(&format!("/outbox/{id}")).await.expect(200);
    assert!(page.body.contains(&server.mails()[0].header("Message-ID").replace(['<', '>'], "")), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_tried_again_later_ten_times_at_most() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    queue(&app, vec![mail(ana, "later", "later@brightline.example"), mail(ana, "ok", "ana@brightline.example")]).await;
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted { sent: 1, put_off: 1, parked: 0 }, "one that is refused does not stop the rest");
    assert!(stands(&app, "later").await.2.unwrap().contains("Come back in a while"));
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap(), Posted::default(), "not at once");
    for tries in 2..=10 {
        app.clock.advance(TimeDelta::hours(4));
        poster::post(&app.db, &mailer).await.unwrap();
        let (stage, attempts, _) = stands(&app, "later").await;
        assert_eq!((stage.as_str(), attempts), (if tries < 10 { "waiting" } else { "parked" }, tries));
    }
    assert!(stands(&app, "later").await.2.unwrap().starts_with("Tried 10 times."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_given_up_after_a_while() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()).within(Duration::from_secs(1)));
    queue(&app, vec![mail(ana, "slow", "slow@brightline.example")]).await;
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted { sent: 0, put_off: 1, parked: 0 });
    let (stage, attempts, error) = stands(&app, "slow").await;
    assert_eq!((stage.as_str(), attempts), ("waiting", 1));
    assert!(error.unwrap().contains("did not answer within 1 seconds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_holds_up_nobody_else() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    let mut mails = vec![mail(ana, "slow", "slow@brightline.example")];
    mails.extend((0..8).map(|n| mail(ana, &format!("quick:{n}"), "ana@brightline.example")));
    queue(&app, mails).await;
    // the slow one is first in line
    sqlx::query("update mails set next_at = next_at - interval '1 hour' where key = 'slow'")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    let posted = poster::post(&app.db, &mailer(server.url())).await.unwrap();
    assert_eq!(posted.sent + posted.put_off, 9);
    let first = server.mails().remove(0);
    assert_eq!(first.to, "ana@brightline.example", "others went while the slow one was under way");
}

/// A server that hangs up in the middle of the text of each mail.
async fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.write_all(b"220 mail.example\r\n").await;
                let mut heard = vec![0; 4096];
                loop {
                    let Ok(count @ 1..) = stream.read(&mut heard).await else { return };
                    let answer: &[u8] = match &heard[..count.min(4)] {
                        b"DATA" => b"354 Go on\r\n",
                        b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"NOOP" | b"RSET" => b"250 OK\r\n",
                        // the text begins
                        _ => return,
                    };
                    let _ = stream.write_all(answer).await;
                }
            });
        }
    });
    format!("smtp://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up_or_is_not_there_loses_no_mail() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    queue(&app, vec![mail(ana, "a", "ana@brightline.example")]).await;
    let posted = poster::post(&app.db, &mailer(hangs_up().await)).await.unwrap();
    assert_eq!(posted, Posted { sent: 0, put_off: 1, parked: 0 });
    app.clock.advance(TimeDelta::minutes(1));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let posted = poster::post(&app.db, &mailer(format!("smtp://{nobody}"))).await.unwrap();
    assert_eq!(posted, Posted { sent: 0, put_off: 1, parked: 0 });
    app.clock.advance(TimeDelta::minutes(3));
    assert_eq!(poster::post(&app.db, &mailer(server.url())).await.unwrap().sent, 1);
    assert_eq!(server.mails().len(), 1);
    assert_eq!(stands(&app, "a").await, ("sent".to_owned(), 3, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_send_and_mark_repeats_a_mail_once_under_the_same_message_id() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    queue(&app, vec![mail(ana, "a", "ana@brightline.example")]).await;
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap().sent, 1);
    // as a crash leaves it: claimed, sent, never marked
    let mut owner = app.owner().await;
    sqlx::query("alter table mails disable trigger mails_stage").execute(&mut owner).await.unwrap();
    sqlx::query("update mails set stage = 'waiting', ended_at = null").execute(&mut owner).await.unwrap();
    sqlx::query("alter table mails enable trigger mails_stage").execute(&mut owner).await.unwrap();
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted::default(), "nobody touches it while the lease runs");
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap().sent, 1);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap(), Posted::default());
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}

/// This program, posting in a process of its own.
fn another(app: &TestApp, server: &MailServer) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "mails::post_once", "--ignored", "--nocapture"])
        .env("SAVEDESK_TEST_URL", app.database_url())
        .env("SAVEDESK_TEST_NOW", app.clock.now().to_rfc3339())
        .env("SAVEDESK_TEST_SMTP", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by another test, in a process of its own"]
async fn post_once() {
    let options = std::env::var("SAVEDESK_TEST_URL").unwrap().parse::<PgConnectOptions>().unwrap();
    let now = std::env::var("SAVEDESK_TEST_NOW").unwrap().parse().unwrap();
    let db = Db::connect(options, 6, Clock::stopped(now)).await.unwrap();
    let _ = poster::post(&db, &mailer(std::env::var("SAVEDESK_TEST_SMTP").unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r15_a_kill_between_send_and_mark_repeats_a_mail_once_and_marks_it_once() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    queue(&app, vec![mail(ana, "a", "ana@brightline.example")]).await;
    // the server has the mail, the mark is not there: the statement that marks takes its time
    let mut owner = app.owner().await;
    owner
        .execute(
            "create function dawdle() returns trigger language plpgsql as $$
            begin
              perform pg_sleep(120);
              return new;
            end $$;
            create trigger dawdle before update on mails for each row
              when (new.stage = 'sent' and old.stage = 'waiting') execute function dawdle()",
        )
        .await
        .unwrap();
    let mut child = another(&app, &server);
    let sleeps = "pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    wait_until(async || count(&mut owner, sleeps).await > 0).await;
    assert_eq!(server.mails().len(), 1, "the server took it before it is marked");
    // SIGKILL: nothing of it gets to tidy up
    child.kill().unwrap();
    child.wait().unwrap();
    owner
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event = 'PgSleep'",
        )
        .await
        .unwrap();
    wait_until(async || count(&mut owner, sleeps).await == 0).await;
    owner.execute("drop trigger dawdle on mails").await.unwrap();
    assert_eq!(stands(&app, "a").await, ("waiting".to_owned(), 1, None), "the mark is lost");

    let both = || async { tokio::join!(post_of(&app, &server), post_of(&app, &server)) };
    assert_eq!(both().await, (Posted::default(), Posted::default()), "nobody touches it while the lease runs");
    app.clock.advance(TimeDelta::minutes(5));
    let (one, other) = both().await;
    assert_eq!(one.sent + other.sent, 1);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(both().await, (Posted::default(), Posted::default()));

    let mails = server.mails();
    assert_eq!(mails.len(), 2, "once by the one that was killed, once by another");
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    assert_eq!(stands(&app, "a").await, ("sent".to_owned(), 2, None));
    assert_eq!(count(&mut owner, "audit_entries where action = 'mail.sent'").await, 1, "marked once");
}

async fn post_of(app: &TestApp, server: &MailServer) -> Posted {
    poster::post(&app.db, &mailer(server.url())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_kills_the_desk_each_time_is_parked_at_last() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    queue(&app, vec![mail(ana, "a", "ana@brightline.example")]).await;
    sqlx::query("update mails set attempts = 10").execute(&mut app.owner().await).await.unwrap();
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap().parked, 1);
    assert_eq!(server.mails(), []);
}

async fn posters_share_the_work(how_many: usize) {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    queue(&app, (0..60).map(|n| mail(ana, &format!("m:{n}"), "ana@brightline.example")).collect()).await;
    let posters = (0..how_many).map(|_| {
        let (db, mailer) = (app.db.clone(), mailer(server.url()));
        tokio::spawn(async move { poster::post(&db, &mailer).await.unwrap() })
    });
    let posted: Vec<Posted> = futures_util::future::join_all(posters).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(posted.iter().map(|posted| posted.sent).sum::<usize>(), 60, "{posted:?}");
    let mails = server.mails();
    let ids: BTreeSet<String> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((mails.len(), ids.len()), (60, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_posters_send_each_mail_once() {
    posters_share_the_work(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_posters_send_each_mail_once() {
    posters_share_the_work(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_mails_are_kept_and_shown_as_they_would_go() {
    let app = TestApp::start().await;
    assert!(Mailer::of(&app.state.config).is_none());
    let ana = somebody(&app).await;
    queue(&app, vec![mail(ana, "a", "ana@brightline.example")]).await;
    let admin = app.sign_in(Role::Admin).await;
    let list = admin.get("/outbox").await.expect(200);
    assert!(list.body.contains("No mail server is set"), "{}", list.body);
    let href = list.attributes("tbody a.open", "href").remove(0);
    let page = admin.get(&href).await.expect(200);
    let base = app.state.config.base_url();
    assert!(page.body.contains(&format!("{base}/queue")) && page.body.contains("Message-ID"), "{}", page.body);
    let viewed: i64 = sqlx::query_scalar("select count(*) from audit_entries where action = 'mail.viewed'")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert_eq!(viewed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_mail_go_two_weeks_after_it_was_sent_and_not_before() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    queue(&app, vec![mail(ana, "a", "ana@brightline.example"), mail(ana, "b", "never@brightline.example")]).await;
    poster::post(&app.db, &mailer(server.url())).await.unwrap();
    app.clock.advance(TimeDelta::days(13));
    assert_eq!(notifications::clear(&app.db).await.unwrap(), 0);
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(notifications::clear(&app.db).await.unwrap(), 1, "what is parked keeps its words");
    let admin = app.sign_in(Role::Admin).await;
    let href = admin.get("/outbox?stage=sent").await.attributes("tbody a.open", "href").remove(0);
    assert!(admin.get(&href).await.expect(200).body.contains("thrown away"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lay_for_a_week_is_no_flood_once_a_mail_server_is_set() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let (ana, mailer) = (somebody(&app).await, mailer(server.url()));
    queue(&app, vec![mail(ana, "old", "ana@brightline.example")]).await;
    app.clock.advance(TimeDelta::days(8));
    queue(&app, vec![mail(ana, "new", "ana@brightline.example")]).await;
    let posted = poster::post(&app.db, &mailer).await.unwrap();
    assert_eq!(posted, Posted { sent: 1, put_off: 0, parked: 1 });
    assert!(stands(&app, "old").await.2.unwrap().contains("no news any more"));
    // an admin may send it all the same
    let admin = app.sign_in(Role::Admin).await;
    let href = admin.get("/outbox?stage=parked").await.attributes("tbody a.open", "href").remove(0);
    admin.post_form(&format!("{href}/retry"), &[]).await.expect(303);
    assert_eq!(poster::post(&app.db, &mailer).await.unwrap().sent, 1);
    // what is for our own people goes for good one day
    app.clock.advance(TimeDelta::days(91));
    assert_eq!(notifications::clear(&app.db).await.unwrap(), 4, "two lose their words, then go");
}

/// What the database has done with the table of mails so far: scans of all of it, scans of an index, rows read.
async fn worked(app: &TestApp) -> (i64, i64, i64) {
    sqlx::query_as(
        "select seq_scan, coalesce(idx_scan, 0), seq_tup_read + coalesce(idx_tup_fetch, 0)
        from pg_stat_user_tables where relname = 'mails'",
    )
    .fetch_one(&mut app.owner().await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_outbox_is_looked_into_with_next_to_nothing() {
    const LOOKS: i64 = 20;
    let app = TestApp::start().await;
    let ana = somebody(&app).await;
    let tomorrow = Some(app.clock.now() + TimeDelta::days(1));
    let many = (0..3000).map(|n| NewMail { not_before: tomorrow, ..mail(ana, &format!("m:{n}"), "a@b.example") });
    queue(&app, many.collect()).await;
    app.db.close().await;
    sqlx::query("vacuum analyze mails").execute(&mut app.owner().await).await.unwrap();
    // what others did before is told by the database with a delay: until it is quiet
    let mut before = worked(&app).await;
    loop {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let now = worked(&app).await;
        if now == before {
            break;
        }
        before = now;
    }
    // through connections of its own, which say what they did as they leave
    let options = app.database_url().parse::<PgConnectOptions>().unwrap();
    let db = Db::connect(options, 2, Clock::stopped(app.clock.now())).await.unwrap();
    let mailer = mailer("smtp://127.0.0.1:9".to_owned());
    for _ in 0..LOOKS {
        assert_eq!(poster::post(&db, &mailer).await.unwrap(), Posted::default());
    }
    db.close().await;
    let deadline = Instant::now() + Duration::from_mins(1);
    let after = loop {
        let now = worked(&app).await;
        if now.0 + now.1 - before.0 - before.1 >= LOOKS || Instant::now() > deadline {
            break now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((after.0 - before.0, after.2 - before.2), (0, 0), "rows were read, or all of the table");
    // into what is due, and for the mail that this is not
    assert!((LOOKS..=2 * LOOKS).contains(&(after.1 - before.1)), "{before:?} {after:?}");
}
