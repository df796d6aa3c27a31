//! What the reader chose. A pure reducer: no machine, no browser, nothing that can fail.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use sim_core::view::Part;
use yew::Reducible;

/// What the reader looks at more closely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    #[default]
    Nothing,
    Part(Part),
    /// By the kernel's own id of the task.
    Task(u64),
    /// By inode.
    Namespace(u64),
    /// By number.
    Event(u64),
}

/// How the machine's clock, or its events, go by for the eye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speed {
    /// A few events in each second of the reader's, however far apart they are on the machine's clock.
    Slow,
    Brisk,
    /// A second of the machine takes a second.
    #[default]
    Clock,
    TenTimes,
    /// As fast as it goes.
    Flat,
}

impl Speed {
    pub const ALL: [Speed; 5] = [Speed::Slow, Speed::Brisk, Speed::Clock, Speed::TenTimes, Speed::Flat];

    pub fn name(self) -> &'static str {
        match self {
            Speed::Slow => "3 events a second",
            Speed::Brisk => "30 events a second",
            Speed::Clock => "as it happens",
            Speed::TenTimes => "10 times faster",
            Speed::Flat => "as fast as it goes",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    #[default]
    Running,
    Paused,
}

/// A place in time to which the reader asked to be taken. Asking for the same place again is a new wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    pub event: u64,
    pub serial: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideTab {
    #[default]
    Lesson,
    Closer,
}

/// On a narrow window one pane is in view at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Machine,
    Terminal,
    Lesson,
    Events,
}

impl Pane {
    pub const ALL: [Pane; 4] = [Pane::Machine, Pane::Terminal, Pane::Lesson, Pane::Events];

    pub fn id(self) -> &'static str {
        match self {
            Pane::Machine => "pane-machine",
            Pane::Terminal => "pane-terminal",
            Pane::Lesson => "pane-lesson",
            Pane::Events => "pane-events",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    #[default]
    All,
    Calls,
    Denied,
    Boot,
}

impl Filter {
    pub const ALL: [Filter; 4] = [Filter::All, Filter::Calls, Filter::Denied, Filter::Boot];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

    /// As written on the root element, and kept for the next visit.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn from_name(name: &str) -> Theme {
        Theme::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// All that the reader chose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    pub selection: Selection,
    pub speed: Speed,
    pub motion: Motion,
    pub wish: Option<Wish>,
    pub side: SideTab,
    pub pane: Pane,
    /// The serial line at whose end the terminal is; 0 is the console.
    pub line: u32,
    pub filter: Filter,
    pub theme: Theme,
    /// The path of the scenario that is shown, as in `namespaces/uts.md`.
    pub scenario: Option<String>,
}

pub enum Action {
    Select(Selection),
    SetSpeed(Speed),
    SetMotion(Motion),
    /// To the moment right after this event, and pause there.
    GoTo(u64),
    ShowSide(SideTab),
    ShowPane(Pane),
    ShowLine(u32),
    SetFilter(Filter),
    SetTheme(Theme),
    ShowScenario(Option<String>),
}

impl Reducible for Choices {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            Action::Select(selection) => {
                next.selection = selection;
                if selection != Selection::Nothing {
                    next.side = SideTab::Closer;
                }
            }
            Action::SetSpeed(speed) => next.speed = speed,
            Action::SetMotion(motion) => next.motion = motion,
            Action::GoTo(event) => {
                let serial = next.wish.map_or(0, |wish| wish.serial) + 1;
                next.wish = Some(Wish { event, serial });
                next.motion = Motion::Paused;
            }
            Action::ShowSide(side) => next.side = side,
            Action::ShowPane(pane) => next.pane = pane,
            Action::ShowLine(line) => next.line = line,
            Action::SetFilter(filter) => next.filter = filter,
            Action::SetTheme(theme) => next.theme = theme,
            Action::ShowScenario(scenario) => {
                next.scenario = scenario;
                next.line = 0;
                next.side = SideTab::Lesson;
                next.selection = Selection::Nothing;
                next.motion = Motion::Running;
                next.wish = None;
            }
        }
        Rc::new(next)
    }
}
