//! Made-up articles, written straight into a store.

use docent::domain::article::{PageState, Written};
use docent::domain::entry::{EntryKey, Found};
use docent::domain::fingerprint::Features;
use docent::domain::link::Link;
use docent::domain::recognise::{Links, SharedLinks, aliases};
use docent::domain::source::{Declared, Slug, SourceId, SourceKind};
use docent::domain::text::{CleanHtml, Language};
use docent::domain::time::Timestamp;
use docent::store::Store;
use docent::store::entries::Named;
use docent::store::polls::{Arrival, Neighbourhood};

use crate::prose::Prose;

/// Stories written with one transaction.
const STORIES_A_SAVE: u64 = 250;
/// Sources that the stories come from.
const SOURCES: u64 = 100;
/// Milliseconds between two stories: about a thousand a day.
const APART_MILLIS: i64 = 86_400;

/// Writes `count` stories of about `words` words each, the youngest found at `now`.
pub async fn fill(store: &Store, count: u64, words: u64, now: Timestamp) -> anyhow::Result<()> {
    let mut sources = Vec::new();
    for number in 0..SOURCES {
        let slug = Slug::parse(&format!("source-{number}")).expect("a slug");
        let link = Link::parse(&format!("https://source-{number}.example.org/feed")).expect("an address");
        let mut declared = Declared::new(slug, format!("Source {number}"), SourceKind::Feed, link);
        declared.topics = vec![format!("topic-{}", number % 12)];
        sources.push(store.add_source(&declared, now, now).await?);
    }
    let mut prose = Prose::new(1);
    let mut near = Neighbourhood::default();
    for save in 0..count.div_ceil(STORIES_A_SAVE) {
        let from = save * STORIES_A_SAVE;
        let upto = (from + STORIES_A_SAVE).min(count);
        let place = usize::try_from(save % SOURCES)?;
        let source = *sources.get(place).expect("as many as SOURCES");
        let age = |number| i64::try_from(count - number).unwrap_or(0) * APART_MILLIS;
        let arrivals = (from..upto)
            .map(|number| {
                arrival(
                    &mut prose,
                    source,
                    number,
                    words,
                    Timestamp::from_millis(now.millis() - age(number)),
                )
            })
            .collect();
        let at = Timestamp::from_millis(now.millis() - age(from));
        store.save_arrivals(source, arrivals, &mut near, at).await?;
    }
    Ok(())
}

/// An article of about `words` words, as a poll of `source` would bring it.
pub fn arrival(prose: &mut Prose, source: SourceId, number: u64, words: u64, published: Timestamp) -> Arrival {
    let link = Link::parse(&format!("https://{}.example.org/news/{number}", source.0)).expect("an address");
    let (title, text) = (prose.title(), prose.sentences(words));
    let language = Language::parse("en").expect("a language");
    let found = Found {
        key: EntryKey(format!("story-{number}")),
        link: Some(link.clone()),
        title: title.clone(),
        author: Some(prose.name()),
        published: Some(published),
        updated: None,
        summary: text.clone(),
        content: CleanHtml::default(),
        language: Some(language.clone()),
        image: None,
        topics: Vec::new(),
    };
    let links = Links {
        found: Some(&link),
        landed: None,
        canonical: None,
    };
    Arrival {
        named: Named {
            aliases: aliases(source, &found.key, links, &SharedLinks::default()),
            link: Some(link.clone()),
            title: title.clone(),
            published: Some(published),
            digest: found.digest(),
        },
        written: Written {
            features: Features::of(&title, &text, Some(&language), Some(published), Some(&link)),
            link: Some(link),
            title,
            byline: found.author.clone(),
            site_name: None,
            published: Some((published, "feed")),
            updated: None,
            language: Some((language, "declared")),
            image: None,
            excerpt: text.chars().take(200).collect(),
            words: u32::try_from(words).unwrap_or(0),
            text,
            html: CleanHtml::default(),
            agreement: None,
            paywalled: false,
            page: PageState::None,
            page_tries: 0,
            page_reason: None,
        },
        found,
        page: None,
        public_id: docent::app::fresh_id(),
    }
}
