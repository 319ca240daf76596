//! What the poster asks before a mail goes, what it writes down after, and what it survives.

use std::time::Duration;

use chrono::TimeDelta;
use savedesk::auth::{Can, MakeOffers, Role};
use savedesk::cases::{self, Changes};
use savedesk::customers::{self, ConsentChannel, NewConsent, NewContact, Purpose};
use savedesk::ids::{CaseId, CustomerId, OfferId};
use savedesk::notifications::Posted;
use savedesk::offers::{self, Reminded};
use savedesk::poster;

use crate::mails::{mail, mailer, queue, somebody, stands};
use crate::support::{MailServer, TestApp, percent};

/// An offer whose reminder is in the outbox.
struct Pending {
    case: CaseId,
    customer: CustomerId,
    offer: OfferId,
    address: String,
}

impl Pending {
    fn key(&self) -> String {
        format!("offer-reminder:{}:1", self.offer)
    }

    async fn stands(&self, app: &TestApp) -> (String, String) {
        let (stage, _, why) = stands(app, &self.key()).await;
        (stage, why.unwrap_or_default())
    }

    /// E-mails in the case's log.
    async fn logged(&self, app: &TestApp) -> i64 {
        sqlx::query_scalar("select count(*) from interactions where case_id = $1 and kind = 'email'")
            .bind(self.case)
            .fetch_one(&mut app.owner().await)
            .await
            .unwrap()
    }
}

async fn consent(app: &TestApp, customer: CustomerId, given: bool) {
    let (channel, purpose, source) = (ConsentChannel::Email, Purpose::Offers, "On the phone".to_owned());
    let mut tx = app.begin().await;
    let word = NewConsent { channel, purpose, given, source };
    customers::note_consent(&mut tx, &Can::desk(), customer, &word).await.unwrap();
    tx.commit().await.unwrap();
}

async fn remind(app: &TestApp, offer: OfferId) -> Reminded {
    let mut tx = app.begin().await;
    let reminded = offers::remind_customer_of_offer(&mut tx, offer).await.unwrap();
    tx.commit().await.unwrap();
    reminded
}

async fn change(app: &TestApp, case: CaseId, changes: Changes) {
    let mut tx = app.begin().await;
    cases::change(&mut tx, &Can::desk(), case, changes).await.unwrap();
    tx.commit().await.unwrap();
}

/// A presented offer to somebody who allows e-mails about it.
async fn given_presented(app: &TestApp, can: &Can<MakeOffers>, name: &str) -> Pending {
    let on = app.given_case_to_save(name).await;
    let offer = app.given_offer(can, on, percent(5, 12)).await.unwrap().id;
    app.present(can, offer, 1).await.unwrap();
    let customer: CustomerId = sqlx::query_scalar("select customer_id from cases where id = $1")
        .bind(on.0)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    let address = format!("{}@example.org", name.to_lowercase());
    let mut tx = app.begin().await;
    let contact = NewContact { email: address.clone(), ..NewContact::default() };
    customers::add_contact(&mut tx, &Can::desk(), customer, contact).await.unwrap();
    tx.commit().await.unwrap();
    consent(app, customer, true).await;
    Pending { case: on.0, customer, offer, address }
}

