//! From names to addresses that may be called.
//!
//! A name is looked up once a request, all its addresses are judged, and the connector gets exactly what was judged: it never
//! asks the system itself. So a name that answers differently a moment later (DNS rebinding) changes nothing.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

use super::fault::{self, Stop};
use crate::domain::link::Link;
use crate::ingest::guard::Allow;

/// The most addresses of one name that the connector gets to try.
const ADDRESSES_MAX: usize = 8;

/// The machine itself, by each family's address.
const LOOPBACKS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// From a name to its addresses; none if it is not known.
pub type NameTable = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Who knows the addresses of names.
#[derive(Clone, Default)]
pub enum Names {
    /// The system's resolver.
    #[default]
    System,
    /// A function from a name to its addresses, in place of the system: for tests and demonstrations.
    Table(Arc<NameTable>),
}

impl fmt::Debug for Names {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::System => "Names::System",
            Self::Table(_) => "Names::Table",
        })
    }
}

/// The addresses of the names that are being called just now. Clones share them.
#[derive(Clone)]
pub(super) struct Pins {
    names: Names,
    pinned: Arc<Mutex<HashMap<String, Pinned>>>,
}

struct Pinned {
    addresses: Vec<IpAddr>,
    holders: usize,
}

/// The judged addresses of one request's host; the connector may call them while this lives.
pub(super) struct Pin {
    pins: Pins,
    /// `None` for a literal address, which no resolver sees.
    host: Option<String>,
    /// Where the request will go first.
    pub(super) first: IpAddr,
}

impl Pins {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            pinned: Arc::default(),
        }
    }

    /// Finds the addresses of the link's host and judges each. One that is forbidden refuses the name, whatever the others are.
    pub(super) async fn pin(&self, link: &Link, allow: &Allow) -> Result<Pin, Stop> {
        let port = link.url().port_or_known_default().unwrap_or(0);
        let judge = |ip: IpAddr| allow.judge(ip, port).map_err(|why| fault::forbidden(link, why));
        let name = match link.url().host() {
            Some(Host::Ipv4(ip)) => return judge(ip.into()).map(|()| self.literal(ip.into())),
            Some(Host::Ipv6(ip)) => return judge(ip.into()).map(|()| self.literal(ip.into())),
            Some(Host::Domain(name)) => name,
            None => return Err(Stop::Refused("the address names no host".into())),
        };
        if is_this_machine(name) {
            LOOPBACKS.into_iter().try_for_each(judge)?;
        }
        let unknown = || Stop::Failed(None, format!("no address is known for {name}"));
        let found = self.look_up(name, port).await.map_err(|_| unknown())?;
        let first = *found.first().ok_or_else(unknown)?;
        // Another request may be calling the host just now, on another port: both use the addresses that are pinned already,
        // judged for each port, so that what the connector gets was judged for every request that is running.
        let pin = self.hold(name, found, first);
        self.addresses(name).into_iter().try_for_each(judge)?;
        Ok(pin)
    }

    fn literal(&self, ip: IpAddr) -> Pin {
        Pin {
            pins: self.clone(),
            host: None,
            first: ip,
        }
    }

    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<IpAddr>> {
        match &self.names {
            // Not every resolver knows them, and none is to be asked.
            Names::System if is_this_machine(name) => Ok(LOOPBACKS.to_vec()),
            Names::System => Ok(tokio::net::lookup_host((name, port))
                .await?
                .map(|address| address.ip())
                .collect()),
            Names::Table(table) => Ok(table(name)),
        }
    }

    fn hold(&self, name: &str, found: Vec<IpAddr>, first: IpAddr) -> Pin {
        let mut pinned = self.lock();
        let entry = pinned.entry(name.to_owned()).or_insert(Pinned {
            addresses: found,
            holders: 0,
        });
        entry.holders += 1;
        let first = entry.addresses.first().copied().unwrap_or(first);
        Pin {
            pins: self.clone(),
            host: Some(name.to_owned()),
            first,
        }
    }

    fn addresses(&self, name: &str) -> Vec<IpAddr> {
        self.lock()
            .get(name)
            .map(|entry| entry.addresses.clone())
            .unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Pinned>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a name means the machine itself, in both families, whatever the resolver here knows of it (RFC 6761, 6.3).
fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

impl Resolve for Pins {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.addresses(name.as_str());
        Box::pin(async move {
            if addresses.is_empty() {
                return Err("a name was called that nobody judged".into());
            }
            // Port zero stands for the port of the request.
            let sockets: Addrs = Box::new(
                addresses
                    .into_iter()
                    .take(ADDRESSES_MAX)
                    .map(|ip| SocketAddr::new(ip, 0)),
            );
            Ok(sockets)
        })
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let Some(host) = &self.host else { return };
        let mut pinned = self.pins.lock();
        if let Some(entry) = pinned.get_mut(host) {
            entry.holders -= 1;
            if entry.holders == 0 {
                pinned.remove(host);
            }
        }
    }
}
