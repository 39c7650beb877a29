//! Webhooks: who else is told of what happens here, and what came of telling them.

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::editor::ShownName;
use crate::domain::event::EventKind;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DeliveryId, SigningSecret, WebhookId};
use crate::http::api::webhooks::{named, reachable};
use crate::http::caller::Caller;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::desk::row::{age, day};
use crate::http::error::Problem;
use crate::http::site::door::Administering;
use crate::http::state::State;
use crate::store::deliveries::Delivery;
use crate::store::webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook, WebhookChange};

const PATH: &str = "/desk/settings/webhooks";
/// Webhooks shown, and deliveries of one.
const WEBHOOKS_SHOWN: u32 = 200;
const DELIVERIES_SHOWN: u32 = 30;

#[derive(Template)]
#[template(path = "desk/settings/webhooks.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    secret: Option<String>,
    webhooks: Vec<Shown>,
    fields: Vec<Field>,
    kinds: Vec<Kind>,
    kinds_open: bool,
}

#[derive(Template)]
#[template(path = "desk/settings/webhook.html", config = "src/askama.toml")]
struct OnePage {
    shell: Shell,
    ways: Vec<Way>,
    webhook: Shown,
    version: i64,
    fields: Vec<Field>,
    kinds: Vec<Kind>,
    fault: String,
    deliveries: Vec<Sent>,
}

struct Shown {
    id: String,
    name: String,
    link: String,
    about: String,
    is_off: bool,
}

struct Kind {
    word: &'static str,
    is_ticked: bool,
}

