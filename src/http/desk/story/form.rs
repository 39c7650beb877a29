//! What is printed of a story on a list, as a form.

use askama::Template;

use super::is_live;
use crate::domain::excerpt;
use crate::domain::list::wording::{
    ALT_CHARS_MAX, CORRECTION_CHARS_MAX, EXCERPT_CHARS_MAX, HEADLINE_CHARS_MAX, NOTE_CHARS_MAX, Unfit, line, prose,
};
use crate::domain::list::{ListId, Part, Pick, PickText, Stage, Topics, Wording};
use crate::domain::site::Site;
use crate::domain::story::StoryId;
use crate::http::desk::fields::Fields;
use crate::http::desk::when;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::store::lists::ReadingList;
use crate::store::picks::PickLine;

/// The form of a pick.
#[derive(Template)]
#[template(path = "desk/story/form.html", config = "src/askama.toml")]
pub struct PickForm {
    pub pick: String,
    pub slug: String,
    pub list: String,
    /// How far it has come, in words.
    told: String,
    stage: Stage,
    edition: Option<String>,
    back: String,
    story: String,
    pub values: Values,
    /// What the values were made of: by it the server knows who changed what.
    pub base: Values,
    /// As the article had it.
    original_title: String,
    original_excerpt: String,
    outlet: String,
    language: String,
    picture: Option<String>,
    words: usize,
    most: u32,
    /// Whether it can go out by itself.
    is_alone: bool,
    due: String,
    zone: String,
    pub clashes: Vec<Clash>,
    /// What is said of the last saving.
    pub saved: String,
}

/// What both wrote, and what was said of saving.
#[derive(Template)]
#[template(path = "desk/story/clashes.html", config = "src/askama.toml")]
pub struct Clashes<'a> {
    pub form: &'a PickForm,
}

/// What the values were made of.
#[derive(Template)]
#[template(path = "desk/story/base.html", config = "src/askama.toml")]
pub struct Base<'a> {
    pub base: &'a Values,
}

/// What stands in the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    pub headline: String,
    pub excerpt: String,
    pub note: String,
    pub has_picture: bool,
    pub alt: String,
    pub topics: String,
    pub correction: String,
}

/// A part that two editors wrote at once.
pub struct Clash {
    name: &'static str,
    /// What somebody else wrote, and what stands now.
    theirs: String,
}

impl PickForm {
    /// Those of a story: for each list the pick that stands on it, else the last that was withdrawn.
    pub async fn all(state: &State, story: StoryId, back: &str, site: &Site) -> Result<Vec<Self>, Problem> {
        let mut last: Vec<PickLine> = Vec::new();
        for line in state.store.picks_of_story(story).await? {
            if line.pick.stage == Stage::Dropped {
                continue;
            }
            match last.iter_mut().find(|known| known.pick.list_id == line.pick.list_id) {
                Some(known) if is_live(known.pick.stage) => {}
                Some(known) => *known = line,
                None => last.push(line),
            }
        }
        let lists = state.store.lists().await?;
        let named = |id: ListId| lists.iter().find(|list| list.id == id);
        let forms = last
            .into_iter()
            .filter_map(|line| named(line.pick.list_id).map(|list| Self::new(line, list, back, (site, state))));
        Ok(forms.collect())
    }

    /// That of one pick.
    pub fn new(line: PickLine, list: &ReadingList, back: &str, (site, state): (&Site, &State)) -> Self {
        let zone = when::zone(&list.rules, site);
        let pick = line.pick;
        let most = list.rules.excerpt_words_for(pick.original.words_allowed());
        let due = when::proposed(pick.due_at, &list.rules, &zone, state.clock.now());
        Self {
            told: told(&pick, line.edition.is_some(), &zone),
            base: Values::of(&pick.text, &pick.correction),
            values: Values::of(&pick.text, &pick.correction),
            words: excerpt::words(&pick.text.excerpt),
            most,
            is_alone: line.edition.is_none() && list.archived_at.is_none(),
            stage: pick.stage,
            picture: pick
                .text
                .image
                .or(pick.original.original_image)
                .map(|link| link.to_string()),
            pick: pick.public_id,
            slug: list.slug.to_string(),
            list: list.told.name.clone(),
            edition: line.edition,
            back: back.to_owned(),
            story: line.story,
            original_title: pick.original.original_title,
            original_excerpt: pick.original.original_excerpt,
            outlet: pick.original.outlet,
            language: pick.original.language.map(|tag| tag.to_string()).unwrap_or_default(),
            due: when::field(due, &zone),
            zone: when::name(&zone).to_owned(),
            clashes: Vec::new(),
            saved: String::new(),
        }
    }

    /// Whether it stands on its list, or went out on it.
    pub const fn is_live(&self) -> bool {
        is_live(self.stage)
    }

    fn is(&self, stage: Stage) -> bool {
        self.stage == stage
    }

