//! A browser in words, so that people recognise their own in a list.

/// The most of a user agent that is kept.
const LONGEST: usize = 300;

/// Cuts a user agent to what is kept of it.
pub(super) fn cut(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// `Firefox on Linux`, `Safari on iPhone`; what names no browser we know is told as that.
pub(super) fn in_words(agent: &str) -> String {
    // the order matters: most browsers also name those they want to be taken for
    let browser = first(
        agent,
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Vivaldi/", "Vivaldi"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Chromium/", "Chromium"),
            ("Safari/", "Safari"),
        ],
    );
    let system = first(
        agent,
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("CrOS", "ChromeOS"),
            ("Mac OS X", "Mac"),
            ("Macintosh", "Mac"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A browser we do not know".to_owned(),
    }
}

fn first<'a>(agent: &str, names: &[(&str, &'a str)]) -> Option<&'a str> {
    names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_from_those_they_name() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "A browser we do not know"),
            ("", "A browser we do not know"),
        ] {
            assert_eq!(in_words(agent), words, "{agent}");
        }
    }

    #[test]
    fn only_so_much_is_kept() {
        assert_eq!(cut(&"x".repeat(5000)).len(), LONGEST);
    }
}
