//! Signing in, sessions, one-time links, people and teams, through the pages.

use std::sync::LazyLock;

use chrono::TimeDelta;
use reqwest::Method;
use savedesk::accounts::{self, Details, Email, Hashed, Name, NewUser, Password};
use savedesk::auth::{Can, Role};
use savedesk::ids::{TeamId, UserId};
use sqlx::Connection as _;

use crate::support::{Client, Page, Person, TestApp, send};

const PASSWORD: &str = "copper violin quiet harbour";
static HASHED: LazyLock<Hashed> = LazyLock::new(|| Hashed::of(&Password::parse(PASSWORD, &[]).unwrap()).unwrap());

pub(crate) async fn given_account(app: &TestApp, email: &str, roles: &[Role]) -> UserId {
    let details = Details {
        name: Name::parse("Priya Raman").unwrap(),
        email: Email::parse(email).unwrap(),
        roles: roles.iter().copied().collect(),
        team: None,
        department: None,
    };
    let mut tx = app.begin().await;
    let new = NewUser { details, password: Some(HASHED.clone()) };
    let user = accounts::add_user(&mut tx, &Can::desk(), &new).await.unwrap();
    tx.commit().await.unwrap();
    user
}

async fn try_sign_in(client: &Client, email: &str, password: &str) -> Page {
    client.post_form("/sign-in", &[("email", email), ("password", password), ("back", "/profile")]).await
}

pub(crate) async fn signed_in(app: &TestApp, email: &str) -> Client {
    let client = app.visitor();
    try_sign_in(&client, email, PASSWORD).await.expect(303);
    client
}

/// Sends a page's form as it stands, with some fields typed over.
async fn send_form(client: &Client, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
    let form = format!("form[action='{action}']");
    let mut fields: Vec<(String, String)> = Vec::new();
    for kind in ["input:not([type=checkbox]):not([type=radio])", "[type=checkbox][checked]", "[type=radio][checked]"] {
        let selector = format!("{form} {kind}");
        let names = page.attributes(&selector, "name");
        fields.extend(names.into_iter().zip(page.attributes(&selector, "value")));
    }
    for name in page.attributes(&format!("{form} select"), "name") {
        let chosen = page.attributes(&format!("{form} select[name='{name}'] option[selected]"), "value");
        fields.push((name, chosen.into_iter().next().unwrap_or_default()));
    }
    // a page that is opened once and sent twice stands for two that were opened
    fields.retain(|(name, _)| name != "key" && !typed.iter().any(|(other, _)| name == other));
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post_form(action, &fields).await
}

async fn count(app: &TestApp, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entries where action = $1")
        .bind(action)
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn one_signs_in_and_out() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let client = app.visitor();
    let page = client.get("/sign-in?back=/profile").await.expect(200);
    assert_eq!(page.field("back"), "/profile");
    client.get("/profile").await.expect(303);

    let answer = try_sign_in(&client, " PRIYA@desk.example ", PASSWORD).await.expect(303);
    assert_eq!(answer.location(), "/profile");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("session=") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(client.get("/profile").await.expect(200).body.contains("Priya Raman"));
    assert_eq!(client.get("/sign-in?back=/profile").await.expect(303).location(), "/profile");
    assert_eq!(count(&app, "session.begun").await, 1);

    assert_eq!(client.post_form("/session/end", &[]).await.expect(303).location(), "/sign-in");
    assert!(client.get("/sign-in").await.expect(200).body.contains("You are signed out."));
    client.get("/profile").await.expect(303);
    client.post_form("/session/end", &[]).await.expect(303);
    assert_eq!(count(&app, "session.ended").await, 1);
}

#[tokio::test]
async fn with_https_the_cookie_is_bound_to_this_host() {
    let app = TestApp::start_with(
        |config| config.public_url = Some("https://desk.example".to_owned()),
        savedesk::router::router,
    )
    .await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let answer = try_sign_in(&app.visitor(), "priya@desk.example", PASSWORD).await.expect(303);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(cookie.contains("Path=/;"), "{cookie}");
}

