//! `docent token`.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use super::editor::find;
use crate::app;
use crate::config::{Storage, span};
use crate::domain::editor::{Scope, ShownName};
use crate::store::Store;
use crate::store::tokens::{NewToken, Token};

/// Tokens read at a time.
const TOKENS_AT_A_TIME: u32 = 100;

/// What `docent token` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Print an editor's tokens and when they were last used
    List {
        /// What the editor signs in with
        editor: String,
        #[command(flatten)]
        storage: Storage,
    },
    /// Make a token, and print what a program signs in with; it is not shown again
    Add {
        /// What the editor signs in with; the token may do nothing that they may not
        editor: String,
        /// What the token is for
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What it may be used for
        #[arg(long, value_name = "SCOPES", value_delimiter = ',', default_value = "read")]
        scope: Vec<ScopeName>,
        /// How long it works; for ever if not given
        #[arg(long, value_name = "SPAN", value_parser = span::parse)]
        expires: Option<Duration>,
        #[command(flatten)]
        storage: Storage,
    },
    /// Make a token worthless
    Revoke {
        /// What the editor signs in with
        editor: String,
        /// The id of the token
        id: String,
        #[command(flatten)]
        storage: Storage,
    },
}

/// A scope, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeName {
    /// To read stories, decisions and lists
    Read,
    /// To suggest stories
    Suggest,
    /// To decide, pick and publish
    Edit,
    /// To set up sources, lists and people
    Admin,
}

/// Runs it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        match args.command {
            TokenCommand::List { editor, storage } => list(&app::open_store(&storage).await?, &editor).await,
            TokenCommand::Add {
                editor,
                name,
                scope,
                expires,
                storage,
            } => {
                let scopes = scope.into_iter().map(Scope::from).collect();
                add(&app::open_store(&storage).await?, &editor, &name, scopes, expires).await
            }
            TokenCommand::Revoke { editor, id, storage } => {
                let store = app::open_store(&storage).await?;
                let owner = find(&store, &editor).await?;
                let revoked = store.revoke_token(owner.id, &id, app::now()).await?;
                anyhow::ensure!(
                    revoked,
                    "{editor} has no token {id:?}; `docent token list {editor}` names them"
                );
                super::print_line(&format!("{id} does not work any more"))
            }
        }
    })
}

async fn list(store: &Store, editor: &str) -> anyhow::Result<()> {
    let owner = find(store, editor).await?;
    let mut after = 0;
    loop {
        let tokens = store.tokens_after(owner.id, after, TOKENS_AT_A_TIME).await?;
        let Some(last) = tokens.last() else {
            return Ok(());
        };
        after = last.id;
        for token in &tokens {
            super::print_line(&as_line(token))?;
        }
    }
}

async fn add(
    store: &Store,
    editor: &str,
    name: &str,
    scopes: Vec<Scope>,
    expires: Option<Duration>,
) -> anyhow::Result<()> {
    let owner = find(store, editor).await?;
    let now = app::now();
    let widest = owner.role.scope();
    anyhow::ensure!(
        scopes.iter().all(|scope| *scope <= widest),
        "{editor} may do no more than {}, and so may their tokens",
        widest.as_str()
    );
    let secret = app::fresh_secret();
    let new = NewToken {
        digest: secret.digest(),
        public_id: app::fresh_id(),
        editor: owner.id,
        name: ShownName::parse(name)?.into(),
        scopes,
        expires_at: expires.map(|span| now.plus(span)),
        at: now,
    };
    store.add_token(new).await?;
    super::print_line(&secret.reveal_as_token())
}

fn as_line(token: &Token) -> String {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let state = match (token.revoked_at, token.used_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) => format!("last used {at}"),
        (None, None) => "never used".to_owned(),
    };
    let end = token
        .expires_at
        .map_or_else(String::new, |at| format!(", works until {at}"));
    format!(
        "{}  {}  ({})  {state}{end}",
        token.public_id,
        token.name,
        scopes.join(",")
    )
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Read => Self::Read,
            ScopeName::Suggest => Self::Suggest,
            ScopeName::Edit => Self::Edit,
            ScopeName::Admin => Self::Admin,
        }
    }
}
