//! A webhook: an address of somebody else's that is told of events, as Standard Webhooks has it.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secret::Secret;
use super::time::Timestamp;

/// What a secret begins with.
const SECRET_PREFIX: &str = "whsec_";
/// Bytes of a secret, as Standard Webhooks wants them.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// How long is waited after each try that failed; after the last one there is no other. Three days and three hours in all.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// A webhook's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct WebhookId(pub i64);

/// A delivery's key in the database; shown outside as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct DeliveryId(pub i64);

/// What a webhook's messages are signed with: `whsec_` and base64. Never shown in debug output.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// `secret` as Standard Webhooks writes it.
    pub fn of(secret: &Secret) -> Self {
        Self(format!("{SECRET_PREFIX}{}", BASE64.encode(secret.bytes())))
    }

    /// As it is told once to whoever is to check signatures.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The header `webhook-signature` of a message: of its id, the second at which it is sent, and its bytes. `None` if the
    /// secret is none.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
        let key = BASE64.decode(self.0.strip_prefix(SECRET_PREFIX)?).ok()?;
        if !SECRET_BYTES.contains(&key.len()) {
            return None;
        }
        let mut signer = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        signer.update(format!("{id}.{}.", seconds(at)).as_bytes());
        signer.update(body);
        Some(format!("v1,{}", BASE64.encode(signer.finalize().into_bytes())))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SigningSecret(…)")
    }
}

/// The header `webhook-timestamp`.
pub fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1000)
}

/// How long is waited after the try of that number (1 is the first) failed; `None` if it was the last.
pub fn wait_after(tries: u32) -> Option<Duration> {
    WAITS.get(usize::try_from(tries).ok()?.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification and its libraries.
    #[test]
    fn a_signature_is_what_other_implementations_expect() {
        let secret = SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let at = Timestamp::from_millis(1_614_265_330_000);
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b"{\"test\": 2432232314}"),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned())
        );
    }

    #[test]
    fn a_secret_is_long_enough_and_is_not_shown() {
        let secret = SigningSecret::of(&Secret::new([7; 32]));
        assert!(secret.sign("a", Timestamp::from_millis(0), b"").is_some());
        assert!(!format!("{secret:?}").contains("whsec"));
        assert_eq!(
            SigningSecret("whsec_AAAA".to_owned()).sign("a", Timestamp::from_millis(0), b""),
            None
        );
    }

    #[test]
    fn waits_grow_for_about_three_days_and_then_end() {
        let waits: Vec<Duration> = (1..).map_while(wait_after).collect();
        assert!(waits.is_sorted());
        let whole: Duration = waits.iter().sum();
        assert_eq!(whole.as_secs() / 3600, 75);
        assert_eq!(wait_after(0), None);
    }
}
