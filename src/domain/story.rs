//! A story: articles that tell the same news. Which one an article joins, or whether it begins one.

use std::fmt;

use serde::{Deserialize, Serialize};

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
/// Days within which a site adds to its own news.
const ON_ONE_SITE_DAYS_MAX: u16 = 2;

/// A story's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
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
    // A site that tells the same again in like words, or days later, has a column or a sequel.
    let sequel = likeness.text.whole >= 0.5 || likeness.days_apart.is_some_and(|days| days > ON_ONE_SITE_DAYS_MAX);
    if likeness.same_site && sequel {
        return false;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::Link;
    use crate::domain::neighbours::Neighbours;
    use crate::domain::text::Language;
    use crate::domain::time::Timestamp;

    const RELEASE: (&str, &str) = (
        "Corran Gallery lends its largest picture to Leith",
        "The Corran Gallery will lend “A Winter Crossing” to the harbour museum in Leith for 1,200 days. \
         The picture, painted in 1871 by Edda Holm, is 6.5 metres wide and has never left the town.\n\
         Director Ana Ruiz said the roof above it had to be mended first. The repair costs 3.4 million.",
    );

    /// An article of a site on a day of May 2026.
    fn article((title, text): (&str, &str), language: &str, site: &str, day: u8) -> Features {
        let published = Timestamp::parse(&format!("2026-05-{day:02}T10:00:00Z"));
        Features::of(
            title,
            text,
            Language::parse(language).as_ref(),
            published,
            Link::parse(site).as_ref(),
        )
    }

    /// What is decided about `second`, of another site and three days later, where only `first` is known.
    fn decide(first: (&str, &str), second: (&str, &str), corrections: &Corrections) -> Placement {
        decide_on(first, second, "https://two.example/", 4, corrections)
    }

    fn decide_on(
        first: (&str, &str),
        second: (&str, &str),
        site: &str,
        day: u8,
        corrections: &Corrections,
    ) -> Placement {
        let mut neighbours = Neighbours::default();
        let now = Timestamp::parse("2026-05-20T10:00:00Z").unwrap();
        neighbours.put(
            ArticleId(1),
            StoryId(10),
            &article(first, "en", "https://one.example/", 1),
            now,
        );
        let second = article(second, "en", site, day);
        place(&second, &neighbours.candidates(&second, now), corrections)
    }

    fn reason(placement: Placement) -> Option<&'static str> {
        match placement {
            Placement::Join { reason, .. } => Some(reason.as_str()),
            Placement::Begin => None,
        }
    }

    #[test]
    fn reprints_and_retellings_join_and_other_news_does_not() {
        let framed = format!(
            "LEITH, 3 May – {} About Leith harbour: its museum is open daily. Press: Olaf Brun.",
            RELEASE.1
        );
        let first = RELEASE.1.lines().next().unwrap();
        for (what, title, text, expected) in [
            ("the same", RELEASE.0, RELEASE.1, Some("same_text")),
            (
                "framed",
                "Corran Gallery lends its largest picture to Leith | The Post",
                framed.as_str(),
                Some("same_text"),
            ),
            ("cut", RELEASE.0, first, Some("same_text")),
            (
                "told in other words",
                "Holm's winter scene goes to the harbour",
                "For 1,200 days the harbour museum in Leith may show a picture 6.5 metres wide: “A Winter Crossing”, which \
                 Edda Holm finished in 1871. It belongs to the Corran Gallery, where rain comes in. “We have to mend the roof,” \
                 says its director, Ana Ruiz; that will cost 3.4 million.",
                Some("same_facts"),
            ),
            (
                "the same house, the next loan",
                "Corran Gallery lends a second picture to Leith",
                "The Corran Gallery will lend “The Ropewalk” to the harbour museum in Leith for 300 days. \
                 The picture, painted in 1902 by Per Aune, is 2.5 metres wide and has never left the town.\n\
                 Director Ana Ruiz said the frame had to be mended first. The repair costs 0.2 million.",
                None,
            ),
            (
                "a list of the week that mentions it",
                "Ten things to see this week",
                "At the Museum of Salt in Port Allis, “White Gold” runs until 14 June. Tove Lund shows 80 drawings at Galerie Noor. \
                 In Haldon, the Glass House opens “Blow” by Kim Oduya with 33 vases. Leith has “A Winter Crossing”. \
                 And Villa Merano brings 21 chairs by Ettore Fabbri, while the Print Room in Skelby turns 150.",
                None,
            ),
            ("nothing", "", "", None),
        ] {
            assert_eq!(
                reason(decide(RELEASE, (title, text), &Corrections::default())),
                expected,
                "{what}"
            );
        }
    }

    #[test]
    fn two_issues_of_a_column_stay_apart() {
        let issue = |text| ("What we are reading this week", text);
        let first = issue(
            "Every Friday we share what kept us reading. Ada Moen on museums without guards; Li Tan on 40 years of free entry.",
        );
        let second = issue(
            "Every Friday we share what kept us reading. Bo Aas on labels for children; Eva Rios on the end of 12 museum shops.",
        );
        for site in ["https://one.example/", "https://two.example/"] {
            assert_eq!(
                decide_on(first, second, site, 8, &Corrections::default()),
                Placement::Begin,
                "{site}"
            );
        }
    }

    #[test]
    fn the_same_notice_for_another_week_stays_apart() {
        let notice = |day| {
            format!(
                "The museum in Leith is open from 10 to 17 hours. Tours begin on {day} May at the harbour gate; Olaf Brun leads them."
            )
        };
        let (first, second) = (notice(7), notice(14));
        let placed = decide_on(
            ("Tours this week", &first),
            ("Tours this week", &second),
            "https://one.example/",
            8,
            &Corrections::default(),
        );
        assert_eq!(placed, Placement::Begin);
    }

    #[test]
    fn what_is_told_again_long_after_is_not_joined_by_its_facts() {
        let retold = (
            "A loan and its price",
            "“A Winter Crossing” by Edda Holm, 6.5 metres of 1871, went from the Corran Gallery to Leith for 1,200 days; 3.4 million \
             was the price, as Ana Ruiz recalls.",
        );
        let mut neighbours = Neighbours::default();
        let long_after = Timestamp::parse("2026-09-20T10:00:00Z");
        let now = long_after.unwrap();
        neighbours.put(
            ArticleId(1),
            StoryId(10),
            &article(RELEASE, "en", "https://one.example/", 1),
            now,
        );
        let place_at = |published| {
            let features = Features::of(retold.0, retold.1, Language::parse("en").as_ref(), published, None);
            reason(place(
                &features,
                &neighbours.candidates(&features, now),
                &Corrections::default(),
            ))
        };
        assert_eq!(place_at(Timestamp::parse("2026-05-03T10:00:00Z")), Some("same_facts"));
        assert_eq!(place_at(long_after), None);
    }

    #[test]
    fn facts_join_only_within_a_language() {
        let mut neighbours = Neighbours::default();
        let now = Timestamp::parse("2026-05-20T10:00:00Z").unwrap();
        neighbours.put(
            ArticleId(1),
            StoryId(10),
            &article(RELEASE, "en", "https://one.example/", 1),
            now,
        );
        let german = (
            "Holms Winterbild geht an den Hafen",
            "Die Corran Gallery leiht „A Winter Crossing“ von Edda Holm (1871) für 1.200 Tage nach Leith. Ana Ruiz nennt 3,4 Millionen.",
        );
        let german = article(german, "de", "https://zwei.example/", 2);
        assert_eq!(
            place(&german, &neighbours.candidates(&german, now), &Corrections::default()),
            Placement::Begin
        );
    }

    #[test]
    fn the_reason_names_what_is_shared() {
        let placement = decide(RELEASE, RELEASE, &Corrections::default());
        let Placement::Join { story, with, reason } = placement else {
            panic!("{placement:?}")
        };
        assert_eq!(
            (story, with, reason.to_string().as_str()),
            (StoryId(10), ArticleId(1), "same text, 100 % of its phrases")
        );
        let shared = vec!["A Winter Crossing".to_owned(), "1,200".to_owned()];
        let reason = Reason::SameFacts { shared, percent: 80 };
        assert_eq!(reason.to_string(), "same names and numbers: A Winter Crossing, 1,200");
    }

    #[test]
    fn an_article_is_never_put_with_one_it_is_kept_apart_from() {
        let mut corrections = Corrections::default();
        corrections.keep_apart(ArticleId(5), StoryId(10));
        assert_eq!(decide(RELEASE, RELEASE, &corrections), Placement::Begin);
        corrections.keep_together(ArticleId(6), StoryId(10));
        assert_eq!(decide(RELEASE, RELEASE, &corrections), Placement::Begin);
    }

    #[test]
    fn an_article_is_always_put_where_an_editor_wants_it() {
        let mut corrections = Corrections::default();
        corrections.keep_together(ArticleId(6), StoryId(60));
        let expected = Placement::Join {
            story: StoryId(60),
            with: ArticleId(6),
            reason: Reason::Editor,
        };
        assert_eq!(decide(RELEASE, RELEASE, &corrections), expected);
        assert_eq!(decide(RELEASE, ("", ""), &corrections), expected);
    }
}
