//! `docent editor`.

use anyhow::Context;
use clap::{Subcommand, ValueEnum};

use crate::app;
use crate::config::{Serving, Storage};
use crate::domain::editor::{EditorName, Role, ShownName};
use crate::store::editors::{Editor, EditorChange, NewEditor};
use crate::store::{Store, StoreError};

/// Editors read at a time.
const EDITORS_AT_A_TIME: u32 = 100;

/// What `docent editor` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: EditorCommand,
}

#[derive(Debug, Subcommand)]
enum EditorCommand {
    /// Print the editors and when they were last here
    List {
        /// Print one JSON object for each editor
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        storage: Storage,
    },
    /// Add an editor, and print the link by which they choose a password
    Add {
        /// What they sign in with: a word or a mail address
        name: String,
        /// Their name as others see it; the other one if not given
        #[arg(long, value_name = "NAME")]
        shown_name: Option<String>,
        /// What they may do
        #[arg(long, value_name = "ROLE", default_value = "editor")]
        role: RoleName,
        #[command(flatten)]
        storage: Storage,
        #[command(flatten)]
        serving: Serving,
    },
    /// Shut an editor out, at once and with every token of theirs
    Disable {
        /// What they sign in with
        name: String,
        /// Let them in again
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        storage: Storage,
    },
    /// Give an editor another role; they have to sign in anew
    Role {
        /// What they sign in with
        name: String,
        /// What they may do from now on
        role: RoleName,
        #[command(flatten)]
        storage: Storage,
    },
    /// Print a link by which an editor who forgot their password chooses another within 30 minutes
    Reset {
        /// What they sign in with
        name: String,
        #[command(flatten)]
        storage: Storage,
        #[command(flatten)]
        serving: Serving,
    },
}

/// A role, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    /// Reads everything and suggests stories
    Contributor,
    /// Decides, picks and publishes
    Editor,
    /// Sets up sources, lists and people
    Admin,
}

/// Runs it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        match args.command {
            EditorCommand::List { json, storage } => list(&app::open_store(&storage).await?, json).await,
            EditorCommand::Add {
                name,
                shown_name,
                role,
                storage,
                serving,
            } => {
                let store = app::open_store(&storage).await?;
                add(&store, &name, shown_name.as_deref(), role.into(), &serving).await
            }
            EditorCommand::Disable { name, undo, storage } => {
                let change = EditorChange {
                    disabled: Some(!undo),
                    ..EditorChange::default()
                };
                let editor = change_editor(&app::open_store(&storage).await?, &name, change).await?;
                let told = if undo { "is let in again" } else { "is shut out" };
                super::print_line(&format!("{} {told}", editor.name))
            }
            EditorCommand::Role { name, role, storage } => {
                let change = EditorChange {
                    role: Some(role.into()),
                    ..EditorChange::default()
                };
                let editor = change_editor(&app::open_store(&storage).await?, &name, change).await?;
                super::print_line(&format!("{} is {} from now on", editor.name, editor.role.as_str()))
            }
            EditorCommand::Reset { name, storage, serving } => {
                let store = app::open_store(&storage).await?;
                let editor = find(&store, &name).await?;
                anyhow::ensure!(editor.disabled_at.is_none(), "{} is shut out", editor.name);
                invite(&store, &editor, &serving).await
            }
        }
    })
}

/// The editor who signs in as `name`.
pub(super) async fn find(store: &Store, name: &str) -> anyhow::Result<Editor> {
    let editor = match EditorName::parse(name) {
        Ok(name) => store.editor_named(&name).await?,
        Err(_) => None,
    };
    editor.with_context(|| format!("nobody signs in as {name:?}; `docent editor list` names them"))
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let editors = store.editors_after(after, EDITORS_AT_A_TIME).await?;
        let Some(last) = editors.last() else {
            return Ok(());
        };
        after = last.id.0;
        for editor in &editors {
            super::print_line(&if json { as_json(editor) } else { as_line(editor) })?;
        }
    }
}

async fn add(store: &Store, name: &str, shown_name: Option<&str>, role: Role, serving: &Serving) -> anyhow::Result<()> {
    let name = EditorName::parse(name)?;
    let shown_name = shown_name.map_or_else(|| Ok(ShownName::from(&name)), ShownName::parse)?;
    let new = NewEditor {
        public_id: app::fresh_id(),
        name: name.clone(),
        shown_name,
        role,
        at: app::now(),
    };
    let editor = match store.add_editor(new).await {
        Err(StoreError::Taken(_)) => anyhow::bail!("somebody signs in as {name} already"),
        added => added?,
    };
    invite(store, &editor, serving).await
}

async fn invite(store: &Store, editor: &Editor, serving: &Serving) -> anyhow::Result<()> {
    let secret = app::fresh_secret();
    let made = store.invite(editor, &secret.digest(), app::now()).await?;
    let outside = serving.outside(serving.listen);
    super::print_line(&format!(
        "until {} {} can choose a password by {outside}/invitations/{}",
        made.expires_at,
        editor.name,
        secret.reveal()
    ))
}

async fn change_editor(store: &Store, name: &str, change: EditorChange) -> anyhow::Result<Editor> {
    let editor = find(store, name).await?;
    let changed = store
        .change_editor(&editor.public_id, editor.version, change, app::now())
        .await;
    match changed {
        Err(StoreError::LastAdmin) => {
            anyhow::bail!(
                "{name} is the last admin who can sign in; make another first: `docent editor role NAME admin`"
            )
        }
        changed => Ok(changed?),
    }
}

fn as_line(editor: &Editor) -> String {
    let seen = match (editor.disabled_at, editor.seen_at) {
        (Some(_), _) => "shut out".to_owned(),
        (None, Some(at)) => format!("last here {at}"),
        (None, None) if editor.has_password => "never here yet".to_owned(),
        (None, None) => "no password yet".to_owned(),
    };
    format!(
        "{:<24}  {:<11}  {seen:<30}  {}",
        editor.name,
        editor.role.as_str(),
        editor.shown_name
    )
}

fn as_json(editor: &Editor) -> String {
    serde_json::json!({
        "id": editor.public_id,
        "name": editor.name,
        "shown_name": editor.shown_name,
        "role": editor.role.as_str(),
        "disabled": editor.disabled_at.is_some(),
        "has_password": editor.has_password,
        "made_at": editor.made_at,
        "seen_at": editor.seen_at,
    })
    .to_string()
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Contributor => Self::Contributor,
            RoleName::Editor => Self::Editor,
            RoleName::Admin => Self::Admin,
        }
    }
}
