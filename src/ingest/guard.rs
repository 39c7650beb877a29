//! Which addresses may be called at all.
//!
//! Whatever stands in a feed, a page or a redirect is written by strangers, and this program runs inside somebody's network.
//! So an address is called only if it is one of the public internet, or if the operator allowed it by name.
//! Addresses are judged as numbers, never as text.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

/// The most networks an allow-list may name.
const PERMITS_MAX: usize = 256;

/// IPv4 networks that are not the public internet (IANA's special-purpose registry), and one address inside public space
/// that a cloud answers to its own machines (the Azure platform).
const FORBIDDEN_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only IPv6 space that is handed out to the public internet.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside [`GLOBAL_V6`]: protocol assignments with Teredo, documentation (twice), and 6to4.
const FORBIDDEN_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Where a translator puts the IPv4 internet into IPv6; judged by the address inside (RFC 6052).
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Ports that no web server is on and whose servers may take a request for a command: the "bad ports" of the Fetch standard.
const FORBIDDEN_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// The operator's list of addresses that may be called although they are not public. Empty unless configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow(Vec<Permit>);

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Forbidden {
    /// It is not an address of the public internet.
    #[error("{0} is not a public address")]
    Address(IpAddr),
    /// No web server is on that port.
    #[error("port {0} is not one for web servers")]
    Port(u16),
}

/// What is wrong with an item of an allow-list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AllowError {
    /// It is no network with an optional port.
    #[error("{0:?} is not a network such as 10.1.2.0/24, 10.1.2.0/24:443 or 127.0.0.1:8666")]
    Form(String),
    /// The list is too long.
    #[error("an allow-list may name {PERMITS_MAX} networks at most")]
    TooMany,
}

/// One network of the allow-list, all its ports or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Permit {
    base: IpAddr,
    bits: u8,
    port: Option<u16>,
}

impl Allow {
    /// Reads items such as `127.0.0.0/8`, `10.1.2.0/24:443`, `127.0.0.1:8666` or `[fd00::]/8:443`.
    pub fn parse<S: AsRef<str>>(items: &[S]) -> Result<Self, AllowError> {
        if items.len() > PERMITS_MAX {
            return Err(AllowError::TooMany);
        }
        let permit = |item: &S| {
            let text = item.as_ref().trim();
            Permit::parse(text).ok_or_else(|| AllowError::Form(text.to_owned()))
        };
        items.iter().map(permit).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// Judges one address with its port. An IPv4 address written as an IPv6 one is judged as what it is.
    pub fn judge(&self, ip: IpAddr, port: u16) -> Result<(), Forbidden> {
        let ip = ip.to_canonical();
        let permit = self.0.iter().find(|permit| permit.covers(ip, port));
        if permit.is_some_and(|permit| permit.port.is_some()) {
            return Ok(());
        }
        if FORBIDDEN_PORTS.contains(&port) {
            return Err(Forbidden::Port(port));
        }
        if permit.is_some() || is_public(ip) {
            Ok(())
        } else {
            Err(Forbidden::Address(ip))
        }
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, permit) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{}/{}", permit.base, permit.bits)?;
            if let Some(port) = permit.port {
                write!(out, ":{port}")?;
            }
        }
        Ok(())
    }
}

impl Permit {
    fn parse(text: &str) -> Option<Self> {
        let Some((address, rest)) = text.split_once('/') else {
            return Self::parse_single(text);
        };
        let address = address
            .strip_prefix('[')
            .map_or(Some(address), |open| open.strip_suffix(']'))?;
        let base: IpAddr = address.parse().ok()?;
        let (bits, port) = match rest.split_once(':') {
            Some((bits, port)) => (bits, Some(port.parse().ok()?)),
            None => (rest, None),
        };
        let bits: u8 = bits.parse().ok()?;
        (bits <= width(base)).then_some(Self { base, bits, port })
    }

    fn parse_single(text: &str) -> Option<Self> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Some(Self {
                base: socket.ip(),
                bits: width(socket.ip()),
                port: Some(socket.port()),
            });
        }
        let base: IpAddr = text.parse().ok()?;
        Some(Self {
            base,
            bits: width(base),
            port: None,
        })
    }

    fn covers(&self, ip: IpAddr, port: u16) -> bool {
        let inside = match (self.base, ip) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => v4_in(ip, (base, self.bits)),
            (IpAddr::V6(base), IpAddr::V6(ip)) => v6_in(ip, (base, self.bits)),
            _ => false,
        };
        inside && self.port.is_none_or(|own| own == port)
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !FORBIDDEN_V4.iter().any(|network| v4_in(v4, *network)),
        IpAddr::V6(v6) if v6_in(v6, NAT64) => {
            let [.., a, b, c, d] = v6.octets();
            is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        IpAddr::V6(v6) => v6_in(v6, GLOBAL_V6) && !FORBIDDEN_V6.iter().any(|network| v6_in(v6, *network)),
    }
}

fn v4_in(ip: Ipv4Addr, (base, bits): (Ipv4Addr, u8)) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
    ip.to_bits() & mask == base.to_bits() & mask
}

