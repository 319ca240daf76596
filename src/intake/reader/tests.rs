use proptest::prelude::*;

use super::*;

fn rows(text: &str) -> Vec<Vec<String>> {
    let sheet = read(text.as_bytes()).unwrap();
    assert_eq!(sheet.refused, [], "{text}");
    sheet.rows.into_iter().map(|row| row.fields).collect()
}

fn refusals(text: &str) -> Vec<(usize, usize, Option<String>, String)> {
    let sheet = read(text.as_bytes()).unwrap();
    let refused = sheet.refused.into_iter();
    refused.map(|row| (row.number, row.line, row.column, row.reason)).collect()
}

#[test]
fn every_kind_of_line_end_is_read() {
    let expected = vec![vec!["1", "2"], vec!["3", "4"]];
    for text in ["a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r\r", "a,b\n1,2\r3,4\r\n\n"] {
        assert_eq!(rows(text), expected, "{text:?}");
    }
}

#[test]
fn the_separator_is_the_one_the_rows_agree_on() {
    for (text, separator) in [
        ("a,b\n1,2", Separator::Comma),
        ("a;b\n1,5;2,5\n", Separator::Semicolon),
        ("Name, first;Amount\nAnn;1,50\nBob;2,25", Separator::Semicolon),
        ("a\tb\n1, 2 and 3\t4", Separator::Tab),
        ("a|b\n1|2", Separator::Pipe),
        ("sep=|\na,b|c\n1|2", Separator::Pipe),
        ("a\n\"1,2\"", Separator::Comma),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap().separator, separator, "{text}");
    }
    assert_eq!(read(b"sep=;\r\na;b\r\n1;2").unwrap().rows[0].line, 3);
}

#[test]
fn bytes_become_text_in_their_own_encoding() {
    let wide: Vec<u8> = "\u{feff}name,city\nZoë,Köln\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let western = b"name,city\nZo\xeb,K\xf6ln am Rhein Stra\xdfe\n".as_slice();
    for (bytes, name, guessed) in [
        ("name,city\nZoë,Köln".as_bytes(), "UTF-8", false),
        ("\u{feff}name,city\nZoë,Köln".as_bytes(), "UTF-8", false),
        (&wide, "UTF-16LE", false),
        (western, "windows-1252", true),
    ] {
        let sheet = read(bytes).unwrap();
        assert_eq!(sheet.encoding, Encoding { name, guessed });
        assert_eq!(sheet.header, ["name", "city"]);
        assert_eq!(sheet.rows[0].fields[0], "Zoë");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    for (bytes, why) in [
        (b"".as_slice(), Unreadable::Empty),
        (b"\n\r\n  \n", Unreadable::Empty),
        (b"\xef\xbb\xbf", Unreadable::Empty),
        (b"PK\x03\x04rest", Unreadable::Workbook),
        (b"%PDF-1.7", Unreadable::Binary),
        (b"a,b\n1,\0", Unreadable::Binary),
        (b"\xff\xfea\0,\0b", Unreadable::Damaged { line: 1, encoding: "UTF-16LE" }),
        (b"<!DOCTYPE html><html>", Unreadable::WebPage),
        ("a\nééééé".as_bytes(), Unreadable::Empty),
    ] {
        if why == Unreadable::Empty && bytes.len() > 10 {
            let mut damaged = bytes.to_vec();
            damaged.extend(b"\n\xe9,x");
            assert_eq!(read(&damaged), Err(Unreadable::Damaged { line: 3, encoding: "UTF-8" }));
            continue;
        }
        assert_eq!(read(bytes), Err(why), "{bytes:?}");
    }
}

#[test]
fn a_header_is_trimmed_and_its_names_made_different() {
    let sheet = read(b" Name ,,name,\"Name (2)\"\n1,2,3,4").unwrap();
    assert_eq!(sheet.header, ["Name", "Column 2", "name (3)", "Name (2)"]);
    assert_eq!(sheet.notices.len(), 2, "{:?}", sheet.notices);
    assert_eq!(read(b"only,a,header").unwrap().rows, []);
    let bad = read(b"a,\"b\nc,d").unwrap_err();
    assert_eq!(
        bad.to_string(),
        "The column names on line 2 cannot be read: The quote opened on line 1 is never closed."
    );
}

#[test]
fn ragged_rows_are_refused_where_they_stand() {
    let text = "a,b,c\n1,2,3\n4,5\n\n\"6\n6\",7,8,9\n,,\n10,11,12\n";
    let sheet = read(text.as_bytes()).unwrap();
    let kept: Vec<_> = sheet.rows.iter().map(|row| (row.number, row.line)).collect();
    assert_eq!((kept, sheet.blank), (vec![(1, 2), (4, 8)], 1));
    assert_eq!(
        refusals(text),
        [
            (2, 3, Some("c".into()), "There are 2 fields instead of 3: some are missing.".into()),
            (
                3,
                5,
                Some("c".into()),
                "There are 4 fields instead of 3: put quotes around a field that holds a comma.".into()
            ),
        ]
    );
}

#[test]
fn quotes_that_make_no_sense_cost_their_row_only() {
    let text = "a,b\n1,say \"hi\"\n2,\"x\" y\n3, \"z\"\n4,\"ok \"\"quoted\"\"\"\n5,\"never\nclosed\n";
    let sheet = read(text.as_bytes()).unwrap();
    assert_eq!(sheet.rows.len(), 1);
    assert_eq!(sheet.rows[0].fields, ["4", "ok \"quoted\""]);
    let refused = refusals(text);
    let lines: Vec<_> = refused.iter().map(|row| (row.0, row.1, row.2.as_deref())).collect();
    assert_eq!(lines, [(1, 2, Some("b")), (2, 3, Some("b")), (3, 4, Some("b")), (5, 6, Some("b"))]);
    assert!(refused[0].3.starts_with("There is a quote inside an unquoted field on line 2"));
    assert!(refused[1].3.starts_with("Text follows a closing quote on line 3"));
    assert!(refused[2].3.starts_with("There is a space before an opening quote on line 4"));
    assert_eq!(refused[3].3, "The quote opened on line 6 is never closed. Lines 6 to 7 were left out.");
}

fn written(rows: &[Vec<String>], separator: u8, end: &str) -> String {
    let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
    let joined =
        |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&char::from(separator).to_string());
    rows.iter().map(joined).collect::<Vec<_>>().join(end)
}

