//! The cookie of a session: which name it has where, how it is set, read and taken away.

use axum::http::{HeaderMap, HeaderValue, Uri, header};

use super::host;
use crate::domain::secret::Secret;

/// Its name everywhere: a browser takes this one only by https, from this very host, for all paths (RFC 6265bis).
const NAME: &str = "__Host-docent";
/// Its name on this machine itself, which browsers reach without https, where they refuse the other.
const NAME_ON_THIS_MACHINE: &str = "docent";
/// How long a browser keeps it; the session may end before.
const KEPT_SECONDS: u64 = 90 * 24 * 60 * 60;

/// The secret in the cookie that a request carries. Elsewhere than on this machine the plain name means nothing: a page on a
/// neighbouring host could have set it.
pub fn read(headers: &HeaderMap, uri: &Uri) -> Option<Secret> {
    let name = name(headers, uri);
    let lines = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (own, value) = pair.trim().split_once('=')?;
        if own == name { Secret::read(value) } else { None }
    })
}

/// The `Set-Cookie` that hands `secret` to the browser that sent these headers.
pub fn set(headers: &HeaderMap, uri: &Uri, secret: &Secret) -> HeaderValue {
    written(name(headers, uri), &secret.reveal(), KEPT_SECONDS)
}

/// The `Set-Cookie` that takes it away again.
pub fn unset(headers: &HeaderMap, uri: &Uri) -> HeaderValue {
    written(name(headers, uri), "", 0)
}

fn name(headers: &HeaderMap, uri: &Uri) -> &'static str {
    if host::named(headers, uri).is_some_and(host::is_this_machine) {
        NAME_ON_THIS_MACHINE
    } else {
        NAME
    }
}

fn written(name: &str, value: &str, seconds: u64) -> HeaderValue {
    let secure = if name == NAME { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).expect("names, digits and our own words are visible ASCII");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &'static str, cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn a_cookie_has_one_name_by_https_and_another_on_this_machine() {
        let secret = Secret::new([7; 32]);
        let text = secret.reveal();
        for (host, cookie, known) in [
            ("127.0.0.1:8080", format!("docent={text}"), true),
            ("localhost", format!("a=b; docent={text}; c=d"), true),
            ("127.0.0.1:8080", format!("__Host-docent={text}"), false),
            ("read.museum.example", format!("__Host-docent={text}"), true),
            ("read.museum.example", format!("docent={text}"), false),
            ("read.museum.example", format!("__Host-docent={text}0"), false),
            ("read.museum.example", String::new(), false),
        ] {
            let read = read(&headers(host, &cookie), &Uri::from_static("/"));
            assert_eq!(read, known.then(|| secret.clone()), "{host} {cookie}");
        }
    }

    #[test]
    fn a_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let secret = Secret::new([7; 32]);
        let by_https = set(&headers("read.museum.example", ""), &Uri::from_static("/"), &secret);
        let expected = format!(
            "__Host-docent={}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure",
            secret.reveal()
        );
        assert_eq!(by_https.to_str().unwrap(), expected);
        let here = unset(&headers("127.0.0.1:8080", ""), &Uri::from_static("/"));
        assert_eq!(
            here.to_str().unwrap(),
            "docent=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }
}
