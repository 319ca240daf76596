//! What is known of a customer and may be edited.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::sheet::{Field, Sheet, Texts, fits, tick};
use crate::error::FormErrors;
use crate::money::{Currency, Money};
use crate::names::names;

names! {
    /// How much of the revenue they are.
    Tier {
        Top = "top", "Top";
        Next = "next", "Next";
        Rest = "rest", "Rest";
    }
}

/// What to mind when dealing with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "five facts, each true or not by itself")]
pub struct Flags {
    /// To be treated with particular care.
    pub vip: bool,
    /// Needs more time, or another person's help.
    pub vulnerable: bool,
    /// Somebody may be acting in their name.
    pub fraud_suspected: bool,
    /// Nothing of theirs may be deleted (R20).
    pub legal_hold: bool,
    /// Account details are under CPNI rules: masked until they have authenticated (R19).
    pub cpni: bool,
}

/// A customer, except what is decided elsewhere: status and identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Details {
    /// As on their bill.
    pub account_number: Option<String>,
    /// The person's or the company's; "Customer 4410" where only the account is known.
    pub name: String,
    /// Whether it is a company.
    pub company: bool,
    /// Whether we know which account they are; not so for a complainant or a guest buyer.
    pub identified: bool,
    /// How much of the revenue they are.
    pub tier: Tier,
    /// The market they belong to, in the company's own words.
    pub segment: String,
    /// What to mind.
    pub flags: Flags,
    /// Their clock.
    pub time_zone: Tz,
    /// Their language, as `en` or `pt-BR`.
    pub language: String,
    /// Where they live.
    pub country: String,
    /// Where they live.
    pub city: String,
    /// Where they live.
    pub postcode: String,
    /// Where they live.
    pub street: String,
    /// Since when they are one.
    pub customer_since: Option<NaiveDate>,
    /// What they pay in.
    pub currency: Currency,
    /// All they ever paid.
    pub paid_total: Money,
    /// All they ever got back.
    pub refunded_total: Money,
}

/// A customer to be added.
pub type NewCustomer = Details;

impl Default for Details {
    fn default() -> Self {
        Self {
            account_number: None,
            name: String::new(),
            company: false,
            identified: true,
            tier: Tier::Rest,
            segment: String::new(),
            flags: Flags::default(),
            time_zone: Tz::America__New_York,
            language: "en".to_owned(),
            country: String::new(),
            city: String::new(),
            postcode: String::new(),
            street: String::new(),
            customer_since: None,
            currency: Currency::USD,
            paid_total: Money::zero(Currency::USD),
            refunded_total: Money::zero(Currency::USD),
        }
    }
}

impl Details {
    /// An amount in the customer's currency; nothing is nothing in any.
    pub(super) fn in_own_currency(&self, amount: Money) -> bool {
        amount.is_zero() || amount.currency == self.currency
    }
}

const fn field(name: &'static str, label: &'static str, personal: bool) -> Field {
    Field { name, label, personal }
}

