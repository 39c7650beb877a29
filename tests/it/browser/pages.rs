//! Each page, light and dark, wide and narrow: nothing for axe to say, a silent console, nothing asked of others, nothing wider
//! than the window. Pictures of all lie in `target/screens`, to be looked at.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use docent::domain::list::Topics;
use docent::domain::list::wording::prose;
use docent::store::PickChange;

use super::driver::Browser;
use super::newsroom::Newsroom;
use crate::support::database::TestDatabase;
use crate::support::desk::Desk;

/// Names the file of axe-core; set by `tests/run`.
const AXE: &str = "TEST_AXE";

/// Names and paths of the desk's pages; `{story}` is one that is there.
const DESK: &[(&str, &str)] = &[
    ("triage", "/desk"),
    ("triage-held", "/desk?view=held"),
    ("search", "/desk/search?q=lighthouse"),
    ("story", "/desk/stories/{story}"),
    ("desk-lists", "/desk/lists"),
    ("desk-list", "/desk/lists/reading"),
    ("desk-list-rules", "/desk/lists/reading/rules"),
    ("desk-list-preview", "/desk/lists/reading/preview"),
    ("sources", "/desk/sources"),
    ("sources-import", "/desk/sources/import"),
    ("month", "/desk/month"),
    ("tip", "/desk/tip"),
    ("account", "/desk/settings"),
    ("appearance", "/desk/settings/appearance"),
    ("keys", "/desk/keys"),
    ("tokens", "/desk/settings/tokens"),
    ("export", "/desk/settings/export"),
    ("site-texts", "/desk/settings/site"),
    ("people", "/desk/settings/people"),
    ("webhooks", "/desk/settings/webhooks"),
    ("source", "/desk/sources/gazette"),
    ("tipped", "/desk/tip?url=https://museum.example/news"),
];

/// What anybody may see.
const OPEN: &[(&str, &str)] = &[
    ("login", "/login"),
    ("lists", "/lists"),
    ("list", "/lists/reading"),
    ("api", "/api"),
    ("front", "/"),
    ("archive", "/archive"),
    ("list-archive", "/lists/reading/archive"),
    ("list-month", "/lists/reading/archive/2026-03"),
    ("edition", "/lists/reading/editions/1"),
    ("embed", "/lists/reading/embed"),
    ("topics", "/topics"),
    ("topic", "/topics/craft"),
    ("outlets", "/sources"),
    ("about", "/about"),
    ("find", "/search?q=story"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_the_desk_are_faultless() {
    let Some(room) = Newsroom::open(12).await else { return };
    room.browser.open("/desk").await;
    let story = room
        .browser
        .ask("document.querySelector('[data-row]').dataset.id")
        .await;
    let story = story.as_str().expect("a story").to_owned();
    for (name, path) in DESK {
        look(&room.browser, name, &path.replace("{story}", &story)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_for_everybody_are_faultless() {
    let desk = Desk::with(TestDatabase::sqlite().await, 6).await;
    let Some(browser) = Browser::start(desk.app.address).await else {
        return;
    };
    let picks = desk.picks(5).await;
    let topics = PickChange {
        topics: Some(Topics::tidy(["Craft", "Houses"])),
        note: Some(prose("Read it for the picture of the roof.", 2_000).expect("a note")),
        ..PickChange::default()
    };
    let line = desk.line(picks[0]).await;
    let changed = desk
        .store
        .change_pick(line.pick.id, line.pick.version, topics, desk.acting)
        .await;
    changed.expect("a pick that is written about");
    let edition = desk.edition(&picks[..3]).await;
    desk.store
        .publish_edition(edition, desk.acting)
        .await
        .expect("it goes out");
    desk.app.follow().await;
    for (name, path) in OPEN {
        look(&browser, name, path).await;
    }
}

async fn look(browser: &Browser, name: &str, path: &str) {
    for (shade, dark) in [("light", false), ("dark", true)] {
        for (size, width, height) in [("wide", 1280, 800), ("narrow", 360, 740)] {
            browser.darken(dark).await;
            browser.resize(width, height).await;
            browser.open(path).await;
            keep(browser, &format!("{name}-{size}-{shade}")).await;
            let wider = browser
                .ask("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(wider, 0, "{path} is wider than {width} pixels");
            assert_eq!(faults(browser).await, Vec::<String>::new(), "{path}, {size}, {shade}");
            assert_eq!(browser.console().await, Vec::<String>::new(), "{path}");
            assert_eq!(browser.left().await, Vec::<String>::new(), "{path}");
        }
    }
}

async fn keep(browser: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).expect("a folder");
    let picture = STANDARD.decode(browser.picture().await).expect("base64");
    std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
}

/// What axe finds serious or critical.
#[expect(
    clippy::disallowed_methods,
    reason = "how tests/run tells the tests where axe-core is"
)]
async fn faults(browser: &Browser) -> Vec<String> {
    let Ok(file) = std::env::var(AXE) else {
        println!("left out: {AXE} is not set; tests/run sets it");
        return Vec::new();
    };
    let axe = std::fs::read_to_string(file).expect("axe-core");
    let asked = "const done = arguments[arguments.length - 1]; axe.run(document, { resultTypes: ['violations'] })\
                 .then((told) => done(told.violations.filter((v) => ['serious', 'critical'].includes(v.impact))\
                 .map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' (' + (n.any[0]?.message ?? '') + ')').join('; '))));";
    let told = browser.run(&format!("{axe};{asked}")).await;
    serde_json::from_value(told).expect("texts")
}
