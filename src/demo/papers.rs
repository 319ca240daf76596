//! Small files that people attach: what they say stands in them, so that who opens one sees what it is.

use std::fmt::Write as _;

use crate::files::NewFile;

/// A page with a few lines, as a PDF.
pub(super) fn page(name: &str, lines: &[&str]) -> Option<NewFile> {
    let plain = |line: &str| line.replace(['(', ')', '\\'], " ");
    let mut words = String::from("BT /F1 14 Tf 72 760 Td 22 TL");
    for line in lines {
        let _ = write!(words, " ({}) Tj T*", plain(line));
    }
    words.push_str(" ET");
    let parts = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{words}\nendstream", words.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::with_capacity(parts.len());
    for (n, part) in (1..).zip(&parts) {
        places.push(file.len());
        let _ = write!(file, "{n} 0 obj\n{part}\nendobj\n");
    }
    let begins = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", parts.len() + 1);
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ = write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{begins}\n%%EOF\n", parts.len() + 1);
    NewFile::made(name, file.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_pdf() {
        assert!(page("quote.pdf", &["Quote 4711", "42 seats (all)"]).is_some());
    }
}
