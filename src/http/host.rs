//! Which names this service answers to.
//!
//! A page on a foreign site can let its own name lead to this machine, and would then count as the same site as we
//! (DNS rebinding). So a request that names a host which is not ours is refused.

use std::net::IpAddr;

use axum::extract::{Request, State as Shared};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Problem;
use super::state::State;

/// Refuses a request for a foreign host with 421.
pub async fn guard(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let named = named(request.headers(), request.uri());
    if named.is_none_or(|named| is_ours(named, state.public_host.as_deref())) {
        return next.run(request).await;
    }
    foreign().into_response()
}

/// The same for a handler that passes by as few layers as it can.
pub fn must_be_ours(state: &State, headers: &HeaderMap) -> Result<(), Problem> {
    let named = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    if named.is_none_or(|named| is_ours(named, state.public_host.as_deref())) {
        Ok(())
    } else {
        Err(foreign())
    }
}

fn foreign() -> Problem {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        Some("this service is not known by that name; the setting public-url names it".to_owned()),
    )
}

/// The host that a request names.
pub fn named<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    named.or_else(|| uri.authority().map(Authority::as_str))
}

/// Whether `named` is this machine as it calls itself: what goes there does not leave it.
pub fn is_this_machine(named: &str) -> bool {
    let host = bare(named);
    is_local_name(host) || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether `named`, a `Host` header, is this machine by its own names, any bare address (no foreign name can pass for
/// one), or the public name.
fn is_ours(named: &str, public: Option<&str>) -> bool {
    let host = bare(named);
    is_local_name(host) || host.parse::<IpAddr>().is_ok() || public.is_some_and(|name| host.eq_ignore_ascii_case(name))
}

fn is_local_name(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost")
}

/// Without port, brackets and a last full stop.
fn bare(named: &str) -> &str {
    let host = without_port(named).trim_end_matches('.');
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.unwrap_or(host)
}

fn without_port(named: &str) -> &str {
    match named.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_name_is_not_ours() {
        for (named, ours) in [
            ("127.0.0.1:8080", true),
            ("127.0.0.1", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("localhost", true),
            ("LOCALHOST.:80", true),
            ("docent.localhost", true),
            ("read.museum.example", true),
            ("Read.Museum.Example:443", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("evillocalhost", false),
            ("read.museum.example.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_ours(named, Some("read.museum.example")), ours, "{named}");
        }
    }

    #[test]
    fn only_this_machine_is_called_by_its_own_names() {
        for (named, own) in [
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("docent.localhost:1", true),
            ("192.168.1.2:8080", false),
            ("[2001:db8::1]:8080", false),
            ("read.museum.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_this_machine(named), own, "{named}");
        }
    }
}
