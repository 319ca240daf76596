//! What regulators, bureaus and reviews brought: those of the plan's cases, answered on the way, and a few that stand in
//! every state there is. By the actions that pages use, each at its moment.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, Days, TimeDelta, Utc};

use super::super::cases::Case;
use super::super::people::{PEOPLE, Who};
use super::super::plan::Plan;
use super::{Held, Staff};
use crate::auth::{Actor, Can, Role, SignComplaints};
use crate::calendar::Due;
use crate::cases::{AtStake, Channel, Kind, NewCase, Outcome, Priority};
use crate::complaints::{
    self, Complainant, Complaint, Details, Finding, How, Letter, NewAction, NewAllegation, Sending, SentHow, Template,
};
use crate::customers::{self, NewContact, NewCustomer};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::follow_ups::{self, NewFollowUp};
use crate::ids::{CaseId, ComplaintId, CustomerId};
use crate::money::{Currency, Money};

/// On which terms complaints of a source are answered here.
async fn terms(tx: &mut Tx, source: Channel) -> anyhow::Result<Template> {
    let all = complaints::templates(tx).await?;
    let named = all.iter().find(|one| one.source == source && one.code == "bbb_14");
    named.or_else(|| complaints::only(&all, source)).cloned().context("a source has no terms")
}

/// Takes in a case of the plan that came as a complaint; gives when its answer is thought of.
pub(super) async fn take_in(tx: &mut Tx, new: NewCase, case: &Case) -> anyhow::Result<(CaseId, DateTime<Utc>)> {
    let template = terms(tx, case.channel).await?;
    let days = u64::try_from(case.serial % 3).unwrap_or_default();
    let received_on = case.opened_at.with_timezone(&template.zone).date_naive() - Days::new(days);
    let due = template.due(1, received_on).at;
    let letter = case.channel.label().chars().next().unwrap_or('C');
    let details = Details {
        external_ref: Some(format!("{letter}{}", 48_100 + case.serial)),
        received_on,
        public: template.public,
        complainant: Complainant::default(),
        template,
    };
    let taken_in = complaints::take_in(tx, &Can::desk(), new, details).await?;
    anyhow::ensure!(!taken_in.joined, "{} is live for the same thing", taken_in.case);
    Ok((taken_in.case, case.opened_at + (due - case.opened_at) * 3 / 5))
}

/// Answers what is still owed in a case, or ends it where the case ends as a repetition.
pub(super) async fn settle(
    tx: &mut Tx,
    case: CaseId,
    staff: &Staff,
    author: Who,
    outcome: Option<Outcome>,
) -> anyhow::Result<()> {
    for complaint in complaints::of_case(tx, case).await?.into_iter().filter(|one| one.stage.owes()) {
        if outcome == Some(Outcome::Duplicate) {
            complaints::close(tx, &Can::desk(), complaint.id, How::Duplicate, "It is answered with the other.").await?;
        } else {
            write(tx, complaint.id, staff, author).await?;
            sign(tx, complaint.id, staff, author).await?;
            send(tx, complaint.id).await?;
        }
    }
    Ok(())
}

/// Somebody who did not write, and may sign off.
fn reviewer(author: Who) -> Who {
    let signs = |who: &Who| PEOPLE[*who].roles.contains(&Role::Supervisor) && *who != author;
    let same_team = |who: &Who| PEOPLE[*who].team == PEOPLE[author].team;
    let all = || (0..PEOPLE.len()).filter(signs);
    all().find(same_team).or_else(|| all().next()).unwrap_or_default()
}

