//! What is looked at before something goes out, and whether a story ran before.

use super::{Store, StoreError};
use crate::domain::list::checks::{self, Finding, Looked, PageState, Ran, Severity};
use crate::domain::list::{EditionId, ListRules, Pick, PickId};
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// Times a story ran that are told at the most.
const RUNS_MAX: i64 = 20;

/// That a story, or an article of the same title or address in another, went out and is out.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// The pick's name outside.
    pub pick: String,
    /// The list, for programs.
    pub list: Slug,
    /// The list, for people.
    pub list_name: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was this very story.
    pub same_story: bool,
}

impl Store {
    /// Where a story ran, or another version of it; the latest first.
    pub async fn runs(&self, story: StoryId) -> Result<Vec<Run>, StoreError> {
        self.runs_besides(story, PickId(0)).await
    }

    /// What is to be said of an edition before it goes out.
    pub async fn check_edition(&self, edition: EditionId, rules: &ListRules) -> Result<Vec<Finding>, StoreError> {
        let picks: Vec<Pick> = self.db.all(PICKS_OF_EDITION, (edition,)).await?;
        let mut looked = Vec::with_capacity(picks.len());
        for pick in picks {
            looked.push(self.look(pick).await?);
        }
        Ok(checks::edition(rules, &looked))
    }

    /// What is to be said of a pick before it goes out.
    pub async fn check_pick(&self, pick: Pick, rules: &ListRules) -> Result<Vec<Finding>, StoreError> {
        Ok(checks::pick(rules, &self.look(pick).await?))
    }

    async fn look(&self, pick: Pick) -> Result<Looked, StoreError> {
        let pages: Vec<(String,)> = self.db.all(PAGES, (pick.story_id, pick.original.link.clone())).await?;
        let page = pages
            .iter()
            .map(|(page,)| page.as_str())
            .fold(PageState::Unknown, |worst, page| match page {
                "gone" => PageState::Gone,
                "failed" if worst == PageState::Unknown => PageState::Failing,
                _ => worst,
            });
        let runs = self.runs_besides(pick.story_id, pick.id).await?;
        let ran = runs.into_iter().map(|run| Ran {
            list: run.list_name,
            at: run.at,
            same_story: run.same_story,
        });
        Ok(Looked {
            ran: ran.collect(),
            pick,
            page,
        })
    }

    async fn runs_besides(&self, story: StoryId, pick: PickId) -> Result<Vec<Run>, StoreError> {
        self.db.all(RUNS, (story, pick, RUNS_MAX)).await
    }
}

/// Refuses what a check would call an error: of a whole edition, or of picks alone.
pub(super) fn refuse_errors(rules: &ListRules, edition: Option<&[Pick]>, picks: &[Pick]) -> Result<(), StoreError> {
    let unlooked = |pick: &Pick| Looked {
        pick: pick.clone(),
        page: PageState::Unknown,
        ran: Vec::new(),
    };
    let looked: Vec<Looked> = picks.iter().map(unlooked).collect();
    let findings = match edition {
        Some(_) => checks::edition(rules, &looked),
        None => looked.iter().flat_map(|looked| checks::pick(rules, looked)).collect(),
    };
    let error = findings.into_iter().find(|finding| finding.severity == Severity::Error);
    match error {
        Some(Finding {
            pick: Some(pick),
            detail,
            ..
        }) => Err(StoreError::Refused(format!("pick {pick}: {detail}"))),
        Some(Finding { detail, .. }) => Err(StoreError::Refused(detail)),
        None => Ok(()),
    }
}

const PICKS_OF_EDITION: &str = "\
select id, public_id, list_id, story_id, edition_id, position, stage, headline, excerpt, note, image, image_alt, topics,
    link, original_title, original_excerpt, original_image, original_image_alt, outlet, byline, language,
    source_published_at, source_slug, source_name, source_link, source_home, excerpt_words_max,
    made_at, made_by, due_at, published_at, withdrawn_at, corrected_at, correction, public_at, version
from pick where edition_id = $1 and stage in ('draft', 'scheduled', 'published') order by position, id";

/// How the pages are whose address the pick has, in its story or in the one that this was joined into.
const PAGES: &str = "\
select a.page from story named
join article a on a.story_id = coalesce(named.merged_into, named.id)
where named.id = $1 and a.link = $2 and a.gone_at is null";

const RUNS: &str = "\
with this as (select coalesce(merged_into, id) as id from story where id = $1),
found as (
    select p.id, 1 as same_story from pick p
    where p.story_id in (select id from this union all select story.id from this join story on story.merged_into = this.id)
    union all
    select p.id, 0 from this join article a on a.story_id = this.id join pick p on p.link = a.link
    union all
    select p.id, 0 from this join article a on a.story_id = this.id join pick p on p.original_title = a.title)
select p.public_id as pick, l.slug as list, l.name as list_name, p.published_at as at, max(found.same_story) = 1 as same_story
from found
join pick p on p.id = found.id
join list l on l.id = p.list_id
where p.stage = 'published' and p.id <> $2
group by p.id, p.public_id, l.slug, l.name, p.published_at
order by p.published_at desc, p.id desc
limit $3";