impl Sheet for Details {
    const FIELDS: &'static [Field] = &[
        field("name", "Name", true),
        field("account_number", "Account number", true),
        field("company", "Company", false),
        field("identified", "Account known", false),
        field("tier", "Tier", false),
        field("segment", "Segment", true),
        field("vip", "VIP", false),
        field("vulnerable", "Vulnerable", false),
        field("fraud_suspected", "Fraud suspected", false),
        field("legal_hold", "Legal hold", false),
        field("cpni", "Account details under CPNI rules", false),
        field("street", "Street", true),
        field("postcode", "Postcode", true),
        field("city", "City", true),
        field("country", "Country", true),
        field("time_zone", "Time zone", false),
        field("language", "Language", false),
        field("customer_since", "Customer since", false),
        field("currency", "Currency", false),
        field("paid_total", "Paid so far", false),
        field("refunded_total", "Refunded so far", false),
    ];

    fn texts(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.account_number.clone().unwrap_or_default(),
            tick(self.company),
            tick(self.identified),
            self.tier.name().to_owned(),
            self.segment.clone(),
            tick(self.flags.vip),
            tick(self.flags.vulnerable),
            tick(self.flags.fraud_suspected),
            tick(self.flags.legal_hold),
            tick(self.flags.cpni),
            self.street.clone(),
            self.postcode.clone(),
            self.city.clone(),
            self.country.clone(),
            self.time_zone.name().to_owned(),
            self.language.clone(),
            self.customer_since.map(|day| day.to_string()).unwrap_or_default(),
            self.currency.code().to_owned(),
            self.paid_total.plain(),
            self.refunded_total.plain(),
        ]
    }

    fn read(&self, texts: &Texts<'_>) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::new();
        let name = fits(&mut errors, texts, "name", "the name", 200);
        if name.is_empty() {
            errors.add("name", "Enter a name, or what you call them until you know it.");
        }
        let account_number = fits(&mut errors, texts, "account_number", "the account number", 60);
        let day = texts.get("customer_since");
        let customer_since = errors.check("customer_since", read_day(day, "the day they became a customer")).flatten();
        let zone = texts.get("time_zone").parse::<Tz>().map_err(|_| "Enter a time zone, like Europe/London.");
        let time_zone = errors.check("time_zone", zone);
        let language = fits(&mut errors, texts, "language", "the language", 35);
        if !(2..=35).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            errors.add("language", "Enter the language by its code, like en or pt-BR.");
        }
        let currency = Currency::parse(texts.get("currency")).map_err(|_| "Choose a currency, like USD.");
        let currency = errors.check("currency", currency);
        let tier = Tier::from_name(texts.get("tier")).ok_or("Choose a tier.");
        let tier = errors.check("tier", tier);
        let segment = fits(&mut errors, texts, "segment", "the segment", 80);
        let street = fits(&mut errors, texts, "street", "the street", 300);
        let postcode = fits(&mut errors, texts, "postcode", "the postcode", 20);
        let city = fits(&mut errors, texts, "city", "the city", 120);
        let country = fits(&mut errors, texts, "country", "the country", 60);
        let (Some(time_zone), Some(currency), Some(tier), true) = (time_zone, currency, tier, errors.is_empty()) else {
            return Err(errors);
        };
        Ok(Self {
            account_number: (!account_number.is_empty()).then_some(account_number),
            name,
            company: texts.is_on("company"),
            identified: texts.is_on("identified"),
            tier,
            segment,
            flags: Flags {
                vip: texts.is_on("vip"),
                vulnerable: texts.is_on("vulnerable"),
                fraud_suspected: texts.is_on("fraud_suspected"),
                legal_hold: texts.is_on("legal_hold"),
                cpni: texts.is_on("cpni"),
            },
            time_zone,
            language,
            country,
            city,
            postcode,
            street,
            customer_since,
            currency,
            paid_total: self.paid_total,
            refunded_total: self.refunded_total,
        })
    }
}

/// Reads the day of a date field; nothing typed is no day.
pub(crate) fn read_day(text: &str, what: &str) -> Result<Option<NaiveDate>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let years = 1900..=2200;
    match text.parse::<NaiveDate>() {
        Ok(day) if years.contains(&chrono::Datelike::year(&day)) => Ok(Some(day)),
        _ => Err(format!("Enter {what} as a date, like 2024-08-31.")),
    }
}

/// The region by whose rules a phone number without a country's code is read: a country by its two letters, or by the
/// name it has on most addresses.
#[must_use]
pub fn region(country: &str) -> String {
    let country = country.trim();
    let known = match country.to_lowercase().as_str() {
        "united kingdom" | "uk" | "england" | "scotland" | "wales" => "GB",
        "canada" => "CA",
        "ireland" | "eire" => "IE",
        "germany" => "DE",
        "france" => "FR",
        "spain" => "ES",
        "italy" => "IT",
        "netherlands" => "NL",
        "belgium" => "BE",
        "switzerland" => "CH",
        "austria" => "AT",
        "sweden" => "SE",
        "norway" => "NO",
        "denmark" => "DK",
        "poland" => "PL",
        "portugal" => "PT",
        "australia" => "AU",
        "new zealand" => "NZ",
        "india" => "IN",
        "japan" => "JP",
        "mexico" => "MX",
        "brazil" => "BR",
        _ => "",
    };
    let two_letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    match (known, two_letters) {
        ("", true) => country.to_uppercase(),
        ("", false) => "US".to_owned(),
        (known, _) => known.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::named;
    use super::*;

    #[test]
    fn what_is_written_out_reads_back() {
        let details = Details {
            name: "Zoë 😀".into(),
            account_number: Some("4410-2287".into()),
            flags: Flags { vip: true, ..Flags::default() },
            customer_since: NaiveDate::from_ymd_opt(2022, 8, 8),
            paid_total: Money::new(123, Currency::USD),
            ..Details::default()
        };
        assert_eq!(details.read(&named::<Details>(&details.texts())), Ok(details.clone()));
    }

    #[test]
    fn messages_stand_at_their_fields() {
        let details = Details { language: "e n".into(), ..Details::default() };
        let errors = details.read(&named::<Details>(&details.texts())).unwrap_err();
        assert!(errors.get("name").is_some() && errors.get("language").is_some() && errors.get("city").is_none());
        assert!(read_day("31/08/2024", "the day").is_err() && read_day("0001-01-01", "the day").is_err());
    }

    #[test]
    fn a_country_is_known_by_its_letters_or_its_name() {
        assert_eq!((region("gb").as_str(), region("UK").as_str(), region("").as_str()), ("GB", "GB", "US"));
    }
}
