//! Postcodes and phone numbers as files hold them: with zeros lost and digits hidden.

use phonenumber::Mode;
use phonenumber::country::Id;

/// A postcode, and what had to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Postcode {
    /// As it stands, also where digits are hidden, as in `300XX`.
    AsWritten(String),
    /// Leading zeros, lost to a spreadsheet, were put back.
    Restored(String),
}

impl Postcode {
    /// The postcode itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AsWritten(code) | Self::Restored(code) => code,
        }
    }
}

/// Reads a postcode of a country, by its two letters. Only the United States' five digits are
/// known well enough to put zeros back.
#[must_use]
pub fn postcode(text: &str, country: &str) -> Postcode {
    let code = super::identifier(text);
    let (five, rest) = code.split_once('-').map_or((code, None), |(five, rest)| (five, Some(rest)));
    let digits = five.bytes().all(|byte| byte.is_ascii_digit());
    if country.eq_ignore_ascii_case("US") && digits && (3..5).contains(&five.len()) {
        let rest = rest.map(|rest| format!("-{rest}")).unwrap_or_default();
        Postcode::Restored(format!("{five:0>5}{rest}"))
    } else {
        Postcode::AsWritten(code.to_owned())
    }
}

/// A phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// In the one international form, `+12025550123`, with `;ext=` where there is an extension.
    Normal(String),
    /// Not a number of any country as it stands, so it is kept.
    AsWritten(String),
}

impl Phone {
    /// The number itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Normal(number) | Self::AsWritten(number) => number,
        }
    }
}

/// Reads a phone number; one without its country's code is meant in `region`, by its two letters.
#[must_use]
pub fn phone(text: &str, region: &str) -> Phone {
    let text = text.trim();
    let region = region.to_ascii_uppercase().parse::<Id>().ok();
    match phonenumber::parse(region, text) {
        Ok(number) if number.is_valid() => {
            let extension = number.extension().map(|extension| format!(";ext={extension}"));
            let number = number.format().mode(Mode::E164).to_string();
            // The library writes the extension itself in some forms; it is wanted once.
            let bare = number.split([';', ' ']).next().unwrap_or_default();
            Phone::Normal(format!("{bare}{}", extension.unwrap_or_default()))
        }
        _ => Phone::AsWritten(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_zeros_come_back_and_hidden_digits_stay() {
        assert_eq!(postcode("1420", "US"), Postcode::Restored("01420".into()));
        assert_eq!(postcode("501.0", "us"), Postcode::Restored("00501".into()));
        assert_eq!(postcode("1420-3310", "US"), Postcode::Restored("01420-3310".into()));
        for (text, country) in [("93225", "US"), ("300XX", "US"), ("1420", "CH"), ("SW1A 1AA", "GB")] {
            assert_eq!(postcode(text, country), Postcode::AsWritten(text.into()));
        }
    }

    #[test]
    fn phones_are_normalised_where_they_are_numbers() {
        assert_eq!(phone("(202) 224-4124", "US"), Phone::Normal("+12022244124".into()));
        assert_eq!(phone("030 901820", "de"), Phone::Normal("+4930901820".into()));
        assert_eq!(phone("+44 20 7946 0018", "US"), Phone::Normal("+442079460018".into()));
        assert_eq!(phone("202-224-4124 x 12", "US"), Phone::Normal("+12022244124;ext=12".into()));
        for text in ["", "call me", "123", "n/a", "+"] {
            assert_eq!(phone(text, "US"), Phone::AsWritten(text.into()));
        }
        assert_eq!(phone("202 224 4124", "??"), Phone::AsWritten("202 224 4124".into()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_phone_reader_panic(text in "\\PC{0,20}", digits in "[+0-9 ()x;=-]{0,24}") {
            let _ = phone(&text, "US");
            let _ = phone(&digits, "GB");
        }
    }
}
