//! The offer builder: what is open to this customer, what the terms come to, how far one may go alone, and who says yes
//! beyond that.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::facts::Facts;
use super::answer::{Answer, Figures, Step, usually};
use super::form::{self, OfferForm};
use super::gauge::{Axis, Gauge, Reach};
use super::ground::Ground;
use super::list::listed;
use crate::auth::{Actor, MakeOffers, Role};
use crate::cases::AtStake;
use crate::catalogue::{OfferType, Shape, Terms};
use crate::customers::{SubjectChoice, SubjectKind};
use crate::desk::Choice;
use crate::economics::Returns;
use crate::error::{FormErrors, Result};
use crate::ids::{CaseId, OfferId};
use crate::limits::ROLES;
use crate::offers::{Checked, Grounds, NewOffer, NewTerms, Offer, Stage};
use crate::web::fresh_key;

/// The card with all that is in it.
pub(in crate::desk::case) struct Builder {
    pub(in crate::desk::case) case: CaseId,
    /// Why nothing is offered here at all.
    pub(in crate::desk::case) barred: Option<&'static str>,
    pub(in crate::desk::case) types: Vec<Choice>,
    /// Types that are not open here, each with why not.
    pub(in crate::desk::case) hidden: Vec<(String, String)>,
    pub(in crate::desk::case) subjects: Vec<Choice>,
    pub(in crate::desk::case) at_stake: AtStake,
    pub(in crate::desk::case) form: OfferForm,
    pub(in crate::desk::case) errors: FormErrors,
    pub(in crate::desk::case) key: Uuid,
    pub(in crate::desk::case) months: Vec<Choice>,
    pub(in crate::desk::case) chosen: Option<Chosen>,
    /// The offer whose terms are changed.
    pub(in crate::desk::case) revising: Option<Revising>,
    /// Another offer for the same thing that has to be settled first.
    pub(in crate::desk::case) active: Option<(OfferId, String)>,
}

/// The offer whose terms are changed.
pub(in crate::desk::case) struct Revising {
    pub(in crate::desk::case) id: OfferId,
    pub(in crate::desk::case) revision: i32,
    pub(in crate::desk::case) summary: String,
    /// A request for its approval is open, and is taken back by a change.
    pub(in crate::desk::case) asked: bool,
}

/// The type that is chosen, and what its terms come to.
pub(in crate::desk::case) struct Chosen {
    pub(in crate::desk::case) of_type: OfferType,
    grounds: Grounds,
    pub(in crate::desk::case) value_label: &'static str,
    pub(in crate::desk::case) what_label: &'static str,
    /// What stands before or after the number.
    pub(in crate::desk::case) sign: String,
    pub(in crate::desk::case) gauge: Option<Gauge>,
    pub(in crate::desk::case) answer: Answer,
    pub(in crate::desk::case) figures: Option<Figures>,
    pub(in crate::desk::case) try_first: Option<(String, String, String)>,
    pub(in crate::desk::case) departments: String,
}

