//! The inbox of those who decide: what waits for them, one request with all it takes to decide it, what was decided,
//! their own limits, and concessions that look like one cut into several.

mod checks;
mod decide;
mod facts;
mod history;
mod inbox;
mod limits;
mod list;
mod packet;
mod patterns;

use axum::Router;

use crate::web::App;

/// Every route of approvals.
pub fn routes() -> Router<App> {
    inbox::routes().merge(decide::routes())
}

/// `Priya` of `Priya Raman`.
fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// "Dana Okafor, Victor Hale or Helen Brandt"
fn any_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_say_them() {
        let names = ["Dana".to_owned(), "Victor".to_owned(), "Helen".to_owned()];
        assert_eq!([any_of(&names[..0]), any_of(&names[..1]), any_of(&names)], ["", "Dana", "Dana, Victor or Helen"]);
        assert_eq!(first_name("Priya Raman"), "Priya");
    }
}
