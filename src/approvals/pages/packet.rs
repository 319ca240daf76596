//! One request with all it takes to decide it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::economics::{self, Choice};
use super::super::store::{self, About};
use super::super::{Approval, Stage};
use super::list::{Seen, Summaries, tone};
use super::{any_of, first_name};
use crate::auth::Role;
use crate::calendar;
use crate::catalogue::{self, OfferType, Subject, Terms};
use crate::error::{Error, Result};
use crate::ids::{ApprovalId, CaseId};
use crate::interactions;
use crate::limits::{self, Asked, Limits, ROLES};
use crate::money::Money;
use crate::offers::{self, Offer};
use crate::web::{Due, fresh_key};

/// Entries of the case's log that are shown.
const LOG: i64 = 5;

/// What the page shows of a request.
pub(super) struct Packet {
    pub(super) id: ApprovalId,
    pub(super) case: CaseId,
    pub(super) once: Uuid,
    /// The revision on screen: only these terms are decided (R9).
    pub(super) seen: i32,
    pub(super) title: String,
    /// The terms in a word: `20%`.
    pub(super) short: String,
    pub(super) open: bool,
    pub(super) tone: &'static str,
    pub(super) stage: String,
    pub(super) customer: String,
    pub(super) code: String,
    pub(super) asked_by: String,
    pub(super) first_name: String,
    pub(super) asked_at: String,
    pub(super) because: String,
    pub(super) words: String,
    pub(super) at_risk: String,
    pub(super) total: String,
    pub(super) due: Due,
    pub(super) choices: Vec<Choice>,
    /// Which of them was asked for.
    pub(super) asked: usize,
    pub(super) is_order: bool,
    pub(super) costs_known: bool,
    pub(super) checks: Vec<Check>,
    pub(super) past: Vec<Past>,
    pub(super) requests: String,
    pub(super) requests_sub: String,
    pub(super) like: Vec<Past>,
    pub(super) log: Vec<Entry>,
    pub(super) messages: Vec<Said>,
    pub(super) decisions: Vec<Said>,
    /// "1 of 2 approved"; empty when one is enough.
    pub(super) progress: String,
    /// Why the viewer does not decide it; empty when they do.
    pub(super) not_yours: String,
    /// In whose place they may: id and words, the first one chosen.
    pub(super) places: Vec<(String, String)>,
    pub(super) second_discount: bool,
    pub(super) counter: Vec<CounterField>,
}

/// One line of the policy check.
pub(super) struct Check {
    pub(super) tone: &'static str,
    pub(super) icon: &'static str,
    pub(super) what: String,
    pub(super) sub: String,
}

/// Something that was offered or decided before.
pub(super) struct Past {
    pub(super) href: String,
    pub(super) what: String,
    pub(super) tone: &'static str,
    pub(super) end: String,
    pub(super) sub: String,
}

/// An entry of the case's log.
pub(super) struct Entry {
    pub(super) what: String,
    pub(super) sub: String,
    pub(super) words: String,
}

/// What somebody said of the request.
pub(super) struct Said {
    pub(super) who: String,
    pub(super) what: String,
    pub(super) at: String,
    pub(super) words: String,
}

/// A field of the counter.
pub(super) struct CounterField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    /// In the field, behind the number or before it.
    pub(super) unit: String,
    pub(super) before: bool,
    /// After the field.
    pub(super) after: &'static str,
}

/// Terms that somebody tries out as a counter.
pub(super) type Tried = Option<Terms>;

/// What a request is about, as far as money and limits go.
pub(super) struct Facts {
    pub(super) approval: Approval,
    pub(super) offer: Offer,
    of_type: OfferType,
    subject: Subject,
    about: About,
    limits: Limits,
    asked: Asked,
}

