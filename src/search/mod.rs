//! Finds anyone by how people say it: names in any word order and script, a phone in any spelling, the last digits,
//! an account, order, case or offer number with or without its dashes. Each of them keeps its terms here,
//! folded to plain letters; a query is folded the same way and compared with an index.

mod actions;
mod fold;
mod pages;
mod query;
mod store;

use crate::ids::{CaseId, CustomerId, OfferId, OrderId};

pub use actions::{found_by, index, index_case, index_new, index_offer};
pub use fold::{compact, plain};
pub use pages::routes;
pub use query::find;

/// What a hit is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A case.
    Case,
    /// A customer.
    Customer,
    /// An order.
    Order,
    /// An offer.
    Offer,
}

impl Kind {
    /// In the order pages group them.
    pub const ALL: [Self; 4] = [Self::Case, Self::Customer, Self::Order, Self::Offer];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Customer => "customer",
            Self::Order => "order",
            Self::Offer => "offer",
        }
    }

    /// The heading of its group.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Case => "Cases",
            Self::Customer => "Customers",
            Self::Order => "Orders",
            Self::Offer => "Offers",
        }
    }

    /// Its icon in the sprite.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Case => "queue",
            Self::Customer => "people",
            Self::Order => "gem",
            Self::Offer => "tag",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is found by its terms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// A case.
    Case(CaseId),
    /// A customer.
    Customer(CustomerId),
    /// An order.
    Order(OrderId),
    /// An offer.
    Offer(OfferId),
}

impl Subject {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Case(_) => Kind::Case,
            Self::Customer(_) => Kind::Customer,
            Self::Order(_) => Kind::Order,
            Self::Offer(_) => Kind::Offer,
        }
    }

    /// Its page.
    #[must_use]
    pub fn href(self) -> String {
        match self {
            Self::Case(id) => format!("/cases/{id}"),
            Self::Customer(id) => format!("/customers/{id}"),
            Self::Order(id) => format!("/orders/{id}"),
            Self::Offer(id) => format!("/offers/{id}"),
        }
    }

    fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Case(id) => id.uuid(),
            Self::Customer(id) => id.uuid(),
            Self::Order(id) => id.uuid(),
            Self::Offer(id) => id.uuid(),
        }
    }

    fn new(kind: Kind, id: uuid::Uuid) -> Self {
        match kind {
            Kind::Case => Self::Case(id.into()),
            Kind::Customer => Self::Customer(id.into()),
            Kind::Order => Self::Order(id.into()),
            Kind::Offer => Self::Offer(id.into()),
        }
    }
}

/// What about a subject a term is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Field {
    /// The customer's own name.
    Name,
    /// The name of somebody to reach there.
    Contact,
    /// An e-mail address.
    Email,
    /// A phone number; E.164 where it is known, else as written.
    Phone,
    /// The account number.
    Account,
    /// The order's number.
    Order,
    /// The case's number, as said: `SD-20418`.
    Case,
    /// The offer's number, as said: `OF-50001`.
    Offer,
}

impl Field {
    const ALL: [Self; 8] =
        [Self::Name, Self::Contact, Self::Email, Self::Phone, Self::Account, Self::Order, Self::Case, Self::Offer];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Contact => "contact",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Order => "order",
            Self::Case => "case",
            Self::Offer => "offer",
        }
    }

    /// As shown where it says why something was found.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Contact => "Contact",
            Self::Email => "E-mail",
            Self::Phone => "Phone",
            Self::Account => "Account number",
            Self::Order => "Order number",
            Self::Case => "Case number",
            Self::Offer => "Offer number",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Everything by which a subject is found.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// What is found.
    pub subject: Subject,
    /// Whose it is.
    pub customer: CustomerId,
    /// The texts, as they are written.
    pub terms: Vec<(Field, String)>,
}

/// Something that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub id: Subject,
    /// Whose it is.
    pub customer: CustomerId,
    /// The customer's name.
    pub customer_name: String,
    /// Its page.
    pub href: String,
    /// Its name.
    pub title: String,
    /// What tells it from others of that name.
    pub detail: String,
    /// By what it was found.
    pub field: Field,
    /// Whether it was found despite a typing error.
    pub guessed: bool,
}

/// A stored code as words, where its own slice is out of reach: `order_cancellation` is "Order cancellation".
pub(crate) fn spoken(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
