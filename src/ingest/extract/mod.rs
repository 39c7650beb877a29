//! An article page into its parts: headline, author, dates, language, picture, text.
//!
//! Several extractors read the page, and its blocks are kept by vote ([`vote`], [`choose`]); what is kept is written from
//! the page's own tree, so that links, lists and pictures stay ([`assemble`]). Everything passes the fence before it meets
//! a tree and the cleaner before it leaves. Pure: no network, no clock. Time is limited by the [`Pool`], which gives each
//! page a thread with a deep stack.

mod assemble;
mod blocks;
mod canonical;
mod choose;
mod date;
mod excerpt;
mod language;
mod metadata;
mod pool;
mod title;
mod vote;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ego_tree::NodeId;
use scraper::{Html, Selector};

use self::blocks::{Block, blocks_of};
use self::choose::{Choice, choose};
use self::metadata::Metadata;
use self::vote::{Voter, words_of};
use super::{charset, clean, fence};
use crate::domain::article::{Extract, Outcome};
use crate::domain::entry::Picture;
use crate::domain::link::Link;
use crate::domain::text::{CleanHtml, Language};

pub use self::canonical::canonical;
pub use self::excerpt::excerpt;
pub use self::language::language_of;
pub use self::pool::{OwnedHints, OwnedPage, Pool};

/// A third extractor is asked where the first two agree on less than this.
const AGREEMENT_ENOUGH: f64 = 0.8;
/// How many extractors must have taken a block.
const VOTES_NEEDED: usize = 2;
/// A text that the publisher gives elsewhere (in the feed, in JSON-LD) is the whole article, and has a vote, if it has so
/// many words,
const WHOLE_WORDS_MIN: usize = 50;
/// and at least this share of what the first extractor took.
const WHOLE_SHARE_MIN: f64 = 0.5;
/// With fewer words than this the vote has failed, and the first extractor that took something is believed.
const WORDS_MIN: usize = 8;
/// The most selectors of a source that are obeyed.
const SELECTORS_MAX: usize = 50;
/// The longest selector obeyed, in bytes.
const SELECTOR_BYTES_MAX: usize = 500;

/// A page as it was fetched.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Its body.
    pub bytes: &'a [u8],
    /// The `Content-Type` it came with.
    pub content_type: Option<&'a str>,
    /// The final address, after redirects.
    pub link: &'a Link,
}

/// What is known of the article before its page is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The language that the source declares.
    pub language: Option<&'a Language>,
    /// The entry's title.
    pub title: Option<&'a str>,
    /// The entry's own text in the feed; if it is the whole article it has a vote.
    pub content: Option<&'a CleanHtml>,
    /// The source's CSS selectors of what to keep; if one matches, nothing else is taken. Those that are not valid are
    /// passed over.
    pub keep: &'a [String],
    /// The source's CSS selectors of what to remove.
    pub drop: &'a [String],
}

/// Extracts the article. Never fails: what cannot be found is empty, and [`Extract::outcome`] says how far it came.
///
/// Wants a stack of 16 MiB, which the threads of a [`Pool`] have.
pub fn extract(page: &Page<'_>, hints: &Hints<'_>) -> Extract {
    extract_in_steps(page, hints, |_| {})
}

/// As [`extract`]; tells what the metadata alone give, as soon as they are read, to `early`.
fn extract_in_steps(page: &Page<'_>, hints: &Hints<'_>, early: impl FnOnce(&Extract)) -> Extract {
    let fenced = fence::page(&charset::decode(page.bytes, page.content_type, page.link));
    let mut tree = Html::parse_document(&fenced.html);
    let metadata = Metadata::of(&tree);
    let base = base_of(&tree, page.link);
    let mut extract = described(&tree, &metadata, page.link, &base, hints);
    if fenced.crowded {
        extract.outcome = Outcome::TooLarge;
        return extract;
    }
    early(&extract);
    let dropped = drop_selected(&mut tree, hints.drop);
    let html = if dropped { tree.html() } else { fenced.html };
    let body = catch_unwind(AssertUnwindSafe(|| {
        read_body(&tree, &html, &metadata, &base, hints, &extract.title)
    }));
    let Ok(body) = body else {
        extract.outcome = Outcome::Failed;
        return extract;
    };
    extract.html = clean::html(&body.html, &base);
    extract.words = u32::try_from(words_of(&body.text).len()).unwrap_or(u32::MAX);
    extract.agreement = body.agreement;
    extract.byline = extract.byline.or(body.byline);
    if !body.text.is_empty() {
        extract.excerpt = excerpt(&body.text);
    }
    let declared = metadata.language();
    extract.language = language_of(&extract.title, &body.text, declared.as_ref().or(hints.language));
    extract.image = extract.image.or_else(|| first_picture(&extract.html));
    extract.text = body.text;
    extract
}

