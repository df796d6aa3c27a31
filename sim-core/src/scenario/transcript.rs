//! What an arm saw when it carried out a scenario.

use serde::{Deserialize, Serialize};

use crate::abi::{Errno, Reply, Syscall, notation};

use super::model::{Prompt, Scenario, StepId, Until};

/// Something that can carry out a scenario: the simulator, real Linux.
pub trait Arm {
    fn name(&self) -> ArmName;

    /// Carries out the scenario from its start. What the arm cannot do at all is
    /// [`Ending::Skipped`], what broke on the way [`Ending::Broken`]; neither panics.
    fn run(&mut self, scenario: &Scenario) -> Transcript;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArmName {
    /// The simulator, in this process.
    Sim,
    /// The simulator compiled to WebAssembly.
    Wasm,
    /// Namespaces of the host's kernel.
    Linux,
    /// A real kernel of its own in a virtual machine.
    Vm,
}

impl ArmName {
    pub const ALL: [ArmName; 4] = [ArmName::Sim, ArmName::Wasm, ArmName::Linux, ArmName::Vm];

    /// Whether a real kernel answers, so that what it prints can be recorded.
    pub fn is_real(self) -> bool {
        matches!(self, ArmName::Linux | ArmName::Vm)
    }

    /// As written on the command line and in `<!-- differs on ARM: reason -->`.
    pub fn name(self) -> &'static str {
        match self {
            ArmName::Sim => "sim",
            ArmName::Wasm => "wasm",
            ArmName::Linux => "linux",
            ArmName::Vm => "vm",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    pub arm: ArmName,
    /// One for each step that was carried out, in order. Shorter than the scenario unless `ending` is
    /// [`Ending::Complete`].
    pub steps: Vec<StepRecord>,
    pub ending: Ending,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    pub step: StepId,
    /// The prompt at which the command was typed; `None` where the arm saw none (as for any other
    /// action).
    pub prompt: Option<Prompt>,
    /// What was printed from the action to the step's end, without the echo of what was typed and
    /// without the shell's prompt. Lines end in `\n`; the last one need not. For a call that has returned:
    /// what [`call_output`] makes of it.
    pub output: String,
    /// How the step was seen to end.
    pub until: Until,
    /// What the step asked for that the simulator does not model, in words for the author.
    pub unmodelled: Vec<String>,
}

/// How the run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every step was carried out.
    Complete,
    /// Nothing was: the arm or its host cannot run this scenario.
    Skipped { reason: String },
    /// The run ended early: a time limit was hit, the shell died, the wrong prompt stayed.
    Broken { reason: String },
}

/// The output of a call: a line with its result, as strace prints it but for the error's message, and,
/// where the kernel filled something in, a line with that.
pub fn call_output(call: &Syscall, result: &Result<Reply, Errno>) -> String {
    match result {
        Err(errno) => format!("-1 {}\n", errno.name()),
        Ok(reply) => {
            let mut output = notation::print_result(result) + "\n";
            if let Some(shown) = notation::print_shown(call, reply) {
                output.push_str(&shown);
                output.push('\n');
            }
            output
        }
    }
}

/// The output of a blocked call that returns later: its result alone.
pub fn resumed_output(result: &Result<Reply, Errno>) -> String {
    match result {
        Err(errno) => format!("-1 {}\n", errno.name()),
        Ok(_) => notation::print_result(result) + "\n",
    }
}

/// The output of a call that never returns, such as `exit_group`.
pub const NEVER_RETURNS: &str = "?\n";
