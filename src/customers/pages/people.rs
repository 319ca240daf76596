use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::store::find_contact;
use super::super::{Contact, Customer, Edit, NewContact, add_contact, edit_contact, find};
use super::form::{self, Input, Kind, Words, input};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AddCustomers, Can, EditCustomers};
use crate::error::Result;
use crate::ids::{ContactId, CustomerId};
use crate::web::{App, Form, Frame};

const INPUTS: &[Input] = &[
    input("name", Kind::Text, true, ""),
    input("job", Kind::Text, true, "Like Office manager"),
    input("email", Kind::Email, true, ""),
    input("phone", Kind::Phone, true, "As they say it; from abroad with + and the country's code"),
];

fn to_add(customer: &Customer) -> Words {
    Words {
        title: "Add a contact".to_owned(),
        above: customer.name.clone(),
        action: format!("/customers/{}/contacts", customer.id),
        back: format!("/customers/{}", customer.id),
        button: "Add contact",
        said: "Contact added",
        inputs: INPUTS,
    }
}

fn to_edit(customer: &Customer, contact: &Contact) -> Words {
    Words {
        title: "Edit contact".to_owned(),
        action: format!("/contacts/{}", contact.id),
        button: "Save contact",
        said: "Contact saved",
        ..to_add(customer)
    }
}

pub(super) async fn new(
    State(app): State<App>,
    _: Can<AddCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    let customer = find(&mut *app.db.read().await?, id).await?;
    form::blank(frame, to_add(&customer), &NewContact::default())
}

pub(super) async fn create(
    State(app): State<App>,
    can: Can<AddCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let words = to_add(&find(&mut tx, id).await?);
    let added = match form::read(&NewContact::default(), &form.fields) {
        Ok(new) => add_contact(&mut tx, &can, id, new).await.map(drop),
        Err(error) => Err(error),
    };
    form::added::<NewContact>(tx, added, frame, words, &form.fields).await
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<ContactId>,
) -> Result<Response> {
    let (customer, contact) = {
        let mut connection = app.db.read().await?;
        let contact = find_contact(&mut connection, id).await?;
        (find(&mut connection, contact.customer).await?, contact)
    };
    audit::view_again(&app.db, &can, Entry::new(Action::CustomerViewed, Subject::Customer(customer.id))).await?;
    form::filled(frame, to_edit(&customer, &contact), &contact.details)
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<ContactId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let contact = find_contact(&mut tx, id).await?;
    let words = to_edit(&find(&mut tx, contact.customer).await?, &contact);
    let edited = edit_contact(&mut tx, &can, id, &Edit::of::<NewContact>(&form.fields)).await;
    let theirs =
        Entry::new(Action::ContactChanged, Subject::Customer(contact.customer)).fact("contact", id.to_string());
    form::answer::<NewContact>(tx, &can, edited, theirs, (frame, words), &form.fields).await
}
