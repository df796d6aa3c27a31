//! How the page begins: with what the address says, with a lesson, or with a machine that is off.

use std::rc::Rc;

use sim_core::link::{BoardChoice, Link, LinkError};
use sim_core::scenario::Scenario;
use sim_core::scenario::model::{MachineRef, Start, User};
use yew::Callback;

use super::conductor::{Beginning, Conductor};
use super::snapshot::Snapshot;
use super::{address, crash, page};
use crate::scenarios::Shelf;
use crate::state::{Action, Choices, Motion};

/// What the first visitor is shown.
const FIRST_LESSON: &str = "boot/power-on.md";

#[derive(Clone)]
pub struct Opening {
    pub conductor: Conductor,
    pub choices: Choices,
    /// What is wrong with the address, and the address.
    pub bad_link: Option<(String, String)>,
}

/// Opens what the address names. A bad link is told of and kept; the page opens without it.
pub fn open(shelf: &Shelf, tell: Callback<Snapshot>) -> Opening {
    let fragment = address::fragment();
    crash::remember(&address::whole());
    if fragment == crash::FIRE_DRILL {
        panic!("this is a fire drill");
    }
    let fresh = || {
        let plan = Plan::of_lesson(shelf.find(FIRST_LESSON));
        let conductor = plan.beginning().and_then(|beginning| Conductor::start(beginning, tell.clone()));
        let conductor = conductor.expect("the first lesson's machine can be built");
        let choices = Choices { theme: page::kept_theme(), scenario: plan.scenario(), ..Choices::default() };
        Opening { conductor, choices, bad_link: None }
    };
    if fragment.is_empty() {
        return fresh();
    }
    match linked(&fragment, tell.clone()) {
        Ok(opening) => opening,
        Err(problem) => Opening { bad_link: Some((problem.to_string(), fragment)), ..fresh() },
    }
}

fn linked(fragment: &str, tell: Callback<Snapshot>) -> Result<Opening, LinkError> {
    let link = Link::decode(fragment)?;
    let beginning = Beginning::of_link(&link)?;
    let motion = beginning.motion;
    let conductor = Conductor::start(beginning, tell)?;
    let scenario = link.scenario;
    let choices = Choices { theme: page::kept_theme(), motion, scenario, ..Choices::default() };
    Ok(Opening { conductor, choices, bad_link: None })
}

/// Something else to begin with.
pub enum Plan {
    Lesson(Rc<Scenario>),
    Machine(String),
}

impl Plan {
    pub fn of_lesson(lesson: Option<Rc<Scenario>>) -> Plan {
        lesson.map_or_else(|| Plan::of_machine("default".to_owned()), Plan::Lesson)
    }

    pub fn of_machine(name: String) -> Plan {
        Plan::Machine(name)
    }

    fn scenario(&self) -> Option<String> {
        match self {
            Plan::Lesson(lesson) => Some(lesson.path.clone()),
            Plan::Machine(_) => None,
        }
    }

    fn beginning(&self) -> Result<Beginning, LinkError> {
        match self {
            Plan::Machine(name) => Beginning::fresh(BoardChoice::Named(name.clone()), None, None),
            Plan::Lesson(lesson) => {
                let log_in: Option<User> = (lesson.front.start == Start::Booted).then_some(lesson.front.user);
                Beginning::fresh(board_of(&lesson.front.machine), log_in, self.scenario())
            }
        }
    }
}

fn board_of(machine: &MachineRef) -> BoardChoice {
    match machine {
        MachineRef::Default => BoardChoice::default(),
        MachineRef::Named { name, .. } => BoardChoice::Named(name.clone()),
        MachineRef::Inline(spec) => BoardChoice::Spec((**spec).clone()),
    }
}

/// Puts what the reader chose in the place of what is on the desk.
pub fn begin(conductor: &Conductor, dispatch: &Callback<Action>, plan: Plan) {
    let scenario = plan.scenario();
    let begun = plan.beginning().and_then(|beginning| conductor.begin(beginning));
    begun.expect("machines of lessons and named machines can be built: the tests try each");
    dispatch.emit(Action::ShowScenario(scenario));
    dispatch.emit(Action::SetMotion(Motion::Running));
}
