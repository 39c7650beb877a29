//! What an index holds, and how the store tells of it: stories, for editors; or picks as they were printed, for readers.

use std::collections::HashSet;

use crate::domain::channel::Printed;
use crate::domain::list::PickId;
use crate::domain::story::StoryId;
use crate::search::{Change, Document};
use crate::store::following::{Standing, StoryText};
use crate::store::printed::PrintedPick;
use crate::store::{CuratedWords, Revision, Store, StoreError};

/// What an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Every story that lives, with what editors made of it.
    Stories,
    /// Every pick that is out, with the words that readers see and no others.
    Printed,
}

impl Holding {
    /// The revision up to which an index can follow. That of stories looks at every write, so that it can say that it has
    /// caught up; that of what is printed at those that readers could see: there are few, and each costs a commit.
    pub async fn newest(self, store: &Store) -> Result<Revision, StoreError> {
        match self {
            Self::Stories => store.revision().await,
            Self::Printed => store.last_printed().await,
        }
    }

    /// What changed after `seen`, about `limit` of it, and up to which revision that is everything.
    pub(super) async fn changes_since(
        self,
        store: &Store,
        seen: Revision,
        limit: u32,
    ) -> Result<(Vec<Change>, Option<Revision>), StoreError> {
        match self {
            Self::Stories => {
                let changes = store.changes_since(seen, limit).await?;
                let drops = changes.drop.into_iter().map(|story| Change::Drop(story.0));
                Ok((
                    changes.put.into_iter().map(put_story).chain(drops).collect(),
                    changes.upto,
                ))
            }
            Self::Printed => {
                let changes = store.printed_since(seen, limit).await?;
                let drops = changes.drop.into_iter().map(|pick| Change::Drop(pick.0));
                Ok((changes.put.iter().map(put_pick).chain(drops).collect(), changes.upto))
            }
        }
    }

    /// What puts these into an index, by their keys; what is not there any more is left out.
    pub(super) async fn put(self, store: &Store, keys: &[i64]) -> Result<Vec<Change>, StoreError> {
        match self {
            Self::Stories => {
                let keys: Vec<StoryId> = keys.iter().copied().map(StoryId).collect();
                Ok(store.texts(&keys).await?.into_iter().map(put_story).collect())
            }
            Self::Printed => {
                let keys: Vec<PickId> = keys.iter().copied().map(PickId).collect();
                Ok(store.printed(&keys).await?.iter().map(put_pick).collect())
            }
        }
    }

    /// What an index that has followed up to `cursor` may hold, by rising key from `after` on, at most `limit`.
    pub(super) async fn known_at(
        self,
        store: &Store,
        cursor: Revision,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Standing>, StoreError> {
        match self {
            Self::Stories => store.stories_known_at(cursor, StoryId(after), limit).await,
            Self::Printed => store.printed_known_at(cursor, PickId(after), limit).await,
        }
    }
}

fn put_story(story: StoryText) -> Change {
    let CuratedWords {
        said,
        topics,
        picks,
        editors,
    } = story.curated;
    let sources = story.sources.into_iter();
    let own_topics = topics.map_or(story.topics, |topics| topics.as_slice().to_vec());
    let picked_topics = picks.iter().flat_map(|pick| pick.topics.as_slice()).cloned();
    let written = picks
        .iter()
        .flat_map(|pick| [&pick.headline, &pick.excerpt, &pick.note].map(Clone::clone));
    Change::Put(Box::new(Document {
        key: story.id.0,
        title: story.lead.title,
        byline: story.lead.byline,
        text: story.text,
        notes: said.into_iter().chain(written).collect::<Vec<_>>().join("\n"),
        sources: sources.map(|source| (source.slug, source.name)).collect(),
        language: story.lead.language,
        topics: distinct(own_topics.into_iter().chain(picked_topics)),
        lists: distinct(picks.iter().map(|pick| pick.list.as_str().to_owned())),
        picked: picks.iter().map(|pick| pick.made_at).collect(),
        editors,
        link: story.lead.link,
        published: story.lead.published_at,
        found: story.found_at,
    }))
}

/// Each once: what is counted by kind counts a story once. Topics are the same in whatever case.
fn distinct(labels: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    labels.filter(|label| seen.insert(label.to_lowercase())).collect()
}

/// A pick is dated by when it went out: readers go by the months of the archive.
fn put_pick(pick: &PrintedPick) -> Change {
    let text = words(&pick.printed);
    let Printed {
        text: own, original, ..
    } = &pick.printed;
    let name = original.source_name.as_ref().unwrap_or(&original.outlet);
    let source = original.source_slug.iter();
    Change::Put(Box::new(Document {
        key: pick.id.0,
        title: pick.printed.headline().as_str().to_owned(),
        byline: original.byline.clone(),
        text,
        notes: String::new(),
        sources: source.map(|slug| (slug.clone(), name.clone())).collect(),
        language: original.language.clone(),
        topics: own.topics.as_slice().to_vec(),
        lists: vec![pick.printed.list_slug.as_str().to_owned()],
        picked: vec![pick.printed.published_at],
        editors: Vec::new(),
        link: original.link.clone(),
        published: None,
        found: pick.printed.published_at,
    }))
}

/// What is printed beside headline and byline, and the title that the article had.
fn words(printed: &Printed) -> String {
    let Printed { text, original, .. } = printed;
    let mut words = printed.body();
    let lines = [&original.original_title, &original.outlet].into_iter();
    for line in lines.chain(text.topics.as_slice()) {
        words.push('\n');
        words.push_str(line);
    }
    words
}