#[tokio::test]
async fn a_secret_planted_before_signing_in_is_worth_nothing() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let planted = "A".repeat(43);
    let signing_in = app
        .visitor()
        .form("/sign-in", &[("email", "priya@desk.example"), ("password", PASSWORD)])
        .header("cookie", format!("session={planted}"));
    let answer = send(signing_in).await.expect(303);
    assert!(!answer.headers["set-cookie"].to_str().unwrap().contains(&planted));
    let visit = app.visitor().request(Method::GET, "/profile").header("cookie", format!("session={planted}"));
    send(visit).await.expect(303);
}

#[tokio::test]
async fn signing_in_leads_only_to_our_own_pages() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let form = [("email", "priya@desk.example"), ("password", PASSWORD), ("back", "//evil.example/")];
    assert_eq!(app.visitor().post_form("/sign-in", &form).await.expect(303).location(), "/");
}

#[tokio::test]
async fn whether_an_account_exists_is_not_told() {
    let app = TestApp::start().await;
    given_account(&app, "known@desk.example", &[Role::Rep]).await;
    let visitor = app.visitor();
    for tries in 1..=7 {
        let known = try_sign_in(&visitor, "known@desk.example", "wrong").await;
        let other = try_sign_in(&visitor, "other@desk.example", "wrong").await;
        let status = if tries <= 5 { 422 } else { 429 };
        assert_eq!((known.status.as_u16(), other.status.as_u16()), (status, status));
        assert_eq!(known.body.replace("known@", "other@"), other.body);
        assert_eq!(known.headers.get("retry-after"), other.headers.get("retry-after"));
    }
}

#[tokio::test]
async fn after_five_failures_an_account_must_wait_whatever_the_password() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let visitor = app.visitor();
    for left in ["4 tries", "3 tries", "2 tries", "1 try", "last try"] {
        let page = try_sign_in(&visitor, "priya@desk.example", "wrong").await.expect(422);
        assert!(page.text("#password-e").contains(left), "{}", page.text("#password-e"));
    }
    let page = try_sign_in(&visitor, "priya@desk.example", PASSWORD).await.expect(429);
    assert_eq!(page.headers["retry-after"], "61");
    assert!(page.text("#password-e").contains("Wait a minute"));

    app.clock.advance(TimeDelta::seconds(61));
    try_sign_in(&visitor, "priya@desk.example", "wrong").await.expect(422);
    app.clock.advance(TimeDelta::seconds(61));
    try_sign_in(&visitor, "priya@desk.example", PASSWORD).await.expect(429);
    app.clock.advance(TimeDelta::seconds(61));
    try_sign_in(&visitor, "priya@desk.example", PASSWORD).await.expect(303);
    // one good sign-in forgets the failures
    let page = try_sign_in(&app.visitor(), "priya@desk.example", "wrong").await.expect(422);
    assert!(page.text("#password-e").contains("4 tries"));
}

#[tokio::test]
async fn of_many_tries_at_once_only_five_are_made() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let tries = (0..20).map(|_| {
        let visitor = app.visitor();
        tokio::spawn(async move { try_sign_in(&visitor, "priya@desk.example", "wrong").await.status.as_u16() })
    });
    let mut made = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            422 => made += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(made, 5);
}

