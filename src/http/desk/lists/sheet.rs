//! An edition as it is made: its picks in order, what is to be mended, and what can be done with it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::findings::Flaw;
use crate::domain::excerpt;
use crate::domain::list::{Edition, Stage};
use crate::domain::time::Timestamp;
use crate::http::desk::picture::outlets_bar;
use crate::http::desk::when;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::store::editions::EditionLine;
use crate::store::lists::ReadingList;
use crate::store::picks::PickLine;

/// An edition.
pub struct Sheet {
    pub id: String,
    pub title: String,
    pub intro: String,
    pub stage: &'static str,
    /// Where it stands, in words.
    pub told: String,
    pub items: Vec<Item>,
    /// Its outlets side by side; HTML.
    pub outlets: String,
    pub flaws: Vec<Flaw>,
    /// How many picks it lacks of what its list aims at.
    pub room: usize,
    /// When it goes out or should, as a field holds it.
    pub due: String,
    pub now_told: String,
    pub is_draft: bool,
    pub is_scheduled: bool,
    pub is_out: bool,
}

/// A pick as a line.
pub struct Item {
    pub id: String,
    pub story: String,
    pub list: String,
    pub headline: String,
    pub language: String,
    pub link: String,
    pub about: Vec<String>,
    pub chips: Vec<(String, bool)>,
    /// Its place, from 1 on.
    pub place: usize,
    /// The picks before and behind it.
    pub before: Option<String>,
    pub behind: Option<String>,
    pub is_out: bool,
    pub is_withdrawn: bool,
    pub is_scheduled: bool,
}

impl Sheet {
    /// `line` as it stands at `now`, with times in `zone`.
    pub async fn new(
        state: &State,
        list: &ReadingList,
        line: EditionLine,
        (zone, now): (&TimeZone, Timestamp),
    ) -> Result<Self, Problem> {
        let edition = line.edition;
        let picks = state.store.edition_picks(edition.id).await?;
        let flaws = if edition.stage.is_open() {
            let findings = state.store.check_edition(edition.id, &list.rules).await?;
            Flaw::all(findings, &picks)
        } else {
            Vec::new()
        };
        let due = when::proposed(edition.due_at, &list.rules, zone, now);
        let due = edition
            .due_at
            .filter(|_| edition.stage == Stage::Scheduled)
            .unwrap_or(due);
        let target = list
            .rules
            .target
            .map_or(0, |target| usize::try_from(target).unwrap_or(0));
        Ok(Self {
            outlets: outlets(&picks),
            flaws,
            room: target.saturating_sub(picks.len()),
            items: Item::all(picks, list.rules.excerpt_words, zone),
            told: told(&edition, zone),
            due: when::field(due, zone),
            now_told: when::told(now, zone),
            stage: edition.stage.as_str(),
            is_draft: edition.stage == Stage::Draft,
            is_scheduled: edition.stage == Stage::Scheduled,
            is_out: edition.stage == Stage::Published,
            id: edition.public_id,
            title: edition.title,
            intro: edition.intro,
        })
    }

    /// How many of its picks would go out.
    pub fn going(&self) -> usize {
        self.items.iter().filter(|item| !item.is_withdrawn).count()
    }
}

/// A picture of how many picks are from which outlet.
fn outlets(picks: &[PickLine]) -> String {
    let mut outlets: BTreeMap<&str, u32> = BTreeMap::new();
    for line in picks.iter().filter(|line| line.pick.stage != Stage::Withdrawn) {
        *outlets.entry(&line.pick.original.outlet).or_default() += 1;
    }
    let outlets: Vec<(String, u32)> = outlets
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    outlets_bar(&outlets)
}

fn told(edition: &Edition, zone: &TimeZone) -> String {
    let (at, place) = (|at| when::told(at, zone), when::name(zone));
    match edition.stage {
        Stage::Scheduled => match edition.due_at {
            Some(due) => format!("Goes out by itself on {} ({place}).", at(due)),
            None => "Goes out by itself.".to_owned(),
        },
        Stage::Draft => match edition.due_at {
            Some(due) => format!("A draft, meant for {} ({place}).", at(due)),
            None => "A draft. It goes out when you say so.".to_owned(),
        },
        _ => {
            let out = edition.published_at.map(|out| format!("Went out on {}", at(out)));
            let back = edition.withdrawn_at.map(|back| format!("taken back on {}", at(back)));
            let parts: Vec<String> = [out, back].into_iter().flatten().collect();
            format!("{} ({place}).", parts.join(", "))
        }
    }
}

impl Item {
    /// Lines in their order, each knowing its neighbours.
    pub fn all(lines: Vec<PickLine>, words_max: u32, zone: &TimeZone) -> Vec<Self> {
        let ids: Vec<String> = lines.iter().map(|line| line.pick.public_id.clone()).collect();
        let mut items: Vec<Self> = lines.into_iter().map(|line| Self::new(line, words_max, zone)).collect();
        for (at, item) in items.iter_mut().enumerate() {
            item.place = at + 1;
            item.before = at.checked_sub(1).and_then(|before| ids.get(before)).cloned();
            item.behind = ids.get(at + 1).cloned();
        }
        items
    }

    /// One line by itself.
    pub fn new(line: PickLine, words_max: u32, zone: &TimeZone) -> Self {
        let chips = chips(&line, zone);
        let pick = line.pick;
        let words = excerpt::words(&pick.text.excerpt);
        let most = pick
            .original
            .words_allowed()
            .map_or(words_max, |most| most.min(words_max));
        Self {
            about: vec![pick.original.outlet, format!("{words} of {most} words")],
            chips,
            id: pick.public_id,
            story: line.story,
            list: line.list_slug.to_string(),
            headline: pick.text.headline,
            language: pick.original.language.map(|tag| tag.to_string()).unwrap_or_default(),
            link: pick.original.link.map(|link| link.to_string()).unwrap_or_default(),
            place: 1,
            before: None,
            behind: None,
            is_out: pick.stage == Stage::Published,
            is_withdrawn: pick.stage == Stage::Withdrawn,
            is_scheduled: pick.stage == Stage::Scheduled,
        }
    }
}

/// What holds of a pick, in words, and whether it warns.
fn chips(line: &PickLine, zone: &TimeZone) -> Vec<(String, bool)> {
    let pick = &line.pick;
    let mut chips = Vec::new();
    if let Some(due) = pick
        .due_at
        .filter(|_| pick.edition_id.is_none() && pick.stage == Stage::Scheduled)
    {
        chips.push((format!("alone on {}", when::told(due, zone)), false));
    }
    if pick.stage == Stage::Withdrawn {
        chips.push(("withdrawn".to_owned(), true));
    }
    if pick.corrected_at.is_some() {
        chips.push(("corrected".to_owned(), false));
    }
    if !pick.text.note.is_empty() {
        chips.push(("with a note".to_owned(), false));
    }
    if pick.text.image.is_some() {
        chips.push(("picture".to_owned(), false));
    }
    chips
}
