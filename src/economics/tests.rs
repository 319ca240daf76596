use proptest::prelude::*;

use super::*;
use crate::ids::{CustomerId, ServiceCostId};

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(of: SubscriptionId, what: &str, amount: Money) -> Cost {
    Cost {
        id: ServiceCostId::new(),
        customer: CustomerId::new(),
        of: Served::Subscription(of),
        details: NewCost { what: what.into(), amount, source: "Finance".into(), as_of: day("2026-10-01") },
        version: 1,
    }
}

fn running(price: i64, costs: &[i64], lifetime: Lifetime) -> Running {
    let id = SubscriptionId::new();
    Running {
        id,
        label: "Cloud voice, Business Pro".into(),
        quantity: 42,
        price: usd(price),
        costs: costs.iter().map(|minor| line(id, "Licences", usd(*minor))).collect(),
        lifetime,
    }
}

fn block(subscriptions: Vec<Running>, in_force: Vec<InForce>) -> Block {
    Block { currency: Currency::USD, subscriptions, conceded: usd(0), in_force, bought: None }
}

fn conceding(to: &Running, monthly: i64, months_left: u32) -> InForce {
    InForce { offer: OfferId::new(), subscription: to.id, monthly: usd(monthly), months_left }
}

const HALF_OF_55: Lifetime = Lifetime::Median { months: 29, n: 55 };

#[test]
fn the_margin_of_the_worked_example() {
    let one = running(231_000, &[74_300, 26_400, 9_000, 3_400], HALF_OF_55);
    let block = block(vec![one], vec![]);
    assert_eq!(block.cost_to_serve(), Some(usd(113_100)));
    assert_eq!(block.margin(), Some(usd(117_900)));
    assert_eq!(block.margin_percent(), Some(Percent::from_basis_points(5_103)));
    assert_eq!(block.lifetime_value(), Some(usd(3_419_100)));
    assert_eq!(block.lifetime(), Some(HALF_OF_55));
}

#[test]
fn one_unknown_cost_makes_the_margin_unknown() {
    let block = block(vec![running(231_000, &[113_100], HALF_OF_55), running(4_900, &[], HALF_OF_55)], vec![]);
    assert_eq!(block.revenue(), usd(235_900));
    assert_eq!(block.unknown_costs(), 1);
    assert_eq!((block.cost_to_serve(), block.margin(), block.margin_percent()), (None, None, None));
    assert_eq!(block.lifetime_value(), None);
}

#[test]
fn a_line_in_another_currency_says_nothing() {
    let mut one = running(231_000, &[], HALF_OF_55);
    one.costs.push(line(one.id, "Licences", Money::new(100, Currency::EUR)));
    assert_eq!(one.cost_to_serve(), None);
    one.costs.push(line(one.id, "Support", usd(400)));
    assert_eq!(one.cost_to_serve(), Some(usd(400)));
}

#[test]
fn nothing_costs_nothing_is_known_to_be_nothing() {
    let one = running(231_000, &[0], HALF_OF_55);
    assert_eq!(one.margin(), Some(usd(231_000)));
}

#[test]
fn a_concession_lowers_the_margin_and_the_lifetime_value_for_as_long_as_it_runs() {
    let one = running(231_000, &[113_100], HALF_OF_55);
    let concession = conceding(&one, 46_200, 6);
    let block = block(vec![one], vec![concession]);
    assert_eq!(block.margin(), Some(usd(71_700)));
    assert_eq!(block.margin_percent(), Some(Percent::from_basis_points(3_879)));
    assert_eq!(block.lifetime_value(), Some(usd(29 * 117_900 - 6 * 46_200)));
}

#[test]
fn an_unknown_lifetime_makes_the_lifetime_value_unknown() {
    let one = running(231_000, &[113_100], HALF_OF_55);
    let other = running(4_900, &[900], Lifetime::Unknown);
    let block = block(vec![one, other], vec![]);
    assert_eq!(block.margin(), Some(usd(121_900)));
    assert_eq!((block.lifetime_value(), block.lifetime()), (None, None));
}

#[test]
fn the_longer_of_contract_and_what_others_did_counts() {
    let today = day("2026-11-19");
    let others = Some((29, 55));
    let (soon, late) = (day("2026-12-31"), day("2029-04-19"));
    assert_eq!(Lifetime::on(today, Some(soon), others), HALF_OF_55);
    assert_eq!(Lifetime::on(today, Some(late), others), Lifetime::Contract { months: 29, until: late });
    assert_eq!(Lifetime::on(today, Some(soon), None), Lifetime::Contract { months: 2, until: soon });
    assert_eq!(Lifetime::on(today, Some(today), others), HALF_OF_55);
    assert_eq!(Lifetime::on(today, None, others), HALF_OF_55);
    assert_eq!(Lifetime::on(today, None, None), Lifetime::Unknown);
}

