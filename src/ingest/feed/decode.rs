//! Bytes into text, whatever the header and the document say about them (RFC 7303, and what browsers do).

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far into a document its XML declaration is looked for, in bytes: warnings of a server may stand before it.
const DECLARATION_BYTES_MAX: usize = 64 * 1024;

/// How far behind `<?xml` its encoding is looked for, in bytes.
const LABEL_BYTES_MAX: usize = 256;

/// How many bad bytes are looked at to tell a wrong encoding from a damaged text.
const BAD_BYTES_MAX: usize = 1000;

/// More bad bytes than this are no damage but another encoding.
const DAMAGES_MAX: usize = 20;

/// Reads `bytes` as text. In this order: byte order mark, the header's charset, the pattern of the first sign, the XML
/// declaration, UTF-8. A label that does not fit the bytes is passed over. Never fails: what fits nowhere is mended.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(text) = decode_utf32(bytes) {
        return Cow::Owned(text);
    }
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark_bytes..).unwrap_or_default();
        return if encoding == UTF_8 {
            decode_utf8(body)
        } else {
            encoding.decode_without_bom_handling(body).0
        };
    }
    let utf8 = std::str::from_utf8(bytes).ok();
    let labels = [content_type.and_then(charset), by_first_sign(bytes), declaration(bytes)];
    for encoding in labels.into_iter().flatten() {
        // Servers change the bytes and forget the label: what is good UTF-8 beyond ASCII was not meant as single bytes.
        let forgotten = encoding.is_single_byte() && !bytes.is_ascii();
        if let Some(text) = utf8.filter(|_| forgotten || encoding == UTF_8) {
            return Cow::Borrowed(text);
        }
        if encoding != UTF_8
            && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
        {
            return text;
        }
    }
    decode_utf8(bytes)
}

/// Reads what should be UTF-8. If its bad bytes look like letters of words, or are many, it is in the encoding that its bytes
/// speak for, mostly windows-1252; else it is damaged, and marks stand for them.
fn decode_utf8(bytes: &[u8]) -> Cow<'_, str> {
    let (mut sound, mut bad, mut letters) = (0_usize, 0_usize, 0_usize);
    for chunk in bytes.utf8_chunks().take(BAD_BYTES_MAX) {
        sound = sound.saturating_add(chunk.valid().chars().filter(|c| !c.is_ascii()).count());
        let Some(first) = chunk.invalid().first() else { continue };
        bad = bad.saturating_add(1);
        let before = chunk.valid().ends_with(|c: char| c.is_ascii_alphabetic());
        letters = letters.saturating_add(usize::from(before && *first >= 0xC0 || (0x80..0xC0).contains(first)));
    }
    if bad.saturating_mul(4) > sound && (letters.saturating_mul(2) >= bad || bad > DAMAGES_MAX) {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        detector
            .guess(None, Utf8Detection::Deny)
            .decode_without_bom_handling(bytes)
            .0
    } else {
        String::from_utf8_lossy(bytes)
    }
}

/// The `charset` parameter of a Content-Type.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let label = value.trim().trim_matches(['"', '\'']);
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| Encoding::for_label(label.as_bytes()))?
    })
}

/// UTF-16 without a mark, seen by the zero beside the first `<`.
fn by_first_sign(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<', ..] => Some(UTF_16BE),
        [b'<', 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// The encoding that the XML declaration names. A declaration that can be read byte by byte is not of UTF-16.
fn declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARATION_BYTES_MAX).unwrap_or(bytes);
    let start = head.windows(5).position(|window| window == b"<?xml")?;
    let written = head.get(start..)?;
    let written = written.get(..LABEL_BYTES_MAX).unwrap_or(written);
    let end = written.iter().position(|b| *b == b'>')?;
    let written = String::from_utf8_lossy(written.get(..end)?).into_owned();
    let (_, behind) = written.split_once("encoding")?;
    let label = behind.trim_start().strip_prefix('=')?.trim_start();
    let label = label.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    Some(if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    })
}

/// UTF-32, by its mark or by the zeros around the first `<`; encoding_rs does not know it.
fn decode_utf32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [b'<', 0, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'<', ..] => u32::from_be_bytes,
        _ => return None,
    };
    let (units, _) = bytes.as_chunks::<4>();
    let signs = units
        .iter()
        .map(|unit| char::from_u32(read(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(signs.filter(|c| *c != '\u{FEFF}').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_that_fits_the_bytes_wins() {
        let latin1 = Some("text/xml; charset=iso-8859-1");
        let utf8 = Some("text/xml; charset=\"UTF-8\"");
        for (bytes, content_type, expected) in [
            (&b"caf\xC3\xA9"[..], None, "café"),
            (b"\xEF\xBB\xBFcaf\xC3\xA9", latin1, "café"),
            (b"caf\xE9", latin1, "café"),
            (b"caf\xE9", utf8, "café"),
            (b"caf\xC3\xA9", latin1, "café"),
            (b"caf\xE9", None, "café"),
            (b"\x93q\x94", latin1, "“q”"),
            (b"Story \xC3(\xFF 2", utf8, "Story \u{FFFD}(\u{FFFD} 2"),
            (b"+ADw-", Some("text/xml; charset=utf-7"), "+ADw-"),
            (b"\xFF\xFEa\0", None, "a"),
            (b"\0<\0a", None, "<a"),
            (b"\0\0\0<\0\0\0a", None, "<a"),
            (b"", None, ""),
        ] {
            assert_eq!(decode(bytes, content_type), expected, "{bytes:?} {content_type:?}");
        }
    }

    #[test]
    fn a_declaration_is_found_behind_junk() {
        let document = b"<br>\n<?xml version='1.0' encoding = 'koi8-r'?><a>\xF0</a>";
        assert!(decode(document, None).contains('П'));
    }
}
