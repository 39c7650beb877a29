//! `docent source`.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;

use crate::app;
use crate::config::{self, Fetching, SourcesFile, Storage};
use crate::domain::cadence;
use crate::domain::link::Link;
use crate::domain::source::{Declared, Selectors, Slug, Source, SourceKind};
use crate::ingest::{discover, opml};
use crate::publish;
use crate::store::{Store, StoreError};
use crate::worker::Tools;
use crate::worker::discover::{Discovery, Proposal, discover as look, preview};

/// Titles shown of a source before it is taken.
const TITLES_SHOWN: usize = 5;
/// Bytes of a list of sources, at the most.
const IMPORT_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// What `docent source` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: SourceCommand,
}

#[derive(Debug, Subcommand)]
enum SourceCommand {
    /// Print the sources, their health, and when they are polled next
    List {
        /// Print one JSON object for each source
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        storage: Storage,
    },
    /// Find the feed behind an address, show its newest titles, and add it
    Add {
        /// The address of a site, a page or a feed
        address: String,
        /// Its id; made from its name if not given
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Its name for people; its own if not given
        #[arg(long)]
        name: Option<String>,
        /// Only show what would be added
        #[arg(long)]
        dry_run: bool,
        /// Write it into the sources file, not into the database alone
        #[arg(long)]
        to_file: bool,
        #[command(flatten)]
        storage: Storage,
        #[command(flatten)]
        sources: SourcesFile,
        #[command(flatten)]
        fetching: Fetching,
    },
    /// Read a source or an address once and show its newest titles; nothing is stored
    Try {
        /// The id of a source in the sources file, or an address
        source: String,
        /// For a list page: what holds one entry, as a CSS selector
        #[arg(long, value_name = "CSS")]
        item: Vec<String>,
        /// For a list page: where the title stands in it
        #[arg(long, value_name = "CSS")]
        title: Vec<String>,
        /// For a list page: where the address stands, as in `h3 a@href`
        #[arg(long, value_name = "CSS")]
        link: Vec<String>,
        /// For a list page: where the date stands, as in `time@datetime`
        #[arg(long, value_name = "CSS")]
        date: Vec<String>,
        /// For a list page: where the short text stands
        #[arg(long, value_name = "CSS")]
        excerpt: Vec<String>,
        #[command(flatten)]
        sources: SourcesFile,
        #[command(flatten)]
        storage: Storage,
        #[command(flatten)]
        fetching: Fetching,
    },
    /// Ask a running docent to poll a source soon, never more often than every few minutes
    Poll {
        /// The id of the source
        id: String,
        #[command(flatten)]
        storage: Storage,
    },
    /// Read a source again where it was read before its server moved it for good
    MoveBack {
        /// The id of the source
        id: String,
        #[command(flatten)]
        storage: Storage,
    },
    /// Add the feeds of OPML files, or of files with one address a line
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        storage: Storage,
    },
    /// Print the sources in the form of the sources file
    Export {
        /// As OPML 2.0, for other readers
        #[arg(long)]
        opml: bool,
        #[command(flatten)]
        storage: Storage,
    },
}

/// Runs it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        match args.command {
            SourceCommand::List { json, storage } => list(&app::open_store(&storage).await?, json).await,
            SourceCommand::Add {
                address,
                id,
                name,
                dry_run,
                to_file,
                storage,
                sources,
                fetching,
            } => {
                let tools = app::open_tools(&fetching, None, app::open_store(&storage).await?)?;
                let wish = Wish {
                    address,
                    id,
                    name,
                    dry_run,
                    file: to_file.then_some(sources),
                };
                add(&tools, wish).await
            }
            SourceCommand::Try {
                source,
                item,
                title,
                link,
                date,
                excerpt,
                sources,
                storage,
                fetching,
            } => {
                let tools = app::open_tools(&fetching, None, app::open_store(&storage).await?)?;
                let selectors = Selectors {
                    item,
                    title,
                    link,
                    date,
                    excerpt,
                    image: Vec::new(),
                };
                attempt(&tools, &source, selectors, &sources).await
            }
            SourceCommand::Poll { id, storage } => ask_for_poll(&app::open_store(&storage).await?, &id).await,
            SourceCommand::MoveBack { id, storage } => move_back(&app::open_store(&storage).await?, &id).await,
            SourceCommand::Import { files, storage } => import(&app::open_store(&storage).await?, &files).await,
            SourceCommand::Export { opml, storage } => export(&app::open_store(&storage).await?, opml).await,
        }
    })
}

