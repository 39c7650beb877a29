//! The way from the address asked to the address that answers.

use super::fault::Stop;
use crate::domain::link::Link;

/// The longest `Location` header followed, in bytes.
const LOCATION_BYTES_MAX: usize = 8 * 1024;

/// Where a request has been.
#[derive(Debug)]
pub(super) struct Trail {
    /// Addresses asked, in order; never empty.
    asked: Vec<Link>,
    at: Link,
    redirects_max: usize,
    permanent: bool,
    /// Whether every address so far was of the first one's origin.
    at_home: bool,
}

impl Trail {
    pub(super) fn begin(link: &Link, redirects_max: usize) -> Self {
        Self {
            asked: Vec::new(),
            at: without_fragment(link),
            redirects_max,
            permanent: true,
            at_home: true,
        }
    }

    /// The address to ask.
    pub(super) fn at(&self) -> &Link {
        &self.at
    }

    /// Whether credentials may be sent.
    pub(super) fn at_home(&self) -> bool {
        self.at_home
    }

    /// Whether every redirect so far was for good.
    pub(super) fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// Goes to `location` (the header as latin-1), unless it is no address of the web, was asked before, or is one too many.
    /// Whether it may be called is judged when it is.
    pub(super) fn follow(&mut self, status: u16, location: Option<&str>) -> Result<(), Stop> {
        let location =
            location.ok_or_else(|| Stop::Failed(Some(status), "redirects without saying where to".into()))?;
        if location.len() > LOCATION_BYTES_MAX {
            return Err(Stop::Refused(format!(
                "redirects to an address longer than {LOCATION_BYTES_MAX} bytes"
            )));
        }
        if self.asked.len() >= self.redirects_max {
            return Err(Stop::Refused(format!(
                "redirects more than {} times",
                self.redirects_max
            )));
        }
        let raw: Vec<u8> = location.chars().filter_map(|c| u8::try_from(c).ok()).collect();
        let next = self
            .at
            .join(&String::from_utf8_lossy(&raw))
            .map(|link| without_fragment(&link));
        let next = next.ok_or_else(|| Stop::Refused("redirects to what is no address of the web".into()))?;
        if next == self.at || self.asked.contains(&next) {
            return Err(Stop::Refused("redirects in a circle".into()));
        }
        let downgrade = self.at.url().scheme() == "https" && next.url().scheme() == "http";
        self.permanent &= matches!(status, 301 | 308) && !downgrade;
        self.at_home &= next.origin() == self.at.origin();
        self.asked.push(std::mem::replace(&mut self.at, next));
        Ok(())
    }

    /// The address that answered; and again, if the first one has moved there for good.
    pub(super) fn end(self) -> (Link, Option<Link>) {
        let moved = self.permanent && !self.asked.is_empty();
        let target = moved.then(|| self.at.clone());
        (self.at, target)
    }
}

fn without_fragment(link: &Link) -> Link {
    let mut url = link.url().clone();
    url.set_fragment(None);
    Link::from_url(url).expect("a link stays a link when its fragment is dropped")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(hops: &[(u16, &str)]) -> Result<Trail, Stop> {
        let mut trail = Trail::begin(&Link::parse("https://example.org/a/feed#x").unwrap(), 5);
        for (status, location) in hops {
            trail.follow(*status, Some(location))?;
        }
        Ok(trail)
    }

    #[test]
    fn an_address_has_moved_only_if_every_hop_was_permanent() {
        for (hops, end, moved) in [
            (&[][..], "https://example.org/a/feed", false),
            (&[(301, "b")], "https://example.org/a/b", true),
            (&[(301, "/b"), (308, "/c#y")], "https://example.org/c", true),
            (&[(301, "/b"), (302, "/c")], "https://example.org/c", false),
            (&[(307, "/b"), (301, "/c")], "https://example.org/c", false),
            (&[(303, "//example.com/")], "https://example.com/", false),
            (
                &[(301, "http://example.org/a/feed")],
                "http://example.org/a/feed",
                false,
            ),
            (&[(301, "/caf\u{c3}\u{a9}")], "https://example.org/caf%C3%A9", true),
        ] {
            let (link, target) = trail(hops).unwrap().end();
            assert_eq!(link.as_str(), end);
            assert_eq!(target, moved.then_some(link), "{hops:?}");
        }
    }

    #[test]
    fn what_is_no_way_on_the_web_is_refused() {
        let long = format!("/{}", "a".repeat(LOCATION_BYTES_MAX));
        for hops in [
            &[(302, "file:///etc/passwd")][..],
            &[(302, "gopher://example.org/")],
            &[(302, "javascript:alert(1)")],
            &[(302, "data:text/html,x")],
            &[(302, "http://")],
            &[(302, "/a/feed")],
            &[(302, "/b"), (302, "/a/feed#z")],
            &[(302, &long)],
            &[
                (302, "/1"),
                (302, "/2"),
                (302, "/3"),
                (302, "/4"),
                (302, "/5"),
                (302, "/6"),
            ],
        ] {
            assert!(matches!(trail(hops), Err(Stop::Refused(_))), "{hops:?}");
        }
    }

    #[test]
    fn a_redirect_without_a_target_is_the_servers_failure() {
        let mut trail = trail(&[]).unwrap();
        assert!(matches!(trail.follow(302, None), Err(Stop::Failed(Some(302), _))));
    }

    #[test]
    fn home_once_left_is_left_for_good() {
        for (hops, at_home) in [
            (&[(302, "/b")][..], true),
            (&[(302, "https://example.org:444/b")], false),
            (&[(302, "http://example.org/b")], false),
            (&[(302, "https://example.com/"), (302, "https://example.org/c")], false),
        ] {
            assert_eq!(trail(hops).unwrap().at_home(), at_home, "{hops:?}");
        }
    }
}