#[tokio::test]
async fn an_address_that_fails_on_many_accounts_must_wait() {
    let app = TestApp::start_with(|config| config.behind_proxy = true, savedesk::router::router).await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let from = async |address: &str, email: &str, password: &str| {
        let visitor = app.visitor();
        let form = visitor.form("/sign-in", &[("email", email), ("password", password)]);
        send(form.header("x-forwarded-for", address)).await
    };
    for account in 0..30 {
        from("192.0.2.7", &format!("user{account}@desk.example"), "wrong").await.expect(422);
    }
    from("192.0.2.7", "priya@desk.example", PASSWORD).await.expect(429);
    from("192.0.2.8", "priya@desk.example", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let app = TestApp::start().await;
    let client = app.sign_in(Role::Rep).await;
    let idle = TimeDelta::from_std(app.state.config.session_idle).unwrap();
    app.clock.advance(idle - TimeDelta::seconds(1));
    client.get("/profile").await.expect(200);
    app.clock.advance(idle - TimeDelta::seconds(1));
    client.get("/profile").await.expect(200);
    app.clock.advance(idle);
    client.get("/profile").await.expect(303);
}

#[tokio::test]
async fn a_session_ends_in_time_however_much_it_is_used() {
    let app = TestApp::start().await;
    let client = app.sign_in(Role::Rep).await;
    let longest = TimeDelta::from_std(app.state.config.session_max).unwrap();
    for _ in 0..11 {
        app.clock.advance(longest / 12);
        client.get("/profile").await.expect(200);
    }
    app.clock.advance(longest / 12);
    client.get("/profile").await.expect(303);
}

#[tokio::test]
async fn the_last_use_is_written_down_once_a_minute() {
    let app = TestApp::start().await;
    let client = app.sign_in(Role::Rep).await;
    let mut owner = app.owner().await;
    let began = app.clock.now();
    let mut seen_after = async |seconds| {
        app.clock.advance(TimeDelta::seconds(seconds));
        client.get("/profile").await.expect(200);
        let seen: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select seen_at from sessions").fetch_one(&mut owner).await.unwrap();
        (seen - began).num_seconds()
    };
    assert_eq!([seen_after(59).await, seen_after(1).await, seen_after(59).await], [0, 60, 60]);
}

#[tokio::test]
async fn one_signs_out_everywhere_else() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let (here, there) = (signed_in(&app, "priya@desk.example").await, signed_in(&app, "priya@desk.example").await);
    let stranger = app.sign_in(Role::Agent).await;
    let page = here.get("/profile/sessions").await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 2);
    assert_eq!(page.texts("tbody tr .tag"), ["This one"]);
    here.post_form("/profile/sessions/others/end", &[]).await.expect(303);
    there.get("/profile").await.expect(303);
    here.get("/profile").await.expect(200);
    stranger.get("/profile").await.expect(200);
}

#[tokio::test]
async fn one_session_of_mine_ends_but_never_another_persons() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let (here, there) = (signed_in(&app, "priya@desk.example").await, signed_in(&app, "priya@desk.example").await);
    let stranger = app.sign_in(Role::Agent).await;
    let theirs = |page: &Page| page.attributes("tbody form", "action");
    let of_stranger = theirs(&stranger.get("/profile/sessions").await).remove(0);
    here.post_form(&of_stranger, &[]).await.expect(303);
    stranger.get("/profile").await.expect(200);

    let mine = theirs(&there.get("/profile/sessions").await);
    let this = there.get("/profile/sessions").await;
    let rows = this.texts("tbody tr");
    let other = rows.iter().position(|row| !row.contains("This one")).unwrap();
    there.post_form(&mine[other], &[]).await.expect(303);
    here.get("/profile").await.expect(303);
    there.get("/profile").await.expect(200);
    // the own one: as signing out
    let answer = there.post_form(&mine[1 - other], &[]).await.expect(303);
    assert_eq!(answer.location(), "/sign-in");
    there.get("/profile").await.expect(303);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_other_sessions_end() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let (here, there) = (signed_in(&app, "priya@desk.example").await, signed_in(&app, "priya@desk.example").await);
    let change = async |current: &str, new: &str, key: &str| {
        here.post_form("/profile/password", &[("current", current), ("password", new), ("key", key)]).await
    };
    let keys: Vec<String> = (0..4).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    let new = "lantern orbit pickle meadow";
    let page = change(PASSWORD, "priyaraman1", &keys[0]).await.expect(422);
    assert!(page.text("#password-e").contains("too easy"));
    let page = change("wrong", new, &keys[1]).await.expect(422);
    assert!(page.text("#current-e").contains("4 tries left"));
    there.get("/profile").await.expect(200);

    change(PASSWORD, new, &keys[2]).await.expect(303);
    // sent twice it is done once
    assert_eq!(change(PASSWORD, new, &keys[2]).await.expect(303).location(), "/profile");
    there.get("/profile").await.expect(303);
    here.get("/profile").await.expect(200);
    try_sign_in(&app.visitor(), "priya@desk.example", PASSWORD).await.expect(422);
    try_sign_in(&app.visitor(), "priya@desk.example", new).await.expect(303);
    assert_eq!(count(&app, "user.password_changed").await, 1);
}

