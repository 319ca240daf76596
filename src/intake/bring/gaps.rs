//! What a row of customers says of a contact and a subscription, and which gaps of those that are here it fills.

use super::placeholder;
use crate::customers::{Details, NewContact, NewSubscription, SubscriptionStatus};
use crate::intake::rows::CustomerRow;

pub(super) fn contact_of(row: &CustomerRow) -> NewContact {
    NewContact {
        name: row.contact_name.clone(),
        job: String::new(),
        email: row.email.clone(),
        phone: row.phone.clone(),
    }
}

pub(super) fn subscription_of(row: &CustomerRow) -> Option<NewSubscription> {
    let monthly_price = row.monthly_price?;
    let ended_on = row.ended_on();
    Some(NewSubscription {
        external_ref: Some(row.account_number.clone()),
        product: row.product.clone(),
        plan: row.plan.clone(),
        quantity: row.quantity,
        monthly_price,
        started_on: row.since.map(|since| since.on),
        contract_ends_on: row.contract_ends_on,
        ended_on,
        status: if ended_on.is_some() { SubscriptionStatus::Ended } else { SubscriptionStatus::Active },
    })
}

fn fill_text(place: &mut String, text: &str) {
    if place.is_empty() {
        text.clone_into(place);
    }
}

pub(super) fn fill(details: &mut Details, row: &CustomerRow) {
    if row.named && details.name == placeholder(&row.account_number) {
        details.name.clone_from(&row.name);
        details.company = row.company;
    }
    fill_text(&mut details.city, &row.city);
    fill_text(&mut details.postcode, &row.postcode);
    fill_text(&mut details.country, &row.country);
    details.customer_since = details.customer_since.or(row.since.map(|since| since.on));
    if !row.segment.is_empty() {
        details.segment.clone_from(&row.segment);
    }
    if let Some(paid) = row.paid_total.filter(|paid| paid.currency == details.currency) {
        details.paid_total = paid;
    }
    if let Some(refunded) = row.refunded_total.filter(|refunded| refunded.currency == details.currency) {
        details.refunded_total = refunded;
    }
}

pub(super) fn fill_contact(contact: &mut NewContact, row: &CustomerRow) {
    fill_text(&mut contact.name, &row.contact_name);
    fill_text(&mut contact.email, &row.email);
    fill_text(&mut contact.phone, &row.phone);
}

pub(super) fn follow(subscription: &mut NewSubscription, row: &CustomerRow, status_moved: bool) {
    let Some(price) = row.monthly_price else { return };
    subscription.monthly_price = price;
    subscription.product.clone_from(&row.product);
    subscription.quantity = row.quantity;
    if !row.plan.is_empty() {
        subscription.plan.clone_from(&row.plan);
    }
    subscription.started_on = subscription.started_on.or(row.since.map(|since| since.on));
    subscription.contract_ends_on = row.contract_ends_on.or(subscription.contract_ends_on);
    let running = subscription.status != SubscriptionStatus::Ended;
    if let Some(ended_on) = row.ended_on().filter(|_| running && !status_moved) {
        subscription.status = SubscriptionStatus::Ended;
        subscription.ended_on = Some(ended_on);
    }
}
