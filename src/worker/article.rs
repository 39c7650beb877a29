//! An entry and the page behind it, put together into an article.

use std::time::Duration;

use super::robots::{AGENT, robots};
use super::{Tools, elsewhere};
use crate::domain::article::{Extract, PageState, Written};
use crate::domain::cadence;
use crate::domain::entry::Found;
use crate::domain::fingerprint::Features;
use crate::domain::link::Link;
use crate::domain::source::{Declared, SourceKind};
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::ingest::clean;
use crate::ingest::extract::{self, OwnedHints, OwnedPage};
use crate::ingest::fetch::{Answer, Fetched, Request, Want};
use crate::store::articles::RawPage;

/// How often a page is asked for before it is given up.
pub const PAGE_TRIES_MAX: u32 = 4;
/// An article page with fewer words than this, and fewer than its entry, tells less than the entry does.
const PAGE_WORDS_MIN: u32 = 25;
/// Dates before this are what servers write that do not know: the beginning of 1970, give or take a zone.
const DATE_BEFORE_THE_WEB: Timestamp = Timestamp::from_millis(2 * 24 * 60 * 60 * 1000);
/// How hard raw pages are pressed: zstd's own default.
const ZSTD_LEVEL: i32 = 3;

/// Why a page is not read that its site's robots.txt names.
const FORBIDDEN: &str = "its site asks robots not to read it";

/// What came of looking at the page behind an entry.
pub enum Page {
    /// It was read.
    Read(Box<Seen>),
    /// It was not.
    Not {
        /// Whether it is asked for again.
        state: PageState,
        /// Why not; none where it was not wanted.
        reason: Option<String>,
        /// Where the request ended, if redirects led elsewhere.
        link: Option<Link>,
    },
}

/// A page that was read.
pub struct Seen {
    /// What it tells.
    extract: Extract,
    /// The page of another site that it is a copy of, where that was checked.
    original: Option<Link>,
    /// As it came, and from where in the end.
    raw: RawPage,
}

impl Page {
    /// Whether it was not asked for at all, and is still wanted.
    pub const fn is_left_for_later(&self) -> bool {
        matches!(
            self,
            Self::Not {
                state: PageState::Due,
                reason: None,
                ..
            }
        )
    }
}

/// Fetches and reads the page behind `found`, if its source wants that and its site allows it.
pub async fn page(tools: &Tools, source: &Declared, found: &Found, tries: u32, waited: &mut Duration) -> Page {
    let Some(link) = wanted(source, found) else {
        return unwanted();
    };
    let now = tools.now();
    if held(tools, link.host(), now).await {
        return later(source, found);
    }
    let robots = robots(tools, link, waited).await;
    if robots.is_closed() {
        return later(source, found);
    }
    if !robots.allows(AGENT, link) {
        return not(PageState::Refused, FORBIDDEN);
    }
    let request = Request {
        link,
        want: Want::Page,
        validators: None,
        credentials: None,
    };
    let visit = tools.fetcher.get(request, now).await;
    *waited += visit.waited;
    match visit.fetched {
        Fetched::New(answer) if !may_be_read(tools, link, &answer.link, waited).await => {
            not(PageState::Refused, FORBIDDEN)
        }
        Fetched::New(answer) => read(tools, source, found, *answer, waited).await,
        Fetched::Gone => not(PageState::Gone, "gone for good"),
        Fetched::Refused { reason } => not(PageState::Refused, &reason),
        Fetched::Failed {
            status: Some(400..=499),
            reason,
        } => not(PageState::Failed, &reason),
        Fetched::NotModified { .. } => not(PageState::Failed, "answered that nothing changed, to a first request"),
        Fetched::Wait {
            status,
            at,
            retry_after,
            reason,
        } if status == 429 || retry_after.is_some() => {
            let until = now.plus(retry_after.unwrap_or(cadence::REFUSED_WAIT));
            hold(tools, link.host(), until).await;
            if at.host() != link.host() {
                hold(tools, at.host(), until).await;
            }
            not(PageState::Due, &reason)
        }
        Fetched::Wait { reason, .. } | Fetched::Failed { reason, .. } => {
            let again = tries + 1 < PAGE_TRIES_MAX;
            not(if again { PageState::Due } else { PageState::Failed }, &reason)
        }
    }
}

/// No page is wanted.
pub const fn unwanted() -> Page {
    Page::Not {
        state: PageState::None,
        reason: None,
        link: None,
    }
}

