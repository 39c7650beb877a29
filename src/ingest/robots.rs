//! robots.txt: which pages of a site a program may fetch (RFC 9309).
//!
//! A feed is fetched because a person subscribed to it; for it only a group that names us counts. Article pages nobody
//! subscribed to: for them the whole file counts.

use std::time::Duration;

use super::fetch::Fetched;
use crate::domain::link::Link;

/// How much of a file is read, in bytes (RFC 9309 asks for at least 500 KiB).
pub const ROBOTS_BYTES_MAX: usize = 500 * 1024;
/// The most rules kept of one file.
const RULES_MAX: usize = 5_000;
/// The longest pattern taken, in bytes.
const PATTERN_BYTES_MAX: usize = 2_048;
/// The longest delay that a site may ask for: a day.
const CRAWL_DELAY_MAX: Duration = Duration::from_hours(24);

/// What a site asks of programs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Robots {
    /// Everything is forbidden, since the site could not say what it asks.
    closed: bool,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    /// Product tokens in lower case; `*` is everybody.
    agents: Vec<String>,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allow: bool,
    /// Percent-encoding made uniform, so that it compares with a path byte by byte.
    pattern: String,
}

impl Robots {
    /// A site that forbids nothing, such as one without a robots.txt.
    pub fn open() -> Self {
        Self::default()
    }

    /// A site that forbids everything, such as one whose robots.txt cannot be read for now.
    pub fn closed() -> Self {
        Self {
            closed: true,
            groups: Vec::new(),
        }
    }

    /// Whether everything is forbidden only because the site could not say what it asks.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Reads a file, as far as [`ROBOTS_BYTES_MAX`]. Cannot fail: lines that say nothing are passed over.
    pub fn parse(bytes: &[u8]) -> Self {
        let head = bytes.get(..ROBOTS_BYTES_MAX).unwrap_or(bytes);
        let text = String::from_utf8_lossy(head);
        let mut groups: Vec<Group> = Vec::new();
        let mut rules = 0;
        // Consecutive user-agent lines head one group.
        let mut in_heading = false;
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let content = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = content.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !in_heading {
                    groups.push(Group::default());
                }
                in_heading = true;
                if let Some(group) = groups.last_mut() {
                    group.agents.push(product_token(value));
                }
                continue;
            }
            let known = matches!(key.as_str(), "allow" | "disallow" | "crawl-delay");
            let Some(group) = groups.last_mut().filter(|_| known) else {
                continue;
            };
            in_heading = false;
            if key == "crawl-delay" {
                group.crawl_delay = group.crawl_delay.or_else(|| parse_delay(value));
            } else if !value.is_empty() && value.len() <= PATTERN_BYTES_MAX && rules < RULES_MAX {
                rules += 1;
                group.rules.push(Rule {
                    allow: key == "allow",
                    pattern: uniform(value, true),
                });
            }
        }
        Self { closed: false, groups }
    }

    /// What the answer to a request for robots.txt means: a file is read, "there is none" (4xx) allows everything, a server
    /// in trouble or out of reach forbids everything until it can say. `None` if what was known still holds.
    pub fn from_fetched(fetched: &Fetched) -> Option<Self> {
        match fetched {
            Fetched::New(answer) => Some(Self::parse(&answer.bytes)),
            Fetched::NotModified { .. } => None,
            Fetched::Gone
            | Fetched::Failed {
                status: Some(400..=499),
                ..
            } => Some(Self::open()),
            Fetched::Wait { .. } | Fetched::Refused { .. } | Fetched::Failed { .. } => Some(Self::closed()),
        }
    }

    /// Whether `agent` (a product token, as in `docent`) may fetch an article page: by the groups that name it, else by those
    /// for everybody.
    pub fn allows(&self, agent: &str, link: &Link) -> bool {
        let path = path_of(link);
        !self.closed && (path == "/robots.txt" || permits(&self.groups_for(agent), &path))
    }

    /// Whether `agent` may fetch a feed that a person subscribed to: only groups that name it count, and a site that cannot
    /// say what it asks has not named it.
    pub fn allows_feed(&self, agent: &str, link: &Link) -> bool {
        permits(&self.groups_naming(agent), &path_of(link))
    }

    /// The pause between two requests that the site asks of `agent`, a day at most.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        self.groups_for(agent)
            .iter()
            .filter_map(|group| group.crawl_delay)
            .max()
    }

    fn groups_for(&self, agent: &str) -> Vec<&Group> {
        let own = self.groups_naming(agent);
        if own.is_empty() { self.groups_naming("*") } else { own }
    }

    fn groups_naming(&self, agent: &str) -> Vec<&Group> {
        let named = |group: &&Group| group.agents.iter().any(|own| own.eq_ignore_ascii_case(agent));
        self.groups.iter().filter(named).collect()
    }
}