/// What the metadata alone tell.
fn described(tree: &Html, metadata: &Metadata, link: &Link, base: &Link, hints: &Hints<'_>) -> Extract {
    let title = title::title_of(tree, metadata, hints.title);
    let description = metadata.description().unwrap_or_default();
    let declared = metadata.language();
    Extract {
        byline: metadata.byline(),
        published: date::published(tree, metadata, link),
        updated: date::updated(metadata),
        site_name: metadata.site_name(),
        language: language_of(&title, &description, declared.as_ref().or(hints.language)),
        canonical: metadata.canonical(base),
        image: metadata.image(base),
        excerpt: excerpt(&description),
        paywalled: metadata.is_paywalled(),
        title,
        ..Extract::default()
    }
}

/// The article's text, as several extractors see it.
struct Body {
    text: String,
    html: String,
    byline: Option<String>,
    agreement: Option<f64>,
}

fn read_body(tree: &Html, html: &str, metadata: &Metadata, base: &Link, hints: &Hints<'_>, title: &str) -> Body {
    let blocks = blocks_of(tree);
    if let Some(kept) = selected(tree, &blocks, hints.keep) {
        let choice = Choice {
            kept,
            home: tree.tree.root().id(),
        };
        return Body::of(tree, &blocks, &choice, None, None);
    }
    let smoothie = by_smoothie(html, base);
    let trafilatura = by_trafilatura(html);
    let byline = smoothie.byline.or(trafilatura.byline);
    let mut voters = vec![
        Voter::of(&smoothie.text, &blocks),
        Voter::of(&trafilatura.text, &blocks),
    ];
    let agreement = match voters.as_slice() {
        [first, second] if first.count + second.count > 0 => Some(first.agreement(second)),
        _ => None,
    };
    let first_words = voters.first().map_or(0, |voter| voter.count);
    let whole = [
        hints.content.map(|content| clean::text(content.as_str())),
        metadata.body(),
    ];
    for text in whole.into_iter().flatten() {
        let voter = Voter::of(&text, &blocks);
        if voter.count >= WHOLE_WORDS_MIN && blocks::ratio(voter.count, first_words) >= WHOLE_SHARE_MIN {
            voters.push(voter);
        }
    }
    if voters.len() == VOTES_NEEDED && agreement.is_none_or(|agreement| agreement < AGREEMENT_ENOUGH) {
        voters.push(Voter::of(&by_rs_trafilatura(html), &blocks));
    }
    let titles: Vec<Vec<u64>> = title::names_of(metadata, hints.title)
        .iter()
        .map(String::as_str)
        .chain([title, smoothie.title.as_str()])
        .map(words_of)
        .filter(|words| !words.is_empty())
        .collect();
    let all: Vec<&Voter> = voters.iter().collect();
    let mut choice = choose(tree, &blocks, &all, VOTES_NEEDED, &titles);
    if choice.words(&blocks) < WORDS_MIN {
        let alone = all.iter().map(|voter| choose(tree, &blocks, &[*voter], 1, &titles));
        choice = alone
            .into_iter()
            .find(|alone| alone.words(&blocks) >= WORDS_MIN)
            .unwrap_or(choice);
    }
    Body::of(tree, &blocks, &choice, byline, agreement)
}