/// The page is wanted, but not with this poll.
pub fn later(source: &Declared, found: &Found) -> Page {
    let state = if wanted(source, found).is_some() {
        PageState::Due
    } else {
        PageState::None
    };
    Page::Not {
        state,
        reason: None,
        link: None,
    }
}

/// Reads a page again that was kept as it came.
///
/// `known` is its address so far: where the page still claims that one, it was checked when the page was fetched.
pub async fn read_again(
    tools: &Tools,
    source: &Declared,
    found: &Found,
    known: Option<Link>,
    raw: RawPage,
) -> anyhow::Result<Page> {
    let bytes = zstd::decode_all(raw.body.as_slice())?;
    let page = OwnedPage {
        bytes,
        content_type: raw.content_type.clone(),
        link: raw.link.clone(),
    };
    let extract = tools.extractors.run(page, hints(source, found)).await;
    let claimed = extract.canonical.as_ref().map(Link::canonical);
    Ok(Page::Read(Box::new(Seen {
        extract,
        original: known.filter(|known| claimed.as_ref() == Some(known)),
        raw,
    })))
}

/// The article that `found` and its page make together.
pub fn written(source: &Declared, found: &Found, page: Page, tries: u32) -> (Written, Option<RawPage>) {
    match page {
        Page::Read(seen) => {
            let Seen { extract, original, raw } = *seen;
            let entry_words = word_count(&clean::text(found.content.as_str()));
            if extract.words < PAGE_WORDS_MIN && extract.words < entry_words {
                let state = (PageState::Failed, Some("the page tells less than the entry".to_owned()));
                return (from_entry(source, found, state, tries, Some(&raw.link)), Some(raw));
            }
            let link = original.unwrap_or_else(|| extract::canonical(&raw.link, extract.canonical.as_ref()));
            (from_page(source, found, extract, link, tries), Some(raw))
        }
        Page::Not { state, reason, link } => {
            let failed = u32::from(reason.is_some());
            (
                from_entry(source, found, (state, reason), tries + failed, link.as_ref()),
                None,
            )
        }
    }
}

/// Whether the site where a request ended allows what came of it, if redirects led to another site than was asked.
pub(super) async fn may_be_read(tools: &Tools, asked: &Link, landed: &Link, waited: &mut Duration) -> bool {
    asked.origin() == landed.origin() || robots(tools, landed, waited).await.allows(AGENT, landed)
}

/// Whether the host's server asked to be left alone. If the store cannot say, the page waits too.
pub(super) async fn held(tools: &Tools, host: &str, now: Timestamp) -> bool {
    match tools.store.held_until(host).await {
        Ok(until) => until.is_some_and(|until| until > now),
        Err(_) => true,
    }
}

/// Leaves a host alone until then.
pub(super) async fn hold(tools: &Tools, host: &str, until: Timestamp) {
    if let Err(error) = tools.store.hold_host(host, until).await {
        tracing::error!(host, %error, "a host that asked to be left alone could not be noted");
    }
}

/// Where the page is, if it is wanted: a site's front page is no article.
fn wanted<'a>(source: &Declared, found: &'a Found) -> Option<&'a Link> {
    found
        .link
        .as_ref()
        .filter(|link| source.rules.articles && !link.is_front_page())
}

async fn read(tools: &Tools, source: &Declared, found: &Found, answer: Answer, waited: &mut Duration) -> Page {
    if let Some(kind) = answer.content_type.as_deref().filter(|kind| !is_page(kind)) {
        let kind: String = kind.chars().take(60).filter(|c| !c.is_control()).collect();
        return Page::Not {
            state: PageState::Failed,
            reason: Some(format!("no page of text but {kind}")),
            link: Some(answer.link),
        };
    }
    let body = zstd::encode_all(answer.bytes.as_slice(), ZSTD_LEVEL).unwrap_or_default();
    let raw = RawPage {
        link: answer.link.clone(),
        content_type: answer.content_type.clone(),
        body,
    };
    let page = OwnedPage {
        bytes: answer.bytes,
        content_type: answer.content_type,
        link: answer.link,
    };
    let extract = tools.extractors.run(page, hints(source, found)).await;
    let original = elsewhere::original(tools, &extract, &raw.link, waited).await;
    Page::Read(Box::new(Seen { extract, original, raw }))
}

