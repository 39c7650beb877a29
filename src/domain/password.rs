//! Passwords: which ones may be chosen, and how they are kept so that nobody reads them back.

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use serde::Deserialize;
use thiserror::Error;

use super::secret::Secret;

/// Memory that one hash takes, in KiB. With two passes over it this is what OWASP advises for Argon2id (2025).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Threads that one hash takes.
const LANES: u32 = 1;
/// Bytes of salt.
const SALT_BYTES: usize = 16;
/// How a hash begins that was made with these figures.
const HASH_HEAD: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// Bytes of a password, at the least and at the most. No other rule: length is what counts.
const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 12..=1024;
/// Different characters that a password has at the least.
const CHARS_MIN: usize = 4;
/// The first that anybody tries, of those that are long enough; in lower case.
const WORST: [&str; 40] = [
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789012345",
    "1234567890123456",
    "0123456789012",
    "012345678901",
    "123123123123",
    "123456123456",
    "1234567891011",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwertyqwerty",
    "qwerty123456",
    "qwerty1234567",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "q1w2e3r4t5y6",
    "asdfghjkl123",
    "zxcvbnm12345",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "password123!",
    "mypassword123",
    "iloveyou1234",
    "iloveyouiloveyou",
    "letmeinletmein",
    "welcome12345",
    "welcome123456",
    "administrator",
    "administrator1",
    "changeme1234",
    "changemechangeme",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcd12345678",
];

/// A password that may be chosen.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Password(String);

/// What somebody says their password is.
#[derive(Clone, Deserialize)]
pub struct Offered(String);

/// What is kept of a password: Argon2id, in the form of the PHC.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(String);

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPassword {
    /// Not of the right length.
    #[error("a password is 12 to 1024 bytes long; a sentence is a good one")]
    Length,
    /// The first that anybody tries.
    #[error("this password is among the first that anybody tries")]
    Guessed,
}

/// What became of an offered password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is another.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and it was hashed with other figures than ours now.
    RightAndStale,
}

impl Password {
    /// Reads a password that somebody chose. It is taken as it is: nothing is trimmed, folded or cut.
    pub fn parse(text: &str) -> Result<Self, BadPassword> {
        if !PASSWORD_BYTES.contains(&text.len()) {
            return Err(BadPassword::Length);
        }
        let mut chars: Vec<char> = text.chars().collect();
        chars.sort_unstable();
        chars.dedup();
        if chars.len() < CHARS_MIN || WORST.contains(&text.to_lowercase().as_str()) {
            return Err(BadPassword::Guessed);
        }
        Ok(Self(text.to_owned()))
    }

    /// Hashes it: tens of milliseconds of work, so never on a thread that answers requests. Each password wants a `salt` of
    /// its own.
    pub fn hash(&self, salt: &Secret) -> PasswordHash {
        hash(&self.0, salt)
    }
}

impl Offered {
    /// Whether it is the password that `kept` was made of. With nothing kept it is wrong after the same work, so that nobody
    /// learns by the clock who exists.
    pub fn verify(&self, kept: Option<&PasswordHash>) -> Verdict {
        let parsed = kept.and_then(|kept| phc::PasswordHash::new(&kept.0).ok());
        // Longer than any password: no more work than for one that is not.
        let text = if self.0.len() <= *PASSWORD_BYTES.end() {
            &self.0
        } else {
            ""
        };
        match (kept, parsed) {
            (Some(kept), Some(parsed)) if hasher().verify_password(text.as_bytes(), &parsed).is_ok() => {
                if kept.0.starts_with(HASH_HEAD) {
                    Verdict::Right
                } else {
                    Verdict::RightAndStale
                }
            }
            (Some(_), Some(_)) => Verdict::Wrong,
            _ => {
                hash(text, &Secret::new([0; 32]));
                Verdict::Wrong
            }
        }
    }

    /// The same as a hash with our figures of now, for one that is right and stale.
    pub fn hash_again(&self, salt: &Secret) -> PasswordHash {
        hash(&self.0, salt)
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the figures are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(text: &str, salt: &Secret) -> PasswordHash {
    let salt = salt.bytes().get(..SALT_BYTES).unwrap_or_default();
    let hash = hasher().hash_password_with_salt(text.as_bytes(), salt);
    PasswordHash(
        hash.expect("a text of at most 1 KiB and 16 bytes of salt can be hashed")
            .to_string(),
    )
}

impl TryFrom<String> for Password {
    type Error = BadPassword;

    fn try_from(text: String) -> Result<Self, BadPassword> {
        Self::parse(&text)
    }
}

impl From<String> for Offered {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

impl fmt::Debug for Offered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Offered(…)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salt() -> Secret {
        Secret::new([7; 32])
    }

    #[test]
    fn a_password_is_long_and_not_the_first_that_anybody_tries() {
        for (text, expected) in [
            ("eleven byte", Err(BadPassword::Length)),
            ("twelve bytes", Ok(())),
            ("äöüäöüß", Ok(())),
            ("passwordpassword", Err(BadPassword::Guessed)),
            ("PasswordPassword", Err(BadPassword::Guessed)),
            ("aaaaaaaaaaaaaaaa", Err(BadPassword::Guessed)),
            ("121212121212", Err(BadPassword::Guessed)),
            (" a  b  c  d ", Ok(())),
        ] {
            assert_eq!(Password::parse(text).map(|_| ()), expected, "{text}");
        }
        let long = "abcd".repeat(256);
        assert!(Password::parse(&long).is_ok());
        assert_eq!(Password::parse(&format!("{long}e")), Err(BadPassword::Length));
    }

    #[test]
    fn each_byte_of_a_password_counts() {
        let chosen = format!("{}a", "museum ".repeat(20));
        let kept = Password::parse(&chosen).unwrap().hash(&salt());
        let verify = |text: &str| Offered(text.to_owned()).verify(Some(&kept));
        assert_eq!(verify(&chosen), Verdict::Right);
        assert_eq!(verify(&format!("{}b", "museum ".repeat(20))), Verdict::Wrong);
        assert_eq!(verify(""), Verdict::Wrong);
        assert_eq!(verify(&chosen.repeat(20)), Verdict::Wrong);
        assert_eq!(Offered(chosen).verify(None), Verdict::Wrong);
    }

    #[test]
    fn a_hash_made_with_other_figures_is_stale() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let kept = weak
            .hash_password_with_salt(b"twelve bytes", &[7; 16])
            .unwrap()
            .to_string();
        let offered = Offered("twelve bytes".to_owned());
        assert_eq!(offered.verify(Some(&PasswordHash(kept))), Verdict::RightAndStale);
        assert_eq!(offered.verify(Some(&offered.hash_again(&salt()))), Verdict::Right);
        assert_eq!(
            offered.verify(Some(&PasswordHash("nonsense".to_owned()))),
            Verdict::Wrong
        );
    }

    #[test]
    fn a_password_is_not_shown_by_accident() {
        let password = Password::parse("twelve bytes").unwrap();
        let shown = format!(
            "{password:?} {:?} {:?}",
            Offered("twelve bytes".to_owned()),
            password.hash(&salt())
        );
        assert!(!shown.contains("twelve") && !shown.contains("argon"), "{shown}");
    }
}
