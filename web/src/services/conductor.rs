//! The conductor alone holds the machine. It lets it run frame by frame for the reader's eye, takes it to
//! the moments they ask for, and tells the page what there is to see.
//!
//! How far a frame gets depends on the computer; what happens on the machine does not.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use sim_core::clock::Nanos;
use sim_core::link::{BoardChoice, Link, LinkError, Moment, Still};
use sim_core::machine::{Input, Session};
use sim_core::scenario::model::User;
use yew::Callback;

use super::engine::{Arrival, Engine, FOREVER};
use super::snapshot::{Pace, Position, Snapshot};
use super::{address, crash};
use crate::state::{Motion, Speed};
use crate::terminal::OpenTerminal;

/// How long a frame may work, in milliseconds: the page stays responsive at 60 frames a second.
const WORK_MS: f64 = 6.0;
/// The longest time between two frames that is made up for; longer ones (a hidden tab) are let go.
const CATCH_UP_MS: f64 = 100.0;
/// While nothing happens, the clock on the page is brought up to date this often.
const CLOCK_EVERY_MS: f64 = 250.0;
/// The seed of machines that begin here; a link may bring another.
const SEED: u64 = 1;
/// The serial console, on which the machine also says how it boots.
const CONSOLE: u32 = 0;

/// A handle to the conductor; all handles are equal.
#[derive(Clone)]
pub struct Conductor(Rc<RefCell<Inner>>);

impl PartialEq for Conductor {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    engine: Engine,
    board: BoardChoice,
    scenario: Option<String>,
    errand: Errand,
    motion: Motion,
    speed: Speed,
    /// Events that a speed counted in events still owes.
    events_due: f64,
    last_frame_ms: f64,
    last_told_ms: f64,
    told: Option<(u64, u64, Pace)>,
    terminal: Option<OpenTerminal>,
    /// The serial line at whose end the terminal is.
    line: u32,
    /// Of which making of the machine, and how much of the line's output, the terminal shows.
    shown: (u32, usize),
    /// Who is logged in on every line that this lesson uses.
    user: Option<User>,
    tell: Callback<Snapshot>,
    frame: Option<AnimationFrame>,
}

/// What the machine is on its way to, other than on.
#[derive(Clone, Debug, PartialEq)]
enum Errand {
    None,
    /// To the moment right after an event.
    GoTo(u64),
    LogIn(LogIn),
}

/// From what is there to a user's prompt, for lessons that begin there.
#[derive(Clone, Debug, PartialEq)]
struct LogIn {
    user: User,
    line: u32,
    step: LogInStep,
    /// What is then typed.
    then: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum LogInStep {
    Name,
    Password,
    Prompt,
}

impl LogIn {
    fn new(user: User, line: u32, then: Vec<u8>) -> LogIn {
        LogIn { user, line, step: LogInStep::Name, then }
    }

    /// What is on the line when the next thing can be typed.
    fn asked(&self) -> &'static [&'static [u8]] {
        match self.step {
            LogInStep::Name => &[b"login: "],
            LogInStep::Password => &[b"Password: ", b"# ", b"$ "],
            LogInStep::Prompt => &[b"# ", b"$ "],
        }
    }
}

/// What a conductor is to begin with.
pub struct Beginning {
    pub board: BoardChoice,
    /// The lesson that goes with it.
    pub scenario: Option<String>,
    pub session: Session,
    pub at: u64,
    pub head: u64,
    pub motion: Motion,
    pub log_in: Option<User>,
}

impl Beginning {
    /// A machine that is switched off, or on its way to a user's prompt.
    pub fn fresh(
        board: BoardChoice,
        log_in: Option<User>,
        scenario: Option<String>,
    ) -> Result<Beginning, LinkError> {
        let session = Session::new(board.spec()?, SEED);
        Ok(Beginning { board, scenario, session, at: 0, head: 0, motion: Motion::Running, log_in })
    }

