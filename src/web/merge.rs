//! Two people edit one record (R6): different fields both win, the same field is asked about. A form carries beside
//! every field the value it was shown with.

/// A field that both changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The field's name in the form.
    pub field: String,
    /// Its name as shown.
    pub label: String,
    /// What it was when the form was opened.
    pub base: String,
    /// What somebody else saved since.
    pub theirs: String,
    /// What was typed here.
    pub yours: String,
}

/// Brings a form and the newest state of a record together, field by field.
#[derive(Clone, Default, Debug)]
pub struct Merge {
    conflicts: Vec<Conflict>,
}

impl Merge {
    /// Nothing compared yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value to save: theirs where only they changed it, yours where only you did; both is a conflict.
    pub fn field(&mut self, field: &str, label: &str, base: &str, theirs: &str, yours: &str) -> String {
        if yours == base || yours == theirs {
            return theirs.to_owned();
        }
        if theirs != base {
            self.conflicts.push(Conflict {
                field: field.to_owned(),
                label: label.to_owned(),
                base: base.to_owned(),
                theirs: theirs.to_owned(),
                yours: yours.to_owned(),
            });
        }
        yours.to_owned()
    }

    /// The fields that both changed.
    #[must_use]
    pub fn conflicts(self) -> Vec<Conflict> {
        self.conflicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_different_fields_both_win() {
        let mut merge = Merge::new();
        assert_eq!(merge.field("city", "City", "Oslo", "Bergen", "Oslo"), "Bergen");
        assert_eq!(merge.field("name", "Name", "Ada", "Ada", "Ada L."), "Ada L.");
        assert!(merge.conflicts().is_empty());
    }

    #[test]
    fn r6_the_same_field_is_asked_about() {
        let mut merge = Merge::new();
        merge.field("city", "City", "Oslo", "Bergen", "Bodø");
        let conflicts = merge.conflicts();
        assert_eq!((conflicts[0].theirs.as_str(), conflicts[0].yours.as_str()), ("Bergen", "Bodø"));
    }

    #[test]
    fn r6_the_same_change_twice_is_no_conflict() {
        let mut merge = Merge::new();
        assert_eq!(merge.field("city", "City", "Oslo", "Bergen", "Bergen"), "Bergen");
        assert!(merge.conflicts().is_empty());
    }
}
