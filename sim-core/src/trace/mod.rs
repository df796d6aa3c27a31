//! What happened, in order: numbered events, each with the event that caused it, and the running
//! hash over all of them that is the machine's fingerprint.

mod fingerprint;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::clock::Nanos;
pub use fingerprint::Fingerprint;
use fingerprint::TraceHasher;

/// The number of an event, from 1. It is the same on every replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventNumber(pub u64);

/// One thing that happened on the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Event {
    pub number: EventNumber,
    /// When, on the machine's clock.
    pub at: Nanos,
    /// The event that made this one happen; none for what comes from outside (power, keys).
    pub cause: Option<EventNumber>,
    pub what: What,
}

pub use what::{Outcome, What};
mod what;

/// Numbers events, hashes them and keeps the newest. What has fallen out of the window can be made
/// again by replay.
#[derive(Debug)]
pub struct Trace {
    window: VecDeque<Event>,
    window_len_max: u32,
    /// What the events of the window hold of file contents and the like.
    window_payload_bytes: u64,
    last: EventNumber,
    hasher: TraceHasher,
    now: Nanos,
    cause: Option<EventNumber>,
}

/// What the kept events may hold of file contents and the like, together.
const PAYLOAD_BYTES_MAX: u64 = 32 << 20;

impl Trace {
    pub fn new(window_len_max: u32) -> Trace {
        Trace {
            window: VecDeque::new(),
            window_len_max,
            window_payload_bytes: 0,
            last: EventNumber(0),
            hasher: TraceHasher::default(),
            now: Nanos::ZERO,
            cause: None,
        }
    }

    /// Sets the moment that the next events are stamped with.
    pub fn set_now(&mut self, now: Nanos) {
        self.now = now;
    }

    pub fn now(&self) -> Nanos {
        self.now
    }

    /// Sets the event that the next events follow from.
    pub fn set_cause(&mut self, cause: Option<EventNumber>) {
        self.cause = cause;
    }

    pub fn cause(&self) -> Option<EventNumber> {
        self.cause
    }

    /// Records `what` as happening now, caused by the current cause.
    pub fn record(&mut self, what: What) -> EventNumber {
        self.last.0 += 1;
        let event = Event { number: self.last, at: self.now, cause: self.cause, what };
        self.hasher.add(&event);
        self.window_payload_bytes += event.what.payload_bytes();
        self.window.push_back(event);
        self.shrink_window();
        self.last
    }

    /// Lets the oldest events go where they are too many, or too large: `cat /dev/zero` fills memory fast.
    fn shrink_window(&mut self) {
        let is_too_much = |trace: &Trace| {
            trace.window.len() as u64 > u64::from(trace.window_len_max)
                || (trace.window_payload_bytes > PAYLOAD_BYTES_MAX && trace.window.len() > 1)
        };
        while is_too_much(self)
            && let Some(oldest) = self.window.pop_front()
        {
            self.window_payload_bytes -= oldest.what.payload_bytes();
        }
    }

    /// Records `what` and makes it the cause of what is recorded next.
    pub fn record_as_cause(&mut self, what: What) -> EventNumber {
        let number = self.record(what);
        self.cause = Some(number);
        number
    }

    /// The number that the next event will have.
    pub fn next(&self) -> EventNumber {
        EventNumber(self.last.0 + 1)
    }

    /// The number of the newest event.
    pub fn last(&self) -> EventNumber {
        self.last
    }

    /// The hash over every event so far.
    pub fn fingerprint(&self) -> Fingerprint {
        self.hasher.fingerprint()
    }

    /// The events still kept, oldest first.
    pub fn window(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.window.iter()
    }

    /// The kept events after `number`, oldest first.
    pub fn since(&self, number: EventNumber) -> impl Iterator<Item = &Event> {
        // Numbers have no gaps.
        let newer = self.last.0.saturating_sub(number.0);
        let skip = (self.window.len() as u64).saturating_sub(newer);
        self.window.range(skip as usize..)
    }
}
