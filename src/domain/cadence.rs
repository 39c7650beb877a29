//! When to poll next: the source's rhythm, the server's wishes, failures, and a shift that keeps sources apart.
//!
//! Pure rules over what is known of a source. Nothing here polls, stores or reads a clock.

use std::time::Duration;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::freshness::Freshness;
use super::link::Link;
use super::source::Slug;
use super::time::Timestamp;

/// No source is polled more often.
pub const INTERVAL_MIN: Duration = Duration::from_mins(15);
/// Every source is polled as often, unless its server, its editor or 410 says otherwise.
pub const INTERVAL_MAX: Duration = DAY;
/// For a source whose rhythm is not known yet.
pub const INTERVAL_DEFAULT: Duration = HOUR;
/// How long an editor's "poll now" waits after the last poll.
pub const REFRESH_FLOOR: Duration = Duration::from_mins(5);

/// How many of the latest entries show the rhythm.
const RHYTHM_ENTRIES_MAX: usize = 10;
/// After a refusal without a word on how long (403, 429).
pub const REFUSED_WAIT: Duration = Duration::from_hours(4);
/// Failures after which waits no longer double; the cap of a day is reached long before.
const DOUBLINGS_MAX: u32 = 10;
/// One part in so many is how far a poll is shifted.
const SHIFT_PART: u32 = 10;
/// On how many different days a permanent redirect must be seen.
const MOVED_DAYS_MIN: usize = 3;
/// Redirects remembered of a source.
const MOVES_MAX: usize = 32;
/// How many sources added together fill an hour with their first polls; fewer take as much less of it.
const FIRST_POLLS_AN_HOUR: u32 = 1_000;
/// How long what a source listed beyond its cap waits before the source is asked for it again.
const LEFT_WAIT: Duration = DAY;
/// How long a server may say "not modified" before it is asked plainly.
const UNCHANGED_MAX: Duration = Duration::from_hours(8 * 24);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const HOUR_MILLIS: i64 = 60 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// What is known of a source after a poll.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// Its stable name, from which its shift comes.
    pub slug: &'a Slug,
    /// When its latest entries were published, in any order; dates in the future do not count.
    pub published: &'a [Timestamp],
    /// How the last poll ended.
    pub last: Ending,
    /// Failures in a row, the last poll included.
    pub failures: u32,
    /// What server and document asked for when they were last read.
    pub wishes: Wishes,
    /// Never more often than this, says the editor.
    pub every: Option<Duration>,
}

/// How a poll ended, as far as it matters for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Read, or said to be unchanged.
    Read {
        /// Whether the answer bore validators, so that the next poll can be a cheap one.
        validators: bool,
    },
    /// 429 or 503.
    Wait {
        /// Which of them.
        status: u16,
        /// For how long, where it said so.
        retry_after: Option<Duration>,
    },
    /// 403.
    Forbidden,
    /// Anything else that went wrong, by our limits or by the other side.
    Failed,
    /// 410.
    Gone,
}

/// What a server and its document ask of those who poll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// By caching headers.
    pub freshness: Freshness,
    /// By the feed's `ttl`.
    pub ttl: Option<Duration>,
    /// By the feed's `sy:updatePeriod` and `sy:updateFrequency`.
    pub update_period: Option<Duration>,
    /// By the feed's `skipHours` and `skipDays`.
    pub quiet: Quiet,
}

/// Hours and days, in GMT, at which a feed does not want to be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// Bit 0 is the hour after midnight.
    hours: u32,
    /// Bit 0 is Sunday.
    days: u8,
}

/// When to poll next, and why then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The moment.
    pub at: Timestamp,
    /// For the editor: lower case, no full stop.
    pub reason: &'static str,
}

/// A permanent redirect, seen at a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When.
    pub at: Timestamp,
    /// Where it led.
    pub target: Link,
}

