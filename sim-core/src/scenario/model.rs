//! What a scenario file says, as plain values: no reference to the file, no parser, no machine.
//!
//! The command and the tests read files; the page is shipped these values as JSON.

use serde::{Deserialize, Serialize};

use crate::hardware::spec::BoardSpec;

use super::expect::ExpectedLine;
use super::transcript::ArmName;

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The file's path as it was given; names the scenario in every report.
    pub path: String,
    pub front: FrontMatter,
    /// Prose and live fences, in the file's order.
    pub blocks: Vec<Block>,
}

impl Scenario {
    /// The live fences, in the order in which an arm carries them out.
    pub fn fences(&self) -> impl Iterator<Item = &Fence> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Fence(fence) => Some(fence),
            Block::Prose(_) => None,
        })
    }

    /// Every step of every fence, in order. The n-th has the id `StepId(n)`.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.fences().flat_map(|fence| &fence.steps)
    }
}

/// What the file says about itself before its prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontMatter {
    pub title: String,
    pub start: Start,
    pub user: User,
    pub machine: MachineRef,
    /// What a host must offer for a native run; where it does not, the scenario is skipped.
    pub needs: Vec<Need>,
    /// For a challenge: the predicate over the machine's view that its reader is to make true.
    pub goal: Option<String>,
}

/// Where the machine is when the first step begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Running, with `user` logged in and a shell's prompt on every terminal that is opened.
    #[default]
    Booted,
    /// Switched off; the first live fence is `console power-on`.
    PowerOff,
}

/// Who is logged in on a booted machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum User {
    #[default]
    Root,
    /// uid 1000, an ordinary user.
    Ada,
}

/// The machine to run on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineRef {
    /// No `machine` key: the default board.
    #[default]
    Default,
    /// A board known by name.
    Named { name: String, board: Box<BoardSpec> },
    /// A board written out in the file, in the board specification's own keys.
    Inline(Box<BoardSpec>),
}

impl MachineRef {
    pub fn board(&self) -> BoardSpec {
        match self {
            MachineRef::Default => BoardSpec::default(),
            MachineRef::Named { board, .. } | MachineRef::Inline(board) => (**board).clone(),
        }
    }
}

/// Something that not every host can offer to a native run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The host's own root, without a user namespace around the run; only with `--real-root`.
    RealRoot,
    /// A cgroup v2 hierarchy in which controllers can be enabled.
    Cgroup2,
    /// CAP_NET_ADMIN over a network namespace of its own.
    NetAdmin,
    /// A usable /dev/kvm.
    Kvm,
    /// Other users than root: ada and the system's own.
    ManyIds,
    /// Files that show as owned by those who own them on a machine of its own.
    OwnedFiles,
}

impl Need {
    pub const ALL: [Need; 6] =
        [Need::RealRoot, Need::Cgroup2, Need::NetAdmin, Need::Kvm, Need::ManyIds, Need::OwnedFiles];

    /// As written in the front matter's `needs`.
    pub fn name(self) -> &'static str {
        match self {
            Need::RealRoot => "real-root",
            Need::Cgroup2 => "cgroup2",
            Need::NetAdmin => "net-admin",
            Need::Kvm => "kvm",
            Need::ManyIds => "many-ids",
            Need::OwnedFiles => "owned-files",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    Prose(Prose),
    Fence(Fence),
}

/// What stands between two live fences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prose {
    pub span: Span,
    /// Rendered; any HTML in the Markdown has become text, so that this can be shown as it is.
    pub html: String,
}

/// A live fence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// From the opening fence to the end of the closing one.
    pub span: Span,
    pub kind: FenceKind,
    pub steps: Vec<Step>,
    /// The comments `<!-- differs on ARM: reason -->` right above it.
    pub known_differences: Vec<KnownDifference>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FenceKind {
    /// A terminal session. The steps are all but [`Action::Call`] and [`Action::Resume`].
    Console { terminal: Terminal },
    /// System calls of named tasks. The steps are [`Action::Call`] and [`Action::Resume`].
    Strace,
}

/// A terminal of the machine by its name in the file. The first use opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Terminal(pub String);

impl Terminal {
    /// The terminal of fences that name none. On a machine that is switched on in the scenario it is
    /// the serial console.
    pub const FIRST: &str = "a";
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal(Self::FIRST.to_owned())
    }
}

/// A difference between an arm and real Linux that the author knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDifference {
    /// The whole comment.
    pub span: Span,
    pub arm: ArmName,
    pub reason: String,
}

/// The place of a step among all steps of its file, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub u32);

/// One thing that is done to the machine, and what is then seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    /// What the author wrote for the action: the command with its prompt, the reply, the call. For
    /// [`Action::PowerOn`] the word `power-on`.
    pub span: Span,
    pub action: Action,
    pub expected: Expected,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The power button is pressed.
    PowerOn,
    /// A command is typed at a shell's prompt. Further lines (a here-document, an open quote) are
    /// typed at the prompt `> `; `line` joins them with newlines and has none at its end.
    Command { prompt: Prompt, line: String },
    /// A line is typed to a program that waits for one, such as `login`; Enter follows.
    Type { text: String },
    /// One key is pressed.
    Press { key: Key },
    /// Nothing is done: what was left running on this terminal has gone on, because of what was done on
    /// another one.
    Watch,
    /// A task makes a system call, in strace's notation. Its arguments may contain captures:
    /// [`Bindings::fill`](super::matching::Bindings::fill) puts their values in.
    Call { task: String, child: Option<String>, call: String, call_span: Span },
    /// A call of the task that had blocked returns: `a: <... wait4 resumed> = 7`.
    Resume { task: String, call_name: String },
}

/// Whose prompt a shell shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prompt {
    /// `#`
    Root,
    /// `$`
    User,
}

impl Prompt {
    pub fn symbol(self) -> char {
        match self {
            Prompt::Root => '#',
            Prompt::User => '$',
        }
    }
}

/// A key other than those that make up a typed line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Right,
    Left,
    Home,
    End,
    PageUp,
    PageDown,
    /// F1 to F12.
    Function(u8),
    /// Ctrl with a letter (kept in upper case) or one of `[ \ ] ^ _`.
    Ctrl(char),
    /// A printable character, typed without Enter.
    Char(char),
}

/// What is to be seen after an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Where the lines stand in the file; empty, right after the action, where there are none.
    pub span: Span,
    /// For a call: its result, and a second line where the call shows what the kernel filled in.
    pub lines: Vec<ExpectedLine>,
    pub until: Until,
}

/// When a step is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// The shell prints its prompt (`console`), or the call has returned (`strace`).
    Done,
    /// Nothing moves before there is input, or a timer fires: a program reads the terminal, sleeps,
    /// has hung, the machine is off (`console`); the call has blocked (`strace`).
    Waiting,
}

/// A piece of the file: bytes `start..end`, beginning at `line` and `column` (from 1, in characters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
    pub line: u32,
    pub column: u32,
}
