//! Publishing terms.

use super::super::{Template, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditPolicy};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::ComplaintTemplateId;

/// Terms to be published: the next version of some, or the first of others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTemplate {
    /// All of it; its identity and its number are given to it.
    pub template: Template,
    /// The version that was on screen; 0 for the first.
    pub seen: i32,
}

/// Why terms were not published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotPublished {
    /// Somebody else published a version meanwhile.
    Changed,
    /// There are terms of this name already.
    Taken,
    /// Nothing is different.
    Same,
}

/// Publishes a version of some terms. What was taken in before keeps the terms it was taken in under.
///
/// # Errors
/// When the database refuses.
pub async fn publish(tx: &mut Tx, _: &Can<EditPolicy>, new: NewTemplate) -> Result<Result<Template, NotPublished>> {
    let newest = store::versions(tx, &new.template.code).await?.into_iter().next();
    let number = newest.as_ref().map_or(0, |newest| newest.number);
    if number != new.seen {
        return Ok(Err(if new.seen == 0 { NotPublished::Taken } else { NotPublished::Changed }));
    }
    let at = tx.now();
    let template = Template {
        id: ComplaintTemplateId::new(),
        number: number + 1,
        published_at: at,
        published_by: None,
        ..new.template
    };
    let as_before = newest.as_ref().map(|newest| Template {
        id: template.id,
        number: template.number,
        published_at: at,
        published_by: None,
        ..newest.clone()
    });
    if as_before.as_ref() == Some(&template) {
        return Ok(Err(NotPublished::Same));
    }
    if !store::insert_template(tx, &template).await? {
        return Ok(Err(NotPublished::Changed));
    }
    let entry = Entry::new(Action::ComplaintTermsPublished, Subject::Desk)
        .fact("code", template.code.clone())
        .fact("number", template.number)
        .fact("span", template.span)
        .fact("counted", template.counted.name())
        .fact("extended_span", template.extended_span)
        .fact("active", template.active);
    audit::record(tx, entry).await?;
    tx.tell("complaints");
    Ok(Ok(template))
}
