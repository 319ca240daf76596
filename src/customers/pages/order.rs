use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::Datelike;

use super::super::{Customer, Order, OrderLine, find, order, order_lines};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditEconomics, SeeCustomers};
use crate::calendar;
use crate::error::Result;
use crate::ids::OrderId;
use crate::web::{App, Frame, html};

#[derive(Template)]
#[template(path = "customers/order.html")]
struct OrderPage {
    frame: Frame,
    customer: Customer,
    order: Order,
    ordered: String,
    lines: Vec<OrderLine>,
    may_reckon: bool,
}

#[derive(Template)]
#[template(path = "customers/order_dialog.html")]
struct OrderDialog {
    frame: Frame,
    customer: Customer,
    order: Order,
    ordered: String,
    lines: Vec<OrderLine>,
    may_reckon: bool,
}

/// An order with what was bought: a page, or the dialog over the customer's.
pub(super) async fn show(
    State(app): State<App>,
    can: Can<SeeCustomers>,
    frame: Frame,
    headers: HeaderMap,
    Path(id): Path<OrderId>,
) -> Result<Response> {
    let (customer, order, lines, zone) = {
        let mut connection = app.db.read().await?;
        let order = order(&mut connection, id).await?;
        let lines = order_lines(&mut connection, &order).await?;
        let zone = accounts::zone_for(&app, &mut connection, &can).await?;
        (find(&mut connection, order.customer).await?, order, lines, zone)
    };
    audit::view(&app.db, &can, Entry::new(Action::CustomerViewed, Subject::Order(id)).of(customer.id)).await?;
    let may_reckon = can.may::<EditEconomics>();
    let day = order.ordered_at.with_timezone(&zone).date_naive();
    let ordered = calendar::date(day, app.now().year());
    if headers.get("x-fragment").is_some_and(|name| name == "dialog") {
        return Ok(html(&OrderDialog { frame, customer, order, ordered, lines, may_reckon })?.into_response());
    }
    Ok(html(&OrderPage { frame, customer, order, ordered, lines, may_reckon })?.into_response())
}
