//! The kinds of event.

use serde::Serialize;

use crate::abi::{Reply, Syscall};
use crate::hardware::HardwareEvent;
use crate::kernel::WaitOn;
use crate::kernel::event::KernelEvent;
use crate::kernel::security::Denied;
use crate::kernel::table::TaskId;

/// What an event says happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Something came from outside: power, a key, bytes on the serial line.
    Input(crate::machine::Input),
    /// Something happened on the board, before or below the kernel.
    Hardware(HardwareEvent),
    /// The firmware took a step.
    Firmware(crate::firmware::FirmwareEvent),
    /// The bootloader took a step.
    Bootloader(crate::bootloader::BootloaderEvent),
    /// Bytes were sent to the serial console by firmware or bootloader.
    Console { bytes: Vec<u8> },
    /// A call and what came of it. `pid` is in the initial pid namespace.
    Syscall { task: TaskId, pid: i32, call: Syscall, outcome: Outcome },
    /// A call has to wait.
    Blocked { task: TaskId, pid: i32, call: Syscall, wait: WaitOn },
    /// A remark of a program to those who watch, which is not on its terminal: which commands there are.
    Hint { task: TaskId, text: String },
    /// The kernel changed something.
    Kernel(KernelEvent),
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Returned(Reply),
    Denied(Denied),
}

impl What {
    /// How many bytes of data it carries from one place to another.
    pub(super) fn payload_bytes(&self) -> u64 {
        match self {
            What::Syscall { call, outcome, .. } => {
                let sent = if let Syscall::Write(write) = call { write.buf.len() } else { 0 };
                let got = if let Outcome::Returned(Reply::Data(data)) = outcome { data.0.len() } else { 0 };
                (sent + got) as u64
            }
            What::Blocked { call: Syscall::Write(write), .. } => write.buf.len() as u64,
            What::Kernel(KernelEvent::TerminalOutput { bytes, .. }) => bytes.len() as u64,
            _ => 0,
        }
    }
}
