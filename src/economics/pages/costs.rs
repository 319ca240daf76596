use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Cost, NewCost, Served, add_cost, cost, costs_of, edit_cost, remove_cost, total};
use crate::answer::Answer;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, EditEconomics};
use crate::calendar;
use crate::customers::form::{self, Input, Kind, Words, input};
use crate::customers::{self, Customer, Edit};
use crate::error::Result;
use crate::ids::{OrderId, ServiceCostId, SubscriptionId};
use crate::money::{Currency, Money};
use crate::web::{App, Form, Frame, fresh_key, html};

const INPUTS: &[Input] = &[
    input("what", Kind::Text, false, "Licences and trunks, support, goods"),
    input("amount", Kind::Amount, false, "What it costs us, in the currency of the price"),
    input("source", Kind::Text, false, "Where the figure comes from"),
    input("as_of", Kind::Day, false, ""),
];

/// What is served, as pages name it.
struct Thing {
    of: Served,
    customer: Customer,
    label: String,
    price: Money,
}

impl Thing {
    async fn find(connection: &mut PgConnection, of: Served) -> Result<Self> {
        let (customer, label, price) = match of {
            Served::Subscription(id) => {
                let one = customers::subscription(connection, id).await?;
                (one.customer, one.label(), one.details.monthly_price)
            }
            Served::Order(id) => {
                let one = customers::order(connection, id).await?;
                (one.customer, format!("Order {}", one.number), one.total)
            }
        };
        Ok(Self { of, customer: customers::find(connection, customer).await?, label, price })
    }

    fn is_order(&self) -> bool {
        matches!(self.of, Served::Order(_))
    }

    fn path(&self) -> String {
        match self.of {
            Served::Subscription(id) => format!("/subscriptions/{id}/costs"),
            Served::Order(id) => format!("/orders/{id}/costs"),
        }
    }

    fn currency(&self) -> Currency {
        self.price.currency
    }

    fn to_add(&self) -> Words {
        Words {
            title: "Add a cost".to_owned(),
            above: format!(
                "{}, {}, {} in {}",
                self.customer.name,
                self.label,
                if self.is_order() { "as a whole" } else { "a month" },
                self.currency()
            ),
            action: self.path(),
            back: self.path(),
            button: "Add cost",
            said: "Cost added",
            inputs: INPUTS,
        }
    }

    fn to_edit(&self, id: ServiceCostId) -> Words {
        Words {
            title: "Edit cost".to_owned(),
            action: format!("/service_costs/{id}"),
            button: "Save cost",
            said: "Cost saved",
            ..self.to_add()
        }
    }
}

struct Line {
    cost: Cost,
    as_of: String,
    once: Uuid,
}

#[derive(Template)]
#[template(path = "economics/costs.html")]
struct CostsPage {
    frame: Frame,
    thing: Thing,
    lines: Vec<Line>,
    total: Option<Money>,
}

pub(super) async fn of_subscription(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<SubscriptionId>,
) -> Result<Response> {
    list(&app, &can, frame, Served::Subscription(id)).await
}

pub(super) async fn of_order(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<OrderId>,
) -> Result<Response> {
    list(&app, &can, frame, Served::Order(id)).await
}

async fn list(app: &App, can: &Can<EditEconomics>, frame: Frame, of: Served) -> Result<Response> {
    let (thing, costs) = {
        let mut connection = app.db.read().await?;
        let thing = Thing::find(&mut connection, of).await?;
        customers::require_shown(app, &mut connection, can, thing.customer.id).await?;
        (thing, costs_of(&mut connection, of).await?)
    };
    let viewed = Entry::new(Action::CustomerViewed, Subject::Customer(thing.customer.id));
    audit::view(&app.db, can, viewed).await?;
    let year = app.now().year();
    let total = total(&costs, thing.currency());
    let line = |cost: Cost| Line { as_of: calendar::date(cost.as_of, year), once: fresh_key(), cost };
    let lines = costs.into_iter().map(line).collect();
    Ok(html(&CostsPage { frame, thing, lines, total })?.into_response())
}

pub(super) async fn new_of_subscription(
    State(app): State<App>,
    _: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<SubscriptionId>,
) -> Result<Response> {
    new(&app, frame, Served::Subscription(id)).await
}

pub(super) async fn new_of_order(
    State(app): State<App>,
    _: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<OrderId>,
) -> Result<Response> {
    new(&app, frame, Served::Order(id)).await
}

async fn new(app: &App, frame: Frame, of: Served) -> Result<Response> {
    let thing = Thing::find(&mut *app.db.read().await?, of).await?;
    form::blank(frame, thing.to_add(), &NewCost::blank(thing.currency(), app.now().date_naive()))
}

pub(super) async fn add_to_subscription(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<SubscriptionId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    add(&app, &can, frame, Served::Subscription(id), &form).await
}

pub(super) async fn add_to_order(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<OrderId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    add(&app, &can, frame, Served::Order(id), &form).await
}

async fn add(
    app: &App,
    can: &Can<EditEconomics>,
    frame: Frame,
    of: Served,
    form: &Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(can, &form.once).await?;
    let thing = Thing::find(&mut tx, of).await?;
    let words = thing.to_add();
    let blank = NewCost::blank(thing.currency(), NaiveDate::default());
    let added = match form::read(&blank, &form.fields) {
        Ok(new) => add_cost(&mut tx, can, of, new).await.map(drop),
        Err(error) => Err(error),
    };
    form::added::<NewCost>(tx, added, frame, words, &form.fields).await
}

pub(super) async fn edit(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<ServiceCostId>,
) -> Result<Response> {
    let (cost, thing) = {
        let mut connection = app.db.read().await?;
        let cost = cost(&mut connection, id).await?;
        let thing = Thing::find(&mut connection, cost.of).await?;
        customers::require_shown(&app, &mut connection, &can, thing.customer.id).await?;
        (cost, thing)
    };
    let viewed = Entry::new(Action::CustomerViewed, Subject::Customer(thing.customer.id));
    audit::view(&app.db, &can, viewed).await?;
    form::filled(frame, thing.to_edit(id), &cost.details)
}

pub(super) async fn save(
    State(app): State<App>,
    can: Can<EditEconomics>,
    frame: Frame,
    Path(id): Path<ServiceCostId>,
    form: Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let of = cost(&mut tx, id).await?.of;
    let thing = Thing::find(&mut tx, of).await?;
    let words = thing.to_edit(id);
    let edited = edit_cost(&mut tx, &can, id, &Edit::of::<NewCost>(&form.fields)).await;
    let theirs = Entry::new(Action::ServiceCostChanged, Subject::Customer(thing.customer.id));
    form::answer::<NewCost>(tx, &can, edited, theirs, (frame, words), &form.fields).await
}

/// Which version of the line was on screen.
#[derive(Deserialize)]
pub(super) struct RemovalForm {
    #[serde(default)]
    version: String,
}

pub(super) async fn remove(
    State(app): State<App>,
    can: Can<EditEconomics>,
    Path(id): Path<ServiceCostId>,
    form: Form<RemovalForm>,
) -> Result<Response> {
    let mut tx = app.begin(&can, &form.once).await?;
    let of = remove_cost(&mut tx, &can, id, form.fields.version.parse().unwrap_or(0)).await?;
    let path = Thing::find(&mut tx, of).await?.path();
    Ok(tx.finish(Answer::to(path).say("Cost taken away")).await?.into_response())
}
