//! Time both ways: a machine that can be taken to any event of its past, by replay.

use super::{Machine, Session, Step};
use crate::clock::Nanos;
use crate::hardware::SpecError;
use crate::trace::EventNumber;

/// A machine and the way back.
///
/// Stepping back leaves what has happened since in the session, so that stepping forward finds it again;
/// input from outside at an earlier moment drops it and makes another future.
pub struct Player {
    machine: Machine,
    /// Everything that came from outside, also what lies ahead of the machine's moment.
    session: Session,
    /// The newest event there has been, and its time.
    horizon: (EventNumber, Nanos),
}

impl Player {
    pub fn new(session: Session) -> Result<Player, SpecError> {
        let machine = Machine::replay(session.clone())?;
        Ok(Player { machine, session, horizon: (EventNumber(0), Nanos::ZERO) })
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Everything from outside, past and still ahead.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The newest event there has been: as far as [`Player::seek`] leads without new ones.
    pub fn horizon(&self) -> EventNumber {
        self.horizon.0
    }

    /// Something comes from outside, now. What was ahead of this moment is gone.
    pub fn input(&mut self, input: super::Input) -> Result<(), SpecError> {
        if self.is_in_the_past() {
            let now = self.machine.now();
            self.session.inputs.retain(|(at, _)| *at <= now);
            self.rebuild_to(self.machine.last_event(), now)?;
        }
        self.machine.input(input);
        self.session.inputs.clone_from(&self.machine.session().inputs);
        self.note_horizon();
        Ok(())
    }

    /// Whether there is a known future.
    pub fn is_in_the_past(&self) -> bool {
        (self.machine.last_event(), self.machine.now()) < self.horizon
    }

    /// Runs until the clock reaches `deadline`; see [`Machine::run_until`].
    pub fn run_until(&mut self, deadline: Nanos, keep_going: &mut dyn FnMut() -> bool) -> bool {
        let reached = self.machine.run_until(deadline, keep_going);
        self.note_horizon();
        reached
    }

    /// Goes on until at least one more event has happened, or nothing is due.
    pub fn step_forward(&mut self) {
        let before = self.machine.last_event();
        while self.machine.last_event() == before && self.machine.step() == Step::Done {}
        self.note_horizon();
    }

    /// Goes back to before the newest event.
    pub fn step_back(&mut self) -> Result<(), SpecError> {
        let target = EventNumber(self.machine.last_event().0.saturating_sub(1));
        self.seek(target)
    }

    /// Goes to the moment at which `target` was, or will be, the newest event: to the last step that ends at
    /// or before it going back, to the first at or after it going forward.
    pub fn seek(&mut self, target: EventNumber) -> Result<(), SpecError> {
        if target < self.machine.last_event() {
            self.machine = Machine::replay(self.session.clone())?;
            // A step may make several events: stop before the one that would go beyond.
            let mut steps = 0_u64;
            while self.machine.last_event() < target && self.machine.step() == Step::Done {
                steps += 1;
            }
            if self.machine.last_event() > target {
                self.machine = Machine::replay(self.session.clone())?;
                for _ in 1..steps {
                    self.machine.step();
                }
            }
        } else {
            while self.machine.last_event() < target && self.machine.step() == Step::Done {}
        }
        self.note_horizon();
        Ok(())
    }

    /// Replays the session, as it is now, to the same event and moment.
    fn rebuild_to(&mut self, target: EventNumber, now: Nanos) -> Result<(), SpecError> {
        self.machine = Machine::replay(self.session.clone())?;
        while self.machine.last_event() < target && self.machine.step() == Step::Done {}
        self.machine.run_until(now, &mut || true);
        self.horizon = (self.machine.last_event(), self.machine.now());
        Ok(())
    }

    fn note_horizon(&mut self) {
        self.horizon = self.horizon.max((self.machine.last_event(), self.machine.now()));
    }
}
