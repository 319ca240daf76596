//! The frame around a page: who is signed in, the places to go, the sentence to show once.

use askama::Template;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::Html;
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{App, fresh_key};
use crate::answer::{self, Flash};
use crate::assets::ASSETS;
use crate::auth::{
    Actor, DecideApprovals, ImportData, ManageUsers, OpenCases, Recode, RunChaser, SeeAppointments, SeeAudit, SeeCases,
    SeeCustomers, SeeOutbox, SeeOwnFigures, SeePolicy, SeeProblems, SeePromises, SeeReports, SeeRequests, SignedIn,
    Waiting,
};
use crate::error::{Error, Result};
use crate::ids::UserId;

/// What `base.html` needs.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
pub struct Frame {
    /// Who is signed in.
    pub person: String,
    /// For the avatar.
    pub initials: String,
    /// The avatar's colour, 0 to 5.
    pub hue: u8,
    /// The role as shown.
    pub role: String,
    /// Where they may go.
    pub places: Vec<Place>,
    /// "light", "dark", or empty for what the system says.
    pub theme: &'static str,
    /// Whether the navigation is folded.
    pub rail: bool,
    /// One sentence about what was just done, and the way back.
    pub flash: Option<Flash>,
    /// The stylesheet's address.
    pub css: &'static str,
    /// The script's address.
    pub js: &'static str,
    /// The icons' address.
    pub icons: &'static str,
    /// This page.
    pub path: String,
    /// Whether "New case" is there.
    pub may_open_cases: bool,
    /// Whether search is there.
    pub may_search: bool,
    /// Whether single-key shortcuts are on.
    pub single_keys: bool,
    /// The key of the form that signs out.
    pub once: Uuid,
    /// The key of the form that takes back what was just done.
    pub undo_once: Uuid,
    /// The moment at which this page is made.
    pub now: DateTime<Utc>,
    /// What they were told and have not read.
    pub bell: Bell,
}

/// The bell in the top bar.
#[derive(Clone, Debug)]
pub struct Bell {
    /// How many are unread, as far as they are counted.
    pub unread: i64,
    /// What it listens to.
    pub topic: String,
}

impl Bell {
    /// More than these are not counted.
    const MOST: i64 = 99;

    /// Somebody's, with so many unread.
    #[must_use]
    pub fn new(of: UserId, unread: i64) -> Self {
        Self { unread, topic: format!("notices:{of}") }
    }

    /// "Notifications, 3 unread"
    #[must_use]
    pub fn label(&self) -> String {
        match self.unread {
            0 => "Notifications".to_owned(),
            unread if unread > Self::MOST => format!("Notifications, more than {} unread", Self::MOST),
            unread => format!("Notifications, {unread} unread"),
        }
    }
}

/// A place in the navigation.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its address.
    pub href: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Its icon in the sprite.
    pub icon: &'static str,
    /// The letter after G.
    pub key: &'static str,
    /// How many wait there.
    pub count: Option<i64>,
    /// Whether something there is late.
    pub hot: bool,
    /// Whether it is this page.
    pub current: bool,
    /// The heading it stands under.
    pub group: &'static str,
    /// Whether it stands in the bar of a phone.
    pub mobile: bool,
}

impl<S> FromRequestParts<S> for Frame
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let app = App::from_ref(state);
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        let jar = CookieJar::from_headers(&parts.headers);
        let cookie = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let me = actor.id.ok_or(Error::Forbidden)?;
        let mine = actor.waiting.unwrap_or_default();
        Ok(Self {
            places: places(&actor, &mine, parts.uri.path()),
            initials: initials(&actor.name),
            hue: hue(&actor.name),
            role: actor.title().to_owned(),
            theme: match cookie("theme").as_str() {
                "light" => "light",
                "dark" => "dark",
                _ => "",
            },
            rail: cookie("nav") == "rail",
            flash: jar.get(answer::FLASH).and_then(|cookie| answer::read_flash(cookie.value())),
            css: &ASSETS.css,
            js: &ASSETS.js,
            icons: &ASSETS.icons,
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            may_open_cases: actor.may::<OpenCases>(),
            may_search: actor.may::<SeeCustomers>(),
            single_keys: actor.single_keys,
            once: fresh_key(),
            undo_once: fresh_key(),
            now: app.now(),
            bell: Bell::new(me, mine.unread),
            person: actor.name.clone(),
        })
    }
}

impl Frame {
    /// How many live cases whoever looks owns.
    #[must_use]
    pub fn own_cases(&self) -> i64 {
        self.places.iter().find(|place| place.href == "/queue").and_then(|place| place.count).unwrap_or_default()
    }
}

