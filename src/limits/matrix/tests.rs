use chrono::DateTime;

use super::super::{Answer, Asked, Past, Tally, replay};
use super::*;
use crate::catalogue::Kind;
use crate::ids::{CaseId, LimitVersionId, OfferId, OfferTypeVersionId};

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn types() -> Vec<OfferType> {
    [("percent_discount", Kind::PercentDiscount), ("pause", Kind::Pause)]
        .map(|(code, kind)| OfferType {
            code: code.to_owned(),
            kind,
            version: OfferTypeVersionId::new(),
            number: 1,
            name: code.to_owned(),
            guidance: String::new(),
            lever: String::new(),
            lever_position: 1,
            valid_from: DateTime::UNIX_EPOCH,
            valid_until: None,
            cost_share: Percent::ALL,
            open_days: 14,
            tiers: Vec::new(),
            segments: Vec::new(),
            products: Vec::new(),
            case_kinds: Vec::new(),
            min_tenure_months: 0,
            once_per_months: 0,
            not_with: Vec::new(),
            approvers: 1,
            departments: Vec::new(),
            promises: Vec::new(),
        })
        .to_vec()
}

fn matrix() -> Matrix {
    let mut matrix = Matrix::default();
    for (role, percent, months, amount) in [
        (Role::Agent, 15, 12, Some(500_000)),
        (Role::Supervisor, 25, 24, Some(1_500_000)),
        (Role::Manager, 35, 36, None),
    ] {
        let caps = Caps { percent: Some(Percent::whole(percent)), months: Some(months), amount: amount.map(usd) };
        matrix.cells.insert((Tier::Next, Currency::USD, role, "percent_discount".to_owned()), caps);
    }
    for (role, sum) in ROLES.into_iter().zip([60_000, 500_000, 2_000_000, 10_000_000]) {
        matrix.customer.insert((Tier::Next, Currency::USD, role), usd(sum));
        matrix.week.insert((Currency::USD, role), usd(sum));
    }
    matrix.floors.insert("percent_discount".to_owned(), Percent::whole(35));
    matrix
}

fn cell(role: Role, cap: Cap) -> Spot {
    let offer_type = "percent_discount".to_owned();
    Spot::Cell { tier: Tier::Next, currency: Currency::USD, offer_type, role, cap }
}

fn set(matrix: &mut Matrix, role: Role, caps: Option<Caps>) {
    let key = (Tier::Next, Currency::USD, role, "percent_discount".to_owned());
    match caps {
        Some(caps) => matrix.cells.insert(key, caps),
        None => matrix.cells.remove(&key),
    };
}

#[test]
fn a_place_is_told_as_typed_and_in_words() {
    let matrix = matrix();
    let told = |spot: &Spot| (matrix.text(spot), matrix.words(spot));
    let pair = |text: &str, words: &str| (text.to_owned(), words.to_owned());
    assert_eq!(told(&cell(Role::Agent, Cap::Percent)), pair("15", "15%"));
    assert_eq!(told(&cell(Role::Agent, Cap::Months)), pair("12", "12 months"));
    assert_eq!(told(&cell(Role::Agent, Cap::Amount)), pair("5000", "$5,000.00"));
    assert_eq!(told(&cell(Role::Manager, Cap::Amount)), pair("any", "any"));
    assert_eq!(told(&cell(Role::Rep, Cap::Percent)), pair("", "not at all"));
    let floor = |code: &str| Spot::Floor { offer_type: code.to_owned() };
    assert_eq!(told(&floor("percent_discount")), pair("35", "35%"));
    assert_eq!(told(&floor("pause")), pair("", "no floor"));
}

#[test]
fn changes_name_every_place_once() {
    let (was, mut now) = (matrix(), matrix());
    let caps = Caps {
        percent: Some(Percent::whole(18)),
        ..was.cells[&(Tier::Next, Currency::USD, Role::Agent, "percent_discount".to_owned())]
    };
    set(&mut now, Role::Agent, Some(caps));
    now.floors.remove("percent_discount");
    now.week.insert((Currency::USD, Role::Rep), usd(70_000));
    let changes: Vec<_> =
        now.changes(&was, &types()).into_iter().map(|change| (change.spot, change.was, change.now)).collect();
    let told = |spot, was: &str, now: &str| (spot, was.to_owned(), now.to_owned());
    assert_eq!(
        changes,
        [
            told(Spot::Floor { offer_type: "percent_discount".to_owned() }, "35%", "no floor"),
            told(Spot::Week { currency: Currency::USD, role: Role::Rep }, "$600.00", "$700.00"),
            told(cell(Role::Agent, Cap::Percent), "15%", "18%"),
        ]
    );
    assert_eq!(was.changes(&was, &types()), []);
}

#[test]
fn a_higher_role_may_do_what_a_lower_one_may() {
    assert_eq!(matrix().uneven(&types()), []);
    let mut lower = matrix();
    let caps = Caps { percent: Some(Percent::whole(10)), months: None, amount: None };
    set(&mut lower, Role::Supervisor, Some(caps));
    let said: Vec<_> = lower.uneven(&types());
    assert_eq!(
        said,
        [
            (cell(Role::Supervisor, Cap::Percent), "Enter at least 15%, or any: an agent may give as much.".to_owned()),
            (cell(Role::Manager, Cap::Months), "Enter any: a supervisor may give as much.".to_owned()),
        ]
    );
    let mut missing = matrix();
    set(&mut missing, Role::Manager, None);
    missing.customer.remove(&(Tier::Next, Currency::USD, Role::Supervisor));
    missing.week.insert((Currency::USD, Role::Manager), usd(1));
    let said: Vec<_> = missing.uneven(&types()).into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        said,
        [
            "A supervisor may make this offer: enter what a higher role may.",
            "Enter at least $5,000.00: an agent may give as much.",
            "Enter at least $20,000.00: a supervisor may give as much.",
        ]
    );
}

#[test]
fn a_replay_counts_what_would_have_been() {
    let version = Version {
        id: LimitVersionId::new(),
        number: 1,
        in_force_from: DateTime::UNIX_EPOCH,
        published_at: DateTime::UNIX_EPOCH,
        by: None,
        why: String::new(),
    };
    let past = |percent, exposure| Past {
        offer: OfferId::new(),
        case: CaseId::new(),
        number: 20_001,
        by: "Ana".to_owned(),
        roles: vec![Role::Agent],
        tier: Tier::Next,
        asked: Asked {
            offer_type: "percent_discount".to_owned(),
            percent: Some(Percent::whole(percent)),
            months: Some(12),
            exposure: usd(exposure),
            margin: None,
            customer_before: usd(0),
            week_before: usd(0),
        },
        presented: true,
    };
    let offers = [past(10, 100_000), past(14, 140_000), past(20, 200_000)];
    let mut draft = matrix();
    let caps = Caps { percent: Some(Percent::whole(12)), months: Some(12), amount: Some(usd(500_000)) };
    set(&mut draft, Role::Agent, Some(caps));
    let report = replay(&offers, (&version, &matrix()), (&version, &draft));
    assert_eq!(report.was[&Answer::Within], tally(2, 240_000));
    assert_eq!(report.now[&Answer::Within], tally(1, 100_000));
    assert_eq!(report.now[&Answer::Supervisor], tally(2, 340_000));
    assert_eq!(report.changed, [(1, Answer::Within, Answer::Supervisor)]);
}

fn tally(offers: usize, minor: i64) -> Tally {
    Tally { offers, concession: vec![usd(minor)] }
}
