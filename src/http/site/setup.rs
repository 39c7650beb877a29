//! `/setup/…`: the link that works once, by which the first editor sets everything up: the site, themselves, what is read, a
//! first list.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::welcome::{enter, worn};
use super::{page, style};
use crate::domain::editor::{EditorName, Role, ShownName};
use crate::domain::list::{ListRules, Schedule};
use crate::domain::password::Password;
use crate::domain::secret::{Secret, SecretDigest};
use crate::domain::site::{Site, TimeZone};
use crate::domain::source::{Slug, SourceKind};
use crate::http::client::Client;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::desk::settings::site::zone;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::editors::NewEditor;
use crate::store::lists::{NewList, Told};

/// What the first list is called unless somebody says otherwise.
const LIST_NAME: &str = "What We're Reading";
/// Its name in addresses where none can be made of the other one.
const LIST_SLUG: &str = "reading";
/// When its editions go out in the morning.
const MORNING: &str = "09:00";
/// The longest name of a list, in characters.
const LIST_NAME_CHARS_MAX: usize = 200;
/// When editions are due: as a schedule has it, and in words.
const CADENCES: [(&str, &str); 9] = [
    ("", "when somebody says so"),
    ("Mondays", "on Mondays, at nine"),
    ("Tuesdays", "on Tuesdays, at nine"),
    ("Wednesdays", "on Wednesdays, at nine"),
    ("Thursdays", "on Thursdays, at nine"),
    ("Fridays", "on Fridays, at nine"),
    ("weekdays", "on weekdays, at nine"),
    ("daily", "every day, at nine"),
    ("monthly 1", "on the first of the month, at nine"),
];

#[derive(Template)]
#[template(path = "site/setup.html", config = "src/askama.toml")]
struct Page {
    style: String,
    desk_style: String,
    icon: String,
    has_fault: bool,
    site: Vec<Field>,
    editor: Vec<Field>,
    list: Vec<Field>,
    zones: Vec<String>,
    starters: Vec<Starter>,
}

/// A source to begin with.
struct Starter {
    slug: String,
    name: String,
    host: String,
    is_ticked: bool,
}

/// What was filled in, all of it usable.
struct Wish {
    site: Site,
    first: NewEditor,
    password: Password,
    list: Option<NewList>,
}

/// Shows the page.
pub async fn show(Shared(state): Shared<State>, Path(secret): Path<String>) -> Result<Response, Problem> {
    match works(&state, &secret).await? {
        Some(_) => page(&Page::new(&state, &Fields::default(), &Faults::default()).await?),
        None => worn(),
    }
}