/// Lists what they say, answers it, and says what was done.
async fn write(tx: &mut Tx, id: ComplaintId, staff: &Staff, author: Who) -> Result<()> {
    tx.set_actor(Some(staff.users[author]));
    let can = Can::desk();
    let complaint = complaints::find(tx, id).await?;
    let words = complaint.current().map(|round| round.words.clone()).unwrap_or_default();
    let said = NewAllegation {
        words: words.chars().take(600).collect(),
        finding: Some(Finding::Partly),
        answer:
            "We read the account and the notes of the calls. What was said on the phone was not done in time; what \
                 was billed is as the contract says."
                .to_owned(),
    };
    complaints::add_allegation(tx, &can, id, said).await?;
    let heard = NewAllegation {
        words: "Nobody called back.".to_owned(),
        finding: Some(Finding::Upheld),
        answer: "That is so. Their case has one person now, who has called.".to_owned(),
    };
    complaints::add_allegation(tx, &can, id, heard).await?;
    let done = NewAction {
        what: "Called the customer, and put right what was not done".to_owned(),
        done_on: Some(tx.now().date_naive()),
        stands: None,
    };
    complaints::add_action(tx, &can, id, done).await?;
    let letter = Letter {
        opening: "We looked into each point of this complaint.".to_owned(),
        closing: "We are sorry for the trouble. Whoever signs this letter answers for it.".to_owned(),
        public_words: if complaint.template.public {
            "We are sorry about this. We looked into it, have spoken to you, and put right what was ours.".to_owned()
        } else {
            String::new()
        },
    };
    complaints::write_letter(tx, &can, id, &Letter::default(), &letter).await?;
    complaints::ask_review(tx, &can, id, Some(staff.users[reviewer(author)])).await?;
    Ok(())
}

async fn sign(tx: &mut Tx, id: ComplaintId, staff: &Staff, author: Who) -> Result<()> {
    let who = reviewer(author);
    let user = staff.users[who];
    let actor = Actor { id: Some(user), name: PEOPLE[who].name.to_owned(), ..Actor::desk() };
    let can: Can<SignComplaints> = Arc::new(actor).can()?;
    tx.set_actor(Some(user));
    let revision = complaints::find(tx, id).await?.revision;
    complaints::sign_off(tx, &can, id, revision).await?;
    tx.set_actor(Some(staff.users[author]));
    Ok(())
}

async fn send(tx: &mut Tx, id: ComplaintId) -> Result<Complaint> {
    let how = if complaints::find(tx, id).await?.template.public { SentHow::Posted } else { SentHow::Portal };
    let evidence = "The receipt is with the letter.".to_owned();
    complaints::send(tx, &Can::desk(), id, Sending { how, evidence, files: Vec::new() }).await
}

/// A complaint beside those of the plan.
struct Told {
    source: Channel,
    number: &'static str,
    /// So many days before now.
    received: i64,
    words: &'static str,
    author: Who,
    then: Then,
}

/// What became of it.
enum Then {
    /// Nobody has written yet, and whoever complained is unknown.
    Unknown { name: &'static str, place: &'static str },
    /// It waits for a sign-off.
    InReview,
    /// It was sent, and they came back to it so many days ago.
    Rebutted { days: i64 },
    /// It was extended, and is being written.
    Extended,
    /// It was sent.
    Sent,
}

const TOLD: [Told; 6] = [
    Told {
        source: Channel::Fcc,
        number: "4810417",
        received: 27,
        words: "I was told three times that the number would be ported on the 4th. It was not, my practice had no phone \
                for two days, and the bill for the month came in full.",
        author: 1,
        then: Then::InReview,
    },
    Told {
        source: Channel::Fcc,
        number: "4811902",
        received: 6,
        words: "They keep billing a line I gave up in spring. I have called four times and get a new reference each time.",
        author: 2,
        then: Then::Unknown { name: "M. Treadwell", place: "Abingdon, Maryland" },
    },
    Told {
        source: Channel::Bbb,
        number: "20381544",
        received: 21,
        words: "The salesman promised a price for two years. After six months it went up by a third, and nobody wants to \
                know of the promise.",
        author: 3,
        then: Then::Rebutted { days: 3 },
    },
    Told {
        source: Channel::DataProtection,
        number: "DP-2291",
        received: 19,
        words: "Send me everything you hold of me, and delete the recordings of my calls.",
        author: 16,
        then: Then::Extended,
    },
    Told {
        source: Channel::StateAttorney,
        number: "AG-26-1183",
        received: 24,
        words: "They charged me 240 for leaving although the contract had ended.",
        author: 9,
        then: Then::Sent,
    },
    Told {
        source: Channel::Executive,
        number: "CEO-77",
        received: 2,
        words: "I write to you because nobody below you answers. The ring came in the wrong size a second time.",
        author: 17,
        then: Then::InReview,
    },
];

