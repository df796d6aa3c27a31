//! The parts of the drawing.

use serde::{Deserialize, Serialize};

/// A part of the machine as operating-systems books draw it. Events name the parts that they touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    // Hardware.
    Power,
    Cpu,
    Ram,
    FirmwareChip,
    Disk,
    Nic,
    Serial,
    Keyboard,
    Pci,
    // What runs before the kernel.
    BootLoader,
    // The kernel.
    SyscallInterface,
    Processes,
    Scheduler,
    Memory,
    Vfs,
    FileSystems,
    Namespaces,
    Security,
    Ipc,
    Terminals,
    Drivers,
    Network,
    Time,
    // User space.
    UserSpace,
}

/// A layer of the drawing, from the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    Hardware,
    /// Firmware and boot loader: software before there is a kernel.
    Firmware,
    Kernel,
    User,
}

impl Part {
    pub const ALL: [Part; 24] = [
        Part::Power,
        Part::Cpu,
        Part::Ram,
        Part::FirmwareChip,
        Part::Disk,
        Part::Nic,
        Part::Serial,
        Part::Keyboard,
        Part::Pci,
        Part::BootLoader,
        Part::SyscallInterface,
        Part::Processes,
        Part::Scheduler,
        Part::Memory,
        Part::Vfs,
        Part::FileSystems,
        Part::Namespaces,
        Part::Security,
        Part::Ipc,
        Part::Terminals,
        Part::Drivers,
        Part::Network,
        Part::Time,
        Part::UserSpace,
    ];

    pub fn layer(self) -> Layer {
        match self {
            Part::Power
            | Part::Cpu
            | Part::Ram
            | Part::Disk
            | Part::Nic
            | Part::Serial
            | Part::Keyboard
            | Part::Pci => Layer::Hardware,
            Part::FirmwareChip | Part::BootLoader => Layer::Firmware,
            Part::UserSpace => Layer::User,
            _ => Layer::Kernel,
        }
    }
}
