//! Virtual time: nanoseconds since power-on, and the queue of what is due when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A moment, or a length of time, on the machine's own clock, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    pub const ZERO: Nanos = Nanos(0);

    pub const fn micros(us: u64) -> Nanos {
        Nanos(us * 1_000)
    }

    pub const fn millis(ms: u64) -> Nanos {
        Nanos(ms * 1_000_000)
    }

    pub const fn seconds(s: u64) -> Nanos {
        Nanos(s * 1_000_000_000)
    }

    pub const fn as_seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// The part below a second, in microseconds, as `dmesg` prints it.
    pub const fn subsecond_micros(self) -> u64 {
        self.0 % 1_000_000_000 / 1_000
    }
}

impl std::ops::Add for Nanos {
    type Output = Nanos;

    /// Saturates: a timer set for the end of time never fires.
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Nanos {
    type Output = Nanos;

    fn sub(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(other.0))
    }
}

/// What is due when. Two entries due at the same moment come out in the order they went in.
#[derive(Debug)]
pub struct TimerQueue<T> {
    /// The entry that is due first: a queue of one, which is the usual one, costs no search.
    first: Option<(TimerId, T)>,
    later: BTreeMap<TimerId, T>,
    sequence: u64,
}

/// Names one entry, to cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(Nanos, u64);

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        TimerQueue { first: None, later: BTreeMap::new(), sequence: 0 }
    }
}

impl<T> TimerQueue<T> {
    pub fn insert(&mut self, deadline: Nanos, what: T) -> TimerId {
        self.sequence += 1;
        let id = TimerId(deadline, self.sequence);
        match &self.first {
            Some((first, _)) if *first < id => {
                self.later.insert(id, what);
            }
            _ => {
                if let Some((old, what)) = self.first.replace((id, what)) {
                    self.later.insert(old, what);
                }
            }
        }
        id
    }

    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        if self.first.as_ref().is_some_and(|(first, _)| *first == id) {
            return self.take_first();
        }
        self.later.remove(&id)
    }

    /// When the next entry is due, if there is one.
    pub fn next_deadline(&self) -> Option<Nanos> {
        self.first.as_ref().map(|(id, _)| id.0)
    }

    /// Takes out the next entry that is due at or before `now`.
    pub fn pop_due(&mut self, now: Nanos) -> Option<T> {
        if self.next_deadline()? > now {
            return None;
        }
        self.take_first()
    }

    fn take_first(&mut self) -> Option<T> {
        let (_, what) = self.first.take()?;
        self.first = self.later.pop_first();
        Some(what)
    }

    pub fn clear(&mut self) {
        self.first = None;
        self.later.clear();
    }
}
