//! Two servers on one database, behind something that sends each request to either: one desk.

use std::time::Duration;

use reqwest::Method;
use savedesk::auth::Role;
use uuid::Uuid;

use crate::files::note;
use crate::support::{Person, Server, TestApp, send};

#[tokio::test]
async fn what_one_server_did_holds_at_the_other() {
    let app = TestApp::start().await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case(customer).await;
    let (one, two) = (Server::start(&app), Server::start(&app));
    let person = Person { name: "Mia Brandt", roles: &[Role::Agent], team: Some("North"), department: None };
    let here = one.sign_in_as(&app, person).await;
    let there = here.at(two.address);

    // one session
    here.get("/queue?owner=any").await.expect(200);
    there.get("/queue?owner=any").await.expect(200);

    // an upload at one is there at the other, and the same form at both at once is done once
    let key = Uuid::new_v4();
    let quote: [(&str, &[u8]); 1] = [("quote.txt", b"forty a seat")];
    let (first, second) = tokio::join!(
        send(note(&here, case, key, "Their quote", &quote)),
        send(note(&there, case, key, "Their quote", &quote)),
    );
    // whoever comes while the other is at it may be asked to try again, and finds it done
    for page in [first, second] {
        assert!(matches!(page.status.as_u16(), 303 | 409 | 503), "{}", page.status);
    }
    send(note(&there, case, key, "Their quote", &quote)).await.expect(303);
    let page = there.get(&format!("/cases/{case}")).await.expect(200);
    let files = page.attributes("#tl a[href^='/files/']", "href");
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(here.get(&files[0]).await.expect(200).body, "forty a seat");

    // what is changed at one is told to pages that are open at the other
    let stream = here.request(Method::GET, &format!("/live?topic=case:{case}"));
    let mut stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let heard = tokio::time::timeout(Duration::from_mins(1), async {
        let mut said = String::new();
        loop {
            // the other server may only begin to listen
            send(note(&there, case, Uuid::new_v4(), "Called back", &[])).await.expect(303);
            let soon = tokio::time::timeout(Duration::from_secs(1), stream.chunk()).await;
            if let Ok(chunk) = soon {
                said.push_str(&String::from_utf8_lossy(&chunk.unwrap().unwrap()));
            }
            if said.contains(&format!("case:{case}")) {
                return;
            }
        }
    });
    heard.await.expect("nothing was told");

    // whoever signs out at one is out at both
    here.post_form("/session/end", &[]).await.expect(303);
    let page = there.get("/queue").await.expect(303);
    assert!(page.location().starts_with("/sign-in"), "{}", page.location());
}

#[tokio::test]
async fn tries_to_sign_in_are_counted_together() {
    let app = TestApp::start().await;
    let (one, two) = (Server::start(&app), Server::start(&app));
    let person = Person { name: "Mia Brandt", roles: &[Role::Agent], team: Some("North"), department: None };
    let user = app.given_person(person).await.id.unwrap();
    let form = [("email", format!("{user}@desk.example")), ("password", "wrong".to_owned()), ("back", "/".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let visitor = app.visitor();
    for at in [one.address, two.address, one.address, two.address, one.address] {
        visitor.at(at).post_form("/sign-in", &form).await.expect(422);
    }
    for at in [one.address, two.address] {
        visitor.at(at).post_form("/sign-in", &form).await.expect(429);
    }
}
