//! A story: articles that tell the same news. Which one an article joins, or whether it begins one.

use std::fmt;

use super::fingerprint::Features;
use super::neighbours::{Candidate, Likeness};
use super::recognise::ArticleId;

/// Corrections taken into account for one article; more than an editor makes.
const CORRECTIONS_MAX: usize = 1_000;
/// Shared marks named in a reason.
const MARKS_NAMED: usize = 6;
/// News is told again by others within days; whoever tells the same facts later than this tells something new.
const FACTS_DAYS_MAX: u16 = 30;
/// Weight of marks below which they say nothing.
const MARKS_TELLING: f32 = 0.8;
/// Part of the wording that a reprint keeps, cut and framed as it may be.
const TEXT_LIKE: f32 = 0.6;
/// The same, where the title is kept too.
const TEXT_LIKE_UNDER_ONE_TITLE: f32 = 0.5;
/// The same, where there are no marks that could agree.
const TEXT_WITHOUT_MARKS: f32 = 0.85;
/// Part of wording and marks that two pages of one site have to share: what differs there is the next issue of a column.
const ON_ONE_SITE: f32 = 0.9;

/// A story's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct StoryId(pub i64);

/// Where an article belongs.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// It tells what a known story tells.
    Join {
        /// That story.
        story: StoryId,
        /// The article in it that it goes with.
        with: ArticleId,
        /// Why.
        reason: Reason,
    },
    /// It tells something new.
    Begin,
}

/// Why an article joined a story; its text is for editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The wording is the same.
    SameText {
        /// Part of the shorter text's phrases that the longer one holds.
        percent: u8,
    },
    /// Other words, but the same names, numbers and titles.
    SameFacts {
        /// The most telling of them, as the new article spells them; empty where it was read long ago.
        shared: Vec<String>,
        /// By weight, part of those of the article with fewer.
        percent: u8,
    },
    /// An editor said so.
    Editor,
}

/// What editors said about an article: with which others it belongs, and with which it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Corrections {
    apart: Vec<(ArticleId, StoryId)>,
    together: Vec<(ArticleId, StoryId)>,
}

impl Corrections {
    /// The article is never to share a story with `other`, which is now in `story`.
    pub fn keep_apart(&mut self, other: ArticleId, story: StoryId) {
        if self.apart.len() < CORRECTIONS_MAX {
            self.apart.push((other, story));
        }
    }

    /// The article is always to be in the story of `other`, which is now `story`. Where two stories are named, the smaller key counts.
    pub fn keep_together(&mut self, other: ArticleId, story: StoryId) {
        if self.together.len() < CORRECTIONS_MAX {
            self.together.push((other, story));
        }
    }

    fn forbid(&self, story: StoryId) -> bool {
        self.apart.iter().any(|(_, apart)| *apart == story)
    }

    fn ask_for(&self) -> Option<(ArticleId, StoryId)> {
        let allowed = self.together.iter().filter(|(_, story)| !self.forbid(*story));
        allowed.copied().min_by_key(|(article, story)| (*story, *article))
    }
}

impl Reason {
    /// Its kind, for the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::SameText { .. } => "same_text",
            Self::SameFacts { .. } => "same_facts",
            Self::Editor => "editor",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameText { percent } => write!(out, "same text, {percent} % of its phrases"),
            Self::SameFacts { shared, percent } if shared.is_empty() => {
                write!(out, "same names and numbers, {percent} % of them")
            }
            Self::SameFacts { shared, .. } => write!(out, "same names and numbers: {}", shared.join(", ")),
            Self::Editor => write!(out, "an editor put them together"),
        }
    }
}

/// Decides where `article` belongs: what editors said first; else the story of the likeliest candidate that is like enough.
pub fn place(article: &Features, candidates: &[Candidate], corrections: &Corrections) -> Placement {
    if let Some((with, story)) = corrections.ask_for() {
        return Placement::Join {
            story,
            with,
            reason: Reason::Editor,
        };
    }
    let best = candidates
        .iter()
        .filter(|candidate| !corrections.forbid(candidate.story))
        .filter_map(|candidate| Some((candidate, verdict(&candidate.likeness)?)))
        .max_by(|(a, x), (b, y)| x.certainty.total_cmp(&y.certainty).then(b.article.cmp(&a.article)));
    best.map_or(Placement::Begin, |(candidate, verdict)| Placement::Join {
        story: candidate.story,
        with: candidate.article,
        reason: verdict.reason(article, &candidate.likeness),
    })
}

struct Verdict {
    same_text: bool,
    certainty: f32,
}

impl Verdict {
    fn reason(&self, article: &Features, likeness: &Likeness) -> Reason {
        if self.same_text {
            return Reason::SameText {
                percent: percent(likeness.text.whole),
            };
        }
        let spelled = likeness
            .marks
            .iter()
            .filter_map(|place| article.spelling(usize::from(*place)));
        Reason::SameFacts {
            shared: spelled.take(MARKS_NAMED).map(str::to_owned).collect(),
            percent: percent(likeness.cover),
        }
    }
}

/// Whether two articles tell the same, and how surely.
///
/// Press releases of one house are written to one pattern, and so are the items of a weekly column: like wording alone proves
/// nothing, the marks have to agree too. The fewer there are, the more of them; and numbers that contradict each other rule it out.
fn verdict(likeness: &Likeness) -> Option<Verdict> {
    if likeness.clash {
        return None;
    }
    let text = likeness.text.whole.max(likeness.text.lead);
    let same_text = is_same_text(likeness, text);
    (same_text || are_same_facts(likeness)).then_some(Verdict {
        same_text,
        certainty: text + likeness.cover,
    })
}

fn is_same_text(likeness: &Likeness, text: f32) -> bool {
    if likeness.least < MARKS_TELLING {
        return text >= TEXT_WITHOUT_MARKS && likeness.text.whole >= TEXT_LIKE;
    }
    if likeness.same_site {
        return likeness.text.whole >= ON_ONE_SITE && likeness.cover >= ON_ONE_SITE;
    }
    let like = if likeness.same_title {
        TEXT_LIKE_UNDER_ONE_TITLE
    } else {
        TEXT_LIKE
    };
    text >= like && likeness.cover >= 0.6 + 0.45 / likeness.least
}

fn are_same_facts(likeness: &Likeness) -> bool {
    let later = match likeness.days_apart {
        None | Some(0..=5) => 0.0,
        Some(6..=14) => 0.03,
        Some(15..=FACTS_DAYS_MAX) => 0.06,
        Some(_) => return false,
    };
    let twice = if likeness.same_site { 0.1 } else { 0.0 };
    let head = likeness.head_here.min(likeness.head_there);
    let most = likeness.cover >= 0.55 + 0.65 / likeness.least.max(MARKS_TELLING) + later + twice && head >= 0.3;
    let many = likeness.shared >= 5.0 && likeness.cover >= 0.4 + later + twice && head >= 0.5;
    likeness.same_language && likeness.shared >= 1.5 && likeness.telling >= 2 && (most || many)
}

fn percent(part: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 to 100"
    )]
    let whole = (part * 100.0).round().clamp(0.0, 100.0) as u8;
    whole
}
