//! Two thousand customers: companies with subscriptions, and people with orders.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::dice::Dice;
use super::names::{self, slug};
use super::places::{AMERICAN, BRITISH, EUROPEAN, Place};
use super::{companies, people, shop};
use crate::customers::{Flags, NewContact, NewCustomer, NewOrder, NewSubscription, Status, SubscriptionStatus, Tier};
use crate::money::{Currency, Money};

/// How many companies there are.
pub(super) const COMPANIES: usize = 1100;
/// How many buyers of jewellery there are.
pub(super) const BUYERS: usize = 900;

/// A customer to be added with all that belongs to them.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) new: NewCustomer,
    pub(super) contacts: Vec<NewContact>,
    pub(super) subscriptions: Vec<NewSubscription>,
    pub(super) orders: Vec<NewOrder>,
    /// When they came into the desk.
    pub(super) added_at: DateTime<Utc>,
    /// The team that is theirs.
    pub(super) team: usize,
    /// What became of them before anybody opened a case.
    pub(super) since_then: Option<(Status, DateTime<Utc>, &'static str)>,
}

impl Customer {
    /// Twelve months of what they pay, and what they ordered.
    pub(super) fn value(&self) -> i64 {
        let recurring: i64 = self.subscriptions.iter().map(|one| one.monthly_price.minor.max(0) * 12).sum();
        recurring + self.orders.iter().map(|order| order.total.minor).sum::<i64>()
    }

    /// Whom one writes to: the first name of the first contact.
    pub(super) fn first_name(&self) -> &str {
        self.contacts.first().and_then(|contact| contact.name.split(' ').next()).unwrap_or("Customer")
    }
}

/// All customers, companies first.
pub(super) fn make(dice: &mut Dice, now: DateTime<Utc>) -> Vec<Customer> {
    let mut companies: Vec<Customer> = (0..COMPANIES).map(|n| company(dice, n, now)).collect();
    let mut buyers: Vec<Customer> = (0..BUYERS).map(|n| buyer(dice, n, now)).collect();
    number_orders(&mut buyers);
    for line in [&mut companies, &mut buyers] {
        rank(line);
        flag(dice, line);
    }
    companies.extend(buyers);
    companies
}

/// When the desk began to use Savedesk: what is older was brought in then.
fn began(now: DateTime<Utc>) -> DateTime<Utc> {
    now - super::BEGAN
}

fn day(at: DateTime<Utc>) -> NaiveDate {
    at.date_naive()
}

fn ago(now: DateTime<Utc>, days: i64) -> NaiveDate {
    day(now - TimeDelta::days(days))
}

fn morning(date: NaiveDate) -> DateTime<Utc> {
    date.and_hms_opt(14, 0, 0).unwrap_or_default().and_utc()
}

const JOBS: [&str; 12] = [
    "Office manager",
    "Owner",
    "IT manager",
    "Operations director",
    "Finance director",
    "Managing partner",
    "Reception lead",
    "Purchasing",
    "IT contractor",
    "General manager",
    "Accountant",
    "Practice manager",
];

fn company(dice: &mut Dice, n: usize, now: DateTime<Utc>) -> Customer {
    let (name, segment) = companies::company(n);
    let place = dice.pick(&AMERICAN);
    let age = dice.between(130, 2900);
    let since = ago(now, age);
    let domain = format!("{}.example", slug(&name));
    let contacts = (0..dice.weigh(&[(1, 4), (2, 4), (3, 2)])).map(|_| contact(dice, place, Some(&domain))).collect();
    let subscriptions = subscriptions(dice, n, since, now);
    let monthly: i64 = subscriptions.iter().map(|one| one.monthly_price.minor).sum();
    let months = age / 30;
    let new = NewCustomer {
        account_number: Some(format!("4{:03}-{:04}", 100 + n / 10, 1000 + (n * 7919) % 9000)),
        name,
        company: true,
        segment: segment.to_owned(),
        paid_total: Money::new(monthly * months * dice.between(80, 97) / 100, Currency::USD),
        ..living(dice, place, since)
    };
    let east = matches!(place.zone, Tz::America__New_York | Tz::America__Detroit);
    let team = if east { people::EAST } else { people::CENTRAL };
    let since_then = match dice.between(1, 100) {
        1..=5 => Some((Status::Cancelled, "Left before the desk began; brought in from the biller")),
        6 => Some((Status::Suspended, "Two bills unpaid")),
        _ => None,
    };
    let mut customer = Customer {
        new,
        contacts,
        subscriptions,
        orders: Vec::new(),
        added_at: began(now).max(morning(since)),
        team,
        since_then: since_then.map(|(status, why)| (status, began(now).max(morning(since)) + TimeDelta::hours(1), why)),
    };
    if let Some((Status::Cancelled, at, _)) = customer.since_then {
        let left = day(at).checked_sub_days(Days::new(1)).unwrap_or(since).max(since);
        for one in &mut customer.subscriptions {
            one.status = SubscriptionStatus::Ended;
            one.ended_on = Some(left);
        }
    }
    customer
}

