//! One machine and its history: forward by running, backward by running again from the start.
//!
//! It does what [`sim_core::machine::Player`] does, in pieces: a frame's work can end anywhere on the way
//! to a far moment, and the next frame goes on from there.

use std::collections::VecDeque;
use std::rc::Rc;

use sim_core::clock::Nanos;
use sim_core::hardware::SpecError;
use sim_core::machine::{Input, Machine, Session, Step};
use sim_core::trace::EventNumber;
use sim_core::view::{EventKind, EventView, MachineView, draw_event};

use super::snapshot::{Mark, MarkKind, Position};

/// How many events the page holds; older ones are made again by going back to them.
const EVENTS_MAX: usize = 800;

pub struct Engine {
    machine: Machine,
    /// Everything that came from outside in this history, also what lies ahead of the moment in view.
    session: Session,
    /// The newest event of this history.
    head: u64,
    /// The newest event after each step, where a step made any: the moments at which one can stand.
    stands: Vec<u64>,
    marks: Rc<Vec<Mark>>,
    events: VecDeque<Rc<EventView>>,
    refusal: Option<Rc<EventView>>,
    /// The newest event that is in `events`, `marks` and `refusal`.
    noted: u64,
    view: Option<(u64, Rc<MachineView>)>,
    /// How often the machine was made again; what it printed is then shown from its beginning.
    pub replays: u32,
}

/// What came of going somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    There,
    OnTheWay,
    /// Nothing happens before something comes from outside.
    NoFurther,
}

