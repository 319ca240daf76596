//! What the program says of offers and limits, compared with what the database says: on random terms, limits and
//! histories, and on the examples of the documentation.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use savedesk::auth::Role;
use savedesk::catalogue::{Kind, Shape, Subject, Terms};
use savedesk::customers::Tier;
use savedesk::limits::{self, Asked, ROLES, Verdict};
use savedesk::money::{Currency, Money, Percent};
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::support::TestApp;

const TYPES: [&str; 4] = ["percent_discount", "one_off_credit", "pause", "plan_price"];
const CURRENCIES: [Currency; 2] = [Currency::USD, Currency::EUR];

/// The customer’s tier, who would present it, and what is asked about.
type Offer = (Tier, Vec<Role>, Asked);

/// How many versions of the limits, and how many offers are asked about under each.
const VERSIONS: i32 = 12;
const OFFERS: usize = 80;

#[tokio::test]
async fn r8_the_program_and_the_database_say_the_same_of_limits() {
    let app = TestApp::start().await;
    let mut connection = app.owner().await;
    let mut dice = StdRng::seed_from_u64(8);
    let mut answers = [0; 4];
    for number in 2..2 + VERSIONS {
        let from = Utc.with_ymd_and_hms(2030, 1, 1, 0, 0, 0).unwrap() + TimeDelta::days(number.into());
        given_limits(&mut connection, &mut dice, number, from).await;
        let at = from + TimeDelta::hours(1);
        let mut offers = Vec::new();
        for _ in 0..OFFERS {
            offers.push(random_offer(&mut dice));
        }
        let theirs = database_says(&mut connection, &offers, at).await;
        for ((tier, roles, asked), theirs) in offers.iter().zip(theirs) {
            let limits = limits::of(&mut connection, *tier, asked.exposure.currency, at).await.unwrap();
            assert_eq!(limits.number, number);
            let ours = limits.check(roles, asked);
            let answer = match &ours {
                Verdict::Within => 0,
                Verdict::NeedsApproval { by: Role::Supervisor, because } => {
                    assert!(!because.is_empty() || roles.is_empty());
                    1
                }
                Verdict::NeedsApproval { because, .. } => {
                    assert!(!because.is_empty() || roles.is_empty());
                    2
                }
                Verdict::NotPossible { because } => {
                    assert!(!because.is_empty() || roles.is_empty());
                    3
                }
            };
            answers[answer] += 1;
            assert_eq!(answer, theirs.answer, "{tier:?} {roles:?} {asked:?}\n{limits:?}\n{ours:?}");
            for (role, covers) in ROLES.into_iter().zip(theirs.covers) {
                assert_eq!(limits.covers(role, asked), covers && theirs.margin, "{role:?} {asked:?}\n{limits:?}");
            }
        }
    }
    // the dice fall on every side
    assert!(answers.iter().all(|count| *count > 20), "{answers:?}");
}

