//! One GET of other people's servers, polite and guarded: the only way out of this program.
//!
//! Knows addresses, headers and bytes. Must not know what is in the bytes, whose source it is, or when to ask again.
//! Every address is judged by number before it is called, at each redirect anew; every wait, size and count has a limit; a
//! request cannot fail, it ends in one of the cases of [`Fetched`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::Instant;

use self::client::Asked;
use self::fault::Stop;
use self::head::Head;
use self::names::Pins;
use self::pace::Pace;
use self::redirect::Trail;
use super::guard::Allow;
use super::robots::ROBOTS_BYTES_MAX;
use crate::domain::cadence::Ending;
use crate::domain::freshness::{Freshness, Validators, parse_retry_after};
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

mod body;
mod client;
mod fault;
mod head;
mod names;
mod pace;
mod post;
mod redirect;

pub use self::names::{NameTable, Names};
pub use self::post::{Parcel, Sent};

/// What the one client is made of.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// The whole `User-Agent` header; see [`agent`].
    pub agent: String,
    /// Addresses that may be called although they are not public.
    pub allow: Allow,
    /// The pause between the end of a request and the start of the next, at one host and at one address.
    pub gap: Duration,
    /// How many requests may run at once at one host and at one address; at least one.
    pub per_host: usize,
    /// How long and how much.
    pub limits: Limits,
    /// Who knows the addresses of names.
    pub names: Names,
}

/// How long a request may take and how much an answer may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the connection stands, with TLS.
    pub connect: Duration,
    /// From the start of a request to the end of the answer's headers, connecting included.
    pub first_byte: Duration,
    /// From the start to the last byte, over all redirects, without the time spent waiting for a turn.
    pub whole: Duration,
    /// Redirects followed.
    pub redirects: usize,
    /// Headers of one answer.
    pub headers: usize,
    /// All headers of one answer together, in bytes.
    pub header_bytes: usize,
    /// A body as sent, in bytes.
    pub wire_bytes: usize,
    /// A feed unpacked, in bytes.
    pub feed_bytes: usize,
    /// A page unpacked, in bytes.
    pub page_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(20),
            // What a poll does besides still fits into the minute that it is allowed.
            whole: Duration::from_secs(58),
            redirects: 5,
            headers: 100,
            header_bytes: 256 * 1024,
            wire_bytes: 10_000_000,
            feed_bytes: 50_000_000,
            page_bytes: 5_000_000,
        }
    }
}

/// What is asked for: it decides the `Accept` header and how much may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// RSS, Atom, JSON Feed, a sitemap.
    Feed,
    /// An article or a page that lists articles.
    Page,
    /// robots.txt, of which the beginning is enough.
    Robots,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is asked; its fragment is never sent.
    pub link: &'a Link,
    /// What is expected there.
    pub want: Want,
    /// What the last answer bore; sent only to the address that sent it.
    pub validators: Option<&'a Validators>,
    /// The source's own; sent only to the origin of `link`, and no more once a redirect has left it.
    pub credentials: Option<&'a Credentials>,
}

/// A user name and password for HTTP's basic scheme.
#[derive(Clone)]
pub struct Credentials {
    /// Name of the user.
    pub user: String,
    /// Never shown, not even in debug output.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Credentials(…)")
    }
}

/// How a request ended, and what it cost.
#[derive(Debug, Clone)]
pub struct Visit {
    /// What came of it.
    pub fetched: Fetched,
    /// How long it stood in line for its host and address.
    pub waited: Duration,
    /// How long it ran, without the time in line.
    pub took: Duration,
}

/// What came of a request. Reasons are for people: lower case, no full stop, nothing that the server wrote.
#[derive(Debug, Clone)]
pub enum Fetched {
    /// A whole answer (200).
    New(Box<Answer>),
    /// What is known still holds (304).
    NotModified {
        /// What to send from now on, where the answer renewed a validator.
        validators: Option<Validators>,
        /// The server's wish, renewed.
        freshness: Freshness,
        /// As in [`Answer::moved`].
        moved: Option<Link>,
    },
    /// Gone for good (410).
    Gone,
    /// The server asks to be left alone (429, 503).
    Wait {
        /// 429 or 503.
        status: u16,
        /// The address that asks it: the end of all redirects.
        at: Link,
        /// For how long, where it said so: a week at most.
        retry_after: Option<Duration>,
        /// For people.
        reason: String,
    },
    /// A limit or rule of ours ended it.
    Refused {
        /// For people.
        reason: String,
    },
    /// The server or the network failed.
    Failed {
        /// The status, where there was an answer with one.
        status: Option<u16>,
        /// For people.
        reason: String,
    },
}

