//! Which names this service answers to.
//!
//! A page on a foreign site can let its own name lead to this machine, and would then count as the same site as we
//! (DNS rebinding). So a request that names a host which is not ours is refused.

use std::net::IpAddr;

use axum::extract::{Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Problem;
use super::state::State;

/// Refuses a request for a foreign host with 421.
pub async fn guard(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let named = request
        .headers()
        .get(header::HOST)
        .map(|host| host.to_str().unwrap_or_default());
    let named = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    if named.is_none_or(|named| is_ours(named, state.public_host.as_deref())) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        Some("this service is not known by that name; the setting public-url names it".to_owned()),
    )
    .into_response()
}

/// Whether `named`, a `Host` header, is this machine by its own names, any bare address (no foreign name can pass for
/// one), or the public name.
fn is_ours(named: &str, public: Option<&str>) -> bool {
    let host = without_port(named).trim_end_matches('.');
    let is_name = |name: &str| host.eq_ignore_ascii_case(name);
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    is_name("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok()
        || public.is_some_and(is_name)
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
}