#[tokio::test]
async fn guessing_the_current_password_is_throttled_too() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let client = signed_in(&app, "priya@desk.example").await;
    let form = [("current", "wrong"), ("password", "lantern orbit pickle meadow")];
    for _ in 0..5 {
        client.post_form("/profile/password", &form).await.expect(422);
    }
    client.post_form("/profile/password", &form).await.expect(429);
}

#[tokio::test]
async fn single_keys_are_switched_off_and_on() {
    let app = TestApp::start().await;
    let client = app.sign_in(Role::Rep).await;
    assert!(!client.get("/profile").await.has("body[data-single-keys=off]"));
    client.post_form("/profile/keys", &[]).await.expect(303);
    assert!(client.get("/profile").await.has("body[data-single-keys=off]"));
    client.post_form("/profile/keys", &[("single_keys", "on")]).await.expect(303);
    assert!(!client.get("/profile").await.has("body[data-single-keys=off]"));
}

#[tokio::test]
async fn somebody_new_sets_their_password_by_a_link_that_works_once() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    let page = admin.get("/users/new").await.expect(200);
    let typed = [("name", "Noah Kim"), ("email", "Noah.Kim@desk.example"), ("roles", "rep")];
    let page = send_form(&admin, &page, "/users", &typed).await.expect(200);
    let url = page.attributes("#link", "value").remove(0);
    let path = url.strip_prefix(&app.state.config.base_url()).unwrap().to_owned();

    let noah = app.visitor();
    try_sign_in(&noah, "noah.kim@desk.example", "").await.expect(422);
    // opening it does not use it up
    for _ in 0..2 {
        assert!(noah.get(&path).await.expect(200).body.contains("Noah Kim"));
    }
    noah.post_form(&path, &[("password", "noahkim2026")]).await.expect(422);
    noah.post_form(&path, &[("password", PASSWORD)]).await.expect(303);
    noah.post_form(&path, &[("password", "lantern orbit pickle meadow")]).await.expect(410);
    noah.get(&path).await.expect(410);
    try_sign_in(&noah, "noah.kim@desk.example", PASSWORD).await.expect(303);
    noah.get("/profile").await.expect(200);
}

#[tokio::test]
async fn a_form_sent_twice_adds_one_person_and_shows_the_link_once() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    let key = uuid::Uuid::new_v4().to_string();
    let form = [("name", "Noah Kim"), ("email", "noah@desk.example"), ("roles", "rep"), ("key", &key)];
    let first = admin.post_form("/users", &form).await.expect(200);
    let secret = first.attributes("#link", "value").remove(0);
    let again = admin.post_form("/users", &form).await.expect(303);
    let page = admin.follow(&again).await.expect(200);
    assert!(page.body.contains("shown once") && !page.body.contains(&secret));
    let kept: String = sqlx::query_scalar("select string_agg(answer::text, ' ') from submissions")
        .fetch_one(&mut app.owner().await)
        .await
        .unwrap();
    assert!(!kept.contains("set-password"), "{kept}");
    assert_eq!(count(&app, "user.password_link_made").await, 1);
}