/// Writes them, for customers who have no case; what is there already is passed over.
pub(super) async fn some(db: &Db, plan: &Plan, held: &[Held], staff: &Staff, now: DateTime<Utc>) -> anyhow::Result<()> {
    let busy = |n: &usize| plan.cases.iter().any(|case| case.customer == *n);
    let mut free = (0..held.len()).filter(|n| !busy(n));
    for told in &TOLD {
        let mut tx = super::begin(db).await?;
        let customer = free.next().map(|n| held[n].id).context("everybody has a case")?;
        if complaints::find_by_ref(&mut tx, told.source, told.number).await?.is_none() {
            tell(&mut tx, told, customer, staff, now).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn tell(tx: &mut Tx, told: &Told, customer: CustomerId, staff: &Staff, now: DateTime<Utc>) -> anyhow::Result<()> {
    let template = terms(tx, told.source).await?;
    let began = now - TimeDelta::days(told.received) + TimeDelta::hours(1);
    tx.set_now(began);
    tx.set_actor(Some(staff.users[told.author]));
    let (customer, complainant) = match told.then {
        Then::Unknown { name, place } => {
            let new = NewCustomer { name: name.to_owned(), identified: false, ..NewCustomer::default() };
            let stands = customers::add(tx, &Can::desk(), new).await?;
            let contact = NewContact { name: name.to_owned(), ..NewContact::default() };
            customers::add_contact(tx, &Can::desk(), stands, contact).await?;
            let who = Complainant { name: name.to_owned(), place: place.to_owned(), ..Complainant::default() };
            (stands, who)
        }
        _ => (customer, Complainant::default()),
    };
    let details = Details {
        external_ref: Some(told.number.to_owned()),
        received_on: began.with_timezone(&template.zone).date_naive(),
        public: template.public,
        complainant,
        template,
    };
    let new = NewCase {
        customer,
        kind: Kind::Complaint,
        channel: told.source,
        stated_reason: told.words.to_owned(),
        reason: None,
        at_stake: AtStake::Everything,
        value_at_risk: Money::zero(Currency::USD),
        priority: Priority::URGENT,
        leaves_on: None,
        just_cancel: false,
        team: PEOPLE[told.author].team.map(|team| staff.teams[team]),
        owner: Some(staff.users[told.author]),
        source: None,
        external_ref: None,
        source_category: None,
        second_because: None,
    };
    let id = complaints::take_in(tx, &Can::desk(), new, details).await?.complaint;
    becomes(tx, id, told, staff, now).await
}

async fn becomes(tx: &mut Tx, id: ComplaintId, told: &Told, staff: &Staff, now: DateTime<Utc>) -> anyhow::Result<()> {
    let can = Can::desk();
    let third = tx.now() + (now - tx.now()) / 3;
    match told.then {
        Then::Unknown { .. } => {}
        Then::InReview => {
            tx.set_now(now - TimeDelta::hours(5));
            write(tx, id, staff, told.author).await?;
        }
        Then::Extended => {
            tx.set_now(third);
            let why = "The recordings lie with a supplier, who needs until the end of next month.";
            complaints::extend(tx, &can, id, why).await?;
        }
        Then::Sent | Then::Rebutted { .. } => {
            tx.set_now(third);
            write(tx, id, staff, told.author).await?;
            tx.set_now(third + TimeDelta::hours(20));
            sign(tx, id, staff, told.author).await?;
            tx.set_now(third + TimeDelta::hours(22));
            let sent = send(tx, id).await?;
            let due = Due { at: now + TimeDelta::days(2), because: "noted for oneself".to_owned() };
            let ask = NewFollowUp::new(sent.case, follow_ups::Kind::Reminder, "Ask whether the answer settled it", due);
            follow_ups::make(tx, NewFollowUp { owner: Some(staff.users[told.author]), ..ask }).await?;
        }
    }
    if let Then::Rebutted { days } = told.then {
        tx.set_now(now - TimeDelta::days(days) + TimeDelta::hours(2));
        // the day it is for whoever receives it: in the evening in America it is tomorrow elsewhere
        let zone = terms(tx, told.source).await?.zone;
        let received = tx.now().with_timezone(&zone).date_naive();
        let words =
            "That is no answer. Your letter says what the contract says; my complaint is what your man promised.";
        complaints::rebut(tx, &can, id, received, words).await?;
    }
    Ok(())
}
