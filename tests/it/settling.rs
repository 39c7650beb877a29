//! Writing down polls: together, by lease, and forgotten with time.

use docent::domain::link::Link;
use docent::domain::source::{Declared, Memory, Source, SourceKind};
use docent::domain::time::Timestamp;
use docent::store::Store;
use docent::store::leases::Claim;
use docent::store::polls::{Attempt, Settling};
use docent::store::sources::Settled;

use crate::on_both_databases;
use crate::support::database::TestDatabase;
use crate::support::fetching::now;
use crate::support::worker::slug;

on_both_databases!(
    a_poll_whose_lease_ran_out_costs_its_neighbours_nothing,
    of_each_source_the_last_hundred_polls_are_kept,
    sources_behind_a_crowded_host_are_found_all_the_same,
);

async fn a_poll_whose_lease_ran_out_costs_its_neighbours_nothing(database: TestDatabase) {
    let store = &database.store;
    add(store, &["one", "two", "three"], "").await;
    let claimed = claim(store, "first", 3, now()).await;
    let later = now().plus(std::time::Duration::from_mins(1));
    let two = claimed
        .iter()
        .find(|source| source.declared.slug == slug("two"))
        .unwrap();
    claim(store, "second", 3, later).await;
    store.release_leases("second").await.unwrap();
    let again = Claim {
        sources_max: 1,
        ..wish("first", 1, later)
    };
    let two_again = store.claim_source(&slug("two"), &again, later).await.unwrap().unwrap();
    assert_eq!(two_again.id, two.id);

    let polls = claimed.iter().map(|source| settling(source, later)).collect();
    assert_eq!(store.settle_polls("first", polls).await.unwrap(), [two.id]);
    for source in &claimed {
        let written = store.attempts(source.id, 9).await.unwrap().len();
        assert_eq!(written, usize::from(source.id == two.id), "{}", source.declared.slug);
    }
}

async fn of_each_source_the_last_hundred_polls_are_kept(database: TestDatabase) {
    let store = &database.store;
    add(store, &["one", "two"], "").await;
    let both = claim(store, "first", 2, now()).await;
    let (often, seldom) = both.split_first().unwrap();
    for minute in 0..103 {
        let at = now().plus(std::time::Duration::from_secs(60 * minute));
        let wish = wish("first", 1, at);
        store.claim_source(&often.declared.slug, &wish, at).await.unwrap();
        store.settle_polls("first", vec![settling(often, at)]).await.unwrap();
    }
    store
        .settle_polls("first", vec![settling(&seldom[0], now())])
        .await
        .unwrap();
    assert_eq!(store.forget_attempts().await.unwrap(), 3);
    let kept = store.attempts(often.id, 500).await.unwrap();
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[99].at, now().plus(std::time::Duration::from_mins(3)));
    assert_eq!(store.attempts(seldom[0].id, 500).await.unwrap().len(), 1);
}

async fn sources_behind_a_crowded_host_are_found_all_the_same(database: TestDatabase) {
    let store = &database.store;
    let crowd: Vec<String> = (0..30).map(|number| format!("crowd-{number}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    add(store, &crowd, "crowded.").await;
    add(store, &["one", "two"], "").await;
    let claimed = claim(store, "first", 3, now()).await;
    let mut hosts: Vec<&str> = claimed.iter().map(|source| source.declared.link.host()).collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["crowded.example.org", "one.example.org", "two.example.org"]);
}

/// Sources at a host that all share, if there is one, else at hosts of their own; those added first are the longest due.
async fn add(store: &Store, ids: &[&str], shared: &str) {
    for id in ids {
        let host = if shared.is_empty() {
            format!("{id}.")
        } else {
            shared.to_owned()
        };
        let link = Link::parse(&format!("https://{host}example.org/{id}")).unwrap();
        let declared = Declared::new(slug(id), (*id).to_owned(), SourceKind::Feed, link);
        store.add_source(&declared, now(), now()).await.unwrap();
    }
}

async fn claim(store: &Store, worker: &str, sources: u32, at: Timestamp) -> Vec<Source> {
    store.claim_due(&wish(worker, sources, at), at).await.unwrap()
}

/// A lease of half a minute.
fn wish(worker: &str, sources: u32, at: Timestamp) -> Claim {
    Claim {
        worker: worker.to_owned(),
        until: at.plus(std::time::Duration::from_secs(30)),
        sources_max: sources,
        per_host: 1,
    }
}

fn settling(source: &Source, at: Timestamp) -> Settling {
    Settling {
        source: source.id,
        settled: Settled {
            memory: Memory::default(),
            link: None,
            next_poll_at: at,
            failures: 0,
            gone_at: None,
            health: ("healthy".to_owned(), Some(at)),
            polled_at: at,
            leased_until: at,
            told: None,
        },
        attempt: Attempt {
            at,
            took_ms: 5,
            outcome: "unchanged".to_owned(),
            status: Some(304),
            bytes: 0,
            listed: 0,
            fresh: 0,
            reason: None,
            warnings: Vec::new(),
        },
    }
}
