//! Passwords: how good one must be, and Argon2id by OWASP's figures (19 MiB, 2 passes, 1 lane).

use std::sync::LazyLock;

use anyhow::anyhow;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use zxcvbn::Score;

use crate::error::Result;
use crate::web::App;

/// The fewest characters.
const SHORTEST: usize = 10;
/// The most characters; longer ones are pasted by mistake.
const LONGEST: usize = 200;

/// A password that is good enough to be set.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes it when it is long enough and hard to guess for who knows `about`: the holder's name and e-mail.
    ///
    /// # Errors
    /// A sentence that says what would be better.
    pub fn parse(text: &str, about: &[&str]) -> Result<Self, String> {
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(format!("Use at least {SHORTEST} characters. Three or four unrelated words do well."));
        }
        if length > LONGEST {
            return Err(format!("Use at most {LONGEST} characters."));
        }
        let about: Vec<String> = about
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.chars().count() > 2)
            .chain(["savedesk"])
            .map(str::to_lowercase)
            .collect();
        // what everybody knows of the holder adds nothing, so what is left must do
        let lower = text.to_lowercase();
        let rest = about.iter().fold(lower.clone(), |rest, word| rest.replace(word.as_str(), ""));
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let strength = zxcvbn::zxcvbn(text, &about);
        if strength.score() < Score::Three {
            let feedback = strength.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            let why = feedback.map(|warning| format!("{warning} ")).unwrap_or_default();
            return Err(format!(
                "This is too easy to guess. {why}Add a word or two that have nothing to do with each other."
            ));
        }
        if rest != lower && zxcvbn::zxcvbn(&rest, &[]).score() < Score::Three {
            return Err(
                "This is too easy to guess. Use words that have nothing to do with your name or e-mail.".to_owned()
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password as the store holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed(pub(super) String);

impl Hashed {
    /// Hashes a password: some 20 ms of work and 19 MiB, so never on a thread that serves.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn of(password: &Password) -> anyhow::Result<Self> {
        let hash = argon2().hash_password(password.0.as_bytes()).map_err(|error| anyhow!("hashing: {error}"))?;
        Ok(Self(hash.to_string()))
    }
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed(…)")
    }
}

/// Stands in where an account has no password or is not there, so that the work is the same.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let nobody = Password(super::tokens::Token::random().text());
    Hashed::of(&nobody).map(|hashed| hashed.0).unwrap_or_default()
});

/// Hashes behind the semaphore, on a thread of its own.
pub(super) async fn hash(app: &App, password: Password) -> Result<Hashed> {
    aside(app, move || Hashed::of(&password)).await?.map_err(Into::into)
}

/// Whether the password is the stored one. Costs the same when there is none.
pub(super) async fn verify(app: &App, password: String, stored: Option<String>) -> Result<bool> {
    aside(app, move || {
        let nobodys = NOBODYS.as_str();
        let is_there = stored.is_some();
        let stored = stored.as_deref().unwrap_or(nobodys);
        // what is too long to be set is cut, so that nobody makes us work more
        let end = password.char_indices().nth(LONGEST + 1).map_or(password.len(), |(at, _)| at);
        argon2().verify_password(&password.as_bytes()[..end], stored).is_ok() && is_there
    })
    .await
}

async fn aside<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _permit = app.hashing.acquire().await.map_err(anyhow::Error::from)?;
    Ok(tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?)
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these figures are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_password_is_refused_with_what_would_be_better() {
        for (text, part) in [
            ("short", "at least 10"),
            ("password123", "too easy"),
            ("priyaraman1", "too easy"),
            ("savedesk2026", "too easy"),
            ("RamanPriya-2026", "too easy"),
            (&"long ".repeat(50), "at most 200"),
        ] {
            let sentence = Password::parse(text, &["Priya Raman", "priya.raman@brightline.example"]).unwrap_err();
            assert!(sentence.contains(part), "{text}: {sentence}");
        }
    }

    #[test]
    fn unrelated_words_make_a_good_password() {
        assert!(Password::parse("copper violin quiet harbour", &["Priya Raman"]).is_ok());
        assert!(Password::parse("priya copper violin quiet harbour", &["Priya Raman"]).is_ok());
        assert!(Password::parse("ключ облако корабль", &[]).is_ok());
    }

    #[test]
    fn a_hash_names_owasps_figures_and_knows_its_password() {
        let hashed = Hashed::of(&Password::parse("copper violin quiet harbour", &[]).unwrap()).unwrap();
        assert!(hashed.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashed.0);
        assert!(argon2().verify_password(b"copper violin quiet harbour", hashed.0.as_str()).is_ok());
        assert!(argon2().verify_password(b"copper violin quiet harbor", hashed.0.as_str()).is_err());
    }
}
