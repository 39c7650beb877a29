//! A story as a row: in triage, in a search, on its own page.

use askama::Template;

use super::PickList;
use crate::domain::decision::Status;
use crate::domain::list::Stage;
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::search::{Snippet, language_name};
use crate::store::curated::Picked;
use crate::store::stories::StoryLine;

/// Sources named in a row; of more, their number is told.
const SOURCES_NAMED: usize = 2;
const MINUTE_MILLIS: i64 = 60_000;
const HOUR_MILLIS: i64 = 60 * MINUTE_MILLIS;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// One story.
#[derive(Template)]
#[template(path = "desk/row.html", config = "src/askama.toml")]
pub struct Row {
    pub id: String,
    pub title: String,
    pub link: String,
    pub language: String,
    sources: String,
    age: String,
    time: String,
    foreign: Option<String>,
    articles: Option<u32>,
    excerpt: String,
    /// The headline and the passage with what was searched for, in a search.
    marked: Option<(Snippet, Snippet)>,
    /// What holds of it, in words; the first says where it stands.
    chips: Vec<Chip>,
    state: &'static str,
    pick: Option<String>,
    may_decide: bool,
}

pub struct Chip {
    words: String,
    warns: bool,
}

impl Row {
    /// `story` as somebody sees it at `now` who may decide, or only suggest.
    pub fn new(story: StoryLine, lists: &[PickList], may_decide: bool, now: Timestamp) -> Self {
        let own = Language::parse("en");
        let foreign = story
            .lead
            .language
            .as_ref()
            .filter(|language| own.as_ref() != Some(*language));
        let at = story.lead.published_at.unwrap_or(story.found_at).min(story.found_at);
        let picked = picked_for(&story.curated.picks);
        Self {
            state: if picked.is_empty() {
                story.status.as_str()
            } else {
                "picked"
            },
            pick: lists
                .first()
                .filter(|list| !picked.contains(&&list.slug))
                .map(|list| list.name.clone()),
            chips: chips(&story),
            foreign: foreign.map(|language| language_name(language).to_owned()),
            language: story
                .lead
                .language
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            age: age(at, now),
            time: at.to_string(),
            sources: sources(&story),
            articles: (story.articles > 1).then_some(story.articles),
            id: story.public_id,
            title: story.lead.title,
            link: story.lead.link.map(|link| link.to_string()).unwrap_or_default(),
            excerpt: story.lead.excerpt,
            marked: None,
            may_decide,
        }
    }

    /// The same with what was searched for marked.
    pub fn found(self, title: Snippet, passage: Snippet) -> Self {
        Self {
            marked: Some((title, passage)),
            ..self
        }
    }
}

fn picked_for(picks: &[Picked]) -> Vec<&Slug> {
    let live = picks
        .iter()
        .filter(|pick| matches!(pick.stage, Stage::Draft | Stage::Scheduled));
    live.map(|pick| &pick.list).collect()
}

fn chips(story: &StoryLine) -> Vec<Chip> {
    let mut chips = Vec::new();
    match story.status {
        Status::New => {}
        Status::Dismissed => chips.push(Chip {
            words: story
                .curated
                .reason
                .as_ref()
                .map_or_else(|| "dismissed".to_owned(), |why| format!("dismissed: {}", why.as_str())),
            warns: false,
        }),
        Status::Suggested => chips.push(Chip {
            words: story
                .curated
                .stood_by
                .as_ref()
                .map_or_else(|| "suggested".to_owned(), |who| format!("suggested by {who}")),
            warns: false,
        }),
        Status::Held => chips.push(Chip {
            words: "held".to_owned(),
            warns: false,
        }),
    }
    for pick in &story.curated.picks {
        let (words, warns) = match pick.stage {
            Stage::Draft => (format!("picked for {}", pick.list_name), false),
            Stage::Scheduled => (format!("scheduled in {}", pick.list_name), false),
            Stage::Published => (ran(pick, story), true),
            Stage::Withdrawn | Stage::Dropped => continue,
        };
        chips.push(Chip { words, warns });
    }
    if let Some(note) = &story.curated.note {
        let words = format!("note: {}", note.text.as_str().chars().take(60).collect::<String>());
        chips.push(Chip { words, warns: false });
    }
    chips
}

/// That it ran already: this very article, or another one that tells the same.
fn ran(pick: &Picked, story: &StoryLine) -> String {
    let day = pick.published_at.map(day).unwrap_or_default();
    if pick.link == story.lead.link {
        format!("already ran in {} on {day}", pick.list_name)
    } else {
        format!("another version ran in {} on {day}", pick.list_name)
    }
}

fn sources(story: &StoryLine) -> String {
    let named: Vec<&str> = story
        .sources
        .iter()
        .take(SOURCES_NAMED)
        .map(|source| source.name.as_str())
        .collect();
    match story.sources.len().saturating_sub(SOURCES_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// How long ago `at` is, as short as can be.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    match now.millis().saturating_sub(at.millis()) {
        ..MINUTE_MILLIS => "now".to_owned(),
        millis @ ..HOUR_MILLIS => format!("{} min", millis / MINUTE_MILLIS),
        millis @ ..DAY_MILLIS => format!("{} h", millis / HOUR_MILLIS),
        millis if millis < 7 * DAY_MILLIS => format!("{} d", millis / DAY_MILLIS),
        _ => day(at),
    }
}

/// A day as people write it.
pub fn day(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_as_short_as_can_be() {
        let now = Timestamp::parse("2026-03-12T12:00:00Z").unwrap();
        for (at, expected) in [
            ("2026-03-12T11:59:40Z", "now"),
            ("2026-03-12T12:05:00Z", "now"),
            ("2026-03-12T11:15:00Z", "45 min"),
            ("2026-03-12T02:00:00Z", "10 h"),
            ("2026-03-09T02:00:00Z", "3 d"),
            ("2026-03-01T02:00:00Z", "1 March 2026"),
        ] {
            assert_eq!(age(Timestamp::parse(at).unwrap(), now), expected, "{at}");
        }
    }
}
