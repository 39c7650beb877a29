//! One POST: what others asked to be told, on the same guarded way out.
//!
//! No redirect is followed: whoever receives could otherwise pass a signed message on to a third. Nothing stands in line, since
//! the receiver asked for it; and nothing of the answer's body is read.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::fault::{self, Stop};
use super::{Fetcher, client, head};
use crate::domain::freshness::parse_retry_after;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// Something to send.
#[derive(Debug, Clone)]
pub struct Parcel<'a> {
    /// Where to; its fragment is never sent.
    pub link: &'a Link,
    /// What the body is.
    pub content_type: &'static str,
    /// Headers besides; one whose value cannot be sent refuses the parcel.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of sending. Reasons are for people, as in [`super::Fetched`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Taken (2xx).
    Taken {
        /// The status.
        status: u16,
    },
    /// Answered otherwise.
    Answered {
        /// The status.
        status: u16,
        /// For how long the receiver wants to be left alone, where it said so: a week at most.
        retry_after: Option<Duration>,
        /// For people.
        reason: String,
    },
    /// Not answered, or not sent at all.
    Failed {
        /// For people.
        reason: String,
    },
}

impl Fetcher {
    /// Sends once. `now` is the time on the wall, against which dates in headers are held.
    pub async fn post(&self, parcel: Parcel<'_>, now: Timestamp) -> Sent {
        match self.send(parcel).await {
            Ok(response) => judged(&response, now),
            Err(Stop::Refused(reason) | Stop::Failed(_, reason)) => Sent::Failed { reason },
        }
    }

    /// Whether the guard lets `link` be called now, by all addresses that its name has now; if not, why, for people.
    pub async fn may_call(&self, link: &Link) -> Result<(), String> {
        let until = Instant::now() + self.0.limits.connect;
        match timeout_at(until, self.0.pins.pin(link, &self.0.allow)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(Stop::Refused(reason) | Stop::Failed(_, reason))) => Err(reason),
            Err(_) => Err(format!("no address found for {} within the time allowed", link.host())),
        }
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<reqwest::Response, Stop> {
        let shared = &self.0;
        let headers = headers(&parcel)?;
        let limits = &shared.limits;
        let until = Instant::now() + limits.connect + limits.first_byte;
        let late = || Stop::Refused(format!("no answer within {} seconds", limits.first_byte.as_secs_f32()));
        let pin = timeout_at(until, shared.pins.pin(parcel.link, &shared.allow))
            .await
            .map_err(|_| late())??;
        let ready = shared
            .client
            .post(parcel.link.url().clone())
            .headers(headers)
            .body(parcel.body);
        let response = timeout_at(until, ready.send()).await.map_err(|_| late())??;
        drop(pin);
        client::check(shared, parcel.link, &response)?;
        Ok(response)
    }
}

fn judged(response: &reqwest::Response, now: Timestamp) -> Sent {
    let status = response.status().as_u16();
    if response.status().is_success() {
        return Sent::Taken { status };
    }
    let retry_after = head::first(response.headers(), "retry-after").and_then(|text| parse_retry_after(&text, now));
    let reason = match status {
        300..=399 => "the receiver redirects, which is not followed; give the address that it redirects to",
        410 => "the receiver says that it is gone for good (410)",
        _ => fault::status_reason(status),
    };
    Sent::Answered {
        status,
        retry_after,
        reason: reason.to_owned(),
    }
}

fn headers(parcel: &Parcel<'_>) -> Result<HeaderMap, Stop> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(parcel.content_type));
    for (name, value) in &parcel.headers {
        let value =
            HeaderValue::from_str(value).map_err(|_| Stop::Refused(format!("the header {name} cannot be sent")))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
