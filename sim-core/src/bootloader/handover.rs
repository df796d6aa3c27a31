//! What the kernel starts from: the boot protocol's `boot_params`, as values.

use std::fmt;

use serde::Serialize;

use crate::hardware::{Board, FirmwareKind};
use crate::image::SetupHeader;

/// Everything a bootloader hands to a kernel. Devices are not in it: the kernel probes the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelHandover {
    /// The header of the kernel file.
    pub kernel: SetupHeader,
    /// Where the kernel was loaded.
    pub kernel_address: u64,
    /// As /proc/cmdline shows it, without a newline.
    pub command_line: String,
    /// One or more cpio archives, and where they are in memory.
    pub initramfs: Option<Initramfs>,
    /// The memory map, ascending, without holes' entries.
    pub memory_map: Vec<MemoryRange>,
    pub firmware: FirmwareTables,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initramfs {
    pub address: u64,
    pub bytes: Vec<u8>,
}

/// A range of physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryRange {
    pub start: u64,
    /// The first address after the range.
    pub end: u64,
    pub kind: MemoryKind,
}

impl MemoryRange {
    /// May it be used, and does it lie below 4 GiB?
    pub(super) fn is_usable_low(&self) -> bool {
        self.kind == MemoryKind::Usable && self.end <= FOUR_GIB
    }
}

/// As the kernel's log shows it after `BIOS-e820: `.
impl fmt::Display for MemoryRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            MemoryKind::Usable => "usable",
            MemoryKind::Reserved => "reserved",
            MemoryKind::AcpiData => "ACPI data",
            MemoryKind::AcpiNvs => "ACPI NVS",
            MemoryKind::EfiRuntimeCode => "type 20",
        };
        write!(f, "[mem {:#018x}-{:#018x}] {kind}", self.start, self.end - 1)
    }
}

/// What a range of addresses may be used for: the kinds of INT 15h, AX=E820h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    Usable,
    Reserved,
    AcpiData,
    AcpiNvs,
    /// Code of UEFI that stays after the boot; the kernel's log calls it `type 20`.
    EfiRuntimeCode,
}

/// What the firmware leaves in memory for the operating system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirmwareTables {
    pub kind: FirmwareKind,
    /// The address of ACPI's root pointer.
    pub acpi_rsdp: u64,
    /// The address of the SMBIOS entry point.
    pub smbios: u64,
    /// Who made the firmware, its version and date, as `dmidecode -t bios` shows them.
    pub vendor: &'static str,
    pub version: &'static str,
    pub date: &'static str,
    /// UEFI: the specification's revision, major in the high half, minor times ten in the low.
    pub efi_revision: Option<u32>,
}

/// Addresses below 4 GiB where a PC of this kind has memory; the rest is for devices.
const LOW_MEMORY_MAX: u64 = 0xe000_0000;
const FOUR_GIB: u64 = 0x1_0000_0000;

/// How far below the end of low memory each range of OVMF's map ends, and what it is for.
const UEFI_TOP: &[(u64, MemoryKind)] = &[
    (0x157_6000, MemoryKind::Usable),
    (0x147_4000, MemoryKind::Reserved),
    (0xb1_4000, MemoryKind::Usable),
    (0xa1_4000, MemoryKind::Reserved),
    (0x91_4000, MemoryKind::EfiRuntimeCode),
    (0x89_4000, MemoryKind::Reserved),
    (0x88_2000, MemoryKind::AcpiData),
    (0x80_2000, MemoryKind::AcpiNvs),
    (0x12_4000, MemoryKind::Usable),
    (0xa_0000, MemoryKind::Reserved),
    (0x0, MemoryKind::AcpiNvs),
];

/// The memory map as the firmware gives it. The numbers are those of SeaBIOS and OVMF on QEMU's classic PC,
/// read from the kernel's log there.
pub(crate) fn memory_map(board: &Board) -> Vec<MemoryRange> {
    let total = board.usable_ram_bytes();
    let low = low_memory(total);
    let mut map = Vec::new();
    let mut add = |start, end, kind| map.push(MemoryRange { start, end, kind });
    match board.spec().firmware.kind {
        FirmwareKind::Bios => {
            add(0x0, 0x9_fc00, MemoryKind::Usable);
            add(0x9_fc00, 0xa_0000, MemoryKind::Reserved); // the extended BIOS data area
            add(0xf_0000, 0x10_0000, MemoryKind::Reserved); // the BIOS itself
            add(0x10_0000, low - 0x2_3000, MemoryKind::Usable);
            add(low - 0x2_3000, low, MemoryKind::Reserved); // ACPI tables
            add(0xfffc_0000, FOUR_GIB, MemoryKind::Reserved); // the firmware's chip
        }
        FirmwareKind::Uefi => {
            add(0x0, 0xa_0000, MemoryKind::Usable);
            add(0x10_0000, 0x80_6000, MemoryKind::Usable);
            add(0x80_6000, 0x80_8000, MemoryKind::AcpiNvs);
            add(0x80_8000, 0x81_0000, MemoryKind::Usable);
            add(0x81_0000, 0x90_0000, MemoryKind::AcpiNvs);
            let mut start = 0x90_0000;
            for &(below_top, kind) in UEFI_TOP {
                add(start, low - below_top, kind);
                start = low - below_top;
            }
            add(0xffc0_0000, FOUR_GIB, MemoryKind::Reserved); // the firmware's chip
        }
    }
    if total > low {
        add(FOUR_GIB, FOUR_GIB + total - low, MemoryKind::Usable);
    }
    map
}

/// Where memory below 4 GiB ends. Large memories leave a bigger hole there, and go on above.
fn low_memory(total: u64) -> u64 {
    if total >= LOW_MEMORY_MAX { 0xc000_0000 } else { total }
}

/// The tables the firmware left.
pub(crate) fn firmware_tables(board: &Board) -> FirmwareTables {
    let low = low_memory(board.usable_ram_bytes());
    match board.spec().firmware.kind {
        FirmwareKind::Bios => FirmwareTables {
            kind: FirmwareKind::Bios,
            acpi_rsdp: 0xf_59d0,
            smbios: 0xf_59f0,
            vendor: "SeaBIOS",
            version: "1.16.2-debian-1.16.2-1",
            date: "04/01/2014",
            efi_revision: None,
        },
        FirmwareKind::Uefi => FirmwareTables {
            kind: FirmwareKind::Uefi,
            acpi_rsdp: low - 0x88_2fec,
            smbios: low - 0xae_0000,
            vendor: "EFI Development Kit II / OVMF",
            version: "0.0.0",
            date: "02/06/2015",
            efi_revision: Some(2 << 16 | 70),
        },
    }
}
