//! The board as a reader sees it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardwareView {
    /// The board's name, as in `QEMU Standard PC` or the name of the machine in a scenario.
    pub board: String,
    pub cpus: Vec<CpuView>,
    pub ram: Vec<RamModuleView>,
    pub disks: Vec<DiskView>,
    pub nics: Vec<NicView>,
    pub serial: SerialView,
    pub firmware: FirmwareView,
    pub pci: Vec<PciDeviceView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuView {
    /// From 0, as the kernel numbers it.
    pub number: u32,
    pub state: CpuState,
    /// The id of the task ([`TaskView::id`](super::TaskView::id)) that it runs, if any.
    pub task: Option<u64>,
}

/// What a CPU is doing, and with what privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CpuState {
    /// No power, or not started yet by the boot CPU.
    Off,
    /// 16-bit real mode: firmware and boot sector, no privilege rings.
    RealMode,
    /// Ring 0: firmware in protected or long mode, or the kernel.
    Ring0,
    /// Ring 3: a program.
    Ring3,
    /// Waits for an interrupt (`HLT`).
    Idle,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RamModuleView {
    /// `DIMM 0`.
    pub slot: String,
    /// None in an empty slot.
    pub size_mib: Option<u64>,
    /// Found bad by the power-on self test.
    pub faulty: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskView {
    /// As the kernel calls it: `vda`, `sda`.
    pub name: String,
    pub size_bytes: u64,
    /// `gpt`, `dos` (MBR) or none, as `lsblk -o PTTYPE` prints.
    pub table: Option<String>,
    pub partitions: Vec<PartitionView>,
    pub sectors_read: u64,
    pub sectors_written: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionView {
    /// `vda1`.
    pub name: String,
    pub start_sector: u64,
    pub sectors: u64,
    /// What it is for: `EFI System`, `Linux filesystem`, `BIOS boot`.
    pub kind: String,
    /// `vfat`, `ext4`, as found on it.
    pub file_system: Option<String>,
    /// Where it is mounted in the initial mount namespace.
    pub mounted_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicView {
    /// As the kernel calls it, `eth0`; empty before a driver took it.
    pub name: String,
    pub mac: String,
    pub driver: Option<String>,
}

/// The serial line to which the terminal of the page is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialView {
    /// `ttyS0`.
    pub name: String,
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareView {
    pub kind: FirmwareKind,
    /// `SeaBIOS`-like name and version, as it prints itself.
    pub name: String,
    /// The last code written to port 0x80; none before the first.
    pub post_code: Option<u8>,
    /// The current phase: `POST`, `INT 19h`, `SEC`, `PEI`, `DXE`, `BDS`; empty when off.
    pub phase: String,
    /// Boot order: what it will try, in words, first first.
    pub boot_order: Vec<String>,
    pub virtualisation: Toggle,
    pub secure_boot: Toggle,
    /// How often it beeped: its way to report a fault without a screen.
    pub beeps: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirmwareKind {
    Bios,
    Uefi,
}

/// A firmware setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Toggle {
    On,
    Off,
    /// The firmware has no such setting.
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PciDeviceView {
    /// `00:1f.2`.
    pub address: String,
    /// `SATA controller`, as `lspci` prints the class.
    pub class: String,
    /// Vendor and device, as `lspci` prints them.
    pub name: String,
    /// The driver that took it, once one did.
    pub driver: Option<String>,
}
