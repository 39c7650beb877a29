//! What went wrong with a request, in words that an editor understands.

use std::error::Error;
use std::io;

use url::Host;

use super::Fetched;
use crate::domain::link::Link;
use crate::ingest::guard::Forbidden;

/// Said of a site that lets only browsers in.
pub(super) const CHALLENGE: &str = "the site refuses robots: it asks to prove that a person is reading";
/// The most causes of an error looked at.
const CAUSES_MAX: usize = 12;

/// The end of a request without an answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// By a limit or rule of ours.
    Refused(String),
    /// By the server or the network, with the status if there was one.
    Failed(Option<u16>, String),
}

impl From<Stop> for Fetched {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(reason) => Self::Refused { reason },
            Stop::Failed(status, reason) => Self::Failed { status, reason },
        }
    }
}

impl From<reqwest::Error> for Stop {
    fn from(error: reqwest::Error) -> Self {
        // The address is known to whoever reads the reason, and may hold a key of the source.
        let error = error.without_url();
        if error.is_timeout() && error.is_connect() {
            return Self::Refused("no connection within the time allowed".into());
        }
        if error.is_timeout() {
            return Self::Refused("no answer within the time allowed".into());
        }
        let causes = causes(&error);
        if let Some(reason) = causes.iter().find_map(|cause| limit_reason(*cause)) {
            return Self::Refused(reason.into());
        }
        let known = causes
            .iter()
            .find_map(|cause| tls_reason(*cause).or_else(|| network_reason(*cause)));
        let reason = known.unwrap_or_else(|| {
            let last = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
            format!("the answer is not valid HTTP: {last}")
        });
        Self::Failed(None, reason)
    }
}

/// An address that the guard does not let us call.
pub(super) fn forbidden(link: &Link, why: Forbidden) -> Stop {
    Stop::Refused(match link.url().host() {
        Some(Host::Domain(name)) => format!("{name} is not called: {why}"),
        _ => format!("not called: {why}"),
    })
}

/// A size as people say it.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        _ => format!("{bytes} bytes"),
    }
}

/// What a status other than success says, in our words; the server's own are never shown.
pub(super) const fn status_reason(status: u16) -> &'static str {
    match status {
        204 => "the server answered without content (204)",
        206 => "the server sent a part that nobody asked for (206)",
        100..=199 => "the server changed the protocol or never answered (1xx)",
        200..=299 => "the server answered with an unusual success (2xx)",
        300..=399 => "the server redirects in a way that cannot be followed (3xx)",
        401 => "the server asks for a user name and password (401)",
        402 => "the server asks for payment (402)",
        403 => "the server forbids reading this address (403)",
        404 => "there is nothing at this address (404)",
        406 => "the server has no form of this that we can read (406)",
        410 => "the address it redirects to is gone for good (410)",
        429 => "the server asks for fewer requests (429)",
        451 => "the server may not show this, for legal reasons (451)",
        400..=499 => "the server refuses the request (4xx)",
        502 | 504 => "the server behind the gateway does not answer (502, 504)",
        503 => "the server is busy or being repaired (503)",
        500..=599 => "the server failed (5xx)",
        _ => "the server answered with a status that means nothing",
    }
}

/// An error and what it came from, outermost first. Looks into `io::Error`, whose own cause hides one level.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes: Vec<&'e (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next.filter(|_| causes.len() < CAUSES_MAX) {
        causes.push(cause);
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| cause.source());
    }
    causes
}

/// hyper keeps these limits for us and tells of them in text only.
fn limit_reason(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    match cause.to_string().as_str() {
        "message head is too large" => Some("the answer has more or longer headers than allowed"),
        "chunk extensions over limit" => Some("the answer is padded beyond what is allowed"),
        _ => None,
    }
}

fn tls_reason(cause: &(dyn Error + 'static)) -> Option<String> {
    use rustls::CertificateError as Certificate;
    let reason = match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "the site's certificate has expired",
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "the site's certificate is not valid yet"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "the site's certificate is for another name"
            }
            Certificate::Revoked => "the site's certificate was revoked",
            Certificate::UnknownIssuer => "the site's certificate is not from an authority that is trusted here",
            _ => "the site's certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "the site does not speak TLS at this address",
        other => return Some(format!("no secure connection: {other}")),
    };
    Some(reason.into())
}

fn network_reason(cause: &(dyn Error + 'static)) -> Option<String> {
    if cause.to_string() == "connection closed before message completed" {
        return Some("the server closed the connection before the answer".into());
    }
    let error = cause.downcast_ref::<io::Error>()?;
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => "the server refused the connection",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the server broke off the connection"
        }
        io::ErrorKind::UnexpectedEof => "the answer ended before it was whole",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "the server cannot be reached",
        io::ErrorKind::TimedOut => "the server does not answer",
        _ => return None,
    };
    Some(reason.into())
}
