//! From any address to a source: every candidate is tried, and what was tried is told.

use super::Tools;
use super::reading::read;
use crate::domain::entry::Found;
use crate::domain::link::Link;
use crate::domain::poll::Outcome;
use crate::domain::source::{Declared, Rules, Slug, SourceKind};
use crate::ingest::discover::{Candidate, Nature, candidates, suggest_selectors};
use crate::ingest::fetch::{Answer, Fetched, Request, Want};

/// What came of looking for a source behind an address.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Every address that was tried, in order, and what came of it in words.
    pub tried: Vec<(Link, String)>,
    /// The first that lists entries.
    pub found: Option<Proposal>,
}

/// A source as it could be added, and what it lists now.
#[derive(Debug)]
pub struct Proposal {
    /// The source.
    pub declared: Declared,
    /// Its entries, as listed.
    pub entries: Vec<Found>,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// Looks for a source behind `link`: a feed, a page that names one, a page or sitemap that lists articles itself.
pub async fn discover(tools: &Tools, link: &Link, taken: impl Fn(&Slug) -> bool) -> Discovery {
    let mut discovery = Discovery::default();
    let first = match fetch(tools, link).await {
        Fetched::New(answer) => answer,
        Fetched::Refused { reason } | Fetched::Failed { reason, .. } | Fetched::Wait { reason, .. } => {
            discovery.tried.push((link.clone(), reason));
            return discovery;
        }
        Fetched::Gone | Fetched::NotModified { .. } => {
            discovery.tried.push((link.clone(), "gone for good".to_owned()));
            return discovery;
        }
    };
    let home = (link.url().path() == "/").then(|| first.link.clone());
    for candidate in candidates(&first.bytes, first.content_type.as_deref(), &first.link) {
        let proposal = attempt(tools, &candidate, &first, &taken).await;
        match proposal {
            Ok(mut proposal) => {
                let count = proposal.entries.len();
                discovery.tried.push((candidate.link, format!("lists {count} entries")));
                proposal.declared.home = proposal.declared.home.or(home);
                discovery.found = Some(proposal);
                return discovery;
            }
            Err(reason) => discovery.tried.push((candidate.link, reason)),
        }
    }
    match from_page(&first, &taken) {
        Some(proposal) => {
            discovery.tried.push((
                first.link.clone(),
                "has no feed, but lists articles in a repeated form".to_owned(),
            ));
            discovery.found = Some(proposal);
        }
        None => discovery.tried.push((
            first.link.clone(),
            "no list of articles was recognised on the page".to_owned(),
        )),
    }
    discovery
}

/// Reads a source as declared, once, storing nothing.
pub async fn preview(tools: &Tools, declared: &Declared) -> Result<Proposal, String> {
    let want = if declared.kind == SourceKind::Page {
        Want::Page
    } else {
        Want::Feed
    };
    let request = Request {
        link: &declared.link,
        want,
        validators: None,
        credentials: None,
    };
    let fetched = tools.fetcher.get(request, tools.now()).await.fetched;
    propose(declared.clone(), fetched)
}

async fn attempt(
    tools: &Tools,
    candidate: &Candidate,
    first: &Answer,
    taken: &impl Fn(&Slug) -> bool,
) -> Result<Proposal, String> {
    let kind = match candidate.nature {
        Nature::Feed => SourceKind::Feed,
        Nature::Sitemap => SourceKind::Sitemap,
        Nature::Opml => return Err("a list of feeds: take it in with `docent source import`".to_owned()),
        Nature::Page | Nature::Other => return Err("neither a feed nor a sitemap".to_owned()),
    };
    let fetched = if candidate.link == first.link {
        Fetched::New(Box::new(first.clone()))
    } else {
        fetch(tools, &candidate.link).await
    };
    let slug = Slug::free(candidate.link.host(), &candidate.link, taken).ok_or("no id could be made for it")?;
    let declared = Declared::new(slug, candidate.title.clone(), kind, candidate.link.clone());
    let mut proposal = propose(declared, fetched)?;
    if proposal.declared.name.is_empty() {
        candidate.link.host().clone_into(&mut proposal.declared.name);
    }
    let named = Slug::free(&proposal.declared.name, &candidate.link, taken);
    proposal.declared.slug = named.unwrap_or(proposal.declared.slug);
    Ok(proposal)
}

/// What `fetched` lists if it is read as `declared`; what the document says of itself fills what was not declared.
fn propose(mut declared: Declared, fetched: Fetched) -> Result<Proposal, String> {
    let reading = read(&declared, 0, fetched);
    if !reading.outcome.is_success() {
        return Err(reading.reason.unwrap_or_else(|| "could not be read".to_owned()));
    }
    if reading.outcome == Outcome::EmptyOk {
        return Err("lists nothing".to_owned());
    }
    if declared.name.is_empty() {
        declared.name = reading.title;
    }
    declared.language = declared.language.or(reading.language);
    declared.home = declared.home.or(reading.home);
    Ok(Proposal {
        declared,
        entries: reading.entries,
        warnings: reading.warnings,
    })
}

/// A page without any feed that lists articles in a form that repeats.
fn from_page(page: &Answer, taken: &impl Fn(&Slug) -> bool) -> Option<Proposal> {
    let selectors = suggest_selectors(&page.bytes, page.content_type.as_deref(), &page.link)?;
    let slug = Slug::free(page.link.host(), &page.link, taken)?;
    let name = page.link.host().to_owned();
    let mut declared = Declared::new(slug, name, SourceKind::Page, page.link.clone());
    declared.rules = Rules {
        selectors: Some(selectors),
        ..Rules::default()
    };
    propose(declared, Fetched::New(Box::new(page.clone()))).ok()
}

async fn fetch(tools: &Tools, link: &Link) -> Fetched {
    let request = Request {
        link,
        want: Want::Page,
        validators: None,
        credentials: None,
    };
    tools.fetcher.get(request, tools.now()).await.fetched
}