impl Facts {
    pub(super) async fn load(connection: &mut PgConnection, approval: ApprovalId, at: DateTime<Utc>) -> Result<Self> {
        let approval = super::super::find(connection, approval).await?;
        let offers = offers::with_revisions(connection, &[approval.offer]).await?;
        let offer = offers.into_iter().find(|offer| offer.revision.number == approval.revision);
        let offer = offer.ok_or(Error::NotFound)?;
        let of_type = catalogue::find_version(connection, offer.revision.version).await?;
        let subject = offers::subject_of(connection, approval.customer, offer.at_stake).await?;
        // what was asked was reckoned with the price of then
        let subject = Subject { price: offer.revision.price, ..subject };
        let about = store::about(connection, approval.case).await?;
        let currency = approval.exposure.currency;
        let limits = limits::of(connection, about.tier, currency, at).await?;
        let before = if approval.stage.is_open() {
            limits::concessions_to(connection, approval.customer, currency, at, Some(offer.id)).await?
        } else {
            approval.customer_total.minus(approval.exposure).unwrap_or(Money::zero(currency))
        };
        let asked = Asked {
            offer_type: offer.offer_type.clone(),
            percent: offer.revision.terms.percent(),
            months: offer.revision.terms.months(),
            exposure: approval.exposure,
            margin: offer.revision.margin,
            customer_before: before,
            week_before: Money::zero(currency),
        };
        Ok(Self { approval, offer, of_type, subject, about, limits, asked })
    }

