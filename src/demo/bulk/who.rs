//! Who the customers are: names, addresses and numbers that nobody has, each from the seed and their place in the row.

use super::cell::order_number;
use super::patterns::Customer;
use crate::demo::companies;
use crate::demo::dice::Dice;
use crate::demo::names::{self, slug};
use crate::demo::places::Place;

/// Somebody to reach.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
}

/// A customer as they are called.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) street: String,
    pub(super) contacts: Vec<Contact>,
}

impl Who {
    /// The `n`th customer, in the likeness of one of the demo.
    pub(super) fn new(dice: &mut Dice, n: usize, like: &Customer, town: &str, columns: &[String]) -> Self {
        let mut who = Self {
            name: String::new(),
            account: if like.line.0 { format!("6{:07}", n + 1_000_000) } else { format!("AB-{:07}", n + 1_000_000) },
            street: Place::street(dice),
            contacts: Vec::new(),
        };
        if like.line.0 {
            who.name = company(dice, n, town);
        }
        let domain = like.line.0.then(|| format!("{}.example", slug(&who.name)));
        for row in &like.contacts {
            let cell = |name: &str| {
                columns.iter().position(|column| column == name).and_then(|at| row[at].as_deref()).unwrap_or_default()
            };
            who.contacts.push(contact(dice, n, domain.as_deref(), cell("phone")));
        }
        if !like.line.0 {
            who.name = match who.contacts.first() {
                Some(contact) => contact.name.clone(),
                None => person(dice).1,
            };
        }
        who
    }

    /// Whom one writes to.
    pub(super) fn first(&self) -> &str {
        self.contacts.first().and_then(|contact| contact.name.split(' ').next()).unwrap_or("Customer")
    }
}

fn person(dice: &mut Dice) -> (&'static str, String) {
    let (first, last) = names::person(dice);
    // the same few names come again too soon, so that many have two of them
    let name = match dice.between(1, 100) {
        1..=45 => format!("{first} {last}"),
        46..=80 => {
            format!("{first} {}. {last}", char::from(b'A' + u8::try_from(dice.between(0, 25)).unwrap_or_default()))
        }
        _ => format!("{first} {last}-{}", names::person(dice).1),
    };
    (first, name)
}

fn contact(dice: &mut Dice, n: usize, domain: Option<&str>, like: &str) -> Contact {
    let (first, name) = person(dice);
    let rest: String = name.split(' ').skip(1).map(slug).collect();
    let first = slug(first);
    let email = if let Some(domain) = domain {
        format!("{first}.{rest}@{domain}")
    } else {
        let host = dice.pick(&["mail.example", "post.example", "inbox.example", "example.com", "example.net"]);
        format!("{first}.{rest}{}@{host}", n % 1000)
    };
    Contact { name, email, phone: phone(dice, like) }
}

/// A number in the same country that rings nowhere: in America any area has some.
fn phone(dice: &mut Dice, like: &str) -> String {
    if like.starts_with("+1 ") {
        return format!("+1 {} 555 01{:02}", dice.between(201, 989), dice.between(0, 99));
    }
    let Some(end) = like.len().checked_sub(2).filter(|end| like.is_char_boundary(*end)) else { return String::new() };
    format!("{}{:02}", &like[..end], dice.between(0, 99))
}

/// What a company is called: as in the demo with its town, or after who founded it.
fn company(dice: &mut Dice, n: usize, town: &str) -> String {
    let (name, _) = companies::company(n * 31 + usize::try_from(dice.between(0, 30)).unwrap_or_default());
    if dice.percent(45) {
        return format!("{name} {}", town.split(',').next().unwrap_or_default());
    }
    let trade = name.rsplit(' ').next().unwrap_or_default();
    let (one, other) = (names::person(dice).1, names::person(dice).1);
    if one == other { format!("{one} {trade}") } else { format!("{one} & {other} {trade}") }
}

/// The text by which the `n`th order is found.
pub(super) fn order(orders: i64, n: usize) -> String {
    order_number(orders + i64::try_from(n).unwrap_or_default())
}
