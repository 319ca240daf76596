use sqlx::PgConnection;

use super::{Kind, NewFile, On};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId, FileId, InteractionId, PromiseId, UserId};

/// Keeps the bytes, unless this customer's are here already.
pub(super) async fn insert_contents(tx: &mut Tx, customer: CustomerId, file: &NewFile) -> Result<()> {
    sqlx::query!(
        "insert into file_contents (customer_id, sha256, bytes) values ($1, $2, $3) on conflict do nothing",
        customer as CustomerId,
        &file.sha256[..],
        &file.bytes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: FileId,
    customer: CustomerId,
    case: CaseId,
    on: On,
    file: &NewFile,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    let (interaction, promise) = match on {
        On::Interaction(id) => (Some(id), None),
        On::Promise(id) => (None, Some(id)),
    };
    sqlx::query!(
        "
        insert into files (id, customer_id, case_id, interaction_id, promise_id, name, kind, size, sha256, at, by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ",
        id as FileId,
        customer as CustomerId,
        case as CaseId,
        interaction as Option<InteractionId>,
        promise as Option<PromiseId>,
        file.name,
        file.kind.name(),
        i32::try_from(file.bytes.len()).unwrap_or(i32::MAX),
        &file.sha256[..],
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A file on its way out.
pub(super) struct Whole {
    pub(super) customer: CustomerId,
    pub(super) case: CaseId,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
}

pub(super) async fn find(connection: &mut PgConnection, file: FileId) -> Result<Whole> {
    Ok(sqlx::query_as!(
        Whole,
        r#"
        select f.customer_id as "customer: CustomerId", f.case_id as "case: CaseId", f.name, f.kind as "kind: Kind",
            c.bytes
        from files f
        join file_contents c on c.customer_id = f.customer_id and c.sha256 = f.sha256
        where f.id = $1
        "#,
        file as FileId,
    )
    .fetch_one(connection)
    .await?)
}