/// A wait that something speaks for.
struct Wait {
    span: Duration,
    /// Somebody asked for it, so it may become longer but not shorter.
    asked: bool,
    reason: &'static str,
}

impl Quiet {
    /// Takes `skipHours` (0 to 23; 24 is 0) and `skipDays`. Other hours are passed over, and so is a list of all hours or all
    /// days, which would mean never: the second value says so, for a warning.
    pub fn read(hours: &[u8], days: &[Weekday]) -> (Self, bool) {
        const ALL_HOURS: u32 = (1 << 24) - 1;
        const ALL_DAYS: u8 = (1 << 7) - 1;
        let hours = hours.iter().filter(|hour| **hour <= 24);
        let hours = hours.fold(0, |all, hour| all | 1 << (hour % 24));
        let days = days.iter().fold(0, |all, day| all | 1 << day.to_sunday_zero_offset());
        let quiet = Self {
            hours: if hours == ALL_HOURS { 0 } else { hours },
            days: if days == ALL_DAYS { 0 } else { days },
        };
        (quiet, hours == ALL_HOURS || days == ALL_DAYS)
    }

    /// Whether the feed does not want to be asked at `at`.
    pub fn covers(self, at: Timestamp) -> bool {
        let hour = at.millis().rem_euclid(DAY_MILLIS) / HOUR_MILLIS;
        // The first day of 1970 was a Thursday.
        let day = (at.millis().div_euclid(DAY_MILLIS) + 4).rem_euclid(7);
        self.hours & (1 << hour) != 0 || self.days & (1 << day) != 0
    }

    /// The first moment from `at` on that is not covered, at the same minute of its hour, so that sources stay apart.
    fn after(self, at: Timestamp) -> Timestamp {
        // One hour and one day at least are free, so a week and a day hold a free hour.
        let hours = (0..8 * 24).map(|hours| at.plus(HOUR * hours));
        hours.into_iter().find(|at| !self.covers(*at)).unwrap_or(at)
    }
}

/// When a source is polled next. `None` if it never is by itself again, since it is gone.
pub fn next_poll(standing: &Standing<'_>, now: Timestamp) -> Option<Next> {
    if standing.last == Ending::Gone {
        return None;
    }
    let shift = hash(standing.slug, now.millis().div_euclid(DAY_MILLIS));
    let shifted = waits(standing, now)
        .into_iter()
        .map(|wait| (shifted(&wait, shift), wait.reason));
    let (span, reason) = shifted.max_by_key(|(span, _)| *span)?;
    let planned = now.plus(span.max(INTERVAL_MIN));
    let at = standing.wishes.quiet.after(planned);
    let reason = if at == planned {
        reason
    } else {
        "the feed names hours or days at which it is not to be asked"
    };
    Some(Next { at, reason })
}

/// How often a source with such entries is polled by itself: half the usual gap between its last entries, or a tenth of its
/// silence where that is longer.
pub fn rhythm(published: &[Timestamp], now: Timestamp) -> Duration {
    let mut latest: Vec<Timestamp> = published.iter().copied().filter(|at| *at <= now).collect();
    latest.sort_unstable_by(|a, b| b.cmp(a));
    latest.truncate(RHYTHM_ENTRIES_MAX);
    let usual = usual_gap(&latest).map_or(INTERVAL_DEFAULT, |gap| gap / 2);
    let silence = latest.first().map_or(Duration::ZERO, |last| now.since(*last) / 10);
    usual.max(silence).clamp(INTERVAL_MIN, INTERVAL_MAX)
}

/// The median of the gaps between moments in descending order. `None` for fewer than two moments.
pub fn usual_gap(latest: &[Timestamp]) -> Option<Duration> {
    let pairs = latest.iter().zip(latest.iter().skip(1));
    let mut gaps: Vec<Duration> = pairs.map(|(later, earlier)| later.since(*earlier)).collect();
    gaps.sort_unstable();
    let upper = gaps.get(gaps.len() / 2)?;
    let lower = gaps.get((gaps.len() - 1) / 2)?;
    Some((*lower + *upper) / 2)
}

