//! The commands: arguments in, exit status out.

use clap::{Parser, Subcommand};

mod clean;
mod extract;
mod parse;

/// Reads a field's news so that editors can choose what their readers should read.
#[derive(Debug, Parser)]
#[command(name = "docent", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read feed files and print what they list
    Parse(parse::Args),
    /// Read article pages and print what they tell
    Extract(extract::Args),
    /// Print what docent would show in place of foreign text or HTML, one JSON object a line
    Clean(clean::Args),
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Parse(args) => parse::run(&args),
            Command::Extract(args) => extract::run(&args),
            Command::Clean(args) => clean::run(&args),
        }
    }
}
