//! Files attached to what was said and to promises: what they are is found in their bytes, their names are labels and
//! nothing more. Append-only, like the log. The bytes stand in a table of their own, once per customer.

mod actions;
mod kinds;
mod pages;
mod store;

use serde::Deserialize;

use crate::error::FormErrors;
use crate::ids::{FileId, InteractionId, PromiseId};
use crate::web::{FormWithFiles, MOST_FILES, SentFile};

pub use actions::attach;
pub use kinds::{Kind, Odd};
pub use pages::routes;

/// The most characters of a name.
const LONGEST_NAME: usize = 200;

/// What a file is attached to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// An entry of a case's log.
    Interaction(InteractionId),
    /// A promise, as evidence.
    Promise(PromiseId),
}

/// A file that may be attached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewFile {
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
    sha256: [u8; 32],
}

/// A file as lists show it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct File {
    /// Its identity.
    pub id: FileId,
    /// What it is called.
    pub name: String,
    /// Its kind as stored.
    pub kind: String,
    /// How many bytes it has.
    pub size: i64,
}

impl File {
    /// "PDF, 186 KB"
    #[must_use]
    pub fn about(&self) -> String {
        let kind = Kind::from_name(&self.kind).map_or("File", Kind::label);
        format!("{kind}, {}", size(self.size))
    }
}

impl NewFile {
    /// Looks at a file that was sent.
    ///
    /// # Errors
    /// A sentence for who sent it.
    pub fn read(sent: SentFile, largest: usize) -> Result<Self, String> {
        let name = label(&sent.name);
        if sent.too_large || sent.bytes.len() > largest {
            return Err(format!("“{name}” has more than {} MB. Attach a smaller one.", largest >> 20));
        }
        match Kind::of(&sent.bytes) {
            Ok(kind) => Ok(Self { name, kind, bytes: sent.bytes, sha256: sent.sha256 }),
            Err(Odd::Empty) => Err(format!("“{name}” is empty.")),
            Err(Odd::Macros) => Err(format!("“{name}” holds macros. Save it without them, or as a PDF.")),
            Err(Odd::Unknown) => Err(format!(
                "“{name}” is none of the kinds that can be attached: PDF, pictures, office documents, e-mail, text and \
                 CSV. Its content counts, not its name."
            )),
        }
    }

    /// A file that is made rather than sent; none when it would not be taken.
    #[must_use]
    pub fn made(name: &str, bytes: Vec<u8>) -> Option<Self> {
        use sha2::Digest as _;
        let sha256 = sha2::Sha256::digest(&bytes).into();
        Self::read(SentFile { name: name.to_owned(), bytes, sha256, too_large: false }, usize::MAX).ok()
    }
}

/// Takes the files out of a form. What is wrong with them stands in `errors` at the field `file`; when only something
/// else is wrong, [`again`] says that they have to be chosen once more.
pub fn take<T>(form: &mut FormWithFiles<T>, largest: usize, errors: &mut FormErrors) -> Vec<NewFile> {
    if form.too_many {
        errors.add("file", format!("Attach at most {MOST_FILES} files at once."));
    }
    let sent = std::mem::take(&mut form.files);
    let read = sent.into_iter().filter_map(|file| errors.check("file", NewFile::read(file, largest)));
    read.collect()
}

/// A form goes back to its author, and no browser keeps chosen files through that.
pub fn again(files: &[NewFile], scripted: bool, errors: &mut FormErrors) {
    if !files.is_empty() && !scripted && errors.get("file").is_none() {
        errors.add("file", "Choose the files again: your browser does not keep them.");
    }
}

/// What the field says: "Up to 10 files of 10 MB each: …".
#[must_use]
pub fn hint(largest: usize) -> String {
    let most = largest >> 20;
    format!("Up to {MOST_FILES} files of {most} MB each: PDF, pictures, office documents, e-mail, text, CSV")
}

/// A name as it can be shown: without folders, control characters and what turns the direction of writing around.
fn label(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = last.chars().filter(|c| !is_odd(*c)).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    if plain.is_empty() { "file".to_owned() } else { plain.to_owned() }
}

/// The name under which it is saved: it ends as its kind does, whatever it was called.
fn saved_as(name: &str, kind: Kind) -> String {
    let ends = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let endings = kind.endings();
    if endings.contains(&ends.as_str()) { name.to_owned() } else { format!("{name}.{}", endings[0]) }
}

/// `186 KB`
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_label() {
        assert_eq!(label("C:\\fakepath\\credit note.pdf"), "credit note.pdf");
        assert_eq!(label("../../etc/passwd"), "passwd");
        assert_eq!(label("a\r\nSet-Cookie: x\".pdf"), "aSet-Cookie: x\".pdf");
        assert_eq!(label("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!((label(" \0"), label("..").len(), label(&"x".repeat(300)).len()), ("file".to_owned(), 2, 200));
    }

    #[test]
    fn a_file_is_saved_as_what_it_is() {
        assert_eq!(saved_as("note.pdf", Kind::Pdf), "note.pdf");
        assert_eq!(saved_as("note.PDF", Kind::Pdf), "note.PDF");
        assert_eq!(saved_as("note.pdf.exe", Kind::Pdf), "note.pdf.exe.pdf");
        assert_eq!(saved_as("note", Kind::Jpeg), "note.jpg");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let read = |name: &str, bytes: &[u8], too_large| {
            NewFile::read(
                SentFile { name: name.to_owned(), bytes: bytes.to_vec(), sha256: [0; 32], too_large },
                10 << 20,
            )
        };
        assert!(read("a.txt", b"Said so on the phone", false).is_ok());
        assert!(read("a.pdf", b"", false).unwrap_err().contains("empty"));
        assert!(read("a.pdf", b"", true).unwrap_err().contains("more than 10 MB"));
        assert!(read("a.pdf", b"MZ\0\0", false).unwrap_err().contains("not its name"));
    }
}
