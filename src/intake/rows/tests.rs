use chrono::{DateTime, NaiveDate, Utc};

use super::*;
use crate::intake::choices::Dates;
use crate::intake::guesses;
use crate::intake::mapping::guess;
use crate::intake::reader::read;
use crate::money::{Currency, Money};

fn today() -> DateTime<Utc> {
    "2026-03-04T15:00:00Z".parse().unwrap()
}

fn planned(kind: Kind, name: &str, text: &str, answer: impl FnOnce(&mut Choices)) -> Result<Plan, FormErrors> {
    let sheet = read(text.as_bytes()).unwrap();
    let fields = guess(kind, &sheet.header, &sheet.rows);
    let mut choices = guesses::choices(kind, name, &sheet, &fields);
    answer(&mut choices);
    plan(kind, &sheet, &choices, today())
}

fn customers(text: &str) -> Plan {
    planned(Kind::Customers, "crm.csv", text, |_| {}).unwrap()
}

fn only_customer(plan: &Plan) -> &CustomerRow {
    match &plan.groups[..] {
        [Group { work: Work::Customer(row), .. }] => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_customer_who_left_has_a_reason_and_a_price() {
    let plan = customers(
        "Customer ID,Tenure in Months,Phone Service,Internet Type,Monthly Charge,Customer Status,Churn Category,Churn Reason\n\
         0004-TLHLJ,4,Yes,Fiber Optic,73.9,Churned,Competitor,Competitor had better devices\n",
    );
    let row = only_customer(&plan);
    assert_eq!((row.name.as_str(), row.named), ("Customer 0004-TLHLJ", false));
    assert_eq!(row.product, "Internet Fiber Optic + Phone");
    assert_eq!(row.since, Some(Since { on: NaiveDate::from_ymd_opt(2025, 11, 4).unwrap(), counted: true }));
    assert_eq!(row.value_at_risk(), Ok(Money::new(88_680, Currency::USD)));
    let churn = row.churn.as_ref().unwrap();
    assert_eq!((churn.category.as_str(), churn.reason.as_str()), ("Competitor", "Competitor had better devices"));
}

#[test]
fn a_credit_stays_a_credit_and_is_no_risk() {
    let plan = customers("Account number,Monthly price\nA1,-4.50\n");
    let row = only_customer(&plan);
    assert_eq!(row.monthly_price, Some(Money::new(-450, Currency::USD)));
    assert_eq!(row.value_at_risk(), Ok(Money::zero(Currency::USD)));
}

#[test]
fn bad_cells_turn_their_row_away_with_column_and_reason() {
    let text = "Account number,Name,E-mail,Monthly price,Status\n\
         A1,Ann,ann@example.org,10.00,active\n\
         ,Bob,,,\n\
         A3,Cem,cem@,,\n\
         A4,Dee,,ten,\n\
         A5,Eve,,,gone fishing\n\
         A1,Ann again,,,\n\
         A7,too,many,,,fields\n";
    let plan = planned(Kind::Customers, "crm.csv", text, |choices| {
        // with so many bad cells these are not guessed
        for (field, column) in [("email", "E-mail"), ("monthly_price", "Monthly price"), ("status", "Status")] {
            choices.columns.insert(field.into(), column.into());
        }
    })
    .unwrap();
    assert_eq!((plan.groups.len(), plan.rows), (1, 7));
    let turned: Vec<(usize, usize, &str)> =
        plan.turned.iter().map(|one| (one.row, one.line, one.column.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        turned,
        [
            (2, 3, "Account number"),
            (3, 4, "E-mail"),
            (4, 5, "Monthly price"),
            (5, 6, "Status"),
            (6, 7, "Account number"),
            (7, 8, "Status"),
        ]
    );
    assert_eq!(plan.turned[1].reason, "Enter a full e-mail address.");
    assert_eq!(plan.turned[4].reason, "The same account number stands in row 1; one row is one customer.");
}

#[test]
fn what_the_file_cannot_decide_is_asked() {
    let dates = "Account number,Customer since\nA1,04/05/2015\nA2,03/02/2016\n";
    let asked = planned(Kind::Customers, "crm.csv", dates, |_| {}).unwrap_err();
    assert!(asked.get("dates").unwrap().contains("can be read in two ways"));
    let plan = planned(Kind::Customers, "crm.csv", dates, |choices| choices.answers.dates = Some(Dates::Mdy)).unwrap();
    let Work::Customer(first) = &plan.groups[0].work else { panic!("{plan:?}") };
    assert_eq!(first.since.map(|since| since.on), NaiveDate::from_ymd_opt(2015, 4, 5));
    let amounts = "Account number,Monthly price\nA1,1.234\n";
    let asked = planned(Kind::Customers, "crm.csv", amounts, |_| {}).unwrap_err();
    assert!(asked.get("decimals").is_some());
    let cases = planned(Kind::Cases, "crm.csv", "Received,Reason\n2026-01-02,too dear\n", |choices| {
        choices.answers.case_kind = None;
    });
    let asked = cases.unwrap_err();
    assert!(asked.get("case_kind").is_some() && asked.get("case_channel").is_some());
}

#[test]
fn a_missing_column_is_named() {
    let errors = planned(Kind::Customers, "zip.csv", "Zip Code,Population\n90001,54492\n", |_| {}).unwrap_err();
    assert_eq!(errors.get("col-account_number"), Some("There is no column for Account number."));
}

const ORDERS: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

#[test]
fn lines_of_one_number_are_one_order_and_cancellations_come_last() {
    let text = format!(
        "{ORDERS}C536391,22556,PLASTERS,-12,2010-12-01 10:24:00,1.65,17548.0,United Kingdom\n\
         536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n\
         536365,71053,LANTERN,6,2010-12-01 08:27:00,3.39,17850.0,United Kingdom\n\
         536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom\n"
    );
    let plan = planned(Kind::Orders, "retail.csv", &text, |_| {}).unwrap();
    assert_eq!(plan.turned, []);
    let [first, guest, cancelled] = &plan.groups[..] else { panic!("{plan:?}") };
    let Work::Order(order) = &first.work else { panic!("{first:?}") };
    assert_eq!((order.number.as_str(), order.lines.len()), ("536365", 2));
    assert_eq!(order.buyer, Buyer::Account("17850".into()));
    assert_eq!(order.total, Money::new(3_564, Currency::GBP));
    assert_eq!(order.ordered_at.to_rfc3339(), "2010-12-01T08:26:00+00:00");
    assert!(matches!(&guest.work, Work::Order(OrderRows { buyer: Buyer::Guest, .. })));
    let Work::Cancellation(cancelled) = &cancelled.work else { panic!("{cancelled:?}") };
    assert_eq!((cancelled.number.as_str(), cancelled.total.minor), ("C536391", -1_980));
}

#[test]
fn an_order_comes_in_whole_or_not_at_all() {
    let text = format!(
        "{ORDERS}1,A,a,1,2010-12-01 08:26:00,1.00,9,France\n1,B,b,many,2010-12-01 08:26:00,1.00,9,France\n\
         2,A,a,1,2010-12-01 08:26:00,1.00,9,France\n"
    );
    let plan = planned(Kind::Orders, "retail.csv", &text, |_| {}).unwrap();
    assert_eq!(plan.groups.len(), 1);
    assert_eq!(plan.turned[0].reason, "Row 2 of the same order cannot be read.");
    assert_eq!(plan.turned[1].column.as_deref(), Some("Quantity"));
}

#[test]
fn cases_without_a_number_are_known_by_what_stands_in_them() {
    let text = "Received,Reason\n2026-01-02,too dear\n2026-01-02,too dear\n2026-01-03,moved\n";
    let read = || planned(Kind::Cases, "fcc.csv", text, |choices| choices.answers.source = Some("x".into())).unwrap();
    let refs = |plan: &Plan| -> Vec<String> {
        plan.groups
            .iter()
            .map(|group| match &group.work {
                Work::Case(row) => row.external_ref.clone(),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let (first, again) = (refs(&read()), refs(&read()));
    assert_eq!(first, again);
    assert_eq!(first[1], format!("{} 2", first[0]));
    assert_ne!(first[0], first[2]);
}

#[test]
fn a_moment_in_the_future_is_turned_away_and_today_is_not() {
    let text = "Received,Reason\n2026-03-04,today\n2026-03-09,later\n";
    let plan = planned(Kind::Cases, "fcc.csv", text, |_| {}).unwrap();
    assert_eq!((plan.groups.len(), plan.turned.len()), (1, 1));
    assert_eq!(plan.turned[0].reason, "“2026-03-09” lies in the future.");
}