    pub fn of_link(link: &Link) -> Result<Beginning, LinkError> {
        let motion = match link.moment.still {
            Still::Runs => Motion::Running,
            Still::Stands => Motion::Paused,
        };
        Ok(Beginning {
            board: link.board.clone(),
            scenario: link.scenario.clone(),
            session: link.session()?,
            at: link.moment.at,
            head: link.moment.head,
            motion,
            log_in: None,
        })
    }
}

impl Conductor {
    /// Starts conducting; from now on `tell` is called whenever there is something new to see.
    pub fn start(beginning: Beginning, tell: Callback<Snapshot>) -> Result<Conductor, LinkError> {
        let inner = Inner {
            engine: Engine::new(beginning.session, beginning.head).map_err(LinkError::Board)?,
            board: beginning.board,
            scenario: beginning.scenario,
            errand: match beginning.log_in {
                Some(user) => Errand::LogIn(LogIn::new(user, CONSOLE, Vec::new())),
                None if beginning.at > 0 => Errand::GoTo(beginning.at),
                None => Errand::None,
            },
            motion: beginning.motion,
            speed: Speed::default(),
            events_due: 0.0,
            last_frame_ms: 0.0,
            last_told_ms: 0.0,
            told: None,
            terminal: None,
            line: CONSOLE,
            shown: (0, 0),
            user: beginning.log_in,
            tell,
            frame: None,
        };
        let conductor = Conductor(Rc::new(RefCell::new(inner)));
        if beginning.log_in.is_some() {
            conductor.0.borrow_mut().input(Input::PowerButton);
        }
        conductor.next_frame();
        Ok(conductor)
    }

    /// Puts another machine in the place of this one.
    pub fn begin(&self, beginning: Beginning) -> Result<(), LinkError> {
        let mut inner = self.0.borrow_mut();
        let replays = inner.engine.replays + 1;
        inner.engine = Engine::new(beginning.session, beginning.head).map_err(LinkError::Board)?;
        inner.engine.replays = replays;
        inner.board = beginning.board;
        inner.scenario = beginning.scenario;
        inner.motion = beginning.motion;
        inner.told = None;
        inner.errand = if beginning.at > 0 { Errand::GoTo(beginning.at) } else { Errand::None };
        inner.user = beginning.log_in;
        if let Some(user) = beginning.log_in {
            inner.input(Input::PowerButton);
            inner.errand = Errand::LogIn(LogIn::new(user, CONSOLE, Vec::new()));
        }
        Ok(())
    }

    pub fn press_power(&self) {
        self.0.borrow_mut().input(Input::PowerButton);
    }

    /// Types at the line that the terminal shows.
    pub fn type_bytes(&self, bytes: Vec<u8>) {
        let mut inner = self.0.borrow_mut();
        let terminal = inner.line;
        inner.input(Input::Type { terminal, bytes });
    }

    /// Types for a lesson: where nobody is logged in on the line yet, its user is first.
    pub fn type_for_lesson(&self, line: u32, bytes: Vec<u8>) {
        let mut inner = self.0.borrow_mut();
        match inner.user {
            Some(user) if inner.engine.output(line).ends_with(b"login: ") => {
                inner.errand = Errand::LogIn(LogIn::new(user, line, bytes));
            }
            _ => inner.input(Input::Type { terminal: line, bytes }),
        }
    }

    /// Puts the terminal at the end of another serial line.
    pub fn show_line(&self, line: u32) {
        let mut inner = self.0.borrow_mut();
        if inner.line != line {
            inner.line = line;
            inner.show_anew();
        }
    }

    pub fn set_motion(&self, motion: Motion) {
        self.0.borrow_mut().motion = motion;
    }

    pub fn set_speed(&self, speed: Speed) {
        self.0.borrow_mut().speed = speed;
    }

    /// To the moment right after this event, forward or back.
    pub fn go_to(&self, event: u64) {
        self.0.borrow_mut().errand = Errand::GoTo(event);
    }

