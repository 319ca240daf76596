//! Why customers leave, as the demo found out: a problem that was fixed and stays fixed, one whose fix is planned, an
//! incident of this morning that was answered in all its cases together, and a sample of cases that is half coded again.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::dice::Dice;
use super::Staff;
use crate::auth::Can;
use crate::calendar::wall_clock;
use crate::cases::{self, AtStake, Channel, Kind as CaseKind, NewCase, Outcome, PastCase, Priority};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ids::{CaseId, CustomerId, ProblemId, SubscriptionId};
use crate::money::{Currency, Money};
use crate::problems::{self, Category, Details, Kind, Means, NewAnswer, NewProblem};
use crate::recoding::{self, NewSample};

/// Complaints about one fee, before it was mended and since, by how many days ago they came in.
const FEES: [i64; 28] = [
    117, 115, 112, 109, 106, 103, 101, 98, 94, 92, 88, 86, 84, 79, 77, 73, 71, 66, 64, 61, 58, 56, 53, 50, 47, 44, 40,
    12,
];
/// So many days ago it was mended.
const MENDED: i64 = 36;
/// What these customers said.
const SAID: [&str; 4] = [
    "There is a fee of $35 on my bill for moving to the smaller plan. Nobody mentioned it.",
    "Your people said the change is free. Then I was charged for it.",
    "I am paying to pay you less? Take the fee off or I leave.",
    "A change fee again. I was told last time that this was a mistake.",
];
/// What else is read in a case now and then.
const ELSE: [&str; 3] = ["price.too_high", "value.not_seen", "support.waiting"];
/// Who works on it, by their place among our people: Mira Kapoor, Dana Okafor and Charlotte Ashby.
const MIRA: usize = 22;
const DANA: usize = 0;
const CHARLOTTE: usize = 15;