    /// What the requester could have given alone, nearest to what they ask for.
    async fn at_their_limit(&self, connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Option<Terms>> {
        let by = self.approval.asked_by;
        let roles = store::roles_of(connection, by).await?;
        let Some(cell) = self.furthest(&roles) else { return Ok(None) };
        let currency = self.limits.currency;
        let week = limits::concessions_by(connection, by, currency, at, Some(self.offer.id)).await?;
        let room = economics::room(&self.limits, cell.role, self.asked.customer_before, week);
        let terms = &self.offer.revision.terms;
        Ok(economics::within(terms, self.of_type.kind, &self.subject, self.of_type.cost_share, cell, Some(room)))
    }

    fn furthest(&self, roles: &[Role]) -> Option<&limits::Cell> {
        let mut mine = ROLES.iter().rev().filter(|role| roles.contains(role));
        mine.find_map(|role| self.limits.cell(*role, &self.asked.offer_type))
    }

    fn choice(&self, heading: String, terms: &Terms) -> Option<Choice> {
        Choice::of(heading, terms, self.of_type.kind, &self.subject, self.of_type.cost_share)
    }

    /// Today, at the requester's limit, as asked, and what is tried as a counter.
    fn choices(&self, limit: Option<&Terms>, tried: Option<&Terms>) -> (Vec<Choice>, usize) {
        let terms = &self.offer.revision.terms;
        let mut choices = vec![Choice::today(&self.subject)];
        let head = |terms: &Terms, whose: &str| format!("{}, {whose}", economics::short(terms));
        choices.extend(limit.and_then(|limit| self.choice(head(limit, "their limit"), limit)));
        let asked = choices.len();
        choices.extend(self.choice(head(terms, "asked"), terms));
        let tried = tried.filter(|tried| Some(*tried) != limit && *tried != terms);
        choices.extend(tried.and_then(|tried| self.choice(head(tried, "your counter"), tried)));
        (choices, asked)
    }
}

impl Packet {
    /// Reads all of it.
    ///
    /// # Errors
    /// `NotFound` when there is no such request.
    pub(super) async fn load(
        connection: &mut PgConnection,
        approval: ApprovalId,
        seen: Seen,
        tried: Tried,
    ) -> Result<Self> {
        let facts = Facts::load(connection, approval, seen.now).await?;
        let Facts { approval, offer, about, .. } = &facts;
        let moment = |at| calendar::moment(at, seen.zone, seen.now);
        let limit = facts.at_their_limit(connection, seen.now).await?;
        let (choices, asked) = facts.choices(limit.as_ref(), tried.as_ref());
        let standing = store::standing(connection, approval.id, seen.me, seen.now).await?;
        let places = store::on_behalf(connection, approval.id, seen.me, seen.now).await?;
        let second = store::gave_discount(connection, approval, seen.now).await?;
        let decisions = store::decisions(connection, approval.id).await?;
        let deciders = store::deciders(connection, approval.id, seen.now).await?;
        let acting = match places.first() {
            Some(Some((absent, _))) => *absent,
            _ => seen.me,
        };
        let roles = store::roles_of(connection, acting).await?;
        let requester = store::requester(connection, approval, seen.now).await?;
        let conceded = store::conceded(connection, approval, seen.now).await?;
        let like = store::like(connection, approval).await?;
        let ids: Vec<_> = conceded.iter().map(|one| one.offer).chain(like.iter().map(|one| one.offer)).collect();
        let summaries = Summaries::load(connection, &ids).await?;
        let log = interactions::of_case(connection, approval.case, None, LOG).await?;
        let messages = store::messages(connection, approval.id).await?;
        let first_name = first_name(&approval.asked_by_name).to_owned();
        let approved = decisions.iter().filter(|one| one.decision != Stage::Declined).count();
        Ok(Self {
            id: approval.id,
            case: approval.case,
            once: fresh_key(),
            seen: approval.revision,
            title: offer.summary(),
            short: economics::short(&offer.revision.terms),
            open: approval.stage.is_open(),
            tone: tone(approval.stage),
            stage: match approval.stage {
                Stage::Pending if standing.decides => "Waiting for you".to_owned(),
                stage => stage.label().to_owned(),
            },
            customer: about.customer.clone(),
            code: format!("SD-{}", about.number),
            asked_at: moment(approval.asked_at),
            because: approval.because.clone(),
            words: approval.words.clone(),
            at_risk: about.at_risk.short(),
            total: with(&facts).short(),
            due: Due::new(approval.due_at, approval.asked_at, &approval.due_because, seen.zone, seen.now),
            is_order: facts.subject.is_order,
            costs_known: facts.subject.costs.is_some(),
            checks: checks(&facts, standing, &roles, second),
            past: conceded
                .into_iter()
                .map(|one| Past {
                    href: format!("/cases/{}", one.case),
                    what: summaries.of(one.offer, one.revision),
                    tone: one.stage.tone(),
                    end: one.stage.label().to_owned(),
                    sub: match one.own {
                        true => format!("{}. Cost {}", calendar::day(one.at, seen.zone, seen.now), one.cost),
                        false => format!(
                            "{}, linked account, {}. Cost {}",
                            one.customer,
                            calendar::day(one.at, seen.zone, seen.now),
                            one.cost
                        ),
                    },
                })
                .collect(),
            requests: format!(
                "{first_name}: {} in 90 days, {} approved, {} declined",
                counted(requester.asked, "request"),
                requester.approved,
                requester.declined
            ),
            requests_sub: match requester.approved {
                0 => String::new(),
                approved => format!("{} of the {approved} approved were accepted by the customer", requester.accepted),
            },
            like: like
                .into_iter()
                .map(|one| Past {
                    href: format!("/approvals/{}", one.id),
                    what: format!("{}, {}", summaries.of(one.offer, one.revision), one.customer),
                    tone: tone(one.stage),
                    end: one.stage.label().to_owned(),
                    sub: format!(
                        "{}. Asked cost {}. {}",
                        calendar::day(one.ended_at, seen.zone, seen.now),
                        one.cost,
                        turned_out(one.answer, one.outcome)
                    ),
                })
                .collect(),
            log: log.into_iter().map(|entry| logged(entry, moment)).collect(),
            messages: messages
                .into_iter()
                .map(|one| Said {
                    who: one.by_name,
                    what: if one.question { "asked" } else { "answered" }.to_owned(),
                    at: moment(one.at),
                    words: one.body,
                })
                .collect(),
            progress: match approval.approvers {
                ..=1 => String::new(),
                approvers => format!("{approved} of {approvers} approved"),
            },
            not_yours: not_yours(approval, standing, &deciders),
            decisions: decisions
                .into_iter()
                .map(|one| Said {
                    what: match &one.on_behalf_of {
                        Some(absent) => format!("{} it in {absent}’s place", did(one.decision)),
                        None => format!("{} it", did(one.decision)),
                    },
                    who: one.by_name,
                    at: moment(one.at),
                    words: one.reason,
                })
                .collect(),
            places: places
                .into_iter()
                .map(|place| match place {
                    Some((id, name)) => (id.to_string(), format!("In {name}’s place, who is away")),
                    None => (String::new(), "In my own name".to_owned()),
                })
                .collect(),
            second_discount: second,
            counter: counter_fields(&facts, tried.or(limit)),
            asked_by: approval.asked_by_name.clone(),
            first_name,
            choices,
            asked,
        })
    }
}

/// All concessions in twelve months, this one included.
fn with(facts: &Facts) -> Money {
    facts.asked.exposure.plus(facts.asked.customer_before).unwrap_or(facts.asked.exposure)
}

fn did(stage: Stage) -> &'static str {
    match stage {
        Stage::Declined => "declined",
        Stage::ApprovedWithChanges => "approved less of",
        _ => "approved",
    }
}

