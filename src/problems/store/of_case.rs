//! What a case knows of problems.

use serde::Deserialize;

use super::super::{Kind, Stage};
use crate::db::{Part, part};
use crate::ids::{CaseId, ProblemId};

/// A problem that explains a case, or an incident that hit it.
#[derive(Clone, Debug, Deserialize)]
pub struct OfCase {
    /// Which.
    pub id: ProblemId,
    /// Its number.
    pub number: i64,
    /// Which of both.
    pub kind: Kind,
    /// In one line.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// What to say to the customer meanwhile.
    pub say: String,
}

impl OfCase {
    /// Where it stands, as shown.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.stage.label_of(self.kind)
    }
}

/// The problems and incidents of a case, newest first, as a question to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<OfCase> {
    part!(
        OfCase,
        r#"
        select p.id as "id: ProblemId", p.number, p.kind as "kind: Kind", p.title, p.stage as "stage: Stage", p.say
        from problem_cases l
        join problems p on p.id = l.problem_id
        where l.case_id = $1
        order by p.opened_at desc
        "#,
        case as CaseId,
    )
}

/// A problem that a case can be linked to.
#[derive(Clone, Debug, Deserialize)]
pub struct Choosable {
    /// Which.
    pub id: ProblemId,
    /// Its number.
    pub number: i64,
    /// In one line.
    pub title: String,
}

/// The newest live problems and incidents that a case is not linked to, as a question to be asked with others.
#[must_use]
pub fn choosable_part(case: CaseId) -> Part<Choosable> {
    part!(
        Choosable,
        r#"
        select p.id as "id: ProblemId", p.number, p.title
        from problems p
        where p.stage <> 'closed'
            and not exists (select from problem_cases l where l.problem_id = p.id and l.case_id = $1)
        order by p.opened_at desc
        limit 50
        "#,
        case as CaseId,
    )
}
