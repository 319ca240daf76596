//! Bringing in real customers: a file with mistakes, what would come of it, what came of it, the rest mended and sent.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use savedesk::auth::Role;

use crate::browser::Browser;
use crate::desk::at_work;

const HEADER: &str =
    "Account number;Customer name;E-mail;Phone;City;Country;Product;Plan;Seats;Monthly price;Customer since\n";

/// Customers with what they have: 230 good rows, and four that cannot be read.
fn customers() -> String {
    let good = (1..=230).map(|n| {
        format!(
            "W-{n:04};Walk & Söhne {n};desk{n}@walk{n}.example;+1 206 555 0{n:03};Seattle;US;Cloud voice;Business;{};{}.50;2024-03-{:02}\n",
            n % 9 + 1,
            n * 3,
            n % 28 + 1
        )
    });
    let bad = [
        ";Nobody Knows;x@walk.example;;Boise;US;Cloud voice;Business;1;10.00;2024-03-01\n",
        "W-0501;Bad Mail;no address;;Boise;US;Cloud voice;Business;1;10.00;2024-03-01\n",
        "W-0502;Bad Price;b@walk.example;;Boise;US;Cloud voice;Business;1;ten a month;2024-03-01\n",
        "W-0503;Bad Day;c@walk.example;;Boise;US;Cloud voice;Business;1;10.00;2024-02-31\n",
    ];
    HEADER.to_owned() + &good.collect::<String>() + &bad.concat()
}

/// Uploads a file and goes on to the check of its rows.
async fn check(browser: &Browser, file: &Path) {
    browser.goto("/imports/new").await;
    browser.attach("#file", file).await;
    browser.press("Upload file").await;
    browser.wait_for("#match").await;
    browser.press("Check rows").await;
    browser.wait_for_text("Rows checked").await;
    browser.wait_for_text_in("#import", "Back").await;
}

/// What was put into the folder for downloads, when it is whole: until then part of it lies there under another name.
async fn downloaded(folder: &Path) -> PathBuf {
    let began = Instant::now();
    loop {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let files: Vec<PathBuf> = files.collect();
        let ends = |file: &PathBuf, with: &str| file.extension().is_some_and(|ends| ends == with);
        let under_way = files.iter().any(|file| ends(file, "crdownload"));
        let whole = |file: &PathBuf| ends(file, "csv") && file.metadata().is_ok_and(|found| found.len() > 0);
        if let Some(file) = files.into_iter().find(whole).filter(|_| !under_way) {
            return file;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "nothing is downloaded to {}", folder.display());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_brings_in_customers_mends_what_was_refused_and_sends_it_again() {
    let Some((_app, browser)) = at_work(Role::Agent).await else { return };
    let folder = browser.downloads.clone();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("walk customers.txt");
    std::fs::write(&file, customers()).unwrap();

    browser.goto("/imports").await;
    browser.press("Import a file").await;
    browser.wait_for("#file").await;
    browser.looks_well("import").await;
    browser.press("Upload file").await;
    browser.wait_for(".note.sum, .err").await;
    browser.is_accessible("an import without a file").await;
    browser.attach("#file", &file).await;
    browser.press("Upload file").await;

    // the columns are guessed from their names; one that is not is matched by hand
    browser.wait_for("#match").await;
    browser.looks_well("import-columns").await;
    let name = "return [...document.querySelectorAll('#match select')]
        .map(s => s.selectedOptions[0].text).filter(t => t !== 'Do not import').length";
    assert!(browser.run(name, Vec::new()).await.as_i64().unwrap() >= 11, "{}", browser.text().await);
    browser.press("Check rows").await;
    browser.wait_for_text_in("#import", "4 need a fix").await;
    browser.wait_for_text_in("#import", "230 would be new").await;
    let refused = browser.texts("#import tbody tr").await;
    for (row, why) in [
        ("231", "Enter an account number."),
        ("232", "Enter a full e-mail address."),
        ("233", "ten a month"),
        ("234", "2024-02-31"),
    ] {
        assert!(refused.iter().any(|line| line.contains(row) && line.contains(why)), "{row} {why}: {refused:#?}");
    }
    browser.looks_well("import-check").await;

    browser.press("Import 230 rows").await;
    browser.wait_for_text_in("#import", "230 customers").await;
    browser.wait_for_text_in("#import", "4 refused").await;
    browser.looks_well("import-done").await;
    browser.press("Download the 4 rows").await;
    let rest = downloaded(&folder).await;
    let text = std::fs::read_to_string(&rest).unwrap();
    assert_eq!(text.lines().count(), 5, "{text}");
    let mended = text
        .replace(";Nobody Knows;", "W-0500;Nobody Knows;")
        .replace(",Nobody Knows,", "W-0500,Nobody Knows,")
        .replace("no address", "a@walk.example")
        .replace("ten a month", "10.00")
        .replace("2024-02-31", "2024-02-29");
    assert_ne!(mended, text);
    std::fs::write(&rest, mended).unwrap();

    check(&browser, &rest).await;
    browser.wait_for_text_in("#import", "4 would be new").await;
    browser.press("Import 4 rows").await;
    browser.wait_for_text_in("#import", "4 customers").await;
    browser.wait_for_text_in("#import", "0 refused").await;
    browser.is_accessible("an import without refusals").await;

    // the whole file once more changes nothing
    check(&browser, &file).await;
    browser.wait_for_text_in("#import", "0 would be new").await;
    browser.wait_for_text_in("#import", "0 would change something").await;
    browser.wait_for_text_in("#import", "230 are here already").await;
    browser.press("Cancel import").await;
    browser.wait_for_text("The file was discarded.").await;
    browser.looks_well("imports").await;

    // and there they are
    browser.goto("/search?q=W-0503").await;
    browser.press("Bad Day").await;
    browser.wait_for_text_in("h1", "Bad Day").await;
    browser.wait_for_text_in("#subscriptions", "Cloud voice").await;
    browser.is_accessible("an imported customer").await;
    browser.close().await;
}
