//! One GET: whom it calls, with what, how often and for how long.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use docent::domain::link::Link;
use docent::ingest::fetch::{Credentials, FetchSettings, Fetched, Fetcher, Limits, Names, Request, Visit};
use docent::ingest::guard::Allow;

use crate::support::fetching::{FEED, answer, fetcher, get, now, request, settings};
use crate::support::site::{FakeSite, Hold, Reply};

#[tokio::test]
async fn both_families_of_a_name_are_tried() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    for addresses in [
        [IpAddr::from(Ipv6Addr::LOCALHOST), Ipv4Addr::LOCALHOST.into()],
        [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
    ] {
        let names = Names::Table(Arc::new(move |_| addresses.to_vec()));
        let allow = Allow::parse(&["127.0.0.1", "::1"]).unwrap();
        let fetcher = Fetcher::new(FetchSettings {
            names,
            allow,
            ..settings()
        });
        answer(get(&fetcher.unwrap(), &site.link_as("both.example", "/feed")).await);
    }
}

#[tokio::test]
async fn the_machines_own_name_is_called_only_where_both_of_its_addresses_may_be() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    let called = async |allow: &[&str]| {
        let names = Names::Table(Arc::new(|_| vec![Ipv4Addr::LOCALHOST.into()]));
        let allow = Allow::parse(allow).unwrap();
        let fetcher = Fetcher::new(FetchSettings {
            names,
            allow,
            ..settings()
        })
        .unwrap();
        get(&fetcher, &site.link_as("localhost", "/feed")).await
    };
    assert!(matches!(called(&["127.0.0.1"]).await, Fetched::Refused { .. }));
    answer(called(&["127.0.0.1", "::1"]).await);
}

#[tokio::test]
async fn credentials_go_to_the_sources_origin_only() {
    let (home, abroad) = (FakeSite::start().await, FakeSite::start().await);
    home.put("/feed", Reply::redirect(302, "/inside"));
    home.put("/inside", Reply::redirect(302, abroad.link("/feed").as_str()));
    abroad.put("/feed", Reply::redirect(302, home.link("/back").as_str()));
    home.put("/back", Reply::feed(FEED));
    let credentials = Credentials {
        user: "u".into(),
        password: "p".into(),
    };
    let link = home.link("/feed");
    let asked = Request {
        credentials: Some(&credentials),
        ..request(&link)
    };
    answer(fetcher().get(asked, now()).await.fetched);
    let sent = |site: &FakeSite| -> Vec<bool> {
        site.requests()
            .iter()
            .map(|seen| seen.header("authorization") == Some(b"Basic dTpw"))
            .collect()
    };
    assert_eq!((sent(&home), sent(&abroad)), (vec![true, true, false], vec![false]));
    assert!(!format!("{credentials:?}").contains('p'));
}

#[tokio::test]
async fn nothing_forbidden_is_called_by_any_name_or_redirect() {
    let site = FakeSite::start().await;
    let port = site.link("/").url().port().unwrap();
    let table = |name: &str| -> Vec<IpAddr> {
        match name {
            "inside.example" => vec![Ipv4Addr::new(127, 0, 0, 2).into()],
            "both.example" => vec![Ipv4Addr::LOCALHOST.into(), Ipv4Addr::new(127, 0, 0, 2).into()],
            "good.example" => vec![Ipv4Addr::LOCALHOST.into()],
            _ => Vec::new(),
        }
    };
    let fetcher = Fetcher::new(FetchSettings {
        names: Names::Table(Arc::new(table)),
        ..settings()
    })
    .unwrap();
    for host in [
        "127.0.0.2",
        "[::1]",
        "0.0.0.0",
        "inside.example",
        "both.example",
        "[::ffff:127.0.0.2]",
        "2130706434",
    ] {
        let forbidden = format!("http://{host}:{port}/feed");
        site.put("/to", Reply::redirect(302, &forbidden));
        for link in [Link::parse(&forbidden).unwrap(), site.link("/to")] {
            let ending = get(&fetcher, &link).await;
            assert!(matches!(ending, Fetched::Refused { .. }), "{link} {ending:?}");
        }
    }
    assert_eq!(site.count("/feed"), 0);
    site.put("/feed", Reply::feed(FEED));
    answer(get(&fetcher, &site.link_as("good.example", "/feed")).await);
    let ending = get(&fetcher, &site.link_as("unknown.example", "/feed")).await;
    let told = "no address is known for unknown.example";
    assert!(
        matches!(&ending, Fetched::Failed { status: None, reason } if reason == told),
        "{ending:?}"
    );
}

