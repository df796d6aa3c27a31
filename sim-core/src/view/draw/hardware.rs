//! The board.

use crate::hardware::{self, CpuMode, Power, Ring, Switch};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::view::{
    CpuState, CpuView, DiskView, FirmwareKind, FirmwareView, HardwareView, NicView, PartitionView,
    PciDeviceView, RamModuleView, SerialView, Toggle,
};

pub(super) fn draw(machine: &Machine) -> HardwareView {
    let board = machine.board();
    let progress = machine.progress();
    HardwareView {
        board: "Glasshull PC".to_owned(),
        cpus: board.cpus.iter().map(|cpu| draw_cpu(machine, cpu)).collect(),
        ram: board
            .ram
            .iter()
            .map(|module| RamModuleView {
                slot: format!("DIMM {}", module.slot),
                size_mib: Some(module.size_mib),
                faulty: !module.usable,
            })
            .collect(),
        disks: (0..)
            .zip(machine.disks())
            .map(|(number, disk)| DiskView {
                name: disk_name(number),
                size_bytes: disk.sector_count() * hardware::SECTOR_LEN,
                table: partition_table(disk),
                partitions: machine.kernel().map(|k| partitions(k, number)).unwrap_or_default(),
                sectors_read: progress.sectors_read.get(&number).copied().unwrap_or(0),
                sectors_written: 0,
            })
            .collect(),
        nics: board
            .nics
            .iter()
            .map(|nic| {
                let mac: Vec<String> = nic.mac.iter().map(|byte| format!("{byte:02x}")).collect();
                NicView { name: String::new(), mac: mac.join(":"), driver: None }
            })
            .collect(),
        serial: SerialView {
            name: "ttyS0".to_owned(),
            bytes_sent: machine.terminal(0).map_or(0, |terminal| terminal.output().len() as u64),
            bytes_received: progress.bytes_received,
        },
        firmware: draw_firmware(machine),
        pci: board
            .pci
            .iter()
            .map(|device| PciDeviceView {
                address: device.address.to_string(),
                class: device.name().to_owned(),
                name: format!("{:04x}:{:04x}", device.vendor_id, device.device_id),
                driver: machine.kernel().and_then(|k| k.drivers.get(&device.address.to_string())).cloned(),
            })
            .collect(),
    }
}

/// Which partition table a disk has, by its signatures: GPT's header in sector 1, else the MBR's last bytes.
fn partition_table(disk: &hardware::Disk) -> Option<String> {
    if disk.read(1).is_ok_and(|sector| sector.starts_with(b"EFI PART")) {
        return Some("gpt".to_owned());
    }
    disk.read(0).is_ok_and(|sector| sector.ends_with(&[0x55, 0xaa])).then(|| "dos".to_owned())
}

/// The partitions that the kernel found on a disk.
fn partitions(k: &Kernel, disk: u32) -> Vec<PartitionView> {
    let of_disk = disk_name(disk);
    let found =
        k.block.devices().iter().filter(|device| device.partition > 0 && device.name.starts_with(&of_disk));
    found
        .map(|device| PartitionView {
            name: device.name.clone(),
            start_sector: device.first_sector,
            sectors: device.sectors,
            kind: "partition".to_owned(),
            file_system: None,
            mounted_at: None,
        })
        .collect()
}

fn disk_name(number: u32) -> String {
    format!("vd{}", char::from(b'a' + (number % 26) as u8))
}

fn draw_firmware(machine: &Machine) -> FirmwareView {
    let board = machine.board();
    let spec = &board.spec().firmware;
    let toggle = |switch: Switch| if switch == Switch::On { Toggle::On } else { Toggle::Off };
    let (kind, name, secure_boot) = match spec.kind {
        hardware::FirmwareKind::Bios => (FirmwareKind::Bios, "BIOS", Toggle::Absent),
        hardware::FirmwareKind::Uefi => (FirmwareKind::Uefi, "UEFI", toggle(spec.secure_boot)),
    };
    let on = board.power() == Power::On;
    FirmwareView {
        kind,
        name: name.to_owned(),
        post_code: on.then_some(board.post_code),
        phase: String::new(),
        boot_order: board.boot_order().iter().map(|&disk| disk_name(disk)).collect(),
        virtualisation: toggle(spec.virtualisation),
        secure_boot,
        beeps: machine.progress().beeps,
    }
}

fn draw_cpu(machine: &Machine, cpu: &hardware::Cpu) -> CpuView {
    let (state, task) = match machine.kernel() {
        Some(kernel) if !machine.is_starting_kernel() => with_kernel(kernel, cpu.apic_id),
        _ => (bare(machine, cpu), None),
    };
    CpuView { number: cpu.apic_id, state, task }
}

fn with_kernel(kernel: &Kernel, number: u32) -> (CpuState, Option<u64>) {
    match kernel.sched.cpus.get(number as usize).and_then(|cpu| cpu.current) {
        Some(task) => (CpuState::Ring3, Some(u64::from(task.0))),
        None => (CpuState::Idle, None),
    }
}

fn bare(machine: &Machine, cpu: &hardware::Cpu) -> CpuState {
    if machine.board().power() == Power::Off || cpu.state == hardware::CpuState::Off {
        return CpuState::Off;
    }
    match (cpu.state, cpu.mode, cpu.ring) {
        (hardware::CpuState::Running, CpuMode::Real, _) => CpuState::RealMode,
        (hardware::CpuState::Running, _, Ring::Ring3) => CpuState::Ring3,
        (hardware::CpuState::Running, ..) => CpuState::Ring0,
        _ => CpuState::Idle,
    }
}
