//! The list as a file.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::filter::{Filter, Seen};
use super::rows::{Mark, about, priority};
use super::store::{self, Row};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ExportCases};
use crate::cases::{Channel, Kind};
use crate::error::{Error, Result};
use crate::intake::writer::disarmed;
use crate::money::Money;
use crate::web::App;

/// Rows read at a time.
const CHUNK: i64 = 500;

const HEADER: [&str; 22] = [
    "Case",
    "Customer",
    "Account number",
    "Kind",
    "Channel",
    "Status",
    "Coded reason",
    "Customer's words",
    "At stake",
    "Value at risk",
    "Value kept",
    "Currency",
    "Priority",
    "Next action",
    "Due",
    "Due because",
    "Owner",
    "Team",
    "Opened",
    "Closed",
    "Outcome",
    "Id",
];

/// Every case of the list, by number, as a file that spreadsheets open and run nothing of. It is written while it is
/// read: nobody holds the whole of it.
pub(super) async fn csv(State(app): State<App>, can: Can<ExportCases>, RawQuery(query): RawQuery) -> Result<Response> {
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let mut connection = app.db.read().await?;
    let zone = accounts::zone_for(&app, &mut connection, &can).await?;
    let seen = Seen { me: can.id, now: app.now(), zone };
    let cases = store::summary(&mut connection, &filter, &seen).await?.cases;
    drop(connection);
    // said before the first row leaves, so that an export that breaks off stands in the log too
    let entry = Entry::new(Action::CasesExported, Subject::Desk).fact("count", cases).fact("filter", filter.query());
    audit::view(&app.db, &can, entry).await?;
    let (rows, body) = mpsc::channel(2);
    app.tasks.spawn(write(app.clone(), filter, seen, rows));
    let name = format!("cases-{}.csv", seen.now.with_timezone(&zone).format("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(body))).into_response())
}

type Piece = std::io::Result<Bytes>;

async fn write(app: App, filter: Filter, seen: Seen, body: mpsc::Sender<Piece>) {
    // only so many at once; whoever comes later waits for the first bytes
    let Ok(_turn) = app.exporting.acquire().await else {
        return;
    };
    if let Err(error) = write_rows(&app, &filter, &seen, &body).await {
        tracing::error!(%error, "an export broke off");
        // a body that ends in an error is no complete file
        let _ = body.send(Err(std::io::Error::other("the export broke off"))).await;
    }
}

async fn write_rows(app: &App, filter: &Filter, seen: &Seen, body: &mpsc::Sender<Piece>) -> Result<()> {
    // a mark that tells spreadsheets it is UTF-8
    let mut file = vec![0xef, 0xbb, 0xbf];
    file.extend(lines([HEADER.map(str::to_owned)])?);
    let mut after = 0;
    loop {
        if body.send(Ok(file.into())).await.is_err() {
            return Ok(());
        }
        let mut connection = app.db.read().await?;
        let rows = store::by_number(&mut connection, filter, seen, after, CHUNK).await?;
        drop(connection);
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.number;
        file = lines(rows.iter().map(|row| cells(row, seen)))?;
    }
}

fn lines<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| disarmed(cell).into_owned())).map_err(anyhow::Error::from)?;
    }
    writer.into_inner().map_err(|error| Error::Internal(anyhow::anyhow!("{error}")))
}

fn cells(row: &Row, seen: &Seen) -> [String; HEADER.len()] {
    let moment = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.with_timezone(&seen.zone).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mark = Mark::of(row);
    [
        format!("SD-{}", row.number),
        row.customer.clone(),
        text(&row.account_number),
        Kind::from_name(&row.kind).map_or("", Kind::label).to_owned(),
        Channel::from_name(&row.channel).map_or("", Channel::label).to_owned(),
        if mark.closed { "Closed" } else { mark.label }.to_owned(),
        text(&row.reason),
        row.stated_reason.clone(),
        about(row),
        row.value().plain(),
        row.value_kept_minor.map(|minor| Money::new(minor, row.currency).plain()).unwrap_or_default(),
        row.currency.code().to_owned(),
        priority(row).label().to_owned(),
        text(&row.next_action),
        moment(row.next_due_at),
        text(&row.next_due_because),
        text(&row.owner),
        text(&row.team),
        moment(Some(row.opened_at)),
        moment(row.closed_at),
        if mark.closed { mark.label } else { "" }.to_owned(),
        row.id.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        let text =
            String::from_utf8(lines([["=1+1".to_owned(), "a,\"b\"".to_owned(), "-5".to_owned()]]).unwrap()).unwrap();
        assert_eq!(text, "'=1+1,\"a,\"\"b\"\"\",-5\r\n");
    }
}