#[tokio::test]
async fn a_link_expires_and_a_newer_one_replaces_it() {
    let app = TestApp::start().await;
    let user = given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let admin = app.sign_in(Role::Admin).await;
    let visitor = app.visitor();
    let link = async || {
        let page = admin.post_form(&format!("/users/{user}/password-link"), &[]).await.expect(200);
        let url = page.attributes("#link", "value").remove(0);
        url.strip_prefix(&app.state.config.base_url()).unwrap().to_owned()
    };
    let (first, second) = (link().await, link().await);
    visitor.get(&first).await.expect(410);
    visitor.get(&second).await.expect(200);
    app.clock.advance(TimeDelta::hours(24));
    visitor.get(&second).await.expect(410);
    visitor.post_form(&second, &[("password", "lantern orbit pickle meadow")]).await.expect(410);
    for nonsense in ["/set-password/x", &format!("/set-password/{}", "A".repeat(43))] {
        visitor.get(nonsense).await.expect(410);
    }
    // the password they had works until a link is used
    try_sign_in(&visitor, "priya@desk.example", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn the_first_admin_is_made_by_a_link_once() {
    let app = TestApp::start().await;
    let make = async || {
        let mut tx = app.begin().await;
        let link = accounts::first_admin_link(&mut tx, "").await.unwrap();
        tx.commit().await.unwrap();
        link.map(|link| link.url)
    };
    let (first, second) = (make().await.unwrap(), make().await.unwrap());
    let visitor = app.visitor();
    visitor.get(&first).await.expect(410);
    let page = visitor.get(&second).await.expect(200);
    assert!(page.has("#email") && page.has("#name"));
    let page = visitor.post_form(&second, &[("password", PASSWORD)]).await.expect(422);
    assert!(page.has("#email-e") && page.has("#name-e"));
    let form = [("name", "Joel Pereira"), ("email", "joel@desk.example"), ("password", PASSWORD)];
    visitor.post_form(&second, &form).await.expect(303);
    visitor.post_form(&second, &form).await.expect(410);
    assert_eq!(make().await, None);
    try_sign_in(&visitor, "joel@desk.example", PASSWORD).await.expect(303);
    visitor.get("/users").await.expect(200);
}

#[tokio::test]
async fn the_last_active_admin_stays_one() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    let me = format!("/users/{}", admin.user.unwrap());
    let page = admin.get(&me).await.expect(200);
    let page = send_form(&admin, &page, &me, &[("roles", "rep")]).await.expect(422);
    assert!(page.text("#roles-e").contains("last active admin"));
    let page = admin.post_form(&format!("{me}/deactivation"), &[]).await.expect(422);
    assert!(page.text(".note.sum").contains("last active admin"));

    let other = given_account(&app, "joel@desk.example", &[Role::Admin]).await;
    admin.post_form(&format!("/users/{other}/deactivation"), &[]).await.expect(303);
    admin.post_form(&format!("{me}/deactivation"), &[]).await.expect(422);
    admin.post_form(&format!("/users/{other}/reactivation"), &[]).await.expect(303);
    admin.post_form(&format!("{me}/deactivation"), &[]).await.expect(303);
    admin.get("/profile").await.expect(303);
}

#[tokio::test]
async fn two_admins_cannot_deactivate_each_other_at_once() {
    let app = TestApp::start().await;
    let (one, two) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Admin).await);
    let (first, second) = (one.user.unwrap(), two.user.unwrap());
    // hold both as a third change would, so that both are past the check of who they are and meet at the lock
    let mut owner = app.owner().await;
    let mut holding = owner.begin().await.unwrap();
    sqlx::query("select id from users where id = any($1) for update")
        .bind([first.uuid(), second.uuid()])
        .fetch_all(&mut *holding)
        .await
        .unwrap();
    let change = |client: &Client, of: UserId| {
        let client = client.clone();
        tokio::spawn(async move { client.post_form(&format!("/users/{of}/deactivation"), &[]).await })
    };
    let changes = [change(&one, second), change(&two, first)];
    app.wait_for_locks(2).await;
    holding.rollback().await.unwrap();
    let mut answers = Vec::new();
    for change in changes {
        answers.push(change.await.unwrap());
    }
    // who comes second is told, or, when their change had to be tried again, is signed out by then
    let is_done = |answer: &Page| answer.status == 303 && !answer.location().starts_with("/sign-in");
    assert_eq!(answers.iter().filter(|answer| is_done(answer)).count(), 1);
    let late = answers.iter().find(|answer| !is_done(answer)).unwrap();
    assert!(late.status == 303 || late.text(".note.sum").contains("last active admin"));
    let active: Vec<bool> = sqlx::query_scalar("select active from users where id = any($1) order by active")
        .bind([first.uuid(), second.uuid()])
        .fetch_all(&mut owner)
        .await
        .unwrap();
    assert_eq!(active, [false, true]);
}

