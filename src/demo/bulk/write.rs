//! Writes customers and cases to the sheets of their tables.

use super::cell::{Again, escaped};
use super::parts::{PARTS, part};
use super::patterns::{Customer, Patterns};
use super::plan::Plan;
use super::sheet::Sheet;
use super::who::{self, Who};
use super::{Numbers, talk};
use crate::customers::Status;
use crate::demo::dice::Dice;
use crate::search::{self, Field};

const DAY: i64 = 24 * 60 * 60_000_000;

/// Writes what is planned.
pub(super) struct Writer<'a> {
    pub(super) patterns: &'a Patterns,
    pub(super) plan: &'a Plan,
    pub(super) seed: u64,
    pub(super) numbers: Numbers,
    pub(super) sheets: Vec<Sheet>,
}

/// Whom a choice is for, so that all that concerns them can be thrown anew in another place.
#[derive(Clone, Copy)]
enum For {
    Who,
    Customer,
    Case,
}

impl<'a> Writer<'a> {
    /// With empty sheets.
    pub(super) fn new(patterns: &'a Patterns, plan: &'a Plan, seed: u64, numbers: Numbers) -> Self {
        Self { patterns, plan, seed, numbers, sheets: vec![Sheet::default(); PARTS.len()] }
    }

    fn dice(&self, of: For, n: usize) -> Dice {
        let n = u64::try_from(n).unwrap_or_default();
        Dice::new(
            self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (n * 4 + of as u64).wrapping_mul(0xD1B5_4A32_D192_ED03),
        )
    }

    fn sheet(&mut self, table: &str) -> &mut Sheet {
        &mut self.sheets[part(table)]
    }

