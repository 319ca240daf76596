//! Why customers leave: the tree of coded reasons, the objections that stand between a customer and staying, the levers
//! that are tried, cheapest first. All of it is data.

mod store;

pub use store::{Reasons, levers, objections, tree};

/// A node of the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Stable code, like `price.too_high`.
    pub code: String,
    /// As shown.
    pub name: String,
    /// The code above, none at level 1.
    pub parent: Option<String>,
    /// Deceased and not recognised take no save attempt.
    pub takes_save_attempt: bool,
}

/// The whole tree, in order: each level-1 reason followed by those below it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree(Vec<Reason>);

impl Tree {
    pub(crate) fn new(reasons: Vec<Reason>) -> Self {
        Self(reasons)
    }

    /// Every reason, parents before children.
    #[must_use]
    pub fn all(&self) -> &[Reason] {
        &self.0
    }

    /// The level-1 reasons with what is below each, for a grouped choice.
    #[must_use]
    pub fn groups(&self) -> Vec<(&Reason, Vec<&Reason>)> {
        self.0
            .iter()
            .filter(|reason| reason.parent.is_none())
            .map(|top| {
                let below = self.0.iter().filter(|reason| reason.parent.as_ref() == Some(&top.code)).collect();
                (top, below)
            })
            .collect()
    }

    /// The reason of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Reason> {
        self.0.iter().find(|reason| reason.code == code)
    }

    /// The reason whose name is this text, whatever its case: how files and people write it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Reason> {
        let name = name.trim().to_lowercase();
        self.0.iter().find(|reason| reason.name.to_lowercase() == name)
    }

    /// The code and those below it: what a count of this reason counts.
    #[must_use]
    pub fn under(&self, code: &str) -> Vec<String> {
        let below = |reason: &&Reason| reason.code == code || reason.parent.as_deref() == Some(code);
        self.0.iter().filter(below).map(|reason| reason.code.clone()).collect()
    }

    /// The level-1 reason of a code, also of one that is no longer in use.
    #[must_use]
    pub fn top(code: &str) -> &str {
        code.split('.').next().unwrap_or(code)
    }

    /// "Price or affordability › Price too high"
    #[must_use]
    pub fn path(&self, code: &str) -> String {
        match self.find(code) {
            Some(reason) => match reason.parent.as_deref().and_then(|parent| self.find(parent)) {
                Some(parent) => format!("{} › {}", parent.name, reason.name),
                None => reason.name.clone(),
            },
            None => code.to_owned(),
        }
    }
}

/// An objection or a lever: a code and its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Stable code.
    pub code: String,
    /// As shown.
    pub name: String,
}
