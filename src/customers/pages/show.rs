use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::store::{
    CaseRow, LogRow, OrderPage, StatusRow, billing_lines, cases, consents_part, contacts_part, find, frozen_part,
    interactions, linked_accounts_part, orders, status_changes, subscriptions_part,
};
use super::super::{
    BillingLine, Consent, Contact, Customer, LinkedAccount, Order, Subscription, SubscriptionStatus, Whose,
    masked_account, protection_part,
};
use super::concessions::Concessions;
use super::protection::Shown;
use super::{amounts, sums};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{
    AddCustomers, Can, EditCustomers, EditEconomics, NoteConsents, OpenCases, SeeCases, SeeCustomers, SeePolicy,
};
use crate::calendar;
use crate::db::{first, together};
use crate::economics;
use crate::error::Result;
use crate::ids::{BillingLineId, CustomerId, InteractionId, OrderId};
use crate::search::spoken;
use crate::web::{App, Cursor, Frame, fresh_key, html, hue, initials};

/// How many entries of the log a page shows.
const LOG: i64 = 20;
/// How many orders a page shows.
const ORDERS: usize = 20;
/// How many lines of bills a page shows.
const BILLS: i64 = 20;
/// How many cases a page shows; it says so when there are more.
const CASES: i64 = 500;

/// Where in the log and in the orders.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    log: String,
    #[serde(default)]
    orders: String,
    #[serde(default)]
    bills: String,
}

struct ShownCase {
    href: String,
    code: String,
    opened: String,
    kind: String,
    reason: String,
    stage: &'static str,
    state: String,
    tone: &'static str,
    owner: String,
    value: String,
}

struct ShownEntry {
    id: String,
    icon: &'static str,
    who: String,
    what: String,
    tag: String,
    case_href: String,
    case_code: String,
    iso: String,
    at: String,
    body: String,
    cut: bool,
    mail: bool,
}

struct ShownChange {
    status: super::super::Status,
    why: String,
    who: String,
    at: String,
}

/// A word of the customer about being reached.
struct ShownConsent {
    what: String,
    given: bool,
    from: String,
}

struct ShownPlan {
    plan: Subscription,
    label: String,
    started: String,
    ends: String,
}

struct ShownBill {
    line: BillingLine,
    day: String,
}

struct ShownOrder {
    order: Order,
    day: String,
}

#[derive(Template)]
#[template(path = "customers/show.html")]
#[expect(clippy::struct_excessive_bools, reason = "what the viewer may do, one by one")]
struct ShowPage {
    frame: Frame,
    customer: Customer,
    /// As it may be shown.
    account: Option<String>,
    /// Whether account details are shown (R19); none where no rules ask.
    shown: Option<Shown>,
    masked: bool,
    /// On whose clock the page tells time: the desk's.
    zone: &'static str,
    /// What the customer's clock says now, for whoever is about to call.
    their_time: String,
    initials: String,
    hue: u8,
    since: String,
    year: String,
    year_note: String,
    at_risk: String,
    live: usize,
    live_case: Option<(String, String)>,
    contacts: Vec<Contact>,
    consents: Vec<ShownConsent>,
    plans: Vec<ShownPlan>,
    orders: Vec<ShownOrder>,
    orders_first: Option<String>,
    orders_next: Option<String>,
    bills: Vec<ShownBill>,
    bills_first: Option<String>,
    bills_next: Option<String>,
    cases: Vec<ShownCase>,
    log: Vec<ShownEntry>,
    log_first: Option<String>,
    log_next: Option<String>,
    changes: Vec<ShownChange>,
    economics: Option<economics::Card>,
    linked: Vec<LinkedAccount>,
    unlink_key: uuid::Uuid,
    may_edit: bool,
    may_note: bool,
    may_add: bool,
    may_open: bool,
    /// Say what it costs to serve, and which accounts belong together.
    may_reckon: bool,
    sees_cases: bool,
    sees_policy: bool,
    concessions: Concessions,
    /// Whether there are more cases than are shown.
    cases_cut: bool,
    /// Since when offers to them are held.
    frozen: Option<String>,
}