fn v6_in(ip: Ipv6Addr, (base, bits): (Ipv6Addr, u8)) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    ip.to_bits() & mask == base.to_bits() & mask
}

const fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::{Host, Url};

    fn judge(allow: &[&str], ip: &str, port: u16) -> Result<(), Forbidden> {
        Allow::parse(allow).unwrap().judge(ip.parse().unwrap(), port)
    }

    /// The first and last address of each range of IANA's special-purpose registries, and of each way to write one of
    /// them inside another.
    const SPECIAL: &[(&str, &str)] = &[
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("168.63.129.16", "168.63.129.16"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "239.255.255.255"),
        ("240.0.0.0", "255.255.255.254"),
        ("255.255.255.255", "255.255.255.255"),
        ("::", "::1"),
        ("::7f00:2", "::ffff:ffff"),
        ("::ffff:0.0.0.0", "::ffff:10.0.0.1"),
        ("::ffff:127.0.0.2", "::ffff:192.168.1.1"),
        ("::ffff:0:0:1", "::ffff:0:7f00:1"),
        ("64:ff9b::7f00:2", "64:ff9b::a9fe:a9fe"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
        ("100::", "100::ffff:ffff:ffff:ffff"),
        ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:1::1", "2001:1::3"),
        ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
        ("2001:10::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002:7f00:2::1", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("4000::", "5f00::1"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fd00:ec2::254", "fd00:ec2::254"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ];

    #[test]
    fn no_special_range_is_called() {
        for (first, last) in SPECIAL {
            for ip in [first, last] {
                let verdict = judge(&[], ip, 80);
                assert!(matches!(verdict, Err(Forbidden::Address(_))), "{ip}: {verdict:?}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_special_ranges_are_called() {
        for ip in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "::ffff:9.9.9.9",
            "64:ff9b::808:808",
            "2000::1",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert_eq!(judge(&[], ip, 443), Ok(()), "{ip}");
        }
    }

    #[test]
    fn every_spelling_of_a_forbidden_address_is_the_address() {
        for host in [
            "2130706434",
            "0177.0.0.2",
            "0x7f000002",
            "127.2",
            "127.0.2",
            "[::ffff:127.0.0.2]",
            "[::ffff:7f00:2]",
            "%31%32%37.0.0.2",
            "127.0.0.2.",
            "user@127.0.0.2",
            "１２７.0.0.2",
            "127。0。0。2",
            "[::7f00:2]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            let ip = match url.host() {
                Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
                Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
                other => panic!("{host} was read as {other:?}"),
            };
            let allow = Allow::parse(&["127.0.0.1/32"]).unwrap();
            assert!(allow.judge(ip, 80).is_err(), "{host}");
        }
    }

    #[test]
    fn an_allowed_network_is_allowed_on_its_ports_only() {
        for (item, ip, port, called) in [
            ("127.0.0.0/8", "127.0.0.2", 8080, true),
            ("127.0.0.1/32", "127.0.0.2", 8080, false),
            ("127.0.0.1/32:8666", "127.0.0.1", 8666, true),
            ("127.0.0.1/32:8666", "127.0.0.1", 8667, false),
            ("127.0.0.1:8666", "127.0.0.1", 8666, true),
            ("127.0.0.1", "127.0.0.1", 9999, true),
            ("127.0.0.1", "127.0.0.1", 22, false),
            ("127.0.0.1:22", "127.0.0.1", 22, true),
            ("10.1.2.0/24:443", "10.1.2.200", 443, true),
            ("10.1.2.0/24:443", "10.1.3.1", 443, false),
            ("127.0.0.1/32", "::ffff:127.0.0.1", 80, true),
            ("127.0.0.1/32", "::1", 80, false),
            ("127.0.0.1/32", "64:ff9b::7f00:1", 80, false),
            ("fd00::/8:443", "fd12::1", 443, true),
            ("[fd00::]/8", "fd12::1", 80, true),
            ("[::1]:8080", "::1", 8080, true),
            ("0.0.0.0/0", "10.0.0.1", 80, true),
            ("::/0", "::1", 80, true),
        ] {
            assert_eq!(judge(&[item], ip, port).is_ok(), called, "{item} {ip} {port}");
        }
    }

    #[test]
    fn ports_of_other_services_are_not_called_even_on_public_addresses() {
        for port in [0, 22, 25, 53, 6667] {
            assert_eq!(judge(&[], "9.9.9.9", port), Err(Forbidden::Port(port)));
        }
        assert_eq!(judge(&[], "9.9.9.9", 8080), Ok(()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for item in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0/8",
            "10.0.0.0/8:",
            "10.0.0.0/8:70000",
            "[::1/128",
            "x/8",
        ] {
            assert_eq!(Allow::parse(&[item]), Err(AllowError::Form(item.to_owned())));
        }
    }

    #[test]
    fn a_list_is_shown_as_it_is_read() {
        let allow = Allow::parse(&["10.1.2.0/24:443", "127.0.0.1"]).unwrap();
        assert_eq!(allow.to_string(), "10.1.2.0/24:443, 127.0.0.1/32");
    }
}
