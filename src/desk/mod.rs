//! The pages where work is done. They stand above every slice they show, and own no table but the saved views of the
//! queue and the list of who looks at what.

mod case;
mod live;
mod new_case;
mod queue;

use axum::Router;

use crate::web::App;

/// The routes of the desk.
pub fn routes() -> Router<App> {
    Router::new().merge(queue::routes()).merge(live::routes()).merge(case::routes()).merge(new_case::routes())
}

/// Something to choose in a form.
#[derive(Clone, Debug)]
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// Where a form wants to return to, if that is a page of ours.
fn back(path: &str, otherwise: &str) -> String {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path.to_owned() } else { otherwise.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_returns_to_pages_of_ours_only() {
        assert_eq!(back("/queue?owner=me", "/"), "/queue?owner=me");
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb"] {
            assert_eq!(back(elsewhere, "/queue"), "/queue");
        }
    }
}
