//! What the case page knows of its case beside the log: one statement for the case, its customer, what is at stake and
//! what is due.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::due::{Due, Open};
use crate::accounts;
use crate::auth::Actor;
use crate::calendar;
use crate::cases::{self, AtStake, Case, Close, Stage};
use crate::customers::{self, Protection, Status, Whose};
use crate::db::{Part, first, part, together};
use crate::error::Result;
use crate::ids::{CaseId, OrderId};
use crate::money::{Currency, Money};
use crate::web::{self, App};

/// Everything the page says beside the log.
pub(super) struct Facts {
    pub(super) case: Case,
    pub(super) customer: String,
    /// Whether account details are shown (R19); none where no rules ask.
    pub(super) shown: Option<customers::Shown>,
    pub(super) status: Status,
    pub(super) since: Option<NaiveDate>,
    pub(super) paid: Money,
    pub(super) refunded: Money,
    pub(super) flags: Vec<(&'static str, &'static str)>,
    pub(super) contacts: Vec<Contact>,
    pub(super) subscription: Option<Subscription>,
    pub(super) order: Option<Order>,
    pub(super) cancelled: Vec<Cancelled>,
    pub(super) due: Vec<Due>,
    pub(super) owner: Option<String>,
    pub(super) team: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) reason_takes_attempt: bool,
    pub(super) opened_by: Option<String>,
    pub(super) closed_by: Option<String>,
    pub(super) duplicate_of: Option<i64>,
    pub(super) source: Option<String>,
    pub(super) second_because: Option<String>,
    /// Since when no offer may be shown to this customer.
    pub(super) frozen_since: Option<DateTime<Utc>>,
    /// Where the one who looks works: moments are shown there.
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
}

/// Somebody to reach.
#[derive(Debug, Deserialize)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) job: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Contact {
    /// "Renee Caldwell, office manager"
    pub(super) fn who(&self) -> String {
        let who = [&self.name, &self.email, &self.phone].into_iter().find(|text| !text.is_empty());
        let who = who.cloned().unwrap_or_default();
        if self.job.is_empty() { who } else { format!("{who}, {}", self.job) }
    }
}

/// The subscription at stake.
pub(super) struct Subscription {
    pub(super) product: String,
    pub(super) plan: String,
    pub(super) quantity: i32,
    pub(super) monthly: Money,
    pub(super) status: String,
    pub(super) started_on: Option<NaiveDate>,
    pub(super) contract_ends_on: Option<NaiveDate>,
}

impl Subscription {
    pub(super) fn status(&self) -> String {
        spoken(&self.status)
    }
}

/// The order at stake.
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) number: String,
    pub(super) ordered_at: DateTime<Utc>,
    pub(super) total: Money,
    pub(super) status: String,
    pub(super) lines: Vec<Line>,
    pub(super) more_lines: i64,
}

impl Order {
    pub(super) fn status(&self) -> String {
        spoken(&self.status)
    }
}

/// One line of an order.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) description: String,
    pub(super) quantity: i32,
    amount_minor: i64,
    currency: Currency,
}

impl Line {
    pub(super) fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// One line that a cancellation took back, with the order it seems to undo.
#[derive(Debug, Deserialize)]
pub(super) struct Cancelled {
    pub(super) description: String,
    pub(super) quantity: i32,
    amount_minor: i64,
    currency: Currency,
    pub(super) order_id: Option<OrderId>,
    pub(super) order_number: Option<String>,
    pub(super) match_reason: String,
}

impl Cancelled {
    pub(super) fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }
}