/// When a source that was just added is polled first, the same for the same source. `together` sources that are added at
/// once are spread evenly over a time that grows with their number, up to an hour; one alone is polled at once.
pub fn first_poll(slug: &Slug, together: usize, now: Timestamp) -> Timestamp {
    let many = u32::try_from(together).map_or(FIRST_POLLS_AN_HOUR, |together| together.min(FIRST_POLLS_AN_HOUR));
    if many <= 1 {
        return now;
    }
    let span = u64::try_from((HOUR * many / FIRST_POLLS_AN_HOUR).as_millis()).unwrap_or(u64::MAX);
    now.plus(Duration::from_millis(hash(slug, 0) % span.max(1)))
}

/// Until when all sources of the host are left alone, where its server asked for it.
pub fn host_hold(ending: Ending, now: Timestamp) -> Option<Timestamp> {
    match ending {
        Ending::Wait {
            retry_after: Some(span),
            ..
        } => Some(now.plus(span)),
        _ => None,
    }
}

/// The earliest moment at which an editor's "poll now" is obeyed.
pub fn refresh_at(last_poll: Timestamp, host_held_until: Option<Timestamp>) -> Timestamp {
    let floor = last_poll.plus(REFRESH_FLOOR);
    host_held_until.map_or(floor, |held| held.max(floor))
}

/// The address that a source has moved to: the last sightings, given in order, agree on it on [`MOVED_DAYS_MIN`] different
/// days. Sightings are forgotten when a poll is answered without a permanent redirect.
pub fn moved_to(sightings: &[Sighting]) -> Option<&Link> {
    let target = &sightings.last()?.target;
    let agreeing = sightings.iter().rev().take_while(|sighting| sighting.target == *target);
    let mut days: Vec<i64> = agreeing
        .map(|sighting| sighting.at.millis().div_euclid(DAY_MILLIS))
        .collect();
    days.dedup();
    (days.len() >= MOVED_DAYS_MIN).then_some(target)
}

/// Takes note of a permanent redirect. One sighting a day is enough, so that a source which is polled often does not push
/// the days before out of the few that are kept.
pub fn note_move(sightings: &mut Vec<Sighting>, target: &Link, now: Timestamp) {
    let day = |at: Timestamp| at.millis().div_euclid(DAY_MILLIS);
    let noted = |last: &Sighting| last.target == *target && day(last.at) == day(now);
    if !sightings.last().is_some_and(noted) {
        sightings.push(Sighting {
            at: now,
            target: target.clone(),
        });
    }
    let surplus = sightings.len().saturating_sub(MOVES_MAX);
    sightings.drain(..surplus);
}

/// Since when entries wait that a cap left for later: from the first of them on, and from now on where they were asked for
/// again and the room did not suffice.
pub fn left_since(before: Option<Timestamp>, now: Timestamp) -> Timestamp {
    before.filter(|since| now.since(*since) < LEFT_WAIT).unwrap_or(now)
}

/// Whether to ask once without validators, since entries were left for later and there is room for them again: a server
/// whose document did not change meanwhile would otherwise never list them again.
pub fn asks_for_the_rest(left_at: Option<Timestamp>, now: Timestamp) -> bool {
    left_at.is_some_and(|left_at| now.since(left_at) >= LEFT_WAIT)
}

/// Whether to ask once without validators, since the server has said "not modified" for so long that it may be stuck.
/// `read_at`: when a request with validators, or the first of all, last brought a new answer. `plain_at`: when it was last asked
/// plainly for this reason; once is enough until something new comes.
pub fn asks_plainly(read_at: Timestamp, plain_at: Option<Timestamp>, now: Timestamp) -> bool {
    now.since(read_at) >= UNCHANGED_MAX && plain_at.is_none_or(|plain_at| plain_at <= read_at)
}

