//! How a source is doing, in words, judged by several of its last polls and never by one.

use std::fmt;
use std::time::Duration;

use super::cadence::usual_gap;
use super::poll::Outcome;
use super::time::Timestamp;

/// How many of the last attempts are looked at.
pub const ATTEMPTS_MAX: usize = 20;

/// Failures in a row that make a source broken; fewer are an accident.
const BROKEN_MIN: usize = 3;
/// Failures among the last [`FLAKY_OF`] attempts that make a source flaky.
const FLAKY_MIN: usize = 3;
const FLAKY_OF: usize = 10;
/// Successful attempts below which nothing is said of speed.
const SLOW_ATTEMPTS_MIN: usize = 3;
/// Half of the attempts take at least so long.
const SLOW_MIN: Duration = Duration::from_secs(10);
/// Usual gaps of silence after which a source is quiet.
const QUIET_GAPS: u32 = 5;
/// No source is called quiet sooner.
const QUIET_MIN: Duration = Duration::from_hours(7 * 24);
/// A source whose rhythm is not known is quiet after so long.
const QUIET_UNKNOWN: Duration = Duration::from_hours(90 * 24);

/// One poll, as far as it tells of health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptSummary {
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, without waiting for its turn.
    pub took: Duration,
    /// New entries it brought.
    pub fresh: u32,
}

/// How a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing is wrong, as far as is known.
    Healthy,
    /// It can be read, and takes long.
    Slow,
    /// It can be read now and then.
    Flaky,
    /// It could not be read several times in a row.
    Broken {
        /// Since when, as far as the attempts reach back.
        since: Timestamp,
    },
    /// Our own limits or rules stopped it several times in a row.
    Refused,
    /// Its server says that it is gone for good.
    Gone,
    /// It can be read, and has brought nothing for long, measured by its own rhythm.
    Quiet {
        /// When the last entry came.
        since: Timestamp,
    },
    /// An editor paused it.
    Paused,
}

/// Judges a source by its last attempts and by when its latest entries came (both newest first).
pub fn health(attempts: &[AttemptSummary], entries: &[Timestamp], paused: bool, now: Timestamp) -> Health {
    let attempts = attempts.get(..ATTEMPTS_MAX).unwrap_or(attempts);
    if paused {
        return Health::Paused;
    }
    // 410 is the one word that is believed at once, since the polls end with it.
    if attempts.first().is_some_and(|last| last.outcome == Outcome::Gone) {
        return Health::Gone;
    }
    let failing: Vec<&AttemptSummary> = attempts
        .iter()
        .take_while(|attempt| !attempt.outcome.is_success())
        .collect();
    if failing.len() >= BROKEN_MIN {
        let refused = failing
            .iter()
            .filter(|attempt| attempt.outcome == Outcome::Refused)
            .count();
        let since = failing.last().map_or(now, |first| first.at);
        return if refused * 2 > failing.len() {
            Health::Refused
        } else {
            Health::Broken { since }
        };
    }
    let failures = attempts
        .iter()
        .take(FLAKY_OF)
        .filter(|attempt| !attempt.outcome.is_success())
        .count();
    if failures >= FLAKY_MIN {
        return Health::Flaky;
    }
    if is_slow(attempts) {
        return Health::Slow;
    }
    quiet_since(entries, now).map_or(Health::Healthy, |since| Health::Quiet { since })
}

impl Health {
    /// Reads [`Health::as_str`] back; `since` is when that began. `None` for a word that says nothing, as of what was never read.
    pub fn read(word: &str, since: Option<Timestamp>) -> Option<Self> {
        Some(match word {
            "healthy" => Self::Healthy,
            "slow" => Self::Slow,
            "flaky" => Self::Flaky,
            "broken" => Self::Broken { since: since? },
            "refused" => Self::Refused,
            "gone" => Self::Gone,
            "quiet" => Self::Quiet { since: since? },
            "paused" => Self::Paused,
            _ => return None,
        })
    }

    /// The word used in the database, in answers and as a class of pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Slow => "slow",
            Self::Flaky => "flaky",
            Self::Broken { .. } => "broken",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::Quiet { .. } => "quiet",
            Self::Paused => "paused",
        }
    }

    /// What it means and what to do, in a sentence for the editor.
    pub fn sentence(self) -> String {
        let plain = match self {
            Self::Healthy => "It is read without trouble.",
            Self::Slow => "It is read, but its server takes long to answer.",
            Self::Flaky => "It is read now and then; several of the last polls failed.",
            Self::Broken { since } => {
                return format!(
                    "It could not be read since {}; it is tried again once a day at least.",
                    day(since)
                );
            }
            Self::Refused => {
                "docent's own limits stop it (size, time, redirects, or an address that must not be called)."
            }
            Self::Gone => {
                "Its server says that it is gone for good; it is no longer polled. Give it a new address, or retire it."
            }
            Self::Quiet { since } => {
                return format!(
                    "It is read, but has brought nothing since {}, which is long for it.",
                    day(since)
                );
            }
            Self::Paused => "An editor paused it.",
        };
        plain.to_owned()
    }
}

