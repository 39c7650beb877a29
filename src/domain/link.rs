//! Web addresses.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::tracking::is_tracking;

/// The longest address taken, in bytes; longer ones are no link.
pub const LINK_BYTES_MAX: usize = 4096;

/// Names that sites give their front page.
const FRONT_PAGES: &[&str] = &["index.html", "index.htm", "index.php", "home", "default.aspx"];

/// An absolute http or https address, as the `url` crate writes it: host in lower case and punycode, dots resolved,
/// default port and password gone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(Url);

impl Link {
    /// Reads an absolute address. `None` if it is not http(s), has no host, or is longer than [`LINK_BYTES_MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX {
            return None;
        }
        Self::from_url(Url::parse(text).ok()?)
    }

    /// Reads an address as it stands in a document whose base is `self`.
    pub fn join(&self, text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX {
            return None;
        }
        Self::from_url(self.0.join(text).ok()?)
    }

    /// Takes a parsed address, dropping user name and password. `None` as in [`Link::parse`].
    pub fn from_url(mut url: Url) -> Option<Self> {
        let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
        if !web || url.as_str().len() > LINK_BYTES_MAX {
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() {
            url.set_username("").ok()?;
            url.set_password(None).ok()?;
        }
        Some(Self(url))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The parsed address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host: a name in lower case, or an address (IPv6 in brackets).
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Scheme, host and port, as in `https://example.org:8080`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The part of the host that somebody registered, by the public suffix list: `example.co.uk` of `news.example.co.uk`.
    /// For an address, and for a name that is itself a suffix, the whole host.
    pub fn registrable_domain(&self) -> &str {
        let host = self.host();
        match self.0.host() {
            Some(url::Host::Domain(name)) => psl::domain_str(name).unwrap_or(host),
            _ => host,
        }
    }

    /// The address of the same page without fragment and without parameters that only say how the reader came.
    /// Order and spelling of the other parameters stay as they are.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut url = self.0.clone();
        url.set_fragment(None);
        if let Some(query) = self.0.query() {
            let kept: Vec<&str> = query
                .split('&')
                .filter(|pair| !pair.is_empty() && !is_tracking(pair))
                .collect();
            if kept.is_empty() {
                url.set_query(None);
            } else {
                url.set_query(Some(&kept.join("&")));
            }
        }
        Self(url)
    }

    /// Whether it leads to the front of a site, as links do that were made without thought: `/`, `/index.html`, `/en/`.
    pub fn is_front_page(&self) -> bool {
        let canonical = self.canonical();
        let mut path = canonical.0.path().split('/').filter(|part| !part.is_empty());
        let is_language = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_front = |part: &str| FRONT_PAGES.contains(&part) || is_language(part);
        canonical.0.query().is_none() && path.next().is_none_or(is_front) && path.next().is_none()
    }

    /// What two spellings of one page's address share: the canonical form without scheme, leading `www.` and trailing slash.
    /// For comparing and for uniqueness, never for fetching.
    pub fn identity(&self) -> String {
        let canonical = self.canonical();
        let after_scheme = canonical.0.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let without_www = after_scheme.strip_prefix("www.").unwrap_or(after_scheme);
        let (path, query) = without_www
            .split_once('?')
            .map_or((without_www, None), |(path, query)| (path, Some(query)));
        let path = path.trim_end_matches('/');
        query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Link({})", self.as_str())
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an http or https address"))
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Link
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for Link
where
    String: sqlx::Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        self.as_str().to_owned().encode_by_ref(buf)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Link
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        let text = <String as sqlx::Decode<'r, DB>>::decode(value)?;
        Self::parse(&text).ok_or_else(|| format!("not an http or https address: {text:?}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_with_a_host_are_links() {
        for bad in [
            "",
            "/news",
            "mailto:a@example.org",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.org/",
            "http://",
            "file:///etc/passwd",
        ] {
            assert_eq!(Link::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn user_names_and_passwords_are_dropped() {
        let link = Link::parse("https://user:secret@example.org/a").map(|l| l.to_string());
        assert_eq!(link.as_deref(), Some("https://example.org/a"));
    }

    #[test]
    fn tracking_parameters_and_fragments_are_dropped_and_others_kept_in_order() {
        for (given, expected) in [
            (
                "https://example.org/a?utm_source=rss&id=3&fbclid=x#top",
                "https://example.org/a?id=3",
            ),
            ("https://example.org/a?utm_source=rss", "https://example.org/a"),
            ("https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1"),
            ("https://example.org/a?ref=rss", "https://example.org/a"),
            ("https://example.org/a?ref=main", "https://example.org/a?ref=main"),
            (
                "https://example.org/a?xtor=RSS-3208&UTM_Medium=x",
                "https://example.org/a",
            ),
            ("https://example.org/?p=12", "https://example.org/?p=12"),
        ] {
            assert_eq!(
                Link::parse(given).map(|l| l.canonical().to_string()).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn spellings_of_one_address_share_an_identity() {
        let of = |text: &str| Link::parse(text).map(|l| l.identity());
        assert_eq!(of("http://www.example.org/a/"), of("https://example.org/a"));
        assert_eq!(of("https://EXAMPLE.org/a?utm_source=x"), of("https://example.org/a#b"));
        assert_ne!(of("https://example.org/a?id=1"), of("https://example.org/a?id=2"));
        assert_ne!(of("https://example.org/a"), of("https://example.org/A"));
    }
}
