//! How the service presents itself to readers.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::site::{Colour, Site, TimeZone};
use crate::domain::text::Language;
use crate::http::api::inquiries::address;
use crate::http::caller::Caller;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::error::Problem;
use crate::http::site::door::Administering;
use crate::http::state::State;

const PATH: &str = "/desk/settings/site";
/// The colour of links where none is set, as the preview shows it.
const USUAL_ACCENT: &str = "#8c2f14";

#[derive(Template)]
#[template(path = "desk/settings/site.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    fields: Vec<Field>,
    zones: Vec<String>,
    name: String,
    accent: String,
}

/// Shows it.
pub async fn show(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let site = state.store.site().await?;
    let values = [
        site.name,
        site.tagline,
        site.about,
        site.home.map(|home| home.to_string()).unwrap_or_default(),
        site.accent.map(String::from).unwrap_or_default(),
        site.time_zone.into(),
        site.language,
    ];
    page(&state, &caller, &query, (values, &Faults::default())).await
}

/// Saves it.
pub async fn save(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let site = read(&fields, state.store.site().await?, &mut faults);
    if faults.is_empty() {
        state.store.set_site(&site, state.clock.now()).await?;
        return Ok(done(PATH, "saved"));
    }
    let names = ["name", "tagline", "about", "home", "accent", "time_zone", "language"];
    let values = names.map(|name| fields.raw(name).to_owned());
    page(&state, &caller, &Fields::default(), (values, &faults)).await
}

/// `site` with what the fields say; what cannot be used is noted.
fn read(fields: &Fields, mut site: Site, faults: &mut Faults) -> Site {
    fields.text("name").clone_into(&mut site.name);
    fields.text("tagline").clone_into(&mut site.tagline);
    site.about = fields.text("about").replace("\r\n", "\n");
    site.home = match fields.text("home") {
        "" => None,
        text => faults.take("home", address(text).map_err(|_| "not an address of the web")),
    };
    site.accent = match fields.text("accent") {
        "" => None,
        text => faults.take("accent", Colour::parse(text).ok_or("a colour such as #8c2f14")),
    };
    if let Some(zone) = faults.take("time_zone", zone(fields.text("time_zone"))) {
        site.time_zone = zone;
    }
    match Language::parse(fields.text("language")) {
        Some(language) => site.language = language.to_string(),
        None => faults.note("language", "a language code such as en"),
    }
    for (name, why) in site.faults() {
        faults.note(name, why);
    }
    site
}

/// A time zone as somebody typed it.
pub fn zone(text: &str) -> Result<TimeZone, &'static str> {
    TimeZone::parse(text).ok_or("a name such as Europe/London; begin to type and choose")
}

async fn page(
    state: &State,
    caller: &Caller,
    query: &Fields,
    (values, faults): ([String; 7], &Faults),
) -> Result<Response, Problem> {
    let Around { shell, ways } = Around::new(state, caller, PATH, query).await?;
    let [name, tagline, about, home, accent, time_zone, language] = values;
    let page = Page {
        shell,
        ways,
        zones: TimeZone::names(),
        name: name.clone(),
        accent: Colour::parse(&accent).map_or(USUAL_ACCENT.to_owned(), String::from),
        fields: [
            Field {
                is_required: true,
                most: 80,
                ..Field::line("name", "Name", name)
            },
            Field {
                most: 160,
                hint: "One sentence under the name.",
                ..Field::line("tagline", "Tagline", tagline)
            },
            Field {
                rows: 6,
                most: 4000,
                hint: "Who publishes it, and how stories are chosen. An empty line begins a paragraph.",
                ..Field::lines("about", "About", about)
            },
            Field {
                is_code: true,
                hint: "The publisher’s own site.",
                ..Field::line("home", "Home", home)
            },
            Field {
                is_code: true,
                most: 7,
                hint: "Of links and buttons, such as #8c2f14; empty for the usual one.",
                ..Field::line("accent", "Accent colour", accent)
            },
            Field {
                is_required: true,
                most: 64,
                list: "zones",
                hint: "Where its days begin and end.",
                ..Field::line("time_zone", "Time zone", time_zone)
            },
            Field {
                is_required: true,
                most: 10,
                hint: "Of its own words: a code such as en.",
                ..Field::line("language", "Language", language)
            },
        ]
        .map(|field| field.told(faults))
        .into(),
    };
    answer(&page, !faults.is_empty())
}