fn counted(count: i64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn turned_out(answer: offers::Stage, outcome: Option<crate::cases::Outcome>) -> String {
    let offer = format!("Offer {}", answer.label().to_lowercase());
    match outcome {
        Some(outcome) => format!("{offer}; case ended {}", outcome.label().to_lowercase()),
        None => format!("{offer}; case still open"),
    }
}

fn logged(entry: interactions::Interaction, moment: impl Fn(DateTime<Utc>) -> String) -> Entry {
    let mut sub = vec![entry.by_name.unwrap_or_else(|| "Savedesk".to_owned()), moment(entry.at)];
    sub.extend(entry.objection.map(|objection| format!("objection {}", objection.to_lowercase())));
    if !entry.levers.is_empty() {
        sub.push(format!("tried {}", entry.levers.join(", ").to_lowercase()));
    }
    Entry {
        what: match entry.response {
            Some(response) => format!("{}: {}", entry.kind.label(), response.label().to_lowercase()),
            None => entry.kind.label().to_owned(),
        },
        sub: sub.join(", "),
        words: entry.body,
    }
}

fn not_yours(approval: &Approval, standing: store::Mine, deciders: &[String]) -> String {
    let who = match deciders {
        [] => "Nobody else can decide it at this moment; it moves up on time.".to_owned(),
        some => format!("{} can decide it.", any_of(some)),
    };
    match () {
        () if !approval.stage.is_open() || standing.decides => String::new(),
        () if standing.own => {
            format!("You asked for this, wrote it, or work the case, so somebody else decides. {who}")
        }
        () if standing.decided => format!("You have approved it; it takes somebody else as well. {who}"),
        () if standing.circle => {
            format!(
                "{} approved an offer of yours to this customer, so somebody else decides. {who}",
                approval.asked_by_name
            )
        }
        () => format!("This is beyond your limits now. {who}"),
    }
}

fn checks(facts: &Facts, standing: store::Mine, roles: &[Role], second_discount: bool) -> Vec<Check> {
    let good = |what: String, sub: String| Check { tone: "good", icon: "ok", what, sub };
    let bad = |what: String, sub: String| Check { tone: "bad", icon: "alert", what, sub };
    let warn = |what: String, sub: String| Check { tone: "warn", icon: "alert", what, sub };
    let mut checks = Vec::new();
    let mine: Vec<Role> = limits::APPROVERS.into_iter().filter(|role| roles.contains(role)).collect();
    let exceeded = mine.iter().rev().map(|role| facts.limits.exceeded(*role, &facts.asked, false));
    let exceeded: Vec<_> = exceeded.collect();
    checks.push(if exceeded.iter().any(Vec::is_empty) {
        let cell = facts.furthest(&mine);
        good(format!("Within your limit{}", cell.map(of_cell).unwrap_or_default()), String::new())
    } else {
        let because: Vec<_> = exceeded.first().into_iter().flatten().map(ToString::to_string).collect();
        bad("Beyond your limit now".to_owned(), because.join(" "))
    });
    checks.push(match (facts.asked.margin, facts.limits.floor(&facts.asked.offer_type)) {
        (None, _) => warn("Margin not known".to_owned(), "No cost to serve is noted for this.".to_owned()),
        (Some(left), None) => good(format!("Margin stays at {left}"), "No floor is set for this offer.".to_owned()),
        (Some(left), Some(floor)) if left < floor => {
            bad(format!("Margin falls to {left}, under the {floor} floor"), "Nobody may give that.".to_owned())
        }
        (Some(left), Some(floor)) => good(format!("Margin stays above the {floor} floor"), format!("{left} is left")),
    });
    let cap = mine.iter().filter_map(|role| facts.limits.customer.iter().find(|(whose, _)| whose == role)).last();
    if let Some((_, cap)) = cap {
        let total = with(facts);
        let what = format!("{total} to this customer in 12 months, of {cap}");
        checks.push(if total.minor <= cap.minor { good(what, String::new()) } else { bad(what, String::new()) });
    }
    checks.push(if standing.own {
        bad("Your own: somebody else decides".to_owned(), String::new())
    } else if standing.circle {
        bad("In a circle: they approved an offer of yours to this customer".to_owned(), String::new())
    } else {
        good("You neither asked for it, wrote it nor work the case".to_owned(), String::new())
    });
    if second_discount {
        let sub = format!("Allowed with a written reason of at least {} characters.", super::super::LEAST_FOR_A_SECOND);
        checks.push(warn("Second discount in 24 months".to_owned(), sub));
    }
    checks
}

/// " of 25%, 24 months, $15,000.00"
fn of_cell(cell: &limits::Cell) -> String {
    let caps = [
        cell.max_percent.map(|cap| cap.to_string()),
        cell.max_months.map(|cap| format!("{cap} months")),
        cell.max_amount.map(Money::short),
    ];
    let caps: Vec<_> = caps.into_iter().flatten().collect();
    if caps.is_empty() { String::new() } else { format!(" of {}", caps.join(", ")) }
}

fn counter_fields(facts: &Facts, start: Option<Terms>) -> Vec<CounterField> {
    if facts.approval.approvers > 1 || facts.approval.exposure.minor == 0 {
        return Vec::new();
    }
    let sign = facts.subject.price.currency.code().to_owned();
    let number = |name, label, value: String, unit: &str, before| CounterField {
        name,
        label,
        value,
        unit: unit.to_owned(),
        before,
        after: "",
    };
    let months =
        |label, months: u16| CounterField { after: "months", ..number("months", label, months.to_string(), "", false) };
    let percent = |terms: crate::money::Percent| terms.to_string().trim_end_matches('%').to_owned();
    match start.unwrap_or(facts.offer.revision.terms) {
        Terms::Percent { percent: off, months: term } => {
            let off = number("percent", "Counter at", percent(off), "%", false);
            std::iter::once(off).chain(term.map(|term| months("for", term))).collect()
        }
        Terms::Monthly { amount, months: term } => {
            vec![number("amount", "Counter at", amount.plain(), &sign, true), months("for", term)]
        }
        Terms::Once { amount } => vec![number("amount", "Counter at", amount.plain(), &sign, true)],
        Terms::Months { months: term } => {
            vec![months("Counter at", term)]
        }
        Terms::NewPrice { price, months: term } => {
            let price = number("price", "Counter at a month", price.plain(), &sign, true);
            std::iter::once(price).chain(term.map(|term| months("for", term))).collect()
        }
    }
}
