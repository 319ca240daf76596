//! What a sample says: how far both agree, in all and by reason, and where they do not, which of both is verified.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::Datelike as _;
use serde::Deserialize;

use super::super::store::{self, Pair};
use super::super::{Interval, Sample, agreement, kappa, wilson};
use super::list;
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, Recode, WorkProblems};
use crate::calendar;
use crate::cases::{self, Cause};
use crate::error::Result;
use crate::ids::{CaseId, SampleId};
use crate::reasons::{Reasons, Tree};
use crate::web::{App, Form, Frame, html};

/// Below this many pairs figures are told as what they are: too few to judge by.
const FEW: usize = 30;

struct ReasonRow {
    code: String,
    name: String,
    coded: u32,
    recoded: u32,
    both: u32,
    kappa: String,
}

struct Disagreement {
    case: CaseId,
    code: String,
    customer: String,
    stated: String,
    coded: (String, String),
    recoded: (String, String),
    by: String,
    verified: String,
}

impl Disagreement {
    /// Both codes, as they can be verified.
    fn sides(&self) -> [&(String, String); 2] {
        [&self.coded, &self.recoded]
    }
}

#[derive(Template)]
#[template(path = "recoding/sample.html")]
struct SamplePage {
    frame: Frame,
    sample: Sample,
    days: String,
    drawn: String,
    /// Agreement about the very reason, and about its level-1 reason.
    exact: String,
    group: String,
    kappa: String,
    few: bool,
    reasons: Vec<ReasonRow>,
    disagreements: Vec<Disagreement>,
    /// Whether something is left for whoever looks.
    left: bool,
    may_verify: bool,
}

fn said(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "Not known yet".to_owned(),
        |one| format!("{:.1}% (95%: {:.1} to {:.1})", one.share, one.low, one.high),
    )
}

fn kappa_said(kappa: Option<f64>) -> String {
    kappa.map_or_else(|| "–".to_owned(), |kappa| format!("{kappa:.2}").replace('-', "\u{2212}"))
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    Path(sample): Path<SampleId>,
) -> Result<Response> {
    let now = app.now();
    let mut connection = app.db.read().await?;
    let sample = store::find(&mut connection, sample).await?;
    let pairs = store::pairs(&mut connection, sample.id).await?;
    let left = store::next_for(&mut connection, sample.id, can.id, None).await?.is_some();
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let reasons = app.kept::<Reasons>(&mut connection, &can).await?;
    drop(connection);
    let tree = &reasons.tree;
    let tops: Vec<(String, String)> =
        pairs.iter().map(|pair| (Tree::top(&pair.coded).to_owned(), Tree::top(&pair.recoded).to_owned())).collect();
    let small = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let exact = small(pairs.iter().filter(|pair| pair.coded == pair.recoded).count());
    let group = small(tops.iter().filter(|(one, other)| one == other).count());
    let all = small(pairs.len());
    let page = SamplePage {
        frame,
        days: list::days(&sample, now.with_timezone(&zone).year()),
        drawn: calendar::moment(sample.drawn_at, zone, now),
        exact: said(wilson(exact, all)),
        group: said(wilson(group, all)),
        kappa: kappa_said(kappa(&tops)),
        few: pairs.len() < FEW,
        reasons: agreement(&tops)
            .into_iter()
            .map(|one| ReasonRow {
                name: tree.path(&one.reason),
                code: one.reason,
                coded: one.coded,
                recoded: one.recoded,
                both: one.both,
                kappa: kappa_said(one.kappa),
            })
            .collect(),
        disagreements: pairs
            .into_iter()
            .filter(|pair| pair.coded != pair.recoded)
            .map(|pair| disagreement(pair, tree))
            .collect(),
        left,
        may_verify: can.may::<WorkProblems>(),
        sample,
    };
    Ok(html(&page)?.into_response())
}

fn disagreement(pair: Pair, tree: &Tree) -> Disagreement {
    let who = |name: Option<String>| name.unwrap_or_else(|| "a file or a former colleague".to_owned());
    Disagreement {
        case: pair.case,
        code: format!("SD-{}", pair.number),
        customer: pair.customer,
        stated: pair.stated,
        by: format!("{}, then {}", who(pair.coded_by), who(pair.recoded_by)),
        verified: pair.verified.map(|code| tree.path(&code)).unwrap_or_default(),
        coded: (tree.path(&pair.coded), pair.coded),
        recoded: (tree.path(&pair.recoded), pair.recoded),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CauseForm {
    cause: String,
}

/// Which of both is right becomes the verified cause of the case; what was coded stays.
pub(super) async fn verify(
    State(app): State<App>,
    can: Can<Recode>,
    Path((sample, case)): Path<(SampleId, CaseId)>,
    form: Form<CauseForm>,
) -> Result<Response> {
    let can = can.and::<WorkProblems>()?;
    let mut tx = app.begin(&can, &form.once).await?;
    let one = store::lock(&mut tx, sample, case).await?;
    let found = Cause { code: form.fields.cause, problem: None, replaces: true };
    cases::verify(&mut tx, &can, &[one.case], &found).await?;
    let answer = Answer::to(format!("/recoding/{sample}")).say("Cause verified.");
    Ok(tx.finish(answer).await?.into_response())
}
