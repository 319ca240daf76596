use chrono::TimeZone as _;

use super::*;
use crate::catalogue::Kind;
use crate::money::Currency;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn at(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 10, 42, 0).unwrap()
}

fn offer(kind: Kind, terms: Terms) -> Offer {
    let by = UserId::new();
    Offer {
        id: OfferId::new(),
        number: 50_001,
        case: CaseId::new(),
        customer: CustomerId::new(),
        at_stake: AtStake::Everything,
        offer_type: kind.name().to_owned(),
        kind,
        stage: Stage::Draft,
        revision: Revision {
            number: 2,
            version: OfferTypeVersionId::new(),
            name: kind.label().to_owned(),
            terms,
            what: String::new(),
            at: at(19),
            by,
            by_name: String::new(),
            counter: false,
            price: usd(231_000),
            given: usd(0),
            exposure: usd(0),
            margin: None,
        },
        presented: None,
        made_at: at(19),
        made_by: by,
        made_by_name: String::new(),
        ended_at: None,
        objection: None,
        ended_because: None,
        version: 1,
    }
}

fn discount() -> Offer {
    offer(Kind::PercentDiscount, Terms::Percent { percent: Percent::whole(20), months: Some(12) })
}

#[test]
fn r9_terms_that_were_not_seen_are_not_decided() {
    assert_eq!(discount().require_seen(2), Ok(()));
    assert_eq!(discount().require_seen(1), Err(Refusal::Revised));
}

#[test]
fn r11_an_offer_is_answered_before_it_expires() {
    let mut offer = discount();
    assert_eq!(offer.require_answerable(at(20)), Err(Refusal::NotPresented));
    offer.stage = Stage::Presented;
    offer.presented = Some(Presented { at: at(19), open_until: at(26) });
    assert_eq!(offer.require_answerable(at(25)), Ok(()));
    assert!(matches!(offer.require_answerable(at(26)), Err(Refusal::Expired(_))));
    offer.stage = Stage::Accepted;
    assert_eq!(offer.require_answerable(at(20)).unwrap_err().to_string(), "This offer is accepted already.");
}

#[test]
fn terms_are_frozen_while_approval_is_asked() {
    let mut offer = discount();
    offer.stage = Stage::AwaitingApproval;
    assert_eq!(offer.require_revisable(), Err(Refusal::Frozen));
    assert_eq!(offer.require_presentable(), Err(Refusal::Frozen));
}

#[test]
fn an_offer_says_what_it_is() {
    assert_eq!(discount().code(), "OF-50001");
    assert_eq!(discount().summary(), "20% for 12 months");
    assert_eq!(offer(Kind::FreePeriod, Terms::Months { months: 1 }).summary(), "1 free month");
    assert_eq!(offer(Kind::Credit, Terms::Once { amount: usd(14_820) }).summary(), "$148.20 credit");
    let mut plan = offer(Kind::PlanChange, Terms::NewPrice { price: usd(209_000), months: None });
    plan.revision.what = "38 seats".to_owned();
    assert_eq!(plan.summary(), "$2,090.00 a month: 38 seats");
}

#[test]
fn a_confirmation_states_the_price_now_until_when_and_after() {
    assert_eq!(
        discount().confirmation(at(19)),
        "You pay $1,848.00 a month instead of $2,310.00 until Fri 19 Nov 2027. From then on it is $2,310.00 a month again."
    );
    let plan = offer(Kind::PlanChange, Terms::NewPrice { price: usd(209_000), months: None });
    assert_eq!(plan.confirmation(at(19)), "You pay $2,090.00 a month instead of $2,310.00, from the next invoice on.");
}
