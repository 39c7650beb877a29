//! Looks into what editors ask about: what could be read at an address?

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::Tools;
use super::discover::{Proposal, discover, preview};
use crate::domain::inquiry::{Answer, Offer};
use crate::domain::link::Link;
use crate::domain::source::{Declared, Rules, Slug, SourceKind};
use crate::store::StoreError;
use crate::store::inquiries::OpenInquiry;

/// Somebody waits for the answer, so it is looked for them this often.
const LOOK_EVERY_MILLIS: u64 = 500;
/// Inquiries looked into at once.
const INQUIRIES_A_STEP: u32 = 8;
/// What one may take in all.
const INQUIRY_SECONDS_MAX: u64 = 60;
/// Nobody else looks into it that long; more than one takes.
const LEASE_SECONDS: u64 = 90;

/// Looks into inquiries as they come, until `stop`.
pub async fn run(tools: Arc<Tools>, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        if let Err(error) = once(&tools).await {
            tracing::error!(%error, "inquiries could not be looked into");
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MILLIS)) => {}
        }
    }
}

/// Looks into what waits. How many inquiries were answered.
pub async fn once(tools: &Tools) -> Result<usize, StoreError> {
    let now = tools.now();
    let until = now.plus(Duration::from_secs(LEASE_SECONDS));
    let open = tools.store.claim_inquiries(now, until, INQUIRIES_A_STEP).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let taken: HashSet<Slug> = tools
        .store
        .sources()
        .await?
        .into_iter()
        .map(|s| s.declared.slug)
        .collect();
    let answers = join_all(open.iter().map(|inquiry| answered(tools, inquiry, &taken))).await;
    for (inquiry, answer) in open.iter().zip(&answers) {
        tools.store.answer_inquiry(inquiry.id, answer, tools.now()).await?;
    }
    Ok(open.len())
}

async fn answered(tools: &Tools, inquiry: &OpenInquiry, taken: &HashSet<Slug>) -> Answer {
    let limit = Duration::from_secs(INQUIRY_SECONDS_MAX);
    let looked = tokio::time::timeout(limit, look(tools, inquiry, taken)).await;
    looked.unwrap_or_else(|_| Answer {
        tried: vec![(
            inquiry.link.clone(),
            format!("no answer within {INQUIRY_SECONDS_MAX} s"),
        )],
        found: None,
    })
}

async fn look(tools: &Tools, inquiry: &OpenInquiry, taken: &HashSet<Slug>) -> Answer {
    let link = &inquiry.link;
    let Some(rules) = &inquiry.rules else {
        let discovery = discover(tools, link, |slug| taken.contains(slug)).await;
        return Answer {
            tried: discovery.tried,
            found: discovery.found.map(offer),
        };
    };
    let read = match as_said(link, rules, taken) {
        Some(declared) => preview(tools, &declared).await,
        None => Err("no id could be made for it".to_owned()),
    };
    match read {
        Ok(proposal) => Answer {
            tried: vec![(link.clone(), format!("lists {} entries", proposal.entries.len()))],
            found: Some(offer(proposal)),
        },
        Err(reason) => Answer {
            tried: vec![(link.clone(), reason)],
            found: None,
        },
    }
}

/// A list page that is read by rules somebody wrote.
fn as_said(link: &Link, rules: &Rules, taken: &HashSet<Slug>) -> Option<Declared> {
    let slug = Slug::free(link.host(), link, |slug| taken.contains(slug))?;
    let kind = if rules.selectors.is_some() {
        SourceKind::Page
    } else {
        SourceKind::Feed
    };
    let mut declared = Declared::new(slug, link.host().to_owned(), kind, link.clone());
    declared.rules = rules.clone();
    Some(declared)
}

fn offer(proposal: Proposal) -> Offer {
    Offer::new(proposal.declared, &proposal.entries, proposal.warnings)
}