impl Body {
    fn of(tree: &Html, blocks: &[Block], choice: &Choice, byline: Option<String>, agreement: Option<f64>) -> Self {
        Self {
            text: assemble::text_of(blocks, &choice.kept),
            html: assemble::html_of(tree, blocks, choice),
            byline,
            agreement,
        }
    }
}

/// What an extractor took.
#[derive(Default)]
struct Taken {
    text: String,
    title: String,
    byline: Option<String>,
}

fn by_smoothie(html: &str, base: &Link) -> Taken {
    let taken = guarded(|| {
        let article = dom_smoothie::Readability::new(html, Some(base.as_str()), None)
            .ok()?
            .parse()
            .ok()?;
        Some(Taken {
            text: clean::text(&article.content),
            title: article.title,
            byline: article.byline.as_deref().and_then(metadata::name),
        })
    });
    taken.unwrap_or_default()
}

fn by_trafilatura(html: &str) -> Taken {
    let taken = guarded(|| {
        let options = trafilatura::Options::default()
            .with_fallback(true)
            .with_exclude_comments(true);
        let article = trafilatura::extract(html, &options).ok()?;
        Some(Taken {
            text: clean::text(&article.content_html),
            title: String::new(),
            byline: metadata::name(&article.metadata.author),
        })
    });
    taken.unwrap_or_default()
}

fn by_rs_trafilatura(html: &str) -> String {
    let taken = guarded(|| {
        let article = rs_trafilatura::extract_with_options(html, &rs_trafilatura::Options::default()).ok()?;
        Some(clean::text(&article.content_html?))
    });
    taken.unwrap_or_default()
}

/// What `extractor` gives; nothing if it breaks.
fn guarded<T>(extractor: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(extractor)).ok().flatten()
}

/// The address that relative ones on the page are relative to.
fn base_of(tree: &Html, link: &Link) -> Link {
    let Ok(selector) = Selector::parse("base[href]") else {
        return link.clone();
    };
    let named = tree
        .select(&selector)
        .next()
        .and_then(|base| link.join(base.attr("href")?));
    named.unwrap_or_else(|| link.clone())
}

/// The selectors of a source that can be obeyed.
fn valid(selectors: &[String]) -> impl Iterator<Item = Selector> {
    selectors
        .iter()
        .filter(|selector| selector.len() <= SELECTOR_BYTES_MAX)
        .filter_map(|selector| Selector::parse(selector).ok())
        .take(SELECTORS_MAX)
}

/// Takes out of the tree what the source says is no part of its articles. Whether there was anything.
fn drop_selected(tree: &mut Html, selectors: &[String]) -> bool {
    let found: Vec<NodeId> = valid(selectors)
        .flat_map(|selector| tree.select(&selector).map(|element| element.id()).collect::<Vec<_>>())
        .collect();
    for id in &found {
        if let Some(mut node) = tree.tree.get_mut(*id) {
            node.detach();
        }
    }
    !found.is_empty()
}

/// The blocks that the source says are its articles. `None` if no selector finds any.
fn selected(tree: &Html, blocks: &[Block], selectors: &[String]) -> Option<Vec<bool>> {
    let roots: std::collections::HashSet<NodeId> = valid(selectors)
        .flat_map(|selector| tree.select(&selector).map(|element| element.id()).collect::<Vec<_>>())
        .collect();
    let inside = |block: &Block| {
        tree.tree
            .get(block.holder)
            .is_some_and(|node| blocks::around(node).any(|(id, _)| roots.contains(&id)))
    };
    let kept: Vec<bool> = blocks.iter().map(inside).collect();
    kept.contains(&true).then_some(kept)
}

/// The first picture in the text.
fn first_picture(html: &CleanHtml) -> Option<Picture> {
    let at = html.as_str().find("<img ")?;
    let super::tags::Token::Start(tag) = super::tags::Tokens::of(html.as_str().get(at..)?).next()? else {
        return None;
    };
    let link = Link::parse(&clean::text(tag.attribute("src")?))?;
    Some(Picture {
        link,
        alt: tag.attribute("alt").map(clean::text).unwrap_or_default(),
    })
}
