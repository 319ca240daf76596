use proptest::prelude::*;

use super::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn limits() -> Limits {
    let cell = |role, percent, months, amount: Option<i64>| Cell {
        role,
        offer_type: "percent_discount".to_owned(),
        max_percent: Some(Percent::whole(percent)),
        max_months: Some(months),
        max_amount: amount.map(usd),
    };
    Limits {
        version: None,
        number: 12,
        since: DateTime::UNIX_EPOCH,
        tier: Tier::Next,
        currency: Currency::USD,
        cells: vec![
            cell(Role::Rep, 8, 6, Some(50_000)),
            cell(Role::Agent, 15, 12, Some(500_000)),
            cell(Role::Supervisor, 25, 24, Some(1_500_000)),
            cell(Role::Manager, 35, 36, None),
        ],
        customer: vec![
            (Role::Rep, usd(60_000)),
            (Role::Agent, usd(500_000)),
            (Role::Supervisor, usd(2_000_000)),
            (Role::Manager, usd(10_000_000)),
        ],
        week: ROLES.map(|role| (role, usd(1_500_000))).to_vec(),
        margins: vec![("percent_discount".to_owned(), Percent::whole(35))],
    }
}

fn discount(percent: i16, exposure: i64) -> Asked {
    Asked {
        offer_type: "percent_discount".to_owned(),
        percent: Some(Percent::whole(percent)),
        months: Some(12),
        exposure: usd(exposure),
        margin: Some(Percent::whole(38)),
        customer_before: usd(0),
        week_before: usd(0),
    }
}

#[test]
fn r8_what_is_within_ones_own_limit_goes_ahead() {
    assert_eq!(limits().check(&[Role::Agent], &discount(15, 415_800)), Verdict::Within);
}

#[test]
fn r8_what_is_over_it_names_the_cell_and_by_how_much() {
    let Verdict::NeedsApproval { by, because } = limits().check(&[Role::Agent], &discount(20, 554_400)) else {
        panic!()
    };
    assert_eq!(by, Role::Supervisor);
    let sentences: Vec<String> = because.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "20% is 5 points over the 15% that an agent may give.",
            "A cost of $5,544.00 is $544.00 over the $5,000.00 that an agent may put into one offer.",
            "With it this customer has been given $5,544.00 in 12 months, $544.00 over the $5,000.00 that an agent may give.",
        ]
    );
}

#[test]
fn r8_splitting_does_not_help() {
    let mut second = discount(10, 277_200);
    assert_eq!(limits().check(&[Role::Agent], &second), Verdict::Within);
    second.customer_before = usd(277_200);
    assert!(matches!(
        limits().check(&[Role::Agent], &second),
        Verdict::NeedsApproval { by: Role::Supervisor, because } if matches!(because.as_slice(), [Exceeded::Customer { .. }])
    ));
}

#[test]
fn r8_a_week_of_ones_own_is_counted_for_oneself_and_not_for_the_approver() {
    let mut asked = discount(10, 277_200);
    asked.week_before = usd(1_400_000);
    assert!(matches!(limits().check(&[Role::Agent], &asked), Verdict::NeedsApproval { by: Role::Supervisor, .. }));
}

#[test]
fn a_margin_below_the_floor_is_nobodys_to_give() {
    let mut asked = discount(5, 100_000);
    asked.margin = Some(Percent::from_basis_points(3_499));
    let because = vec![Exceeded::Margin { floor: Percent::whole(35), left: Percent::from_basis_points(3_499) }];
    assert_eq!(limits().check(&[Role::Manager], &asked), Verdict::NotPossible { because });
    asked.margin = None;
    assert_eq!(limits().check(&[Role::Manager], &asked), Verdict::Within);
}

#[test]
fn beyond_every_limit_says_what_a_manager_lacks() {
    let Verdict::NotPossible { because } = limits().check(&[Role::Rep], &discount(40, 100_000)) else { panic!() };
    assert_eq!(because[0].to_string(), "40% is 5 points over the 35% that a manager may give.");
}

#[test]
fn another_currency_has_no_limits_here() {
    let mut asked = discount(5, 100);
    asked.exposure = Money::new(100, Currency::EUR);
    assert!(matches!(limits().check(&[Role::Manager], &asked), Verdict::NotPossible { .. }));
}

#[test]
fn what_is_exceeded_is_said_to_the_one_whose_offer_it_is_and_of_them_to_others() {
    let week = Exceeded::Week { role: Role::Agent, cap: usd(500_000), asked: usd(600_000) };
    let cell = Exceeded::Months { role: Role::Agent, cap: 12, asked: 18 };
    let all = [week, cell];
    assert_eq!(
        sentences(&all),
        "With it you have given $6,000.00 in 7 days, $1,000.00 over the $5,000.00 that an agent may give. \
         18 months are 6 more than the 12 that an agent may give."
    );
    assert!(
        sentences_of(&all, "Ana Silva").starts_with("With it Ana Silva has given $6,000.00 in 7 days, $1,000.00 over")
    );
    assert!(sentences_of(&all, "Ana Silva").ends_with("18 months are 6 more than the 12 that an agent may give."));
    let kept = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Exceeded>>(&kept).unwrap(), all, "nothing is lost where it is kept");
}

fn reach(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Within => 0,
        Verdict::NeedsApproval { by: Role::Supervisor, .. } => 1,
        Verdict::NeedsApproval { .. } => 2,
        Verdict::NotPossible { .. } => 3,
    }
}

proptest! {
    #[test]
    fn asking_for_more_never_needs_less(
        percent in 1_i16..60, exposure in 0_i64..3_000_000, before in 0_i64..3_000_000, more in 0_i64..500_000,
    ) {
        let mut asked = discount(percent, exposure);
        asked.customer_before = usd(before);
        for role in ROLES {
            let now = limits().check(&[role], &asked);
            let mut dearer = asked.clone();
            dearer.exposure = usd(exposure + more);
            prop_assert!(reach(&limits().check(&[role], &dearer)) >= reach(&now));
            let mut later = asked.clone();
            later.customer_before = usd(before + more);
            prop_assert!(reach(&limits().check(&[role], &later)) >= reach(&now));
        }
    }
}