/// Sets everything up, and lets the first editor in.
pub async fn accept(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let Some(digest) = works(&state, &secret).await? else {
        return worn();
    };
    let fields = Fields::read(&body);
    let mut faults = Faults::default();
    let Some(wish) = Wish::read(&state, &fields, &mut faults) else {
        let page = page(&Page::new(&state, &fields, &faults).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let hash = state.hasher.hash(wish.password, (state.fresh_secret)()).await?;
    // The link is used first: of two who have it, one sets things up.
    let Some(editor) = state.store.accept_first(&digest, wish.first, hash).await? else {
        return worn();
    };
    state.store.set_site(&wish.site, state.clock.now()).await?;
    if fields.has("starters") {
        pause_the_others(&state, &fields).await?;
    }
    if let Some(list) = wish.list {
        match state.store.make_list(list, state.clock.now(), state.fresh_id).await {
            // Somebody made one of that name by a command.
            Ok(_) | Err(StoreError::Taken(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    enter(&state, (client, uri, headers), editor.id).await
}

/// The digest of a link that still works.
async fn works(state: &State, secret: &str) -> Result<Option<SecretDigest>, Problem> {
    let Some(digest) = Secret::read(secret).map(|secret| secret.digest()) else {
        return Ok(None);
    };
    let works = state.store.invites_first(&digest, state.clock.now()).await?;
    Ok(works.then_some(digest))
}

/// Starter sources that were not ticked are there and not read.
async fn pause_the_others(state: &State, fields: &Fields) -> Result<(), Problem> {
    for starter in starters(state, fields).await? {
        if let Some(slug) = Slug::parse(&starter.slug).filter(|_| !starter.is_ticked) {
            state.store.pause_source(&slug, true).await?;
        }
    }
    Ok(())
}

async fn starters(state: &State, fields: &Fields) -> Result<Vec<Starter>, Problem> {
    let sources = state.store.sources().await?;
    let is_new = !fields.has("starters");
    let ticked: std::collections::HashSet<&str> = fields.all("source").collect();
    let live = sources
        .into_iter()
        .filter(|source| source.retired_at.is_none() && source.in_file && source.declared.kind != SourceKind::Tip);
    Ok(live
        .map(|source| Starter {
            is_ticked: is_new || ticked.contains(source.declared.slug.as_str()),
            slug: source.declared.slug.to_string(),
            host: source.declared.link.host().to_owned(),
            name: source.declared.name,
        })
        .collect())
}

impl Wish {
    /// What the fields say; what cannot be used is noted. Of a field that was not sent nothing is asked: a program may bring
    /// the first editor alone.
    fn read(state: &State, fields: &Fields, faults: &mut Faults) -> Option<Self> {
        let site = Self::site(fields, faults);
        let name = faults.take("name", EditorName::parse(fields.text("name")));
        let shown_name = match (fields.text("shown_name"), &name) {
            ("", Some(name)) => Some(ShownName::from(name)),
            ("", None) => None,
            (shown, _) => faults.take("shown_name", ShownName::parse(shown)),
        };
        let password = faults.take("password", Password::parse(fields.raw("password")));
        let list = Self::list(fields, &site.time_zone, faults);
        if !faults.is_empty() {
            return None;
        }
        Some(Self {
            site,
            first: NewEditor {
                public_id: (state.fresh_id)(),
                name: name?,
                shown_name: shown_name?,
                role: Role::Admin,
                at: state.clock.now(),
            },
            password: password?,
            list,
        })
    }

    fn site(fields: &Fields, faults: &mut Faults) -> Site {
        let mut site = Site::default();
        if fields.has("site") {
            fields.text("site").clone_into(&mut site.name);
        }
        if fields.has("time_zone") {
            site.time_zone = faults
                .take("time_zone", zone(fields.text("time_zone")))
                .unwrap_or(site.time_zone);
        }
        for (_, why) in site.faults().into_iter().filter(|(name, _)| *name == "name") {
            faults.note("site", why);
        }
        site
    }

    fn list(fields: &Fields, zone: &TimeZone, faults: &mut Faults) -> Option<NewList> {
        let name = fields.text("list");
        if name.chars().count() > LIST_NAME_CHARS_MAX {
            faults.note("list", "at most 200 characters");
        }
        if name.is_empty() {
            return None;
        }
        let cadence = match fields.text("cadence") {
            "" => None,
            days => faults.take(
                "cadence",
                Schedule::parse(&format!("{days} {MORNING} {}", zone.as_str())),
            ),
        };
        Some(NewList {
            slug: Slug::from_name(name).or_else(|| Slug::parse(LIST_SLUG))?,
            told: Told {
                name: name.to_owned(),
                about: String::new(),
                language: None,
            },
            rules: ListRules {
                cadence,
                ..ListRules::default()
            },
        })
    }
}

impl Page {
    async fn new(state: &State, fields: &Fields, faults: &Faults) -> Result<Self, Problem> {
        let or = |name: &str, usual: &str| {
            if fields.has(name) {
                fields.raw(name).to_owned()
            } else {
                usual.to_owned()
            }
        };
        let told = |fields: Vec<Field>| fields.into_iter().map(|field| field.told(faults)).collect();
        Ok(Self {
            style: style::path(),
            desk_style: crate::http::desk::assets::path("desk.css"),
            icon: crate::http::desk::assets::path("icon.svg"),
            has_fault: !faults.is_empty(),
            site: told(vec![
                Field {
                    is_required: true,
                    most: 80,
                    complete: "organization",
                    hint: "What readers see above everything.",
                    ..Field::line("site", "Name of the site", fields.raw("site"))
                },
                Field {
                    is_required: true,
                    most: 64,
                    list: "zones",
                    complete: "off",
                    hint: "Begin to type and choose, such as Europe/London.",
                    ..Field::line("time_zone", "Time zone", fields.raw("time_zone"))
                },
            ]),
            editor: told(vec![
                Field {
                    most: 80,
                    complete: "name",
                    ..Field::line("shown_name", "Your name, as others see it", fields.raw("shown_name"))
                },
                Field {
                    is_required: true,
                    is_code: true,
                    most: 64,
                    complete: "username",
                    hint: "A short word in small letters, or your mail address.",
                    ..Field::line("name", "Name to sign in with", fields.raw("name"))
                },
                Field {
                    hint: if faults.is_empty() {
                        "At least 12 characters; a sentence is a good one."
                    } else {
                        "Type it once more: a password is never sent back. At least 12 characters."
                    },
                    ..Field::password("password", "Password", "new-password")
                },
            ]),
            list: told(vec![
                Field {
                    most: 200,
                    hint: "Empty for none yet.",
                    ..Field::line("list", "Name of the list", or("list", LIST_NAME))
                },
                Field::choice("cadence", "Its editions go out", &or("cadence", "Fridays"), &CADENCES),
            ]),
            zones: TimeZone::names(),
            starters: starters(state, fields).await?,
        })
    }
}
