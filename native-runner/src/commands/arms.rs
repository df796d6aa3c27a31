//! The arms by the names of the command line.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;
use native_runner::linux::sandbox::Config;
use native_runner::linux::{LinuxArm, RealRoot};
use sim_core::scenario::transcript::{Arm, ArmName, Ending, Transcript};
use sim_core::scenario::{Scenario, SimArm};

/// An arm that this command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum On {
    /// The simulated machine
    Sim,
    /// Namespaces of this host's kernel
    Linux,
}

impl On {
    pub const ALL: [On; 2] = [On::Sim, On::Linux];

    pub fn name(self) -> &'static str {
        match self {
            On::Sim => ArmName::Sim.name(),
            On::Linux => ArmName::Linux.name(),
        }
    }
}

/// The seed of machines for which nobody chose one.
pub const SEED: u64 = 1;

/// How long one step may take on real Linux.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn arm(on: On, real_root: RealRoot) -> Result<Box<dyn Arm>> {
    Ok(match on {
        On::Sim => Box::new(SimArm { seed: SEED }),
        On::Linux => Box::new(LinuxArm::new(Config::of_this_program()?, real_root, PATIENCE)),
    })
}

/// Carries out a scenario. A panic is a mistake of the arm's own: the run is broken, the command goes on.
pub fn carry_out(arm: &mut dyn Arm, scenario: &Scenario) -> Transcript {
    let name = arm.name();
    catch_unwind(AssertUnwindSafe(|| arm.run(scenario))).unwrap_or_else(|panic| {
        let reason = format!("{} panicked, which is a mistake of its own: {}", name.name(), said(&*panic));
        Transcript { arm: name, steps: Vec::new(), ending: Ending::Broken { reason } }
    })
}

/// What a panic said.
pub fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
