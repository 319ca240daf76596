//! A process as it is read: one row, with its facts and steps in it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;

use super::super::{Kind, Made, Makes, Noted, Only, Process, Stage, Step, StepStage, Thing, Whom};
use crate::ids::{
    CaseId, CustomerId, DepartmentId, FollowUpId, ProcessId, ProcessStepId, ProcessTemplateId, PromiseId, RequestId,
    UserId,
};

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
pub(super) struct Row {
    pub(super) id: ProcessId,
    pub(super) case: CaseId,
    pub(super) customer: CustomerId,
    pub(super) template: ProcessTemplateId,
    pub(super) number: i32,
    pub(super) kind: Kind,
    pub(super) freezes_offers: bool,
    pub(super) holds: bool,
    pub(super) confidential: bool,
    pub(super) tells: Vec<String>,
    pub(super) stage: Stage,
    pub(super) started_at: DateTime<Utc>,
    pub(super) started_by: Option<UserId>,
    pub(super) started_by_name: Option<String>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) ended_by_name: Option<String>,
    pub(super) ended_because: Option<String>,
    pub(super) on_hold: bool,
    pub(super) circle: Json<Vec<UserId>>,
    pub(super) left_alone: bool,
    pub(super) facts: Json<Vec<Noted>>,
    pub(super) steps: Json<Vec<StepRow>>,
    pub(super) version: i64,
}

#[derive(Deserialize)]
pub(super) struct StepRow {
    id: ProcessStepId,
    position: i16,
    place: i16,
    what: String,
    makes: Makes,
    department: Option<DepartmentId>,
    department_name: Option<String>,
    hours: Option<i16>,
    working: Option<bool>,
    only_on: Option<Only>,
    only_fact: Option<i16>,
    tells: Vec<Whom>,
    stage: StepStage,
    request: Option<RequestId>,
    promise: Option<PromiseId>,
    follow_up: Option<FollowUpId>,
    tries: i16,
    mail_key: Option<String>,
    mail_stage: Option<String>,
    mail_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    why: Option<String>,
    version: i64,
    thing: Option<Thing>,
}

impl From<StepRow> for Step {
    fn from(row: StepRow) -> Self {
        let request = row.request.map(Made::Request);
        Self {
            id: row.id,
            position: row.position,
            place: row.place,
            what: row.what,
            makes: row.makes,
            department: row.department.zip(row.department_name),
            time: row.hours.zip(row.working),
            only_on: row.only_on,
            only_fact: row.only_fact,
            tells: row.tells,
            stage: row.stage,
            made: request.or(row.promise.map(Made::Promise)).or(row.follow_up.map(Made::FollowUp)),
            thing: row.thing,
            tries: row.tries,
            mail_key: row.mail_key,
            mail: row.mail_stage.zip(row.mail_at),
            ended_at: row.ended_at,
            why: row.why,
            version: row.version,
        }
    }
}

impl From<Row> for Process {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            case: row.case,
            customer: row.customer,
            template: row.template,
            number: row.number,
            kind: row.kind,
            freezes_offers: row.freezes_offers,
            holds: row.holds,
            confidential: row.confidential,
            tells: row.tells.iter().filter_map(|name| Whom::from_name(name)).collect(),
            stage: row.stage,
            started_at: row.started_at,
            started_by: row.started_by,
            started_by_name: row.started_by_name,
            ended_at: row.ended_at,
            ended_by_name: row.ended_by_name,
            ended_because: row.ended_because,
            on_hold: row.on_hold,
            circle: row.circle.0,
            left_alone: row.left_alone,
            facts: row.facts.0,
            steps: row.steps.0.into_iter().map(Step::from).collect(),
            version: row.version,
        }
    }
}
