//! The reader of tables, over real files and over awkward ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use savedesk::intake::mapping::{Kind, guess, missing};
use savedesk::intake::reader::{Sheet, Unreadable, read};
use serde_json::Value;

/// A file of the test data; `None` where there is no test data, which is an error on the build
/// server only.
pub(crate) fn file(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("SAVEDESK_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let path = root.join(path);
    let bytes = fs::read(&path).ok();
    if bytes.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
        eprintln!("skipped: {} is missing", path.display());
    }
    bytes
}

/// A file that must be readable to its last row.
pub(crate) fn whole(path: &str, rows: usize) -> Option<Sheet> {
    let sheet = read(&file(path)?).expect("a table");
    assert_eq!(sheet.refused, [], "{path}");
    assert_eq!((sheet.rows.len(), sheet.blank), (rows, 0), "{path}");
    Some(sheet)
}

pub(crate) fn column(sheet: &Sheet, name: &str) -> Vec<String> {
    let at = sheet.header.iter().position(|header| header == name).expect("the column");
    sheet.rows.iter().map(|row| row.fields[at].clone()).collect()
}

/// Both ways the expected results are written: a list of objects, or of lists with the header.
fn table(json: &Value) -> Vec<Vec<String>> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rows = json.as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
    rows.iter()
        .map(|row| match row {
            Value::Object(fields) => {
                let sorted: BTreeMap<_, _> = fields.iter().map(|(k, v)| (k, text(v))).collect();
                sorted.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
            }
            row => row.as_array().expect("a row").iter().map(text).collect(),
        })
        .collect()
}

fn read_as(sheet: &Sheet, json: &Value) -> Vec<Vec<String>> {
    let rows = sheet.rows.iter().map(|row| &row.fields);
    if json.as_array().is_some_and(|rows| rows.iter().any(Value::is_array)) {
        return [&sheet.header].into_iter().chain(rows).cloned().collect();
    }
    rows.map(|fields| {
        let named: BTreeMap<_, _> = sheet.header.iter().zip(fields).collect();
        named.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    })
    .collect()
}

