//! Addresses as strictly as feeds want them. Browsers forgive more than RFC 3986 allows, and so does [`Link`].

use std::borrow::Cow;

use crate::domain::link::Link;

/// `link` with everything percent-encoded that RFC 3986 has no place for.
pub fn strict(link: &Link) -> Cow<'_, str> {
    let text = link.as_str();
    let mut in_fragment = false;
    let mut is_fine = |(at, byte): (usize, u8)| match byte {
        b'%' => is_encoded(text, at),
        b'#' => !std::mem::replace(&mut in_fragment, true),
        byte => is_allowed(byte),
    };
    let bad: Vec<usize> = text
        .bytes()
        .enumerate()
        .filter(|place| !is_fine(*place))
        .map(|(at, _)| at)
        .collect();
    if bad.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2 * bad.len());
    for (at, byte) in text.bytes().enumerate() {
        if bad.binary_search(&at).is_ok() {
            out.push_str(&hex(byte));
        } else {
            out.push(char::from(byte));
        }
    }
    Cow::Owned(out)
}

/// `link` in the normal form of RFC 3986 section 6, for use as a name: upper-case digits in what is percent-encoded, and
/// nothing encoded that need not be.
pub fn name(link: &Link) -> String {
    let strict = strict(link);
    let mut out = String::with_capacity(strict.len());
    let mut rest: &str = &strict;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (digits, behind) = after.split_at_checked(2).unwrap_or((after, ""));
        match u8::from_str_radix(digits, 16) {
            Ok(byte) if is_unreserved(byte) => out.push(char::from(byte)),
            Ok(byte) => out.push_str(&hex(byte)),
            Err(_) => out.push_str(digits),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn hex(byte: u8) -> String {
    format!("%{byte:02X}")
}

fn is_encoded(text: &str, at: usize) -> bool {
    let digits = text.as_bytes().get(at + 1..at + 3);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn is_allowed(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b':' | b'/'
                | b'?'
                | b'['
                | b']'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encoded_where_it_must_be() {
        for (given, expected) in [
            ("https://a.example/x?y=z&w[]=1#f", "https://a.example/x?y=z&w[]=1#f"),
            ("https://a.example/a|b^c", "https://a.example/a%7Cb%5Ec"),
            ("https://a.example/100%", "https://a.example/100%25"),
            ("https://a.example/%zz%41", "https://a.example/%25zz%41"),
            ("https://a.example/#a#b", "https://a.example/#a%23b"),
            ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
            ("https://a.example/?q={x}\\`", "https://a.example/?q=%7Bx%7D%5C%60"),
        ] {
            assert_eq!(strict(&Link::parse(given).unwrap()), expected, "{given}");
        }
    }

    #[test]
    fn a_name_is_in_normal_form() {
        for (given, expected) in [
            ("https://a.example/%c3%bc", "https://a.example/%C3%BC"),
            ("https://a.example/%41%7e%2F", "https://a.example/A~%2F"),
            ("https://a.example/100%", "https://a.example/100%25"),
            ("https://A.example:443", "https://a.example/"),
        ] {
            assert_eq!(name(&Link::parse(given).unwrap()), expected, "{given}");
        }
    }
}
