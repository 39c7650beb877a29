//! How often somebody may try what can be guessed.
//!
//! Each try is charged before it is judged, to three accounts at once: the name from this network, the name from anywhere, and
//! this network for any name. Nobody is ever shut out for good, and nobody can shut out another from elsewhere by typing
//! their name: that slows the name down in the typist's own network.

use std::net::IpAddr;
use std::time::Duration;

use super::digest::digest;
use super::time::Timestamp;

/// Tries without a wait, for one name from one network.
const FAST_TRIES: u32 = 5;
/// The wait after them; each further try doubles it.
const FIRST_WAIT_SECONDS: u64 = 4;
/// The longest wait.
const WAIT_SECONDS_MAX: u64 = 15 * 60;
/// After so long without a try the waits begin anew.
const FORGIVEN_AFTER_SECONDS: u64 = 60 * 60;
/// Tries at once for one name from anywhere, and how long it takes until there is one more: enough for its owner, too few for
/// who guesses from many networks.
const NAME_BURST: u32 = 60;
const NAME_SECONDS_A_TRY: u64 = 60;
/// Tries at once from one network for any name, and how long it takes until there is one more.
const NETWORK_BURST: u32 = 30;
const NETWORK_SECONDS_A_TRY: u64 = 10;

/// What a try is charged to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Charge {
    /// Its name in the store.
    pub key: String,
    /// How fast it may be charged.
    pub pace: Pace,
    /// Whether it is forgotten once somebody was right.
    pub is_forgiven: bool,
}

/// How fast something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Some tries at once, then waits that grow.
    Growing,
    /// So many tries at once, and one more each so many seconds (the generic cell rate algorithm).
    Steady {
        /// At once.
        burst: u32,
        /// Until one more.
        seconds_a_try: u64,
    },
}

/// What is known of the tries so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: i64,
    /// When the next is free; of a steady pace, when all will be.
    pub free_at: Timestamp,
    /// When the last one was.
    pub tried_at: Timestamp,
}

/// What a try to sign in as `name` from `address` is charged to, in the order of the keys.
pub fn charges(name: &str, address: IpAddr) -> Vec<Charge> {
    let (name, network) = (name.trim().to_lowercase(), network(address));
    let mut charges = vec![
        Charge {
            key: format!("name-in-network:{}", digest(&[&name, &network])),
            pace: Pace::Growing,
            is_forgiven: true,
        },
        Charge {
            key: format!("name:{}", digest(&[&name])),
            pace: Pace::Steady {
                burst: NAME_BURST,
                seconds_a_try: NAME_SECONDS_A_TRY,
            },
            is_forgiven: true,
        },
        Charge {
            key: format!("network:{network}"),
            pace: Pace::Steady {
                burst: NETWORK_BURST,
                seconds_a_try: NETWORK_SECONDS_A_TRY,
            },
            is_forgiven: false,
        },
    ];
    charges.sort();
    charges
}

impl Pace {
    /// The tries with one more at `now`, or when that would be free.
    pub fn one_more(self, tries: Tries, now: Timestamp) -> Result<Tries, Timestamp> {
        let next = |count, free_at| Tries {
            count,
            free_at,
            tried_at: now,
        };
        match self {
            Self::Growing if now < tries.free_at => Err(tries.free_at),
            Self::Growing => {
                let is_forgiven = now.since(tries.tried_at) >= Duration::from_secs(FORGIVEN_AFTER_SECONDS);
                let count = if is_forgiven { 1 } else { tries.count.saturating_add(1) };
                Ok(next(count, now.plus(wait_after(count))))
            }
            Self::Steady { burst, seconds_a_try } => {
                let step = Duration::from_secs(seconds_a_try);
                let full_at = tries.free_at.max(now).plus(step);
                let free_at = full_at.minus(step * burst);
                if free_at > now {
                    Err(free_at)
                } else {
                    Ok(next(tries.count.saturating_add(1), full_at))
                }
            }
        }
    }
}

/// How long the next try waits after so many.
fn wait_after(count: i64) -> Duration {
    let slow = u64::try_from(count.saturating_sub(i64::from(FAST_TRIES))).ok();
    let slow = slow.map(|slow| u32::try_from(slow).unwrap_or(u32::MAX));
    let seconds = slow.map_or(0, |slow| {
        let doubled = 1_u64
            .checked_shl(slow)
            .and_then(|factor| FIRST_WAIT_SECONDS.checked_mul(factor));
        doubled.unwrap_or(WAIT_SECONDS_MAX).min(WAIT_SECONDS_MAX)
    });
    Duration::from_secs(seconds)
}

/// The network of an address: what one household or office has, 256 addresses or a /48.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000_000);

    /// When each of `count` tries is let through, by somebody who tries again as soon as it is free.
    fn let_through(pace: Pace, count: usize) -> Vec<u64> {
        let none = Tries {
            count: 0,
            free_at: START,
            tried_at: START,
        };
        let mut now = START;
        let mut tries = none;
        (0..count)
            .map(|_| {
                tries = pace.one_more(tries, now).unwrap_or_else(|free_at| {
                    now = free_at;
                    pace.one_more(tries, now).unwrap()
                });
                now.since(START).as_secs()
            })
            .collect()
    }

    #[test]
    fn five_tries_are_fast_and_then_the_waits_grow_to_their_limit() {
        let at = let_through(Pace::Growing, 16);
        assert_eq!(at[..9], [0, 0, 0, 0, 0, 4, 12, 28, 60]);
        assert_eq!(at[15] - at[14], WAIT_SECONDS_MAX);
        assert_eq!(wait_after(i64::MAX), Duration::from_secs(WAIT_SECONDS_MAX));
    }

    #[test]
    fn an_hour_without_a_try_is_forgiven() {
        let tries = Tries {
            count: 50,
            free_at: START,
            tried_at: START,
        };
        let after = Pace::Growing
            .one_more(tries, START.plus(Duration::from_hours(1)))
            .unwrap();
        assert_eq!(after.count, 1);
    }

    #[test]
    fn a_steady_pace_gives_some_at_once_and_then_one_by_one() {
        let pace = Pace::Steady {
            burst: 3,
            seconds_a_try: 10,
        };
        assert_eq!(let_through(pace, 6), [0, 0, 0, 10, 20, 30]);
    }

    #[test]
    fn neighbours_share_a_network_and_others_do_not() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.9", "192.0.2.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("127.0.0.1", "127.0.0.0/24"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
        let here = charges("ada", "192.0.2.7".parse().unwrap());
        let there = charges(" Ada ", "198.51.100.7".parse().unwrap());
        let shared = here.iter().filter(|charge| there.contains(charge)).count();
        assert_eq!((here.len(), shared), (3, 1));
    }
}
