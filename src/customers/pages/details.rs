use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::{Customer, Details, Edit, Tier, edit, find};
use super::form::{self, Input, Kind, Words, input};
use super::require_shown;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditCustomers};
use crate::error::Result;
use crate::ids::CustomerId;
use crate::web::{App, Form, Frame};

pub(super) const INPUTS: &[Input] = &[
    input("name", Kind::Text, false, ""),
    input("account_number", Kind::Text, true, ""),
    input("tier", Kind::Choice(tiers), false, "How much of the revenue they are"),
    input("segment", Kind::Text, true, ""),
    input("street", Kind::Text, true, ""),
    input("postcode", Kind::Text, true, ""),
    input("city", Kind::Text, true, ""),
    input("country", Kind::Text, true, ""),
    input("time_zone", Kind::Text, false, "Like America/New_York"),
    input("language", Kind::Text, false, "By its code, like en"),
    input("customer_since", Kind::Day, true, ""),
    input("company", Kind::Tick, true, ""),
    input("identified", Kind::Tick, true, "Off for a complainant or guest buyer whose account is not found yet"),
    input("vip", Kind::Tick, true, ""),
    input("vulnerable", Kind::Tick, true, ""),
    input("fraud_suspected", Kind::Tick, true, ""),
    input("legal_hold", Kind::Tick, true, "Nothing of theirs may be deleted"),
    input("cpni", Kind::Tick, true, "Masked until the customer has authenticated for the contact, as telecom law asks"),
];

fn tiers() -> Vec<(String, String)> {
    Tier::ALL.iter().map(|tier| (tier.name().to_owned(), tier.label().to_owned())).collect()
}

fn words(customer: &Customer) -> Words {
    Words {
        title: "Edit details".to_owned(),
        above: customer.name.clone(),
        action: format!("/customers/{}", customer.id),
        back: format!("/customers/{}", customer.id),
        button: "Save details",
        said: "Details saved",
        inputs: INPUTS,
    }
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    let customer = {
        let mut connection = app.db.read().await?;
        require_shown(&app, &mut connection, &can, id).await?;
        find(&mut connection, id).await?
    };
    audit::view_again(&app.db, &can, Entry::new(Action::CustomerViewed, Subject::Customer(id))).await?;
    form::filled(frame, words(&customer), &customer.details)
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<CustomerId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let words = words(&find(&mut tx, id).await?);
    let edited = edit(&mut tx, &can, id, &Edit::of::<Details>(&form.fields)).await;
    let theirs = Entry::new(Action::CustomerChanged, Subject::Customer(id));
    form::answer::<Details>(tx, &can, edited, theirs, (frame, words), &form.fields).await
}
