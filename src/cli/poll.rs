//! `docent poll`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::app;
use crate::config::{Fetching, SourcesFile, Storage};
use crate::domain::poll::Outcome;
use crate::domain::source::{Slug, Source};
use crate::worker::poll::{Report, poll};
use crate::worker::{self, Tools, schedule};

/// What `docent poll` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sources to poll, by id; all of them if none is named
    #[arg(value_name = "SOURCE")]
    named: Vec<String>,
    /// Poll them now, whether they are due or not and whatever their servers asked; the gap between two requests stays
    #[arg(long)]
    now: bool,
    /// Print one JSON object for each poll
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    sources: SourcesFile,
    #[command(flatten)]
    fetching: Fetching,
}

/// Polls once.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let tools = Arc::new(app::open_tools(&args.fetching, None, store)?);
        let _presence = app::announce(&args.storage, &tools).await?;
        worker::sources::lay_over(&tools, &args.sources).await?;
        let sources = tools.store.sources().await?.len();
        let chosen = choose(&tools, &args).await?;
        rest(&tools, args.fetching.gap).await?;
        let bar = bar(chosen.len(), args.json);
        let mut running = JoinSet::new();
        let polled = poll_all(&tools, chosen, &args, &bar, &mut running).await;
        // None may claim anything once the leases are given back.
        running.shutdown().await;
        bar.finish_and_clear();
        tools.store.release_leases(&tools.name).await?;
        tools.store.close().await;
        let reports = polled?;
        if !args.json {
            super::print_line(&summary(&reports, sources))?;
        }
        Ok(())
    })
}

/// Waits out the gap after the last request of a program that ran before this one.
async fn rest(tools: &Tools, gap: Duration) -> anyhow::Result<()> {
    if let Some(until) = tools.store.hosts_rest_until().await? {
        tokio::time::sleep(until.since(tools.now()).min(gap)).await;
    }
    Ok(())
}

/// Which sources to poll: those named, else all; those that are due, unless told otherwise.
async fn choose(tools: &Tools, args: &Args) -> anyhow::Result<Vec<Source>> {
    let now = tools.now();
    let all = tools.store.sources().await?;
    let mut chosen = Vec::new();
    for name in &args.named {
        let known = all.iter().find(|source| source.declared.slug.as_str() == name);
        let source =
            known.with_context(|| format!("there is no source called {name:?}; `docent source list` names them"))?;
        anyhow::ensure!(
            source.retired_at.is_none(),
            "the source {name:?} is retired and not polled any more"
        );
        if !chosen.iter().any(|other: &Source| other.id == source.id) {
            chosen.push(source.clone());
        }
    }
    if args.named.is_empty() {
        chosen.extend(
            all.into_iter()
                .filter(|source| source.retired_at.is_none() && !source.paused),
        );
    }
    if !args.now {
        chosen.retain(|source| source.next_poll_at <= now && source.gone_at.is_none());
    }
    Ok(chosen)
}

/// Polls each of `chosen`, as many at once as the settings allow, and prints as they end.
async fn poll_all(
    tools: &Arc<Tools>,
    chosen: Vec<Source>,
    args: &Args,
    bar: &ProgressBar,
    running: &mut JoinSet<anyhow::Result<Option<Report>>>,
) -> anyhow::Result<Vec<Report>> {
    let mut waiting = chosen.into_iter();
    let mut reports = Vec::new();
    loop {
        while running.len() < args.fetching.at_once as usize {
            let Some(source) = waiting.next() else { break };
            let (tools, now) = (Arc::clone(tools), args.now);
            running.spawn(async move { poll_one(&tools, &source.declared.slug, now).await });
        }
        let Some(ended) = running.join_next().await else {
            return Ok(reports);
        };
        bar.inc(1);
        if let Some(report) = ended.context("a poll crashed")?? {
            tell(&report, args.json, bar)?;
            reports.push(report);
        }
    }
}

/// Polls one source, unless another program is reading it.
async fn poll_one(tools: &Tools, slug: &Slug, now: bool) -> anyhow::Result<Option<Report>> {
    let claim = schedule::lease(tools, 1);
    let claimed = if now {
        tools.store.claim_source(slug, &claim, tools.now()).await?
    } else {
        tools.store.claim_source_if_due(slug, &claim, tools.now()).await?
    };
    let Some(source) = claimed else {
        tracing::warn!(source.id = %slug, "left out: another program is reading it, or its host asked to be left alone");
        return Ok(None);
    };
    Ok(Some(poll(tools, source).await))
}

fn tell(report: &Report, json: bool, bar: &ProgressBar) -> anyhow::Result<()> {
    if json {
        return super::print_line(&serde_json::to_string(report)?);
    }
    let line = format!(
        "{:<10} {:>4} new  {:>6.1} s  {}{}",
        report.outcome.as_str(),
        report.items,
        report.seconds,
        report.name,
        report
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default()
    );
    bar.suspend(|| super::print_line(&line))
}

fn summary(reports: &[Report], sources: usize) -> String {
    if sources == 0 {
        return "there are no sources yet; `docent source add ADDRESS` adds one, and so does a sources.toml".to_owned();
    }
    let count = |outcome: Outcome| reports.iter().filter(|report| report.outcome == outcome).count();
    let words: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| count(*outcome) > 0)
        .map(|outcome| format!("{} {outcome}", count(outcome)))
        .collect();
    let items: u32 = reports.iter().map(|report| report.items).sum();
    if reports.is_empty() {
        return "nothing is due; --now polls all the same".to_owned();
    }
    format!(
        "{} sources polled, {items} new entries: {}",
        reports.len(),
        words.join(", ")
    )
}

fn bar(length: usize, json: bool) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} sources, {elapsed}");
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