#[test]
fn the_csv_spectrum_is_read_as_it_should_be() {
    for name in [
        "comma_in_quotes",
        "empty",
        "empty_crlf",
        "escaped_quotes",
        "json",
        "newlines",
        "newlines_crlf",
        "quotes_and_newlines",
        "simple",
        "simple_crlf",
        "utf8",
    ] {
        let Some(bytes) = file(&format!("awkward/csv-spectrum/csvs/{name}.csv")) else {
            return;
        };
        let json = file(&format!("awkward/csv-spectrum/json/{name}.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let sheet = read(&bytes).unwrap();
        assert_eq!(sheet.refused, [], "{name}");
        // One of the published pairs has its line ends changed since; the file's own count.
        let mut expected = table(&json);
        if name == "newlines_crlf" && !bytes.contains(&b'\r') {
            for cell in expected.iter_mut().flatten() {
                *cell = cell.replace("\r\n", "\n");
            }
        }
        assert_eq!(read_as(&sheet, &json), expected, "{name}");
    }
}

#[test]
fn coordinates_with_bare_quotes_are_refused_by_row() {
    let Some(bytes) = file("awkward/csv-spectrum/csvs/location_coordinates.csv") else {
        return;
    };
    let sheet = read(&bytes).unwrap();
    assert_eq!((sheet.rows.len(), sheet.refused.len()), (0, 1));
    let refused = &sheet.refused[0];
    assert_eq!((refused.number, refused.line), (1, 2));
    assert_eq!(refused.column.as_deref(), Some("Location Coordinates"));
    assert!(refused.reason.contains("quote inside an unquoted field on line 2"));
}

#[test]
fn the_good_files_of_the_csv_test_data_are_read_as_they_should_be() {
    for name in [
        "empty-field",
        "header-no-rows",
        "header-simple",
        "leading-space",
        "one-column",
        "quotes-empty",
        "quotes-with-comma",
        "quotes-with-escaped-quote",
        "quotes-with-newline",
        "quotes-with-space",
        "simple-crlf",
        "simple-lf",
        "trailing-newline-one-field",
        "trailing-newline",
        "trailing-space",
        "utf8",
    ] {
        let Some(bytes) = file(&format!("awkward/csv-test-data/csv/{name}.csv")) else {
            return;
        };
        let json = file(&format!("awkward/csv-test-data/json/{name}.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let sheet = read(&bytes).unwrap();
        assert_eq!(sheet.refused, [], "{name}");
        assert_eq!(read_as(&sheet, &json), table(&json), "{name}");
    }
}

#[test]
fn blank_lines_are_no_rows() {
    let Some(bytes) = file("awkward/csv-test-data/csv/all-empty.csv") else {
        return;
    };
    assert_eq!(read(&bytes), Err(Unreadable::Empty));
    let one = read(&file("awkward/csv-test-data/csv/empty-one-column.csv").unwrap()).unwrap();
    assert_eq!((one.header, one.rows.len()), (vec!["foo".to_owned()], 0));
}

#[test]
fn the_bad_files_of_the_csv_test_data_are_refused() {
    for (name, reason) in [
        ("bad-header-less-fields", "There are 2 fields instead of 3"),
        ("bad-header-more-fields", "There are 4 fields instead of 3"),
        ("bad-missing-quote", "The quote opened on line 2 is never closed."),
        ("bad-quotes-with-unescaped-quote", "Text follows a closing quote on line 2"),
        ("bad-unescaped-quote", "There is a quote inside an unquoted field on line 2"),
    ] {
        let Some(bytes) = file(&format!("awkward/csv-test-data/csv/{name}.csv")) else {
            return;
        };
        let sheet = read(&bytes).unwrap();
        assert_eq!((sheet.rows.len(), sheet.refused.len()), (0, 1), "{name}");
        let refused = &sheet.refused[0];
        assert_eq!((refused.number, refused.line), (1, 2), "{name}");
        assert!(refused.reason.starts_with(reason), "{name}: {}", refused.reason);
    }
    let empty = file("awkward/csv-test-data/csv/bad-header-no-header.csv").unwrap();
    assert_eq!(read(&empty), Err(Unreadable::Empty));
    let wrong = read(&file("awkward/csv-test-data/csv/bad-header-wrong-header.csv").unwrap());
    let wrong = wrong.unwrap();
    assert!(wrong.rows.is_empty());
    for kind in Kind::ALL {
        assert!(!missing(kind, &guess(kind, &wrong.header, &[])).is_empty(), "{kind:?}");
    }
}

#[test]
fn workbooks_are_told_apart_from_text() {
    let path = "messages/twitter_AmazonHelp_200_inbound_labelled.xlsx";
    let Some(bytes) = file(path) else { return };
    assert_eq!(read(&bytes), Err(Unreadable::Workbook));
}

#[test]
fn the_real_files_are_read_to_the_last_row() {
    let Some(churn) = whole("churn/telecom_customer_churn.csv", 7_043) else {
        return;
    };
    assert_eq!(churn.header.len(), 38);
    assert_eq!(column(&churn, "Offer").iter().filter(|offer| *offer == "None").count(), 3_877);
    whole("churn/WA_Fn-UseC_-Telco-Customer-Churn.csv", 7_043);
    whole("churn/telecom_zipcode_population.csv", 1_671);
    whole("complaints/cfpb_complaints_2013_2017_disputed.csv", 3_186);
    whole("orders/online_retail_2010-12.csv", 42_481);
    whole("messages/banking77_train.csv", 10_003);
    whole("messages/bitext_customer_support_responses.csv", 4_514);
    whole("contacts/us_legislators_offices.csv", 1_849);
    whole("awkward/addresses/address_testcases.csv", 462);
    let fcc = whole("complaints/fcc_comcast_complaints_2015.csv", 2_224).unwrap();
    assert_eq!(fcc.header[0], "Ticket #");
    let cfpb = whole("complaints/cfpb_complaints_sample.csv", 6_623).unwrap();
    let narratives = column(&cfpb, "Consumer complaint narrative");
    assert_eq!(narratives.iter().filter(|text| !text.is_empty()).count(), 1_532);
    assert_eq!(narratives.iter().map(|text| text.chars().count()).max(), Some(21_928));
}

#[test]
fn a_data_dictionary_keeps_its_oddities() {
    let Some(sheet) = whole("churn/telecom_data_dictionary.csv", 40) else {
        return;
    };
    assert_eq!(sheet.header, ["Code", "Field", "Description"]);
    assert_eq!(sheet.rows[1].fields[2], "The customerís gender: Male, Female");
}

#[test]
fn a_large_file_takes_no_time() {
    let Some(bytes) = file("orders/online_retail_2010-12.csv") else {
        return;
    };
    let begun = Instant::now();
    let sheet = read(&bytes).unwrap();
    let took = begun.elapsed();
    eprintln!("{} rows in {took:?}", sheet.rows.len());
    assert!(took.as_secs() < 20, "{took:?}, even without optimisation");
}