struct Wish {
    address: String,
    id: Option<String>,
    name: Option<String>,
    dry_run: bool,
    file: Option<SourcesFile>,
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    for source in store
        .sources()
        .await?
        .iter()
        .filter(|source| source.retired_at.is_none())
    {
        let declared = &source.declared;
        let line = if json {
            serde_json::json!({
                "id": declared.slug, "name": declared.name, "kind": declared.kind, "link": declared.link,
                "health": source.health.0, "failures": source.failures, "polled_at": source.polled_at,
                "next_poll_at": source.next_poll_at, "declared": source.in_file,
            })
            .to_string()
        } else {
            let next = if source.gone_at.is_some() {
                "never".to_owned()
            } else {
                source.next_poll_at.to_string()
            };
            format!(
                "{:<32} {:<8} next {next:<25} {}",
                declared.slug, source.health.0, declared.name
            )
        };
        super::print_line(&line)?;
    }
    Ok(())
}

async fn add(tools: &Tools, wish: Wish) -> anyhow::Result<()> {
    let known = tools.store.sources().await?;
    let link = address(&wish.address)?;
    if let Some(source) = polled_at(&known, &link) {
        return super::print_line(&format!(
            "already there as {}: {}",
            source.declared.slug, source.declared.name
        ));
    }
    let discovery = look(tools, &link, |slug| {
        known.iter().any(|source| source.declared.slug == *slug)
    })
    .await;
    tell_tried(&discovery)?;
    let mut proposal = discovery
        .found
        .with_context(|| format!("found nothing to read at {link}"))?;
    if let Some(source) = polled_at(&known, &proposal.declared.link) {
        return super::print_line(&format!(
            "already there as {}: {}",
            source.declared.slug, source.declared.name
        ));
    }
    if let Some(id) = &wish.id {
        proposal.declared.slug = Slug::parse(id)
            .with_context(|| format!("{id:?} cannot be an id: lower-case letters, digits and single hyphens only"))?;
    }
    proposal.declared.name = wish.name.unwrap_or(proposal.declared.name);
    show(&proposal)?;
    if wish.dry_run {
        return Ok(());
    }
    match &wish.file {
        Some(file) => add_to_file(file, &proposal.declared)?,
        None => add_to_store(tools, &proposal.declared).await?,
    }
    super::print_line(&format!("added as {}", proposal.declared.slug))
}

async fn add_to_store(tools: &Tools, declared: &Declared) -> anyhow::Result<()> {
    let now = tools.now();
    match tools.store.add_source(declared, now, now).await {
        Err(StoreError::Taken(_)) => anyhow::bail!(
            "the id {:?} is in use; choose another with --id",
            declared.slug.as_str()
        ),
        added => Ok(added.map(|_| ())?),
    }
}

fn add_to_file(file: &SourcesFile, declared: &Declared) -> anyhow::Result<()> {
    let before = match std::fs::read_to_string(&file.path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read {}", file.shown()))?,
    };
    let after = config::sources::add(&before, &file.shown(), declared)?;
    let more = after
        .strip_prefix(&before)
        .expect("what is added comes behind what was there");
    append(&file.path, before.len(), more).with_context(|| format!("cannot write {}", file.shown()))
}

/// Writes `more` behind the `length` bytes of a file: all of it, or the file stays as it was.
fn append(path: &Path, length: usize, more: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let written = file.write_all(more.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        file.set_len(length as u64)?;
    }
    written
}

async fn attempt(tools: &Tools, source: &str, selectors: Selectors, file: &SourcesFile) -> anyhow::Result<()> {
    let declared = crate::worker::sources::read(file)?.unwrap_or_default();
    let in_file = declared.into_iter().find(|declared| declared.slug.as_str() == source);
    let proposal = match (in_file, selectors == Selectors::default()) {
        (Some(declared), true) => preview(tools, &declared).await.map_err(anyhow::Error::msg)?,
        (in_file, false) => {
            let link = in_file.map_or_else(|| address(source), |declared| Ok(declared.link))?;
            let slug = Slug::from_name(link.host()).context("the address has no host")?;
            let mut declared = Declared::new(slug, link.host().to_owned(), SourceKind::Page, link);
            declared.rules.selectors = Some(selectors);
            preview(tools, &declared).await.map_err(anyhow::Error::msg)?
        }
        (None, true) => {
            let discovery = look(tools, &address(source)?, |_| false).await;
            tell_tried(&discovery)?;
            discovery
                .found
                .with_context(|| format!("found nothing to read at {source}"))?
        }
    };
    show(&proposal)
}

async fn ask_for_poll(store: &Store, id: &str) -> anyhow::Result<()> {
    let source = named(store, id).await?;
    let now = app::now();
    let held = store.held_until(source.declared.link.host()).await?;
    let at = source
        .polled_at
        .map_or(now, |polled_at| cadence::refresh_at(polled_at, held).max(now));
    anyhow::ensure!(
        store.ask_for_poll(&source.declared.slug, now, at).await?,
        "the source {id:?} is not polled any more"
    );
    super::print_line(&format!("{id} is polled at {at}, if docent runs"))
}

