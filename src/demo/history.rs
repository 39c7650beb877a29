//! What editors did in the weeks before the start, and what they left for whoever tries the desk: by the functions of the store
//! that pages and programs use, on the days on which it happened.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::origin::Origin;
use super::wishes::{CARE, FOR_FRIDAY, HELD, NOTED, SUGGESTED, WEEKLY, WONDERS, Wish};
use crate::app;
use crate::domain::decision::{Act, Note, NoteText, Status};
use crate::domain::editor::{EditorName, Role, ShownName};
use crate::domain::link::Link;
use crate::domain::list::{EditionId, ListRules, Place, Schedule, Stage, Topics};
use crate::domain::site::{Site, TimeZone};
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::store::decisions::Hand;
use crate::store::editions::{EditionFilter, EditionLine};
use crate::store::editors::{Editor, NewEditor};
use crate::store::lists::{NewList, ReadingList, Told};
use crate::store::picks::{PickFilter, PickLine};
use crate::store::stories::StoryFilter;
use crate::store::tips::Tipped;
use crate::store::{Acting, Move, PickChange, Store};

/// Picks of an edition of the past at the most.
const PICKS_AN_EDITION: usize = 5;
/// Stories that nobody wanted are dismissed so long after they were found.
const DISMISSED_AFTER: Duration = Duration::from_hours(11 * 24);
/// More stories than there are.
const STORIES_MAX: u32 = 2_000;
/// Picks of a list looked through for the one just made; it is among the last.
const PICKS_MAX: u32 = 50;
/// Editions looked through for the open one.
const EDITIONS_MAX: u32 = 50;

/// The desk of the demonstration, and who works at it.
pub struct Desk {
    store: Store,
    origin: Arc<Origin>,
    you: Editor,
    mara: Editor,
    noor: Editor,
    weekly: ReadingList,
    care: ReadingList,
    wonders: ReadingList,
    /// Wishes that came true.
    done: Vec<&'static str>,
}

impl Desk {
    /// Makes editors, lists and what readers are told of the site.
    pub async fn open(store: &Store, origin: Arc<Origin>, now: Timestamp) -> anyhow::Result<Self> {
        store.set_site(&site()?, now).await?;
        let friday = Schedule::parse("Fridays 09:00 Europe/London")?;
        let weekly = ListRules {
            target: Some(5),
            per_outlet: Some(2),
            cadence: Some(friday),
            ..ListRules::default()
        };
        let by_hand = ListRules::default;
        Ok(Self {
            you: editor(store, "you", "You", Role::Admin, now).await?,
            mara: editor(store, "mara", "Mara Lindqvist", Role::Editor, now).await?,
            noor: editor(store, "noor", "Noor Bakker", Role::Contributor, now).await?,
            weekly: list(
                store,
                "What We’re Reading",
                "what-we-are-reading",
                "Every Friday, some of the best things that museums wrote this week.",
                weekly,
                now,
            )
            .await?,
            care: list(
                store,
                "Care & Repair",
                "care-and-repair",
                "From the benches of conservators: what holds, what gives, and what to do about it.",
                by_hand(),
                now,
            )
            .await?,
            wonders: list(
                store,
                "Small Wonders",
                "small-wonders",
                "One object, one room, one good story.",
                by_hand(),
                now,
            )
            .await?,
            store: store.clone(),
            origin,
            done: Vec::new(),
        })
    }

    /// The work of one day, from `now` until the next.
    pub async fn work(&mut self, now: Timestamp, next: Timestamp) -> anyhow::Result<()> {
        for (list, wishes) in [(self.care.clone(), CARE), (self.wonders.clone(), WONDERS)] {
            for wish in self.grantable(wishes) {
                let at = now.plus(Duration::from_mins(50));
                let pick = self.pick(&list, wish, at).await?;
                let later = acting(&self.mara, at.plus(Duration::from_hours(2)));
                self.store.publish_pick(pick.pick.id, later).await?;
            }
        }
        self.dismiss(now.plus(Duration::from_mins(70))).await?;
        let Some(edition) = self.open_edition().await? else {
            return Ok(());
        };
        let due = edition.edition.due_at.filter(|due| *due > now && *due <= next);
        if let Some(due) = due {
            let wishes: Vec<_> = self.grantable(WEEKLY).into_iter().take(PICKS_AN_EDITION).collect();
            self.fill(edition.edition.id, &wishes, now).await?;
            self.store.publish_due(due, app::fresh_id).await?;
        }
        Ok(())
    }

