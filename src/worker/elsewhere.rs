//! A page that says it is a copy of another site's page. Any page can say so; it is believed once that page is seen to
//! tell the same, and to call itself by that address.

use std::time::Duration;

use super::Tools;
use super::article::{held, is_page, may_be_read};
use super::robots::{AGENT, robots};
use crate::domain::article::Extract;
use crate::domain::fingerprint::Features;
use crate::domain::link::Link;
use crate::domain::recognise::Alias;
use crate::ingest::extract::{OwnedHints, OwnedPage, canonical};
use crate::ingest::fetch::{Fetched, Request, Want};

/// Part of their wording that the two have to share.
const WORDING_SHARED_MIN: f32 = 0.85;
/// With fewer words there is too little to compare.
const WORDS_MIN: u32 = 40;

/// The address on another site that the page `extract`, read at `landed`, is a copy of. That page is compared as it is known
/// already, and is fetched only if it is not known.
pub async fn original(tools: &Tools, extract: &Extract, landed: &Link, waited: &mut Duration) -> Option<Link> {
    let claimed = extract.canonical.as_ref().map(Link::canonical)?;
    let believed_anyhow = canonical(landed, Some(&claimed)) == claimed;
    if believed_anyhow || claimed.is_front_page() || extract.words < WORDS_MIN {
        return None;
    }
    let here = features(extract, landed);
    let name = Alias::Link(claimed.identity()).to_text();
    let known = tools.store.reading_of(&name).await.ok().flatten();
    let alike = match known {
        Some((link, there)) if link == claimed && tells_the_same(&here, &there) => true,
        _ => {
            let there = fetched(tools, &claimed, waited).await?;
            tells_the_same(&here, &there)
        }
    };
    alike.then_some(claimed)
}

/// What the page at `claimed` reads like, if it may be read and calls itself so.
async fn fetched(tools: &Tools, claimed: &Link, waited: &mut Duration) -> Option<Features> {
    let now = tools.now();
    if held(tools, claimed.host(), now).await || !robots(tools, claimed, waited).await.allows(AGENT, claimed) {
        return None;
    }
    let request = Request {
        link: claimed,
        want: Want::Page,
        validators: None,
        credentials: None,
    };
    let visit = tools.fetcher.get(request, now).await;
    *waited += visit.waited;
    let Fetched::New(answer) = visit.fetched else {
        return None;
    };
    let is_page = answer.content_type.as_deref().is_none_or(is_page);
    if !is_page || !may_be_read(tools, claimed, &answer.link, waited).await {
        return None;
    }
    let landed = answer.link.clone();
    let page = OwnedPage {
        bytes: answer.bytes,
        content_type: answer.content_type,
        link: answer.link,
    };
    let extract = tools.extractors.run(page, OwnedHints::default()).await;
    let calls_itself = canonical(&landed, extract.canonical.as_ref());
    (calls_itself == *claimed).then(|| features(&extract, &landed))
}

fn features(extract: &Extract, link: &Link) -> Features {
    let language = extract.language.as_ref().map(|(language, _)| language);
    Features::of(&extract.title, &extract.text, language, None, Some(link))
}

fn tells_the_same(here: &Features, there: &Features) -> bool {
    here.text_likeness(there).whole >= WORDING_SHARED_MIN
}
