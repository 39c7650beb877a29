//! `docent openapi`.

use crate::http;

/// Prints the document that `/api/openapi.json` answers with.
pub fn run() -> anyhow::Result<()> {
    super::print_line(&http::openapi().to_pretty_json()?)
}
