//! What the columns of real files are taken for, and how their values are read.

use chrono::{Datelike as _, NaiveDate};
use savedesk::intake::mapping::{Field, Kind, guess, likely_kind, missing};
use savedesk::intake::reader::{Sheet, read};
use savedesk::intake::values::{DateFormat, DateOrder, Decimals, Exchanged, date_format, decimals, exchanged};
use savedesk::money::DecimalMark;

use crate::reader::{column, file, whole};

/// What is guessed for a file, as pairs of column and field.
fn guessed(kind: Kind, sheet: &Sheet) -> Vec<(&str, &'static str)> {
    let sample = &sheet.rows[..sheet.rows.len().min(100)];
    let fields = guess(kind, &sheet.header, sample);
    assert_eq!(missing(kind, &fields), [] as [&[Field]; 0]);
    assert_eq!(likely_kind(&sheet.header, sample), Some(kind));
    let named = sheet.header.iter().zip(fields);
    named.filter_map(|(name, field)| Some((name.as_str(), field?.name()))).collect()
}

#[test]
fn the_columns_of_customers_are_known() {
    let Some(sheet) = whole("churn/telecom_customer_churn.csv", 7_043) else {
        return;
    };
    assert_eq!(
        guessed(Kind::Customers, &sheet),
        [
            ("Customer ID", "account_number"),
            ("City", "city"),
            ("Zip Code", "postcode"),
            ("Tenure in Months", "tenure_months"),
            ("Offer", "segment"),
            ("Phone Service", "phone_service"),
            ("Internet Type", "internet_type"),
            ("Contract", "plan"),
            ("Monthly Charge", "monthly_price"),
            ("Total Refunds", "refunds"),
            ("Total Revenue", "total_revenue"),
            ("Customer Status", "status"),
            ("Churn Category", "churn_category"),
            ("Churn Reason", "churn_reason"),
        ]
    );
    let basic = whole("churn/WA_Fn-UseC_-Telco-Customer-Churn.csv", 7_043).unwrap();
    assert_eq!(
        guessed(Kind::Customers, &basic),
        [
            ("customerID", "account_number"),
            ("tenure", "tenure_months"),
            ("PhoneService", "phone_service"),
            ("Contract", "plan"),
            ("MonthlyCharges", "monthly_price"),
        ]
    );
}

#[test]
fn a_table_about_something_else_is_not_taken_for_customers() {
    for name in ["telecom_zipcode_population", "telecom_data_dictionary"] {
        let Some(bytes) = file(&format!("churn/{name}.csv")) else {
            return;
        };
        let sheet = read(&bytes).unwrap();
        assert_eq!(likely_kind(&sheet.header, &sheet.rows), None, "{name}");
        let fields = guess(Kind::Customers, &sheet.header, &sheet.rows);
        assert_eq!(missing(Kind::Customers, &fields), [&[Field::AccountNumber][..]], "{name}");
    }
}

#[test]
fn the_columns_of_orders_are_known() {
    let Some(sheet) = whole("orders/online_retail_2010-12.csv", 42_481) else {
        return;
    };
    assert_eq!(
        guessed(Kind::Orders, &sheet),
        [
            ("InvoiceNo", "order_number"),
            ("StockCode", "sku"),
            ("Description", "description"),
            ("Quantity", "quantity"),
            ("InvoiceDate", "ordered_at"),
            ("UnitPrice", "unit_price"),
            ("CustomerID", "account_number"),
            ("Country", "country"),
        ]
    );
}

#[test]
fn the_columns_of_complaints_are_known() {
    let Some(fcc) = whole("complaints/fcc_comcast_complaints_2015.csv", 2_224) else {
        return;
    };
    assert_eq!(
        guessed(Kind::Cases, &fcc),
        [
            ("Ticket #", "external_ref"),
            ("Customer Complaint", "stated_reason"),
            ("Date", "received_at"),
            ("Time", "received_time"),
            ("Received Via", "channel"),
            ("City", "city"),
            ("State", "state"),
            ("Zip code", "postcode"),
            ("Status", "status"),
        ]
    );
    let cfpb = whole("complaints/cfpb_complaints_sample.csv", 6_623).unwrap();
    assert_eq!(
        guessed(Kind::Cases, &cfpb),
        [
            ("Date received", "received_at"),
            ("Product", "product"),
            ("Issue", "issue"),
            ("Sub-issue", "sub_issue"),
            ("Consumer complaint narrative", "narrative"),
            ("Company", "company"),
            ("State", "state"),
            ("ZIP code", "postcode"),
            ("Submitted via", "channel"),
            ("Date sent to company", "forwarded_on"),
            ("Company response to consumer", "response"),
            ("Timely response?", "timely"),
            ("Complaint ID", "external_ref"),
        ]
    );
}

fn format_of(cells: &[String]) -> DateFormat {
    date_format(cells.iter().map(String::as_str)).expect("dates")
}

#[test]
fn the_dates_of_real_columns_are_told_apart() {
    let Some(fcc) = whole("complaints/fcc_comcast_complaints_2015.csv", 2_224) else {
        return;
    };
    let (dates, named) = (column(&fcc, "Date"), column(&fcc, "Date_month_year"));
    assert_eq!(format_of(&dates), DateFormat::Certain(DateOrder::DayFirst));
    assert_eq!(format_of(&named), DateFormat::Certain(DateOrder::YearFirst));
    let read: Vec<NaiveDate> = dates.iter().map(|cell| DateOrder::DayFirst.read(cell).unwrap().date).collect();
    // Both columns were damaged alike, so it takes the spread of the months to see it.
    let by_name = named.iter().map(|cell| DateOrder::YearFirst.read(cell).unwrap().date);
    assert_eq!(read, by_name.collect::<Vec<_>>());
    let (from, until) = ((2015, 4), (2015, 6));
    let damage = Exchanged { from, until, certain: 486, undecided: 86 };
    assert_eq!(exchanged(&read), Some(damage));
    // Another 37 are alike either way, such as 5 May.
    assert_eq!(read.iter().filter(|date| date.day() == date.month()).count(), 37);

    let older = whole("complaints/cfpb_complaints_2013_2017_disputed.csv", 3_186).unwrap();
    let received = column(&older, "Date received");
    assert_eq!(format_of(&received), DateFormat::Certain(DateOrder::MonthFirst));
    let orders = whole("orders/online_retail_2010-12.csv", 42_481).unwrap();
    let ordered = column(&orders, "InvoiceDate");
    assert_eq!(format_of(&ordered), DateFormat::Certain(DateOrder::YearFirst));
}

#[test]
fn the_amounts_of_real_columns_have_points() {
    let Some(sheet) = whole("churn/telecom_customer_churn.csv", 7_043) else {
        return;
    };
    for name in ["Monthly Charge", "Total Refunds", "Total Revenue"] {
        let cells = column(&sheet, name);
        let cells = cells.iter().map(String::as_str);
        assert_eq!(decimals(cells), Decimals::Certain(DecimalMark::Point), "{name}");
    }
}
