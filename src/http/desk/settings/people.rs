//! Who works here: roles, links to choose a password by, and who is shut out.

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::editor::{EditorName, Role, ShownName};
use crate::domain::time::Timestamp;
use crate::http::api::editors::{find, invite_by_link, taken};
use crate::http::caller::Caller;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::desk::row::{age, day};
use crate::http::error::Problem;
use crate::http::site::door::Administering;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::editors::{Editor, EditorChange, NewEditor};

const PATH: &str = "/desk/settings/people";
/// People shown.
const PEOPLE_SHOWN: u32 = 500;
/// Roles and what they are for.
const ROLES: [(&str, &str); 3] = [
    ("contributor", "Contributor: reads and suggests"),
    ("editor", "Editor: decides, picks, publishes"),
    ("admin", "Admin: sets everything up"),
];

#[derive(Template)]
#[template(path = "desk/settings/people.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    link: Option<Link>,
    fault: String,
    people: Vec<Person>,
    fields: Vec<Field>,
}

/// A link that somebody is to be sent.
struct Link {
    to: String,
    name: String,
    until: String,
}

struct Person {
    id: String,
    shown_name: String,
    about: String,
    roles: Vec<(&'static str, &'static str, bool)>,
    version: i64,
    has_password: bool,
    is_out: bool,
    is_self: bool,
}

/// Shows them.
pub async fn show(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    page(&state, &caller, &query, (&Faults::default(), None)).await
}

/// Invites somebody, and shows their link this once.
pub async fn add(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let name = faults.take("name", EditorName::parse(fields.text("name")));
    let shown_name = match (fields.text("shown_name"), &name) {
        ("", Some(name)) => Some(ShownName::from(name)),
        (shown, _) => faults.take("shown_name", ShownName::parse(shown)),
    };
    if let (Some(name), Some(shown_name)) = (name, shown_name) {
        let new = NewEditor {
            public_id: (state.fresh_id)(),
            name,
            shown_name,
            role: role(fields.text("role")),
            at: state.clock.now(),
        };
        match state.store.add_editor(new).await {
            Ok(editor) => return invited(&state, &caller, &editor).await,
            Err(StoreError::Taken(_)) => faults.note("name", "somebody signs in with that name already"),
            Err(other) => return Err(other.into()),
        }
    }
    page(&state, &caller, &fields, (&faults, None)).await
}

/// Changes somebody, or makes them a link.
pub async fn act(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let editor = find(&state, &id).await?;
    let (change, told) = match fields.text("act") {
        "link" if editor.disabled_at.is_some() => {
            return Err(Problem::conflict("they are shut out; let them in first"));
        }
        "link" => return invited(&state, &caller, &editor).await,
        "in" => (disabled(false), "in"),
        "out" => (disabled(true), "out"),
        "role" => (
            EditorChange {
                role: Some(role(fields.text("role"))),
                ..EditorChange::default()
            },
            "saved",
        ),
        _ => return Err(Problem::bad_field("/act", "not an act on an editor")),
    };
    let version = fields.text("version").parse().unwrap_or(editor.version);
    let changed = state.store.change_editor(&id, version, change, state.clock.now()).await;
    let why = match changed {
        Ok(_) => return Ok(done(PATH, told)),
        Err(StoreError::LastAdmin) => "Nobody else could set things up; make another admin first.".to_owned(),
        Err(StoreError::Outdated) => "They were changed meanwhile; see how they stand now.".to_owned(),
        Err(other) => return Err(taken(other)),
    };
    let mut faults = Faults::default();
    faults.note("all", why.trim_end_matches('.'));
    page(&state, &caller, &Fields::default(), (&faults, None)).await
}

async fn invited(state: &State, caller: &Caller, editor: &Editor) -> Result<Response, Problem> {
    let (to, until) = invite_by_link(state, editor).await?;
    let link = Link {
        to,
        name: editor.shown_name.to_string(),
        until: until.to_jiff().strftime("%-d %B, %H:%M UTC").to_string(),
    };
    page(state, caller, &Fields::default(), (&Faults::default(), Some(link))).await
}

async fn page(
    state: &State,
    caller: &Caller,
    fields: &Fields,
    (faults, link): (&Faults, Option<Link>),
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let people = state.store.editors_after(0, PEOPLE_SHOWN).await?;
    let Around { shell, ways } = Around::new(state, caller, PATH, fields).await?;
    let chosen = if fields.has("role") {
        fields.text("role")
    } else {
        "editor"
    };
    let page = Page {
        shell,
        ways,
        link,
        fault: faults.of("all").to_owned(),
        people: people
            .into_iter()
            .map(|editor| Person::new(editor, caller, now))
            .collect(),
        fields: [
            Field {
                is_required: true,
                is_code: true,
                most: 64,
                complete: "off",
                hint: "A short word in small letters, or their mail address.",
                ..Field::line("name", "Name to sign in with", fields.text("name"))
            },
            Field {
                most: 80,
                complete: "off",
                ..Field::line("shown_name", "Name as others see it", fields.text("shown_name"))
            },
            Field::choice("role", "Role", chosen, &ROLES),
        ]
        .map(|field| field.told(faults))
        .into(),
    };
    answer(&page, !faults.is_empty())
}

fn disabled(is_out: bool) -> EditorChange {
    EditorChange {
        disabled: Some(is_out),
        ..EditorChange::default()
    }
}

/// A role by its word; the smallest for any other.
fn role(word: &str) -> Role {
    let all = [Role::Admin, Role::Editor, Role::Contributor];
    all.into_iter()
        .find(|role| role.as_str() == word)
        .unwrap_or(Role::Contributor)
}

impl Person {
    fn new(editor: Editor, caller: &Caller, now: Timestamp) -> Self {
        let seen = editor
            .seen_at
            .map_or("never here yet".to_owned(), |at| match age(at, now) {
                now if now == "now" => "here now".to_owned(),
                ago => format!("last here {ago} ago"),
            });
        let out = editor.disabled_at.map(|at| format!("shut out since {}", day(at)));
        let waits = (!editor.has_password).then(|| "has not chosen a password yet".to_owned());
        let about = [Some(editor.name.to_string()), Some(seen), waits, out];
        Self {
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            roles: ROLES
                .map(|(word, words)| (word, words, word == editor.role.as_str()))
                .into(),
            is_self: editor.id == caller.id,
            is_out: editor.disabled_at.is_some(),
            has_password: editor.has_password,
            version: editor.version,
            shown_name: editor.shown_name.to_string(),
            id: editor.public_id,
        }
    }
}
