//! Whether a page's word on its own address is believed.

use crate::domain::link::Link;

/// The address that stands for the page fetched from `page_link`, if it says that its address is `claimed`.
///
/// A claim for the same registrable domain is believed, unless it is the site's front page and this is not. A claim for
/// another domain is not: it would let any page pass for a page of somebody else, so only a caller that has fetched
/// that page may take it. Tracking parameters and fragments are dropped.
pub fn canonical(page_link: &Link, claimed: Option<&Link>) -> Link {
    let own = page_link.canonical();
    let Some(claimed) = claimed.map(Link::canonical) else {
        return own;
    };
    let same_site =
        claimed.registrable_domain() == own.registrable_domain() && claimed.url().port() == own.url().port();
    let front = |link: &Link| link.url().path().trim_matches('/').is_empty() && link.url().query().is_none();
    if same_site && (!front(&claimed) || front(&own)) {
        claimed
    } else {
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_believed_for_the_same_site_and_not_for_its_front_page() {
        for (page, claimed, expected) in [
            ("https://example.org/a?utm_source=x#top", None, "https://example.org/a"),
            (
                "https://www.example.org/a",
                Some("https://example.org/a?fbclid=1"),
                "https://example.org/a",
            ),
            (
                "http://example.org/amp/a",
                Some("https://example.org/a"),
                "https://example.org/a",
            ),
            (
                "https://m.example.org/a",
                Some("https://example.org/a"),
                "https://example.org/a",
            ),
            (
                "https://example.org/a",
                Some("https://other.example/a"),
                "https://example.org/a",
            ),
            (
                "https://example.org/a",
                Some("https://example.org/"),
                "https://example.org/a",
            ),
            (
                "https://example.org/",
                Some("https://www.example.org/"),
                "https://www.example.org/",
            ),
            (
                "https://a.github.io/x",
                Some("https://b.github.io/x"),
                "https://a.github.io/x",
            ),
        ] {
            let link = |text: &str| Link::parse(text).expect("an address");
            let claimed = claimed.map(link);
            assert_eq!(canonical(&link(page), claimed.as_ref()).as_str(), expected);
        }
    }
}
