//! Deciding a request, and asking about it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

use super::super::{Approval, Decision, Stage, ask_question, decide, require_reason, store};
use super::facts::read;
use super::inbox::{Asked, Wanted, render};
use crate::answer::Answer;
use crate::auth::{Can, DecideApprovals};
use crate::catalogue::Terms;
use crate::error::{Error, FormErrors, Result};
use crate::ids::ApprovalId;
use crate::money::{Currency, Money, Percent};
use crate::offers::NewTerms;
use crate::web::{App, Form, Frame};

/// The longest reason or question.
const LONGEST: usize = 2_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/approvals/{approval}/decision", post(save))
        .route("/approvals/{approval}/question", post(question))
}

/// Reasons that are given often: a value, and the words that the requester reads.
pub(super) const REASONS: [(&str, &str); 3] = [
    ("worth", "What is at risk is worth it."),
    ("quote", "A rival’s offer is on file."),
    ("fault", "The fault was ours."),
];

/// The terms of a counter as they are typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counter {
    pub(super) percent: String,
    pub(super) amount: String,
    pub(super) months: String,
    pub(super) price: String,
}

impl Counter {
    fn is_empty(&self) -> bool {
        [&self.percent, &self.amount, &self.months, &self.price].iter().all(|text| text.is_empty())
    }

    /// These, or others when nothing is typed.
    pub(super) fn or<'a>(&'a self, other: &'a Self) -> &'a Self {
        if self.is_empty() { other } else { self }
    }

    /// The terms, of the kind that was asked for.
    fn parse(&self, asked: &Terms, currency: Currency) -> Result<Terms, FormErrors> {
        let mut errors = FormErrors::new();
        let amount = |text: &str| Money::parse(text, currency).map_err(|error| error.sentence("the counter"));
        let months = || {
            let months = self.months.trim().parse().ok().filter(|months| (1..=120).contains(months));
            months.ok_or("Enter the months as a number from 1 to 120.")
        };
        let terms = match *asked {
            Terms::Percent { months: term, .. } => {
                let percent = Percent::parse(&self.percent).map_err(|error| error.to_string());
                let percent = percent.and_then(|percent| {
                    let fits = (1..=10_000).contains(&percent.basis_points());
                    fits.then_some(percent).ok_or_else(|| "Enter a percentage from 0.01 to 100.".to_owned())
                });
                let percent = errors.check("percent", percent);
                let term = match term {
                    Some(_) => errors.check("months", months()).map(Some),
                    None => Some(None),
                };
                percent.zip(term).map(|(percent, months)| Terms::Percent { percent, months })
            }
            Terms::Monthly { .. } => {
                let amount = errors.check("amount", amount(&self.amount));
                amount.zip(errors.check("months", months())).map(|(amount, months)| Terms::Monthly { amount, months })
            }
            Terms::Once { .. } => errors.check("amount", amount(&self.amount)).map(|amount| Terms::Once { amount }),
            Terms::Months { .. } => errors.check("months", months()).map(|months| Terms::Months { months }),
            Terms::NewPrice { months: term, .. } => {
                let price = errors.check("price", amount(&self.price));
                let term = match term {
                    Some(_) => errors.check("months", months()).map(Some),
                    None => Some(None),
                };
                price.zip(term).map(|(price, months)| Terms::NewPrice { price, months })
            }
        };
        terms.ok_or(errors)
    }

    /// The terms while they are typed: none when there is nothing to reckon with.
    pub(super) fn try_terms(&self, asked: &Terms, currency: Currency) -> Option<Terms> {
        if self.is_empty() { None } else { self.parse(asked, currency).ok() }
    }
}

/// What the decision form holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecisionForm {
    /// `approve`, `counter` or `decline`.
    pub(super) decision: String,
    /// The revision that was on screen.
    seen: String,
    /// One of [`REASONS`], or nothing.
    pub(super) because: String,
    /// One's own words.
    pub(super) reason: String,
    /// In whose place.
    pub(super) on_behalf_of: String,
    #[serde(flatten)]
    pub(super) counter: Counter,
}

