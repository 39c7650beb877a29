//! What nobody can guess: cookies, links that work once, tokens. And the digests by which they are known again.

use std::fmt;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Bytes of a secret: 256 bits, so that guessing is no way in.
pub const SECRET_BYTES: usize = 32;
/// What every token begins with, so that one which leaked is found by who searches for it.
const TOKEN_PREFIX: &str = "docent_";
/// Bytes of the check behind a token: a token that was cut or mistyped is told from one that is unknown.
const CHECK_BYTES: usize = 4;

/// Random bytes that open something. Never stored and never shown but to whom they were made for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

/// SHA-256 of a secret, in hexadecimal digits: all that is kept of it. From it nobody gets the secret back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct SecretDigest(String);

impl Secret {
    /// Takes bytes that came from the system's source of chance.
    pub const fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads what [`Secret::reveal`] wrote. `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * SECRET_BYTES {
            return None;
        }
        let mut bytes = [0; SECRET_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |byte, digit| Some(byte << 4 | hex_value(*digit)?))?;
        }
        Some(Self(bytes))
    }

    /// The secret in hexadecimal digits, for a cookie or a link.
    pub fn reveal(&self) -> String {
        hex(&self.0)
    }

    /// Reads what [`Secret::reveal_as_token`] wrote. `None` for anything else.
    pub fn read_token(text: &str) -> Option<Self> {
        let body = text.strip_prefix(TOKEN_PREFIX)?;
        let (secret, check) = body.split_at_checked(2 * SECRET_BYTES)?;
        let secret = Self::read(secret)?;
        (check == secret.check()).then_some(secret)
    }

    /// The secret as a token: `docent_`, its digits, and a check over them.
    pub fn reveal_as_token(&self) -> String {
        format!("{TOKEN_PREFIX}{}{}", self.reveal(), self.check())
    }

    /// By what it is known again.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest(hex(&Sha256::digest(self.0)))
    }

    /// The bytes themselves, for a salt.
    pub const fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    fn check(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(TOKEN_PREFIX.as_bytes());
        hasher.update(self.0);
        let hash = hasher.finalize();
        hex(hash.get(..CHECK_BYTES).unwrap_or_default())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes whatever is written");
        text
    })
}

/// Lower case only: each secret is written in one way.
const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        let mut bytes = [0; SECRET_BYTES];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(place * 8).unwrap();
        }
        Secret::new(bytes)
    }

    #[test]
    fn a_secret_is_read_back_as_it_was_written() {
        assert_eq!(Secret::read(&secret().reveal()), Some(secret()));
        assert_eq!(Secret::read_token(&secret().reveal_as_token()), Some(secret()));
    }

    #[test]
    fn whatever_is_not_written_so_is_no_secret() {
        let (plain, token) = (secret().reveal(), secret().reveal_as_token());
        for text in [
            "",
            "0",
            plain.split_at(1).1,
            &plain.to_uppercase(),
            &format!("{plain}0"),
            &"g".repeat(64),
            &"é".repeat(32),
            &token,
        ] {
            assert_eq!(Secret::read(text), None, "{text}");
        }
        let flipped = token.replacen('8', "9", 1);
        for text in [
            "",
            "docent_",
            &plain,
            token.split_at(token.len() - 1).0,
            &flipped,
            &token.to_uppercase(),
            &format!("docent_{}", "é".repeat(36)),
        ] {
            assert_eq!(Secret::read_token(text), None, "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_accident() {
        assert!(!format!("{:?}", secret()).contains('8'));
        assert!(!secret().digest().0.contains(&secret().reveal()));
        assert_eq!(secret().digest().0.len(), 64);
    }
}