async fn given_reminded(app: &TestApp, can: &Can<MakeOffers>, name: &str) -> Pending {
    let pending = given_presented(app, can, name).await;
    assert_eq!(remind(app, pending.offer).await, Reminded::Queued);
    pending
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_does_not_hold_any_more_is_dropped_with_the_reason_and_one_that_does_is_logged_once_sent() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let can = app.can::<MakeOffers>(Role::Agent).await;
    let holds = given_reminded(&app, &can, "Holds").await;
    let no_consent = given_reminded(&app, &can, "Consent").await;
    let cancel = given_reminded(&app, &can, "Cancel").await;
    let deceased = given_reminded(&app, &can, "Deceased").await;
    let moved = given_reminded(&app, &can, "Moved").await;
    let withdrawn = given_reminded(&app, &can, "Withdrawn").await;
    assert_eq!(holds.logged(&app).await, 0, "what is not sent yet was not said");

    app.clock.advance(TimeDelta::minutes(1));
    consent(&app, no_consent.customer, false).await;
    change(&app, cancel.case, Changes { just_cancel: Some(true), ..Changes::default() }).await;
    change(&app, deceased.case, Changes { reason: Some("life_event.deceased".to_owned()), ..Changes::default() }).await;
    let mut tx = app.begin().await;
    sqlx::query("update contacts set email = 'new@example.org', version = version + 1 where customer_id = $1")
        .bind(moved.customer)
        .execute(&mut *tx)
        .await
        .unwrap();
    offers::withdraw(&mut tx, &Can::desk(), withdrawn.offer, "A better one follows").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(withdrawn.stands(&app).await.0, "dropped", "nobody waits for the poster to learn that");

    let posted = poster::post(&app.db, &mailer(server.url())).await.unwrap();
    assert_eq!(posted, Posted { sent: 1, put_off: 0, parked: 0 });
    let to: Vec<String> = server.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, std::slice::from_ref(&holds.address));
    assert_eq!((holds.stands(&app).await.0.as_str(), holds.logged(&app).await), ("sent", 1));
    let admin = app.sign_in(Role::Admin).await;
    let list = admin.get("/outbox?stage=dropped").await.expect(200);
    for (pending, why) in [
        (&no_consent, "does not allow e-mails about offers"),
        (&cancel, "just cancel"),
        (&deceased, "takes no save attempt"),
        (&moved, "not reached at this address"),
        (&withdrawn, "is withdrawn"),
    ] {
        let (stage, because) = pending.stands(&app).await;
        assert_eq!(stage, "dropped", "{why}");
        assert!(because.contains(why), "{because}");
        assert_eq!(pending.logged(&app).await, 0, "{why}");
        assert!(list.body.contains(why), "{}", list.body);
    }
    // what was dropped is not tried again, whoever asks
    let href = list.attributes("tbody a.open", "href").remove(0);
    assert!(!admin.get(&href).await.expect(200).body.contains("Try again"));
    admin.post_form(&format!("{href}/retry"), &[]).await.expect(409);
    // nor written anew: no attempt is made to keep them
    let never = given_presented(&app, &can, "Never").await;
    change(&app, never.case, Changes { just_cancel: Some(true), ..Changes::default() }).await;
    assert!(matches!(remind(&app, never.offer).await, Reminded::NoAttempt(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_lay_in_the_outbox_until_the_offer_ran_out_is_dropped_though_nobody_expired_it() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let can = app.can::<MakeOffers>(Role::Agent).await;
    let late = given_reminded(&app, &can, "Late").await;
    let open_until: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("select open_until from offers where id = $1")
        .bind(late.offer)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    app.clock.advance(open_until - app.clock.now());
    assert_eq!(poster::post(&app.db, &mailer(server.url())).await.unwrap(), Posted::default());
    let (stage, why) = late.stands(&app).await;
    assert!(stage == "dropped" && why.contains("is expired"), "{stage}: {why}");
    assert_eq!(server.mails(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_sent_is_sent_though_it_was_dropped_meanwhile() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let can = app.can::<MakeOffers>(Role::Agent).await;
    let slow = given_reminded(&app, &can, "Slow").await;
    let posting = {
        let (db, mailer) = (app.db.clone(), mailer(server.url()));
        tokio::spawn(async move { poster::post(&db, &mailer).await.unwrap() })
    };
    // the server answers this address late: the offer ends while the mail is under way
    let under_way = async {
        while stands(&app, &slow.key()).await.1 == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), under_way).await.unwrap();
    let mut tx = app.begin().await;
    offers::withdraw(&mut tx, &Can::desk(), slow.offer, "A better one follows").await.unwrap();
    tx.commit().await.unwrap();
    posting.await.unwrap();
    let taken = i64::try_from(server.mails().len()).unwrap();
    let expected = if taken == 1 { "sent" } else { "dropped" };
    assert_eq!((slow.stands(&app).await.0.as_str(), slow.logged(&app).await), (expected, taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_over_which_the_desk_panics_is_put_off_and_stops_neither_the_rest_nor_the_poster() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let ana = somebody(&app).await;
    queue(&app, vec![mail(ana, "poison", "ana@brightline.example")]).await;
    // no date of a mail lies before 1970: writing it panics
    sqlx::query("update mails set queued_at = '1960-01-01', next_at = '1960-01-01', error = 'tried before'")
        .execute(&mut app.owner().await)
        .await
        .unwrap();
    queue(&app, (0..5).map(|n| mail(ana, &format!("m:{n}"), "ana@brightline.example")).collect()).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let posting =
        tokio::spawn(poster::keep_posting(app.db.clone(), mailer(server.url()), stop.clone().cancelled_owned()));
    let all_but_one = async {
        while server.mails().len() < 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), all_but_one).await.unwrap();
    // one that comes later goes as well: the task lives
    queue(&app, vec![mail(ana, "later", "ana@brightline.example")]).await;
    let one_more = async {
        while server.mails().len() < 6 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), one_more).await.unwrap();
    let (stage, attempts, error) = stands(&app, "poison").await;
    assert_eq!((stage.as_str(), attempts), ("waiting", 1));
    assert!(error.as_deref().unwrap_or_default().contains("The log says why under"), "{error:?}");
    stop.cancel();
    tokio::time::timeout(Duration::from_mins(1), posting).await.unwrap().unwrap();
}
