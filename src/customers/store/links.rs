use sqlx::PgConnection;

use super::super::{LinkedAccount, Status};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::CustomerId;

/// The accounts of the same group, the main account first. Of many, the first hundred.
///
/// # Errors
/// When the database cannot be read.
pub async fn linked_accounts(connection: &mut PgConnection, customer: CustomerId) -> Result<Vec<LinkedAccount>> {
    linked_accounts_part(customer).all(connection).await
}

/// The same, to be asked with others.
pub(in super::super) fn linked_accounts_part(customer: CustomerId) -> Part<LinkedAccount> {
    part!(
        LinkedAccount,
        r#"
        select id as "id!: CustomerId", name as "name!", account_number, status as "status!: Status",
            is_main as "is_main!"
        from (
            select m.id, m.name, m.account_number, m.status, true as is_main
            from customers m
            where m.id = (select linked_to_id from customers where id = $1)
            union all
            select o.id, o.name, o.account_number, o.status, false
            from customers o
            where o.linked_to_id = (select coalesce(linked_to_id, id) from customers where id = $1) and o.id <> $1
        ) g
        order by is_main desc, lower(name), id
        limit 100
        "#,
        customer as CustomerId,
    )
}

pub(in super::super) async fn save_link(tx: &mut Tx, id: CustomerId, main: Option<CustomerId>) -> Result<()> {
    sqlx::query!(
        "update customers set linked_to_id = $2, version = version + 1 where id = $1",
        id as CustomerId,
        main as Option<CustomerId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
