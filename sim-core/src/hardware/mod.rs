//! The board: what is soldered, plugged in and switched on.

mod cpu;
mod disk;
mod efi;
mod pci;
mod ram;
pub mod spec;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Nanos;
use crate::image::Software;
use crate::trace::{Trace, What};
pub use cpu::{Cpu, CpuMode, CpuModel, CpuState, Ring, Switch};
pub use disk::{BeyondEnd, Disk, SECTOR_LEN, Sector};
pub use efi::{BootOption, EfiVariable};
pub use pci::{PciAddress, PciDevice, PciFunction};
pub use ram::{Mismatch, RamModule};
pub use spec::{BoardSpec, Fault, FirmwareKind, SpecError};

/// Something that happened on the board.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HardwareEvent {
    /// The power supply is on, and its power-good signal lets the processors run after `takes`.
    PowerOn { takes: Nanos },
    /// The power supply is off.
    PowerOff,
    /// All processors begin again.
    Reset { by: ResetSource },
    /// A processor changed what it does, how it reads instructions, or its privilege ring.
    Cpu { apic_id: u32, state: CpuState, mode: CpuMode, ring: Ring },
    /// Software wrote a value to an I/O port.
    PortWrite { port: u16, value: u32, meaning: PortMeaning },
    /// The speaker beeped.
    Beep { count: u32 },
    /// Sectors were read from a disk.
    DiskRead { disk: u32, first_lba: u64, sectors: u64 },
}

/// What made the board reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetSource {
    /// The reset line of the chipset, written through port 0xCF9 or the keyboard controller.
    Software,
    /// Three exceptions, each while handling the one before.
    TripleFault,
    /// The button.
    Button,
}

/// Which register of the board a port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortMeaning {
    /// Port 0x80: the power-on self-test says how far it is.
    PostCode,
    /// The ACPI power management control register: sleep state S5 is "soft off".
    AcpiSleepS5,
    /// Port 0xCF9: the chipset's reset control.
    ResetControl,
}

/// Where an x86 processor fetches its first instruction: 16 bytes below 4 GiB.
pub const RESET_VECTOR: u64 = 0xffff_fff0;
/// The port of power-on self-test codes.
pub const POST_CODE_PORT: u16 = 0x80;
/// The PM1a control register, from where ACPI's power management ports begin.
const ACPI_PM1A_CONTROL: u16 = 4;
/// SLP_EN with the sleep type of S5, ACPI specification 4.8.3.2.
const ACPI_SLEEP_S5: u32 = 0x2000;
/// The chipset's reset control register, and the value for a full reset.
pub const RESET_CONTROL_PORT: u16 = 0xcf9;
const RESET_FULL: u32 = 0x06;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    Off,
    On,
}

/// A network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Nic {
    pub mac: [u8; 6],
}

/// The serial port COM1, which is the machine's console: I/O port 0x3F8, interrupt 4.
#[derive(Clone, Debug, Default)]
pub struct SerialPort {
    output: Vec<u8>,
}

impl SerialPort {
    pub const IO_PORT: u16 = 0x3f8;
    pub const IRQ: u32 = 4;
    pub const BAUD: u32 = 115_200;

    /// Takes what was sent since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }
}

/// A whole computer without its software.
#[derive(Clone, Debug)]
pub struct Board {
    spec: BoardSpec,
    power: Power,
    pub cpu_model: CpuModel,
    pub cpus: Vec<Cpu>,
    pub ram: Vec<RamModule>,
    pub disks: Vec<Disk>,
    pub nics: Vec<Nic>,
    pub pci: Vec<PciDevice>,
    pub serial: SerialPort,
    /// UEFI's variables.
    pub efi_variables: BTreeMap<String, EfiVariable>,
    /// The last power-on self-test code, as the two-digit display on a mainboard shows it.
    pub post_code: u8,
}

impl Board {
    /// Builds the board that `spec` describes, without power, its disks filled; `software` is what the
    /// system image carries.
    pub fn new(spec: &BoardSpec, software: Software) -> Result<Board, SpecError> {
        spec.check()?;
        let cpus = (0..spec.sockets * spec.cores_per_socket).map(|apic_id| Cpu {
            apic_id,
            socket: apic_id / spec.cores_per_socket,
            core: apic_id % spec.cores_per_socket,
            state: CpuState::Off,
            mode: CpuMode::Real,
            ring: Ring::Ring0,
        });
        let nics = spec.nics.iter().map(|nic| Nic { mac: spec::parse_mac(&nic.mac).unwrap_or_default() });
        Ok(Board {
            power: Power::Off,
            cpu_model: CpuModel::new(spec.firmware.virtualisation),
            cpus: cpus.collect(),
            ram: ram(spec),
            disks: (0..)
                .zip(&spec.disks)
                .map(|(n, disk)| crate::image::disk(n, disk, spec, software))
                .collect(),
            nics: nics.collect(),
            pci: pci::devices(spec.nics.len() as u32, spec.disks.len() as u32),
            serial: SerialPort::default(),
            efi_variables: BTreeMap::new(),
            post_code: 0,
            spec: spec.clone(),
        })
    }

    /// What the board was built from.
    pub fn spec(&self) -> &BoardSpec {
        &self.spec
    }