/// All that is known of a customer. Looking at it is logged.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let sees_cases = can.may::<SeeCases>();
    let place: Option<(DateTime<Utc>, InteractionId)> = Cursor::read(&asked.log);
    let from: Option<OrderId> = asked.orders.parse().ok();
    let billed: Option<(NaiveDate, BillingLineId)> = Cursor::read(&asked.bills);
    let now = app.now();
    let noting = audit::view(&app.db, &can, Entry::new(Action::CustomerViewed, Subject::Customer(id)));
    let reading = async {
        let mut connection = app.db.read().await?;
        let customer = find(&mut connection, id).await?;
        let zone = accounts::zone_for(&app, &mut connection, &can).await?;
        let known = (
            (contacts_part(id), subscriptions_part(id), orders(id, from, ORDERS), billing_lines(id, billed, BILLS + 1)),
            (status_changes(id), linked_accounts_part(id), consents_part(id), frozen_part(id)),
            protection_part(Whose::Customer(id), can.id, now),
            sees_cases.then(|| (cases(id, CASES), interactions(id, place, LOG + 1))),
        );
        let known = together(&mut connection, known).await?;
        let worth = (
            can.may::<SeePolicy>().then(|| economics::of_customer_part(id, now)),
            sees_cases.then(|| Concessions::asked(id)),
        );
        let (economics, (offers, promises)) = together(&mut connection, worth).await?;
        Ok((customer, zone, known, economics, Concessions::of(offers, promises, zone, now)))
    };
    let (customer, zone, known, economics, concessions) = audit::while_reading(noting, Box::pin(reading)).await?;
    let ((contacts, mut plans, orders, mut bills), (changes, mut linked, consents, frozen), protection, rest) = known;
    let (cases, mut log) = rest;
    let protection = first(protection)?;
    let masked = !protection.shows();
    let account = shown_account(&customer, &mut linked, masked);
    plans.retain(|_| !masked);
    bills.retain(|_| !masked);
    let orders = OrderPage::of(orders, ORDERS);
    let economics = economics.first().filter(|_| !masked).map(|economics| economics::Card::of(economics, None, now));
    let moments = Moments { zone, now: app.now() };
    let running = || plans.iter().filter(|plan| plan.details.status != SubscriptionStatus::Ended);
    let cases_cut = i64::try_from(cases.len()).is_ok_and(|count| count == CASES);
    let live: Vec<&CaseRow> = cases.iter().filter(|case| case.stage != "closed").collect();
    let more = log.len() > usize::try_from(LOG).unwrap_or_default();
    log.truncate(usize::try_from(LOG).unwrap_or_default());
    let more_bills = bills.len() > usize::try_from(BILLS).unwrap_or_default();
    bills.truncate(usize::try_from(BILLS).unwrap_or_default());
    let page = ShowPage {
        zone: zone.name(),
        their_time: calendar::time_of_day(moments.now, customer.time_zone),
        initials: initials(&customer.name),
        hue: hue(&customer.name),
        since: customer.customer_since.map(|day| moments.date(day)).unwrap_or_default(),
        year: amounts(&sums(running().map(Subscription::year))),
        year_note: match running().count() {
            0 if masked => "Masked".to_owned(),
            0 => "Nothing recurring".to_owned(),
            1 => "1 subscription, twelve months".to_owned(),
            count => format!("{count} subscriptions, twelve months"),
        },
        at_risk: amounts(&sums(live.iter().map(|case| case.value_at_risk()))),
        live: live.len(),
        live_case: live.first().map(|case| (format!("/cases/{}", case.id), format!("SD-{}", case.number))),
        orders_first: from.map(|_| format!("/customers/{id}#orders")),
        orders_next: orders.next.map(|next| format!("/customers/{id}?orders={next}#orders")),
        orders: orders.orders.into_iter().map(|order| moments.order(order)).collect(),
        bills_first: billed.map(|_| format!("/customers/{id}#bills")),
        bills_next: bills
            .last()
            .filter(|_| more_bills)
            .map(|last| format!("/customers/{id}?bills={}#bills", Cursor::at(&(last.billed_on, last.id)))),
        bills: bills.into_iter().map(|line| ShownBill { day: moments.date(line.billed_on), line }).collect(),
        log_first: place.map(|_| format!("/customers/{id}#log")),
        log_next: log
            .last()
            .filter(|_| more)
            .map(|last| format!("/customers/{id}?log={}#log", Cursor::at(&(last.at, last.id)))),
        cases: cases.iter().map(|case| moments.case(case)).collect(),
        log: log.into_iter().map(|entry| moments.entry(entry)).collect(),
        changes: changes.into_iter().map(|change| moments.change(change)).collect(),
        plans: plans.into_iter().map(|plan| moments.plan(plan)).collect(),
        may_edit: can.may::<EditCustomers>(),
        may_note: can.may::<NoteConsents>(),
        consents: consents.into_iter().map(|consent| moments.consent(consent)).collect(),
        may_add: can.may::<AddCustomers>(),
        may_open: can.may::<OpenCases>(),
        may_reckon: can.may::<EditEconomics>(),
        economics,
        linked,
        unlink_key: fresh_key(),
        sees_cases,
        sees_policy: can.may::<SeePolicy>(),
        concessions,
        cases_cut,
        frozen: frozen.first().and_then(|frozen| frozen.since).map(|at| calendar::moment(at, zone, moments.now)),
        contacts,
        shown: Shown::of(&protection, id, None, (zone, now)),
        masked,
        account,
        customer,
        frame,
    };
    Ok(html(&page)?.into_response())
}