#[tokio::test]
async fn a_name_is_looked_up_once_a_request_so_rebinding_changes_nothing() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let table = move |_: &str| -> Vec<IpAddr> {
        let good = count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        vec![Ipv4Addr::new(127, 0, 0, if good { 1 } else { 2 }).into()]
    };
    let fetcher = Fetcher::new(FetchSettings {
        names: Names::Table(Arc::new(table)),
        ..settings()
    })
    .unwrap();
    let link = site.link_as("rebinding.example", "/feed");
    assert!(matches!(get(&fetcher, &link).await, Fetched::New(_)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(matches!(get(&fetcher, &link).await, Fetched::Refused { .. }));
    assert_eq!(site.count("/feed"), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_refused() {
    let limits = Limits {
        first_byte: Duration::from_millis(200),
        whole: Duration::from_millis(400),
        ..Limits::default()
    };
    let fetcher = Fetcher::new(FetchSettings { limits, ..settings() }).unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED).held(&Hold::new()));
    let visit = fetcher.get(request(&site.link("/feed")), now()).await;
    assert!(matches!(visit.fetched, Fetched::Refused { .. }), "{visit:?}");
    assert!(visit.took >= Duration::from_millis(200), "{visit:?}");
}

/// Asks for one path many times at once and gives back how each request fared.
async fn burst(fetcher: &Fetcher, link: &Link, count: usize) -> Vec<Visit> {
    futures::future::join_all((0..count).map(|_| fetcher.get(request(link), now()))).await
}

#[tokio::test]
async fn requests_to_one_host_keep_their_distance() {
    let gap = Duration::from_millis(40);
    let fetcher = Fetcher::new(FetchSettings {
        gap,
        per_host: 1,
        ..settings()
    })
    .unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::redirect(302, "/new"));
    site.put("/new", Reply::feed(FEED));
    let visits = burst(&fetcher, &site.link("/feed"), 3).await;
    let seen = site.requests();
    assert_eq!(seen.len(), 6);
    for pair in seen.windows(2) {
        assert!(pair[1].at - pair[0].at >= gap, "{:?}", pair[1].at - pair[0].at);
    }
    assert!(
        visits
            .iter()
            .all(|visit| visit.took < visit.waited && visit.waited >= gap),
        "{visits:?}"
    );
}

#[tokio::test]
async fn two_names_of_one_address_share_its_turns() {
    let gap = Duration::from_millis(40);
    let names = Names::Table(Arc::new(|_| vec![Ipv4Addr::LOCALHOST.into()]));
    let fetcher = Fetcher::new(FetchSettings {
        gap,
        per_host: 1,
        names,
        ..settings()
    })
    .unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    let (one, two) = (
        site.link_as("one.example", "/feed"),
        site.link_as("two.example", "/feed"),
    );
    futures::future::join(burst(&fetcher, &one, 2), burst(&fetcher, &two, 2)).await;
    let seen = site.requests();
    assert_eq!(seen.len(), 4);
    assert!(seen.windows(2).all(|pair| pair[1].at - pair[0].at >= gap));
}

#[tokio::test]
async fn without_a_gap_as_many_requests_run_as_are_allowed() {
    let fetcher = fetcher();
    let site = FakeSite::start().await;
    let hold = Hold::new();
    site.put("/feed", Reply::feed(FEED).held(&hold));
    let link = site.link("/feed");
    let release = async {
        while site.count("/feed") < 8 {
            tokio::task::yield_now().await;
        }
        hold.release();
    };
    let (visits, ()) = futures::future::join(burst(&fetcher, &link, 20), release).await;
    assert!(visits.iter().all(|visit| matches!(visit.fetched, Fetched::New(_))));
    assert_eq!(site.requests().iter().map(|seen| seen.at_once).max(), Some(8));
}