    pub fn power(&self) -> Power {
        self.power
    }

    /// The memory of all modules that passed the self-test, in bytes.
    pub fn usable_ram_bytes(&self) -> u64 {
        self.ram.iter().filter(|module| module.usable).map(|module| module.size_mib << 20).sum()
    }

    /// The disks the firmware tries to boot from, first to last.
    pub fn boot_order(&self) -> Vec<u32> {
        match &self.spec.firmware.boot_order {
            Some(order) => order.clone(),
            None => (0..self.spec.disks.len() as u32).collect(),
        }
    }

    /// Switches the power supply on. Returns how long the processors are held until power is good.
    pub fn power_on(&mut self, trace: &mut Trace) -> Nanos {
        let takes = Nanos::millis(100);
        self.power = Power::On;
        trace.record_as_cause(What::Hardware(HardwareEvent::PowerOn { takes }));
        self.reset_devices();
        takes
    }

    /// Cuts the power. What the disks hold stays.
    pub fn power_off(&mut self, trace: &mut Trace) {
        self.power = Power::Off;
        for cpu in &mut self.cpus {
            cpu.state = CpuState::Off;
        }
        trace.record_as_cause(What::Hardware(HardwareEvent::PowerOff));
    }

    /// The first of ACPI's power management ports: where the firmware has put them.
    pub fn acpi_pm_base(&self) -> u16 {
        match self.spec.firmware.kind {
            FirmwareKind::Bios => 0x600,
            FirmwareKind::Uefi => 0xb000,
        }
    }

    /// The kernel's way to switch off: asks ACPI for sleep state S5, and the power goes.
    pub fn acpi_power_off(&mut self, trace: &mut Trace) {
        self.port_write(
            trace,
            self.acpi_pm_base() + ACPI_PM1A_CONTROL,
            ACPI_SLEEP_S5,
            PortMeaning::AcpiSleepS5,
        );
        self.power_off(trace);
    }

    /// Resets the board: the processors begin again at the reset vector, the disks keep what they hold.
    pub fn reset(&mut self, trace: &mut Trace, by: ResetSource) {
        if by == ResetSource::Software {
            self.port_write(trace, RESET_CONTROL_PORT, RESET_FULL, PortMeaning::ResetControl);
        }
        trace.record_as_cause(What::Hardware(HardwareEvent::Reset { by }));
        self.reset_devices();
    }

    fn reset_devices(&mut self) {
        self.post_code = 0;
        self.cpus.iter_mut().for_each(Cpu::reset);
    }

    /// Sends bytes to the serial console.
    pub fn serial_write(&mut self, trace: &mut Trace, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.serial.output.extend_from_slice(bytes);
        trace.record(What::Console { bytes: bytes.to_vec() });
    }

    /// Tells the mainboard's display, and whoever reads port 0x80, how far the self-test is.
    pub fn show_post_code(&mut self, trace: &mut Trace, code: u8) {
        self.post_code = code;
        self.port_write(trace, POST_CODE_PORT, u32::from(code), PortMeaning::PostCode);
    }

    /// Beeps `count` times.
    pub fn beep(&mut self, trace: &mut Trace, count: u32) {
        trace.record(What::Hardware(HardwareEvent::Beep { count }));
    }

    /// Changes what a processor does and how; nothing is recorded when nothing changes.
    pub fn set_cpu(&mut self, trace: &mut Trace, apic_id: u32, state: CpuState, mode: CpuMode, ring: Ring) {
        let Some(cpu) = self.cpus.iter_mut().find(|cpu| cpu.apic_id == apic_id) else { return };
        if (cpu.state, cpu.mode, cpu.ring) == (state, mode, ring) {
            return;
        }
        (cpu.state, cpu.mode, cpu.ring) = (state, mode, ring);
        trace.record(What::Hardware(HardwareEvent::Cpu { apic_id, state, mode, ring }));
    }

    /// Reads sectors of a disk, and says so in the trace.
    pub fn disk_read(
        &self,
        trace: &mut Trace,
        disk: u32,
        first_lba: u64,
        sectors: u64,
    ) -> Result<Vec<u8>, BeyondEnd> {
        let bytes = match self.disks.get(disk as usize) {
            Some(device) => device.read_many(first_lba, sectors)?,
            None => return Err(BeyondEnd { lba: first_lba, sector_count: 0 }),
        };
        trace.record(What::Hardware(HardwareEvent::DiskRead { disk, first_lba, sectors }));
        Ok(bytes)
    }

    fn port_write(&self, trace: &mut Trace, port: u16, value: u32, meaning: PortMeaning) {
        trace.record(What::Hardware(HardwareEvent::PortWrite { port, value, meaning }));
    }
}

fn ram(spec: &BoardSpec) -> Vec<RamModule> {
    if spec.faults.contains(&Fault::NoRam) {
        return Vec::new();
    }
    let mut modules: Vec<RamModule> =
        (0..).zip(&spec.ram_mib).map(|(slot, &size_mib)| RamModule::new(slot, size_mib)).collect();
    if spec.faults.contains(&Fault::BadRam) {
        for module in &mut modules {
            module.break_data_line(5);
        }
    }
    modules
}