struct Sent {
    id: i64,
    kind: &'static str,
    at: String,
    time: String,
    state: &'static str,
    about: String,
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

/// Adds one, and shows what its messages are signed with this once.
pub async fn add(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let name = faults.take("name", ShownName::parse(fields.text("name")));
    let link = reachable(&state, fields.text("link")).await;
    let link = faults.take(
        "link",
        link.map_err(|problem| problem.first_fault().trim_end_matches('.').to_owned()),
    );
    if let (Some(name), Some(link)) = (name, link) {
        let secret = SigningSecret::of(&(state.fresh_secret)());
        let new = NewWebhook {
            public_id: (state.fresh_id)(),
            name: name.into(),
            link,
            secret: secret.clone(),
            kinds: kinds(&fields),
            by: caller.id,
            at: state.clock.now(),
        };
        if state.store.add_webhook(new).await?.is_some() {
            let secret = Some(secret.expose().to_owned());
            return page(&state, &caller, &Fields::default(), (&faults, secret)).await;
        }
        faults.note("name", &format!("there are {WEBHOOKS_MAX} webhooks already"));
    }
    page(&state, &caller, &fields, (&faults, None)).await
}

/// Shows one, and what came of telling it.
pub async fn show_one(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let webhook = named(&state, &id).await?;
    one_page(&state, &caller, webhook, &query, (&Faults::default(), None)).await
}

/// Changes one, tries it, sends something again, switches it off or on, deletes it.
pub async fn act(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let webhook = named(&state, &id).await?;
    let here = format!("{PATH}/{id}");
    let now = state.clock.now();
    match fields.text("act") {
        "test" if webhook.disabled.is_some() => {
            Err(Problem::conflict("the webhook is switched off; switch it on first"))
        }
        "test" => {
            state.store.test_webhook(&webhook, &(state.fresh_id)(), now).await?;
            Ok(done(&here, "tried"))
        }
        "again" => {
            let delivery = fields.text("delivery").parse().map(DeliveryId);
            let delivery = delivery.map_err(|_| Problem::not_found("delivery"))?;
            state.store.send_again(delivery, now).await?;
            Ok(done(&here, "again"))
        }
        "delete" => {
            state.store.delete_webhook(webhook.id, webhook.version).await?;
            Ok(done(PATH, "deleted"))
        }
        act => {
            let enabled = match act {
                "on" => true,
                "off" => false,
                _ => webhook.disabled.is_none(),
            };
            save(&state, &caller, webhook, (&fields, enabled)).await
        }
    }
}

async fn save(
    state: &State,
    caller: &Caller,
    webhook: Webhook,
    (fields, enabled): (&Fields, bool),
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let mut change = WebhookChange {
        name: webhook.name.clone(),
        link: webhook.link.clone(),
        kinds: webhook.kinds.clone(),
        enabled,
    };
    if fields.text("act") == "save" {
        if let Some(name) = faults.take("name", ShownName::parse(fields.text("name"))) {
            change.name = name.into();
        }
        if fields.text("link") != webhook.link.as_str() {
            let told = |problem: Problem| problem.first_fault().trim_end_matches('.').to_owned();
            let link = faults.take("link", reachable(state, fields.text("link")).await.map_err(told));
            change.link = link.unwrap_or(change.link);
        }
        change.kinds = kinds(fields);
    }
    if faults.is_empty() {
        let version = fields.text("version").parse().unwrap_or(webhook.version);
        let now = state.clock.now();
        if state
            .store
            .change_webhook(webhook.id, version, change, now)
            .await?
            .is_some()
        {
            return Ok(done(&format!("{PATH}/{}", webhook.public_id), "saved"));
        }
        faults.note("all", "it was changed meanwhile; save again to let what you typed hold");
    }
    let typed = Some(fields);
    one_page(state, caller, webhook, &Fields::default(), (&faults, typed)).await
}

async fn page(
    state: &State,
    caller: &Caller,
    fields: &Fields,
    (faults, secret): (&Faults, Option<String>),
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let webhooks = state.store.webhooks_after(WebhookId(0), WEBHOOKS_SHOWN).await?;
    let Around { shell, ways } = Around::new(state, caller, PATH, fields).await?;
    let ticked = kinds(fields);
    let page = Page {
        shell,
        ways,
        secret,
        webhooks: webhooks.into_iter().map(|webhook| Shown::new(webhook, now)).collect(),
        fields: form(fields.text("name"), fields.text("link"), faults),
        kinds_open: !ticked.is_empty(),
        kinds: ticks(&ticked),
    };
    answer(&page, !faults.is_empty())
}

async fn one_page(
    state: &State,
    caller: &Caller,
    webhook: Webhook,
    query: &Fields,
    (faults, typed): (&Faults, Option<&Fields>),
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let deliveries = state
        .store
        .deliveries(webhook.id, DeliveryId(i64::MAX), DELIVERIES_SHOWN)
        .await?;
    let Around { shell, ways } = Around::new(state, caller, PATH, query).await?;
    let (name, link) = typed.map_or((webhook.name.as_str(), webhook.link.as_str()), |typed| {
        (typed.text("name"), typed.text("link"))
    });
    let page = OnePage {
        shell,
        ways,
        version: webhook.version,
        fields: form(name, link, faults),
        kinds: ticks(&typed.map_or_else(|| webhook.kinds.clone(), kinds)),
        fault: faults.of("all").to_owned(),
        deliveries: deliveries
            .into_iter()
            .map(|delivery| Sent::new(delivery, now))
            .collect(),
        webhook: Shown::new(webhook, now),
    };
    answer(&page, !faults.is_empty())
}

fn form(name: &str, link: &str, faults: &Faults) -> Vec<Field> {
    [
        Field {
            is_required: true,
            most: 80,
            ..Field::line("name", "Name", name)
        },
        Field {
            is_required: true,
            is_code: true,
            hint: "It is sent a signed POST, as Standard Webhooks has it.",
            ..Field::line("link", "Address", link)
        },
    ]
    .map(|field| field.told(faults))
    .into()
}

fn kinds(fields: &Fields) -> Vec<EventKind> {
    let ticked = |kind: &EventKind| fields.all("kind").any(|word| word == kind.as_str());
    EventKind::ALL.into_iter().filter(ticked).collect()
}

fn ticks(ticked: &[EventKind]) -> Vec<Kind> {
    let all = EventKind::ALL
        .into_iter()
        .filter(|kind| *kind != EventKind::WebhookTest);
    all.map(|kind| Kind {
        word: kind.as_str(),
        is_ticked: ticked.contains(&kind),
    })
    .collect()
}

impl Shown {
    fn new(webhook: Webhook, now: Timestamp) -> Self {
        let told = match webhook.kinds.as_slice() {
            [] => "told of everything".to_owned(),
            kinds => format!(
                "told of {}",
                kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        let off = webhook.disabled.map(|(at, why)| {
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            format!(
                "switched off {}{why}",
                if now.since(at).as_secs() < 60 {
                    "just now".to_owned()
                } else {
                    format!("on {}", day(at))
                }
            )
        });
        Self {
            is_off: off.is_some(),
            about: [Some(told), off].into_iter().flatten().collect::<Vec<_>>().join(" · "),
            id: webhook.public_id,
            name: webhook.name,
            link: webhook.link.to_string(),
        }
    }
}

impl Sent {
    fn new(delivery: Delivery, now: Timestamp) -> Self {
        let state = match (delivery.done_at, delivery.failed_at) {
            (Some(_), _) => "arrived",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        };
        let tries = match delivery.tries {
            0 => "not tried yet".to_owned(),
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        };
        let status = delivery.status.map(|status| format!("status {status}"));
        let next = (state == "waiting" && delivery.next_at > now)
            .then(|| format!("again at {}", delivery.next_at.to_jiff().strftime("%H:%M UTC, %-d %b")));
        let about = [Some(tries), status, delivery.reason, next];
        Self {
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            id: delivery.id.0,
            kind: delivery.kind.as_str(),
            at: age(delivery.at, now),
            time: delivery.at.to_string(),
            state,
        }
    }
}
