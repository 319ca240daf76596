//! Accounts that belong together, like the branches of one company: one main account, and those linked to it, one level
//! deep. What is conceded to one counts for all (R8).

use thiserror::Error;

use super::Status;
use crate::error::Error;
use crate::ids::CustomerId;

/// An account of the same group.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize)]
pub struct LinkedAccount {
    /// Which one.
    pub id: CustomerId,
    /// As people call it.
    pub name: String,
    /// Its number, if it has one.
    pub account_number: Option<String>,
    /// How things stand.
    pub status: Status,
    /// Whether it is the main account.
    pub is_main: bool,
}

/// Why two accounts are not linked. Each sentence is shown as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum NotLinked {
    /// The same account.
    #[error("Choose another account: an account is not linked to itself.")]
    Itself,
    /// It has a main account already.
    #[error("{0} is linked to a main account already. Unlink it there first.")]
    HasMain(String),
    /// Others are linked to it, so it cannot be linked on.
    #[error("Other accounts are linked to {0}, so it is a main account. Unlink them first, or link from their pages.")]
    IsMain(String),
    /// What was chosen as the main account is linked on.
    #[error("{0} is itself linked to {1}. Link to {1} instead.")]
    NotMain(String, String),
}

impl From<NotLinked> for Error {
    fn from(why: NotLinked) -> Self {
        Self::refused(why.to_string())
    }
}

/// Whether an account may be linked to a main account, given the groups that each is in.
pub(super) fn may_link(
    (account, name, group): (CustomerId, &str, &[LinkedAccount]),
    (main, main_name, main_group): (CustomerId, &str, &[LinkedAccount]),
) -> Result<(), NotLinked> {
    let main_of = |group: &[LinkedAccount]| group.iter().find(|one| one.is_main).map(|one| one.name.clone());
    if account == main {
        return Err(NotLinked::Itself);
    }
    if main_of(group).is_some() {
        return Err(NotLinked::HasMain(name.to_owned()));
    }
    if !group.is_empty() {
        return Err(NotLinked::IsMain(name.to_owned()));
    }
    match main_of(main_group) {
        Some(other) => Err(NotLinked::NotMain(main_name.to_owned(), other)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(name: &str, is_main: bool) -> LinkedAccount {
        LinkedAccount {
            id: CustomerId::new(),
            name: name.to_owned(),
            account_number: None,
            status: Status::Active,
            is_main,
        }
    }

    #[test]
    fn groups_are_one_level_deep() {
        let (clinic, head) = (CustomerId::new(), CustomerId::new());
        let link = |of: &[LinkedAccount], to: &[LinkedAccount]| may_link((clinic, "Clinic", of), (head, "Head", to));
        assert_eq!(link(&[], &[]), Ok(()));
        assert_eq!(link(&[], &[linked("Other clinic", false)]), Ok(()));
        assert_eq!(link(&[linked("Head", true)], &[]), Err(NotLinked::HasMain("Clinic".into())));
        assert_eq!(link(&[linked("Branch", false)], &[]), Err(NotLinked::IsMain("Clinic".into())));
        assert_eq!(link(&[], &[linked("Top", true)]), Err(NotLinked::NotMain("Head".into(), "Top".into())));
        assert_eq!(may_link((head, "Head", &[]), (head, "Head", &[])), Err(NotLinked::Itself));
    }
}