    /// The same with what somebody typed. Of the parts that somebody else wrote too, it is made of theirs from now on.
    pub fn typed(&mut self, mine: Values, clashes: &[Part]) {
        let theirs = std::mem::replace(&mut self.values, mine.clone());
        self.clashes = clashes.iter().map(|part| Clash::new(*part, &theirs)).collect();
        self.words = excerpt::words(&mine.excerpt);
        self.base = mine;
        for part in clashes {
            match part {
                Part::Headline => self.base.headline.clone_from(&theirs.headline),
                Part::Excerpt => self.base.excerpt.clone_from(&theirs.excerpt),
                Part::Note => self.base.note.clone_from(&theirs.note),
                Part::Image => self.base.has_picture = theirs.has_picture,
                Part::Alt => self.base.alt.clone_from(&theirs.alt),
                Part::Topics => self.base.topics.clone_from(&theirs.topics),
                Part::Correction => self.base.correction.clone_from(&theirs.correction),
            }
        }
    }
}

impl Values {
    /// What stands in a pick.
    fn of(text: &PickText, correction: &str) -> Self {
        Self {
            headline: text.headline.clone(),
            excerpt: text.excerpt.clone(),
            note: text.note.clone(),
            has_picture: text.image.is_some(),
            alt: text.image_alt.clone().unwrap_or_default(),
            topics: text.topics.as_slice().join(", "),
            correction: correction.to_owned(),
        }
    }

    /// What a form holds in the fields whose names begin with `before`.
    pub fn read(fields: &Fields, before: &str) -> Self {
        let field = |name: &str| fields.raw(&format!("{before}{name}")).to_owned();
        Self {
            headline: field("headline"),
            excerpt: field("excerpt"),
            note: field("note"),
            has_picture: fields.has(&format!("{before}picture")),
            alt: field("alt"),
            topics: field("topics"),
            correction: field("correction"),
        }
    }

    /// As it would stand in `pick`, or why it cannot.
    pub fn wording(&self, pick: &Pick) -> Result<Wording, String> {
        let text =
            |name: &str, text: &str, most: usize| prose(text, most).map_err(|why: Unfit| format!("the {name}: {why}"));
        let headline = line(&self.headline, HEADLINE_CHARS_MAX).map_err(|why| format!("the headline: {why}"))?;
        let topics = self.topics.split(',').map(|topic| topic.trim().to_owned());
        let topics: Vec<String> = topics.filter(|topic| !topic.is_empty()).collect();
        let image = pick.text.image.clone().or_else(|| pick.original.original_image.clone());
        let alt = text("description of the picture", &self.alt, ALT_CHARS_MAX)?;
        Ok(Wording {
            text: PickText {
                headline,
                excerpt: text("excerpt", &self.excerpt, EXCERPT_CHARS_MAX)?,
                note: text("note", &self.note, NOTE_CHARS_MAX)?,
                image: image.filter(|_| self.has_picture),
                image_alt: Some(alt).filter(|alt| !alt.is_empty()),
                topics: Topics::try_from(topics).map_err(|why| why.to_string())?,
            },
            correction: text("correction", &self.correction, CORRECTION_CHARS_MAX)?,
        })
    }
}

impl Clash {
    fn new(part: Part, theirs: &Values) -> Self {
        let (name, theirs) = match part {
            Part::Headline => ("headline", theirs.headline.as_str()),
            Part::Excerpt => ("excerpt", theirs.excerpt.as_str()),
            Part::Note => ("note", theirs.note.as_str()),
            Part::Image if theirs.has_picture => ("picture", "with the picture"),
            Part::Image => ("picture", "without a picture"),
            Part::Alt => ("description of the picture", theirs.alt.as_str()),
            Part::Topics => ("topics", theirs.topics.as_str()),
            Part::Correction => ("correction", theirs.correction.as_str()),
        };
        let theirs = if theirs.is_empty() { "(nothing)" } else { theirs };
        Self {
            name,
            theirs: theirs.to_owned(),
        }
    }
}

fn told(pick: &Pick, is_placed: bool, zone: &jiff::tz::TimeZone) -> String {
    let at = |at| when::told(at, zone);
    match (pick.stage, pick.due_at, pick.published_at) {
        (Stage::Draft, _, _) if is_placed => "A draft in an edition.".to_owned(),
        (Stage::Draft, _, _) => "A draft; it waits for an edition.".to_owned(),
        (Stage::Scheduled, Some(due), _) => format!("Goes out on {}.", at(due)),
        (Stage::Published, _, Some(out)) => {
            let corrected = pick.corrected_at.map(|put| format!(", corrected on {}", at(put)));
            format!("Went out on {}{}.", at(out), corrected.unwrap_or_default())
        }
        (Stage::Withdrawn, _, Some(out)) => format!("Went out on {} and was taken back.", at(out)),
        (stage, _, _) => format!("It is {}.", stage.as_str()),
    }
}
