//! Where customers are. Telephone numbers come from the ranges kept free for stories.

use chrono_tz::Tz;

use super::dice::Dice;

/// A town with what goes with it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) city: &'static str,
    pub(super) country: &'static str,
    pub(super) zone: Tz,
    pub(super) postcode: &'static str,
    /// Up to the digits that differ.
    phone: &'static str,
}

const fn at(city: &'static str, country: &'static str, zone: Tz, postcode: &'static str, phone: &'static str) -> Place {
    Place { city, country, zone, postcode, phone }
}

const US: &str = "United States";

pub(super) const AMERICAN: [Place; 26] = [
    at("Portland, Maine", US, Tz::America__New_York, "04101", "+1 207 555 01"),
    at("Boston", US, Tz::America__New_York, "02110", "+1 617 555 01"),
    at("Brooklyn", US, Tz::America__New_York, "11201", "+1 718 555 01"),
    at("Albany", US, Tz::America__New_York, "12207", "+1 518 555 01"),
    at("Philadelphia", US, Tz::America__New_York, "19103", "+1 215 555 01"),
    at("Baltimore", US, Tz::America__New_York, "21201", "+1 410 555 01"),
    at("Richmond", US, Tz::America__New_York, "23219", "+1 804 555 01"),
    at("Charlotte", US, Tz::America__New_York, "28202", "+1 704 555 01"),
    at("Atlanta", US, Tz::America__New_York, "30303", "+1 404 555 01"),
    at("Tampa", US, Tz::America__New_York, "33602", "+1 813 555 01"),
    at("Columbus", US, Tz::America__New_York, "43215", "+1 614 555 01"),
    at("Detroit", US, Tz::America__Detroit, "48226", "+1 313 555 01"),
    at("Chicago", US, Tz::America__Chicago, "60601", "+1 312 555 01"),
    at("Milwaukee", US, Tz::America__Chicago, "53202", "+1 414 555 01"),
    at("Minneapolis", US, Tz::America__Chicago, "55401", "+1 612 555 01"),
    at("St. Louis", US, Tz::America__Chicago, "63101", "+1 314 555 01"),
    at("Kansas City", US, Tz::America__Chicago, "64106", "+1 816 555 01"),
    at("Dallas", US, Tz::America__Chicago, "75201", "+1 214 555 01"),
    at("Houston", US, Tz::America__Chicago, "77002", "+1 713 555 01"),
    at("New Orleans", US, Tz::America__Chicago, "70112", "+1 504 555 01"),
    at("Denver", US, Tz::America__Denver, "80202", "+1 303 555 01"),
    at("Salt Lake City", US, Tz::America__Denver, "84101", "+1 801 555 01"),
    at("Phoenix", US, Tz::America__Phoenix, "85004", "+1 602 555 01"),
    at("Seattle", US, Tz::America__Los_Angeles, "98101", "+1 206 555 01"),
    at("San Diego", US, Tz::America__Los_Angeles, "92101", "+1 619 555 01"),
    at("Sacramento", US, Tz::America__Los_Angeles, "95814", "+1 916 555 01"),
];

pub(super) const BRITISH: [Place; 5] = [
    at("London", "United Kingdom", Tz::Europe__London, "EC1R 5EN", "+44 20 7946 09"),
    at("Manchester", "United Kingdom", Tz::Europe__London, "M2 4WU", "+44 161 496 09"),
    at("Edinburgh", "United Kingdom", Tz::Europe__London, "EH2 3ES", "+44 131 496 09"),
    at("Bristol", "United Kingdom", Tz::Europe__London, "BS1 4DJ", "+44 117 496 09"),
    at("Cardiff", "United Kingdom", Tz::Europe__London, "CF10 1EP", "+44 29 2018 09"),
];

pub(super) const EUROPEAN: [Place; 5] = [
    at("Dublin", "Ireland", Tz::Europe__Dublin, "D02 X285", "+353 20 910 00"),
    at("Berlin", "Germany", Tz::Europe__Berlin, "10117", "+49 30 231250"),
    at("Hamburg", "Germany", Tz::Europe__Berlin, "20095", "+49 40 669690"),
    at("Paris", "France", Tz::Europe__Paris, "75002", "+33 1 99 00 10 "),
    at("Lyon", "France", Tz::Europe__Paris, "69002", "+33 4 65 71 10 "),
];

const STREETS: [&str; 18] = [
    "Harbor Street",
    "Main Street",
    "Mill Road",
    "Church Street",
    "Park Avenue",
    "Union Street",
    "Chestnut Street",
    "Station Road",
    "Market Street",
    "Elm Street",
    "Lake Drive",
    "Second Avenue",
    "Bridge Street",
    "Orchard Lane",
    "Quarry Street",
    "High Street",
    "Canal Street",
    "Washington Avenue",
];

impl Place {
    /// A telephone number there that rings nowhere.
    pub(super) fn phone(&self, dice: &mut Dice) -> String {
        format!("{}{:02}", self.phone, dice.between(0, 99))
    }

    /// A house there.
    pub(super) fn street(dice: &mut Dice) -> String {
        format!("{} {}", dice.between(1, 480), dice.pick(&STREETS))
    }
}
