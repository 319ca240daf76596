//! Processes, started and moved on by the same actions as in the product.

use std::collections::BTreeMap;

use savedesk::auth::{Can, WorkCases};
use savedesk::cases;
use savedesk::error::Result;
use savedesk::ids::CaseId;
use savedesk::processes::{self, Kind, Made, Process};
use savedesk::promises;
use savedesk::requests::{self, NewAnswer};

use super::TestApp;

impl TestApp {
    /// Starts a process with these facts at its start.
    pub(crate) async fn start_process(
        &self,
        can: &Can<WorkCases>,
        case: CaseId,
        kind: Kind,
        facts: &[&str],
    ) -> Result<Process> {
        let facts: BTreeMap<i16, String> = (1..).zip(facts.iter().map(|fact| (*fact).to_owned())).collect();
        let mut tx = self.begin_as(can).await;
        let process = processes::start(&mut tx, can, case, kind, &facts).await?;
        tx.commit().await?;
        Ok(process)
    }

    /// The customer has the cancellation in writing, however that came about.
    pub(crate) async fn given_confirmed(&self, case: CaseId) {
        let mut tx = self.begin().await;
        cases::cancel_confirmed(&mut tx, case).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The newest process of a kind in a case, as it stands.
    pub(crate) async fn process(&self, case: CaseId, kind: Kind) -> Process {
        let all = processes::of_case(&mut self.db.read().await.unwrap(), case).await.unwrap();
        all.into_iter().find(|one| one.kind == kind).unwrap()
    }

    /// Keeps the promise that a step of it made, as the page of the case does.
    pub(crate) async fn keep_step(&self, process: &Process, position: i16) {
        let Some(Made::Promise(promise)) = made(process, position) else { panic!("step {position} made no promise") };
        let mut tx = self.begin().await;
        promises::keep(&mut tx, &Can::desk(), promise, "Seen on the account".to_owned()).await.unwrap();
        processes::go_on(&mut tx, process.case).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Answers the request that a step of it made, as its department does on its own page.
    pub(crate) async fn answer_step(&self, process: &Process, position: i16, department: &str) {
        let Some(Made::Request(request)) = made(process, position) else { panic!("step {position} made no request") };
        let by = self.of_department("Ada Lindholm", department).await;
        let mut tx = self.begin_as(&by).await;
        let words = "Done, and noted.".to_owned();
        requests::answer(&mut tx, &by, request, NewAnswer { words, ..NewAnswer::default() }).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Fills in facts.
    pub(crate) async fn note_facts(&self, can: &Can<WorkCases>, process: &Process, facts: &[(i16, &str)]) -> Process {
        let facts = facts.iter().map(|(position, value)| (*position, (*value).to_owned())).collect();
        let mut tx = self.begin_as(can).await;
        let process = processes::note_facts(&mut tx, can, process.id, &facts).await.unwrap();
        tx.commit().await.unwrap();
        process
    }
}

/// What a step made.
pub(crate) fn made(process: &Process, position: i16) -> Option<Made> {
    process.steps.iter().find(|step| step.position == position)?.made
}
