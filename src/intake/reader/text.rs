//! From bytes to text: which encoding they are in, and whether they are text at all.

use std::borrow::Cow;
use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::Unreadable;

/// How a file's text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// The name of the encoding, as in `UTF-8` or `windows-1252`.
    pub name: &'static str,
    /// Whether it was guessed from the letters, because nothing in the file tells.
    pub guessed: bool,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if self.guessed { f.write_str(" (guessed)") } else { Ok(()) }
    }
}

/// Turns bytes into text: by the mark at their beginning, else as UTF-8, else by a guess.
pub(super) fn decode(bytes: &[u8]) -> Result<(Encoding, Cow<'_, str>), Unreadable> {
    refuse_other_files(bytes)?;
    let (encoding, guessed, body) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, false, &bytes[length..]),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, false, bytes),
        None => (guess(bytes)?, true, bytes),
    };
    let wide = encoding == UTF_16LE || encoding == UTF_16BE;
    let (text, damaged) = encoding.decode_without_bom_handling(body);
    if damaged || (wide && body.len() % 2 == 1) {
        let line = line_of(&text, '\u{fffd}');
        return Err(Unreadable::Damaged { line, encoding: encoding.name() });
    }
    if text.contains('\0') {
        return Err(Unreadable::Binary);
    }
    let start = text.trim_start().get(..14).unwrap_or_default().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Err(Unreadable::WebPage);
    }
    Ok((Encoding { name: encoding.name(), guessed }, text))
}

fn refuse_other_files(bytes: &[u8]) -> Result<(), Unreadable> {
    const OLD_EXCEL: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    if bytes.is_empty() {
        Err(Unreadable::Empty)
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(OLD_EXCEL) {
        Err(Unreadable::Workbook)
    } else if bytes.starts_with(b"%PDF-") {
        Err(Unreadable::Binary)
    } else {
        Ok(())
    }
}

fn guess(bytes: &[u8]) -> Result<&'static encoding_rs::Encoding, Unreadable> {
    if bytes.contains(&0) {
        return Err(Unreadable::Binary);
    }
    if let Some(line) = damaged_utf8(bytes) {
        return Err(Unreadable::Damaged { line, encoding: UTF_8.name() });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    Ok(detector.guess(None, Utf8Detection::Deny))
}

/// The line of the first bad byte in text that is UTF-8 but for a few bytes.
///
/// Read as anything else, every letter beyond ASCII would come out wrong. In other encodings
/// letters hardly ever look like UTF-8, so a handful of good ones for each bad one tells.
fn damaged_utf8(bytes: &[u8]) -> Option<usize> {
    let (mut good, mut bad, mut line, mut first) = (0_usize, 0_usize, 1, None);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        line += lines_in(chunk.valid());
        if !chunk.invalid().is_empty() {
            bad += 1;
            first.get_or_insert(line);
        }
    }
    first.filter(|_| good > 4 * bad)
}

fn line_of(text: &str, sign: char) -> usize {
    1 + text.split(sign).next().map_or(0, lines_in)
}

/// Line ends, where CR LF is one.
fn lines_in(text: &str) -> usize {
    let ends = text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
    ends - text.matches("\r\n").count()
}
