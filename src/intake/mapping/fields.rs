//! What can be imported: the kinds of table, and the fields each one feeds.

use super::shape::Shape;

/// Declares the fields once: variant, name, label, shape of the values, hint, and what people call
/// such a column.
macro_rules! fields {
    ($($variant:ident $name:literal $label:literal $shape:ident $hint:literal [$($alias:literal),*];)*) => {
        /// What a column can feed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field {
            $(#[doc = $hint] $variant,)*
        }

        impl Field {
            /// Every field of every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in forms and files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What to call it on a page.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),* }
            }

            /// What belongs in it, in a sentence.
            #[must_use]
            pub fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint),* }
            }

            /// What people call such a column, besides its name and label.
            pub(super) fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*]),* }
            }

            /// What its values look like.
            pub(super) fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape),* }
            }
        }
    };
}

fields! {
    AccountNumber "account_number" "Account number" Text
        "The number or code the customer is known by; one customer has one."
        ["account", "account id", "customer id", "customer number", "client id", "client number",
         "subscriber id", "member id", "user id"];
    Name "name" "Name" Words
        "The customer's name: a person, or the company."
        ["customer name", "customer", "full name", "client name", "account name"];
    Company "company" "Company" Words
        "The company the customer belongs to, or the complaint is about."
        ["company name", "organisation", "organization", "business name", "firm", "employer"];
    ContactName "contact_name" "Contact" Words
        "Whom to speak to."
        ["contact person", "primary contact", "attention"];
    Email "email" "E-mail" Email
        "The address to write to."
        ["e mail", "mail", "email address", "e mail address", "contact", "contact email", "customer email"];
    Phone "phone" "Phone" Phone
        "The number to call, with or without the country's code."
        ["phone number", "telephone", "telephone number", "mobile", "mobile number", "cell", "tel",
         "contact phone number"];
    City "city" "City" Words
        "The city."
        ["town", "locality", "city name"];
    State "state" "State" Text
        "The state, province or region."
        ["province", "region", "county", "state code"];
    Postcode "postcode" "Postcode" Postcode
        "The postcode; zeros lost to a spreadsheet are put back."
        ["zip", "zip code", "zipcode", "postal code", "post code", "plz"];
    Country "country" "Country" Text
        "The country, by name or by its two letters."
        ["country code", "country name", "nation"];
    Language "language" "Language" Text
        "The language the customer wants to be spoken to in."
        ["lang", "locale", "preferred language"];
    TimeZone "time_zone" "Time zone" Text
        "Where the customer's clock stands, by the name of the time zone."
        ["timezone", "tz"];
    Product "product" "Product" Text
        "What the customer has, or the complaint is about."
        ["product name", "service", "subscription"];
    InternetType "internet_type" "Internet type" Words
        "How the customer's internet comes; part of the product where it has no column of its own."
        ["internet connection", "internet technology"];
    PhoneService "phone_service" "Phone service" YesNo
        "Whether the customer has a phone line: yes or no; part of the product likewise."
        ["phone line", "landline", "voice service"];
    Plan "plan" "Plan" Text
        "The plan or contract the customer is on."
        ["contract", "contract type", "plan name", "tariff", "tier", "package", "subscription plan"];
    Quantity "quantity" "Quantity" Number
        "How many: seats of a plan, pieces of an order."
        ["qty", "seat", "licence", "license", "unit", "count", "number of seats"];
    MonthlyPrice "monthly_price" "Monthly price" Number
        "What the customer pays each month."
        ["monthly charge", "monthly fee", "monthly amount", "mrr", "monthly recurring revenue",
         "price per month", "monthly revenue"];
    StartedOn "started_on" "Customer since" Date
        "The day the customer started."
        ["start date", "customer start", "since", "joined", "joined on", "signup date", "created"];
    TenureMonths "tenure_months" "Tenure in months" Number
        "How many months the customer has been one."
        ["tenure", "months active", "months as customer", "tenure month"];
    ContractEnd "contract_end" "Contract end" Date
        "The day the contract ends or renews."
        ["renewal", "renewal date", "contract end date", "end date", "expiry", "expiry date",
         "expires", "contract expiry"];
    Status "status" "Status" Text
        "Where the customer or the case stands."
        ["customer status", "account status", "case status", "ticket status", "state of account"];
    Segment "segment" "Segment" Text
        "The group the customer is counted in."
        ["customer segment", "customer type", "account type", "customer tier", "offer"];
    TotalRevenue "total_revenue" "Total revenue" Number
        "What the customer has brought in so far."
        ["revenue", "lifetime revenue", "lifetime value", "ltv", "customer lifetime value"];
    Refunds "refunds" "Refunds" Number
        "What was refunded so far."
        ["total refund", "refund", "refunded", "credits given"];
    ChurnCategory "churn_category" "Churn category" Text
        "The kind of reason the customer left for."
        ["reason category", "cancellation category", "churn type"];
    ChurnReason "churn_reason" "Churn reason" Text
        "The reason the customer left for."
        ["cancellation reason", "cancel reason", "reason for leaving", "leave reason"];
    OrderNumber "order_number" "Order number" Text
        "The number of the order; lines with the same number are one order."
        ["order", "order id", "order no", "invoice", "invoice no", "invoice number", "invoice id",
         "purchase order", "po number"];
    OrderedAt "ordered_at" "Ordered" Date
        "The day, and time if known, of the order."
        ["order date", "date", "invoice date", "ordered on", "purchase date", "order time"];
    Sku "sku" "Item code" Text
        "The code of the item."
        ["stock code", "item", "item code", "item number", "product code", "product id", "article",
         "article number", "part number"];
    Description "description" "Description" Text
        "What the item is."
        ["item description", "product description", "item name", "product name"];
    UnitPrice "unit_price" "Unit price" Number
        "The price of one piece."
        ["price", "price each", "item price", "price per unit"];
    Currency "currency" "Currency" Text
        "The currency of the amounts, by its three letters."
        ["currency code", "ccy"];
    SubscriptionRef "subscription_ref" "Subscription" Text
        "The reference of the subscription the line is for; it can stand in for the account number."
        ["subscription id", "subscription number", "subscription reference", "service id", "contract number",
         "contract id", "line id"];
    InvoiceNumber "invoice_number" "Invoice number" Text
        "The number of the invoice or bill the line stands on."
        ["invoice", "invoice no", "invoice id", "bill", "bill number", "bill no", "bill id", "statement number",
         "document number"];
    BilledOn "billed_on" "Billed" Date
        "The day of the invoice."
        ["invoice date", "bill date", "billing date", "date", "posted", "posting date", "date billed",
         "transaction date", "charge date"];
    LineText "line_text" "Line" Text
        "What the line is for, as the invoice says it."
        ["description", "line description", "charge description", "charge", "details", "text", "memo", "item",
         "line item"];
    Amount "amount" "Amount" Number
        "What was charged; less than nothing, or in brackets, for a credit."
        ["line amount", "net amount", "amount due", "charged amount", "charge amount", "total", "line total",
         "net", "value"];
    Cancels "cancels" "Cancels order" Text
        "The number of the order that is cancelled by this one."
        ["cancelled order", "canceled order", "original order", "original invoice",
         "original order number", "cancels order number"];
    ExternalRef "external_ref" "Reference" Text
        "The number the case has where it came from."
        ["ref", "reference number", "external reference", "ticket", "ticket number", "ticket id",
         "case number", "case id", "complaint id", "complaint number", "request id"];
    ReceivedAt "received_at" "Received" Date
        "The day, and time if known, the request came in."
        ["date", "received on", "date received", "received date", "created at", "created on",
         "opened", "opened at", "date opened", "complaint date", "request date", "timestamp"];
    ReceivedTime "received_time" "Time received" Time
        "The time of day, where it has a column of its own."
        ["time", "received time", "time of day", "created time"];
    ForwardedOn "forwarded_on" "Sent to us" Date
        "The day a regulator or bureau sent it on to us, where that is not the day they received it; the time to answer counts from it."
        ["date sent to company", "sent to company", "date forwarded", "forwarded", "forwarded on", "served on"];
    CaseKind "kind" "Kind" Text
        "What it is: a cancellation, a complaint, a downgrade …"
        ["type", "case type", "case kind", "ticket type", "request type", "category"];
    Channel "channel" "Channel" Text
        "The way it came in: phone, e-mail, FCC …"
        ["received via", "submitted via", "source", "via", "contact channel", "medium"];
    StatedReason "stated_reason" "Stated reason" Text
        "The customer's reason, in the customer's own words."
        ["reason", "complaint", "customer complaint", "subject", "summary", "title", "request",
         "customer reason"];
    Narrative "narrative" "Narrative" Text
        "The whole story, in the customer's own words."
        ["consumer complaint narrative", "complaint narrative", "complaint text", "details",
         "message", "body", "text", "comment", "complaint details"];
    Issue "issue" "Issue" Text
        "What the complaint is about, as the sender sorts it."
        ["problem", "issue type", "topic"];
    SubIssue "sub_issue" "Sub-issue" Text
        "The same, more closely."
        ["subissue", "sub problem", "sub topic"];
    ValueAtRisk "value_at_risk" "Value at risk" Number
        "What is lost if the customer leaves."
        ["at risk", "amount at risk", "revenue at risk", "arr", "annual revenue", "contract value"];
    Response "response" "Response" Text
        "What the company has answered so far."
        ["company response to consumer", "company response", "resolution", "answer", "outcome"];
    Timely "timely" "Answered in time" YesNo
        "Whether the answer came in time: yes or no."
        ["timely response", "in time", "on time", "responded in time"];
}

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A row is a customer.
    Customers,
    /// A row is a line of an order.
    Orders,
    /// A row is a request or complaint.
    Cases,
    /// A row is a line of an invoice.
    Billing,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Customers, Self::Billing, Self::Orders, Self::Cases];

    /// Its name in forms and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Orders => "orders",
            Self::Cases => "cases",
            Self::Billing => "billing",
        }
    }

    /// What to call it on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Customers => "Customers",
            Self::Orders => "Orders",
            Self::Cases => "Cases",
            Self::Billing => "Billing lines",
        }
    }

    /// What a row of such a table is, in a sentence.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Customers => "Each row is a customer, with an account number.",
            Self::Orders => "Each row is a line of an order, or of its cancellation.",
            Self::Cases => "Each row is a request or complaint, with the day it came in.",
            Self::Billing => "Each row is a line of an invoice, of an account or a subscription that is here.",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The fields such a table can feed, in the order to show them.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        use Field::{
            AccountNumber, Amount, BilledOn, Cancels, CaseKind, Channel, ChurnCategory, ChurnReason, City, Company,
            ContactName, ContractEnd, Country, Currency, Description, Email, ExternalRef, ForwardedOn, InternetType,
            InvoiceNumber, Issue, Language, LineText, MonthlyPrice, Name, Narrative, OrderNumber, OrderedAt, Phone,
            PhoneService, Plan, Postcode, Product, Quantity, ReceivedAt, ReceivedTime, Refunds, Response, Segment, Sku,
            StartedOn, State, StatedReason, Status, SubIssue, SubscriptionRef, TenureMonths, TimeZone, Timely,
            TotalRevenue, UnitPrice, ValueAtRisk,
        };
        match self {
            Self::Customers => &[
                AccountNumber,
                Name,
                Company,
                ContactName,
                Email,
                Phone,
                City,
                Postcode,
                Country,
                Language,
                TimeZone,
                Product,
                InternetType,
                PhoneService,
                Plan,
                Quantity,
                MonthlyPrice,
                Currency,
                StartedOn,
                TenureMonths,
                ContractEnd,
                Status,
                Segment,
                TotalRevenue,
                Refunds,
                ChurnCategory,
                ChurnReason,
            ],
            Self::Orders => &[
                OrderNumber,
                OrderedAt,
                AccountNumber,
                Sku,
                Description,
                Quantity,
                UnitPrice,
                Country,
                Currency,
                Cancels,
            ],
            Self::Billing => &[AccountNumber, SubscriptionRef, InvoiceNumber, BilledOn, LineText, Amount, Currency],
            Self::Cases => &[
                ExternalRef,
                ReceivedAt,
                ReceivedTime,
                ForwardedOn,
                CaseKind,
                Channel,
                StatedReason,
                Narrative,
                Product,
                Issue,
                SubIssue,
                Company,
                City,
                State,
                Postcode,
                Status,
                AccountNumber,
                Name,
                Email,
                ValueAtRisk,
                Currency,
                Response,
                Timely,
            ],
        }
    }

    /// What such a table can't do without: one field of each group.
    #[must_use]
    pub fn needs(self) -> &'static [&'static [Field]] {
        match self {
            Self::Customers => &[&[Field::AccountNumber]],
            Self::Orders => &[&[Field::OrderNumber], &[Field::OrderedAt], &[Field::Quantity], &[Field::UnitPrice]],
            Self::Billing => &[
                &[Field::AccountNumber, Field::SubscriptionRef],
                &[Field::InvoiceNumber],
                &[Field::BilledOn],
                &[Field::LineText],
                &[Field::Amount],
            ],
            Self::Cases => &[&[Field::ReceivedAt], &[Field::StatedReason, Field::Narrative, Field::Issue]],
        }
    }
}

impl Field {
    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Whether a table of that kind can't do without it. A case needs one of several fields that
    /// say what it is about; those are in [`Kind::needs`].
    #[must_use]
    pub fn required(self, kind: Kind) -> bool {
        kind.needs().contains(&&[self][..])
    }
}
