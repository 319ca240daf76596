//! Currencies by their ISO 4217 code, and how finely each one is divided.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::Postgres;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};

/// A currency, known by its three letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The code is not one of the currencies in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a currency we know: use a code of three letters, like USD.")]
pub struct UnknownCurrency(pub String);

/// Currencies without a smaller unit.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/// Currencies divided into a thousand.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Currencies divided into a hundred.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD \
    BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP \
    LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
    SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
/// The signs that stand for one currency alone on our pages.
const SIGNS: [(&str, &str); 13] = [
    ("USD", "$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("ILS", "₪"),
    ("UAH", "₴"),
    ("VND", "₫"),
    ("CAD", "CA$"),
    ("AUD", "A$"),
    ("NZD", "NZ$"),
    ("BRL", "R$"),
];

impl Currency {
    /// US dollar.
    pub const USD: Self = Self(*b"USD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP");
    /// Japanese yen.
    pub const JPY: Self = Self(*b"JPY");
    /// Kuwaiti dinar.
    pub const KWD: Self = Self(*b"KWD");

    /// Reads a code in either case, with spaces around it.
    ///
    /// # Errors
    /// When the code is none of the currencies in use.
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        let code = text.trim().to_ascii_uppercase();
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(letters) if Self::codes().any(|known| known == code) => Ok(Self(letters)),
            _ => Err(UnknownCurrency(text.trim().to_owned())),
        }
    }

    /// Every currency in use, by code.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Self::codes().filter_map(|code| Self::parse(code).ok()).collect();
        all.sort_unstable();
        all
    }

    fn codes() -> impl Iterator<Item = &'static str> {
        [HUNDREDTHS, WHOLE, THOUSANDTHS].into_iter().flat_map(str::split_ascii_whitespace)
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many digits follow the decimal point: 2 for most, 0 for yen, 3 for dinars.
    #[must_use]
    pub fn digits(&self) -> u32 {
        let among = |list: &str| list.split_ascii_whitespace().any(|code| code == self.code());
        if among(WHOLE) {
            0
        } else if among(THOUSANDTHS) {
            3
        } else {
            2
        }
    }

    /// How many minor units make one: 100 for most.
    #[must_use]
    pub fn scale(&self) -> i64 {
        10_i64.pow(self.digits())
    }

    /// The sign written before an amount, for the currencies that have one of their own.
    #[must_use]
    pub fn sign(&self) -> Option<&'static str> {
        SIGNS.iter().find(|(code, _)| *code == self.code()).map(|(_, sign)| *sign)
    }

    /// Whether somebody writing `mark` beside an amount can mean this currency.
    ///
    /// A bare `$` can mean any dollar or peso and `¥` the yuan as well, so those are not a
    /// contradiction.
    pub(super) fn may_be_written(self, mark: &str) -> bool {
        let dollars = "AUD CAD NZD SGD HKD MXN TWD ARS CLP COP JMD TTD BBD BSD BZD FJD XCD";
        let crowns = "SEK NOK DKK ISK CZK";
        mark.eq_ignore_ascii_case(self.code())
            || self.sign().is_some_and(|sign| sign.eq_ignore_ascii_case(mark))
            || match mark {
                "$" => dollars.contains(self.code()),
                "US$" => self == Self::USD,
                "¥" | "￥" => matches!(self.code(), "JPY" | "CNY"),
                "£" => matches!(self.code(), "EGP" | "GIP" | "FKP" | "SHP"),
                "kr" | "kr." | "Kr" => crowns.contains(self.code()),
                "zł" => self.code() == "PLN",
                "Kč" => self.code() == "CZK",
                "₽" => self.code() == "RUB",
                "Fr." | "SFr." => self.code() == "CHF",
                _ => false,
            }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl sqlx::Type<Postgres> for Currency {
    fn type_info() -> PgTypeInfo {
        <&str as sqlx::Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <&str as sqlx::Type<Postgres>>::compatible(ty)
    }
}

impl PgHasArrayType for Currency {
    fn array_type_info() -> PgTypeInfo {
        <&str as PgHasArrayType>::array_type_info()
    }

    fn array_compatible(ty: &PgTypeInfo) -> bool {
        <&str as PgHasArrayType>::array_compatible(ty)
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for Currency {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::parse(<&str as sqlx::Decode<Postgres>>::decode(value)?)?)
    }
}

impl sqlx::Encode<'_, Postgres> for Currency {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <&str as sqlx::Encode<Postgres>>::encode(self.code(), buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_knows_how_finely_it_is_divided() {
        let digits = |code| Currency::parse(code).unwrap().digits();
        assert_eq!((digits("USD"), digits("jpy"), digits(" KWD ")), (2, 0, 3));
        assert_eq!((digits("KRW"), digits("BHD"), digits("EUR")), (0, 3, 2));
        assert_eq!(Currency::KWD.scale(), 1000);
    }

    #[test]
    fn unknown_codes_are_refused() {
        for code in ["", "US", "USDX", "XYZ", "€", "U€"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn each_code_is_listed_once() {
        let all = Currency::all();
        assert!(all.len() > 150, "{}", all.len());
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn json_holds_the_code() {
        assert_eq!(serde_json::to_string(&Currency::EUR).unwrap(), "\"EUR\"");
        assert_eq!(serde_json::from_str::<Currency>("\"gbp\"").unwrap(), Currency::GBP);
        assert!(serde_json::from_str::<Currency>("\"??\"").is_err());
    }
}
