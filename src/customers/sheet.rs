//! A record as the text of its fields, which is how forms carry it: so that two people's edits are brought together
//! field by field (R6), and the audit log says which fields changed without saying what personal ones hold.

use std::collections::HashMap;

use crate::audit::Entry;
use crate::error::FormErrors;
use crate::web::{Conflict, Merge};

/// A field of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name in forms and in the audit log.
    pub name: &'static str,
    /// As shown.
    pub label: &'static str,
    /// Whether it says who somebody is: the audit log then holds a digest.
    pub personal: bool,
}

/// A record that is edited field by field.
pub trait Sheet: Sized {
    /// Its fields, in the order of the page.
    const FIELDS: &'static [Field];

    /// The text of each field, in the same order.
    fn texts(&self) -> Vec<String>;

    /// Reads a record off its fields; what has no field stays as `self` has it.
    ///
    /// # Errors
    /// A message for each field that does not do.
    fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors>;
}

/// The texts of a record's fields, by name.
#[derive(Clone, Debug)]
pub struct Texts<'a>(pub(super) HashMap<&'static str, &'a str>);

impl Texts<'_> {
    /// What a field holds, without white space around it.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// Whether a box is ticked.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// A form: what each field held when it was opened and what it holds now. Fields it does not show stay out of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edit(HashMap<String, (String, String)>);

impl Edit {
    /// Reads a form whose field `city` was opened with `was_city`; a box that is not ticked is not sent.
    #[must_use]
    pub fn of<S: Sheet>(fields: &HashMap<String, String>) -> Self {
        let edit = S::FIELDS.iter().filter_map(|field| {
            let was = fields.get(&format!("was_{}", field.name))?;
            let now = fields.get(field.name).map_or("", |text| text.trim());
            Some((field.name.to_owned(), (was.clone(), now.to_owned())))
        });
        Self(edit.collect())
    }

    /// What was typed for a field, if the form shows it.
    #[must_use]
    pub fn typed(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(_, now)| now.as_str())
    }
}

/// What comes of an edit and the newest state of the record.
pub(crate) enum Merged<S> {
    /// It can be saved.
    Ready(S),
    /// Both changed the same fields.
    Conflicts(Vec<Conflict>),
}

pub(crate) fn merge<S: Sheet>(newest: &S, edit: &Edit) -> Result<Merged<S>, FormErrors> {
    let mut merge = Merge::new();
    let texts: Vec<String> = S::FIELDS
        .iter()
        .zip(newest.texts())
        .map(|(field, theirs)| match edit.0.get(field.name) {
            Some((base, yours)) => merge.field(field.name, field.label, base, &theirs, yours),
            None => theirs,
        })
        .collect();
    let conflicts = merge.conflicts();
    if conflicts.is_empty() {
        Ok(Merged::Ready(newest.read(&named::<S>(&texts))?))
    } else {
        Ok(Merged::Conflicts(conflicts))
    }
}

/// The texts of a record by the names of its fields.
pub(crate) fn named<S: Sheet>(texts: &[String]) -> Texts<'_> {
    Texts(S::FIELDS.iter().map(|field| field.name).zip(texts.iter().map(String::as_str)).collect())
}

/// Notes in the audit entry which fields went from one record to the other.
pub(crate) fn note<S: Sheet>(mut entry: Entry, key: &[u8], was: Option<&S>, now: &S) -> Entry {
    let texts = now.texts();
    let before = was.map_or_else(|| vec![String::new(); texts.len()], Sheet::texts);
    for ((field, was), now) in S::FIELDS.iter().zip(before).zip(texts) {
        if was == now {
            continue;
        }
        entry = if field.personal {
            entry.personal(field.name, key, &was, &now)
        } else {
            entry.change(field.name, was, now)
        };
    }
    entry
}

/// "on" for a ticked box.
pub(super) fn tick(on: bool) -> String {
    if on { "on".to_owned() } else { String::new() }
}

/// Checks that a text is no longer than its column.
pub(crate) fn fits(errors: &mut FormErrors, texts: &Texts<'_>, name: &str, what: &str, most: usize) -> String {
    let text = texts.get(name);
    let length = text.chars().count();
    if length > most {
        errors.add(name, format!("Shorten {what} to {most} characters: it has {length}."));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(String, String);

    impl Sheet for Pair {
        const FIELDS: &'static [Field] = &[
            Field { name: "city", label: "City", personal: true },
            Field { name: "plan", label: "Plan", personal: false },
        ];

        fn texts(&self) -> Vec<String> {
            vec![self.0.clone(), self.1.clone()]
        }

        fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors> {
            Ok(Self(texts.get("city").to_owned(), texts.get("plan").to_owned()))
        }
    }

    fn form(pairs: &[(&str, &str)]) -> Edit {
        Edit::of::<Pair>(&pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_field_that_the_form_does_not_show_stays() {
        let newest = Pair("Oslo".into(), "Basic".into());
        let edit = form(&[("was_city", "Oslo"), ("city", " Bergen ")]);
        let Ok(Merged::Ready(merged)) = merge(&newest, &edit) else { panic!("no conflict") };
        assert_eq!((merged.0.as_str(), merged.1.as_str()), ("Bergen", "Basic"));
    }

    #[test]
    fn the_same_field_changed_by_both_is_asked_about() {
        let newest = Pair("Tromsø".into(), "Basic".into());
        let edit = form(&[("was_city", "Oslo"), ("city", "Bergen"), ("was_plan", "Basic"), ("plan", "Basic")]);
        let Ok(Merged::Conflicts(conflicts)) = merge(&newest, &edit) else { panic!("a conflict") };
        assert_eq!(conflicts.len(), 1);
    }
}