impl Engine {
    /// A machine at its beginning, with all that the session's inputs will bring still before it.
    pub fn new(session: Session, head: u64) -> Result<Engine, SpecError> {
        Ok(Engine {
            machine: Machine::replay(session.clone())?,
            session,
            head,
            stands: Vec::new(),
            marks: Rc::default(),
            events: VecDeque::new(),
            refusal: None,
            noted: 0,
            view: None,
            replays: 0,
        })
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    fn at(&self) -> u64 {
        self.machine.last_event().0
    }

    pub fn position(&self) -> Position {
        let at = self.at();
        Position { at, at_ns: self.machine.now().0, head: self.head.max(at) }
    }

    pub fn now(&self) -> Nanos {
        self.machine.now()
    }

    /// Nothing can run at this moment; a timer may be set.
    pub fn is_waiting(&self) -> bool {
        self.machine.is_waiting()
    }

    /// What has been printed on a serial line so far.
    pub fn output(&self, line: u32) -> &[u8] {
        self.machine.terminal(line).map_or(&[], |terminal| terminal.output())
    }

    /// Something comes from outside now. What had come later in this history is forgotten: from here it
    /// goes another way.
    pub fn input(&mut self, input: Input) {
        let now = self.machine.now();
        if self.session.inputs.last().is_some_and(|(moment, _)| *moment > now) && self.at() < self.head {
            self.forget_the_future(now);
        }
        self.machine.input(input);
        self.session.clone_from(self.machine.session());
    }

    fn forget_the_future(&mut self, now: Nanos) {
        let at = self.at();
        self.session.inputs.retain(|(moment, _)| *moment <= now);
        self.machine = remake(&self.session);
        while self.at() < at && self.machine.step() == Step::Done {}
        self.machine.run_until(now, &mut || true);
        self.head = at;
        self.stands.retain(|stand| *stand <= at);
        Rc::make_mut(&mut self.marks).retain(|mark| mark.event <= at);
    }

    /// Runs until the clock reaches the deadline or `keep_going` says no.
    pub fn run_until(&mut self, deadline: Nanos, keep_going: &mut dyn FnMut() -> bool) {
        while self.machine.next_due().is_some_and(|due| due <= deadline) {
            if !keep_going() {
                return;
            }
            self.step();
        }
        if deadline < FOREVER {
            self.machine.run_until(deadline, keep_going);
        }
    }

    /// Runs until the machine waits for somebody and one of these is the last thing on the line.
    pub fn run_until_asked(
        &mut self,
        line: u32,
        asked: &[&[u8]],
        keep_going: &mut dyn FnMut() -> bool,
    ) -> Arrival {
        loop {
            let output = self.output(line);
            if self.is_waiting() && asked.iter().any(|words| output.ends_with(words)) {
                return Arrival::There;
            }
            if !keep_going() {
                return Arrival::OnTheWay;
            }
            if self.step() == Step::Idle {
                return Arrival::NoFurther;
            }
        }
    }

    /// Runs to the first stand at or after the event.
    pub fn run_to_event(&mut self, event: u64, keep_going: &mut dyn FnMut() -> bool) -> Arrival {
        while self.at() < event {
            if !keep_going() {
                return Arrival::OnTheWay;
            }
            if self.step() == Step::Idle {
                return Arrival::NoFurther;
            }
        }
        Arrival::There
    }

    fn step(&mut self) -> Step {
        let before = self.at();
        let step = self.machine.step();
        let at = self.at();
        if at > before && self.stands.last().is_none_or(|last| *last < at) {
            self.stands.push(at);
        }
        step
    }

    /// Where the event lies behind: goes to the beginning, from where it is reached by running. Answers
    /// the stand to run to: the first at which the event has happened, if it lies behind, else the one before.
    pub fn turn_back_for(&mut self, event: u64) -> u64 {
        if event >= self.at() {
            return event;
        }
        let before = self.at();
        self.head = self.position().head;
        self.machine = remake(&self.session);
        self.events.clear();
        self.refusal = None;
        self.noted = 0;
        self.replays += 1;
        let first = self.stands.partition_point(|stand| *stand < event);
        match self.stands.get(first) {
            _ if event == 0 => 0,
            Some(stand) if *stand < before => *stand,
            _ => first.checked_sub(1).map_or(0, |index| self.stands[index]),
        }
    }

    /// Takes note of what happened since it was last called.
    pub fn take_note(&mut self) {
        let known = self.marks.last().map_or(0, |mark| mark.event);
        for event in self.machine.trace().since(EventNumber(self.noted)) {
            let event = Rc::new(draw_event(&self.machine, event));
            if event.number > known
                && let Some(kind) = mark_kind(&event)
            {
                Rc::make_mut(&mut self.marks).push(Mark { event: event.number, kind });
            }
            if is_refusal(&event) {
                self.refusal = Some(event.clone());
            }
            self.noted = event.number;
            self.events.push_back(event);
        }
        let surplus = self.events.len().saturating_sub(EVENTS_MAX);
        self.events.drain(..surplus);
        self.head = self.head.max(self.noted);
    }

    pub fn view(&mut self) -> Rc<MachineView> {
        let at = self.at();
        match &self.view {
            Some((of, view)) if *of == at => view.clone(),
            _ => {
                let view = Rc::new(self.machine.view());
                self.view = Some((at, view.clone()));
                view
            }
        }
    }

    pub fn events(&self) -> Vec<Rc<EventView>> {
        self.events.iter().cloned().collect()
    }

    pub fn refusal(&self) -> Option<Rc<EventView>> {
        self.refusal.clone()
    }

    pub fn marks(&self) -> Rc<Vec<Mark>> {
        self.marks.clone()
    }
}

/// The end of time, as a deadline: as far as there is something to do.
pub const FOREVER: Nanos = Nanos(u64::MAX);

fn remake(session: &Session) -> Machine {
    Machine::replay(session.clone()).expect("a machine that was built once can be built again")
}

/// Calls fail for many ordinary reasons; this one failed because it was not allowed.
pub fn is_refusal(event: &EventView) -> bool {
    event.denial.as_ref().is_some_and(|denial| matches!(denial.errno.as_str(), "EPERM" | "EACCES"))
}

fn mark_kind(event: &EventView) -> Option<MarkKind> {
    match event.kind {
        _ if event.begins.is_some() => event.begins.map(MarkKind::Stage),
        EventKind::Input => Some(MarkKind::Input),
        EventKind::Fault => Some(MarkKind::Denied),
        _ if is_refusal(event) => Some(MarkKind::Denied),
        _ => None,
    }
}