#[tokio::test]
async fn a_change_of_roles_holds_from_the_next_request() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    let rep = app.sign_in(Role::Rep).await;
    rep.get("/users").await.expect(403);
    let theirs = format!("/users/{}", rep.user.unwrap());
    let page = admin.get(&theirs).await.expect(200);
    send_form(&admin, &page, &theirs, &[("roles", "admin")]).await.expect(303);
    rep.get("/users").await.expect(200);
}

#[tokio::test]
async fn who_is_deactivated_is_out_at_once() {
    let app = TestApp::start().await;
    let user = given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let admin = app.sign_in(Role::Admin).await;
    let priya = signed_in(&app, "priya@desk.example").await;
    priya.get("/profile").await.expect(200);
    admin.post_form(&format!("/users/{user}/deactivation"), &[]).await.expect(303);
    priya.get("/profile").await.expect(303);
    try_sign_in(&priya, "priya@desk.example", PASSWORD).await.expect(422);
    admin.post_form(&format!("/users/{user}/password-link"), &[]).await.expect(409);
    admin.post_form(&format!("/users/{user}/reactivation"), &[]).await.expect(303);
    // the session of before stays ended
    priya.get("/profile").await.expect(303);
    try_sign_in(&priya, "priya@desk.example", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn only_admins_manage_people() {
    let app = TestApp::start().await;
    let someone = given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
        let client = app.sign_in(role).await;
        for path in ["/users", "/users/new", "/teams", "/teams/new", &format!("/users/{someone}")] {
            client.get(path).await.expect(403);
        }
        for path in ["/users", "/teams", "/departments", &format!("/users/{someone}/password-link")] {
            client.post_form(path, &[("name", "x")]).await.expect(403);
        }
    }
}

#[tokio::test]
async fn r6_two_admins_edit_one_person() {
    let app = TestApp::start().await;
    let user = given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let (one, two) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Admin).await);
    let path = format!("/users/{user}");
    let opened = one.get(&path).await.expect(200);
    let also_opened = two.get(&path).await.expect(200);
    send_form(&one, &opened, &path, &[("name", "Priya K. Raman"), ("roles", "agent")]).await.expect(303);

    // another field: both win
    send_form(&two, &also_opened, &path, &[("email", "priya.r@desk.example")]).await.expect(303);
    let now = one.get(&path).await;
    assert_eq!((now.field("name"), now.field("email")), ("Priya K. Raman".into(), "priya.r@desk.example".into()));
    assert_eq!(now.attributes("[name=roles][checked]", "value"), ["agent"]);

    // the same fields: asked, field by field
    let typed = [("name", "Priya L. Raman"), ("roles", "supervisor")];
    let asked = send_form(&two, &also_opened, &path, &typed).await.expect(409);
    assert!(asked.text("[role=alert]").contains("Admin saved this while you were editing."));
    assert_eq!(asked.texts("tbody th"), ["Name", "Roles"]);
    assert!(asked.text("tbody").contains("Priya K. Raman") && asked.text("tbody").contains("Supervisor"));
    send_form(&two, &asked, &path, &[("pick_name", "theirs"), ("pick_roles", "yours")]).await.expect(303);
    let now = one.get(&path).await;
    assert_eq!(now.field("name"), "Priya K. Raman");
    assert_eq!(now.attributes("[name=roles][checked]", "value"), ["supervisor"]);
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let other = given_account(&app, "noah@desk.example", &[Role::Rep]).await;
    let admin = app.sign_in(Role::Admin).await;
    let form = [("name", "Somebody"), ("email", "Priya@desk.example"), ("roles", "rep")];
    let page = admin.post_form("/users", &form).await.expect(422);
    assert!(page.text("#email-e").contains("already"));
    let path = format!("/users/{other}");
    let opened = admin.get(&path).await;
    let page = send_form(&admin, &opened, &path, &[("email", "priya@desk.example")]).await.expect(422);
    assert!(page.text("#email-e").contains("already"));
    assert_eq!(page.field("email"), "priya@desk.example");
    let form = [("name", "Somebody"), ("email", "some@desk.example"), ("roles", "department")];
    assert!(admin.post_form("/users", &form).await.expect(422).has("#department-e"));
}

