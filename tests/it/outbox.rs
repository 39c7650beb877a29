//! What happened is told to others: at least once, under one id, and to nobody twice at a time.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use docent::app::{fresh_id, fresh_secret};
use docent::domain::channel::Scope;
use docent::domain::editor::{EditorName, Role, ShownName};
use docent::domain::event::EventKind;
use docent::domain::webhook::{DeliveryId, SigningSecret, wait_after};
use docent::store::deliveries::Delivery;
use docent::store::editors::NewEditor;
use docent::store::webhooks::{NewWebhook, Webhook, WebhookChange};
use docent::worker::outbox;
use docent::worker::outbox::Hub;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::on_both_databases;
use crate::support::app::publisher;
use crate::support::database::TestDatabase;
use crate::support::desk::Desk;
use crate::support::site::{FakeSite, Hold, Reply, Seen};
use crate::support::worker::{Setup, TestWorker};

on_both_databases!(
    a_message_is_signed_as_its_receiver_checks_it,
    a_message_that_was_sent_and_not_noted_is_sent_again_under_the_same_id,
    two_workers_never_send_the_same_message_at_once,
    a_message_that_fails_is_tried_with_growing_waits_and_then_given_up,
    a_receiver_that_is_gone_is_told_nothing_any_more,
    a_receiver_says_how_long_it_wants_to_be_left_alone,
    a_redirect_is_not_followed,
    a_private_address_is_never_sent_to,
    a_webhook_hears_only_of_what_it_wants,
    a_webhook_that_is_switched_off_gets_nothing,
    a_message_that_was_given_up_is_sent_again_when_asked_for,
    a_slow_receiver_holds_up_nobody_else,
    the_hub_is_told_once_of_what_went_out_together,
    a_hub_that_fails_is_told_again,
);

/// A worker, a receiver that takes everything, and a way to look at both.
struct Telling {
    database: TestDatabase,
    worker: TestWorker,
    site: FakeSite,
    secret: SigningSecret,
    by: docent::domain::editor::EditorId,
}

impl Telling {
    async fn start(database: TestDatabase) -> Self {
        let worker = TestWorker::new(&database.store);
        let site = FakeSite::start().await;
        site.put("/hook", Reply::status(204));
        let editor = NewEditor {
            public_id: fresh_id(),
            name: EditorName::parse("ada").unwrap(),
            shown_name: ShownName::parse("Ada").unwrap(),
            role: Role::Admin,
            at: worker.now(),
        };
        let by = database.store.add_editor(editor).await.unwrap().id;
        Self {
            database,
            worker,
            site,
            secret: SigningSecret::of(&fresh_secret()),
            by,
        }
    }

    async fn add(&self, path: &str, kinds: &[EventKind]) -> Webhook {
        let new = NewWebhook {
            public_id: fresh_id(),
            name: path.to_owned(),
            link: self.site.link(path),
            secret: self.secret.clone(),
            kinds: kinds.to_vec(),
            by: self.by,
            at: self.worker.now(),
        };
        self.database.store.add_webhook(new).await.unwrap().unwrap()
    }

    /// Writes a test message to `webhook`. What it is called.
    async fn write(&self, webhook: &Webhook) -> String {
        let id = fresh_id();
        self.database
            .store
            .test_webhook(webhook, &id, self.worker.now())
            .await
            .unwrap();
        id
    }

    async fn once(&self) -> usize {
        outbox::once(&self.worker.tools).await.unwrap()
    }

    async fn log(&self, webhook: &Webhook) -> Vec<Delivery> {
        let end = DeliveryId(i64::MAX);
        self.database.store.deliveries(webhook.id, end, 100).await.unwrap()
    }

    /// Breaks a source, which is an event.
    async fn break_a_source(&self) {
        self.site.put("/feed", Reply::status(500));
        self.worker.add_feed("gazette", &self.site.link("/feed")).await;
        for _ in 0..3 {
            self.worker.poll("gazette").await;
            self.worker.pass(Duration::from_hours(25));
        }
    }
}

fn ids(requests: &[Seen]) -> Vec<String> {
    requests.iter().map(|seen| header(seen, "webhook-id")).collect()
}

fn header(seen: &Seen, name: &str) -> String {
    String::from_utf8(seen.header(name).unwrap_or_default().to_vec()).unwrap()
}

