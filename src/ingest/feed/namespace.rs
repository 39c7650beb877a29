//! Which vocabulary a name belongs to, however its namespace is spelt, bound, or forgotten.

/// Prefixes bound at one time; more are forgotten.
const BINDINGS_MAX: usize = 256;

/// A vocabulary that feeds use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// RSS of any version, RDF's own names, and names without a namespace.
    Rss,
    /// Atom 1.0 and 0.3.
    Atom,
    /// Dublin Core, elements and terms.
    Dublin,
    /// `content:encoded`.
    Content,
    /// Media RSS.
    Media,
    /// Podcasts.
    Itunes,
    /// How often a feed changes (`sy:`).
    Rhythm,
    /// HTML inside a feed.
    Html,
    /// Anything else.
    Other,
}

/// The usual prefixes; taken also where they are bound to nothing or to an address that nobody knows.
const PREFIXES: &[(&str, Space)] = &[
    ("rss", Space::Rss),
    ("rdf", Space::Rss),
    ("atom", Space::Atom),
    ("atom10", Space::Atom),
    ("a10", Space::Atom),
    ("dc", Space::Dublin),
    ("dcterms", Space::Dublin),
    ("dct", Space::Dublin),
    ("content", Space::Content),
    ("media", Space::Media),
    ("itunes", Space::Itunes),
    ("sy", Space::Rhythm),
    ("xhtml", Space::Html),
    ("html", Space::Html),
];

/// Addresses of vocabularies, in lower case, without scheme, `www.` and closing signs; the first that is a beginning wins.
const ADDRESSES: &[(&str, Space)] = &[
    ("w3.org/2005/atom", Space::Atom),
    ("purl.org/atom", Space::Atom),
    ("purl.org/echo", Space::Atom),
    ("purl.org/pie", Space::Atom),
    ("purl.org/net/rss1.1", Space::Rss),
    ("purl.org/rss/1.0/modules/content", Space::Content),
    ("purl.org/rss/1.0/modules/syndication", Space::Rhythm),
    ("purl.org/rss/1.0/modules", Space::Other),
    ("purl.org/rss", Space::Rss),
    ("purl.org/dc", Space::Dublin),
    ("backend.userland.com", Space::Rss),
    ("blogs.law.harvard.edu/tech/rss", Space::Rss),
    ("cyber.law.harvard.edu/rss", Space::Rss),
    ("my.netscape.com", Space::Rss),
    ("channel.netscape.com", Space::Rss),
    ("w3.org/1999/02/22-rdf-syntax-ns", Space::Rss),
    ("search.yahoo.com/mrss", Space::Media),
    ("search.yahoo.com/rss", Space::Media),
    ("itunes.com/dtds/podcast", Space::Itunes),
    ("itunes.apple.com/dtds/podcast", Space::Itunes),
    ("w3.org/1999/xhtml", Space::Html),
];

/// The bindings in force, innermost last.
#[derive(Debug)]
pub struct Bindings<'a> {
    bound: Vec<(&'a str, Space)>,
    /// What a name without prefix belongs to where nothing is said.
    unprefixed: Space,
}

impl<'a> Bindings<'a> {
    /// Begins with nothing bound; names without prefix belong to `unprefixed`.
    pub fn new(unprefixed: Space) -> Self {
        Self {
            bound: Vec::new(),
            unprefixed,
        }
    }

    /// How many are in force, for [`Bindings::forget`].
    pub fn len(&self) -> usize {
        self.bound.len()
    }

    /// Forgets all but the outermost `len`.
    pub fn forget(&mut self, len: usize) {
        self.bound.truncate(len);
    }

    /// Binds what an attribute binds, if it does; a default namespace counts only `inside` the root.
    pub fn bind(&mut self, attribute: &'a str, address: &str, inside: bool) {
        if self.bound.len() >= BINDINGS_MAX {
            return;
        }
        if let Some(prefix) = attribute.strip_prefix("xmlns:") {
            self.bound
                .push((prefix, by_address(address).unwrap_or_else(|| by_prefix(prefix))));
        } else if attribute == "xmlns" && inside {
            self.bound.push(("", by_address(address).unwrap_or(Space::Other)));
        }
    }

    /// The vocabulary of a name with its prefix, and the name without it.
    pub fn resolve(&self, name: &'a str) -> (Space, &'a str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bound.iter().rev().find(|(known, _)| *known == prefix);
        let space = match bound {
            Some((_, space)) => *space,
            None if prefix.is_empty() => self.unprefixed,
            None => by_prefix(prefix),
        };
        (space, local)
    }
}

fn by_prefix(prefix: &str) -> Space {
    let known = PREFIXES.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix));
    known.map_or(Space::Other, |(_, space)| *space)
}

fn by_address(address: &str) -> Option<Space> {
    let address = address.trim().to_ascii_lowercase();
    let bare = address
        .trim_start_matches("http://")
        .trim_start_matches("https://")
        .trim_start_matches("www.");
    ADDRESSES
        .iter()
        .find(|(known, _)| bare.starts_with(known))
        .map(|(_, space)| *space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_known_however_it_is_spelt() {
        for (attribute, address, name, expected) in [
            ("xmlns:x", "http://purl.org/dc/elements/1.1/", "x:date", Space::Dublin),
            (
                "xmlns:itunes",
                "HTTP://www.iTunes.com/DTDs/Podcast-1.0.dtd",
                "itunes:author",
                Space::Itunes,
            ),
            ("xmlns:dc", "http://nowhere.example/", "dc:date", Space::Dublin),
            ("xmlns:a", "https://www.w3.org/2005/Atom", "a:link", Space::Atom),
            ("xmlns", "http://www.w3.org/1999/xhtml", "div", Space::Html),
            ("xmlns:y", "http://nowhere.example/", "media:title", Space::Media),
            ("xmlns:y", "http://nowhere.example/", "title", Space::Rss),
            ("xmlns:y", "http://nowhere.example/", "y:title", Space::Other),
        ] {
            let mut bindings = Bindings::new(Space::Rss);
            bindings.bind(attribute, address, true);
            assert_eq!(bindings.resolve(name).0, expected, "{attribute} {name}");
        }
    }
}
