//! UEFI firmware, with the texts of EDK II as OVMF prints them, but for a built-in shell, which this
//! firmware does not have.
//!
//! The phases are those of the Platform Initialization specification: SEC, PEI, DXE, BDS.

use serde::Serialize;

use super::post::{Progress, SelfTest};
use super::{BootDevice, Component, FirmwareEvent, Next, Step, enter_mode, record};
use crate::bootloader::Grub;
use crate::clock::Nanos;
use crate::hardware::{
    Board, BootOption, CpuMode, CpuState, EfiVariable, PciFunction, RESET_VECTOR, Ring, SECTOR_LEN, Switch,
};
use crate::image::boot_code::{CoreImage, read_efi_application};
use crate::image::fat::{self, Extent, Found};
use crate::image::partition::{GptCopy, TableKind, read_table};
use crate::trace::Trace;

/// A phase of the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Security: the first instructions, with the processor's cache as the only memory.
    Sec,
    /// Pre-EFI initialization: processor, chipset, memory.
    Pei,
    /// Driver execution environment: drivers for everything else.
    Dxe,
    /// Boot device selection.
    Bds,
}

/// The file that is started from a disk no boot option names a file on.
const FALLBACK_PATH: &str = "\\EFI\\BOOT\\BOOTX64.EFI";
const POST_DXE_CORE: u8 = 0x60;
const POST_BOOT_SELECTION: u8 = 0x90;
const POST_READY_TO_BOOT: u8 = 0xad;

const CONSOLE_RESET: &[u8] =
    b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H";

/// The firmware at work.
#[derive(Debug, Default)]
pub(super) struct Uefi {
    stage: Stage,
    phase: Option<Phase>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    ResetVector,
    SelfTest(SelfTest),
    BootSelection,
    /// Trying the option with this place in BootOrder.
    Boot(u32),
    /// Nothing to boot: a key would open the setup menu.
    NothingToBoot,
    Stopped,
}

/// Why an option could not be started, as EDK II names its status codes.
enum LoadError {
    NotFound,
    AccessDenied,
}

impl Uefi {
    pub(super) fn advance(&mut self, board: &mut Board, keys: &[u8], trace: &mut Trace) -> Step {
        match &mut self.stage {
            Stage::ResetVector => {
                let firmware = board.spec().firmware.kind;
                record(trace, FirmwareEvent::ResetVector { address: RESET_VECTOR, firmware });
                self.enter(Phase::Sec, board, trace);
                self.stage = Stage::SelfTest(SelfTest::default());
                Next::After(Nanos::millis(2)).into()
            }
            Stage::SelfTest(test) => {
                let component = test.component();
                let mut test = std::mem::take(test);
                self.enter(phase_of(component), board, trace);
                let progress = test.advance(board, trace);
                self.stage = Stage::SelfTest(test);
                match progress {
                    Progress::Took(takes) => Next::After(takes).into(),
                    Progress::Passed => {
                        self.stage = Stage::BootSelection;
                        Next::After(Nanos::ZERO).into()
                    }
                    Progress::Failed => self.stop(board, trace),
                }
            }
            Stage::BootSelection => {
                self.enter(Phase::Bds, board, trace);
                board.serial_write(trace, CONSOLE_RESET);
                write_boot_variables(board, trace);
                self.stage = Stage::Boot(0);
                Next::After(Nanos::millis(20)).into()
            }
            Stage::Boot(attempt) => {
                let attempt = *attempt;
                self.stage = Stage::Boot(attempt + 1);
                self.boot(board, trace, attempt)
            }
            Stage::NothingToBoot => {
                if !keys.is_empty() {
                    record(trace, FirmwareEvent::Unmodelled { what: "the Boot Manager Menu" });
                }
                Next::AwaitKey { timeout: None }.into()
            }
            Stage::Stopped => Next::Halted.into(),
        }
    }