fn waits(standing: &Standing<'_>, now: Timestamp) -> Vec<Wait> {
    let own = |span, reason| Wait {
        span,
        asked: false,
        reason,
    };
    let usual = rhythm(standing.published, now);
    let mut waits = vec![own(usual, "this is the source's own rhythm")];
    if standing.failures > 0 {
        waits.push(own(
            doubled(usual, standing.failures),
            "it failed, so it is tried less often",
        ));
    }
    let wishes = &standing.wishes;
    for (wish, reason) in [
        (wishes.freshness.lifetime, "the server says how long its answer is good"),
        (wishes.ttl, "the feed says how long it is good"),
        (wishes.update_period, "the feed says how often it is updated"),
    ] {
        // A wish for more than a day is known, and not granted in full.
        waits.extend(wish.map(|span| Wait {
            span: span.min(INTERVAL_MAX),
            asked: span < INTERVAL_MAX,
            reason,
        }));
    }
    waits.extend(standing.every.map(|span| Wait {
        span,
        asked: true,
        reason: "the editor set how often",
    }));
    let refused = || doubled(REFUSED_WAIT, standing.failures.saturating_sub(1));
    match standing.last {
        Ending::Read { validators: false } if wishes.freshness.lifetime.is_none() => {
            let reason = "the server gives no way to ask whether something changed";
            waits.push(Wait {
                span: DAY,
                asked: true,
                reason,
            });
        }
        Ending::Wait {
            retry_after: Some(span),
            ..
        } => {
            waits.push(Wait {
                span,
                asked: true,
                reason: "the server asked to wait",
            });
        }
        Ending::Wait {
            status: 429,
            retry_after: None,
        }
        | Ending::Forbidden => {
            let span = refused();
            waits.push(Wait {
                span,
                asked: span < INTERVAL_MAX,
                reason: "the server refuses, so it is left alone for hours",
            });
        }
        Ending::Read { .. } | Ending::Wait { .. } | Ending::Failed | Ending::Gone => {}
    }
    waits
}

fn doubled(span: Duration, times: u32) -> Duration {
    (span * 2_u32.pow(times.min(DOUBLINGS_MAX))).min(INTERVAL_MAX)
}

/// Moves a wait by up to a tenth: either way where it is our own, forwards where somebody asked for it, and never from within
/// a day to beyond it.
fn shifted(wait: &Wait, shift: u64) -> Duration {
    const STEPS: u32 = 10_000;
    let step = u32::try_from(shift % u64::from(STEPS)).unwrap_or(0);
    let part = wait.span / SHIFT_PART;
    let forwards = |part: Duration| part / STEPS * step;
    if wait.asked {
        let later = wait.span.saturating_add(forwards(part));
        return if wait.span < DAY { later.min(DAY) } else { later };
    }
    if wait.span.saturating_add(part) > DAY {
        return wait.span.saturating_sub(forwards(part));
    }
    wait.span.saturating_sub(part) + forwards(2 * part)
}

