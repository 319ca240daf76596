use super::{NewFile, On, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AttachFiles, Can};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, FileId};

/// Attaches files to something in a case. Whoever calls holds the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn attach(
    tx: &mut Tx,
    _: &Can<AttachFiles>,
    customer: CustomerId,
    case: CaseId,
    on: On,
    files: &[NewFile],
) -> Result<()> {
    for file in files {
        let id = FileId::new();
        store::insert_contents(tx, customer, file).await?;
        store::insert(tx, id, customer, case, on, file).await?;
        let (to, of) = match on {
            On::Interaction(id) => ("interaction", id.to_string()),
            On::Promise(id) => ("promise", id.to_string()),
        };
        audit::record(
            tx,
            Entry::new(Action::FileAttached, Subject::File(id))
                .of(customer)
                .fact("case", case.to_string())
                .fact(to, of)
                .fact("kind", file.kind.name())
                .fact("bytes", file.bytes.len()),
        )
        .await?;
    }
    Ok(())
}
