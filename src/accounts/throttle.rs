//! How often signing in may fail. Counted per account, whether it exists or not, and per address.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// Failures count for so long.
pub(super) const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Tries an account has before one must wait.
pub(super) const ACCOUNT_TRIES: i64 = 5;
/// Tries an address has: a whole office may come from one.
pub(super) const ADDRESS_TRIES: i64 = 30;
/// The first wait for an account; each further failure doubles it.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);

/// The failures of the last [`WINDOW`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Failures {
    /// Of this account.
    pub(super) account: i64,
    /// The newest of them.
    pub(super) account_last: Option<DateTime<Utc>>,
    /// From this address.
    pub(super) address: i64,
    /// The newest of them.
    pub(super) address_last: Option<DateTime<Utc>>,
}

impl Failures {
    /// How long to wait before the next try; none when it may be now.
    pub(super) fn wait(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let account = until(self.account, ACCOUNT_TRIES, self.account_last);
        let address = until(self.address, ADDRESS_TRIES, self.address_last);
        account.max(address).map(|until| until - now).filter(|wait| *wait > TimeDelta::zero())
    }

    /// Tries left after one more failure.
    pub(super) fn left(&self) -> i64 {
        (ACCOUNT_TRIES - self.account - 1).min(ADDRESS_TRIES - self.address - 1).max(0)
    }
}

fn until(failures: i64, tries: i64, last: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let over = u32::try_from(failures - tries).ok()?;
    let wait = FIRST_WAIT * 2_i32.pow(over.min(4));
    Some(last? + wait.min(WINDOW))
}

/// What stands for an account in the list of failures.
pub(super) fn account_digest(email: &str) -> [u8; 32] {
    Sha256::digest(email.trim().to_lowercase().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(account: i64, address: i64) -> Failures {
        let last = Some(DateTime::UNIX_EPOCH);
        Failures { account, account_last: last, address, address_last: last }
    }

    fn wait(account: i64, address: i64) -> Option<i64> {
        failures(account, address).wait(DateTime::UNIX_EPOCH).map(|wait| wait.num_minutes())
    }

    #[test]
    fn five_tries_are_free_then_the_wait_grows() {
        assert_eq!(wait(4, 4), None);
        assert_eq!([5, 6, 7, 8, 9, 60].map(|account| wait(account, 9)), [1, 2, 4, 8, 15, 15].map(Some));
    }

    #[test]
    fn an_address_has_thirty_tries() {
        assert_eq!(wait(1, 29), None);
        assert_eq!(wait(1, 30), Some(1));
        assert_eq!(wait(7, 31), Some(4));
    }

    #[test]
    fn a_wait_passes() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(61);
        assert_eq!(failures(5, 5).wait(now), None);
        assert!(failures(6, 6).wait(now).is_some());
    }

    #[test]
    fn tries_left_never_fall_below_none() {
        assert_eq!(Failures::default().left(), 4);
        assert_eq!((failures(4, 4).left(), failures(9, 9).left(), failures(0, 28).left()), (0, 0, 1));
    }

    #[test]
    fn an_account_is_the_same_however_it_is_written() {
        assert_eq!(account_digest(" Priya@Brightline.example "), account_digest("priya@brightline.example"));
    }
}