impl Builder {
    /// The builder for a case, with what was typed; none where the one who looks makes no offers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::desk::case) async fn load(
        connection: &mut PgConnection,
        facts: &Facts,
        actor: &Actor,
        form: &OfferForm,
        all: &[Offer],
        ground: &mut Ground,
    ) -> Result<Option<Self>> {
        let Some(me) = actor.id.filter(|_| facts.case.is_live() && actor.may::<MakeOffers>()) else { return Ok(None) };
        let mut builder = Self::empty(facts.case.id, form.clone().looked_at());
        let held = "Offers to this customer are frozen. Make none, and promise none, until that is lifted.";
        let masked = "Offers show account details, which are masked until the customer has authenticated.";
        let barred = facts.no_attempt_because().or(facts.frozen_since.map(|_| held));
        builder.barred = barred.or(facts.masked().then_some(masked));
        if builder.barred.is_some() {
            return Ok(Some(builder));
        }
        let revised = all.iter().find(|offer| Some(offer.id) == builder.form.offer && offer.stage.is_open());
        builder.revise(revised);
        builder.about(facts, &ground.subjects, revised);
        let now = facts.now;
        let without = revised.map(|offer| offer.id);
        let asker = ground.weigh(connection, facts, me, builder.at_stake, without).await?;
        let types = ground.catalogue.current(now);
        let name = |code: &str| types.iter().find(|one| one.code == code).map_or(code, |one| &one.name).to_owned();
        let mut open: Vec<&OfferType> = Vec::new();
        for one in &types {
            let why = one.closed_to(&asker, now, name);
            if why.is_empty() {
                open.push(one);
            } else {
                let why: Vec<String> = why.iter().map(ToString::to_string).collect();
                builder.hidden.push((one.name.clone(), why.join(" ")));
            }
        }
        let chosen = match revised {
            Some(offer) => types.iter().find(|one| one.code == offer.offer_type),
            None => builder.choose(ground, &types, &open),
        };
        builder.types = open.iter().map(|one| Choice::new(&one.code, &one.name)).collect();
        if let Some(of_type) = chosen {
            let grounds = ground.grounds(connection, facts, me, builder.at_stake, without).await?;
            builder.read(ground, grounds, actor, of_type, &open, all);
        }
        Ok(Some(builder))
    }

    /// When the offer pays for itself, as far as that is known.
    fn returns(&self, ground: &Ground, of_type: &OfferType, checked: &Checked) -> Option<Returns> {
        let AtStake::Subscription(id) = self.at_stake else { return None };
        if checked.reckoning.exposure.is_zero() {
            return None;
        }
        let running = ground.economics.as_ref()?.running(id)?;
        Returns::of(checked.reckoning.exposure, running, ground.gains.get(&of_type.code))
    }

    fn empty(case: CaseId, form: OfferForm) -> Self {
        Self {
            case,
            barred: None,
            types: Vec::new(),
            hidden: Vec::new(),
            subjects: Vec::new(),
            at_stake: AtStake::Everything,
            form,
            errors: FormErrors::new(),
            key: fresh_key(),
            months: Vec::new(),
            chosen: None,
            revising: None,
            active: None,
        }
    }

    /// A change of terms begins with those that stand.
    fn revise(&mut self, revised: Option<&Offer>) {
        let Some(offer) = revised else {
            self.form.offer = None;
            return;
        };
        self.revising = Some(Revising {
            id: offer.id,
            revision: offer.revision.number,
            summary: offer.summary(),
            asked: offer.stage == Stage::AwaitingApproval,
        });
        self.form.of_type.clone_from(&offer.offer_type);
        if self.form.seen == 0 && self.form.value.is_empty() && self.form.months.is_none() {
            let terms = offer.revision.terms;
            self.form.value = match terms {
                Terms::Percent { percent, .. } => percent.to_string().trim_end_matches('%').to_owned(),
                Terms::Monthly { amount, .. } | Terms::Once { amount } => amount.plain(),
                Terms::NewPrice { price, .. } => price.plain(),
                Terms::Months { .. } => String::new(),
            };
            self.form.months = Some(terms.months().map(|months| months.to_string()).unwrap_or_default());
            self.form.what.clone_from(&offer.revision.what);
        }
        self.form.seen = offer.revision.number;
    }

    /// What it is about: what was chosen, what the case is about, or the only subscription that runs.
    fn about(&mut self, facts: &Facts, choices: &[SubjectChoice], revised: Option<&Offer>) {
        let known = |at_stake: &AtStake| {
            *at_stake == AtStake::Everything || choices.iter().any(|one| one.value() == at_stake.to_string())
        };
        let typed = self.form.at_stake.as_deref().and_then(AtStake::from_text).filter(known);
        let of_case = Some(facts.case.at_stake).filter(|at_stake| *at_stake != AtStake::Everything);
        let mut subscriptions = choices.iter().filter(|one| one.kind == SubjectKind::Subscription);
        let only = match (subscriptions.next(), subscriptions.next()) {
            (Some(only), None) => AtStake::from_text(&only.value()),
            _ => None,
        };
        let of_offer = revised.map(|offer| offer.at_stake);
        self.at_stake = of_offer.or(typed).or(of_case).or(only).unwrap_or_default();
        self.subjects = choices.iter().map(|one| Choice::new(one.value(), &one.label)).collect();
        self.subjects.push(Choice::new("", "The whole relation"));
    }

    /// What was chosen, what this person offered last, or the cheapest that is open.
    fn choose<'a>(&self, ground: &Ground, types: &'a [OfferType], open: &[&'a OfferType]) -> Option<&'a OfferType> {
        if !self.form.of_type.is_empty() {
            return types.iter().find(|one| one.code == self.form.of_type);
        }
        let last = open.iter().find(|one| Some(&one.code) == ground.last.as_ref());
        last.or(open.first()).copied()
    }

    /// What the chosen type and the terms come to.
    fn read(
        &mut self,
        ground: &Ground,
        grounds: Grounds,
        actor: &Actor,
        of_type: &OfferType,
        open: &[&OfferType],
        all: &[Offer],
    ) {
        let without = self.revising.as_ref().map(|revising| revising.id);
        self.form.of_type.clone_from(&of_type.code);
        if !self.types.iter().any(|choice| choice.value == of_type.code) {
            self.types.insert(0, Choice::new(&of_type.code, &of_type.name));
        }
        self.choose_months(of_type, &grounds, &actor.roles);
        let kind = of_type.kind;
        let terms = self.form.figures(kind, &grounds.subject);
        let months = if kind.shape() == Shape::Months { None } else { self.form.months() };
        let axis = Axis::new(kind.shape(), months, &grounds);
        let reach = Reach::of(&axis, &grounds, &actor.roles, of_type);
        let checked = terms.as_ref().and_then(|terms| grounds.check(&actor.roles, of_type, terms).ok());
        let is_open = open.iter().any(|one| one.code == of_type.code);
        let mut answer = match (is_open, &checked, &terms) {
            (false, ..) => Answer::closed(&self.hidden, of_type),
            (true, Some(checked), Some(terms)) => {
                Answer::of(checked, terms, &axis, &reach, &grounds, &actor.roles, of_type)
            }
            _ => Answer::unknown(&axis, &reach),
        };
        if let Step::Ask(role) = answer.step {
            answer.usually = ground.times.get(&role).map(|time| usually(role, *time)).unwrap_or_default();
            if of_type.approvers > 1 {
                answer.say = format!("{} It takes {} people to say yes.", answer.say, of_type.approvers);
            }
        }
        let cheaper = |one: &&&OfferType| {
            one.lever_position < of_type.lever_position && !all.iter().any(|offer| offer.offer_type == one.code)
        };
        let try_first = if self.revising.is_some() { None } else { open.iter().find(cheaper) };
        self.active = all
            .iter()
            .filter(|offer| matches!(offer.stage, Stage::AwaitingApproval | Stage::Ready | Stage::Presented))
            .find(|offer| offer.at_stake == self.at_stake && Some(offer.id) != without)
            .map(|offer| (offer.id, offer.summary()));
        let figures = checked
            .as_ref()
            .map(|checked| Figures::of(checked, of_type, &grounds, self.returns(ground, of_type, checked)));
        self.chosen = Some(Chosen {
            value_label: form::named(kind),
            what_label: form::asks(kind).unwrap_or_default(),
            sign: match kind.shape() {
                Shape::Percent => "%".to_owned(),
                _ => super::super::sign(grounds.subject.price),
            },
            gauge: Gauge::draw(&axis, &reach, terms.as_ref().map(|terms| axis.place(terms))),
            figures,
            answer,
            try_first: try_first.map(|one| (one.code.clone(), one.name.clone(), one.guidance.clone())),
            departments: listed(&of_type.departments.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>()),
            of_type: of_type.clone(),
            grounds,
        });
    }

    /// The months to choose from; at first as many as one may give alone, a year at most.
    fn choose_months(&mut self, of_type: &OfferType, grounds: &Grounds, roles: &[Role]) {
        let shape = of_type.kind.shape();
        let has_months = match shape {
            Shape::Percent => !grounds.subject.is_order,
            Shape::Monthly | Shape::Months | Shape::NewPrice => true,
            Shape::Once => false,
        };
        if !has_months {
            self.form.months = None;
            return;
        }
        let cap = |role: &Role| grounds.limits.cell(*role, &of_type.code).and_then(|cell| cell.max_months);
        if self.form.months.is_none() {
            let own = ROLES.iter().filter(|role| roles.contains(role)).filter_map(cap).max();
            self.form.months = Some(match shape {
                Shape::NewPrice => String::new(),
                Shape::Months => "1".to_owned(),
                Shape::Percent | Shape::Monthly | Shape::Once => own.unwrap_or(12).clamp(1, 12).to_string(),
            });
        }
        let all = form::terms(shape, ROLES.iter().filter_map(cap), self.form.months());
        let words = |months: u16| if months == 1 { "1 month".to_owned() } else { format!("{months} months") };
        self.months = all.into_iter().map(|months| Choice::new(months.to_string(), words(months))).collect();
        if shape == Shape::NewPrice {
            self.months.insert(0, Choice::new("", "For good"));
        }
    }

    /// What was typed, as a new offer, or what is wrong with it.
    pub(in crate::desk::case) fn parse(&self) -> std::result::Result<NewOffer, FormErrors> {
        let Some(chosen) = &self.chosen else { return Err(FormErrors::of("type", "Choose an offer type.")) };
        let mut parsed = self.form.parse(chosen.of_type.kind, &chosen.grounds.subject);
        if self.form.then == "ask" {
            let words = self.form.words.trim();
            let wrong = match words.chars().count() {
                0 => Some("Write why this customer is worth it. The approver reads it first."),
                1..=2000 => None,
                _ => Some("Use at most 2,000 characters."),
            };
            if let Some(wrong) = wrong {
                let mut errors = parsed.err().unwrap_or_default();
                errors.add("words", wrong);
                parsed = Err(errors);
            }
        }
        let terms: NewTerms = parsed?;
        Ok(NewOffer { at_stake: self.at_stake, offer_type: chosen.of_type.code.clone(), terms })
    }

    pub(in crate::desk::case) fn at_stake_text(&self) -> String {
        self.at_stake.to_string()
    }

    /// What it is about, in words.
    pub(in crate::desk::case) fn subject(&self) -> &str {
        let at_stake = self.at_stake.to_string();
        self.subjects.iter().find(|choice| choice.value == at_stake).map_or("", |choice| &choice.label)
    }

    pub(in crate::desk::case) fn months_text(&self) -> &str {
        self.form.months.as_deref().unwrap_or_default()
    }

    /// Whether the months are all there is to say.
    pub(in crate::desk::case) fn only_months(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.value_label.is_empty())
    }

    /// The address of the builder as it is, but for words.
    pub(in crate::desk::case) fn here(&self) -> String {
        let at = format!("/cases/{}/offer", self.case);
        match &self.revising {
            Some(revising) => format!("{at}?offer={}", revising.id),
            None if self.form.of_type.is_empty() => at,
            None => format!("{at}?type={}&at_stake={}", self.form.of_type, self.at_stake),
        }
    }

    /// Where the form is sent.
    pub(in crate::desk::case) fn action(&self) -> String {
        match &self.revising {
            Some(revising) => format!("/offers/{}/revisions", revising.id),
            None => format!("/cases/{}/offers", self.case),
        }
    }

    /// The type cannot be changed once there is an offer of it.
    pub(in crate::desk::case) fn is_new(&self) -> bool {
        self.revising.is_none()
    }
}
