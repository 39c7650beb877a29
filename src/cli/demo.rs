//! `docent demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::demo;

/// What `docent demo` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep everything in this folder, which must not exist yet, instead of removing it at the end
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Runs until a signal ends it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(demo::run(args.listen, args.keep))
}
