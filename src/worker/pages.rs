//! Pages that could not be fetched when their entries were listed, fetched later.

use std::time::Duration;

use super::article::{PAGE_TRIES_MAX, Page};
use super::{Tools, article};
use crate::domain::article::{PageState, Written};
use crate::domain::entry::Found;
use crate::domain::recognise::Alias;
use crate::domain::source::{Source, SourceKind};
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::articles::{RawPage, Unread};

/// Pages fetched with one poll of their source.
const PAGES_A_POLL: u32 = 60;

/// Why the page of a tip waits.
const NOT_NOW: &str = "its site asks to be left alone for now, or does not say what it asks of robots";

/// Fetches pages of `source` that are due since before this poll `began`, oldest first. A failure of the store is told and left for the next poll.
pub async fn catch_up(tools: &Tools, source: &Source, began: Timestamp, waited: &mut Duration) {
    if let Err(error) = fetch(tools, source, began, waited).await {
        tracing::error!(source.id = %source.declared.slug, %error, "pages that are due could not be stored");
    }
}

async fn fetch(tools: &Tools, source: &Source, began: Timestamp, waited: &mut Duration) -> Result<(), StoreError> {
    if source.declared.kind == SourceKind::Tip {
        return fetch_tips(tools, source, waited).await;
    }
    for due in tools.store.due_pages(source.id, began, PAGES_A_POLL).await? {
        let tries = u32::try_from(due.page_tries).unwrap_or(u32::MAX);
        let article = due.id;
        let found = Unread::into_found(due);
        let page = article::page(tools, &source.declared, &found, tries, waited).await;
        if page.is_left_for_later() {
            continue;
        }
        let (written, raw) = article::written(&source.declared, &found, page, tries);
        let mut near = tools.near.lock().await;
        tools
            .store
            .rewrite_article(article, written, raw, &mut near, tools.now())
            .await?;
    }
    Ok(())
}

/// The same for what editors added by its address: somebody waits for it, so whatever keeps its page from being read is told,
/// and counts as a try.
async fn fetch_tips(tools: &Tools, source: &Source, waited: &mut Duration) -> Result<(), StoreError> {
    // Whatever came up to now.
    let before = tools.now().plus(Duration::from_millis(1));
    for due in tools.store.due_pages(source.id, before, PAGES_A_POLL).await? {
        let tries = u32::try_from(due.page_tries).unwrap_or(u32::MAX);
        let article = due.id;
        let found = Unread::into_found(due);
        let page = tip(tools, source, &found, tries, waited).await;
        let (written, raw) = article::written(&source.declared, &found, page, tries);
        let names = names(&written, raw.as_ref());
        let mut near = tools.near.lock().await;
        tools
            .store
            .rewrite_tip(article, written, raw, names, &mut near, tools.now())
            .await?;
    }
    Ok(())
}

async fn tip(tools: &Tools, source: &Source, found: &Found, tries: u32, waited: &mut Duration) -> Page {
    if let Some(link) = &found.link
        && let Some(reason) = tools.fetcher.refuses(link).await
    {
        return article::not(PageState::Refused, &reason);
    }
    let page = article::page(tools, &source.declared, found, tries, waited).await;
    if !page.is_left_for_later() {
        return page;
    }
    let again = tries + 1 < PAGE_TRIES_MAX;
    article::not(if again { PageState::Due } else { PageState::Failed }, NOT_NOW)
}

/// By what else an article is known once its page was asked for: where the request ended, and what the page calls itself.
fn names(written: &Written, raw: Option<&RawPage>) -> Vec<Alias> {
    let links = [written.link.as_ref(), raw.map(|raw| &raw.link)];
    let pages = links.into_iter().flatten().filter(|link| !link.is_front_page());
    pages.map(|link| Alias::Link(link.identity())).collect()
}