fn living(dice: &mut Dice, place: &Place, since: NaiveDate) -> NewCustomer {
    NewCustomer {
        time_zone: place.zone,
        country: place.country.to_owned(),
        city: place.city.to_owned(),
        postcode: place.postcode.to_owned(),
        street: Place::street(dice),
        customer_since: Some(since),
        ..NewCustomer::default()
    }
}

fn contact(dice: &mut Dice, place: &Place, domain: Option<&str>) -> NewContact {
    let (first, last) = names::person(dice);
    let (job, email) = if let Some(domain) = domain {
        ((*dice.pick(&JOBS)).to_owned(), format!("{}.{}@{domain}", slug(first), slug(last)))
    } else {
        let host = dice.pick(&["mail.example", "post.example", "inbox.example", "example.com", "example.net"]);
        (String::new(), format!("{}.{}{}@{host}", slug(first), slug(last), dice.between(1, 99)))
    };
    let phone = if dice.percent(92) { place.phone(dice) } else { String::new() };
    NewContact { name: format!("{first} {last}"), job, email, phone }
}

/// Plans with the price of a seat in cents.
const PLANS: [(&str, i64); 4] =
    [("Starter", 2400), ("Business", 3800), ("Business Pro", 5500), ("Contact Center", 7900)];

fn subscriptions(dice: &mut Dice, n: usize, since: NaiveDate, now: DateTime<Utc>) -> Vec<NewSubscription> {
    let seats = match dice.between(1, 100) {
        1..=45 => dice.between(4, 14),
        46..=80 => dice.between(15, 45),
        81..=95 => dice.between(46, 120),
        _ => dice.between(121, 420),
    };
    let (plan, seat) = dice.weigh(&[(PLANS[0], 2), (PLANS[1], 4), (PLANS[2], 4), (PLANS[3], 1)]);
    let price = seats * seat * if seats > 120 { 88 } else { 100 } / 100;
    let voice = NewSubscription {
        external_ref: Some(format!("BL-{:05}", 20_000 + n * 3)),
        product: "Cloud voice".to_owned(),
        plan: plan.to_owned(),
        quantity: i32::try_from(seats).unwrap_or(1),
        monthly_price: Money::new(price, Currency::USD),
        started_on: Some(since),
        contract_ends_on: term_end(dice, since, day(now)),
        ..NewSubscription::default()
    };
    let mut all = vec![voice];
    if dice.percent(14) {
        let (product, price) =
            *dice.pick(&[("Business internet", 14_900), ("Conference rooms", 5_900), ("Cloud fax", 2_900)]);
        all.push(NewSubscription {
            external_ref: Some(format!("BL-{:05}", 20_001 + n * 3)),
            product: product.to_owned(),
            monthly_price: Money::new(price, Currency::USD),
            started_on: Some(since),
            ..NewSubscription::default()
        });
    }
    all
}

/// The end of the term that runs now: none where it runs from month to month.
fn term_end(dice: &mut Dice, since: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
    let months = dice.weigh(&[(0, 2), (12, 5), (24, 2), (36, 1)]);
    if months == 0 {
        return None;
    }
    let mut end = since.with_day(1)?;
    while end <= today {
        end = end.checked_add_months(Months::new(months))?;
    }
    end.pred_opt()
}

