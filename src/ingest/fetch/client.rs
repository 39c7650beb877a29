//! One request on the wire, without its redirects.

use std::sync::Arc;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use tokio::time::{Instant, timeout_at};

use super::fault::{self, Stop};
use super::names::{Pin, Pins};
use super::pace::{Place, Turn};
use super::redirect::Trail;
use super::{FetchError, FetchSettings, Request, Shared, Spent, head};
use crate::domain::freshness::Validators;
use crate::domain::link::Link;

/// An answer whose body is not read yet. The turn at its host lasts as long as it lives.
pub(super) struct Asked {
    pub(super) response: reqwest::Response,
    /// Whether validators were sent.
    pub(super) conditional: bool,
    /// When the body must have arrived.
    pub(super) deadline: Instant,
    _turns: [Turn; 2],
    _pin: Pin,
}

/// Makes the client that every request goes through.
pub(super) fn build(settings: &FetchSettings, pins: &Pins) -> Result<reqwest::Client, FetchError> {
    // One provider for the whole process; a second fetcher finds it installed, which is all that the error says.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = HeaderValue::from_str(&settings.agent).map_err(|_| FetchError::Agent(settings.agent.clone()))?;
    let limits = &settings.limits;
    let header_list = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the guarded client is made"
    )]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(agent)
        .no_proxy()
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .dns_resolver(Arc::new(pins.clone()))
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        // Each request has a connection of its own, so that what a server sends behind an answer is never taken for the next
        // one, and no judged address outlives its request. Requests to one host are seconds apart anyway.
        .pool_max_idle_per_host(0)
        .http1_max_headers(limits.headers)
        .http2_max_header_list_size(header_list)
        // Bodies are unpacked in `body`, where their bytes are counted on both sides.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .build()
        .map_err(FetchError::Client)
}

/// Waits for a turn, judges the address, sends the request and reads the answer's headers.
pub(super) async fn ask(
    shared: &Shared,
    trail: &Trail,
    request: &Request<'_>,
    spent: &mut Spent,
) -> Result<Asked, Stop> {
    let link = trail.at();
    let limits = &shared.limits;
    let at_host = in_line(shared, Place::Host(link.host().to_owned()), spent).await?;
    let looked_up_by = spent.deadline(limits).min(Instant::now() + limits.connect);
    let pin = timeout_at(looked_up_by, shared.pins.pin(link, &shared.allow))
        .await
        .map_err(|_| Stop::Refused(format!("no address found for {} within the time allowed", link.host())))??;
    let at_address = in_line(shared, Place::Address(pin.first), spent).await?;

    let validators = request
        .validators
        .filter(|validators| validators.link == *link && !validators.is_empty());
    let mut ready = shared
        .client
        .get(link.url().clone())
        .headers(headers(request, validators));
    if let Some(credentials) = request.credentials.filter(|_| trail.at_home()) {
        ready = ready.basic_auth(&credentials.user, Some(&credentials.password));
    }
    let deadline = spent.deadline(limits);
    let answered_by = deadline.min(Instant::now() + limits.first_byte);
    let response = timeout_at(answered_by, ready.send())
        .await
        .map_err(|_| Stop::Refused(format!("no answer within {} seconds", limits.first_byte.as_secs_f32())))??;
    check(shared, link, &response)?;
    let conditional = validators.is_some();
    Ok(Asked {
        response,
        conditional,
        deadline,
        _turns: [at_host, at_address],
        _pin: pin,
    })
}

async fn in_line(shared: &Shared, place: Place, spent: &mut Spent) -> Result<Turn, Stop> {
    let begun = Instant::now();
    let turn = shared.pace.turn(place).await;
    spent.waited += begun.elapsed();
    turn
}

fn headers(request: &Request<'_>, validators: Option<&Validators>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(request.want.accept()));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br, zstd, deflate"));
    if let Some(validators) = validators {
        let etag = validators.etag.as_deref().and_then(head::to_value);
        headers.extend(etag.map(|value| (IF_NONE_MATCH, value)));
        let last_modified = validators.last_modified.as_deref().and_then(head::to_value);
        headers.extend(last_modified.map(|value| (IF_MODIFIED_SINCE, value)));
    }
    headers
}

/// Judges where the answer came from once more, and the size of its headers.
pub(super) fn check(shared: &Shared, link: &Link, response: &reqwest::Response) -> Result<(), Stop> {
    let from = response
        .remote_addr()
        .ok_or_else(|| Stop::Refused("the answer came from nowhere".into()))?;
    if let Err(why) = shared.allow.judge(from.ip(), from.port()) {
        tracing::error!(host = link.host(), %from, "a forbidden address was called in spite of the guard");
        return Err(fault::forbidden(link, why));
    }
    let headers = response.headers();
    if headers.len() > shared.limits.headers || head::bytes(headers) > shared.limits.header_bytes {
        return Err(Stop::Refused(
            "the answer has more or longer headers than allowed".into(),
        ));
    }
    Ok(())
}
