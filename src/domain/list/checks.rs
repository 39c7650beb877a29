//! What is looked at before an edition or a pick goes out.

use std::collections::BTreeMap;

use super::{ListRules, Pick};
use crate::domain::excerpt;
use crate::domain::time::Timestamp;

/// A pick, and what is known of it beyond itself.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The pick.
    pub pick: Pick,
    /// How the page behind its article was found when it was last read.
    pub page: PageState,
    /// Where the story or another version of it went out before.
    pub ran: Vec<Ran>,
}

/// How a page was found when it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Not read, or there.
    Unknown,
    /// Its server could not be reached, or did not give it.
    Failing,
    /// Its server says that it is gone.
    Gone,
}

/// That a story went out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The list, by name.
    pub list: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was this very story; else an article of the same title or address in another.
    pub same_story: bool,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// What it is.
    pub kind: FindingKind,
    /// The pick's name outside; none if it is about the whole.
    pub pick: Option<String>,
    /// In words.
    pub detail: String,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It cannot go out so.
    Error,
    /// Somebody should look at it.
    Warning,
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// There is nothing to go out.
    Empty,
    /// Fewer picks than the list aims at.
    TooFew,
    /// More picks than the list aims at.
    TooMany,
    /// More picks of one outlet than the list wants.
    OutletCrowded,
    /// A picture that nobody described.
    AltMissing,
    /// Nothing is quoted.
    ExcerptMissing,
    /// More is quoted than the list wants.
    ExcerptLong,
    /// More is quoted than the outlet allows.
    ExcerptNotAllowed,
    /// There is no address that readers could follow.
    LinkMissing,
    /// The page is gone.
    LinkDead,
    /// The page could not be read.
    LinkFailing,
    /// The story went out before.
    AlreadyRan,
    /// An article of the same title or address went out before.
    AnotherVersionRan,
}

impl Severity {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl FindingKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooFew => "too_few",
            Self::TooMany => "too_many",
            Self::OutletCrowded => "outlet_crowded",
            Self::AltMissing => "alt_missing",
            Self::ExcerptMissing => "excerpt_missing",
            Self::ExcerptLong => "excerpt_long",
            Self::ExcerptNotAllowed => "excerpt_not_allowed",
            Self::LinkMissing => "link_missing",
            Self::LinkDead => "link_dead",
            Self::LinkFailing => "link_failing",
            Self::AlreadyRan => "already_ran",
            Self::AnotherVersionRan => "another_version_ran",
        }
    }
}

/// Looks at the picks of an edition, in their order.
pub fn edition(rules: &ListRules, picks: &[Looked]) -> Vec<Finding> {
    let mut findings = count(rules, picks.len());
    findings.extend(crowds(rules, picks));
    findings.extend(picks.iter().flat_map(|looked| pick(rules, looked)));
    findings
}

/// Looks at one pick.
pub fn pick(rules: &ListRules, looked: &Looked) -> Vec<Finding> {
    let mut findings = excerpts(rules, &looked.pick);
    findings.extend(picture(&looked.pick));
    findings.extend(link(looked));
    findings.extend(looked.ran.iter().map(|ran| before(&looked.pick, ran)));
    findings
}

fn count(rules: &ListRules, picks: usize) -> Vec<Finding> {
    let whole = |severity, kind, detail| {
        vec![Finding {
            severity,
            kind,
            pick: None,
            detail,
        }]
    };
    let target = rules.target.map(|target| usize::try_from(target).unwrap_or(usize::MAX));
    match target {
        _ if picks == 0 => whole(Severity::Error, FindingKind::Empty, "there is no pick in it".to_owned()),
        Some(target) if picks < target => whole(
            Severity::Warning,
            FindingKind::TooFew,
            format!("{picks} picks; the list aims at {target}"),
        ),
        Some(target) if picks > target => whole(
            Severity::Warning,
            FindingKind::TooMany,
            format!("{picks} picks; the list aims at {target}"),
        ),
        _ => Vec::new(),
    }
}