/// Adds all of it, unless that was done before the demo was interrupted.
pub(super) async fn find(db: &Db, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let mut tx = super::begin(db).await?;
    let there = sqlx::query_scalar!(r#"select exists (select from problems) as "there!""#).fetch_one(&mut *tx).await?;
    if !there {
        mended_fee(&mut tx, staff, now).await?;
        late_dates(&mut tx, staff, now).await?;
        outage(&mut tx, staff, now).await?;
        sample(&mut tx, staff, now).await?;
        tx.commit().await?;
    }
    problems::answer_all(db).await.map(drop)
}

fn act(tx: &mut Tx, staff: &Staff, who: usize, at: DateTime<Utc>) {
    tx.set_now(at);
    tx.set_actor(Some(staff.users[who]));
}

fn problem(kind: Kind, title: &str, what: &str, reason: &str) -> NewProblem {
    NewProblem {
        kind,
        title: title.to_owned(),
        what: what.to_owned(),
        reason: Some(reason.to_owned()),
        owner: None,
        began_at: None,
        say: String::new(),
    }
}

/// The cases of a reason that came in within a span.
async fn of_reason(
    tx: &mut Tx,
    like: &str,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    only_live: bool,
) -> Result<Vec<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: CaseId"
        from cases
        where reason like $1 and opened_at >= $2 and opened_at < $3 and (stage <> 'closed' or not $4)
        order by opened_at, id
        limit 40
        "#,
        like,
        from,
        until,
        only_live,
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Complaints that came in and were closed before anybody saw that they are one.
async fn complaints(tx: &mut Tx, staff: &Staff, now: DateTime<Utc>) -> Result<Vec<CaseId>> {
    let customers = sqlx::query!(
        r#"
        select distinct on (c.created_at, c.id) c.id as "id: CustomerId", s.id as "subscription: SubscriptionId",
            s.monthly_price_minor as "monthly!", s.currency as "currency: Currency"
        from customers c
        join subscriptions s on s.customer_id = c.id and s.status = 'active' and s.monthly_price_minor > 0
        where c.status = 'active'
        order by c.created_at, c.id, s.id
        limit $1
        "#,
        i64::try_from(FEES.len()).unwrap_or(i64::MAX),
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut cases = Vec::with_capacity(FEES.len());
    for (n, (one, ago)) in customers.into_iter().zip(FEES).enumerate() {
        let opened_at = now - TimeDelta::days(ago) - TimeDelta::minutes(37 * i64::try_from(n % 9).unwrap_or(0));
        let closed_at = opened_at + TimeDelta::days(2);
        let value = Money::new(one.monthly.saturating_mul(12), one.currency);
        let lost = n % 5 == 2;
        act(tx, staff, MIRA, closed_at);
        let case = NewCase {
            customer: one.id,
            kind: CaseKind::Complaint,
            channel: if n % 2 == 0 { Channel::Phone } else { Channel::Email },
            stated_reason: SAID[n % SAID.len()].to_owned(),
            reason: Some("billing.unexpected_fee".to_owned()),
            at_stake: AtStake::Subscription(one.subscription),
            value_at_risk: value,
            priority: Priority::NORMAL,
            leaves_on: None,
            just_cancel: false,
            team: Some(staff.teams[super::super::people::BACK_OFFICE]),
            owner: Some(staff.users[MIRA]),
            source: None,
            external_ref: None,
            source_category: None,
            second_because: None,
        };
        let past = PastCase {
            case,
            outcome: if lost { Outcome::Lost } else { Outcome::SavedWithoutOffer },
            note: if lost { "Left over the fee." } else { "The fee was taken off, with an apology." }.to_owned(),
            kept: if lost { Money::zero(value.currency) } else { value },
            opened_at,
            closed_at,
        };
        cases.push(cases::record_past(tx, &Can::desk(), &Can::desk(), past).await?);
    }
    Ok(cases)
}

/// Found, mended, watched and closed: before and after tell that it held.
async fn mended_fee(tx: &mut Tx, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let cases = complaints(tx, staff, now).await?;
    let ago = |days: i64| now - TimeDelta::days(days);
    let can = Can::desk();
    act(tx, staff, MIRA, ago(52));
    let what = "Customers who move to a smaller plan find a change fee on the next bill. Reps tell them that the change \
        is free, which is what the price list says.";
    let new = problem(Kind::Problem, "Fee for moving to a smaller plan", what, "billing.unexpected_fee");
    let owner = Some(staff.users[MIRA]);
    let one = problems::open(tx, &can, NewProblem { owner, ..new }).await?.id;
    problems::link(tx, &can, one, &cases).await?;
    act(tx, staff, MIRA, ago(50));
    let whys = whys(tx, one).await?;
    let found = problems::change(tx, &can, one, whys).await?;
    problems::add_factor(tx, &can, one, Category::Process, "Price list and billing rules are kept apart".to_owned())
        .await?;
    problems::add_factor(tx, &can, one, Category::People, "Nobody reads bills of changed plans".to_owned()).await?;
    act(tx, staff, MIRA, ago(48));
    let know = "All bills with the fee come from the rule of 2023. Taking it out of a test run takes the fee away.";
    problems::find_cause(tx, &can, found.id, "billing.unexpected_fee", know.to_owned(), false).await?;
    act(tx, staff, DANA, ago(47));
    let fix = "Billing takes the rule out and pays back the fees since May.".to_owned();
    problems::plan_fix(tx, &can, one, fix, ago(MENDED).date_naive()).await?;
    act(tx, staff, MIRA, ago(MENDED) + TimeDelta::hours(1));
    problems::fixed(tx, &can, one, ago(MENDED), Tz::America__New_York).await?;
    problems::watch(tx, &can, one).await?;
    act(tx, staff, MIRA, ago(2));
    let came = "The fee is gone from every bill since, and the complaints with it. 212 customers were paid back.";
    problems::close(tx, &can, one, came.to_owned()).await?;
    Ok(())
}

async fn whys(tx: &mut Tx, problem: ProblemId) -> Result<Details> {
    let details = problems::details(tx, problem).await?;
    let whys = [
        "Billing adds a change fee to every change of a plan",
        "A rule of 2023 says so, and nobody took it out when changes became free",
        "The price list was changed by Marketing, the rules are kept by Billing",
        "Nobody checks that both say the same",
    ];
    Ok(Details { whys: whys.map(ToOwned::to_owned).to_vec(), ..details })
}

/// Its cause is known and the fix is planned.
async fn late_dates(tx: &mut Tx, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let can = Can::desk();
    let cases = of_reason(tx, "delivery.%", now - TimeDelta::days(60), now, false).await?;
    act(tx, staff, CHARLOTTE, now - TimeDelta::days(9));
    let what = "Rings are promised for a day that the workshop does not know of. Customers hear of it a week before \
        the occasion.";
    let new = problem(Kind::Problem, "Ring dates that the workshop does not know", what, "delivery");
    let owner = Some(staff.users[CHARLOTTE]);
    let one = problems::open(tx, &can, NewProblem { owner, ..new }).await?.id;
    problems::link(tx, &can, one, &cases).await?;
    act(tx, staff, CHARLOTTE, now - TimeDelta::days(6));
    let what = "The shop shows the date of the stone, not that of the setting".to_owned();
    problems::add_factor(tx, &can, one, Category::Product, what).await?;
    problems::find_cause(tx, &can, one, "delivery.date_too_far", String::new(), false).await?;
    act(tx, staff, CHARLOTTE, now - TimeDelta::days(5));
    let due = now.date_naive() + Days::new(10);
    let fix = "The shop asks the workshop’s calendar before it shows a date.".to_owned();
    problems::plan_fix(tx, &can, one, fix, due).await?;
    Ok(())
}

/// Something that hit many at once this morning; everybody is told the same.
async fn outage(tx: &mut Tx, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let can = Can::desk();
    let cases = of_reason(tx, "service.%", now - TimeDelta::days(120), now, true).await?;
    act(tx, staff, DANA, now - TimeDelta::minutes(95));
    let say = "Calls in the north-east dropped between 06:10 and 08:40 Eastern. It is mended. Everybody who was hit \
        gets a day’s credit without asking.";
    let new = NewProblem {
        owner: Some(staff.users[DANA]),
        began_at: Some(now - TimeDelta::hours(5)),
        say: say.to_owned(),
        ..problem(Kind::Incident, "Dropped calls in the north-east", "A switch in Albany restarted.", "service.outage")
    };
    let one = problems::open(tx, &can, new).await?.id;
    problems::link(tx, &can, one, &cases).await?;
    act(tx, staff, DANA, now - TimeDelta::minutes(60));
    problems::fixed(tx, &can, one, now - TimeDelta::hours(2), Tz::America__New_York).await?;
    act(tx, staff, DANA, now - TimeDelta::minutes(20));
    if !cases.is_empty() {
        let new = NewAnswer { means: Means::Email, words: say.to_owned(), ends_next_step: false };
        problems::answer_together(tx, &can, one, new).await?;
    }
    Ok(())
}

/// A sample of the last weeks, half of it coded again by the supervisors.
async fn sample(tx: &mut Tx, staff: &Staff, now: DateTime<Utc>) -> Result<()> {
    let zone = Tz::America__New_York;
    let midnight = |day: NaiveDate| wall_clock(zone, day.and_time(NaiveTime::MIN));
    let until_day = now.with_timezone(&zone).date_naive() - Days::new(3);
    let from_day = until_day - Days::new(60);
    let span = (midnight(from_day), midnight(until_day));
    act(tx, staff, DANA, now - TimeDelta::days(2));
    let new = NewSample { from_day, until_day, zone, span, asked: 40, seed: 20_261 };
    let (sample, many) = recoding::draw(tx, &Can::desk(), new).await?;
    let mut dice = Dice::new(20_261);
    let mut last = None;
    for n in 0..many / 2 {
        let who = if n % 2 == 0 { DANA } else { CHARLOTTE };
        let at = now - TimeDelta::days(1) - TimeDelta::minutes(3 * i64::try_from(many - n).unwrap_or(0));
        act(tx, staff, who, at);
        let by = tx.by();
        let Some(case) = recoding::next_for(tx, sample, by, last).await? else { continue };
        let coded = cases::find(tx, case).await?.reason.ok_or_else(|| Error::refused("A closed case has a reason."))?;
        // now and then somebody reads something else in it
        let again = if dice.percent(80) { coded } else { (*dice.pick(&ELSE)).to_owned() };
        recoding::recode(tx, &Can::desk(), sample, case, &again).await?;
        last = Some(case);
    }
    Ok(())
}