proptest! {
    #[test]
    fn what_is_properly_quoted_comes_back_as_it_was(
        cells in prop::collection::vec(
            prop::collection::vec("x[\\PC\n\r\",;|\t]{0,12}", 3), 0..12),
        separator in prop::sample::select(Separator::ALL.to_vec()),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let cells: Vec<Vec<String>> = cells;
        let mut all = vec![vec!["one".to_owned(), "two".to_owned(), "three".to_owned()]];
        all.extend(cells.iter().cloned());
        let sheet = read(written(&all, separator.byte(), end).as_bytes()).unwrap();
        prop_assert_eq!(sheet.separator, separator);
        prop_assert!(sheet.refused.is_empty());
        let rows: Vec<Vec<String>> = sheet.rows.into_iter().map(|row| row.fields).collect();
        prop_assert_eq!(rows, cells);
    }

    #[test]
    fn every_row_is_read_refused_or_blank(text in "[ab,;\"\n\r ]{0,60}") {
        let text = format!("one,two\n{text}");
        let sheet = read(text.as_bytes()).unwrap();
        let mut numbers: Vec<usize> = sheet.rows.iter().map(|row| row.number)
            .chain(sheet.refused.iter().map(|row| row.number)).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers.clone(), (1..=numbers.len()).collect::<Vec<_>>());
        prop_assert!(sheet.rows.iter().all(|row| row.fields.len() == sheet.header.len()));
        // What was read is what stands there: written again, it reads the same.
        let mut all = vec![sheet.header.clone()];
        all.extend(sheet.rows.iter().map(|row| row.fields.clone()));
        let again = read(written(&all, sheet.separator.byte(), "\n").as_bytes()).unwrap();
        let fields = |sheet: &Sheet| sheet.rows.iter().map(|r| r.fields.clone()).collect::<Vec<_>>();
        prop_assert_eq!(fields(&again), fields(&sheet));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}