    /// Goes on to a phase, if it is not there yet.
    fn enter(&mut self, phase: Phase, board: &mut Board, trace: &mut Trace) {
        if self.phase >= Some(phase) {
            return;
        }
        self.phase = Some(phase);
        record(trace, FirmwareEvent::Phase { phase });
        match phase {
            Phase::Sec => enter_mode(board, trace, CpuMode::Protected),
            Phase::Pei => {}
            Phase::Dxe => {
                enter_mode(board, trace, CpuMode::Long);
                board.show_post_code(trace, POST_DXE_CORE);
            }
            Phase::Bds => board.show_post_code(trace, POST_BOOT_SELECTION),
        }
    }

    fn boot(&mut self, board: &mut Board, trace: &mut Trace, attempt: u32) -> Step {
        let Some((number, option)) = option_in_order(board, attempt) else {
            let text = "BdsDxe: No bootable option or device was found.\r\n\
                        BdsDxe: Press any key to enter the Boot Manager Menu.\r\n";
            board.serial_write(trace, text.as_bytes());
            record(trace, FirmwareEvent::NoBootableDevice);
            self.stage = Stage::NothingToBoot;
            return Next::AwaitKey { timeout: None }.into();
        };
        let BootOption { disk, description, path } = option;
        record(trace, FirmwareEvent::BootAttempt { device: BootDevice::Disk(disk) });
        let name = format!("Boot{number:04X} \"{description}\" from {path}");
        let file = find_application(board, trace, disk);
        if file.is_ok() {
            board.serial_write(trace, format!("BdsDxe: loading {name}\r\n").as_bytes());
        }
        match file.and_then(|file| verify(board, trace, &file)) {
            Ok(core) => {
                board.serial_write(trace, format!("BdsDxe: starting {name}\r\n").as_bytes());
                board.show_post_code(trace, POST_READY_TO_BOOT);
                set_variable(board, trace, "BootCurrent", EfiVariable::BootCurrent(number));
                record(trace, FirmwareEvent::EfiApplicationStarted { disk, path: FALLBACK_PATH });
                self.start(board, trace, disk, core)
            }
            Err(error) => {
                let (status, why) = match error {
                    LoadError::NotFound => {
                        ("Not Found", "no \\EFI\\BOOT\\BOOTX64.EFI that is an application")
                    }
                    LoadError::AccessDenied => ("Access Denied", "Secure Boot knows no key that signed it"),
                };
                board.serial_write(trace, format!("BdsDxe: failed to load {name}: {status}\r\n").as_bytes());
                record(trace, FirmwareEvent::BootAttemptFailed { device: BootDevice::Disk(disk), why });
                Next::After(Nanos::millis(10)).into()
            }
        }
    }

    fn start(&mut self, board: &mut Board, trace: &mut Trace, disk: u32, core: Option<CoreImage>) -> Step {
        match core {
            Some(core) => Step::Chain(Box::new(Grub::from_core(disk, core)), Nanos::millis(5)),
            None => {
                record(trace, FirmwareEvent::UnknownCode { address: APPLICATION_ADDRESS });
                self.stop(board, trace)
            }
        }
    }

    fn stop(&mut self, board: &mut Board, trace: &mut Trace) -> Step {
        self.stage = Stage::Stopped;
        let mode = board.cpus.first().map_or(CpuMode::Real, |cpu| cpu.mode);
        board.set_cpu(trace, 0, CpuState::Halted, mode, Ring::Ring0);
        Next::Halted.into()
    }
}

/// Where the firmware puts an application of this size.
const APPLICATION_ADDRESS: u64 = 0x7d00_0000;

fn phase_of(component: Option<Component>) -> Phase {
    match component {
        Some(
            Component::Processor
            | Component::NorthBridge
            | Component::SouthBridge
            | Component::MemoryDetection
            | Component::MemoryTest
            | Component::MemoryReady,
        ) => Phase::Pei,
        _ => Phase::Dxe,
    }
}

