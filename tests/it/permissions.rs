//! Who may do what, as one table to be reviewed whenever it changes.

use std::fmt::Write;

use savedesk::auth::{MATRIX, Role};

#[test]
fn the_matrix_is_as_reviewed() {
    let mut table = format!("{:<20}", "");
    for role in Role::ALL {
        write!(table, "{:<12}", role.name()).unwrap();
    }
    for (permission, roles) in MATRIX {
        write!(table, "\n{permission:<20}").unwrap();
        for role in Role::ALL {
            write!(table, "{:<12}", if roles.contains(&role) { "yes" } else { "-" }).unwrap();
        }
    }
    let table: Vec<_> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}