async fn a_message_is_signed_as_its_receiver_checks_it(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let webhook = telling.add("/hook", &[]).await;
    let id = telling.write(&webhook).await;
    assert_eq!(telling.once().await, 1);
    let requests = telling.site.requests();
    let [seen] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!((seen.method.as_str(), header(seen, "webhook-id")), ("POST", id.clone()));
    assert_eq!(header(seen, "content-type"), "application/json");
    let signed = format!(
        "{id}.{}.{}",
        header(seen, "webhook-timestamp"),
        String::from_utf8_lossy(&seen.body)
    );
    let key = BASE64
        .decode(telling.secret.expose().strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut signer = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    signer.update(signed.as_bytes());
    let expected = format!("v1,{}", BASE64.encode(signer.finalize().into_bytes()));
    assert_eq!(header(seen, "webhook-signature"), expected);
    let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&"webhook.test".into(), &"2026-03-02T12:00:00Z".into())
    );
    assert_eq!(body["data"]["webhook"], webhook.public_id);
    let log = telling.log(&webhook).await;
    assert_eq!(
        (log[0].tries, log[0].status, log[0].done_at),
        (1, Some(204), Some(telling.worker.now()))
    );
    assert_eq!(telling.once().await, 0);
}

/// As if it was killed: the request is out, and what came of it is never written down.
async fn a_message_that_was_sent_and_not_noted_is_sent_again_under_the_same_id(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let webhook = telling.add("/hook", &[]).await;
    let hold = Hold::new();
    telling
        .site
        .put_sequence("/hook", vec![Reply::status(204).held(&hold), Reply::status(204)]);
    let id = telling.write(&webhook).await;
    let tools = std::sync::Arc::clone(&telling.worker.tools);
    let killed = tokio::spawn(async move { outbox::once(&tools).await });
    while telling.site.count("/hook") == 0 {
        tokio::task::yield_now().await;
    }
    killed.abort();
    let _ = killed.await;
    assert_eq!(telling.once().await, 0, "its lease still stands");
    telling.worker.pass(Duration::from_secs(121));
    assert_eq!(telling.once().await, 1);
    assert_eq!(ids(&telling.site.requests()), [id.clone(), id]);
    let requests = telling.site.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(telling.log(&webhook).await[0].tries, 2);
}

async fn two_workers_never_send_the_same_message_at_once(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let other_store = telling.database.open_again().await;
    let other = telling.worker.beside(&other_store);
    let mut hooks = Vec::new();
    for number in 0..20 {
        telling.site.put(&format!("/hook/{number}"), Reply::status(200));
        hooks.push(telling.add(&format!("/hook/{number}"), &[]).await);
    }
    for hook in &hooks {
        telling.write(hook).await;
        telling.write(hook).await;
    }
    let (one, two) = tokio::join!(outbox::once(&telling.worker.tools), outbox::once(&other.tools));
    assert_eq!(one.unwrap() + two.unwrap(), 40);
    let mut sent = ids(&telling.site.requests());
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), telling.site.requests().len()), (40, 40));
}

async fn a_message_that_fails_is_tried_with_growing_waits_and_then_given_up(database: TestDatabase) {
    let telling = Telling::start(database).await;
    telling.site.put("/hook", Reply::status(500));
    let webhook = telling.add("/hook", &[]).await;
    let id = telling.write(&webhook).await;
    for tries in 1.. {
        assert_eq!(telling.once().await, 1, "try {tries}");
        let log = telling.log(&webhook).await;
        assert_eq!((log[0].tries, log[0].status), (tries, Some(500)));
        assert_eq!(log[0].reason.as_deref(), Some("the server failed (5xx)"));
        let Some(wait) = wait_after(u32::try_from(tries).unwrap()) else {
            assert_eq!((log[0].failed_at, tries), (Some(telling.worker.now()), 10));
            break;
        };
        assert_eq!(log[0].failed_at, None);
        telling.worker.pass(wait.saturating_sub(Duration::from_millis(1)));
        assert_eq!(telling.once().await, 0, "too early");
        telling.worker.pass(Duration::from_millis(1));
    }
    telling.worker.pass(Duration::from_hours(1000));
    assert_eq!(telling.once().await, 0);
    assert_eq!(ids(&telling.site.requests()), vec![id; 10]);
}