    /// What kind of customer it is: one like that of the first of their cases.
    fn like(&self, n: usize) -> &'a Customer {
        let first = self.plan.customers[n].first().map_or(0, |case| self.plan.lived[*case].pattern);
        &self.patterns.customers[self.patterns.all[first].customer]
    }

    fn who(&self, n: usize) -> Who {
        let (like, columns) = (self.like(n), &self.patterns.columns);
        let town = columns[part("customers")].iter().position(|column| column == "city");
        let town = town.and_then(|at| like.row[at].as_deref()).unwrap_or_default();
        let mut dice = self.dice(For::Who, n);
        Who::new(&mut dice, self.numbers.customers + n, like, town, &columns[part("contacts")])
    }

    /// When a customer was added, and their identity.
    fn identity(&self, n: usize) -> (i64, u128) {
        let mut dice = self.dice(For::Customer, n);
        let cases = &self.plan.customers[n];
        let first = cases.iter().map(|case| self.plan.lived[*case].opened).min().unwrap_or_default();
        let created = first - dice.between(1, 400) * DAY;
        (created, id(&mut dice, created))
    }

    fn number(&self, case: usize) -> i64 {
        self.numbers.cases + i64::try_from(case).unwrap_or_default()
    }

    /// Writes a customer with whom to reach there.
    pub(super) fn customer(&mut self, n: usize) {
        let (like, who, (created, customer)) = (self.like(n), self.who(n), self.identity(n));
        let mut dice = self.dice(For::Customer, self.plan.customers.len() + n);
        let later = created - like.created;
        let status = self.statuses(n, customer, created, &who, &mut dice);
        let key: [u8; 32] = std::array::from_fn(|_| u8::try_from(dice.between(0, 255)).unwrap_or_default());
        let patterns = self.patterns;
        let sheet = self.sheet("customers");
        for (name, cell) in patterns.columns[part("customers")].iter().zip(&like.row) {
            match (name.as_str(), cell.as_deref()) {
                ("id", _) => sheet.id(customer),
                ("name", _) => sheet.text(&who.name),
                ("account_number", _) => sheet.text(&who.account),
                ("street", _) => sheet.text(&who.street),
                ("status", _) => sheet.text(&status),
                ("audit_key", _) => sheet.bytes(&key),
                ("created_at", _) => sheet.at(created),
                ("linked_to_id", _) | (_, None) => sheet.null(),
                ("customer_since", Some(day)) => match day.parse::<chrono::NaiveDate>() {
                    Ok(day) => sheet.day(day + chrono::TimeDelta::days(later / DAY)),
                    Err(_) => sheet.null(),
                },
                (_, Some(text)) => sheet.text(text),
            };
        }
        sheet.end();
        let mut terms = vec![(Field::Name, who.name.clone()), (Field::Account, who.account.clone())];
        for (contact, row) in who.contacts.iter().zip(&like.contacts) {
            let contact_id = id(&mut dice, created);
            let sheet = self.sheet("contacts");
            for (name, cell) in patterns.columns[part("contacts")].iter().zip(row) {
                match (name.as_str(), cell.as_deref()) {
                    ("id", _) => sheet.id(contact_id),
                    ("customer_id", _) => sheet.id(customer),
                    ("name", _) => sheet.text(&contact.name),
                    ("email", _) => sheet.text(&contact.email),
                    ("phone", _) => sheet.text(&contact.phone),
                    ("phone_e164", Some(_)) => {
                        let digits: String = contact.phone.chars().filter(char::is_ascii_digit).collect();
                        terms.push((Field::Phone, format!("+{digits}")));
                        sheet.text(&format!("+{digits}"))
                    }
                    (_, None) => sheet.null(),
                    (_, Some(text)) => sheet.text(text),
                };
            }
            sheet.end();
            terms.push((Field::Contact, contact.name.clone()));
            terms.push((Field::Email, contact.email.clone()));
            terms.push((Field::Phone, contact.phone.clone()));
        }
        for row in &like.consents {
            let consent = id(&mut dice, created);
            let sheet = self.sheet("consents");
            for (name, cell) in patterns.columns[part("consents")].iter().zip(row) {
                match (name.as_str(), cell.as_deref()) {
                    ("id", _) => sheet.id(consent),
                    ("customer_id", _) => sheet.id(customer),
                    ("at", _) => sheet.at(created),
                    (_, None) => sheet.null(),
                    (_, Some(text)) => sheet.text(text),
                };
            }
            sheet.end();
        }
        self.terms("customer", customer, customer, &terms);
        let presented: usize = self.lived(n).map(|lived| patterns.all[lived.pattern].presented).sum();
        if presented > 0 {
            let rev = i64::try_from(presented).unwrap_or_default();
            self.sheet("concession_heads").id(customer).number(rev).end();
        }
    }

    fn lived(&self, n: usize) -> impl Iterator<Item = super::plan::Lived> + use<'a> {
        let plan = self.plan;
        plan.customers[n].iter().map(|case| plan.lived[*case])
    }

    /// Writes how the customer's status went; gives what it is now.
    fn statuses(&mut self, n: usize, customer: u128, created: i64, who: &Who, dice: &mut Dice) -> String {
        let active = Status::Active.name().to_owned();
        let mut changes = Vec::new();
        for case in &self.plan.customers[n] {
            let lived = self.plan.lived[*case];
            for (at, now, why, by) in &self.patterns.all[lived.pattern].statuses {
                changes.push((at + lived.later, *case, now, why, by, lived));
            }
        }
        changes.sort_by_key(|change| (change.0, change.1));
        let added = id(dice, created);
        self.sheet("status_changes").id(added).id(customer).null().text(&active).text("Added").at(created).null().end();
        let mut status = active;
        for (at, case, now, why, by, lived) in changes {
            if *now == status {
                continue;
            }
            let change = id(dice, at);
            let number = self.number(case);
            let sheet = self.sheet("status_changes");
            sheet.id(change).id(customer).text(&status).text(now);
            let again = Again {
                ids: &[],
                later: lived.later,
                days: -7 * lived.weeks,
                minutes: lived.minutes,
                first: who.first(),
                name: &who.name,
                account: &who.account,
                case_number: number,
                offers: 0,
                orders: 0,
                subscriptions: 0,
            };
            why.write(sheet, &again);
            sheet.at(at);
            match by {
                Some(by) => sheet.raw(by),
                None => sheet.null(),
            };
            sheet.end();
            status.clone_from(now);
        }
        status
    }

    /// Writes a case with all that happened in it.
    pub(super) fn case(&mut self, n: usize) {
        let lived = self.plan.lived[n];
        let patterns = self.patterns;
        let pattern = &patterns.all[lived.pattern];
        let who = self.who(lived.customer);
        let mut dice = self.dice(For::Case, n);
        let mut ids = vec![self.identity(lived.customer).1];
        ids.extend(pattern.ids[1..].iter().map(|made| id(&mut dice, made + lived.later)));
        let (name, account) = (escaped(&who.name), escaped(&who.account));
        let again = Again {
            ids: &ids,
            later: lived.later,
            days: -7 * lived.weeks,
            minutes: lived.minutes,
            first: who.first(),
            name: &name,
            account: &account,
            case_number: self.number(n),
            offers: self.numbers.offers,
            orders: self.numbers.orders,
            subscriptions: self.numbers.subscriptions,
        };
        for (table, cells) in &pattern.rows {
            let sheet = &mut self.sheets[*table];
            for cell in cells {
                cell.write(sheet, &again);
            }
            sheet.end();
        }
        let (customer, case) = (ids[0], ids[1]);
        for entry in talk::more(&mut dice, pattern, &lived, who.first()) {
            let entry_id = id(&mut dice, entry.at);
            let sheet = self.sheet("interactions");
            for column in &patterns.columns[part("interactions")] {
                match column.as_str() {
                    "id" => sheet.id(entry_id),
                    "case_id" => sheet.id(case),
                    "customer_id" => sheet.id(customer),
                    "at" => sheet.at(entry.at),
                    "by_id" => sheet.raw(entry.by),
                    "kind" => sheet.raw(entry.kind),
                    "direction" => match entry.direction {
                        Some(direction) => sheet.raw(direction),
                        None => sheet.null(),
                    },
                    "body" => sheet.text(&entry.body),
                    _ => sheet.null(),
                };
            }
            sheet.end();
        }
        self.terms("case", case, customer, &[(Field::Case, format!("SD-{}", self.number(n)))]);
        for (at, slot) in pattern.offers.iter().enumerate() {
            let number = self.numbers.offers + i64::try_from(at).unwrap_or_default();
            self.terms("offer", ids[*slot], customer, &[(Field::Offer, format!("OF-{number}"))]);
        }
        for (at, slot) in pattern.orders.iter().enumerate() {
            self.terms("order", ids[*slot], customer, &[(Field::Order, who::order(self.numbers.orders, at))]);
        }
        let many = |some: usize| i64::try_from(some).unwrap_or_default();
        self.numbers.offers += many(pattern.offers.len());
        self.numbers.orders += many(pattern.orders.len());
        self.numbers.subscriptions += many(pattern.subscriptions);
    }

    /// Writes by what something is found.
    fn terms(&mut self, kind: &str, subject: u128, customer: u128, texts: &[(Field, String)]) {
        let sheet = self.sheet("search_terms");
        for (field, term, whole) in search::found_by(texts) {
            sheet.id(subject).raw(kind).id(customer).raw(field).text(&term).raw(if whole { "t" } else { "f" }).end();
        }
    }
}

/// An identity as the product makes them: it begins with its moment.
fn id(dice: &mut Dice, at: i64) -> u128 {
    let millis = u128::try_from(at / 1000).unwrap_or_default() & 0xFFFF_FFFF_FFFF;
    let random = (u128::from(dice.bits()) << 64) | u128::from(dice.bits());
    let random = random & ((0xFFF << 64) | ((1 << 62) - 1));
    (millis << 80) | (0x7 << 76) | random | (0x2 << 62)
}