impl fmt::Display for Health {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

fn is_slow(attempts: &[AttemptSummary]) -> bool {
    let mut took: Vec<Duration> = attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_success())
        .map(|attempt| attempt.took)
        .collect();
    took.sort_unstable();
    took.len() >= SLOW_ATTEMPTS_MIN && took.get(took.len() / 2).is_some_and(|median| *median >= SLOW_MIN)
}

fn quiet_since(entries: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let last = *entries.first()?;
    let patience = usual_gap(entries).map_or(QUIET_UNKNOWN, |gap| (gap * QUIET_GAPS).max(QUIET_MIN));
    (now.since(last) > patience).then_some(last)
}

fn day(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn now() -> Timestamp {
        Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
    }

    /// Attempts a day apart, newest first: `o` ok, `u` unchanged, `e` error, `r` refused, `g` gone.
    fn attempts(letters: &str, took: u64) -> Vec<AttemptSummary> {
        let outcome = |letter| match letter {
            'u' => Outcome::Unchanged,
            'e' => Outcome::Error,
            'r' => Outcome::Refused,
            'g' => Outcome::Gone,
            _ => Outcome::Ok,
        };
        (0..)
            .zip(letters.chars())
            .map(|(days, letter)| AttemptSummary {
                at: now().minus(DAY * days),
                outcome: outcome(letter),
                took: Duration::from_secs(took),
                fresh: 0,
            })
            .collect()
    }

    #[test]
    fn health_is_judged_by_several_attempts() {
        for (letters, expected) in [
            ("", "healthy"),
            ("e", "healthy"),
            ("r", "healthy"),
            ("eeoooo", "healthy"),
            ("eeeooo", "broken"),
            ("eee", "broken"),
            ("rrr", "refused"),
            ("rre", "refused"),
            ("ree", "broken"),
            ("oeoeoe", "flaky"),
            ("ueeuuuuuue", "flaky"),
            ("ueeuuuuuuue", "healthy"),
            ("ouuuo", "healthy"),
            ("geeee", "gone"),
            ("og", "healthy"),
        ] {
            assert_eq!(
                health(&attempts(letters, 1), &[], false, now()).as_str(),
                expected,
                "{letters}"
            );
        }
    }

    #[test]
    fn a_source_is_broken_since_its_first_failure_in_a_row() {
        let broken = health(&attempts("eeeeo", 1), &[], false, now());
        assert_eq!(
            broken,
            Health::Broken {
                since: now().minus(DAY * 3)
            }
        );
        assert_eq!(
            broken.sentence(),
            "It could not be read since 29 May 2026; it is tried again once a day at least."
        );
    }

    #[test]
    fn a_source_is_slow_if_half_of_several_polls_take_long() {
        for (letters, took, expected) in [
            ("ooo", 10, "slow"),
            ("oo", 30, "healthy"),
            ("ooo", 9, "healthy"),
            ("eoo", 30, "healthy"),
        ] {
            assert_eq!(
                health(&attempts(letters, took), &[], false, now()).as_str(),
                expected,
                "{letters} {took}"
            );
        }
    }

    #[test]
    fn a_source_is_quiet_against_its_own_rhythm() {
        let entries = |gap: u32, silence: u32| -> Vec<Timestamp> {
            (0..10).map(|at| now().minus(DAY * (silence + gap * at))).collect()
        };
        for (gap, silence, expected) in [
            (1, 7, "healthy"),
            (1, 8, "quiet"),
            (30, 100, "healthy"),
            (30, 151, "quiet"),
            (0, 8, "quiet"),
        ] {
            assert_eq!(
                health(&attempts("uuu", 1), &entries(gap, silence), false, now()).as_str(),
                expected,
                "{gap} {silence}"
            );
        }
        assert_eq!(
            health(&attempts("uuu", 1), &[now().minus(DAY * 89)], false, now()),
            Health::Healthy
        );
        assert_eq!(
            health(&attempts("uuu", 1), &[now().minus(DAY * 91)], false, now()).as_str(),
            "quiet"
        );
    }

    #[test]
    fn a_paused_source_is_paused_whatever_else() {
        assert_eq!(health(&attempts("eeee", 1), &[], true, now()), Health::Paused);
    }

    #[test]
    fn every_state_has_a_sentence() {
        for state in [
            Health::Healthy,
            Health::Slow,
            Health::Flaky,
            Health::Broken { since: now() },
            Health::Refused,
            Health::Gone,
            Health::Quiet { since: now() },
            Health::Paused,
        ] {
            assert!(state.sentence().ends_with('.') && !state.to_string().is_empty());
        }
    }
}