async fn a_receiver_that_is_gone_is_told_nothing_any_more(database: TestDatabase) {
    let telling = Telling::start(database).await;
    telling.site.put("/hook", Reply::status(410));
    let webhook = telling.add("/hook", &[]).await;
    telling.write(&webhook).await;
    telling.once().await;
    let webhook = telling
        .database
        .store
        .webhook(&webhook.public_id)
        .await
        .unwrap()
        .unwrap();
    let (_, because) = webhook.disabled.clone().unwrap();
    assert_eq!(
        because.as_deref(),
        Some("the receiver says that it is gone for good (410)")
    );
    assert!(telling.log(&webhook).await[0].failed_at.is_some());
    telling.break_a_source().await;
    assert_eq!((telling.once().await, telling.site.count("/hook")), (0, 1));
}

async fn a_receiver_says_how_long_it_wants_to_be_left_alone(database: TestDatabase) {
    let telling = Telling::start(database).await;
    telling
        .site
        .put("/hook", Reply::status(429).header("Retry-After", "3600"));
    let webhook = telling.add("/hook", &[]).await;
    telling.write(&webhook).await;
    telling.once().await;
    let next = telling.log(&webhook).await[0].next_at;
    assert_eq!(next, telling.worker.now().plus(Duration::from_hours(1)));
}

async fn a_redirect_is_not_followed(database: TestDatabase) {
    let telling = Telling::start(database).await;
    telling.site.put("/hook", Reply::redirect(307, "/elsewhere"));
    let webhook = telling.add("/hook", &[]).await;
    telling.write(&webhook).await;
    telling.once().await;
    assert_eq!(telling.site.count("/elsewhere"), 0);
    let log = telling.log(&webhook).await;
    assert!(log[0].reason.as_deref().unwrap().contains("not followed"));
    assert_eq!((log[0].status, log[0].done_at), (Some(307), None));
}

async fn a_private_address_is_never_sent_to(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let webhook = telling.add("/hook", &[]).await;
    let change = WebhookChange {
        name: "inside".to_owned(),
        link: docent::domain::link::Link::parse("http://10.0.0.1/hook").unwrap(),
        kinds: Vec::new(),
        enabled: true,
    };
    let store = &telling.database.store;
    let changed = store
        .change_webhook(webhook.id, webhook.version, change, telling.worker.now())
        .await;
    telling.write(&changed.unwrap().unwrap()).await;
    telling.once().await;
    let log = telling.log(&webhook).await;
    assert_eq!(
        log[0].reason.as_deref(),
        Some("not called: 10.0.0.1 is not a public address")
    );
}

async fn a_webhook_hears_only_of_what_it_wants(database: TestDatabase) {
    let telling = Telling::start(database).await;
    for (path, kinds) in [
        ("/all", &[][..]),
        ("/broken", &[EventKind::SourceBroken]),
        ("/picks", &[EventKind::PickMade]),
    ] {
        telling.site.put(path, Reply::status(200));
        telling.add(path, kinds).await;
    }
    telling.break_a_source().await;
    telling.once().await;
    let told = |path| telling.site.count(path);
    assert_eq!((told("/all"), told("/broken"), told("/picks")), (1, 1, 0));
    telling.site.put("/feed", Reply::feed(crate::support::fetching::FEED));
    telling.worker.poll("gazette").await;
    telling.once().await;
    let requests = telling.site.requests();
    let last = requests.last().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
    assert_eq!((last.path.as_str(), &body["type"]), ("/all", &"source.mended".into()));
    assert_eq!(body["data"]["source"], "gazette");
}

