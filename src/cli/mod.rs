//! The commands: arguments in, exit status out.

use std::io::ErrorKind;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::Logging;

mod backup;
mod check;
mod clean;
mod demo;
mod editor;
mod export;
mod extract;
mod index;
mod list;
mod log;
mod openapi;
mod parse;
mod poll;
mod publish;
mod search;
mod serve;
mod source;
mod token;

/// How long threads that nobody waits for any more may take to end.
const THREADS_SECONDS: u64 = 2;

/// Reads a field's news so that editors can choose what their readers should read.
#[derive(Debug, Parser)]
#[command(name = "docent", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: Logging,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything on sample sources, without internet and without keeping anything
    Demo(demo::Args),
    /// Poll, index and answer requests, all in one
    Serve(serve::Args),
    /// Poll what is due once, and print what came of it
    Poll(poll::Args),
    /// List, add, try, import and export sources
    Source(source::Args),
    /// Make and list reading lists
    List(list::Args),
    /// Let out what is due
    Publish(publish::Args),
    /// List, add, disable and reset editors
    Editor(editor::Args),
    /// List, make and revoke what programs sign in with
    Token(token::Args),
    /// Search the stories collected so far
    Search(search::Args),
    /// Print every article, one JSON object a line
    Export(export::Args),
    /// Write everything that there is into one file, also while docent serves
    Backup(backup::BackupArgs),
    /// Fill an empty database from such a file
    Restore(backup::RestoreArgs),
    /// Make the search index anew from the database
    Reindex(index::ReindexArgs),
    /// Read the kept pages again, after rules changed
    Reextract(index::ReextractArgs),
    /// Say whether settings, sources, database, disk, index and clock are in order
    Check(check::Args),
    /// Bring the database's tables up to date
    Migrate(check::MigrateArgs),
    /// Read feed files and print what they list
    Parse(parse::Args),
    /// Read article pages and print what they tell
    Extract(extract::Args),
    /// Print what docent would show in place of foreign text or HTML, one JSON object a line
    Clean(clean::Args),
    /// Print the OpenAPI document
    Openapi,
}

impl Cli {
    /// Reads the arguments of this process; ends it where they cannot be read.
    pub fn read() -> Self {
        Self::parse_from(search::with_exclusions_last(std::env::args_os().collect()))
    }

    /// Runs the command. That the reader of what it prints went away (`| head`) ends it early and is no fault; one that
    /// serves prints one line only, which has to arrive.
    pub fn run(self) -> anyhow::Result<()> {
        let serves = matches!(self.command, Command::Serve(_) | Command::Demo(_));
        log::start(&self.logging, self.command.told())?;
        match self.command.run() {
            Err(error) if !serves && reader_went_away(&error) => Ok(()),
            Err(error) if fills_a_disk(&error) => Err(anyhow::anyhow!("disk full: {error:#}; free some space")),
            ended => ended,
        }
    }
}

impl Command {
    /// What is logged where nobody says what.
    const fn told(&self) -> &'static str {
        match self {
            // Its outlets fail on purpose, and who tries it out is to look at the browser.
            Self::Demo(_) => "error",
            _ => "warn,docent=info",
        }
    }

    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Demo(args) => demo::run(args),
            Self::Serve(args) => serve::run(args),
            Self::Poll(args) => poll::run(args),
            Self::Source(args) => source::run(args),
            Self::List(args) => list::run(args),
            Self::Publish(args) => publish::run(args),
            Self::Editor(args) => editor::run(args),
            Self::Token(args) => token::run(args),
            Self::Search(args) => search::run(args),
            Self::Export(args) => export::run(args),
            Self::Backup(args) => backup::back_up(args),
            Self::Restore(args) => backup::restore(args),
            Self::Reindex(args) => index::reindex(args),
            Self::Reextract(args) => index::reextract(args),
            Self::Check(args) => check::run(args),
            Self::Migrate(args) => check::migrate(args),
            Self::Parse(args) => parse::run(&args),
            Self::Extract(args) => extract::run(&args),
            Self::Clean(args) => clean::run(&args),
            Self::Openapi => openapi::run(),
        }
    }
}

/// Runs a command that waits for others, on a runtime of its own.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(THREADS_SECONDS));
    done
}

/// Prints a line.
fn print_line(line: &str) -> anyhow::Result<()> {
    use std::io::Write;

    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// The end of a command that went through files, whatever each of them was.
fn all_were_read(unread: usize, files: usize) -> anyhow::Result<()> {
    anyhow::ensure!(unread == 0, "{unread} of {files} files could not be read");
    Ok(())
}

fn reader_went_away(error: &anyhow::Error) -> bool {
    kinds(error).any(|kind| kind == ErrorKind::BrokenPipe)
}

/// Whether a file could not be written for lack of space. Database and index say so themselves.
fn fills_a_disk(error: &anyhow::Error) -> bool {
    kinds(error).any(crate::app::means_full)
}

fn kinds(error: &anyhow::Error) -> impl Iterator<Item = ErrorKind> {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.map(std::io::Error::kind)
}
