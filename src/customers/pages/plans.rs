use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::{
    Customer, Edit, NewSubscription, Subscription, SubscriptionStatus, add_subscription, edit_subscription, find,
    subscription,
};
use super::form::{self, Input, Kind, Words, currencies, input};
use super::require_shown;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AddCustomers, Can, EditCustomers};
use crate::error::Result;
use crate::ids::{CustomerId, SubscriptionId};
use crate::money::Money;
use crate::web::{App, Form, Frame};

const INPUTS: &[Input] = &[
    input("product", Kind::Text, false, ""),
    input("plan", Kind::Text, true, ""),
    input("quantity", Kind::Amount, false, "Seats, lines or pieces"),
    input("monthly_price", Kind::Amount, false, "Of all of them together"),
    input("currency", Kind::Choice(currencies), false, ""),
    input("status", Kind::Choice(statuses), false, ""),
    input("started_on", Kind::Day, true, ""),
    input("contract_ends_on", Kind::Day, true, ""),
    input("ended_on", Kind::Day, true, ""),
    input("external_ref", Kind::Text, true, "Its number in the billing system"),
];

fn statuses() -> Vec<(String, String)> {
    SubscriptionStatus::ALL.iter().map(|status| (status.name().to_owned(), status.label().to_owned())).collect()
}

fn to_add(customer: &Customer) -> Words {
    Words {
        title: "Add a subscription".to_owned(),
        above: customer.name.clone(),
        action: format!("/customers/{}/subscriptions", customer.id),
        back: format!("/customers/{}", customer.id),
        button: "Add subscription",
        said: "Subscription added",
        inputs: INPUTS,
    }
}

fn to_edit(customer: &Customer, subscription: &Subscription) -> Words {
    Words {
        title: "Edit subscription".to_owned(),
        action: format!("/subscriptions/{}", subscription.id),
        button: "Save subscription",
        said: "Subscription saved",
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
    let record = NewSubscription { monthly_price: Money::zero(customer.currency), ..NewSubscription::default() };
    form::blank(frame, to_add(&customer), &record)
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
    let added = match form::read(&NewSubscription::default(), &form.fields) {
        Ok(new) => add_subscription(&mut tx, &can, id, new).await.map(drop),
        Err(error) => Err(error),
    };
    form::added::<NewSubscription>(tx, added, frame, words, &form.fields).await
}

pub(super) async fn show(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<SubscriptionId>,
) -> Result<Response> {
    let (customer, subscription) = {
        let mut connection = app.db.read().await?;
        let subscription = subscription(&mut connection, id).await?;
        require_shown(&app, &mut connection, &can, subscription.customer).await?;
        (find(&mut connection, subscription.customer).await?, subscription)
    };
    audit::view_again(&app.db, &can, Entry::new(Action::CustomerViewed, Subject::Customer(customer.id))).await?;
    form::filled(frame, to_edit(&customer, &subscription), &subscription.details)
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<EditCustomers>,
    frame: Frame,
    Path(id): Path<SubscriptionId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let subscription = subscription(&mut tx, id).await?;
    let words = to_edit(&find(&mut tx, subscription.customer).await?, &subscription);
    let edited = edit_subscription(&mut tx, &can, id, &Edit::of::<NewSubscription>(&form.fields)).await;
    let theirs = Entry::new(Action::SubscriptionChanged, Subject::Customer(subscription.customer))
        .fact("subscription", id.to_string());
    form::answer::<NewSubscription>(tx, &can, edited, theirs, (frame, words), &form.fields).await
}
