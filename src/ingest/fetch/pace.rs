//! Turns: how many requests run at once at one host, and how far apart.
//!
//! Each host name and each address has a gate, so that many names on one machine do not add up to a flood.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use super::fault::Stop;

/// The most requests in line at one gate.
const IN_LINE_MAX: usize = 1_000;
/// The longest time in line.
const IN_LINE_TIME_MAX: Duration = Duration::from_mins(30);
/// How long a gate is kept after its last request.
const IDLE_GATE: Duration = Duration::from_mins(5);
/// How often idle gates are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// What a gate stands before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Host(String),
    Address(IpAddr),
}

pub(super) struct Pace {
    gap: Duration,
    at_once: usize,
    gates: Mutex<Gates>,
}

/// The right to have one request running; ends when it is dropped.
pub(super) struct Turn {
    gate: Arc<Gate>,
    gap: Duration,
    _permit: OwnedSemaphorePermit,
}

struct Gates {
    by_place: HashMap<Place, Arc<Gate>>,
    swept: Instant,
}

struct Gate {
    room: Arc<Semaphore>,
    /// Held by the first in line while it waits for `free`, so that nobody overtakes it.
    door: tokio::sync::Mutex<()>,
    /// When the next request may start.
    free: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(gap: Duration, at_once: usize) -> Self {
        let gates = Gates {
            by_place: HashMap::new(),
            swept: Instant::now(),
        };
        Self {
            gap,
            at_once: at_once.clamp(1, Semaphore::MAX_PERMITS),
            gates: Mutex::new(gates),
        }
    }

    /// Waits in line: first come, first served.
    pub(super) async fn turn(&self, place: Place) -> Result<Turn, Stop> {
        let gate = self.gate(place);
        // The map holds one count, each request in line or running another.
        if Arc::strong_count(&gate) > IN_LINE_MAX {
            return Err(Stop::Refused(format!(
                "{IN_LINE_MAX} requests stand in line for this host already"
            )));
        }
        let turn = timeout(IN_LINE_TIME_MAX, enter(gate, self.gap)).await;
        turn.map_err(|_| {
            Stop::Refused(format!(
                "no turn at this host within {} minutes",
                IN_LINE_TIME_MAX.as_secs() / 60
            ))
        })
    }

    fn gate(&self, place: Place) -> Arc<Gate> {
        let now = Instant::now();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(gates.swept) >= SWEEP_EVERY {
            gates.swept = now;
            gates
                .by_place
                .retain(|_, gate| Arc::strong_count(gate) > 1 || now < *gate.free() + IDLE_GATE);
        }
        Arc::clone(
            gates
                .by_place
                .entry(place)
                .or_insert_with(|| Arc::new(Gate::new(self.at_once, now))),
        )
    }
}

async fn enter(gate: Arc<Gate>, gap: Duration) -> Turn {
    let room = Arc::clone(&gate.room);
    let permit = room.acquire_owned().await.expect("a gate's semaphore is never closed");
    let door = gate.door.lock().await;
    // Each end of another request may move the time once more; there are fewer than may run at once.
    loop {
        let free = *gate.free();
        if free <= Instant::now() {
            break;
        }
        sleep_until(free).await;
    }
    *gate.free() = Instant::now() + gap;
    drop(door);
    Turn {
        gate,
        gap,
        _permit: permit,
    }
}

impl Gate {
    fn new(at_once: usize, now: Instant) -> Self {
        Self {
            room: Arc::new(Semaphore::new(at_once)),
            door: tokio::sync::Mutex::new(()),
            free: Mutex::new(now),
        }
    }

    fn free(&self) -> MutexGuard<'_, Instant> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.gate.free() = Instant::now() + self.gap;
    }
}
