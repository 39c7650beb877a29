//! Decisions about where articles are: a story joins another, an article leaves its own.
//!
//! Each remembers where the articles were, why, what led, and what was said about them, so that it can be taken back exactly.
//! That is done only while they still are where it put them.

use std::collections::BTreeSet;

use super::{Change, Pen, StoryRow};
use crate::domain::article::ArticleId;
use crate::domain::decision::{Cell, DecisionId, Deed, Member, Said, Value, Whereabouts};
use crate::domain::story::{Reason, StoryId};
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::corrections::{correct, forget};
use crate::store::statement::Among;

/// Articles of a story that an editor may move or keep apart with one act.
const ARTICLES_MAX: usize = 500;

impl Pen<'_> {
    /// Joins a story into another; its articles are kept together with that one's lead, and its address leads there.
    pub(super) async fn merge(&mut self, story: &StoryRow, into: &str) -> Result<Change, StoreError> {
        let gone = |error| match error {
            StoreError::Missing => StoreError::Refused("there is no story to merge it into".to_owned()),
            other => other,
        };
        let into = self.story(into).await.map_err(gone)?;
        let (Some(lead), Some(into_lead)) = (story.lead_id, into.lead_id) else {
            return Err(StoreError::Refused(
                "a story without articles cannot be merged".to_owned(),
            ));
        };
        if into.id == story.id {
            return Err(StoreError::Refused("it is that story already".to_owned()));
        }
        let members = self.members(story.id).await?;
        let pairs: Vec<_> = members.iter().map(|member| pair(member.id, into_lead)).collect();
        let before = Whereabouts {
            story: story.id,
            leads: vec![(story.id, lead), (into.id, into_lead)],
            followers: self.followers(story.id).await?,
            said: self.said(&pairs).await?,
            articles: members.clone(),
        };
        let after = Whereabouts {
            story: into.id,
            articles: members.into_iter().map(|member| beside(member.id, into_lead)).collect(),
            leads: before.leads.clone(),
            followers: Vec::new(),
            said: self.say(&pairs, true),
        };
        self.put(&before, &after).await?;
        Ok(Change::moved(story.id, into.id, before, after))
    }

    /// Gives an article a story of its own; it is kept apart from every article that stays.
    pub(super) async fn split(&mut self, story: &StoryRow, article: ArticleId) -> Result<Change, StoreError> {
        let mut rest = self.members(story.id).await?;
        let place = rest.iter().position(|member| member.id == article);
        let (Some(place), Some(lead)) = (place, story.lead_id) else {
            return Err(StoreError::Refused("the article is not one of this story".to_owned()));
        };
        let leaving = rest.remove(place);
        let Some(first) = rest.first() else {
            return Err(StoreError::Refused("it is the only article of this story".to_owned()));
        };
        let stays = if lead == article { first.id } else { lead };
        let pairs: Vec<_> = rest.iter().map(|member| pair(member.id, article)).collect();
        let (new,): (StoryId,) = self.write.one(TAKE_STORY, ()).await?;
        let before = Whereabouts {
            story: story.id,
            articles: vec![leaving],
            leads: vec![(story.id, lead), (new, article)],
            followers: Vec::new(),
            said: self.said(&pairs).await?,
        };
        let after = Whereabouts {
            story: new,
            articles: vec![Member {
                id: article,
                joined_with: None,
                joined_because: None,
            }],
            leads: vec![(story.id, stays), (new, article)],
            followers: Vec::new(),
            said: self.say(&pairs, false),
        };
        let public_id = (self.hand.fresh_id)();
        let columns = (new, public_id, article, self.hand.at, self.revision);
        self.write.run(INSERT_STORY, columns).await?;
        self.put(&before, &after).await?;
        Ok(Change::moved(new, story.id, before, after))
    }

    /// Refuses to do an act once more that would not do the same: a merge is of the whole story, a split leaves some of it.
    pub(super) async fn may_move_again(&mut self, deed: Deed, from: &Whereabouts) -> Result<(), StoreError> {
        let others = self.members(from.story).await?.len() > from.articles.len();
        match (deed, others) {
            (Deed::Merge, true) => {
                let why = "articles have come to the story since; merge it anew";
                Err(StoreError::Refused(why.to_owned()))
            }
            (Deed::Split, false) => {
                let why = "it is the only article of its story by now";
                Err(StoreError::Refused(why.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Puts articles back where an act found them, or left them, while they are where it left or found them.
    pub(super) async fn relocate(
        &mut self,
        from: &Whereabouts,
        to: &Whereabouts,
        act: DecisionId,
    ) -> Result<(), StoreError> {
        let ids: Vec<ArticleId> = from.articles.iter().map(|member| member.id).collect();
        let now: Vec<(ArticleId, StoryId)> = self.write.all_among(&WHERE, &ids).await?;
        let now: BTreeSet<(ArticleId, StoryId)> = now.into_iter().collect();
        let stayed = now.len() == ids.len() && now.iter().all(|(_, story)| *story == from.story);
        if !stayed {
            return Err(self.moved_since(from.story, &now, act).await?);
        }
        let (home,): (Option<StoryId>,) = self.write.one(HOME, (to.story,)).await?;
        if home.is_some_and(|home| home != from.story) {
            return Err(self.merged_since(to.story).await?);
        }
        self.put(from, to).await
    }

    /// Moves the articles of `from`, and sets what they left behind.
    async fn put(&mut self, from: &Whereabouts, to: &Whereabouts) -> Result<(), StoreError> {
        let revision = self.revision;
        self.write.run(REVIVE, (to.story, from.story, revision)).await?;
        for follower in &to.followers {
            self.write
                .run(LEAD_TO, (*follower, to.story, from.story, revision))
                .await?;
        }
        for member in &to.articles {
            let Member {
                id,
                joined_with,
                joined_because,
            } = member.clone();
            self.write
                .run(MOVE, (id, to.story, joined_with, joined_because))
                .await?;
        }
        for Said { one, other, word } in to.said.clone() {
            match word {
                Some((together, by, at)) => correct(self.write, (one, other), together, &by, at).await?,
                None => forget(self.write, (one, other)).await?,
            }
        }
        self.write.run(MERGE_IF_EMPTY, (from.story, to.story, revision)).await?;
        for (story, lead) in &to.leads {
            let left = from.leads.iter().find(|(own, _)| own == story).map(|(_, lead)| *lead);
            self.write.run(LEAD_AS_BEFORE, (*story, *lead, left)).await?;
        }
        for story in [from.story, to.story] {
            self.write.run(MEND_LEAD, (story, revision)).await?;
        }
        Ok(())
    }

    /// Why articles cannot be moved back that are elsewhere now; by whose act, where it was somebody's.
    async fn moved_since(
        &mut self,
        left_in: StoryId,
        now: &BTreeSet<(ArticleId, StoryId)>,
        act: DecisionId,
    ) -> Result<StoreError, StoreError> {
        let elsewhere = now.iter().map(|(_, story)| *story).filter(|story| *story != left_in);
        for story in std::iter::once(left_in).chain(elsewhere) {
            let top = self
                .standing((story, Cell::Articles))
                .await?
                .and_then(|standing| standing.top);
            if let Some(top) = top.filter(|top| *top > act) {
                let told = self.told(top).await?;
                return Ok(StoreError::Refused(format!("{told}; undo that first")));
            }
        }
        let why = "an article is no longer where this put it";
        Ok(StoreError::Refused(why.to_owned()))
    }

    async fn members(&mut self, story: StoryId) -> Result<Vec<Member>, StoreError> {
        let members: Vec<Member> = self.write.all(MEMBERS, (story,)).await?;
        if members.len() > ARTICLES_MAX {
            let why = format!("a story of more than {ARTICLES_MAX} articles cannot be merged or split");
            return Err(StoreError::Refused(why));
        }
        Ok(members)
    }

    async fn followers(&mut self, story: StoryId) -> Result<Vec<StoryId>, StoreError> {
        let rows: Vec<(StoryId,)> = self.write.all(FOLLOWERS, (story,)).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// What is said of these pairs now.
    async fn said(&mut self, pairs: &[(ArticleId, ArticleId)]) -> Result<Vec<Said>, StoreError> {
        let mut said = Vec::with_capacity(pairs.len());
        for (one, other) in pairs.iter().copied() {
            let word: Option<(bool, String, Timestamp)> = self.write.maybe(SAID, (one, other)).await?;
            said.push(Said { one, other, word });
        }
        Ok(said)
    }

    /// What this editor says of these pairs.
    fn say(&self, pairs: &[(ArticleId, ArticleId)], together: bool) -> Vec<Said> {
        let word = Some((together, self.hand.name.clone(), self.hand.at));
        let said = |(one, other): &(ArticleId, ArticleId)| Said {
            one: *one,
            other: *other,
            word: word.clone(),
        };
        pairs.iter().map(said).collect()
    }
}

impl Change {
    fn moved(story: StoryId, other: StoryId, before: Whereabouts, after: Whereabouts) -> Self {
        Self {
            story,
            cell: Cell::Articles,
            other: Some(other),
            before: Value::Articles(Box::new(before)),
            after: Value::Articles(Box::new(after)),
        }
    }
}

fn pair(a: ArticleId, b: ArticleId) -> (ArticleId, ArticleId) {
    (a.min(b), a.max(b))
}

fn beside(id: ArticleId, lead: ArticleId) -> Member {
    Member {
        id,
        joined_with: Some(lead),
        joined_because: Some(Reason::Editor.to_string()),
    }
}

const MEMBERS: &str = "\
select id, joined_with, joined_because from article where story_id = $1 and gone_at is null order by id";

const FOLLOWERS: &str = "select id from story where merged_into = $1 order by id";

const SAID: &str = "\
select together, made_by, made_at from correction where one_id = $1 and other_id = $2";

const TAKE_STORY: &str = "update counter set value = value + 1 where name = 'story' returning value";

const INSERT_STORY: &str = "insert into story (id, public_id, lead_id, found_at, revision) values ($1, $2, $3, $4, $5)";

const WHERE: Among = Among {
    head: "select id, story_id from article where gone_at is null and id in",
    tail: "",
};

const HOME: &str = "select merged_into from story where id = $1 and gone_at is null";

const REVIVE: &str = "update story set merged_into = null, revision = $3 where id = $1 and merged_into = $2";

const LEAD_TO: &str = "update story set merged_into = $2, revision = $4 where id = $1 and merged_into = $3";

const MOVE: &str = "update article set story_id = $2, joined_with = $3, joined_because = $4 where id = $1";

/// Stories that were joined into this one before go along, so that an address never takes two steps.
const MERGE_IF_EMPTY: &str = "\
update story set merged_into = $2, revision = $3
where (id = $1 or merged_into = $1) and id <> $2
    and not exists (select 1 from article a where a.story_id = $1 and a.gone_at is null)";

/// A lead that somebody chose meanwhile stays.
const LEAD_AS_BEFORE: &str = "\
update story set lead_id = $2
where id = $1 and ($3 is null or lead_id = $3)
    and exists (select 1 from article a where a.id = $2 and a.story_id = $1 and a.gone_at is null)";

/// A story whose lead went away is led by the oldest that stayed.
const MEND_LEAD: &str = "\
update story set revision = $2, lead_id = coalesce(
    (select a.id from article a where a.id = story.lead_id and a.story_id = story.id and a.gone_at is null),
    (select min(a.id) from article a where a.story_id = story.id and a.gone_at is null),
    lead_id)
where id = $1";
