//! The real files that imports are tried on.

use std::path::{Path, PathBuf};

/// The folder of the files: `SAVEDESK_TEST_DATA`, else `../shared/data` beside the project. Without it a test that
/// needs it says so and passes, except where `CI` is set.
pub(crate) fn data_dir() -> Option<PathBuf> {
    let given = std::env::var_os("SAVEDESK_TEST_DATA").map(PathBuf::from);
    let dir = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("CI").is_none(), "no test data in {}", dir.display());
    eprintln!("skipped: no test data in {}; SAVEDESK_TEST_DATA names another folder", dir.display());
    None
}
