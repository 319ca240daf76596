use proptest::prelude::*;

use super::*;
use crate::catalogue::{Kind, OfferType};
use crate::ids::OfferTypeVersionId;
use crate::money::Percent;

fn at(day: &str) -> DateTime<Utc> {
    format!("{day}T15:00:00Z").parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn discount() -> OfferType {
    OfferType {
        code: "percent_discount".to_owned(),
        kind: Kind::PercentDiscount,
        version: OfferTypeVersionId::new(),
        number: 3,
        name: "Percent discount".to_owned(),
        guidance: String::new(),
        lever: "time_limited_discount".to_owned(),
        lever_position: 7,
        valid_from: at("2026-01-01"),
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
    }
}

fn asker() -> Asker {
    Asker {
        tier: Tier::Next,
        segment: "Healthcare".to_owned(),
        product: Some("Cloud voice".to_owned()),
        since: Some(day("2022-08-08")),
        case_kind: Some(CaseKind::Cancellation),
        is_order: false,
        is_subscription: true,
        given: Vec::new(),
    }
}

fn why(offer: &OfferType, asker: &Asker, on: &str) -> Vec<String> {
    offer.closed_to(asker, at(on), str::to_uppercase).iter().map(ToString::to_string).collect()
}

#[test]
fn a_type_that_asks_nothing_is_open() {
    assert_eq!(why(&discount(), &asker(), "2026-11-19"), [""; 0]);
}

#[test]
fn it_is_open_from_the_moment_it_begins_until_the_moment_it_ends() {
    let offer = OfferType { valid_until: Some(at("2026-12-01")), ..discount() };
    assert_eq!(why(&offer, &asker(), "2025-12-31"), ["It begins on Thu 1 Jan 2026."]);
    assert_eq!(why(&offer, &asker(), "2026-01-01"), [""; 0]);
    assert_eq!(why(&offer, &asker(), "2026-11-30"), [""; 0]);
    assert_eq!(why(&offer, &asker(), "2026-12-01"), ["It ended on Tue 1 Dec."]);
}

#[test]
fn what_an_offer_is_about_has_to_fit_its_kind() {
    let order = Asker { is_order: true, is_subscription: false, product: None, ..asker() };
    let nothing = Asker { is_order: false, is_subscription: false, product: None, ..asker() };
    let pause = OfferType { kind: Kind::Pause, ..discount() };
    let credit = OfferType { kind: Kind::Credit, ..discount() };
    assert_eq!(why(&pause, &order, "2026-11-19"), ["It needs a subscription."]);
    assert_eq!(why(&pause, &nothing, "2026-11-19"), ["It needs a subscription or an order."]);
    assert_eq!(why(&discount(), &order, "2026-11-19"), [""; 0]);
    assert_eq!(why(&discount(), &nothing, "2026-11-19"), ["It needs a subscription or an order."]);
    assert_eq!(why(&credit, &nothing, "2026-11-19"), [""; 0]);
}

#[test]
fn every_condition_says_what_it_wants() {
    let offer = OfferType {
        tiers: vec![Tier::Top],
        segments: vec!["Retail".to_owned(), "Hotels".to_owned()],
        products: vec!["Fibre".to_owned()],
        case_kinds: vec![CaseKind::WinBack],
        ..discount()
    };
    assert_eq!(
        why(&offer, &asker(), "2026-11-19"),
        [
            "It is for customers in Top; this one is in Next.",
            "It is for the segments Retail, Hotels.",
            "It is for Fibre.",
            "It is not made in a case of the kind “Cancellation”.",
        ]
    );
    let fits = OfferType {
        tiers: vec![Tier::Top, Tier::Next],
        segments: vec!["HEALTHCARE".to_owned()],
        products: vec!["cloud VOICE".to_owned()],
        case_kinds: vec![CaseKind::Cancellation],
        ..discount()
    };
    assert_eq!(why(&fits, &asker(), "2026-11-19"), [""; 0]);
    // without a case nothing speaks against the kind
    assert_eq!(why(&fits, &Asker { case_kind: None, ..asker() }, "2026-11-19"), [""; 0]);
}

#[test]
fn tenure_is_counted_in_whole_months_also_where_months_are_short() {
    let offer = OfferType { min_tenure_months: 3, ..discount() };
    let since = |text| Asker { since: Some(day(text)), ..asker() };
    assert_eq!(
        why(&offer, &since("2026-09-15"), "2026-11-19"),
        ["It is for customers of 3 months or longer; this one has been here for 2 months."]
    );
    assert_eq!(
        why(&offer, &since("2026-11-30"), "2027-02-27"),
        ["It is for customers of 3 months or longer; this one has been here for 2 months."]
    );
    // there is no 30 February: its last day completes the month
    assert_eq!(why(&offer, &since("2026-11-30"), "2027-02-28"), [""; 0]);
    assert_eq!(why(&offer, &since("2027-11-29"), "2028-02-28").len(), 1);
    assert_eq!(why(&offer, &since("2027-11-29"), "2028-02-29"), [""; 0]);
    assert_eq!(
        why(&offer, &Asker { since: None, ..asker() }, "2026-11-19"),
        ["It is for customers of 3 months or longer; since when this one is a customer is not known."]
    );
    let order = Asker { since: None, is_order: true, is_subscription: false, ..asker() };
    assert_eq!(why(&offer, &order, "2026-11-19"), [""; 0]);
}

#[test]
fn once_in_so_many_months_ends_with_the_day_they_are_over() {
    let offer = OfferType { once_per_months: 3, ..discount() };
    let given = |text| Asker { given: vec![("percent_discount".to_owned(), at(text))], ..asker() };
    assert_eq!(
        why(&offer, &given("2026-08-31"), "2026-11-29"),
        ["Once in 3 months: the last one was presented on Mon 31 Aug."]
    );
    assert_eq!(why(&offer, &given("2026-08-31"), "2026-11-30"), [""; 0]);
    assert_eq!(why(&offer, &given("2026-02-28"), "2026-05-27").len(), 1);
    assert_eq!(why(&offer, &given("2026-02-28"), "2026-05-28"), [""; 0]);
    let once = OfferType { once_per_months: 1, ..discount() };
    assert_eq!(
        why(&once, &given("2026-01-31"), "2026-02-27"),
        ["Once in 1 month: the last one was presented on Sat 31 Jan."]
    );
    assert_eq!(why(&once, &given("2026-01-31"), "2026-02-28"), [""; 0]);
}

#[test]
fn of_several_the_last_one_is_named() {
    let offer = OfferType { once_per_months: 24, ..discount() };
    let mut asker = asker();
    for day in ["2026-03-01", "2026-06-01", "2025-12-24"] {
        asker.given.push(("percent_discount".to_owned(), at(day)));
    }
    assert_eq!(why(&offer, &asker, "2026-11-19"), ["Once in 24 months: the last one was presented on Mon 1 Jun."]);
}

#[test]
fn what_does_not_go_together_is_told_by_its_name() {
    let offer = OfferType { not_with: vec!["upgrade".to_owned()], ..discount() };
    let given = |text| Asker { given: vec![("upgrade".to_owned(), at(text))], ..asker() };
    assert_eq!(
        why(&offer, &given("2026-02-28"), "2026-11-19"),
        ["Not together with UPGRADE, presented on Sat 28 Feb."]
    );
    assert_eq!(why(&offer, &given("2025-11-20"), "2026-11-19").len(), 1);
    assert_eq!(why(&offer, &given("2025-11-19"), "2026-11-19"), [""; 0]);
}

proptest! {
    #[test]
    fn whole_months_are_what_adding_them_one_by_one_finds(from in 0_i64..20_000, days in 0_i64..5_000) {
        let from = NaiveDate::default() + chrono::TimeDelta::days(from);
        let to = from + chrono::TimeDelta::days(days);
        let counted = (1_u32..=1_000).take_while(|count| from + Months::new(*count) <= to).count();
        prop_assert_eq!(i32::from(whole_months(from, to)), i32::try_from(counted).unwrap());
    }
}