/// The longest pattern that matches decides; between two of one length, the one that allows.
fn permits(groups: &[&Group], path: &str) -> bool {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let longest = rules
        .filter(|rule| matches(&rule.pattern, path))
        .max_by_key(|rule| (rule.pattern.len(), rule.allow));
    longest.is_none_or(|rule| rule.allow)
}

/// Whether `pattern` matches the beginning of `path`, or all of it where the pattern ends in `$`. Each stretch between
/// stars is looked for once, from left to right, so the work grows with the sum of the lengths.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = pattern.strip_suffix('$').map_or((pattern, false), |head| (head, true));
    let mut stretches = pattern.split('*');
    let Some(mut rest) = stretches.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let mut stretches: Vec<&str> = stretches.collect();
    let last = if whole { stretches.pop() } else { None };
    for stretch in stretches {
        let Some((_, after)) = rest.split_once(stretch) else {
            return false;
        };
        rest = after;
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => !whole || rest.is_empty(),
    }
}

fn path_of(link: &Link) -> String {
    let url = link.url();
    let path = uniform(url.path(), false);
    url.query()
        .map_or_else(|| path.clone(), |query| format!("{path}?{}", uniform(query, false)))
}

/// One spelling for each path: unreserved characters plain, everything beyond ASCII percent-encoded, hex digits upper case.
/// `*` and `$` are signs in a pattern and plain characters in a path, where they are therefore encoded.
fn uniform(text: &str, is_pattern: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let mut value = byte;
        let mut encoded = false;
        if let (b'%', Some(hex)) = (byte, after.get(..2).and_then(hex_value)) {
            value = hex;
            encoded = true;
            rest = after.get(2..).unwrap_or_default();
        }
        let unreserved = value.is_ascii_alphanumeric() || b"-._~".contains(&value);
        let sign = !is_pattern && (value == b'*' || value == b'$');
        let plain = unreserved || (!encoded && value.is_ascii_graphic() && !sign);
        if plain {
            out.push(char::from(value));
        } else {
            out.push('%');
            for digit in [value >> 4, value & 15] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

fn hex_value(digits: &[u8]) -> Option<u8> {
    let text = str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

/// `Docent/1.0 (…)` is `docent`; `*` stays.
fn product_token(value: &str) -> String {
    if value.starts_with('*') {
        return "*".to_owned();
    }
    value
        .chars()
        .take_while(|c| c.is_ascii_alphabetic() || *c == '-' || *c == '_')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn parse_delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|delay| delay.min(CRAWL_DELAY_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(path: &str) -> Link {
        Link::parse(&format!("https://example.org{path}")).unwrap()
    }

    #[test]
    fn the_longest_match_decides_and_allow_wins_ties() {
        for (rules, path, allowed) in [
            ("", "/a", true),
            ("Disallow: /", "/a", false),
            ("Disallow:", "/a", true),
            ("Disallow: /a", "/b", true),
            ("Disallow: /a", "/abc", false),
            ("Disallow: /a\nAllow: /a/b", "/a/b/c", true),
            ("Allow: /a/b\nDisallow: /a", "/a/c", false),
            ("Allow: /p\nDisallow: /p", "/p", true),
            ("Disallow: /p\nAllow: /p", "/p", true),
            ("Allow: /folder\nDisallow: /folder/page", "/folder/page", false),
            ("Allow: /$\nDisallow: /", "/", true),
            ("Allow: /$\nDisallow: /", "/page.htm", false),
            ("Disallow: /", "/robots.txt", true),
            ("disallow : /a # here", "/a", false),
        ] {
            let robots = Robots::parse(format!("User-agent: *\n{rules}\n").as_bytes());
            assert_eq!(robots.allows("docent", &link(path)), allowed, "{rules:?} {path}");
        }
    }

    #[test]
    fn stars_and_dollars_match_as_the_standard_says() {
        for (pattern, path, matched) in [
            ("/fish", "/fish", true),
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish.asp", false),
            ("/fish", "/catfish", false),
            ("/fish*", "/fishheads", true),
            ("/fish/", "/fish", false),
            ("/*.php", "/index.php?x=1", true),
            ("/*.php", "/", false),
            ("/*.php$", "/folder/filename.php", true),
            ("/*.php$", "/filename.php?p", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/fish*.php", "/fishheads/catfish.php?p", true),
            ("*", "/a", true),
            ("/a*b*c$", "/abbc", true),
            ("/a*b*c$", "/abcx", false),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("/a*$", "/ab", true),
            ("/search?q=", "/search?q=x", true),
        ] {
            assert_eq!(matches(pattern, path), matched, "{pattern} {path}");
        }
    }

    #[test]
    fn percent_encoding_is_made_uniform_before_comparing() {
        for (rule, path, allowed) in [
            ("/caf%c3%a9", "/café", false),
            ("/café", "/caf%C3%A9", false),
            ("/%61", "/a", false),
            ("/a%2Fb", "/a/b", true),
            ("/a%2fb", "/a%2Fb", false),
            ("/a%2Ab", "/a*b", false),
            ("/%zz", "/%zz", false),
        ] {
            let robots = Robots::parse(format!("User-agent: *\nDisallow: {rule}\n").as_bytes());
            assert_eq!(robots.allows("docent", &link(path)), allowed, "{rule} {path}");
        }
    }

    const GROUPS: &[u8] = b"\xef\xbb\xbfUser-agent: other\r\nUser-agent: Docent/2\r\nSitemap: https://example.org/s\r\nDisallow: /one\r\n\
        Crawl-delay: 2.5\r\n\r\nUser-agent: *\r\nDisallow: /\r\nCrawl-delay: 10\r\n\r\nuser-agent: docent\r\ndisallow: /two\r\n";

    #[test]
    fn all_groups_that_name_us_count_together_and_everybodys_then_does_not() {
        let robots = Robots::parse(GROUPS);
        for (agent, path, allowed) in [
            ("docent", "/one", false),
            ("docent", "/two", false),
            ("docent", "/three", true),
            ("other", "/one", false),
            ("other", "/two", true),
            ("third", "/three", false),
        ] {
            assert_eq!(robots.allows(agent, &link(path)), allowed, "{agent} {path}");
        }
    }

    #[test]
    fn a_feed_is_bound_only_by_a_group_that_names_us() {
        let robots = Robots::parse(GROUPS);
        assert!(!robots.allows_feed("docent", &link("/one")));
        assert!(robots.allows_feed("docent", &link("/feed")));
        assert!(robots.allows_feed("third", &link("/feed")));
        assert!(Robots::closed().allows_feed("docent", &link("/feed")));
    }

    #[test]
    fn the_crawl_delay_is_that_of_our_group() {
        let robots = Robots::parse(GROUPS);
        assert_eq!(robots.crawl_delay("docent"), Some(Duration::from_millis(2500)));
        assert_eq!(robots.crawl_delay("third"), Some(Duration::from_secs(10)));
        for (value, expected) in [
            ("-1", None),
            ("NaN", None),
            ("x", None),
            ("1e30", None),
            ("999999", Some(CRAWL_DELAY_MAX)),
        ] {
            let robots = Robots::parse(format!("User-agent: *\nCrawl-delay: {value}").as_bytes());
            assert_eq!(robots.crawl_delay("docent"), expected, "{value}");
        }
    }

    #[test]
    fn no_file_allows_and_a_server_in_trouble_forbids() {
        let failed = |status| Fetched::Failed {
            status,
            reason: "x".into(),
        };
        for (fetched, allowed) in [
            (failed(Some(404)), true),
            (failed(Some(401)), true),
            (failed(Some(403)), true),
            (Fetched::Gone, true),
            (failed(Some(500)), false),
            (failed(None), false),
            (
                Fetched::Wait {
                    status: 503,
                    at: link("/robots.txt"),
                    retry_after: None,
                    reason: "x".into(),
                },
                false,
            ),
            (Fetched::Refused { reason: "x".into() }, false),
        ] {
            let robots = Robots::from_fetched(&fetched).unwrap();
            assert_eq!(robots.allows("docent", &link("/a")), allowed, "{fetched:?}");
        }
    }

    #[test]
    fn hostile_files_cost_little() {
        let mut file = String::from("User-agent: *\n");
        for _ in 0..20_000 {
            file.push_str("Disallow: /*a*a*a*a*a*a*a*b\n");
        }
        file.push_str(&"x".repeat(2 << 20));
        let robots = Robots::parse(file.as_bytes());
        assert_eq!(
            robots.groups.iter().map(|group| group.rules.len()).sum::<usize>(),
            RULES_MAX
        );
        assert!(robots.allows("docent", &link(&format!("/{}", "a".repeat(4000)))));
    }
}