async fn a_webhook_that_is_switched_off_gets_nothing(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let webhook = telling.add("/hook", &[]).await;
    telling.write(&webhook).await;
    let change = WebhookChange {
        name: webhook.name.clone(),
        link: webhook.link.clone(),
        kinds: Vec::new(),
        enabled: false,
    };
    let store = &telling.database.store;
    store
        .change_webhook(webhook.id, webhook.version, change, telling.worker.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(telling.once().await, 0);
    assert!(telling.log(&webhook).await[0].failed_at.is_some());
}

async fn a_message_that_was_given_up_is_sent_again_when_asked_for(database: TestDatabase) {
    let telling = Telling::start(database).await;
    telling
        .site
        .put_sequence("/hook", vec![Reply::status(410), Reply::status(200)]);
    let webhook = telling.add("/hook", &[]).await;
    let id = telling.write(&webhook).await;
    telling.once().await;
    let store = &telling.database.store;
    let delivery = telling.log(&webhook).await[0].id;
    assert!(
        !store.send_again(delivery, telling.worker.now()).await.unwrap(),
        "it is switched off"
    );
    let webhook = store.webhook(&webhook.public_id).await.unwrap().unwrap();
    let change = WebhookChange {
        name: webhook.name.clone(),
        link: webhook.link.clone(),
        kinds: Vec::new(),
        enabled: true,
    };
    store
        .change_webhook(webhook.id, webhook.version, change, telling.worker.now())
        .await
        .unwrap()
        .unwrap();
    assert!(store.send_again(delivery, telling.worker.now()).await.unwrap());
    telling.once().await;
    assert_eq!(ids(&telling.site.requests()), vec![id; 2]);
    assert!(telling.log(&webhook).await[0].done_at.is_some());
}

async fn a_slow_receiver_holds_up_nobody_else(database: TestDatabase) {
    let telling = Telling::start(database).await;
    let hold = Hold::new();
    telling.site.put("/slow", Reply::status(200).held(&hold));
    let slow = telling.add("/slow", &[]).await;
    let quick = telling.add("/hook", &[]).await;
    for _ in 0..30 {
        telling.write(&slow).await;
    }
    telling.write(&quick).await;
    let tools = std::sync::Arc::clone(&telling.worker.tools);
    let sending = tokio::spawn(async move { outbox::once(&tools).await });
    while telling.site.count("/hook") == 0 {
        tokio::task::yield_now().await;
    }
    assert!(telling.site.count("/slow") <= 2);
    hold.release();
    assert_eq!(sending.await.unwrap().unwrap(), 31);
}

async fn the_hub_is_told_once_of_what_went_out_together(database: TestDatabase) {
    let (desk, worker) = with_hub(database, Reply::status(202)).await;
    let picks = desk.picks(3).await;
    let edition = desk.edition(&picks).await;
    worker.pass(Duration::from_mins(1));
    assert_eq!(
        outbox::once(&worker.tools).await.unwrap(),
        0,
        "drafts are nobody's business"
    );
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    worker.pass(Duration::from_mins(1));
    assert_eq!(outbox::once(&worker.tools).await.unwrap(), 1);
    let seen = desk
        .app
        .site
        .requests()
        .into_iter()
        .find(|seen| seen.path == "/hub")
        .unwrap();
    let told: Vec<(String, String)> = url::form_urlencoded::parse(&seen.body).into_owned().collect();
    assert_eq!(told[0], ("hub.mode".to_owned(), "publish".to_owned()));
    let topics: BTreeSet<&str> = told[1..].iter().map(|(_, link)| link.as_str()).collect();
    let feed = |name: &str| format!("https://read.museum.example/lists/reading/{name}");
    assert!(
        topics.contains(feed("feed.rss").as_str()) && topics.contains(feed("feed.json").as_str()),
        "{topics:?}"
    );
    assert!(topics.contains("https://read.museum.example/feed.atom"), "{topics:?}");
    worker.pass(Duration::from_hours(1));
    assert_eq!(outbox::once(&worker.tools).await.unwrap(), 0);
}

async fn a_hub_that_fails_is_told_again(database: TestDatabase) {
    let (desk, worker) = with_hub(database, Reply::status(500)).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    worker.pass(Duration::from_mins(1));
    assert_eq!(outbox::once(&worker.tools).await.unwrap(), 1);
    desk.app.site.put("/hub", Reply::status(204));
    worker.pass(Duration::from_hours(1));
    assert_eq!(outbox::once(&worker.tools).await.unwrap(), 1);
    worker.pass(Duration::from_hours(24));
    assert_eq!(
        (outbox::once(&worker.tools).await.unwrap(), desk.app.site.count("/hub")),
        (0, 2)
    );
}

/// A list with stories to pick, and a worker that tells a hub which answers so.
async fn with_hub(database: TestDatabase, reply: Reply) -> (Desk, TestWorker) {
    let desk = Desk::with(database, 3).await;
    desk.app.site.put("/hub", reply);
    let hub = Hub {
        link: desk.app.site.link("/hub"),
        home: publisher().root(),
        feeds: Scope::feeds_of,
    };
    desk.store.set_hub(Some(&hub.link)).await.unwrap();
    let worker = TestWorker::with(
        &desk.store,
        Setup {
            hub: Some(hub),
            ..Setup::default()
        },
    );
    (desk, worker)
}