/// What stands beside a case, as it is read.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
pub(super) struct Beside {
    customer: String,
    status: String,
    customer_since: Option<NaiveDate>,
    currency: Currency,
    paid_total_minor: i64,
    refunded_total_minor: i64,
    vip: bool,
    vulnerable: bool,
    fraud_suspected: bool,
    legal_hold: bool,
    product: Option<String>,
    plan: Option<String>,
    quantity: Option<i32>,
    monthly: Option<i64>,
    monthly_currency: Option<Currency>,
    subscription_status: Option<String>,
    started_on: Option<NaiveDate>,
    contract_ends_on: Option<NaiveDate>,
    order: Option<OrderId>,
    order_number: Option<String>,
    ordered_at: Option<DateTime<Utc>>,
    total: Option<i64>,
    order_currency: Option<Currency>,
    order_status: Option<String>,
    order_lines: i64,
    lines: Json<Vec<Line>>,
    cancelled: Json<Vec<Cancelled>>,
    contacts: Json<Vec<Contact>>,
    open: Json<Vec<Open>>,
    owner: Option<String>,
    team: Option<String>,
    opened_by: Option<String>,
    closed_by: Option<String>,
    duplicate_of: Option<i64>,
    source: Option<String>,
    second_because: Option<String>,
    reason: Option<String>,
    takes_attempt: Option<bool>,
    broken: bool,
    overdue: bool,
    frozen_since: Option<DateTime<Utc>>,
}

/// The case and all that stands beside it.
pub(super) fn asked(case: CaseId, now: DateTime<Utc>) -> (Part<Case>, Part<Beside>) {
    (cases::find_part(case), beside(case, now))
}

