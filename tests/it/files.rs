//! Files with what was said: attached, turned away, shown, given back, noted.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use savedesk::auth::Role;
use savedesk::ids::CaseId;
use uuid::Uuid;

use crate::support::{Client, Page, TestApp, send};

/// A picture of one point.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

fn part(name: &str, bytes: &[u8]) -> Part {
    // what the sender says it is counts for nothing
    Part::bytes(bytes.to_vec()).file_name(name.to_owned()).mime_str("image/svg+xml").unwrap()
}

/// A note with files.
pub(crate) fn note(client: &Client, case: CaseId, key: Uuid, words: &str, files: &[(&str, &[u8])]) -> RequestBuilder {
    let mut form = Form::new().text("key", key.to_string()).text("body", words.to_owned());
    for (name, bytes) in files {
        form = form.part("file", part(name, bytes));
    }
    client.request(Method::POST, &format!("/cases/{case}/interactions")).multipart(form)
}

async fn at_a_case() -> (TestApp, Client, CaseId) {
    let app = TestApp::start_with(|config| config.largest_file = 1 << 20, savedesk::router::router).await;
    let agent = app.sign_in(Role::Agent).await;
    let customer = app.given_customer("Harborview Dental Group").await;
    let case = app.given_case(customer).await;
    (app, agent, case)
}

async fn number(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut app.owner().await).await.unwrap()
}

#[tokio::test]
async fn files_go_with_a_note_and_come_back_as_they_were() {
    let (app, agent, case) = at_a_case().await;
    let files: [(&str, &[u8]); 3] = [
        ("C:\\scans\\quote \"final\".pdf.exe", b"%PDF-1.4 a quote"),
        ("front.png", PICTURE),
        ("Grüße.txt", "Said so on the phone\n".as_bytes()),
    ];
    let page = send(note(&agent, case, Uuid::new_v4(), "Their quote", &files)).await.expect(303);
    let page = agent.follow(&page).await.expect(200);
    let entry = page.text("#tl li:has(a[href^='/files/']) .bubble");
    for words in
        ["Their quote", "quote \"final\".pdf.exe PDF, 16 bytes", "front.png PNG picture", "Grüße.txt Text, 21 bytes"]
    {
        assert!(entry.contains(words), "{words} is not in {entry}");
    }
    assert!(!page.has("main img"), "pictures are not shown in the page");
    let hrefs = page.attributes("#tl a[href^='/files/']", "href");
    let got = agent.request(Method::GET, &hrefs[0]).send().await.unwrap();
    let header = |name: &str| got.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"quote _final_.pdf.exe.pdf\"; filename*=UTF-8''quote%20%22final%22.pdf.exe.pdf"
    );
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(got.bytes().await.unwrap().as_ref(), b"%PDF-1.4 a quote");
    let noted =
        "select count(*) from audit_entries where action = 'file.downloaded' and subject_id = (select id from files
        where kind = 'pdf') and actor_id is not null and customer_id is not null";
    assert_eq!(number(&app, noted).await, 1);
    assert_eq!(number(&app, "select count(*) from audit_entries where action = 'file.attached'").await, 3);
    for (role, status) in [(Role::Rep, 200), (Role::Privacy, 403), (Role::Department, 403)] {
        app.sign_in(role).await.get(&hrefs[0]).await.expect(status);
    }
    agent.get(&format!("/files/{}", Uuid::now_v7())).await.expect(404);
}

/// Files as they are sent: their names and their bytes.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[tokio::test]
async fn what_cannot_be_attached_is_told_and_nothing_typed_is_lost() {
    let (app, agent, case) = at_a_case().await;
    let large = vec![b'x'; (1 << 20) + 1];
    let many: Vec<(&str, &[u8])> = vec![("a.txt", b"some words"); 11];
    let tries: [(Files, &str); 5] = [
        (&[("invoice.pdf", b"MZ\x90\0 a program")], "none of the kinds that can be attached"),
        (&[("page.txt", b"<script>alert(1)</script>")], "none of the kinds that can be attached"),
        (&[("empty.pdf", b"")], "“empty.pdf” is empty."),
        (&[("fine.txt", b"fine"), ("large.txt", &large)], "“large.txt” has more than 1 MB."),
        (&many, "Attach at most 10 files at once."),
    ];
    for (files, why) in tries {
        let page = send(note(&agent, case, Uuid::new_v4(), "What they said", files)).await.expect(422);
        let told = page.text("#n-file-e");
        assert!(told.contains(why), "{told}");
        assert_eq!(page.text("#n-body"), "What they said");
        assert!(page.has("#note .note.sum"));
    }
    // files without words: both are asked for again
    let page = send(note(&agent, case, Uuid::new_v4(), " ", &[("a.txt", b"some words")])).await.expect(422);
    assert!(page.text("#n-file-e").contains("Choose the files again"));
    assert!(page.has("#n-body-e"));
    let scripted = note(&agent, case, Uuid::new_v4(), " ", &[("a.txt", b"some words")]).header("x-fragment", "form");
    assert!(!send(scripted).await.expect(422).has("#n-file-e"), "a script puts them back itself");
    assert_eq!(number(&app, "select count(*) from files").await, 0);
    assert_eq!(number(&app, "select count(*) from interactions").await, 0);
    // nothing chosen is no file
    send(note(&agent, case, Uuid::new_v4(), "Only words", &[("", b"")])).await.expect(303);
    // beyond what is read at all
    let page = send(note(&agent, case, Uuid::new_v4(), "Too much", &[("a.txt", &vec![b'x'; 6 << 20])])).await;
    assert!(matches!(page.status.as_u16(), 409 | 413), "{}", page.status);
}

#[tokio::test]
async fn r7_a_form_with_files_is_done_once() {
    let (app, agent, case) = at_a_case().await;
    let key = Uuid::new_v4();
    let send_note = |bytes: &'static [u8]| send(note(&agent, case, key, "Their quote", &[("quote.txt", bytes)]));
    let first: Page = send_note(b"forty a seat").await.expect(303);
    let again = send_note(b"forty a seat").await.expect(303);
    assert_eq!(first.location(), again.location());
    // the same words with another file are another form
    send_note(b"fifty a seat").await.expect(409);
    assert_eq!(number(&app, "select count(*) from files").await, 1);
    assert_eq!(number(&app, "select count(*) from interactions").await, 1);
    // the same file once more, by another name: its bytes are here already
    send(note(&agent, case, Uuid::new_v4(), "Again", &[("same.txt", b"forty a seat")])).await.expect(303);
    assert_eq!(number(&app, "select count(*) from files").await, 2);
    assert_eq!(number(&app, "select count(*) from file_contents").await, 1);
}