fn buyer(dice: &mut Dice, n: usize, now: DateTime<Utc>) -> Customer {
    let (place, currency, language) = match dice.between(1, 100) {
        1..=74 => (dice.pick(&AMERICAN), Currency::USD, if dice.percent(6) { "es" } else { "en" }),
        75..=88 => (dice.pick(&BRITISH), Currency::GBP, "en"),
        _ => (dice.pick(&EUROPEAN), Currency::EUR, ""),
    };
    let language = match (language, place.country) {
        ("", "Germany") => "de",
        ("", "France") => "fr",
        ("", _) => "en",
        (language, _) => language,
    };
    let mut days: Vec<i64> = (0..dice.weigh(&[(1, 5), (2, 3), (3, 2), (4, 1)])).map(|_| dice.between(4, 900)).collect();
    // what is on order now is what most cases are about
    if dice.percent(45) {
        days[0] = dice.between(4, 75);
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    let orders: Vec<NewOrder> = days
        .iter()
        .map(|ago| {
            let at = now - TimeDelta::days(*ago) + TimeDelta::minutes(dice.between(0, 900));
            shop::order(dice, currency, place.country, at, now)
        })
        .collect();
    let first = orders[0].ordered_at;
    let person = contact(dice, place, None);
    let paid: i64 = orders.iter().map(|order| order.total.minor).sum();
    let new = NewCustomer {
        account_number: Some(format!("AU-{:05}", 30_000 + n * 11)),
        name: person.name.clone(),
        segment: "Jewellery".to_owned(),
        language: language.to_owned(),
        currency,
        paid_total: Money::new(paid, currency),
        refunded_total: Money::zero(currency),
        ..living(dice, place, day(first))
    };
    Customer {
        new,
        contacts: vec![person],
        subscriptions: Vec::new(),
        orders,
        added_at: began(now).max(first),
        team: people::RINGS,
        since_then: None,
    }
}

/// Numbers rise with the date, as on real invoices.
fn number_orders(buyers: &mut [Customer]) {
    let mut orders: Vec<&mut NewOrder> = buyers.iter_mut().flat_map(|buyer| &mut buyer.orders).collect();
    orders.sort_by_key(|order| order.ordered_at);
    for (number, order) in (86_400..).zip(orders) {
        order.number = format!("AR-{number}");
    }
}

/// The top 15 % of a line by value, the next 25 %, the rest.
fn rank(line: &mut [Customer]) {
    let mut values: Vec<i64> = line.iter().map(Customer::value).collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    let (top, next) = (values[values.len() * 15 / 100], values[values.len() * 40 / 100]);
    for customer in line {
        customer.new.tier = match customer.value() {
            value if value > top => Tier::Top,
            value if value > next => Tier::Next,
            _ => Tier::Rest,
        };
    }
}

fn flag(dice: &mut Dice, line: &mut [Customer]) {
    for (n, customer) in line.iter_mut().enumerate() {
        let top = customer.new.tier == Tier::Top;
        customer.new.flags = Flags {
            vip: top && dice.percent(18),
            vulnerable: dice.percent(2),
            fraud_suspected: dice.between(1, 200) == 1,
            legal_hold: dice.between(1, 250) == 1,
            // a few, to try it with
            cpni: n % 12 == 5 && !customer.subscriptions.is_empty(),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> (Vec<Customer>, DateTime<Utc>) {
        let now = "2026-11-18T15:30:00Z".parse().unwrap();
        (make(&mut Dice::new(5), now), now)
    }

    #[test]
    fn there_are_two_thousand_and_none_twice() {
        let (all, now) = all();
        assert_eq!(all.len(), COMPANIES + BUYERS);
        let accounts: HashSet<_> = all.iter().map(|one| one.new.account_number.clone().unwrap()).collect();
        assert_eq!(accounts.len(), all.len());
        let orders: Vec<&NewOrder> = all.iter().flat_map(|one| &one.orders).collect();
        let numbers: HashSet<_> = orders.iter().map(|order| &order.number).collect();
        assert_eq!(numbers.len(), orders.len());
        assert!(orders.iter().all(|order| order.ordered_at < now));
        assert!(all.iter().all(|one| one.added_at < now && !one.contacts.is_empty()));
        assert!(all[COMPANIES..].iter().all(|one| (1..=4).contains(&one.orders.len())));
    }

    #[test]
    fn tiers_have_their_shares() {
        let (all, _) = all();
        let share = |tier| all.iter().filter(|one| one.new.tier == tier).count() * 100 / all.len();
        assert!((13..=15).contains(&share(Tier::Top)), "{}", share(Tier::Top));
        assert!((23..=26).contains(&share(Tier::Next)), "{}", share(Tier::Next));
    }

    #[test]
    fn contracts_that_run_end_later_than_today() {
        let (all, now) = all();
        let ends = all.iter().flat_map(|one| &one.subscriptions).filter_map(|one| one.contract_ends_on);
        assert!(ends.clone().count() > 600);
        assert!(ends.clone().all(|end| end >= day(now).pred_opt().unwrap()));
        assert_eq!(ends.filter(|end| end.year() > 2035).count(), 0);
    }

    #[test]
    fn some_pay_in_pounds_and_euros() {
        let (all, _) = all();
        let pay = |currency| all.iter().filter(|one| one.new.currency == currency).count();
        assert!(pay(Currency::GBP) > 80 && pay(Currency::EUR) > 60);
    }
}