#[tokio::test]
async fn people_are_listed_page_by_page_and_narrowed() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    for number in 0..119 {
        let name = format!("Person {number:03} <b>");
        let roles: &[Role] = if number % 2 == 0 { &[Role::Rep] } else { &[Role::Agent, Role::Supervisor] };
        app.given_person(Person { name: &name, roles, team: Some("North"), department: None }).await;
    }
    let names = |page: &Page| page.texts("tbody a.open");
    let first = admin.get("/users").await.expect(200);
    assert_eq!((names(&first).len(), names(&first)[1].as_str()), (50, "Person 000 <b>"));
    let link = |page: &Page, rel: &str| page.attributes(&format!("a[rel={rel}]"), "href").into_iter().next();
    let second = admin.get(&link(&first, "next").unwrap()).await.expect(200);
    let third = admin.get(&link(&second, "next").unwrap()).await.expect(200);
    assert_eq!((names(&second).len(), names(&third).len()), (50, 20));
    assert_eq!((link(&first, "prev"), link(&third, "next")), (None, None));
    let back = admin.get(&link(&third, "prev").unwrap()).await.expect(200);
    assert_eq!(names(&back), names(&second));
    let start = admin.get(&link(&back, "prev").unwrap()).await.expect(200);
    assert_eq!((names(&start), link(&start, "prev")), (names(&first), None));

    assert_eq!(names(&admin.get("/users?q=person+01&role=rep").await).len(), 5);
    assert_eq!(names(&admin.get("/users?role=admin").await), ["Admin"]);
    assert!(names(&admin.get("/users?state=deactivated").await).is_empty());
    assert_eq!(names(&admin.get("/users?q=%25").await).len(), 0);
}

