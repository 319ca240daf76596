//! Secrets that a browser or a link carries: 32 random bytes. The store holds only their digests, so that who reads
//! the database cannot sign in with what stands there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A secret on its way to its holder. It cannot be read back from the store.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads one as it came back; none when it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        // the length first: nobody makes us decode more than a token
        let bytes = (text.len() == 43).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        bytes.try_into().ok().map(Self)
    }

    /// What the store holds of it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// As it travels.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went() {
        let token = Token::random();
        assert_eq!(Token::read(&token.text()), Some(token.clone()));
        assert_ne!(Token::random(), token);
        assert_ne!(&token.digest()[..], URL_SAFE_NO_PAD.decode(token.text()).unwrap());
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        for text in ["", "x", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &"ä".repeat(43)] {
            assert_eq!(Token::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        assert_eq!(format!("{:?}", Token::random()), "Token(…)");
    }
}
