//! Where a request comes from, as far as that can be known.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use super::host;

/// What proxies add to: the address that called them stands last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What any proxy adds.
const FORWARDING: [HeaderName; 3] = [FORWARDED_FOR, header::FORWARDED, header::VIA];
/// Characters kept of what a browser calls itself.
const AGENT_CHARS_MAX: usize = 200;

/// A browser or a program that calls us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its address. A proxy on this machine is believed about whom it calls for; nobody else is.
    pub address: IpAddr,
    /// What it calls itself.
    pub agent: String,
    /// Whether it runs on this very machine and no proxy stands between.
    pub is_local: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip().to_canonical()
        });
        let headers = &parts.headers;
        let named_so = host::named(headers, &parts.uri).is_some_and(host::is_this_machine);
        let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(name));
        Ok(Self {
            address: forwarded_for(headers).filter(|_| peer.is_loopback()).unwrap_or(peer),
            agent: agent(headers),
            is_local: peer.is_loopback() && named_so && !is_forwarded,
        })
    }
}

fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).into_iter().next_back()?;
    let address: IpAddr = last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical())
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or_default().chars().take(AGENT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn client(peer: &str, headers: &[(&str, &str)]) -> Client {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let peer: SocketAddr = peer.parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        Client::from_request_parts(&mut parts, &()).await.unwrap()
    }

    #[tokio::test]
    async fn only_a_proxy_on_this_machine_is_believed() {
        let forwarded = ("x-forwarded-for", "198.51.100.1, 192.0.2.7");
        for (peer, headers, address, is_local) in [
            ("127.0.0.1:5", &[("host", "127.0.0.1:8080")][..], "127.0.0.1", true),
            ("[::1]:5", &[("host", "localhost")], "::1", true),
            ("127.0.0.1:5", &[("host", "read.museum.example")], "127.0.0.1", false),
            ("127.0.0.1:5", &[("host", "127.0.0.1"), forwarded], "192.0.2.7", false),
            (
                "127.0.0.1:5",
                &[("host", "127.0.0.1"), ("via", "1.1 proxy")],
                "127.0.0.1",
                false,
            ),
            (
                "203.0.113.9:5",
                &[("host", "127.0.0.1"), forwarded],
                "203.0.113.9",
                false,
            ),
            ("203.0.113.9:5", &[("host", "127.0.0.1")], "203.0.113.9", false),
            ("127.0.0.1:5", &[("x-forwarded-for", "nonsense")], "127.0.0.1", false),
        ] {
            let client = client(peer, headers).await;
            assert_eq!(
                (client.address, client.is_local),
                (address.parse().unwrap(), is_local),
                "{peer} {headers:?}"
            );
        }
    }
}