/// Makes a boot option for each disk of the boot order, as BDS does for what it finds.
fn write_boot_variables(board: &mut Board, trace: &mut Trace) {
    let secure_boot = board.spec().firmware.secure_boot;
    set_variable(board, trace, "SecureBoot", EfiVariable::SecureBoot(secure_boot));
    let mut order = Vec::new();
    for (number, disk) in (1_u16..).zip(board.boot_order()) {
        let device = board.pci.iter().find(|device| device.function == PciFunction::Disk(disk));
        let Some(address) = device.map(|device| device.address) else { continue };
        let path = format!("PciRoot(0x0)/Pci(0x{:X},0x{:X})", address.device, address.function);
        let option = BootOption { disk, description: "UEFI Misc Device", path };
        set_variable(board, trace, &format!("Boot{number:04X}"), EfiVariable::BootOption(option));
        order.push(number);
    }
    set_variable(board, trace, "BootOrder", EfiVariable::BootOrder(order));
}

fn set_variable(board: &mut Board, trace: &mut Trace, name: &str, value: EfiVariable) {
    if board.efi_variables.get(name) != Some(&value) {
        record(trace, FirmwareEvent::EfiVariableSet { name: name.to_owned(), value: value.to_string() });
        board.efi_variables.insert(name.to_owned(), value);
    }
}

fn option_in_order(board: &Board, attempt: u32) -> Option<(u16, BootOption)> {
    let Some(EfiVariable::BootOrder(order)) = board.efi_variables.get("BootOrder") else { return None };
    let number = *order.get(attempt as usize)?;
    match board.efi_variables.get(&format!("Boot{number:04X}"))? {
        EfiVariable::BootOption(option) => Some((number, option.clone())),
        _ => None,
    }
}

/// Reads the fallback application from the first partition of the disk that has one.
fn find_application(board: &Board, trace: &mut Trace, disk: u32) -> Result<Vec<u8>, LoadError> {
    let device = board.disks.get(disk as usize).ok_or(LoadError::NotFound)?;
    let read =
        |trace: &mut Trace, first_lba, sectors| board.disk_read(trace, disk, first_lba, sectors).is_ok();
    read(trace, 0, 1);
    let table = read_table(device).ok_or(LoadError::NotFound)?;
    if table.kind == TableKind::Gpt {
        // The protective MBR only says that a GPT follows: its header, then 128 entries.
        let entry_sectors = 128 * 128 / SECTOR_LEN;
        read(trace, 1, 1 + entry_sectors);
        if table.from == GptCopy::Backup {
            read(trace, device.sector_count() - 1 - entry_sectors, 1 + entry_sectors);
        }
    }
    let partitions = table.partitions.len() as u32;
    record(trace, FirmwareEvent::PartitionTable { disk, kind: table.kind, copy: table.from, partitions });
    for partition in &table.partitions {
        let (found, extents) = fat::open(device, partition, FALLBACK_PATH);
        for Extent { first_lba, sectors } in extents {
            read(trace, first_lba, sectors);
        }
        if let Ok(Found::File(file)) = found
            && read_efi_application(&file).is_some()
        {
            return Ok(file);
        }
    }
    Err(LoadError::NotFound)
}

/// Checks the application's signature, if Secure Boot is on. Returns the program in it.
fn verify(board: &Board, trace: &mut Trace, file: &[u8]) -> Result<Option<CoreImage>, LoadError> {
    let application = read_efi_application(file).ok_or(LoadError::NotFound)?;
    let enforced = board.spec().firmware.secure_boot;
    let signed = application.signature.is_some();
    record(trace, FirmwareEvent::SignatureChecked { enforced, signed });
    // No key of this firmware has signed anything, so a signature would be an unknown one.
    if enforced == Switch::On { Err(LoadError::AccessDenied) } else { Ok(application.core) }
}
