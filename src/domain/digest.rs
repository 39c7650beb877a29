//! Short names for long texts.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// How much of the hash is kept: enough that two texts never share it by chance.
const DIGEST_BYTES: usize = 16;

/// A digest of `parts` in their order, as 32 hexadecimal digits: the same wherever and whenever it is made. Where one part ends
/// and the next begins counts too.
pub fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let hash = hasher.finalize();
    hash.iter().take(DIGEST_BYTES).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes whatever is written");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_and_the_same_parts_share_a_digest() {
        assert_eq!(digest(&["a", "b"]), digest(&["a", "b"]));
        assert_ne!(digest(&["a", "b"]), digest(&["ab"]));
        assert_eq!(digest(&[""]).len(), 2 * DIGEST_BYTES);
    }
}
