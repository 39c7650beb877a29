//! The commands: arguments in, exit status out.

use clap::{Parser, Subcommand};

use crate::config::Logging;

mod backup;
mod check;
mod clean;
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
    /// Say whether settings, sources, database, disk and clock are in order
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
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        log::start(&self.logging)?;
        match self.command {
            Command::Serve(args) => serve::run(args),
            Command::Poll(args) => poll::run(args),
            Command::Source(args) => source::run(args),
            Command::List(args) => list::run(args),
            Command::Publish(args) => publish::run(args),
            Command::Editor(args) => editor::run(args),
            Command::Token(args) => token::run(args),
            Command::Search(args) => search::run(args),
            Command::Export(args) => export::run(args),
            Command::Backup(args) => backup::back_up(args),
            Command::Restore(args) => backup::restore(args),
            Command::Reindex(args) => index::reindex(args),
            Command::Reextract(args) => index::reextract(args),
            Command::Check(args) => check::run(args),
            Command::Migrate(args) => check::migrate(args),
            Command::Parse(args) => parse::run(&args),
            Command::Extract(args) => extract::run(&args),
            Command::Clean(args) => clean::run(&args),
            Command::Openapi => openapi::run(),
        }
    }
}

/// Runs a command that waits for others, on a runtime of its own.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Prints a line; a reader who went away (`| head`) is no fault.
fn print_line(line: &str) -> anyhow::Result<()> {
    use std::io::Write;

    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}
