//! What is to be mended before something goes out, the worst first, each with the place where it is mended.

use crate::domain::list::checks::{Finding, FindingKind, Severity};
use crate::store::picks::PickLine;

/// Letters of a headline that a finding repeats.
const HEADLINE_CHARS_SHOWN: usize = 60;

/// Something to be mended.
pub struct Flaw {
    pub is_error: bool,
    /// In words.
    pub told: String,
    /// The pick that it is about.
    pub about: Option<String>,
    /// Where it is mended.
    pub link: String,
}

impl Flaw {
    /// What was found about an edition of these picks.
    pub fn all(findings: Vec<Finding>, picks: &[PickLine]) -> Vec<Self> {
        let mut flaws: Vec<Self> = findings.into_iter().map(|finding| Self::new(finding, picks)).collect();
        flaws.sort_by_key(|flaw| !flaw.is_error);
        flaws
    }

    fn new(finding: Finding, picks: &[PickLine]) -> Self {
        let line = finding
            .pick
            .as_ref()
            .and_then(|id| picks.iter().find(|line| line.pick.public_id == *id));
        Self {
            is_error: finding.severity == Severity::Error,
            link: mended_at(finding.kind, line),
            about: line.map(|line| shortened(&line.pick.text.headline)),
            told: finding.detail,
        }
    }
}

fn mended_at(kind: FindingKind, line: Option<&PickLine>) -> String {
    let Some(line) = line else {
        return match kind {
            FindingKind::TooMany => "#items".to_owned(),
            _ => "#drawer".to_owned(),
        };
    };
    let story = |place: &str| format!("/desk/stories/{}#{place}", line.story);
    let list = line.list_slug.as_str();
    match kind {
        FindingKind::AltMissing => story(&format!("alt-{list}")),
        FindingKind::ExcerptMissing | FindingKind::ExcerptLong | FindingKind::ExcerptNotAllowed => {
            story(&format!("excerpt-{list}"))
        }
        FindingKind::AlreadyRan | FindingKind::AnotherVersionRan => story("ran"),
        FindingKind::LinkMissing | FindingKind::LinkDead | FindingKind::LinkFailing => story("articles"),
        FindingKind::Empty | FindingKind::TooFew | FindingKind::TooMany | FindingKind::OutletCrowded => {
            format!("#i-{}", line.pick.public_id)
        }
    }
}

fn shortened(headline: &str) -> String {
    let cut: String = headline.chars().take(HEADLINE_CHARS_SHOWN).collect();
    if cut.len() < headline.len() {
        format!("{}…", cut.trim_end())
    } else {
        cut
    }
}