    pub fn attach_terminal(&self, terminal: OpenTerminal) {
        let mut inner = self.0.borrow_mut();
        inner.terminal = Some(terminal);
        inner.show_anew();
    }

    pub fn detach_terminal(&self) {
        self.0.borrow_mut().terminal = None;
    }

    /// The session as a link to the moment in view.
    pub fn link(&self) -> Link {
        let inner = self.0.borrow();
        inner.link(match inner.motion {
            Motion::Running => Still::Runs,
            Motion::Paused => Still::Stands,
        })
    }

    /// The name of the machine, if it has one.
    pub fn machine_name(&self) -> Option<String> {
        match &self.0.borrow().board {
            BoardChoice::Named(name) => Some(name.clone()),
            BoardChoice::Spec(_) => None,
        }
    }

    fn next_frame(&self) {
        let conductor = self.clone();
        let frame = request_animation_frame(move |now_ms| conductor.frame(now_ms));
        self.0.borrow_mut().frame = Some(frame);
    }

    fn frame(&self, now_ms: f64) {
        let (snapshot, tell) = {
            let mut inner = self.0.borrow_mut();
            inner.work(now_ms);
            inner.show_output();
            (inner.look(now_ms), inner.tell.clone())
        };
        if let Some(snapshot) = snapshot {
            tell.emit(snapshot);
        }
        self.next_frame();
    }
}

impl Inner {
    fn link(&self, still: Still) -> Link {
        let scenario = self.scenario.clone();
        let Position { at, head, .. } = self.engine.position();
        Link::new(self.board.clone(), self.engine.session(), Moment { at, head, still }, scenario)
    }

    /// Something comes from outside. If the simulator breaks over it, the reader is given a link that
    /// stops right before.
    fn input(&mut self, input: Input) {
        self.engine.input(input);
        crash::remember(&address::of_link(&self.link(Still::Stands)));
    }

    fn work(&mut self, now_ms: f64) {
        let since_ms = (now_ms - self.last_frame_ms).clamp(0.0, CATCH_UP_MS);
        self.last_frame_ms = now_ms;
        let end_ms = wall_ms() + WORK_MS;
        let mut keep_going = || wall_ms() < end_ms;
        match std::mem::replace(&mut self.errand, Errand::None) {
            Errand::GoTo(event) => self.go_to(event, &mut keep_going),
            Errand::LogIn(log_in) => self.log_in(log_in, &mut keep_going),
            Errand::None if self.motion == Motion::Running => self.run(since_ms, &mut keep_going),
            Errand::None => {}
        }
        self.engine.take_note();
    }

    fn go_to(&mut self, event: u64, keep_going: &mut dyn FnMut() -> bool) {
        let stand = self.engine.turn_back_for(event);
        self.errand = match self.engine.run_to_event(stand, keep_going) {
            Arrival::OnTheWay => Errand::GoTo(stand),
            Arrival::There | Arrival::NoFurther => Errand::None,
        };
    }

    fn log_in(&mut self, mut log_in: LogIn, keep_going: &mut dyn FnMut() -> bool) {
        match self.engine.run_until_asked(log_in.line, log_in.asked(), keep_going) {
            Arrival::OnTheWay => self.errand = Errand::LogIn(log_in),
            // A machine that does not get there is left as it is.
            Arrival::NoFurther => {}
            Arrival::There => {
                let asks_for_password = self.engine.output(log_in.line).ends_with(b"Password: ");
                let (typed, next) = match (log_in.step, log_in.user) {
                    (LogInStep::Name, User::Root) => (b"root\r".to_vec(), Some(LogInStep::Password)),
                    (LogInStep::Name, User::Ada) => (b"ada\r".to_vec(), Some(LogInStep::Password)),
                    (LogInStep::Password, _) if asks_for_password => {
                        (b"\r".to_vec(), Some(LogInStep::Prompt))
                    }
                    (LogInStep::Password | LogInStep::Prompt, _) => (std::mem::take(&mut log_in.then), None),
                };
                if !typed.is_empty() {
                    self.input(Input::Type { terminal: log_in.line, bytes: typed });
                }
                if let Some(step) = next {
                    self.errand = Errand::LogIn(LogIn { step, ..log_in });
                }
            }
        }
    }