/// The customer's account number as it may be shown; where it is masked, so are those of linked accounts (R19).
fn shown_account(customer: &Customer, linked: &mut [LinkedAccount], masked: bool) -> Option<String> {
    let mut own = customer.account_number.clone();
    let numbers = linked.iter_mut().filter_map(|one| one.account_number.as_mut());
    numbers.chain(&mut own).filter(|_| masked).for_each(|number| *number = masked_account(number));
    own
}

/// Moments as the desk's clock shows them, as on the pages of its cases.
struct Moments {
    zone: Tz,
    now: DateTime<Utc>,
}

impl Moments {
    fn date(&self, day: NaiveDate) -> String {
        calendar::date(day, self.now.with_timezone(&self.zone).year())
    }

    fn plan(&self, plan: Subscription) -> ShownPlan {
        let day = |day: Option<NaiveDate>| day.map(|day| self.date(day)).unwrap_or_default();
        ShownPlan {
            label: plan.label(),
            started: day(plan.details.started_on),
            ends: day(plan.details.ended_on.or(plan.details.contract_ends_on)),
            plan,
        }
    }

    fn consent(&self, consent: Consent) -> ShownConsent {
        let who = consent.by_name.unwrap_or_else(|| "Savedesk".to_owned());
        let at = calendar::moment(consent.at, self.zone, self.now);
        ShownConsent {
            what: format!("{}, {}", consent.channel.label(), consent.purpose.label().to_lowercase()),
            given: consent.given,
            from: format!("{} – noted by {who}, {at}", consent.source),
        }
    }

    fn order(&self, order: Order) -> ShownOrder {
        ShownOrder { day: calendar::day(order.ordered_at, self.zone, self.now), order }
    }

    fn case(&self, case: &CaseRow) -> ShownCase {
        let outcome = case.outcome.as_deref();
        ShownCase {
            href: format!("/cases/{}", case.id),
            code: format!("SD-{}", case.number),
            opened: calendar::day(case.opened_at, self.zone, self.now),
            kind: spoken(&case.kind),
            reason: case.reason.clone().unwrap_or_default(),
            stage: match case.stage.as_str() {
                "new" => "new",
                "working" => "working",
                "waiting" => "wait",
                _ => "",
            },
            state: spoken(outcome.unwrap_or(&case.stage)),
            tone: match outcome {
                Some("saved_with_offer" | "saved_without_offer" | "modified") => "good",
                Some("partly_saved") => "warn",
                Some("lost") => "bad",
                _ => "info",
            },
            owner: case.owner.clone().unwrap_or_default(),
            value: case.value_at_risk().short(),
        }
    }

    fn entry(&self, entry: LogRow) -> ShownEntry {
        let who = entry.by.unwrap_or_else(|| "Savedesk".to_owned());
        let inbound = entry.direction.as_deref() == Some("inbound");
        let what = match (entry.corrects, entry.kind.as_str()) {
            (true, _) => "corrected an entry".to_owned(),
            (_, "save_attempt") => "logged a save attempt".to_owned(),
            (_, "note") => "wrote a note".to_owned(),
            (_, "email") if inbound => "logged an e-mail from the customer".to_owned(),
            (_, "email") => "logged an e-mail".to_owned(),
            (_, kind) if inbound => format!("logged a {kind} from the customer"),
            (_, kind) => format!("logged a {kind}"),
        };
        ShownEntry {
            id: entry.id.to_string(),
            icon: match entry.kind.as_str() {
                "save_attempt" => "flag",
                "call" => "phone",
                "email" | "letter" => "mail",
                "chat" => "chat",
                _ => "note",
            },
            who,
            what,
            tag: entry.response.as_deref().map(spoken).unwrap_or_default(),
            case_href: format!("/cases/{}", entry.case),
            case_code: format!("SD-{}", entry.number),
            iso: entry.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            at: calendar::moment(entry.at, self.zone, self.now),
            body: entry.body,
            cut: entry.cut,
            mail: inbound,
        }
    }

    fn change(&self, change: StatusRow) -> ShownChange {
        ShownChange {
            status: change.now,
            why: change.why,
            who: change.by.unwrap_or_else(|| "Savedesk".to_owned()),
            at: calendar::moment(change.at, self.zone, self.now),
        }
    }
}