/// A number that is the same for the same source and day on every machine and in every version: FNV-1a, then mixed so that
/// names which differ in one letter differ in every bit.
fn hash(slug: &Slug, day: i64) -> u64 {
    let bytes = slug.as_str().bytes().chain(day.to_le_bytes());
    let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (sum ^ (sum >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Ending = Ending::Read { validators: true };

    fn now() -> Timestamp {
        Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
    }

    fn slug(name: &str) -> Slug {
        Slug::parse(name).unwrap()
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Entries `gap` apart, the last one `silence` ago.
    fn entries(gap: Duration, silence: Duration) -> Vec<Timestamp> {
        (0..12).map(|at| now().minus(silence + gap * at)).collect()
    }

    /// The shortest and the longest wait over many sources, each otherwise standing like this one.
    fn bounds(standing: &Standing<'_>) -> (Duration, Duration) {
        let waits: Vec<Duration> = (0..500)
            .map(|at| {
                let slug = slug(&format!("source-{at}"));
                let own = Standing {
                    slug: &slug,
                    ..standing.clone()
                };
                next_poll(&own, now()).unwrap().at.since(now())
            })
            .collect();
        (*waits.iter().min().unwrap(), *waits.iter().max().unwrap())
    }

    fn standing(slug: &Slug, last: Ending, wishes: Wishes) -> Standing<'_> {
        let failures = u32::from(!matches!(last, Ending::Read { .. }));
        Standing {
            slug,
            published: &[],
            last,
            failures,
            wishes,
            every: None,
        }
    }

    /// Asserts that over many sources the wait lies between the two, and comes near to both.
    fn assert_between(standing: &Standing<'_>, least: u64, most: u64, what: &str) {
        let (min, max) = bounds(standing);
        let slack = secs((most - least) / 20 + 1);
        let (least, most) = (secs(least), secs(most));
        assert!(
            min >= least && max <= most,
            "{what}: {min:?} to {max:?}, not {least:?} to {most:?}"
        );
        assert!(
            min <= least + slack && max + slack >= most,
            "{what}: {min:?} to {max:?}, not near {least:?} to {most:?}"
        );
    }

    #[test]
    fn the_interval_follows_the_sources_rhythm_within_its_bounds() {
        for (gap, silence, expected) in [
            (DAY / 50, Duration::ZERO, INTERVAL_MIN),
            (DAY / 20, Duration::ZERO, DAY / 40),
            (DAY, Duration::ZERO, DAY / 2),
            (30 * DAY, DAY, DAY),
            (DAY / 50, 365 * DAY, DAY),
            (DAY / 50, DAY, DAY / 10),
            (Duration::ZERO, Duration::ZERO, INTERVAL_MIN),
        ] {
            assert_eq!(rhythm(&entries(gap, silence), now()), expected, "{gap:?} {silence:?}");
        }
        assert_eq!(rhythm(&[], now()), INTERVAL_DEFAULT);
        assert_eq!(rhythm(&[now().minus(HOUR)], now()), INTERVAL_DEFAULT);
        assert_eq!(rhythm(&[now().plus(400 * DAY), now().minus(30 * DAY)], now()), DAY);
    }

    #[test]
    fn a_source_is_shifted_by_a_tenth_either_way_and_never_below_the_floor_or_beyond_a_day() {
        let slug = slug("a");
        for (published, least, most) in [
            (entries(2 * HOUR, Duration::ZERO), 54 * 60, 66 * 60),
            (entries(30 * DAY, DAY), 86_400 * 9 / 10, 86_400),
        ] {
            let standing = Standing {
                published: &published,
                ..standing(&slug, READ, Wishes::default())
            };
            assert_between(&standing, least, most, "rhythm");
        }
        let published = entries(DAY / 50, Duration::ZERO);
        let (min, _) = bounds(&Standing {
            published: &published,
            ..standing(&slug, READ, Wishes::default())
        });
        assert_eq!(min, INTERVAL_MIN);
    }

    #[test]
    fn wishes_lengthen_the_interval_up_to_a_day_and_never_shorten_it() {
        let fresh = |seconds| Wishes {
            freshness: Freshness {
                lifetime: Some(secs(seconds)),
            },
            ..Wishes::default()
        };
        let slug = slug("a");
        for (wishes, least, most) in [
            (fresh(39_600), 39_600, 43_560),
            (fresh(1), 54 * 60, 66 * 60),
            (fresh(365 * 86_400), 77_760, 86_400),
            (fresh(86_000), 86_000, 86_400),
            (
                Wishes {
                    ttl: Some(secs(240 * 60)),
                    ..Wishes::default()
                },
                14_400,
                15_840,
            ),
            (
                Wishes {
                    ttl: Some(secs(60)),
                    ..Wishes::default()
                },
                54 * 60,
                66 * 60,
            ),
            (
                Wishes {
                    ttl: Some(secs(60_000_000_000)),
                    ..Wishes::default()
                },
                77_760,
                86_400,
            ),
            (
                Wishes {
                    update_period: Some(secs(7_200)),
                    ..Wishes::default()
                },
                7_200,
                7_920,
            ),
        ] {
            assert_between(&standing(&slug, READ, wishes), least, most, &format!("{wishes:?}"));
        }
    }

    #[test]
    fn what_the_editor_set_is_a_floor_of_any_length() {
        let slug = slug("a");
        let standing = |every| Standing {
            every: Some(secs(every)),
            ..standing(&slug, READ, Wishes::default())
        };
        assert_between(&standing(7_200), 7_200, 7_920, "every two hours");
        assert_between(&standing(7 * 86_400), 604_800, 665_280, "every week");
    }

    #[test]
    fn without_validators_a_source_is_polled_once_a_day_unless_its_server_allows_more() {
        let slug = slug("a");
        let plain = Ending::Read { validators: false };
        assert_between(
            &standing(&slug, plain, Wishes::default()),
            86_400,
            95_040,
            "no validators",
        );
        let fresh = Wishes {
            freshness: Freshness {
                lifetime: Some(secs(7_200)),
            },
            ..Wishes::default()
        };
        assert_between(&standing(&slug, plain, fresh), 7_200, 7_920, "max-age");
    }

    #[test]
    fn a_server_that_asks_to_wait_is_left_alone_for_as_long() {
        let slug = slug("a");
        for (status, retry_after, least, most) in [
            (429, Some(secs(90_000)), 90_000, 99_000),
            (503, Some(secs(604_800)), 604_800, 665_280),
            // The wait for a failure is longer than what was asked.
            (429, Some(secs(120)), 6_480, 7_920),
            (503, None, 6_480, 7_920),
            (429, None, 14_400, 15_840),
        ] {
            let ending = Ending::Wait { status, retry_after };
            assert_between(
                &standing(&slug, ending, Wishes::default()),
                least,
                most,
                &format!("{status} {retry_after:?}"),
            );
        }
        assert_between(
            &standing(&slug, Ending::Forbidden, Wishes::default()),
            14_400,
            15_840,
            "403",
        );
    }

    #[test]
    fn the_whole_host_is_held_only_where_its_server_said_for_how_long() {
        for (ending, held) in [
            (
                Ending::Wait {
                    status: 429,
                    retry_after: Some(secs(60)),
                },
                Some(secs(60)),
            ),
            (
                Ending::Wait {
                    status: 503,
                    retry_after: None,
                },
                None,
            ),
            (Ending::Failed, None),
            (READ, None),
        ] {
            assert_eq!(
                host_hold(ending, now()).map(|until| until.since(now())),
                held,
                "{ending:?}"
            );
        }
    }

    #[test]
    fn failures_double_the_wait_up_to_a_day_and_never_stop_the_source() {
        let slug = slug("a");
        for (last, waits) in [
            (Ending::Failed, [2, 4, 8, 16, 24, 24, 24]),
            (Ending::Forbidden, [4, 8, 16, 24, 24, 24, 24]),
        ] {
            for (failures, hours) in (1..).zip(waits) {
                let standing = Standing {
                    failures,
                    ..standing(&slug, last, Wishes::default())
                };
                let (min, max) = bounds(&standing);
                assert!(
                    min >= HOUR * hours * 9 / 10 && max <= (HOUR * hours * 11 / 10).min(DAY),
                    "{failures}: {min:?} {max:?}"
                );
            }
            let standing = Standing {
                failures: u32::MAX,
                ..standing(&slug, last, Wishes::default())
            };
            assert!(bounds(&standing).1 <= DAY);
        }
        let normal = next_poll(&standing(&slug, READ, Wishes::default()), now()).unwrap();
        assert!(normal.at.since(now()) <= HOUR * 11 / 10);
    }

    #[test]
    fn a_source_that_is_gone_is_not_polled_again() {
        let slug = slug("a");
        assert_eq!(
            next_poll(&standing(&slug, Ending::Gone, Wishes::default()), now()),
            None
        );
    }

    #[test]
    fn skipped_hours_and_days_are_slept_through() {
        use Weekday::{Monday, Tuesday};
        let slug = slug("a");
        let poll = |hours: &[u8], days: &[Weekday]| {
            let wishes = Wishes {
                quiet: Quiet::read(hours, days).0,
                ..Wishes::default()
            };
            next_poll(&standing(&slug, READ, wishes), now()).unwrap().at
        };
        let planned = poll(&[], &[]);
        // 1 June 2026 is a Monday; the poll was planned for about one o'clock in the afternoon.
        for (hours, days, hours_later) in [
            (&[12, 13][..], &[][..], 2),
            (&[], &[Monday], 12),
            (&[0, 1], &[Monday, Tuesday], 24 + 14),
            (&[24, 1], &[Monday], 14),
            (&[12, 13, 99], &[], 2),
        ] {
            let at = poll(hours, days);
            let earliest = now().plus(HOUR * hours_later);
            assert!(at >= earliest && at < earliest.plus(HOUR), "{hours:?} {days:?}: {at}");
            assert_eq!((at.millis() - planned.millis()) % HOUR_MILLIS, 0);
        }
    }

    #[test]
    fn a_list_of_all_hours_or_all_days_is_ignored_and_said_to_be() {
        let week: Vec<Weekday> = Weekday::Monday.cycle_forward().take(7).collect();
        let hours: Vec<u8> = (1..=24).collect();
        assert_eq!(Quiet::read(&hours, &week), (Quiet::default(), true));
        let sunday = Quiet { hours: 0, days: 1 };
        assert_eq!(Quiet::read(&hours, &[Weekday::Sunday]), (sunday, true));
        assert!(!Quiet::read(&[1, 2], &[Weekday::Sunday]).1);
    }

    #[test]
    fn new_sources_are_spread_over_a_time_that_grows_with_their_number() {
        for (together, least, most) in [
            (0, 0, 0),
            (1, 0, 0),
            (60, 200, 216),
            (500, 1_780, 1_800),
            (1_000, 3_560, 3_600),
            (30_000, 3_560, 3_600),
        ] {
            let names = (0..1_000).map(|at| slug(&format!("source-{at}")));
            let last = names.map(|name| first_poll(&name, together, now()).since(now())).max();
            let last = last.unwrap().as_secs();
            assert!((least..=most).contains(&last), "{together}: {last}");
        }
    }

    #[test]
    fn a_thousand_new_sources_are_spread_flat_over_the_hour_the_same_each_time() {
        let slot = |at: i32| {
            first_poll(&slug(&format!("source-{at}")), 1_000, now())
                .since(now())
                .as_secs()
        };
        let slots: Vec<u64> = (0..1000).map(slot).collect();
        let mut histogram = [0; 12];
        for slot in &slots {
            histogram[usize::try_from(slot / 300).unwrap()] += 1;
        }
        assert!(
            histogram.iter().all(|count| (50..=120).contains(count)),
            "{histogram:?}"
        );
        assert!(slots.into_iter().eq((0..1000).map(slot)));
    }

    #[test]
    fn a_source_is_shifted_alike_all_day_and_otherwise_the_next() {
        let slug = slug("a");
        let wait = |at: Timestamp| {
            next_poll(&standing(&slug, READ, Wishes::default()), at)
                .unwrap()
                .at
                .since(at)
        };
        assert_eq!(wait(now()), wait(now().plus(HOUR)));
        assert_ne!(wait(now()), wait(now().plus(DAY)));
    }

    #[test]
    fn a_move_is_believed_after_three_days_of_the_same_target() {
        let seen = |days: &[(f64, &str)]| -> Vec<Sighting> {
            days.iter()
                .map(|(day, host)| Sighting {
                    at: now().plus(Duration::from_secs_f64(day * 86_400.0)),
                    target: Link::parse(&format!("https://{host}/")).unwrap(),
                })
                .collect()
        };
        for (sightings, moved) in [
            (&[][..], None),
            (&[(0.0, "a.example"), (0.1, "a.example"), (0.2, "a.example")], None),
            (&[(0.0, "a.example"), (1.0, "a.example")], None),
            (
                &[(0.0, "a.example"), (1.0, "a.example"), (2.0, "a.example")],
                Some("a.example"),
            ),
            (&[(0.0, "a.example"), (1.0, "b.example"), (2.0, "a.example")], None),
            (
                &[
                    (0.0, "a.example"),
                    (1.0, "a.example"),
                    (2.0, "a.example"),
                    (3.0, "b.example"),
                ],
                None,
            ),
            (
                &[
                    (0.0, "b.example"),
                    (1.0, "a.example"),
                    (2.0, "a.example"),
                    (9.0, "a.example"),
                ],
                Some("a.example"),
            ),
        ] {
            assert_eq!(moved_to(&seen(sightings)).map(Link::host), moved, "{sightings:?}");
        }
    }

    #[test]
    fn a_source_polled_every_quarter_of_an_hour_keeps_the_days_of_its_moves() {
        let (a, b) = (
            Link::parse("https://a.example/").unwrap(),
            Link::parse("https://b.example/").unwrap(),
        );
        let mut sightings = Vec::new();
        for poll in 0..3 * 96 {
            note_move(&mut sightings, &a, now().plus(INTERVAL_MIN * poll));
        }
        assert_eq!(moved_to(&sightings), Some(&a));
        note_move(&mut sightings, &b, now().plus(3 * DAY));
        assert_eq!(moved_to(&sightings), None);
        for day in 4..100 {
            note_move(&mut sightings, &b, now().plus(day * DAY));
        }
        assert_eq!((moved_to(&sightings), sightings.len()), (Some(&b), MOVES_MAX));
    }

    #[test]
    fn what_was_left_for_later_is_asked_for_once_a_day() {
        let at = |hours: u32| now().plus(HOUR * hours);
        for (before, expected) in [(None, 48), (Some(30), 30), (Some(24), 48), (Some(0), 48)] {
            assert_eq!(left_since(before.map(at), at(48)), at(expected), "{before:?}");
        }
        for (left, asked_at, plainly) in [(None, 48, false), (Some(0), 23, false), (Some(0), 24, true)] {
            assert_eq!(
                asks_for_the_rest(left.map(at), at(asked_at)),
                plainly,
                "{left:?} {asked_at}"
            );
        }
    }

    #[test]
    fn a_server_stuck_on_304_is_asked_plainly_once_after_eight_days() {
        let at = |days: u32| now().plus(DAY * days);
        for (plain_at, asked_at, plainly) in [
            (None, 7, false),
            (None, 8, true),
            (None, 30, true),
            (Some(9), 10, false),
            (Some(9), 40, false),
            (Some(0), 9, true),
        ] {
            assert_eq!(
                asks_plainly(at(0), plain_at.map(at), at(asked_at)),
                plainly,
                "{plain_at:?} {asked_at}"
            );
        }
    }

    #[test]
    fn poll_now_waits_some_minutes_and_as_long_as_the_host_is_held() {
        assert_eq!(refresh_at(now(), None), now().plus(REFRESH_FLOOR));
        assert_eq!(refresh_at(now(), Some(now().plus(HOUR))), now().plus(HOUR));
        assert_eq!(refresh_at(now(), Some(now())), now().plus(REFRESH_FLOOR));
    }
}
