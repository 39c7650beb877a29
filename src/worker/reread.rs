//! Reading again what is kept, after the rules of reading changed.

use std::collections::HashMap;

use anyhow::Context;

use super::{Tools, article};
use crate::domain::article::ArticleId;
use crate::domain::source::{Source, SourceId};
use crate::store::articles::Unread;

/// Articles read with one statement.
const ARTICLES_A_STEP: u32 = 100;

/// Reads every kept page again, of the sources called `named` or of all. How many articles; `progress` is told as they go.
pub async fn all(tools: &Tools, named: &[String], progress: impl Fn(u64)) -> anyhow::Result<u64> {
    let sources = chosen(tools, named).await?;
    let (mut after, mut done) = (ArticleId(0), 0);
    loop {
        let batch = tools.store.unread(after, ARTICLES_A_STEP).await?;
        let Some(last) = batch.last() else { return Ok(done) };
        after = last.id;
        for unread in batch {
            let Some(source) = sources.get(&unread.source_id) else {
                continue;
            };
            let Some(raw) = tools.store.raw_page(unread.id).await? else {
                continue;
            };
            let article = unread.id;
            let known = unread.known_link.clone();
            let found = Unread::into_found(unread);
            let page = article::read_again(tools, &source.declared, &found, known, raw).await?;
            let (written, _) = article::written(&source.declared, &found, page, 0);
            let mut near = tools.near.lock().await;
            tools
                .store
                .rewrite_article(article, written, None, &mut near, tools.now())
                .await?;
            done += 1;
            progress(done);
        }
    }
}

async fn chosen(tools: &Tools, named: &[String]) -> anyhow::Result<HashMap<SourceId, Source>> {
    let all = tools.store.sources().await?;
    for name in named {
        let known = all.iter().any(|source| source.declared.slug.as_str() == name);
        known
            .then_some(())
            .with_context(|| format!("there is no source called {name:?}"))?;
    }
    let wanted = |source: &Source| named.is_empty() || named.iter().any(|name| source.declared.slug.as_str() == name);
    Ok(all
        .into_iter()
        .filter(wanted)
        .map(|source| (source.id, source))
        .collect())
}
