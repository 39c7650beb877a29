//! What editors wrote about stories, and who they are, as an index of stories wants it.

use std::collections::HashMap;

use super::statement::Among;
use super::{Store, StoreError};
use crate::domain::editor::{EditorName, ShownName};
use crate::domain::list::Topics;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// What editors made of a story, in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CuratedWords {
    /// The note about it, and why it was dismissed.
    pub said: Vec<String>,
    /// What it is about; `None` where that is left to its sources.
    pub topics: Option<Topics>,
    /// Its picks, but for those that were taken from their list or withdrawn.
    pub picks: Vec<PickWords>,
    /// The names, for programs and for people, of who decided on it; of decisions that hold.
    pub editors: Vec<String>,
}

/// What was written in a pick.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PickWords {
    id: i64,
    story_id: StoryId,
    /// Its list.
    pub list: Slug,
    /// When it was made.
    pub made_at: Timestamp,
    /// Our headline.
    pub headline: String,
    /// What is quoted.
    pub excerpt: String,
    /// Why it is worth reading.
    pub note: String,
    /// What it is about.
    #[sqlx(try_from = "String")]
    pub topics: Topics,
}

#[derive(sqlx::FromRow)]
struct DecidedBy {
    story_id: StoryId,
    name: EditorName,
    shown_name: ShownName,
}

impl Store {
    /// What editors made of these stories, and of those that were merged into them, in words.
    pub(super) async fn curated_words(
        &self,
        stories: &[StoryId],
    ) -> Result<HashMap<StoryId, CuratedWords>, StoreError> {
        let mut words: HashMap<StoryId, CuratedWords> = HashMap::new();
        for (story, curated) in self.curated(stories).await? {
            let own = words.entry(story).or_default();
            own.said.extend(curated.note.map(|note| note.text.as_str().to_owned()));
            own.said.extend(curated.reason.map(|reason| reason.as_str().to_owned()));
            own.topics = curated.topics;
        }
        let mut picks: Vec<PickWords> = self.db.all_among(&PICKS, stories).await?;
        picks.extend(self.db.all_among::<PickWords, _>(&PICKS_OF_MERGED, stories).await?);
        picks.sort_unstable_by_key(|pick| pick.id);
        picks.dedup_by_key(|pick| pick.id);
        for pick in picks {
            words.entry(pick.story_id).or_default().picks.push(pick);
        }
        let mut deciders: Vec<DecidedBy> = self.db.all_among(&DECIDERS, stories).await?;
        deciders.extend(self.db.all_among::<DecidedBy, _>(&DECIDERS_OF_MERGED, stories).await?);
        for decided in deciders {
            let own = words.entry(decided.story_id).or_default();
            own.editors
                .extend([decided.name.as_str(), decided.shown_name.as_str()].map(str::to_owned));
        }
        for own in words.values_mut() {
            own.editors.sort_unstable();
            own.editors.dedup();
        }
        Ok(words)
    }
}

const PICKS: Among = Among {
    head: "\
select p.id, p.story_id, l.slug as list, p.made_at, p.headline, p.excerpt, p.note, p.topics
from pick p
join list l on l.id = p.list_id
where p.stage in ('draft', 'scheduled', 'published') and p.story_id in",
    tail: "",
};

const PICKS_OF_MERGED: Among = Among {
    head: "\
select p.id, s.merged_into as story_id, l.slug as list, p.made_at, p.headline, p.excerpt, p.note, p.topics
from story s
join pick p on p.story_id = s.id
join list l on l.id = p.list_id
where p.stage in ('draft', 'scheduled', 'published') and s.merged_into in",
    tail: "",
};

const DECIDERS: Among = Among {
    head: "\
select distinct d.story_id, editor.name, editor.shown_name
from decision d
join editor on editor.id = d.editor_id
where d.of_id is null
    and coalesce((select last.act from decision last where last.of_id = d.id order by last.id desc limit 1), '') <> 'undo'
    and d.story_id in",
    tail: "",
};

const DECIDERS_OF_MERGED: Among = Among {
    head: "\
select distinct s.merged_into as story_id, editor.name, editor.shown_name
from story s
join decision d on d.story_id = s.id
join editor on editor.id = d.editor_id
where d.of_id is null
    and coalesce((select last.act from decision last where last.of_id = d.id order by last.id desc limit 1), '') <> 'undo'
    and s.merged_into in",
    tail: "",
};
