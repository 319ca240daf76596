//! A form that edits a record (R6): beside every field it carries what the field held when the form was opened, and,
//! after a conflict, whose value to take.

use serde::Deserialize;

use crate::web::Conflict;

/// The fields as they were sent.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A form that is opened now: each field holds what it held.
    pub(super) fn open(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let pairs = values
            .into_iter()
            .flat_map(|(name, value)| [(format!("was_{name}"), value.clone()), (name.to_owned(), value)]);
        Self(pairs.collect())
    }

    /// What a field holds: theirs, where that was chosen after a conflict.
    pub(super) fn get(&self, name: &str) -> &str {
        if self.takes_theirs(name) { self.was(name) } else { self.raw(name) }
    }

    /// What a field held when the form was opened.
    pub(super) fn was(&self, name: &str) -> &str {
        self.raw(&format!("was_{name}"))
    }

    /// What a field of several boxes holds. When the form was opened, or theirs was chosen, it stands in one text.
    pub(super) fn many(&self, name: &str) -> Vec<String> {
        let text = if self.takes_theirs(name) { Some(self.was(name)) } else { None };
        let values = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let values: Vec<&str> = text.map_or_else(|| values.collect(), |text| vec![text]);
        values.iter().flat_map(|value| value.split(',')).filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    /// The form again, to be sent with a choice: where both changed a field, it now starts from theirs.
    pub(super) fn again(&self, conflicts: &[Conflict]) -> Vec<(String, String)> {
        let theirs = |name: &str| {
            let field = name.strip_prefix("was_")?;
            conflicts.iter().find(|conflict| conflict.field == field).map(|conflict| conflict.theirs.clone())
        };
        self.0
            .iter()
            .filter(|(name, _)| name != "key" && !name.starts_with("pick_"))
            .map(|(name, value)| (name.clone(), theirs(name).unwrap_or_else(|| value.clone())))
            .collect()
    }

    fn takes_theirs(&self, name: &str) -> bool {
        self.raw(&format!("pick_{name}")) == "theirs"
    }

    fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn boxes_are_read_as_opened_and_as_sent() {
        assert_eq!(Fields::open([("roles", "rep,agent".to_owned())]).many("roles"), ["rep", "agent"]);
        assert_eq!(sent(&[("roles", "rep"), ("roles", "agent")]).many("roles"), ["rep", "agent"]);
        assert_eq!(sent(&[("was_roles", "rep")]).many("roles"), [""; 0]);
    }

    #[test]
    fn after_a_conflict_theirs_can_be_taken() {
        let first = sent(&[("key", "1"), ("name", "Ada L."), ("was_name", "Ada")]);
        let conflict = Conflict {
            field: "name".to_owned(),
            label: "Name".to_owned(),
            base: "Ada".to_owned(),
            theirs: "Ada K.".to_owned(),
            yours: "Ada L.".to_owned(),
        };
        let mut again = first.again(&[conflict]);
        assert_eq!(Fields(again.clone()).get("name"), "Ada L.");
        again.push(("pick_name".to_owned(), "theirs".to_owned()));
        assert_eq!((Fields(again.clone()).get("name"), Fields(again).was("name")), ("Ada K.", "Ada K."));
    }
}