#[test]
fn the_examples_of_the_documentation_are_right() {
    let text = include_str!("../../docs/policy.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| Agreed until |")).skip(2);
    let mut seen = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [until, others, counted, basis, margin, value, concession, need] = cells[..] else { panic!("{row}") };
        let until = (until != "none").then(|| day(until));
        let others = others.split_once(" months, ").map(|(months, n)| (months.parse().unwrap(), n.parse().unwrap()));
        let lifetime = Lifetime::on(day("2026-11-19"), until, others);
        let one = running(231_000, &[113_100], lifetime);
        assert_eq!(one.margin().unwrap().to_string(), margin);
        let exposure = Money::parse(concession, Currency::USD).unwrap();
        let months = lifetime.months();
        let point = months.and_then(|months| break_even(exposure, one.margin()?, months));
        let ours = match lifetime {
            Lifetime::Contract { .. } => "contract",
            Lifetime::Median { .. } => "others",
            Lifetime::Unknown => "nothing",
        };
        let or_unknown = |told: Option<String>| told.unwrap_or_else(|| "unknown".to_owned());
        let told = [
            or_unknown(months.map(|months| months.to_string())),
            ours.to_owned(),
            or_unknown(block(vec![one], vec![]).lifetime_value().map(|value| value.to_string())),
            or_unknown(point.map(|point| point.to_string())),
        ];
        assert_eq!(told, [counted, basis, value, need], "{row}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn months_are_whole_or_begun() {
    for (from, to, whole, begun) in [
        ("2026-01-31", "2026-02-28", 0, 1),
        ("2026-01-31", "2026-03-31", 2, 2),
        ("2026-01-15", "2026-01-15", 0, 0),
        ("2026-01-15", "2026-02-15", 1, 1),
        ("2026-01-15", "2026-02-16", 1, 2),
        ("2025-12-31", "2026-01-01", 0, 1),
        ("2024-02-29", "2025-02-28", 11, 12),
    ] {
        let (from, to) = (day(from), day(to));
        assert_eq!((whole_months(from, to), months_begun(from, to)), (whole, begun), "{from} to {to}");
    }
}

#[test]
fn a_concession_runs_out() {
    let ids = (OfferId::new(), SubscriptionId::new());
    let on = |today: &str| InForce::on(day(today), ids, day("2026-05-20"), usd(554_400), 12);
    assert_eq!(on("2026-05-20").map(|one| (one.monthly, one.months_left)), Some((usd(46_200), 12)));
    assert_eq!(on("2026-11-19").map(|one| one.months_left), Some(7));
    assert_eq!(on("2027-05-19").map(|one| one.months_left), Some(1));
    assert_eq!(on("2027-05-20"), None);
}

#[test]
fn an_order_has_a_margin_once_its_cost_is_known() {
    let id = SubscriptionId::new();
    let mut order = OrderEconomics { total: usd(1_290_000), costs: vec![] };
    assert_eq!((order.margin(), order.margin_percent()), (None, None));
    order.costs.push(line(id, "Goods", usd(516_000)));
    assert_eq!(order.margin(), Some(usd(774_000)));
    assert_eq!(order.margin_percent(), Some(Percent::whole(60)));
    let bought = Bought { orders: 2, total: usd(2_000), costs: usd(500), unknown: 1 };
    assert_eq!(bought.margin(), None);
    assert_eq!(Bought { unknown: 0, ..bought }.margin(), Some(usd(1_500)));
}

fn some_running() -> impl Strategy<Value = Running> {
    (0_i64..10_000_000, proptest::collection::vec(0_i64..2_000_000, 1..5), 0_u32..120)
        .prop_map(|(price, costs, months)| running(price, &costs, Lifetime::Median { months, n: 55 }))
}

proptest! {
    #[test]
    fn figures_add_up_to_the_cent(all in proptest::collection::vec(some_running(), 0..6), monthly in 0_i64..1_000_000) {
        let in_force = all.iter().take(1).map(|one| conceding(one, monthly, 6)).collect();
        let block = block(all, in_force);
        let margins: i64 = block.subscriptions.iter().map(|one| one.margin().unwrap().minor).sum();
        prop_assert_eq!(block.margin().unwrap().minor, margins - block.concessions().minor);
        let parts = block.revenue().minor - block.cost_to_serve().unwrap().minor - block.concessions().minor;
        prop_assert_eq!(block.margin().unwrap().minor, parts);
    }

    #[test]
    fn without_concessions_the_lifetime_value_is_margin_times_months(one in some_running()) {
        let (margin, months) = (one.margin().unwrap().minor, one.lifetime.months().unwrap());
        let block = block(vec![one], vec![]);
        prop_assert_eq!(block.lifetime_value(), Some(usd(margin * i64::from(months))));
    }

    #[test]
    fn a_larger_cost_or_concession_never_raises_the_margin(
        one in some_running(), more in 0_i64..100_000, monthly in 0_i64..100_000,
    ) {
        let before = block(vec![one.clone()], vec![]);
        let concession = conceding(&one, monthly, 3);
        let mut dearer = one;
        dearer.costs.push(line(dearer.id, "More", usd(more)));
        let after = block(vec![dearer], vec![concession]);
        prop_assert!(after.margin() <= before.margin());
        prop_assert!(after.lifetime_value() <= before.lifetime_value());
    }

    #[test]
    fn a_day_further_never_has_fewer_months(from in 0_i64..40_000, days in 0_u64..4_000) {
        let from = day("1950-01-01") + chrono::TimeDelta::days(from);
        let to = from + chrono::Days::new(days);
        let next = to + chrono::Days::new(1);
        prop_assert!(whole_months(from, to) <= whole_months(from, next));
        prop_assert!(months_begun(from, to) <= months_begun(from, next));
        prop_assert!((whole_months(from, to)..=whole_months(from, to) + 1).contains(&months_begun(from, to)));
    }
}