impl DecisionForm {
    /// Whether this choice is on; approving is, as the form opens.
    pub(super) fn is(&self, decision: &str) -> bool {
        if self.decision.is_empty() { decision == "approve" } else { self.decision == decision }
    }

    /// Whether this reason is on: the first one is, as the form opens.
    pub(super) fn gives(&self, reason: &str) -> bool {
        if self.decision.is_empty() { reason == REASONS[0].0 } else { self.because == reason }
    }

    fn parse(&self, asked: &NewTerms, currency: Currency, second: bool) -> Result<(Decision, String), FormErrors> {
        let mut errors = FormErrors::new();
        let words = self.reason.trim();
        let given = REASONS.into_iter().find(|(value, _)| *value == self.because).map_or("", |(_, words)| words);
        let decision = match self.decision.as_str() {
            "approve" => Some(Decision::Approve),
            "decline" => Some(Decision::Decline),
            "counter" => match self.counter.parse(&asked.terms, currency) {
                Ok(terms) => Some(Decision::Counter(NewTerms { terms, what: asked.what.clone() })),
                Err(unread) => {
                    unread.all().into_iter().for_each(|(field, message)| errors.add(field, message));
                    None
                }
            },
            _ => {
                errors.add("decision", "Choose what you decide.");
                None
            }
        };
        let declines = decision == Some(Decision::Decline);
        // what is given often is no reason to say no, nor for a second discount
        let reason = match (words.is_empty(), declines || second) {
            (_, true) => words.to_owned(),
            (true, false) => given.to_owned(),
            (false, false) => format!("{given} {words}").trim().to_owned(),
        };
        if reason.is_empty() {
            errors
                .add("reason", if declines { "Say why, so that the customer can be told." } else { "Give a reason." });
        } else if reason.chars().count() > LONGEST {
            errors.add("reason", format!("Use at most {LONGEST} characters."));
        } else if let Err(short) = require_reason(second && !declines, &reason) {
            errors.add("reason", short.to_string());
        }
        match decision {
            Some(decision) if errors.is_empty() => Ok((decision, reason)),
            _ => Err(errors),
        }
    }
}

async fn save(
    State(app): State<App>,
    can: Can<DecideApprovals>,
    frame: Frame,
    Path(approval): Path<String>,
    form: Form<DecisionForm>,
) -> Result<Response> {
    let approval: ApprovalId = approval.parse().map_err(|_| Error::NotFound)?;
    let mut connection = app.db.read().await?;
    let (asked_for, offer) = read(&mut connection, approval).await?;
    let second = store::gave_discount(&asked_for, app.now()).one(&mut connection).await?;
    drop(connection);
    let asked = NewTerms { terms: offer.revision.terms, what: offer.revision.what.clone() };
    let parsed = form.fields.parse(&asked, asked_for.exposure.currency, second);
    let (decision, reason) = match parsed {
        Ok(parsed) => parsed,
        Err(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let wanted = Wanted { status, errors, form: form.fields, ..Wanted::one(approval) };
            return render(&app, &can, frame, &Asked::default(), true, wanted).await;
        }
    };
    let seen = form.fields.seen.parse().unwrap_or_default();
    let on_behalf_of = form.fields.on_behalf_of.parse().ok();
    let mut tx = app.begin(&can, &form.once).await?;
    match decide(&mut tx, &can, approval, seen, decision, &reason, on_behalf_of).await {
        Ok(decided) => {
            let say = said(&decided, &offer.summary());
            Ok(tx.finish(Answer::to("/approvals").say(say)).await?.into_response())
        }
        Err(Error::Refused(notice)) => {
            drop(tx);
            not_done(&app, &can, frame, approval, form.fields, notice).await
        }
        Err(error) => Err(error),
    }
}

/// The request as it is now, with why it was not done over it and what was typed in it.
async fn not_done(
    app: &App,
    can: &Can<DecideApprovals>,
    frame: Frame,
    approval: ApprovalId,
    form: DecisionForm,
    notice: String,
) -> Result<Response> {
    let wanted = Wanted { status: StatusCode::CONFLICT, notice, form, ..Wanted::one(approval) };
    // what is kept may have changed since this request began, and be why it was refused
    render(app, &can.anew(), frame, &Asked::default(), true, wanted).await
}