impl Fetched {
    /// What it means for the next poll, if the document could be read; one that could not is [`Ending::Failed`].
    pub fn ending(&self) -> Ending {
        match self {
            Self::New(answer) => Ending::Read {
                validators: !answer.validators.is_empty(),
            },
            Self::NotModified { .. } => Ending::Read { validators: true },
            Self::Gone => Ending::Gone,
            Self::Wait {
                status, retry_after, ..
            } => Ending::Wait {
                status: *status,
                retry_after: *retry_after,
            },
            Self::Failed { status: Some(403), .. } => Ending::Forbidden,
            Self::Failed { .. } | Self::Refused { .. } => Ending::Failed,
        }
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that answered, at the end of all redirects.
    pub link: Link,
    /// The same address, where every redirect on the way was permanent (301, 308) and none went from https to http.
    pub moved: Option<Link>,
    /// Always 200 for now.
    pub status: u16,
    /// The body, unpacked. Not empty, but for robots.txt.
    pub bytes: Vec<u8>,
    /// The `Content-Type` header as sent (latin-1).
    pub content_type: Option<String>,
    /// What to send at the next request.
    pub validators: Validators,
    /// How long the server wants the answer to be taken as good.
    pub freshness: Freshness,
    /// The `Content-Location` header, resolved.
    pub content_location: Option<Link>,
    /// The body's size as sent.
    pub wire_bytes: u64,
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The agent cannot be sent.
    #[error("{0:?} cannot be sent as a User-Agent header")]
    Agent(String),
    /// TLS could not be set up; mostly because the system has no certificate authorities.
    #[error("set up the HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

/// The one client. Cheap to clone; clones share connections, turns and limits.
#[derive(Clone)]
pub struct Fetcher(Arc<Shared>);

struct Shared {
    client: reqwest::Client,
    pins: Pins,
    pace: Pace,
    allow: Allow,
    limits: Limits,
}

/// The `User-Agent` header of this program: name, version, and where its operator can be reached.
pub fn agent(contact: &str) -> String {
    format!("docent/{} (+{contact})", env!("CARGO_PKG_VERSION"))
}

impl Fetcher {
    /// Makes the client. Once a process is enough.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        let pins = Pins::new(settings.names.clone());
        let client = client::build(&settings, &pins)?;
        let pace = Pace::new(settings.gap, settings.per_host);
        let FetchSettings { allow, limits, .. } = settings;
        Ok(Self(Arc::new(Shared {
            client,
            pins,
            pace,
            allow,
            limits,
        })))
    }

    /// Asks once, following redirects, in turn with the other requests to the same host. `now` is the time on the wall, against
    /// which dates in headers are held; limits run on the runtime's own clock.
    pub async fn get(&self, request: Request<'_>, now: Timestamp) -> Visit {
        let mut spent = Spent {
            begun: Instant::now(),
            waited: Duration::ZERO,
        };
        let fetched = self
            .follow(&request, now, &mut spent)
            .await
            .unwrap_or_else(Fetched::from);
        Visit {
            fetched,
            waited: spent.waited,
            took: spent.begun.elapsed().saturating_sub(spent.waited),
        }
    }

    /// Why an address would not be called, as far as the addresses of its host say. Nothing is sent.
    pub async fn refuses(&self, link: &Link) -> Option<String> {
        let judged = tokio::time::timeout(self.0.limits.connect, self.0.pins.pin(link, &self.0.allow)).await;
        match judged {
            Ok(Err(Stop::Refused(reason))) => Some(reason),
            _ => None,
        }
    }

    async fn follow(&self, request: &Request<'_>, now: Timestamp, spent: &mut Spent) -> Result<Fetched, Stop> {
        let mut trail = Trail::begin(request.link, self.0.limits.redirects);
        loop {
            let asked = client::ask(&self.0, &trail, request, spent).await?;
            let status = asked.response.status().as_u16();
            let header = |name| head::first(asked.response.headers(), name);
            match status {
                200 => return self.take(asked, trail, request.want, now).await,
                // The turn ends here, so that the next hop at the same host keeps its distance from this one.
                301 | 302 | 303 | 307 | 308 => trail.follow(status, header("location").as_deref())?,
                304 if asked.conditional => return Ok(not_modified(&asked, trail, request.validators, now)),
                304 => {
                    return Err(Stop::Failed(
                        Some(304),
                        "said \"not modified\" to a request without a condition".into(),
                    ));
                }
                410 if trail.is_permanent() => return Ok(Fetched::Gone),
                429 | 503 => {
                    let retry_after = header("retry-after").and_then(|text| parse_retry_after(&text, now));
                    return Ok(Fetched::Wait {
                        status,
                        at: trail.at().clone(),
                        retry_after,
                        reason: fault::status_reason(status).into(),
                    });
                }
                _ => {
                    let challenged = header("cf-mitigated").is_some();
                    let reason = if challenged {
                        fault::CHALLENGE
                    } else {
                        fault::status_reason(status)
                    };
                    return Err(Stop::Failed(Some(status), reason.into()));
                }
            }
        }
    }

    async fn take(&self, asked: Asked, trail: Trail, want: Want, now: Timestamp) -> Result<Fetched, Stop> {
        let (link, moved) = trail.end();
        let head = Head::read(asked.response.headers(), &link, now);
        let codings = body::codings(asked.response.headers())?;
        let caps = want.caps(&self.0.limits);
        let wire = body::receive(asked.response, caps, asked.deadline).await?;
        let wire_bytes = wire.len() as u64;
        let bytes = body::unpack(wire, &codings, caps).await?;
        if bytes.is_empty() && want != Want::Robots {
            return Err(Stop::Failed(Some(200), "the answer is empty".into()));
        }
        let Head {
            content_type,
            validators,
            freshness,
            content_location,
        } = head;
        let answer = Answer {
            link,
            moved,
            status: 200,
            bytes,
            content_type,
            validators,
            freshness,
            content_location,
            wire_bytes,
        };
        Ok(Fetched::New(Box::new(answer)))
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fetcher")
            .field("allow", &self.0.allow)
            .finish_non_exhaustive()
    }
}

/// The time a request has used.
struct Spent {
    begun: Instant,
    waited: Duration,
}

impl Spent {
    /// When the whole request must have ended: time in line does not count.
    fn deadline(&self, limits: &Limits) -> Instant {
        self.begun + self.waited + limits.whole
    }
}

/// How much of a body is taken.
#[derive(Debug, Clone, Copy)]
struct Caps {
    wire_bytes: usize,
    bytes: usize,
    /// Whether the rest of a longer body is left unread; else a longer body is refused.
    cut: bool,
}

impl Want {
    fn caps(self, limits: &Limits) -> Caps {
        let wire_bytes = limits.wire_bytes;
        match self {
            Self::Feed => Caps {
                wire_bytes,
                bytes: limits.feed_bytes,
                cut: false,
            },
            Self::Page => Caps {
                wire_bytes,
                bytes: limits.page_bytes,
                cut: false,
            },
            Self::Robots => Caps {
                wire_bytes: ROBOTS_BYTES_MAX,
                bytes: ROBOTS_BYTES_MAX,
                cut: true,
            },
        }
    }

    const fn accept(self) -> &'static str {
        match self {
            Self::Feed => {
                "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, \
                 application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.6, text/html;q=0.3, */*;q=0.1"
            }
            Self::Page => "text/html, application/xhtml+xml;q=0.9, application/xml;q=0.5, */*;q=0.1",
            Self::Robots => "text/plain, */*;q=0.1",
        }
    }
}

fn not_modified(asked: &Asked, trail: Trail, sent: Option<&Validators>, now: Timestamp) -> Fetched {
    let (link, moved) = trail.end();
    let head = Head::read(asked.response.headers(), &link, now);
    let newer = Some(head.validators).filter(|newer| !newer.is_empty());
    let renewed = newer.map(|newer| sent.map_or(newer.clone(), |old| old.renewed_by(newer)));
    let validators = renewed.filter(|renewed| Some(renewed) != sent);
    Fetched::NotModified {
        validators,
        freshness: head.freshness,
        moved,
    }
}