    /// What stands there at the start: suggestions, notes, and an edition for the next Friday with three picks.
    pub async fn leave_for_you(&mut self, now: Timestamp) -> anyhow::Result<()> {
        for (at, place) in SUGGESTED.iter().enumerate() {
            let minutes = 40 + 17 * u64::try_from(at).unwrap_or(0);
            self.decide(
                place,
                &Act::Suggest,
                &self.noor,
                now.minus(Duration::from_mins(minutes)),
            )
            .await?;
        }
        for place in HELD {
            self.decide(place, &Act::Hold, &self.mara, now.minus(Duration::from_mins(36)))
                .await?;
        }
        for (place, note) in NOTED {
            let text = NoteText::parse(note)?;
            let act = Act::Note(Some(Note { text, public: false }));
            self.decide(place, &act, &self.mara, now.minus(Duration::from_mins(31)))
                .await?;
        }
        let edition = self
            .open_edition()
            .await?
            .context("a list with a cadence has an open edition")?;
        let wishes: Vec<&Wish> = FOR_FRIDAY.iter().collect();
        self.fill(edition.edition.id, &wishes, now.minus(Duration::from_mins(25)))
            .await
    }

    /// The secret of the link by which you come in.
    pub async fn invite_you(&self, now: Timestamp) -> anyhow::Result<String> {
        let secret = app::fresh_secret();
        self.store.invite(&self.you, &secret.digest(), now).await?;
        Ok(secret.reveal())
    }

