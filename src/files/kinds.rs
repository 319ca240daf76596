//! What a file is, found by looking at its bytes: its name says nothing that counts.

use crate::names::names;

names! {
    /// What may be attached.
    Kind {
        Pdf = "pdf", "PDF";
        Png = "png", "PNG picture";
        Jpeg = "jpeg", "JPEG picture";
        Gif = "gif", "GIF picture";
        Webp = "webp", "WebP picture";
        Tiff = "tiff", "TIFF picture";
        Bmp = "bmp", "BMP picture";
        Heif = "heif", "HEIF picture";
        Docx = "docx", "Word document";
        Xlsx = "xlsx", "Excel sheet";
        Pptx = "pptx", "Slides";
        Doc = "doc", "Word document";
        Xls = "xls", "Excel sheet";
        Ppt = "ppt", "Slides";
        Odt = "odt", "Text document";
        Ods = "ods", "Spreadsheet";
        Odp = "odp", "Slides";
        Eml = "eml", "E-mail";
        Msg = "msg", "Outlook e-mail";
        Csv = "csv", "Table";
        Text = "text", "Text";
    }
}

/// Why a file is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Odd {
    /// It holds nothing.
    Empty,
    /// It is something else than what is taken.
    Unknown,
    /// It is a document with programs in it.
    Macros,
}

impl Kind {
    /// As a browser is told.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Heif => "image/heif",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Doc => "application/msword",
            Self::Xls => "application/vnd.ms-excel",
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Eml => "message/rfc822",
            Self::Msg => "application/vnd.ms-outlook",
            Self::Csv => "text/csv",
            Self::Text => "text/plain",
        }
    }

    /// How the names of such files end; the first is the usual one.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Tiff => &["tif", "tiff"],
            Self::Bmp => &["bmp"],
            Self::Heif => &["heic", "heif"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
            Self::Doc => &["doc"],
            Self::Xls => &["xls"],
            Self::Ppt => &["ppt"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Odp => &["odp"],
            Self::Eml => &["eml"],
            Self::Msg => &["msg"],
            Self::Csv => &["csv", "tsv", "txt"],
            Self::Text => &["txt", "log", "md"],
        }
    }

    /// Looks at the bytes.
    ///
    /// # Errors
    /// When they are nothing that is taken.
    pub fn of(bytes: &[u8]) -> Result<Self, Odd> {
        if bytes.is_empty() {
            return Err(Odd::Empty);
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return zipped(bytes);
        }
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
            return compound(bytes);
        }
        let Some(found) = infer::get(bytes) else { return text(bytes) };
        match found.mime_type() {
            "application/pdf" => Ok(Self::Pdf),
            "image/png" => Ok(Self::Png),
            "image/jpeg" => Ok(Self::Jpeg),
            "image/gif" => Ok(Self::Gif),
            "image/webp" => Ok(Self::Webp),
            "image/tiff" => Ok(Self::Tiff),
            // two letters begin a picture, and many a text
            "image/bmp" => {
                if holds_text(bytes) {
                    text(bytes)
                } else {
                    Ok(Self::Bmp)
                }
            }
            "image/heif" => Ok(Self::Heif),
            _ => Err(Odd::Unknown),
        }
    }
}

/// Office documents of today are archives; what they are stands in the names of their parts.
fn zipped(bytes: &[u8]) -> Result<Kind, Odd> {
    let has = |name: &[u8]| holds(bytes, name);
    if has(b"vbaProject.bin") {
        return Err(Odd::Macros);
    }
    if has(b"[Content_Types].xml") {
        return [(Kind::Docx, &b"word/"[..]), (Kind::Xlsx, b"xl/"), (Kind::Pptx, b"ppt/")]
            .into_iter()
            .find_map(|(kind, folder)| has(folder).then_some(kind))
            .ok_or(Odd::Unknown);
    }
    // the first part of an open document is its kind, stored as it is
    let start = bytes.get(30..bytes.len().min(120)).unwrap_or_default();
    let is = |kind: Kind| {
        let kind = [b"mimetype".as_slice(), kind.media_type().as_bytes()].concat();
        start.windows(kind.len()).any(|part| part == kind)
    };
    let kind = [Kind::Odt, Kind::Ods, Kind::Odp].into_iter().find(|kind| is(*kind)).ok_or(Odd::Unknown)?;
    if has(b"Basic/script-lc.xml") { Err(Odd::Macros) } else { Ok(kind) }
}

