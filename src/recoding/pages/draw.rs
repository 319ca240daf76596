//! Drawing a sample.

use axum::extract::State;
use axum::response::Response;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Deserialize;

use super::super::{self as recoding, NewSample};
use super::{list, midnight, month_of};
use crate::accounts;
use crate::answer::Answer;
use crate::auth::{Can, Recode};
use crate::calendar;
use crate::db::Tx;
use crate::error::{FormErrors, Result};
use crate::web::{App, Form, Frame, NotDone};

/// The fewest and the most cases of a sample, and how many are usual.
const SIZES: (i16, i16) = (5, 500);
const USUAL: i16 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DrawForm {
    pub(super) from: String,
    pub(super) until: String,
    pub(super) size: String,
    pub(super) seed: String,
}

impl DrawForm {
    /// The month before this one.
    pub(super) fn last_month(today: NaiveDate) -> Self {
        let (this, _) = month_of(today);
        let last = this.pred_opt().unwrap_or(this);
        let (from, _) = month_of(last);
        Self { from: from.to_string(), until: last.to_string(), size: USUAL.to_string(), seed: String::new() }
    }

    fn parse(&self, zone: Tz) -> Result<NewSample, FormErrors> {
        let mut errors = FormErrors::new();
        let day = |text: &str| calendar::typed_day(text).ok_or("Enter a day, like 2026-10-01.");
        let from = errors.check("from", day(&self.from)).unwrap_or_default();
        let until = errors.check("until", day(&self.until)).unwrap_or_default();
        let (least, most) = SIZES;
        let size = self.size.trim().parse().ok().filter(|size| (least..=most).contains(size));
        let asked = size.ok_or_else(|| format!("Enter how many cases, from {least} to {most}."));
        let asked = errors.check("size", asked).unwrap_or(USUAL);
        let seed = match self.seed.trim() {
            "" => Ok(rand::random_range(0..1_000_000)),
            text => text.parse::<i64>().map_err(|_| "Enter the seed as a whole number, or leave it empty."),
        };
        let seed = errors.check("seed", seed).unwrap_or_default();
        let until_day = until.checked_add_days(Days::new(1)).unwrap_or(until);
        if errors.is_empty() && !(1..=366).contains(&(until_day - from).num_days()) {
            errors.add("until", "Choose a span of one day to a year.");
        }
        if errors.is_empty() {
            let span = (midnight(zone, from), midnight(zone, until_day));
            Ok(NewSample { from_day: from, until_day, zone, span, asked, seed })
        } else {
            Err(errors)
        }
    }
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<Recode>,
    frame: Frame,
    form: Form<DrawForm>,
) -> Result<Response> {
    let zone = accounts::zone_for(&app, &mut *app.db.read().await?, &can).await?;
    let draws = async |tx: &mut Tx, new: NewSample| {
        let (sample, cases) = recoding::draw(tx, &can, new).await?;
        let say = format!("A sample of {cases} was drawn, with the seed {}.", new.seed);
        Ok(Answer::to(format!("/recoding/{sample}")).say(say))
    };
    let NotDone { status, errors } = match app.act(&can, &form.once, form.fields.parse(zone), draws).await? {
        Ok(done) => return Ok(done),
        Err(not_done) => not_done,
    };
    list::page(&app, &can, frame, "", Some(form.fields), errors, status).await
}
