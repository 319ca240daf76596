//! Saying that something is somebody's now.

use super::tell;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, UserId};
use crate::notifications::{Kind, Notice};

/// Tells somebody that something of a case is theirs now, unless they took it themselves. Each time it is given is news of
/// its own, so the key says which time this is.
///
/// # Errors
/// When the database refuses.
pub async fn assigned(tx: &mut Tx, to: UserId, case: CaseId, about: String, key: String) -> Result<()> {
    if tx.by() == Some(to) {
        return Ok(());
    }
    tell(tx, &[Notice { to, kind: Kind::Assigned, case: Some(case), about, urgent: false, key }]).await.map(drop)
}
