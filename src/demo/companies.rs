//! What companies are called, and what they do.

/// After so many companies the names they start with come again.
pub(super) const SHARING: usize = PREFIXES.len();
/// What a company starts its name with.
const PREFIXES: [&str; 64] = [
    "Harborview",
    "Castellan",
    "Northgate",
    "Tidewater",
    "Lakeshore",
    "Peakline",
    "Halvorsen",
    "BrightPath",
    "Quarry Street",
    "Corbin",
    "Oakline",
    "Bayside",
    "Greystone",
    "Alder",
    "Marlow",
    "Summit Ridge",
    "Blue Heron",
    "Cedar Mill",
    "Ironwood",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Maple Court",
    "Nine Mile",
    "Old Mill",
    "Pinecrest",
    "Red Barn",
    "Silver Creek",
    "Three Rivers",
    "Union Square",
    "Valley Forge",
    "Westbrook",
    "Yellow Door",
    "Amber Lane",
    "Beacon Hill",
    "Copper Kettle",
    "Drayton",
    "Eastfield",
    "Foxglove",
    "Granite Bay",
    "Highland",
    "Inlet",
    "Jasper",
    "Kingsway",
    "Larkspur",
    "Meridian",
    "Newport",
    "Orchard",
    "Prairie",
    "Quincy",
    "Rockport",
    "Stonebridge",
    "Thornton",
    "Upland",
    "Vermillion",
    "Willow Park",
    "Sandhill",
    "Pemberton",
    "Oyster Point",
    "Mosaic",
    "Hollow Oak",
    "Evergreen",
    "Clearwater",
    "Ashford",
];

/// What a company does: the end of its name, and its segment.
const TRADES: [(&str, &str); 40] = [
    ("Dental Group", "Health"),
    ("Veterinary", "Health"),
    ("Optometry", "Health"),
    ("Pediatrics", "Health"),
    ("Physical Therapy", "Health"),
    ("Home Care", "Health"),
    ("Freight", "Transport"),
    ("Fleet Supply", "Transport"),
    ("Logistics", "Transport"),
    ("Movers", "Transport"),
    ("Legal", "Professional services"),
    ("Accounting", "Professional services"),
    ("Surveyors", "Professional services"),
    ("Architects", "Professional services"),
    ("Insurance Agency", "Financial services"),
    ("Credit Union", "Financial services"),
    ("Mortgage", "Financial services"),
    ("Property", "Real estate"),
    ("Realty", "Real estate"),
    ("Fitness", "Leisure"),
    ("Yoga", "Leisure"),
    ("Travel", "Leisure"),
    ("Tutoring", "Education"),
    ("Academy", "Education"),
    ("Preschool", "Education"),
    ("Brewing", "Food and drink"),
    ("Catering", "Food and drink"),
    ("Bakery", "Food and drink"),
    ("Coffee Roasters", "Food and drink"),
    ("Print", "Retail and trade"),
    ("Hardware", "Retail and trade"),
    ("Furniture", "Retail and trade"),
    ("Garden Center", "Retail and trade"),
    ("Auto Repair", "Retail and trade"),
    ("Plumbing", "Construction"),
    ("Roofing", "Construction"),
    ("Electric", "Construction"),
    ("Builders", "Construction"),
    ("Staffing", "Professional services"),
    ("Software", "Technology"),
];

/// The `n`th company of the demo, all different, with its segment.
pub(super) fn company(n: usize) -> (String, &'static str) {
    // both lengths share factors, so the trade moves on by one each time the prefixes are through
    let prefix = PREFIXES[n % PREFIXES.len()];
    let (trade, segment) = TRADES[(n * 7 + n / PREFIXES.len()) % TRADES.len()];
    (format!("{prefix} {trade}"), segment)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_companies_are_called_the_same() {
        let names: HashSet<String> = (0..1100).map(|n| company(n).0).collect();
        assert_eq!(names.len(), 1100);
        assert!(names.contains("Harborview Dental Group"));
    }
}
