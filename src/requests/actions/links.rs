//! Answering without an account: a link that works once, until then.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::super::{Refusal, Request, store};
use super::answer::{NewAnswer, give};
use super::{entry, lock_both, tell, zone};
use crate::accounts::{Email, Token};
use crate::audit::{self, Action};
use crate::auth::{AskDepartments, Can};
use crate::calendar::moment;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{RequestId, RequestLinkId};
use crate::notifications::{self, DESK, NewMail, To};

/// A link works for so long.
const LASTS: TimeDelta = TimeDelta::days(7);

/// A link to hand over. It is shown once: the store holds only a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The path of it.
    pub path: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// Whether it goes by mail as well.
    pub mailed: bool,
}

/// Makes a link by which whoever holds it answers, and has it mailed where an address is given.
///
/// # Errors
/// When it is not the department's turn.
pub async fn make_link(
    tx: &mut Tx,
    can: &Can<AskDepartments>,
    request: RequestId,
    mail: Option<&Email>,
) -> Result<Link> {
    let (case, request) = lock_both(tx, request).await?;
    if !request.stage.is_theirs() {
        return Err(Refusal::Over(request.stage).into());
    }
    let by = can.id.ok_or(Error::Forbidden)?;
    let token = Token::random();
    let expires_at = tx.now() + LASTS;
    let id = store::insert_link(tx, request.id, &token.digest(), by, expires_at).await?;
    store::insert_entry(tx, &request, "link_made", Some(by), None, false, None, "").await?;
    let path = format!("/answer/{}", token.text());
    if let Some(address) = mail {
        let until = moment(expires_at, zone(tx, &case).await?, tx.now());
        let new = NewMail {
            key: format!("request-link:{id}"),
            to: To::Request(request.id),
            address: address.as_str().to_owned(),
            name: String::new(),
            case: None,
            subject: format!("{} for {}", request.kind.label(), request.department_name),
            body: format!(
                "{} asks {}: {}\n\nAnswer here, without signing in: {DESK}{path}\n\nThe link works once, until {until}. \
                 Do not pass it on.\n",
                can.name, request.department_name, request.what,
            ),
            not_before: None,
            terms: None,
        };
        notifications::queue(tx, new).await?;
    }
    let made = entry(Action::RequestLinkMade, &request).fact("link", id.to_string()).fact("mailed", mail.is_some());
    audit::record(tx, made.fact("expires_at", expires_at.to_rfc3339())).await?;
    tell(tx, &request);
    Ok(Link { path, expires_at, mailed: mail.is_some() })
}

/// What a link that still works is for, and until when it works.
pub(in super::super) async fn find_by_link(
    connection: &mut PgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<(RequestLinkId, RequestId, DateTime<Utc>)>> {
    let found = store::find_link(connection, &token.digest(), now).await?;
    Ok(found.filter(|link| link.works).map(|link| (link.id, link.request, link.expires_at)))
}

/// Notes that somebody opened a link; that uses nothing up, since mail scanners open links too.
pub(in super::super) async fn opened(tx: &mut Tx, link: RequestLinkId, request: &Request) -> Result<()> {
    audit::record(tx, entry(Action::RequestLinkOpened, request).fact("link", link.to_string())).await
}

/// Answers by a link, which is used up by that.
///
/// # Errors
/// When it was used, has expired, or its request was settled another way.
pub async fn answer_by_link(tx: &mut Tx, token: &Token, name: &str, new: NewAnswer) -> Result<Request> {
    let now = tx.now();
    let found = store::find_link(tx, &token.digest(), now).await?.ok_or(Refusal::LinkGone)?;
    let (case, request) = lock_both(tx, found.request).await?;
    let link = store::lock_link(tx, &token.digest()).await?.filter(|link| link.works).ok_or(Refusal::LinkGone)?;
    give(tx, &case, request, new, Some((link.id, name))).await
}
