//! `docent poll`.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app;
use crate::config::{Fetching, SourcesFile, Storage};
use crate::domain::poll::Outcome;
use crate::domain::source::{Slug, Source};
use crate::ending::{self, Signals};
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

/// The polls of this call.
struct Round<'a> {
    tools: &'a Arc<Tools>,
    args: &'a Args,
    bar: &'a ProgressBar,
    waiting: VecDeque<Source>,
    running: JoinSet<anyhow::Result<Option<Report>>>,
    ended: Vec<Report>,
}

/// Polls once. A signal lets those polls end that run; then it fails, unless there was nothing more to do.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let tools = Arc::new(app::open_tools(&args.fetching, None, store)?);
        let _presence = app::announce(&args.storage, &tools).await?;
        worker::sources::lay_over(&tools, &args.sources).await?;
        let sources = tools.store.sources().await?.len();
        let chosen = choose(&tools, &args).await?;
        let all = chosen.len();
        rest(&tools, args.fetching.gap).await?;
        let bar = bar(all, args.json);
        let mut round = Round {
            tools: &tools,
            args: &args,
            bar: &bar,
            waiting: chosen.into(),
            running: JoinSet::new(),
            ended: Vec::new(),
        };
        let polled = round.until_signal(&mut Signals::listen()?).await;
        let left = round.waiting.len() + round.running.len();
        // None may claim anything once the leases are given back.
        round.running.shutdown().await;
        bar.finish_and_clear();
        ending::leave(&tools).await;
        polled?;
        if !args.json {
            super::print_line(&summary(&round.ended, sources, left))?;
        }
        anyhow::ensure!(left == 0, "stopped by a signal; not polled: {left} of {all} sources");
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

impl Round<'_> {
    /// Polls them all, or as many as a signal leaves time for.
    async fn until_signal(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let mut polls = pin!(self.poll_all(&stop));
        tokio::select! {
            polled = &mut polls => return polled,
            () = signals.next() => {}
        }
        tracing::info!("stopping: no new polls, those that run may end");
        stop.cancel();
        signals.drain(polls).await.unwrap_or(Ok(()))
    }

    /// Polls as many at once as the settings allow, and prints as they end. Begins none after `stop`.
    async fn poll_all(&mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            while self.running.len() < self.args.fetching.at_once as usize && !stop.is_cancelled() {
                let Some(source) = self.waiting.pop_front() else { break };
                let (tools, now) = (Arc::clone(self.tools), self.args.now);
                self.running
                    .spawn(async move { poll_one(&tools, &source.declared.slug, now).await });
            }
            let Some(ended) = self.running.join_next().await else {
                return Ok(());
            };
            self.bar.inc(1);
            if let Some(report) = ended.context("a poll crashed")?? {
                tell(&report, self.args.json, self.bar)?;
                self.ended.push(report);
            }
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

fn summary(reports: &[Report], sources: usize, left: usize) -> String {
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
    if reports.is_empty() && left > 0 {
        return "nothing was polled".to_owned();
    }
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