    /// Picks for an edition, in this order, and schedules it.
    async fn fill(&mut self, edition: EditionId, wishes: &[&'static Wish], at: Timestamp) -> anyhow::Result<()> {
        let list = self.weekly.clone();
        for wish in wishes {
            let pick = self.pick(&list, wish, at).await?;
            let to = Move {
                edition: Some(Some(edition)),
                place: Place::Last,
            };
            self.store.move_pick(pick.pick.id, to, acting(&self.mara, at)).await?;
        }
        self.store
            .schedule_edition(edition, None, acting(&self.mara, at))
            .await?;
        Ok(())
    }

    /// Those of `wishes` that are out and have not come true yet.
    fn grantable(&self, wishes: &'static [Wish]) -> Vec<&'static Wish> {
        let is_open = |wish: &&Wish| !self.done.contains(&wish.place) && self.origin.is_out(wish.place);
        wishes.iter().filter(is_open).collect()
    }

    async fn pick(&mut self, list: &ReadingList, wish: &Wish, at: Timestamp) -> anyhow::Result<PickLine> {
        let story = self
            .decide(wish.place, &Act::Pick(list.slug.clone()), &self.mara, at)
            .await?;
        self.done.push(wish.place);
        let pick = self.pick_of(list, &story).await?;
        let change = PickChange {
            note: Some(wish.note.to_owned()),
            topics: Some(Topics::tidy(wish.topics.iter().copied())),
            ..PickChange::default()
        };
        let acting = acting(&self.mara, at);
        self.store
            .change_pick(pick.pick.id, pick.pick.version, change, acting)
            .await?;
        self.pick_of(list, &story).await
    }

    async fn pick_of(&self, list: &ReadingList, story: &str) -> anyhow::Result<PickLine> {
        let picks = self.store.picks(list.id, PickFilter::default(), PICKS_MAX).await?;
        let mut own = picks.into_iter().filter(|line| line.story == story);
        own.next()
            .with_context(|| format!("{story} was picked for {}", list.slug))
    }

    /// Lets an editor decide about the story of a text. The story.
    async fn decide(&self, place: &str, act: &Act, editor: &Editor, at: Timestamp) -> anyhow::Result<String> {
        let link = self.origin.link_of(place).and_then(|link| Link::parse(&link));
        let link = link.with_context(|| format!("{place} is no text"))?;
        let Tipped::Known(story) = self.store.tip(&link, &app::fresh_id(), at).await? else {
            anyhow::bail!("{place} was not read");
        };
        self.store.decide(&story, act, &hand(editor, at), |_| true).await?;
        Ok(story)
    }

    /// Dismisses what nobody wanted for long.
    async fn dismiss(&self, at: Timestamp) -> anyhow::Result<()> {
        let filter = StoryFilter {
            status: Some(Status::New),
            unpicked: true,
            ..StoryFilter::default()
        };
        let stories = self.store.stories(&filter, STORIES_MAX).await?;
        let wanted = [WEEKLY, CARE, WONDERS, FOR_FRIDAY].concat();
        let places = wanted.iter().map(|wish| wish.place).chain(HELD.iter().copied());
        let links: Vec<String> = places.filter_map(|place| self.origin.link_of(place)).collect();
        let is_wanted = |link: &Link| links.iter().any(|own| own == link.as_str());
        let old: Vec<String> = stories
            .into_iter()
            .filter(|story| at.since(story.found_at) > DISMISSED_AFTER)
            .filter(|story| !story.lead.link.as_ref().is_some_and(is_wanted))
            .map(|story| story.public_id)
            .collect();
        self.store
            .decide_all(&old, &Act::Dismiss(None), &hand(&self.mara, at))
            .await?;
        Ok(())
    }

    async fn open_edition(&self) -> anyhow::Result<Option<EditionLine>> {
        let editions = self
            .store
            .editions(self.weekly.id, EditionFilter::default(), EDITIONS_MAX)
            .await?;
        Ok(editions.into_iter().find(|line| line.edition.stage == Stage::Draft))
    }
}

const fn acting(editor: &Editor, at: Timestamp) -> Acting {
    Acting {
        by: editor.id,
        at,
        fresh_id: app::fresh_id,
    }
}

fn hand(editor: &Editor, at: Timestamp) -> Hand {
    Hand {
        editor: editor.id,
        name: editor.shown_name.to_string(),
        overrules: editor.role > Role::Contributor,
        at,
        fresh_id: app::fresh_id,
    }
}

fn site() -> anyhow::Result<Site> {
    Ok(Site {
        name: "The Marrow Coast Reader (a demo)".to_owned(),
        tagline: "What museums near and far are writing, read for you.".to_owned(),
        about:
            "We read nineteen outlets in five languages, so that you need not, and pass on what made us look up.\n\n\
                All of them are invented, and so are we: this is a demonstration of docent."
                .to_owned(),
        time_zone: TimeZone::parse("Europe/London").context("a zone of the IANA database")?,
        ..Site::default()
    })
}

async fn editor(store: &Store, name: &str, shown: &str, role: Role, at: Timestamp) -> anyhow::Result<Editor> {
    let new = NewEditor {
        public_id: app::fresh_id(),
        name: EditorName::parse(name)?,
        shown_name: ShownName::parse(shown)?,
        role,
        at,
    };
    Ok(store.add_editor(new).await?)
}

async fn list(
    store: &Store,
    name: &str,
    slug: &str,
    about: &str,
    rules: ListRules,
    at: Timestamp,
) -> anyhow::Result<ReadingList> {
    let told = Told {
        name: name.to_owned(),
        about: about.to_owned(),
        language: Language::parse("en"),
    };
    let slug = Slug::parse(slug).context("a slug of our own")?;
    Ok(store
        .make_list(NewList { slug, told, rules }, at, app::fresh_id)
        .await?)
}
