//! Tells cargo what the crate embeds besides its own source.

fn main() {
    // `migrate!` does not notice a new file by itself
    println!("cargo::rerun-if-changed=migrations");
}
