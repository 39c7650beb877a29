//! The bytes of a page into text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::tags::{Token, Tokens};
use crate::domain::link::Link;

/// How far into a page its own word on its character set is looked for, in bytes. It stands beyond the first 1,024 bytes on
/// one page in eight.
const META_BYTES_MAX: usize = 64 * 1024;
/// Text labelled as UTF-8 is believed to be so if it has this many characters beyond ASCII for each broken one.
const SOUND_FOR_BROKEN: usize = 4;

/// Decodes the page at `link`, by what is most to be trusted: byte order mark; UTF-8 that is valid and more than ASCII;
/// the label in `content_type`; the label in the page; else what the bytes look like. What cannot be decoded comes out
/// as U+FFFD.
pub fn decode(bytes: &[u8], content_type: Option<&str>, link: &Link) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, bytes.get(mark..).unwrap_or_default());
    }
    let zeros = bytes.iter().take(META_BYTES_MAX).any(|&byte| byte == 0);
    if !zeros && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
        return decode_as(UTF_8, bytes);
    }
    let encoding = content_type
        .and_then(label_in_type)
        .filter(|&encoding| may_be(encoding, bytes))
        .or_else(|| without_label(bytes).filter(|_| zeros))
        .or_else(|| label_in_page(bytes).filter(|&encoding| may_be(encoding, bytes)))
        .unwrap_or_else(|| guess(bytes, link));
    decode_as(encoding, bytes)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether the bytes can be what a label calls them. Only UTF-8 can be told from everything else.
fn may_be(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding != UTF_8 {
        return true;
    }
    let (mut sound, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken == 0 || sound >= broken.saturating_mul(SOUND_FOR_BROKEN)
}

/// The encoding that a `Content-Type` names.
fn label_in_type(content_type: &str) -> Option<&'static Encoding> {
    let at = content_type.to_ascii_lowercase().find("charset")?;
    let label = content_type.get(at..)?.split_once('=')?.1.trim_start();
    let label = label.split(';').next()?.trim().trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
}

/// The encoding that a page names in its head. A page that can be read so far as to say that it is UTF-16 is not.
fn label_in_page(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..META_BYTES_MAX).unwrap_or(bytes);
    let text = decode_as(WINDOWS_1252, head);
    for token in Tokens::of(&text) {
        let Token::Start(tag) = token else { continue };
        if tag.name == "body" {
            break;
        }
        if tag.name != "meta" {
            continue;
        }
        let named = match tag.attribute("charset") {
            Some(label) => Encoding::for_label(label.as_bytes()),
            None => tag
                .attribute("http-equiv")
                .filter(|kind| kind.eq_ignore_ascii_case("content-type"))
                .and_then(|_| tag.attribute("content"))
                .and_then(label_in_type),
        };
        if let Some(encoding) = named {
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE {
                UTF_8
            } else {
                encoding
            });
        }
    }
    None
}

/// UTF-16 by the zero byte beside the first characters, which in markup are ASCII.
fn without_label(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(UTF_16LE),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// What the bytes look like, all of them, where pages of the host's country come from.
fn guess(bytes: &[u8], link: &Link) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let domain = link
        .host()
        .rsplit('.')
        .next()
        .filter(|tld| tld.bytes().all(|b| b.is_ascii_lowercase()));
    detector.guess(domain.map(str::as_bytes), Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], content_type: Option<&str>) -> String {
        decode(
            bytes,
            content_type,
            &Link::parse("https://example.org/").expect("an address"),
        )
    }

    #[test]
    fn the_most_trusted_word_on_the_encoding_decides() {
        let latin = b"<meta charset=iso-8859-1><p>caf\xe9";
        let utf8 = "<meta charset=iso-8859-1><p>café".as_bytes();
        for (bytes, content_type, expected) in [
            (latin.as_slice(), None, "café"),
            (latin, Some("text/html; charset=utf-8"), "café"),
            (latin, Some("text/html; Charset=\"ISO-8859-1\""), "café"),
            (utf8, None, "café"),
            (utf8, Some("text/html; charset=iso-8859-1"), "café"),
            (
                b"\xef\xbb\xbfcaf\xc3\xa9",
                Some("text/html; charset=iso-8859-1"),
                "café",
            ),
            (b"\xff\xfec\0a\0f\0\xe9\0", None, "café"),
            (b"c\0a\0f\0\xe9\0", Some("text/html; charset=utf-16"), "café"),
            (b"<\0p\0>\0c\0a\0f\0\xe9\0", None, "café"),
            (
                b"\x94\x8e\x95\xa8\x8a\xd9",
                Some("text/html; charset=shift_jis"),
                "博物館",
            ),
            (
                b"<meta http-equiv=Content-Type content='text/html; charset=euc-jp'>\xc7\xee\xca\xaa\xb4\xdb",
                None,
                "博物館",
            ),
        ] {
            let text = decoded(bytes, content_type);
            assert!(text.ends_with(expected), "{content_type:?}: {text:?}");
        }
    }

    #[test]
    fn text_without_a_label_is_known_by_its_look() {
        let shift_jis = encoding_rs::SHIFT_JIS
            .encode("<p>この博物館は来年の春に新しい展示室を開きます。")
            .0
            .into_owned();
        assert!(decoded(&shift_jis, None).contains("博物館"));
        assert!(decoded(b"<p>Das Museum er\xf6ffnet eine neue Ausstellung f\xfcr Kinder.", None).contains("eröffnet"));
    }

    #[test]
    fn a_few_broken_bytes_do_not_make_utf_8_something_else() {
        let mut bytes = "é".repeat(20).into_bytes();
        bytes.push(0xff);
        assert!(decoded(&bytes, Some("text/html; charset=utf-8")).starts_with("éé"));
    }
}