/// A version of the limits at random: some roles have no cell, some caps are open, some sums are missing.
async fn given_limits(connection: &mut PgConnection, dice: &mut StdRng, number: i32, from: DateTime<Utc>) {
    let id = Uuid::now_v7();
    let mut tx = connection.begin().await.unwrap();
    sqlx::query("select set_config('savedesk.audited', pg_current_xact_id()::text, true)")
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query(
        "insert into limit_versions (id, number, in_force_from, published_at, why) values ($1, $2, $3, $3, 'Dice')",
    )
    .bind(id)
    .bind(number)
    .bind(from)
    .execute(&mut *tx)
    .await
    .unwrap();
    for currency in CURRENCIES {
        for role in ROLES {
            for tier in Tier::ALL {
                for offer_type in TYPES {
                    if dice.random_bool(0.2) {
                        continue;
                    }
                    sqlx::query("insert into limit_cells values ($1, $2, $3, $4, $5, $6, $7, $8)")
                        .bind(id)
                        .bind(role.name())
                        .bind(tier.name())
                        .bind(offer_type)
                        .bind(currency.code())
                        .bind(dice.random_bool(0.7).then(|| dice.random_range(0..=40) * 100))
                        .bind(dice.random_bool(0.7).then(|| dice.random_range(0_i16..=24)))
                        .bind(dice.random_bool(0.7).then(|| dice.random_range(0_i64..=20) * 500))
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                }
                if dice.random_bool(0.9) {
                    sqlx::query("insert into limit_totals values ($1, $2, $3, $4, $5)")
                        .bind(id)
                        .bind(role.name())
                        .bind(tier.name())
                        .bind(currency.code())
                        .bind(dice.random_range(0_i64..=40) * 500)
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                }
            }
            if dice.random_bool(0.9) {
                sqlx::query("insert into limit_weeks values ($1, $2, $3, $4)")
                    .bind(id)
                    .bind(role.name())
                    .bind(currency.code())
                    .bind(dice.random_range(0_i64..=60) * 500)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
        }
    }
    for offer_type in TYPES {
        if dice.random_bool(0.7) {
            sqlx::query("insert into limit_margins values ($1, $2, $3)")
                .bind(id)
                .bind(offer_type)
                .bind(dice.random_range(-20..=60) * 100)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
}

/// Terms and a history at random, often right at a cap.
fn random_offer(dice: &mut StdRng) -> Offer {
    let currency = CURRENCIES[dice.random_range(0..CURRENCIES.len())];
    let money = |minor: i64| Money::new(minor, currency);
    let history = |dice: &mut StdRng| if dice.random_bool(0.5) { 0 } else { dice.random_range(0_i64..=30) * 500 };
    let roles = ROLES.into_iter().filter(|_| dice.random_bool(0.35)).collect();
    let asked = Asked {
        offer_type: TYPES[dice.random_range(0..TYPES.len())].to_owned(),
        percent: dice.random_bool(0.6).then(|| Percent::from_basis_points(dice.random_range(1..=40) * 50)),
        months: dice.random_bool(0.6).then(|| dice.random_range(1..=18)),
        exposure: money(dice.random_range(0_i64..=16) * 250),
        margin: dice.random_bool(0.7).then(|| Percent::from_basis_points(dice.random_range(-10..=90) * 100)),
        customer_before: money(history(dice)),
        week_before: money(history(dice)),
    };
    (Tier::ALL[dice.random_range(0..Tier::ALL.len())], roles, asked)
}

/// What the database says of an offer.
struct Said {
    /// Within, supervisor, manager, not possible.
    answer: usize,
    margin: bool,
    /// Whether each role may approve it.
    covers: Vec<bool>,
}

async fn database_says(connection: &mut PgConnection, offers: &[Offer], at: DateTime<Utc>) -> Vec<Said> {
    let column = |of: &dyn Fn(&Offer) -> String| offers.iter().map(of).collect::<Vec<_>>();
    let total = |asked: &Asked, before: Money| asked.exposure.plus(before).unwrap().minor;
    let rows = sqlx::query(
        "
        select
            margin_allows(o.type, o.margin, $1) as margin,
            approval_level(o.tier, o.type, o.currency, o.percent, o.months, o.exposure, o.customer, $1) as level,
            array(
                select limits_cover(limits_at($1), r.role, o.tier, o.type, o.currency, o.percent, o.months, o.exposure,
                    o.customer, null)
                from unnest(array['rep', 'agent', 'supervisor', 'manager']) with ordinality as r (role, n)
                order by r.n
            ) as covers,
            exists (
                select
                from unnest(string_to_array(o.roles, ' ')) as r (role)
                where limits_cover(limits_at($1), r.role, o.tier, o.type, o.currency, o.percent, o.months, o.exposure,
                    o.customer, o.week)
            ) as own
        from unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::integer[], $11::text[]) with ordinality
            as o (tier, type, currency, percent, months, exposure, customer, week, margin, roles, n)
        order by o.n
        ",
    )
    .bind(at)
    .bind(column(&|(tier, ..)| tier.name().to_owned()))
    .bind(column(&|(.., asked)| asked.offer_type.clone()))
    .bind(column(&|(.., asked)| asked.exposure.currency.to_string()))
    .bind(offers.iter().map(|(.., asked)| asked.percent.map(Percent::basis_points)).collect::<Vec<_>>())
    .bind(offers.iter().map(|(.., asked)| asked.months.map(i32::from)).collect::<Vec<_>>())
    .bind(offers.iter().map(|(.., asked)| asked.exposure.minor).collect::<Vec<_>>())
    .bind(offers.iter().map(|(.., asked)| total(asked, asked.customer_before)).collect::<Vec<_>>())
    .bind(offers.iter().map(|(.., asked)| total(asked, asked.week_before)).collect::<Vec<_>>())
    .bind(offers.iter().map(|(.., asked)| asked.margin.map(Percent::basis_points)).collect::<Vec<_>>())
    .bind(column(&|(_, roles, _)| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")))
    .fetch_all(connection)
    .await
    .unwrap();
    rows.iter()
        .map(|row| {
            let (margin, own): (bool, bool) = (row.get("margin"), row.get("own"));
            let level: Option<String> = row.get("level");
            let answer = match level.as_deref() {
                _ if !margin => 3,
                _ if own => 0,
                Some("supervisor") => 1,
                Some(_) => 2,
                None => 3,
            };
            Said { answer, margin, covers: row.get("covers") }
        })
        .collect()
}

#[tokio::test]
async fn r1_the_program_and_the_database_reckon_alike() {
    let app = TestApp::start().await;
    let mut dice = StdRng::seed_from_u64(1);
    let mut cases = Vec::new();
    while cases.len() < 600 {
        let kind = Kind::ALL[cases.len() % Kind::ALL.len()];
        let is_order = kind.fits_order() && dice.random_bool(0.3);
        let usd = |minor: i64| Money::new(minor, Currency::USD);
        let price = if dice.random_bool(0.05) { 0 } else { dice.random_range(1_i64..=5_000_000) };
        let months = if is_order { None } else { dice.random_bool(0.8).then(|| dice.random_range(1..=60)) };
        let amount = usd(dice.random_range(0_i64..=3_000_000));
        let terms = match kind.shape() {
            Shape::Percent => {
                Terms::Percent { percent: Percent::from_basis_points(dice.random_range(1..=10_000)), months }
            }
            Shape::Monthly => Terms::Monthly { amount, months: months.unwrap_or(1) },
            Shape::Once => Terms::Once { amount },
            Shape::Months => Terms::Months { months: months.unwrap_or(120) },
            Shape::NewPrice => Terms::NewPrice { price: amount, months },
        };
        let costs = dice.random_bool(0.8).then(|| usd(dice.random_range(0_i64..=4_000_000)));
        let share = Percent::from_basis_points(dice.random_range(0..=10_000));
        cases.push((kind, terms, Subject { price: usd(price), costs, is_order }, share));
    }
    let percent = |terms: &Terms| terms.percent().map(Percent::basis_points);
    let amount = |terms: &Terms| match terms {
        Terms::Monthly { amount, .. } | Terms::Once { amount } => Some(amount.minor),
        _ => None,
    };
    let new_price = |terms: &Terms| match terms {
        Terms::NewPrice { price, .. } => Some(price.minor),
        _ => None,
    };
    let rows = sqlx::query(
        "
        select g.given::bigint as given, x.exposure::bigint as exposure, t.term,
            offer_margin(c.kind, c.price, c.costs, t.term, g.given::bigint, x.exposure::bigint) as margin,
            offer_is_whole(c.kind, c.percent, c.amount, c.months, c.new_price) as whole
        from unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::boolean[], $9::integer[]) with ordinality
            as c (kind, percent, amount, months, new_price, price, costs, is_order, share, n)
        cross join lateral (select offer_given(c.kind, c.percent, c.amount, c.months, c.new_price, c.price) as given) g
        cross join lateral (select round(g.given * c.share / 10000) as exposure) x
        cross join lateral (
            select case when c.is_order then 1 else offer_term(c.kind, c.months) end as term
        ) t
        order by c.n
        ",
    )
    .bind(cases.iter().map(|(kind, ..)| kind.name()).collect::<Vec<_>>())
    .bind(cases.iter().map(|(_, terms, ..)| percent(terms)).collect::<Vec<_>>())
    .bind(cases.iter().map(|(_, terms, ..)| amount(terms)).collect::<Vec<_>>())
    .bind(cases.iter().map(|(_, terms, ..)| terms.months().map(i32::from)).collect::<Vec<_>>())
    .bind(cases.iter().map(|(_, terms, ..)| new_price(terms)).collect::<Vec<_>>())
    .bind(cases.iter().map(|(.., subject, _)| subject.price.minor).collect::<Vec<_>>())
    .bind(cases.iter().map(|(.., subject, _)| subject.costs.map(|costs| costs.minor)).collect::<Vec<_>>())
    .bind(cases.iter().map(|(.., subject, _)| subject.is_order).collect::<Vec<_>>())
    .bind(cases.iter().map(|(.., share)| share.basis_points()).collect::<Vec<_>>())
    .fetch_all(&mut app.owner().await)
    .await
    .unwrap();
    assert_eq!(rows.len(), cases.len());
    for ((kind, terms, subject, share), row) in cases.iter().zip(&rows) {
        let ours = terms.reckon(*kind, subject, *share).unwrap();
        let theirs: (i64, i64, i32, Option<i32>) =
            (row.get("given"), row.get("exposure"), row.get("term"), row.get("margin"));
        let term = i32::try_from(ours.term).unwrap();
        let ours = (ours.given.minor, ours.exposure.minor, term, ours.margin.map(Percent::basis_points));
        assert_eq!(ours, theirs, "{kind:?} {terms:?} {subject:?} {share}");
        assert!(row.get::<bool, _>("whole"), "{kind:?} {terms:?}");
    }
}

#[test]
fn the_examples_of_the_documentation_are_right() {
    let text = include_str!("../../docs/policy.md");
    let rows =
        text.lines().skip_while(|line| !line.starts_with("| Kind |")).skip(2).take_while(|line| line.starts_with('|'));
    let mut kinds = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, price, costs, terms, share, saved, concession, term, margin] = cells[..] else { panic!("{row}") };
        let kind = Kind::ALL.iter().copied().find(|one| one.label() == kind).unwrap();
        let (price, is_order) = match price.strip_suffix(" order") {
            Some(price) => (price, true),
            None => (price.strip_suffix(" a month").unwrap(), false),
        };
        let costs = (costs != "not known").then(|| usd(costs));
        let subject = Subject { price: usd(price), costs, is_order };
        let left = read_terms(kind, terms).reckon(kind, &subject, Percent::parse(share).unwrap()).unwrap();
        let told = left.margin.map_or_else(|| "not known".to_owned(), |margin| margin.to_string());
        assert_eq!(
            [left.given.to_string(), left.exposure.to_string(), left.term.to_string(), told],
            [saved, concession, term, margin],
            "{row}"
        );
        kinds.push(kind);
    }
    for kind in Kind::ALL {
        assert!(kinds.contains(kind), "no example of {kind:?}");
    }
}

fn usd(text: &str) -> Money {
    Money::parse(text, Currency::USD).unwrap()
}

/// “20% for 12 months”, “$600.00 once”, “2 months”, “$2,090.00 for good”.
fn read_terms(kind: Kind, text: &str) -> Terms {
    let (what, long) = text.split_once(' ').unwrap();
    let months = long.strip_prefix("for ").and_then(|long| long.strip_suffix(" months")).map(|n| n.parse().unwrap());
    match kind.shape() {
        Shape::Percent => Terms::Percent { percent: Percent::parse(what).unwrap(), months },
        Shape::Monthly => Terms::Monthly { amount: usd(what), months: months.unwrap() },
        Shape::Once => Terms::Once { amount: usd(what) },
        Shape::Months => Terms::Months { months: what.parse().unwrap() },
        Shape::NewPrice => Terms::NewPrice { price: usd(what), months },
    }
}
