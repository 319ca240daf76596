//! The rules of the house that the compiler does not keep.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest a file of `src` may grow before it is split by noun.
const LONGEST: usize = 500;
/// Pages that show what slices below theirs know.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("audit/pages.rs", &["accounts", "cases", "customers"]),
    ("customers/pages/concessions.rs", &["offers", "promises"]),
    ("customers/pages/show.rs", &["economics"]),
];

#[test]
fn a_module_imports_only_modules_above_it() {
    let order = modules();
    let place = |name: &str| order.iter().position(|module| module == name);
    let web = place("web").unwrap();
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let top = name.split(['/', '.']).next().unwrap();
        let Some(own) = place(top) else { continue };
        let is_page = name.split('/').any(|part| matches!(part, "pages" | "pages.rs" | "api.rs"));
        let lowest = if is_page { own.max(web) } else { own };
        let excused = MAY_IMPORT.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, modules)| modules);
        for import in imports(&text) {
            match place(&import) {
                Some(at) if at > lowest && !excused.contains(&import.as_str()) => {
                    wrong.push(format!("{name}: {import}"));
                }
                _ => {}
            }
        }
    }
    assert_eq!(wrong, [""; 0], "a module imports only modules above it in src/lib.rs");
}

#[test]
fn imports_are_seen_in_every_form() {
    let text = "use crate::audit::{self, Action};\nuse crate::{accounts, db::{Db, Tx}, web};\n\
        // crate::cases\nlet x = crate::router::router(app);\nuse crate::error::Result;";
    assert_eq!(imports(text), ["audit", "accounts", "db", "web", "router", "error"]);
}

#[test]
fn queries_take_their_moment_from_the_transaction() {
    let mut wrong = Vec::new();
    let migrations = files("migrations", "sql");
    for (name, text) in sources().into_iter().chain(migrations) {
        if name == "db/tx.rs" || name.ends_with("/tests.rs") {
            continue;
        }
        for (number, line) in code(&text) {
            let line = line.to_lowercase();
            // desk_now: the one place where the database's own clock binds
            if line.ends_with("else transaction_timestamp() end from desk_clock") {
                continue;
            }
            let reads_the_clock = ["_timestamp()", "current_timestamp", "current_date", "localtimestamp", "timeofday("]
                .iter()
                .any(|word| line.contains(word))
                // ours are called on something
                || line.match_indices("now()").any(|(at, _)| {
                    !line[..at].ends_with(|before: char| matches!(before, '.' | ':' | '_') || before.is_alphanumeric())
                });
            if reads_the_clock {
                wrong.push(format!("{name}:{number}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "use tx.now() or app.now()");
}

#[test]
fn templates_escape_and_carry_no_style_and_no_script() {
    let mut wrong = Vec::new();
    for (name, text) in files("templates", "html") {
        for (number, line) in (1..).zip(text.lines()) {
            let squeezed: String = line.to_lowercase().split_whitespace().collect();
            let handler = line.to_lowercase().split_whitespace().any(|word| {
                word.split_once('=').is_some_and(|(name, _)| {
                    name.len() > 4 && name.starts_with("on") && name.chars().all(|c| c.is_ascii_alphabetic())
                })
            });
            if squeezed.contains("|safe")
                || squeezed.contains("style=")
                || squeezed.contains("<style")
                || (squeezed.contains("<script") && !squeezed.contains("src="))
                || squeezed.contains("javascript:")
                || handler
            {
                wrong.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn files_stay_short_enough_to_read() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "split these by noun: {long:?}");
}

#[test]
fn every_migration_has_a_moment_of_its_own() {
    let versions: Vec<String> =
        files("migrations", "sql").into_iter().map(|(name, _)| name.split('_').next().unwrap().to_owned()).collect();
    assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
    assert!(versions.iter().all(|version| version.len() == 14), "{versions:?}");
}

/// The modules in the order of `src/lib.rs`.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned)).collect()
}

/// The modules of the crate that a file names.
fn imports(text: &str) -> Vec<String> {
    let text = code(text).map(|(_, line)| line.to_owned()).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, word) in text.match_indices("crate::") {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &text[at + word.len()..];
        match rest.strip_prefix('{') {
            None => found.push(first_word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, letter) in group.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        letter if begins && !letter.is_whitespace() => {
                            found.push(first_word(&group[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The lines that are no comments, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("--"))
}

/// The Rust files of `src`, by their path in it.
pub(crate) fn sources() -> Vec<(String, String)> {
    files("src", "rs")
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let folder = root().join(folder);
    let mut found = Vec::new();
    collect(&folder, &folder, extension, &mut found);
    found.sort();
    assert!(!found.is_empty(), "nothing in {}", folder.display());
    found
}

fn collect(base: &Path, folder: &Path, extension: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(base, &path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