fn places(actor: &Actor, mine: &Waiting, path: &str) -> Vec<Place> {
    let place = |allowed: bool, href: &'static str, label, icon, key, group, mobile| {
        allowed.then(|| Place {
            href,
            label,
            icon,
            key,
            count: None,
            hot: false,
            current: path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
            group,
            mobile,
        })
    };
    let mut places: Vec<Place> = [
        place(actor.may::<SeeCases>(), "/queue", "Queue", "queue", "q", "", true),
        place(actor.may::<SeeCases>(), "/follow_ups", "Follow-ups", "clock", "f", "", true),
        place(actor.may::<SeeAppointments>(), "/appointments", "Calls", "phone", "w", "", !actor.may::<SeeCases>()),
        // on a phone's bar only where it is the work itself
        place(actor.may::<SeeRequests>(), "/requests", "Requests", "swap", "r", "", !actor.may::<SeeCases>()),
        place(actor.may::<DecideApprovals>(), "/approvals", "Approvals", "stamp", "a", "", true),
        place(actor.may::<SeePromises>(), "/promises", "Promises", "ok", "p", "", false),
        place(actor.may::<SeeCases>(), "/complaints", "Complaints", "scale", "x", "", false),
        place(actor.may::<SeeCustomers>(), "/customers", "Customers", "people", "c", "Understand", true),
        place(actor.may::<SeeProblems>(), "/problems", "Problems", "wrench", "y", "Understand", false),
        place(actor.may::<Recode>(), "/recoding", "Recoding", "check", "e", "Understand", false),
        place(actor.may::<SeeReports>(), "/dashboard", "Dashboard", "chart", "s", "Understand", false),
        place(actor.may::<SeeOwnFigures>(), "/people/me", "Your figures", "user", "v", "Understand", false),
        place(actor.may::<ImportData>(), "/imports", "Imports", "upload", "i", "Administer", true),
        place(actor.may::<SeePolicy>(), "/offer_types", "Offer types", "tag", "o", "Administer", false),
        place(actor.may::<SeePolicy>(), "/limits", "Limits", "sliders", "m", "Administer", false),
        place(actor.may::<SeePolicy>(), "/processes", "Processes", "flag", "t", "Administer", false),
        place(actor.may::<SeePolicy>(), "/ladders", "Ladders", "sort", "d", "Administer", false),
        place(actor.may::<ManageUsers>(), "/users", "People", "user", "u", "Administer", true),
        place(actor.may::<RunChaser>(), "/chaser", "Chaser", "bolt", "h", "Administer", false),
        place(actor.may::<SeeOutbox>(), "/outbox", "Outbox", "mail", "b", "Administer", false),
        place(actor.may::<SeeAudit>(), "/audit", "Audit log", "history", "l", "Administer", true),
    ]
    .into_iter()
    .flatten()
    .collect();
    // a phone's bar has room for four, and More
    for crowded in places.iter_mut().filter(|place| place.mobile).skip(4) {
        crowded.mobile = false;
    }
    if let Some(queue) = places.iter_mut().find(|place| place.href == "/queue") {
        queue.count = Some(mine.live);
        queue.hot = mine.late > 0;
        queue.current |= path.starts_with("/cases");
    }
    if let Some(dashboard) = places.iter_mut().find(|place| place.href == "/dashboard") {
        dashboard.current |= path.starts_with("/reports/") || path.starts_with("/targets");
    }
    if let Some(follow_ups) = places.iter_mut().find(|place| place.href == "/follow_ups") {
        follow_ups.count = Some(mine.overdue).filter(|overdue| *overdue > 0);
        follow_ups.hot = mine.overdue > 0;
    }
    if let Some(problems) = places.iter_mut().find(|place| place.href == "/problems") {
        problems.current |= path.starts_with("/incidents");
    }
    if let Some(requests) = places.iter_mut().find(|place| place.href == "/requests") {
        requests.count = Some(mine.requests);
        requests.hot = mine.late_requests > 0;
        requests.current |= path.starts_with("/lead_times");
    }
    for (of, beside) in [("/complaints", "/complaint_templates"), ("/offer_types", "/promise_types")] {
        if let Some(place) = places.iter_mut().find(|place| place.href == of) {
            place.current |= path.starts_with(beside);
        }
    }
    if let Some(approvals) = places.iter_mut().find(|place| place.href == "/approvals") {
        approvals.count = Some(mine.approvals);
        approvals.hot = mine.late_approvals > 0;
    }
    places
}

/// Two letters of a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The avatar's colour of a name, 0 to 5.
#[must_use]
pub fn hue(name: &str) -> u8 {
    u8::try_from(name.bytes().map(u32::from).sum::<u32>() % 6).unwrap_or_default()
}

/// Renders a page.
///
/// # Errors
/// When the template fails.
pub fn html(page: &impl Template) -> Result<Html<String>> {
    Ok(Html(page.render()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_the_first_and_the_last_name() {
        assert_eq!(initials("Priya Raman"), "PR");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("Çelik"), "Ç");
    }
}
