//! Pictures of a machine for front ends: plain values, without references into the machine, that say
//! what a reader sees. A front end draws these and nothing else.
//!
//! Text in a view is what Linux, a standard or a rule says ("ext4", "EPERM", a line of `dmesg`). The
//! words with which a front end explains it to a beginner belong to the front end.

mod draw;
mod event;
mod hardware;
mod kernel;
mod part;

pub(crate) use draw::Progress;
pub use draw::{draw_denial, draw_event, times};
pub use event::{Actor, DenialView, EventKind, EventView, Evidence};
pub use hardware::{
    CpuState, CpuView, DiskView, FirmwareKind, FirmwareView, HardwareView, NicView, PartitionView,
    PciDeviceView, RamModuleView, SerialView, Toggle,
};
pub use kernel::{
    CredentialsView, FdView, IdMapLine, KernelView, MemoryView, MountView, NamespaceDetail, NamespaceKind,
    NamespaceRef, NamespaceView, NamespacedPid, TaskState, TaskView,
};
pub use part::{Layer, Part};

use serde::{Deserialize, Serialize};

/// A machine at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineView {
    /// Nanoseconds since power was first applied.
    pub now_ns: u64,
    /// The number of the newest event; 0 before the first.
    pub last_event: u64,
    /// The running hash over all events, as 16 hexadecimal digits.
    pub fingerprint: String,
    pub stage: Stage,
    /// The last thing the machine said about its progress: a POST code's meaning, a boot phase, a
    /// systemd-like status line. Empty when off.
    pub stage_note: String,
    /// Why the machine went no further, if it did not.
    pub fault: Option<FaultView>,
    /// What has been reached since power-on, in [`Part`]'s order. A part that is not in here is drawn as
    /// not there yet.
    pub reached: Vec<Part>,
    pub hardware: HardwareView,
    /// The kernel's tables; none before `start_kernel` and after power-off.
    pub kernel: Option<KernelView>,
}

/// How far the machine has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    #[default]
    Off,
    /// Power is good, the CPU starts at the reset vector; power-on self test.
    Post,
    /// The firmware looks for something to start.
    Firmware,
    /// GRUB: menu, kernel and initramfs are loaded.
    BootLoader,
    /// From decompression to the end of the initcalls.
    Kernel,
    /// User space in the initramfs: finds the root file system and switches to it.
    Initramfs,
    /// PID 1 starts units.
    Init,
    /// A login prompt was shown; the machine can be used.
    Running,
    /// `poweroff` or `reboot` is on its way down.
    ShuttingDown,
    /// Halted, panicked or stuck in the firmware: only the power button helps.
    Stuck,
}

/// Why a machine went no further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultView {
    /// The part that is at fault.
    pub part: Part,
    /// What the machine itself printed or beeped: `Kernel panic - not syncing: ...`.
    pub text: String,
    /// The event that says so.
    pub event: u64,
}