fn beside(case: CaseId, now: DateTime<Utc>) -> Part<Beside> {
    part!(
        Beside,
        r#"
        select
            cu.name as customer, cu.status, cu.customer_since, cu.currency as "currency: Currency",
            cu.paid_total_minor, cu.refunded_total_minor, cu.vip, cu.vulnerable, cu.fraud_suspected, cu.legal_hold,
            s.product as "product?", s.plan as "plan?", s.quantity as "quantity?",
            s.monthly_price_minor as "monthly?", s.currency as "monthly_currency?: Currency",
            s.status as "subscription_status?", s.started_on, s.contract_ends_on,
            o.id as "order?: OrderId", o.number as "order_number?", o.ordered_at as "ordered_at?",
            o.total_minor as "total?", o.currency as "order_currency?: Currency", o.status as "order_status?",
            (select count(*) from order_lines l where l.order_id = o.id) as "order_lines!",
            coalesce((
                select jsonb_agg(jsonb_build_object('description', l.description, 'quantity', l.quantity,
                    'amount_minor', l.amount_minor, 'currency', o.currency) order by l.position)
                from order_lines l
                where l.order_id = o.id and l.position <= (
                    select coalesce(max(p.position), 0)
                    from (select position from order_lines where order_id = o.id order by position limit 12) p)
            ), '[]') as "lines!: Json<Vec<Line>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('description', l.description, 'quantity', l.quantity,
                    'amount_minor', l.amount_minor, 'currency', c.currency, 'order_id', l.order_id,
                    'order_number', lo.number, 'match_reason', l.match_reason) order by l.position)
                from cancellation_lines l
                left join orders lo on lo.id = l.order_id
                where l.case_id = c.id and l.position <= 30
            ), '[]') as "cancelled!: Json<Vec<Cancelled>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('name', p.name, 'job', p.job, 'email', p.email,
                    'phone', p.phone) order by p.position, p.id)
                from (
                    select id, name, job, email, phone, position
                    from contacts
                    where customer_id = cu.id
                    order by position, id
                    limit 6
                ) p
            ), '[]') as "contacts!: Json<Vec<Contact>>",
            coalesce((
                select jsonb_agg(jsonb_build_object('kind', d.kind, 'what', d.what, 'due_at', d.due_at,
                    'because', d.because, 'set_at', d.set_at,
                    'paused_at', d.paused_at, 'paused_minutes', d.paused_minutes, 'follow_up', case when f.id is not null then
                        jsonb_build_object('id', f.id, 'kind', f.kind, 'owner', fu.name, 'snoozed_for', f.snoozed_for)
                    end, 'appointment', case when d.kind = 'appointment' then d.subject_id end) order by d.paused_at is not null, d.due_at, d.id)
                from deadlines d
                left join follow_ups f on f.id = case when d.kind = 'follow_up' then d.subject_id end
                left join users fu on fu.id = f.owner_id
                where d.case_id = c.id and d.stage = 'open'
            ), '[]') as "open!: Json<Vec<Open>>",
            ow.name as "owner?", te.name as "team?", op.name as "opened_by?", cl.name as "closed_by?",
            dup.number as "duplicate_of?", c.source, c.second_because,
            coalesce(rp.name || ' › ' || r.name, r.name) as reason, r.takes_save_attempt as "takes_attempt?",
            exists (select from promises p where p.case_id = c.id and p.stage = 'broken') as "broken!",
            exists (
                select from promises p where p.case_id = c.id and p.stage = 'open' and p.due_at < $2
            ) as "overdue!",
            offers_frozen_since(c.customer_id) as "frozen_since?"
        from cases c
        join customers cu on cu.id = c.customer_id
        left join subscriptions s on s.id = c.subscription_id
        left join orders o on o.id = c.order_id
        left join users ow on ow.id = c.owner_id
        left join teams te on te.id = c.team_id
        left join users op on op.id = c.opened_by_id
        left join users cl on cl.id = c.closed_by_id
        left join cases dup on dup.id = c.duplicate_of_id
        left join reasons r on r.code = c.reason
        left join reasons rp on rp.code = r.parent_code
        where c.id = $1
        "#,
        case as CaseId,
        now as DateTime<Utc>,
    )
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// `NotFound` when there is no such case.
    pub(super) async fn load(
        app: &App,
        connection: &mut PgConnection,
        actor: &Actor,
        case: CaseId,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let parts = (asked(case, now), customers::protection_part(Whose::Case(case), actor.id, now));
        let ((case, beside), protection) = together(connection, parts).await?;
        let zone = accounts::zone_for(app, connection, actor).await?;
        let mut facts = Self::of(first(case)?, first(beside)?, zone, now);
        facts.protect(&first(protection)?);
        Ok(facts)
    }

    /// Of what was read, on the clock of the one who looks.
    pub(super) fn of(case: Case, row: Beside, zone: Tz, now: DateTime<Utc>) -> Self {
        let order = row.order.zip(row.order_number).map(|(id, number)| Order {
            id,
            number,
            ordered_at: row.ordered_at.unwrap_or(now),
            total: Money::new(row.total.unwrap_or_default(), row.order_currency.unwrap_or(row.currency)),
            status: row.order_status.unwrap_or_default(),
            more_lines: row.order_lines - i64::try_from(row.lines.0.len()).unwrap_or_default(),
            lines: row.lines.0,
        });
        let subscription = row.product.map(|product| Subscription {
            product,
            plan: row.plan.unwrap_or_default(),
            quantity: row.quantity.unwrap_or(1),
            monthly: Money::new(row.monthly.unwrap_or_default(), row.monthly_currency.unwrap_or(row.currency)),
            status: row.subscription_status.unwrap_or_default(),
            started_on: row.started_on,
            contract_ends_on: row.contract_ends_on,
        });
        let due: Vec<Due> = row.open.0.into_iter().filter_map(|open| Due::of(open, zone, now)).collect();
        // the mark of what is due first says so already
        let said = due.first().is_some_and(Due::is_late_promise);
        let flags = [
            (row.broken, "Broken promise", "bad"),
            (row.overdue && !said, "Promise late", "bad"),
            (row.vip, "VIP", "info"),
            (row.vulnerable, "Vulnerable", "warn"),
            (row.fraud_suspected, "Fraud suspected", "bad"),
            (row.legal_hold, "Legal hold", ""),
            (row.frozen_since.is_some(), "Offers held", "bad"),
        ];
        Self {
            customer: row.customer,
            shown: None,
            status: Status::from_name(&row.status).unwrap_or(Status::Active),
            since: row.customer_since,
            paid: Money::new(row.paid_total_minor, row.currency),
            refunded: Money::new(row.refunded_total_minor, row.currency),
            flags: flags.into_iter().filter(|(on, ..)| *on).map(|(_, label, tone)| (label, tone)).collect(),
            contacts: row.contacts.0,
            subscription,
            order,
            cancelled: row.cancelled.0,
            due,
            owner: row.owner,
            team: row.team,
            reason: row.reason,
            reason_takes_attempt: row.takes_attempt.unwrap_or(true),
            opened_by: row.opened_by,
            closed_by: row.closed_by,
            duplicate_of: row.duplicate_of,
            source: row.source,
            second_because: row.second_because,
            frozen_since: row.frozen_since,
            zone,
            now,
            case,
        }
    }

    /// Takes out what may not be shown (R19): of what is at stake only its name is left.
    pub(super) fn protect(&mut self, protection: &Protection) {
        let case = &self.case;
        self.shown = customers::Shown::of(protection, case.customer, Some(case.id), (self.zone, self.now));
        if self.masked() {
            (self.paid.minor, self.refunded.minor) = (0, 0);
            if let Some(subscription) = &mut self.subscription {
                subscription.plan.clear();
                (subscription.quantity, subscription.monthly.minor) = (1, 0);
                (subscription.started_on, subscription.contract_ends_on) = (None, None);
            }
        }
    }

    /// Whether account details are masked for whoever looks.
    pub(super) fn masked(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.masked)
    }

    /// Where the case stands, as the name of its mark.
    pub(super) fn mark(&self) -> &'static str {
        match self.case.stage {
            Stage::New => "new",
            Stage::Waiting(_) => "wait",
            Stage::Working | Stage::Closed(_) => "working",
        }
    }

    /// What is due, but for promises, which have a card of their own.
    pub(super) fn todo(&self) -> Vec<&Due> {
        self.due.iter().filter(|due| !due.is_promise()).collect()
    }

    /// The customer’s wish to cancel, while it is not confirmed.
    pub(super) fn cancel_by(&self) -> Option<&Due> {
        self.due.iter().find(|due| due.is_cancel_request())
    }

    /// How it ended, once it has.
    pub(super) fn close(&self) -> Option<&Close> {
        match &self.case.stage {
            Stage::Closed(close) => Some(close),
            _ => None,
        }
    }

    /// "Thu 31 Dec"
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    pub(super) fn date(&self, date: &NaiveDate) -> String {
        let this_year = chrono::Datelike::year(&self.now.with_timezone(&self.zone));
        calendar::date(*date, this_year)
    }

    /// "Thu 19 Nov 14:00"
    pub(super) fn moment(&self, at: &DateTime<Utc>) -> String {
        calendar::moment(*at, self.zone, self.now)
    }

    /// What is at stake in a few words.
    pub(super) fn subject(&self) -> String {
        match (&self.subscription, &self.order, self.case.at_stake) {
            (Some(subscription), ..) if subscription.quantity > 1 => {
                format!("{} × {}", subscription.quantity, subscription.product)
            }
            (Some(subscription), ..) => subscription.product.clone(),
            (None, Some(order), _) => format!("Order {}", order.number),
            (None, None, AtStake::Everything | AtStake::Subscription(_) | AtStake::Order(_)) => {
                "The whole relation".to_owned()
            }
        }
    }

    /// Why nothing is to be tried to keep this customer, if so.
    pub(super) fn no_attempt_because(&self) -> Option<&'static str> {
        self.case.no_attempt_because(self.reason_takes_attempt, self.status == Status::Cancelled)
    }

    pub(super) fn owner_initials(&self) -> String {
        self.owner.as_deref().map(web::initials).unwrap_or_default()
    }

    pub(super) fn owner_hue(&self) -> u8 {
        self.owner.as_deref().map(web::hue).unwrap_or_default()
    }
}

/// A stored code as words: `partly_cancelled` is "Partly cancelled".
pub(super) fn spoken(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