fn hints(source: &Declared, found: &Found) -> OwnedHints {
    OwnedHints {
        language: found.language.clone().or_else(|| source.language.clone()),
        title: Some(found.title.clone()).filter(|title| !title.is_empty()),
        content: Some(found.content.clone()).filter(|content| !content.is_empty()),
        keep: source.rules.keep.clone(),
        drop: source.rules.drop.clone(),
    }
}

fn from_page(source: &Declared, found: &Found, extract: Extract, canonical: Link, tries: u32) -> Written {
    let title = if found.title.is_empty() {
        extract.title
    } else {
        found.title.clone()
    };
    let title = titled(title, source, found);
    let published = dated(found).or_else(|| extract.published.map(|(at, from)| (at, from.as_str())));
    let language = extract.language.map(|(language, from)| (language, from.as_str()));
    let features = features(
        &title,
        &extract.text,
        language.as_ref().map(|(l, _)| l),
        published,
        Some(&canonical),
    );
    Written {
        link: Some(canonical),
        title,
        byline: found.author.clone().or(extract.byline),
        site_name: extract.site_name.or_else(|| outlet(source, found)),
        published,
        updated: found.updated.or(extract.updated),
        language,
        image: extract.image.or_else(|| found.image.clone()),
        excerpt: extract.excerpt,
        text: extract.text,
        html: extract.html,
        words: extract.words,
        agreement: extract.agreement,
        paywalled: extract.paywalled,
        page: PageState::Done,
        page_tries: tries,
        page_reason: None,
        features,
    }
}

fn from_entry(
    source: &Declared,
    found: &Found,
    (state, reason): (PageState, Option<String>),
    tries: u32,
    seen_at: Option<&Link>,
) -> Written {
    let long = clean::text(found.content.as_str());
    let text = if long.is_empty() { found.summary.clone() } else { long };
    let title = if found.title.is_empty() {
        extract::excerpt(&text)
    } else {
        found.title.clone()
    };
    let title = titled(title, source, found);
    let declared = found.language.as_ref().or(source.language.as_ref());
    let language = extract::language_of(&title, &text, declared).map(|(language, from)| (language, from.as_str()));
    let published = dated(found);
    let link = seen_at.or(found.link.as_ref()).map(Link::canonical);
    let features = features(
        &title,
        &text,
        language.as_ref().map(|(l, _)| l),
        published,
        link.as_ref(),
    );
    Written {
        link,
        title,
        byline: found.author.clone(),
        site_name: outlet(source, found),
        published,
        updated: found.updated,
        language,
        image: found.image.clone(),
        excerpt: extract::excerpt(&text),
        words: word_count(&text),
        text,
        html: found.content.clone(),
        agreement: None,
        paywalled: false,
        page: state,
        page_tries: tries,
        page_reason: reason,
        features,
    }
}

/// What an article is called that a person named by its address only, as long as nothing better is known.
fn titled(title: String, source: &Declared, found: &Found) -> String {
    match &found.link {
        Some(link) if source.kind == SourceKind::Tip && title.is_empty() => link.to_string(),
        _ => title,
    }
}

/// Who published it, where the page does not say.
fn outlet(source: &Declared, found: &Found) -> Option<String> {
    match source.kind {
        SourceKind::Tip => found.link.as_ref().map(|link| link.host().to_owned()),
        _ => Some(source.name.clone()),
    }
}

/// The entry's own date, unless it is what servers write that do not know one.
fn dated(found: &Found) -> Option<(Timestamp, &'static str)> {
    found
        .published
        .or(found.updated)
        .filter(|at| *at > DATE_BEFORE_THE_WEB)
        .map(|at| (at, "feed"))
}

fn features(
    title: &str,
    text: &str,
    language: Option<&Language>,
    published: Option<(Timestamp, &'static str)>,
    link: Option<&Link>,
) -> Features {
    Features::of(title, text, language, published.map(|(at, _)| at), link)
}

/// The page was not read.
pub fn not(state: PageState, reason: &str) -> Page {
    Page::Not {
        state,
        reason: Some(reason.to_owned()),
        link: None,
    }
}

pub(super) fn is_page(content_type: &str) -> bool {
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.is_empty()
        || matches!(
            kind.as_str(),
            "text/html" | "application/xhtml+xml" | "text/plain" | "application/xml" | "text/xml"
        )
}

fn word_count(text: &str) -> u32 {
    u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
}