    /// Lets the machine run for as long as the reader's clock did, at the speed they chose.
    fn run(&mut self, since_ms: f64, keep_going: &mut dyn FnMut() -> bool) {
        if self.engine.position().at == 0 && self.engine.is_waiting() {
            // Time begins with the power button.
            return;
        }
        let nanos = |factor: f64| Nanos((since_ms * factor * 1e6) as u64);
        let now = self.engine.now();
        match self.speed {
            Speed::Slow => self.run_events(since_ms * 0.003, keep_going),
            Speed::Brisk => self.run_events(since_ms * 0.03, keep_going),
            Speed::Clock => self.engine.run_until(now + nanos(1.0), keep_going),
            Speed::TenTimes => self.engine.run_until(now + nanos(10.0), keep_going),
            Speed::Flat => self.engine.run_until(FOREVER, keep_going),
        }
    }

    fn run_events(&mut self, due: f64, keep_going: &mut dyn FnMut() -> bool) {
        self.events_due = (self.events_due + due).min(30.0);
        while self.events_due >= 1.0 {
            self.events_due -= 1.0;
            let next = self.engine.position().at + 1;
            if self.engine.run_to_event(next, keep_going) != Arrival::There {
                self.events_due = 0.0;
            }
        }
    }

    /// Writes to the terminal all that has been printed on its line.
    fn show_anew(&mut self) {
        if let Some(terminal) = &self.terminal {
            terminal.xterm().reset();
        }
        self.shown = (self.engine.replays, 0);
        self.show_output();
    }

    /// Writes to the terminal what it does not show yet; all of it anew after a step back.
    fn show_output(&mut self) {
        let Some(terminal) = &self.terminal else { return };
        if self.shown.0 != self.engine.replays {
            // A machine on its way through its own past is not shown before it has arrived.
            if matches!(self.errand, Errand::GoTo(_)) {
                return;
            }
            terminal.xterm().reset();
            self.shown = (self.engine.replays, 0);
        }
        let output = self.engine.output(self.line);
        if output.len() > self.shown.1 {
            terminal.xterm().write(&output[self.shown.1..]);
            self.shown.1 = output.len();
        }
    }

    /// What there is to see, if it is not what was told last.
    fn look(&mut self, now_ms: f64) -> Option<Snapshot> {
        let position = self.engine.position();
        let at_rest = self.engine.is_waiting() || self.motion == Motion::Paused;
        let pace = match &self.errand {
            Errand::None if at_rest => Pace::Still,
            Errand::None => Pace::Moving,
            Errand::GoTo(_) | Errand::LogIn(_) => Pace::Seeking,
        };
        let seeking_back = matches!(self.errand, Errand::GoTo(_)) && self.told.is_some();
        let news = self.told.is_none_or(|(at, replays, told)| {
            at != position.at || replays != u64::from(self.engine.replays) || told != pace
        });
        let clock = now_ms - self.last_told_ms >= CLOCK_EVERY_MS && self.motion == Motion::Running;
        if seeking_back && now_ms - self.last_told_ms < CLOCK_EVERY_MS || !(news || clock) {
            return None;
        }
        self.told = Some((position.at, u64::from(self.engine.replays), pace));
        self.last_told_ms = now_ms;
        Some(Snapshot {
            view: self.engine.view(),
            events: Rc::new(self.engine.events()),
            refusal: self.engine.refusal(),
            position,
            marks: self.engine.marks(),
            pace,
            inputs: self.engine.session().inputs.len(),
        })
    }
}

fn wall_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
