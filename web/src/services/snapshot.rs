//! What the page is told of the machine: plain values, made anew whenever something changed.

use std::rc::Rc;

use sim_core::view::{EventView, MachineView, Stage};

#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub view: Rc<MachineView>,
    /// The newest events up to the moment in view, oldest first.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// The newest refusal up to the moment in view.
    pub refusal: Option<Rc<EventView>>,
    pub position: Position,
    pub marks: Rc<Vec<Mark>>,
    pub pace: Pace,
    /// How much came from outside so far in this history.
    pub inputs: usize,
}

/// A place in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The event that the machine is right behind; 0 before the first.
    pub at: u64,
    pub at_ns: u64,
    /// The newest event of this history.
    pub head: u64,
}

/// Something on the way that the timeline marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub event: u64,
    pub kind: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A stage of the boot began.
    Stage(Stage),
    /// Something came from outside.
    Input,
    /// Something was refused.
    Denied,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Events happen.
    Moving,
    /// Nothing to do before there is input, or time stands still.
    #[default]
    Still,
    /// On the way to a moment that the reader chose.
    Seeking,
}
