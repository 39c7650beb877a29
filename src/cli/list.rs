//! `docent list`: reading lists.

use anyhow::Context;
use clap::Subcommand;

use crate::app;
use crate::config::Storage;
use crate::domain::list::{ListRules, Schedule, wording};
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::store::lists::{NewList, Told};
use crate::store::{Store, StoreError};

/// What `docent list` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ListCommand,
}

#[derive(Debug, Subcommand)]
enum ListCommand {
    /// Make a reading list
    Add {
        /// Its name, as readers see it
        name: String,
        /// Its id in addresses, for ever; made from its name if not given
        #[arg(long, value_name = "ID")]
        slug: Option<String>,
        /// What it is about, for readers
        #[arg(long, value_name = "TEXT", default_value = "")]
        about: String,
        /// The language it is written in, as in en
        #[arg(long, value_name = "CODE")]
        language: Option<String>,
        /// When its editions are due, as in "Fridays 09:00 Europe/London"; by hand alone if not given
        #[arg(long, value_name = "WHEN")]
        cadence: Option<String>,
        /// How many picks an edition should have
        #[arg(long, value_name = "PICKS")]
        target: Option<u32>,
        /// How many picks of one outlet an edition may have
        #[arg(long, value_name = "PICKS")]
        per_outlet: Option<u32>,
        /// The longest excerpt, in words
        #[arg(long, value_name = "WORDS", default_value_t = ListRules::default().excerpt_words)]
        excerpt_words: u32,
        #[command(flatten)]
        storage: Storage,
    },
    /// Print the lists
    List {
        /// Print one JSON object for each list
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        storage: Storage,
    },
}

/// Runs it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        match args.command {
            ListCommand::Add {
                name,
                slug,
                about,
                language,
                cadence,
                target,
                per_outlet,
                excerpt_words,
                storage,
            } => {
                let told = Told {
                    name: wording::line(&name, wording::NAME_CHARS_MAX).context("the name of the list")?,
                    about: wording::prose(&about, wording::ABOUT_CHARS_MAX).context("what the list is about")?,
                    language: language.as_deref().map(read_language).transpose()?,
                };
                let rules = ListRules {
                    excerpt_words,
                    target,
                    per_outlet,
                    cadence: cadence.as_deref().map(Schedule::parse).transpose()?,
                };
                let slug = read_slug(&told.name, slug.as_deref())?;
                add(&app::open_store(&storage).await?, NewList { slug, told, rules }).await
            }
            ListCommand::List { json, storage } => list(&app::open_store(&storage).await?, json).await,
        }
    })
}

async fn add(store: &Store, new: NewList) -> anyhow::Result<()> {
    let slug = new.slug.clone();
    match store.make_list(new, app::now(), app::fresh_id).await {
        Err(StoreError::Taken(_)) => anyhow::bail!("there is a list {slug} already; choose another id with --slug"),
        made => made?,
    };
    super::print_line(&format!("made the list {slug}"))
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    for list in store.lists().await? {
        let cadence = list.rules.cadence.as_ref().map(ToString::to_string);
        let line = if json {
            serde_json::json!({
                "id": list.slug, "name": list.told.name, "about": list.told.about, "language": list.told.language,
                "cadence": cadence, "target": list.rules.target, "archived_at": list.archived_at,
            })
            .to_string()
        } else {
            let when = if list.archived_at.is_some() {
                "archived"
            } else {
                cadence.as_deref().unwrap_or("by hand")
            };
            format!("{:<32} {:<36} {when}", list.slug.as_str(), list.told.name)
        };
        super::print_line(&line)?;
    }
    Ok(())
}

fn read_slug(name: &str, given: Option<&str>) -> anyhow::Result<Slug> {
    match given {
        Some(text) => Slug::parse(text)
            .with_context(|| format!("{text:?} cannot be an id: lower-case letters, digits and single hyphens only")),
        None => Slug::from_name(name).context("no id can be made from the name; choose one with --slug"),
    }
}

fn read_language(tag: &str) -> anyhow::Result<Language> {
    Language::parse(tag).with_context(|| format!("{tag:?} is no language code such as en"))
}