fn crowds(rules: &ListRules, picks: &[Looked]) -> Vec<Finding> {
    let Some(most) = rules.per_outlet else {
        return Vec::new();
    };
    let mut outlets: BTreeMap<&str, Vec<&Pick>> = BTreeMap::new();
    for looked in picks {
        outlets
            .entry(&looked.pick.original.outlet)
            .or_default()
            .push(&looked.pick);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let beyond = outlets.into_iter().flat_map(|(outlet, picks)| {
        let all = picks.len();
        picks.into_iter().skip(most).map(move |pick| {
            let detail = format!("{all} picks are from {outlet}; the list wants {most} at the most");
            warning(pick, FindingKind::OutletCrowded, detail)
        })
    });
    beyond.collect()
}

fn excerpts(rules: &ListRules, pick: &Pick) -> Vec<Finding> {
    let words = excerpt::words(&pick.text.excerpt);
    let beyond = |limit: u32| words > usize::try_from(limit).unwrap_or(usize::MAX);
    match pick.original.words_allowed() {
        Some(allowed) if beyond(allowed) => {
            let detail = format!("{words} words are quoted; the outlet allows {allowed}");
            vec![finding(Severity::Error, pick, FindingKind::ExcerptNotAllowed, detail)]
        }
        // An outlet may allow its titles only.
        Some(0) => Vec::new(),
        _ if words == 0 => vec![warning(
            pick,
            FindingKind::ExcerptMissing,
            "nothing is quoted".to_owned(),
        )],
        _ if beyond(rules.excerpt_words) => {
            let detail = format!(
                "{words} words are quoted; the list wants {} at the most",
                rules.excerpt_words
            );
            vec![warning(pick, FindingKind::ExcerptLong, detail)]
        }
        _ => Vec::new(),
    }
}

fn picture(pick: &Pick) -> Option<Finding> {
    let described = pick.text.image_alt.as_deref().is_some_and(|alt| !alt.trim().is_empty());
    let missing = pick.text.image.is_some() && !described;
    missing.then(|| {
        warning(
            pick,
            FindingKind::AltMissing,
            "nobody wrote what the picture shows".to_owned(),
        )
    })
}

fn link(looked: &Looked) -> Option<Finding> {
    let pick = &looked.pick;
    let warned = |kind, detail: &str| Some(warning(pick, kind, detail.to_owned()));
    match (&pick.original.link, looked.page) {
        (None, _) => warned(
            FindingKind::LinkMissing,
            "there is no address that readers could follow",
        ),
        (_, PageState::Gone) => warned(FindingKind::LinkDead, "the page was gone when it was last read"),
        (_, PageState::Failing) => warned(
            FindingKind::LinkFailing,
            "the page could not be read when it was last tried",
        ),
        (Some(_), PageState::Unknown) => None,
    }
}

fn before(pick: &Pick, ran: &Ran) -> Finding {
    let (list, day) = (&ran.list, ran.at.to_string());
    let day = day.get(..10).unwrap_or(&day);
    if ran.same_story {
        warning(pick, FindingKind::AlreadyRan, format!("already ran in {list} on {day}"))
    } else {
        warning(
            pick,
            FindingKind::AnotherVersionRan,
            format!("another version ran in {list} on {day}"),
        )
    }
}

fn warning(pick: &Pick, kind: FindingKind, detail: String) -> Finding {
    finding(Severity::Warning, pick, kind, detail)
}

fn finding(severity: Severity, pick: &Pick, kind: FindingKind, detail: String) -> Finding {
    Finding {
        severity,
        kind,
        pick: Some(pick.public_id.clone()),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::editor::EditorId;
    use crate::domain::link::Link;
    use crate::domain::list::{ListId, Original, PickId, PickText, Stage, Topics, Version};
    use crate::domain::story::StoryId;

    /// A pick that nothing is wrong with.
    fn sound(id: &str) -> Looked {
        let at = Timestamp::from_millis(0);
        let link = Link::parse("https://gazette.example/1");
        let text = PickText {
            headline: "A headline".to_owned(),
            excerpt: "Three words here.".to_owned(),
            note: String::new(),
            image: None,
            image_alt: None,
            topics: Topics::default(),
        };
        let original = Original {
            link,
            original_title: "A title".to_owned(),
            original_excerpt: "Three words here.".to_owned(),
            original_image: None,
            original_image_alt: None,
            outlet: id.to_owned(),
            byline: None,
            language: None,
            source_published_at: None,
            source_slug: None,
            source_name: None,
            source_link: None,
            source_home: None,
            excerpt_words_max: None,
        };
        let pick = Pick {
            id: PickId(1),
            public_id: id.to_owned(),
            list_id: ListId(1),
            story_id: StoryId(1),
            edition_id: None,
            position: 0,
            stage: Stage::Draft,
            text,
            original,
            made_at: at,
            made_by: EditorId(1),
            due_at: None,
            published_at: None,
            withdrawn_at: None,
            corrected_at: None,
            correction: String::new(),
            public_at: None,
            version: Version(1),
        };
        Looked {
            pick,
            page: PageState::Unknown,
            ran: Vec::new(),
        }
    }

    fn rules() -> ListRules {
        ListRules {
            excerpt_words: 4,
            target: Some(2),
            per_outlet: Some(1),
            ..ListRules::default()
        }
    }

    fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
        findings.iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn nothing_is_found_in_what_is_sound() {
        assert_eq!(edition(&rules(), &[sound("a"), sound("b")]), []);
    }

    #[test]
    fn each_fault_of_a_pick_is_found() {
        type Spoil = fn(&mut Looked);
        let ran = |same_story| Ran {
            list: "L".to_owned(),
            at: Timestamp::from_millis(0),
            same_story,
        };
        let table: [(Spoil, FindingKind); 9] = [
            (
                |l| l.pick.text.image = Link::parse("https://a.example/i.png"),
                FindingKind::AltMissing,
            ),
            (|l| l.pick.text.excerpt.clear(), FindingKind::ExcerptMissing),
            (
                |l| l.pick.text.excerpt = "one two three four five".to_owned(),
                FindingKind::ExcerptLong,
            ),
            (
                |l| l.pick.original.excerpt_words_max = Some(2),
                FindingKind::ExcerptNotAllowed,
            ),
            (
                |l| l.pick.original.excerpt_words_max = Some(0),
                FindingKind::ExcerptNotAllowed,
            ),
            (|l| l.pick.original.link = None, FindingKind::LinkMissing),
            (|l| l.page = PageState::Gone, FindingKind::LinkDead),
            (|l| l.page = PageState::Failing, FindingKind::LinkFailing),
            (|l| l.pick.text.image_alt = None, FindingKind::AlreadyRan),
        ];
        for (spoil, expected) in table {
            let mut looked = sound("a");
            spoil(&mut looked);
            if expected == FindingKind::AlreadyRan {
                looked.ran.push(ran(true));
            }
            assert_eq!(kinds(&pick(&rules(), &looked)), [expected]);
        }
        let mut looked = sound("a");
        looked.ran.push(ran(false));
        assert_eq!(kinds(&pick(&rules(), &looked)), [FindingKind::AnotherVersionRan]);
    }

    #[test]
    fn an_edition_is_held_against_what_its_list_aims_at() {
        for (picks, expected) in [
            (vec![], vec![FindingKind::Empty]),
            (vec![sound("a")], vec![FindingKind::TooFew]),
            (vec![sound("a"), sound("b"), sound("c")], vec![FindingKind::TooMany]),
            (vec![sound("a"), sound("a")], vec![FindingKind::OutletCrowded]),
        ] {
            assert_eq!(kinds(&edition(&rules(), &picks)), expected);
        }
        assert_eq!(edition(&ListRules::default(), &[sound("a"), sound("a")]), []);
    }
}
