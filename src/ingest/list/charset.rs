//! The characters of a document: bytes and their label into text. The one place in this room that decides.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a document its own label is looked for, in bytes.
const LABEL_BYTES_MAX: usize = 64 << 10;

/// Decodes by, in this order: byte order mark; bytes that are UTF-8 and more than ASCII, whatever their label says, since
/// no other text looks like that by chance; the label of the HTTP header; the document's own; UTF-8; windows-1252.
pub(in crate::ingest) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        return text.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.is_ascii()
    {
        return text.to_owned();
    }
    let label = content_type.and_then(labelled).or_else(|| {
        let start = bytes.get(..LABEL_BYTES_MAX).unwrap_or(bytes);
        // A document that can be read for its label as ASCII is no UTF-16, whatever the label says.
        labelled(&String::from_utf8_lossy(start)).map(|found| if found.is_ascii_compatible() { found } else { UTF_8 })
    });
    let (text, _, broken) = label.unwrap_or(UTF_8).decode(bytes);
    if broken && label.is_none_or(|label| label == UTF_8) && mostly_broken(&text) {
        return WINDOWS_1252.decode(bytes).0.into_owned();
    }
    text.into_owned()
}

/// The encoding behind the first `charset=` or `encoding=` of `text`.
fn labelled(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    ["charset", "encoding"]
        .into_iter()
        .find_map(|word| {
            lower.match_indices(word).take(8).find_map(|(at, _)| {
                let behind = lower.get(at + word.len()..)?.trim_start().strip_prefix('=')?;
                let value = behind.trim_start_matches([' ', '"', '\'']);
                let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':')))?;
                Encoding::for_label(value.get(..end)?.as_bytes())
            })
        })
        .or_else(|| {
            let (_, value) = lower.rsplit_once("charset=")?;
            Encoding::for_label(value.trim_matches(['"', '\'', ' ']).as_bytes())
        })
}

/// Whether more than a few of the characters beyond ASCII could not be read.
fn mostly_broken(text: &str) -> bool {
    let beyond = text.chars().filter(|c| !c.is_ascii()).count();
    let lost = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    lost.saturating_mul(4) > beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_read_by_the_most_trustworthy_sign() {
        for (bytes, content_type, expected) in [
            (&b"caf\xc3\xa9"[..], None, "café"),
            (b"caf\xc3\xa9", Some("text/html; charset=iso-8859-1"), "café"),
            (b"caf\xe9", Some("text/html; charset=iso-8859-1"), "café"),
            (b"caf\xe9", Some("text/html; charset=\"latin1\""), "café"),
            (b"caf\xe9", None, "café"),
            (
                b"\xef\xbb\xbfcaf\xc3\xa9",
                Some("text/html; charset=iso-8859-1"),
                "café",
            ),
            (b"\xff\xfec\0a\0f\0\xe9\0", None, "café"),
            (
                b"<meta charset='windows-1251'>\xec\xf3\xe7\xe5\xe9",
                None,
                "<meta charset='windows-1251'>музей",
            ),
            (
                b"<?xml version='1.0' encoding=\"koi8-r\"?>\xcd",
                None,
                "<?xml version='1.0' encoding=\"koi8-r\"?>м",
            ),
            (b"<meta charset=utf-16>a", None, "<meta charset=utf-16>a"),
            (b"", None, ""),
        ] {
            assert_eq!(decode(bytes, content_type), expected, "{bytes:?} {content_type:?}");
        }
    }
}