/// Office documents of old are small file systems; what they are stands in the names of their streams.
fn compound(bytes: &[u8]) -> Result<Kind, Odd> {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        holds(bytes, &wide)
    };
    if has("__substg1.0_") || has("__nameid_version1.0") {
        return Ok(Kind::Msg);
    }
    if has("_VBA_PROJECT") {
        return Err(Odd::Macros);
    }
    [(Kind::Doc, "WordDocument"), (Kind::Ppt, "PowerPoint Document"), (Kind::Xls, "Workbook"), (Kind::Xls, "Book")]
        .into_iter()
        .find_map(|(kind, stream)| has(stream).then_some(kind))
        .ok_or(Odd::Unknown)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else { return true };
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.into_iter().any(|(at, _)| bytes[at + 1..].starts_with(rest))
}

/// Letters, line ends and tabs, in whatever encoding, but for what a browser or a shell would run.
fn text(bytes: &[u8]) -> Result<Kind, Odd> {
    if !holds_text(bytes) || bytes.starts_with(b"#!") {
        return Err(Odd::Unknown);
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('<') {
        return Err(Odd::Unknown);
    }
    Ok(if is_mail(text) {
        Kind::Eml
    } else if is_table(text) {
        Kind::Csv
    } else {
        Kind::Text
    })
}

fn holds_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}

/// It begins as messages do: with lines that say from whom, when, about what.
fn is_mail(text: &str) -> bool {
    let mut said = 0;
    for line in text.lines().take(200) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return false;
        }
        let known = ["from", "to", "date", "subject", "received", "message-id", "mime-version", "return-path"];
        said += usize::from(known.contains(&name.to_ascii_lowercase().as_str()));
    }
    said >= 3
}

/// Its first lines have as many marks between them, and some.
fn is_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    // the last of what was looked at may be cut
    let whole = if lines.len() == 20 { &lines[..19] } else { &lines[..] };
    [',', ';', '\t'].into_iter().any(|mark| {
        let mut counts = whole.iter().map(|line| line.matches(mark).count());
        whole.len() > 1 && counts.next().is_some_and(|first| first > 0 && counts.all(|count| count == first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(30, 0);
        for name in names {
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes
    }

    fn compound_with(name: &str) -> Vec<u8> {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.resize(512, 0);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    }

    #[test]
    fn what_is_taken_is_known_by_its_bytes() {
        let odt = "mimetypeapplication/vnd.oasis.opendocument.text";
        for (bytes, kind) in [
            (b"%PDF-1.7\n".to_vec(), Kind::Pdf),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Kind::Png),
            (b"\xff\xd8\xff\xe0".to_vec(), Kind::Jpeg),
            (b"GIF89a".to_vec(), Kind::Gif),
            (zip(&["[Content_Types].xml", "word/document.xml"]), Kind::Docx),
            (zip(&["[Content_Types].xml", "xl/workbook.xml"]), Kind::Xlsx),
            (zip(&[odt]), Kind::Odt),
            (compound_with("WordDocument"), Kind::Doc),
            (compound_with("__substg1.0_"), Kind::Msg),
            (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nHello".to_vec(), Kind::Eml),
            (b"invoice,amount\n4711,-148.20\n".to_vec(), Kind::Csv),
            ("Grüße aus Köln\n".as_bytes().to_vec(), Kind::Text),
            (b"Gr\xfc\xdfe aus K\xf6ln\n".to_vec(), Kind::Text),
            (b"BM is how this note begins".to_vec(), Kind::Text),
        ] {
            assert_eq!(Kind::of(&bytes), Ok(kind));
        }
    }

    #[test]
    fn what_could_run_or_hide_something_is_not_taken() {
        for bytes in [
            &b"MZ\x90\0"[..],
            b"\x7fELF\x02",
            b"#!/bin/sh\nrm -rf /\n",
            b"<html><script>alert(1)</script>",
            b"  <svg onload=alert(1)>",
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>",
            b"PK\x03\x04 just some archive",
            b"\x1f\x8b\x08\0",
            b"\0\0\0\0",
        ] {
            assert_eq!(Kind::of(bytes), Err(Odd::Unknown), "{bytes:?}");
        }
        assert_eq!(Kind::of(b""), Err(Odd::Empty));
        assert_eq!(Kind::of(&zip(&["[Content_Types].xml", "word/vbaProject.bin"])), Err(Odd::Macros));
        assert_eq!(Kind::of(&compound_with("_VBA_PROJECT")), Err(Odd::Macros));
    }
}