#[tokio::test]
async fn a_teams_hours_count_for_its_people() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    let page = admin.get("/teams/new").await.expect(200);
    let typed = [
        ("name", "Chennai"),
        ("time_zone", "Asia/Calcutta"),
        ("monday", "9:00-12:00, 13:00-18:00"),
        ("holidays", "2026-12-25 Christmas Day"),
    ];
    let refused =
        send_form(&admin, &page, "/teams", &[("name", "x"), ("friday", "9 to 5"), ("holidays", "soon")]).await;
    assert!(refused.text("#friday-e").contains("two times") && refused.has("#holidays-e"));
    send_form(&admin, &page, "/teams", &typed).await.expect(303);
    let list = admin.get("/teams").await.expect(200);
    assert!(
        list.text("tbody").contains("Mon 09:00–12:00, 13:00–18:00 · Tue–Fri 09:00–17:30"),
        "{}",
        list.text("tbody")
    );
    let path = list.attributes("tbody a.open", "href").remove(0);
    let team: TeamId = path.rsplit('/').next().unwrap().parse().unwrap();
    let mut connection = app.db.read().await.unwrap();
    let calendar = accounts::calendar_of(&mut connection, Some(team)).await.unwrap();
    assert_eq!(calendar.zone.name(), "Asia/Calcutta");
    assert_eq!(calendar.holidays.name("2026-12-25".parse().unwrap()), Some("Christmas Day"));
    let default = accounts::calendar_of(&mut connection, None).await.unwrap();
    assert_eq!(default, accounts::default_calendar());

    // the same name again, in other letters
    let again = send_form(&admin, &page, "/teams", &[("name", "CHENNAI")]).await.expect(422);
    assert!(again.has("#name-e"));
    admin.post_form("/departments", &[("name", "Billing")]).await.expect(422);
    admin.post_form("/departments", &[("name", "Number porting")]).await.expect(303);
    assert!(admin.get("/teams").await.body.contains("Number porting"));
}

#[tokio::test]
async fn r6_two_admins_edit_one_team() {
    let app = TestApp::start().await;
    let (one, two) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Admin).await);
    let page = one.get("/teams/new").await;
    send_form(&one, &page, "/teams", &[("name", "South"), ("holidays", "")]).await.expect(303);
    let path = one.get("/teams").await.attributes("tbody a.open", "href").remove(0);
    let (opened, also_opened) = (one.get(&path).await, two.get(&path).await);
    send_form(&one, &opened, &path, &[("monday", "8:00-16:00"), ("holidays", "")]).await.expect(303);
    send_form(&two, &also_opened, &path, &[("friday", ""), ("holidays", "")]).await.expect(303);
    let now = one.get(&path).await;
    assert_eq!((now.field("monday"), now.field("friday")), ("08:00–16:00".into(), String::new()));
    let typed = [("monday", "10:00-18:00"), ("holidays", "")];
    let asked = send_form(&two, &also_opened, &path, &typed).await.expect(409);
    assert!(asked.text("[role=alert]").contains("Admin saved this while you were editing."));
    assert_eq!(asked.texts("tbody th"), ["Monday"]);
    send_form(&two, &asked, &path, &[("pick_monday", "theirs")]).await.expect(303);
    assert_eq!(one.get(&path).await.field("monday"), "08:00–16:00");
}

#[tokio::test]
async fn names_are_shown_as_the_text_they_are() {
    let app = TestApp::start().await;
    let admin = app.sign_in(Role::Admin).await;
    for name in [
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "'; drop table users; --",
        "田中さん",
        "رينيه",
        "a\0b",
        "😍 & \"co\"",
    ] {
        let form = [("name", name), ("email", &format!("{}@desk.example", UserId::new())), ("roles", "rep")];
        let page = admin.post_form("/users", &form).await.expect(200);
        let path = page.attributes(".btns a.primary", "href").remove(0);
        let shown = name.replace('\0', "\u{fffd}");
        assert_eq!(admin.get(&path).await.expect(200).text("h1"), shown);
    }
    try_sign_in(&app.visitor(), "a\0b@desk.example", "\0").await.expect(422);
    admin.get("/users?q=%00").await.expect(200);
}

#[tokio::test]
async fn signing_in_from_another_site_is_refused() {
    let app = TestApp::start().await;
    given_account(&app, "priya@desk.example", &[Role::Rep]).await;
    let form = app.visitor().form("/sign-in", &[("email", "priya@desk.example"), ("password", PASSWORD)]);
    let answer = send(form.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example")).await;
    assert_eq!(answer.status, 403);
}