fn said(decided: &Approval, what: &str) -> String {
    let name = &decided.asked_by_name;
    match decided.stage {
        Stage::Approved => format!("Approved: {what}. {name} sees it at once."),
        Stage::ApprovedWithChanges => format!("Approved less than {what}. {name} sees it at once."),
        Stage::Declined => format!("Declined: {what}. {name} sees why."),
        _ => format!("You approved {what}. It takes somebody else as well."),
    }
}

async fn question(
    State(app): State<App>,
    can: Can<DecideApprovals>,
    frame: Frame,
    Path(approval): Path<String>,
    form: Form<DecisionForm>,
) -> Result<Response> {
    let approval: ApprovalId = approval.parse().map_err(|_| Error::NotFound)?;
    super::super::find(&mut *app.db.read().await?, approval).await?;
    let words = form.fields.reason.trim().to_owned();
    let wrong = match words.chars().count() {
        0 => Some("Write your question here.".to_owned()),
        count if count > LONGEST => Some(format!("Use at most {LONGEST} characters.")),
        _ => None,
    };
    if let Some(message) = wrong {
        let (status, errors) = (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::of("reason", message));
        let wanted = Wanted { status, errors, form: form.fields, ..Wanted::one(approval) };
        return render(&app, &can, frame, &Asked::default(), true, wanted).await;
    }
    let mut tx = app.begin(&can, &form.once).await?;
    match ask_question(&mut tx, &can, approval, &words).await {
        Ok(asked) => {
            let answer = Answer::to(format!("/approvals/{approval}"))
                .say(format!("Asked. {} sees the question at once.", asked.asked_by_name));
            Ok(tx.finish(answer).await?.into_response())
        }
        Err(Error::Refused(notice)) => {
            drop(tx);
            not_done(&app, &can, frame, approval, form.fields, notice).await
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> NewTerms {
        NewTerms { terms: Terms::Percent { percent: Percent::whole(20), months: Some(12) }, what: String::new() }
    }

    fn form(decision: &str, because: &str, reason: &str) -> DecisionForm {
        let counter = Counter { percent: "17".to_owned(), months: "12".to_owned(), ..Counter::default() };
        DecisionForm {
            decision: decision.to_owned(),
            because: because.to_owned(),
            reason: reason.to_owned(),
            counter,
            ..DecisionForm::default()
        }
    }

    fn read(form: &DecisionForm, second: bool) -> Result<(Decision, String), FormErrors> {
        form.parse(&asked(), Currency::USD, second)
    }

    #[test]
    fn a_chosen_reason_will_do_to_approve_but_not_to_decline() {
        let (decision, reason) = read(&form("approve", "worth", ""), false).unwrap();
        assert_eq!((decision, reason.as_str()), (Decision::Approve, "What is at risk is worth it."));
        let (_, reason) = read(&form("approve", "worth", "Ask again in May."), false).unwrap();
        assert_eq!(reason, "What is at risk is worth it. Ask again in May.");
        assert!(read(&form("decline", "worth", ""), false).unwrap_err().get("reason").is_some());
        assert!(read(&form("approve", "", " "), false).unwrap_err().get("reason").is_some());
    }

    #[test]
    fn a_second_discount_takes_more_than_a_word() {
        assert!(read(&form("approve", "worth", "Why not"), true).unwrap_err().get("reason").is_some());
        assert!(read(&form("approve", "worth", ""), true).is_err());
        assert!(read(&form("approve", "", "Second clinic opens in March."), true).is_ok());
        assert!(read(&form("decline", "", "No"), true).is_ok());
    }

    #[test]
    fn a_counter_has_the_terms_of_what_was_asked() {
        let (decision, _) = read(&form("counter", "worth", ""), false).unwrap();
        let terms = Terms::Percent { percent: Percent::whole(17), months: Some(12) };
        assert_eq!(decision, Decision::Counter(NewTerms { terms, what: String::new() }));
        let mut odd = form("counter", "worth", "");
        odd.counter.percent = "lots".to_owned();
        odd.counter.months = "0".to_owned();
        let errors = read(&odd, false).unwrap_err();
        assert!(errors.get("percent").is_some() && errors.get("months").is_some());
    }
}