async fn move_back(store: &Store, id: &str) -> anyhow::Result<()> {
    let source = named(store, id).await?;
    match store.move_source_back(&source.declared.slug, app::now()).await? {
        Some(link) => super::print_line(&format!("{id} is read at {link} again, and stays there")),
        None => anyhow::bail!("the source {id:?} was not moved"),
    }
}

async fn named(store: &Store, id: &str) -> anyhow::Result<Source> {
    let slug = Slug::parse(id);
    let source = match &slug {
        Some(slug) => store.source(slug).await?,
        None => None,
    };
    source.with_context(|| format!("there is no source called {id:?}; `docent source list` names them"))
}

async fn import(store: &Store, files: &[PathBuf]) -> anyhow::Result<()> {
    let known = store.sources().await?;
    let alive = known.iter().filter(|source| source.retired_at.is_none());
    let mut links: HashSet<String> = alive.map(|source| source.declared.link.identity()).collect();
    let mut slugs: HashSet<Slug> = known.into_iter().map(|source| source.declared.slug).collect();
    let mut all = Vec::new();
    for file in files {
        let (mut added, mut there) = (0, 0);
        for entry in read_list(file)? {
            if !links.insert(entry.link.identity()) {
                there += 1;
                continue;
            }
            let Some(declared) = entry.declare(|slug| slugs.contains(slug)) else {
                continue;
            };
            slugs.insert(declared.slug.clone());
            all.push(declared);
            added += 1;
        }
        super::print_line(&format!("{}: {added} new, {there} already there", file.display()))?;
    }
    let now = app::now();
    for declared in &all {
        let first_poll = cadence::first_poll(&declared.slug, all.len(), now);
        store.add_source(declared, now, first_poll).await?;
    }
    super::print_line(&format!("{} sources added", all.len()))
}

/// An OPML file, or one address a line.
fn read_list(file: &PathBuf) -> anyhow::Result<Vec<opml::Listed>> {
    let size = std::fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    anyhow::ensure!(
        size <= IMPORT_BYTES_MAX,
        "{} is too large to be a list of sources",
        file.display()
    );
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    if bytes.trim_ascii_start().starts_with(b"<") {
        let read = opml::read(&bytes, None).with_context(|| format!("cannot read {}", file.display()))?;
        for warning in &read.warnings {
            super::print_line(&format!("{}: {warning}", file.display()))?;
        }
        return Ok(read.listed);
    }
    let (links, refused) = discover::addresses(&String::from_utf8_lossy(&bytes));
    for line in refused {
        super::print_line(&format!("{}: not an address: {line}", file.display()))?;
    }
    let listed = |link: Link| opml::Listed {
        name: link.host().to_owned(),
        link,
        home: None,
        language: None,
        topics: Vec::new(),
    };
    Ok(links.into_iter().map(listed).collect())
}

async fn export(store: &Store, as_opml: bool) -> anyhow::Result<()> {
    let sources = store
        .sources()
        .await?
        .into_iter()
        .filter(|source| source.retired_at.is_none() && source.declared.kind != SourceKind::Tip);
    let declared: Vec<Declared> = sources.map(|source| source.declared).collect();
    let text = if as_opml {
        publish::opml::write("docent", None, &declared)
    } else {
        config::sources::render(&declared)
    };
    super::print_line(text.trim_end())
}

fn polled_at<'a>(sources: &'a [Source], link: &Link) -> Option<&'a Source> {
    let alive = sources.iter().filter(|source| source.retired_at.is_none());
    alive
        .into_iter()
        .find(|source| source.declared.link.identity() == link.identity())
}

fn address(text: &str) -> anyhow::Result<Link> {
    discover::address(text).with_context(|| format!("{text:?} is neither an address nor the id of a source"))
}

fn tell_tried(discovery: &Discovery) -> anyhow::Result<()> {
    for (link, what) in &discovery.tried {
        super::print_line(&format!("tried {link}: {what}"))?;
    }
    Ok(())
}

fn show(proposal: &Proposal) -> anyhow::Result<()> {
    let declared = &proposal.declared;
    super::print_line(&format!(
        "{} ({}) {}",
        declared.name,
        declared.kind.as_str(),
        declared.link
    ))?;
    for entry in proposal.entries.iter().take(TITLES_SHOWN) {
        let day = entry
            .published
            .map_or_else(|| "no date".to_owned(), |at| at.to_string());
        super::print_line(&format!("  {:<10}  {}", day.get(..10).unwrap_or(&day), entry.title))?;
    }
    for warning in &proposal.warnings {
        super::print_line(&format!("  note: {warning}"))?;
    }
    Ok(())
}
