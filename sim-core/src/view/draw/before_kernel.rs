//! What firmware and bootloader do, in a line each.

use crate::bootloader::BootloaderEvent;
use crate::firmware::FirmwareEvent;
use crate::view::{EventKind, Part};

pub(super) fn tell_firmware(event: &FirmwareEvent) -> (EventKind, String, Vec<Part>) {
    use FirmwareEvent as F;
    let chip = Part::FirmwareChip;
    let (text, path) = match event {
        F::ResetVector { address, .. } => {
            (format!("the first CPU fetches its first instruction at {address:#x}"), vec![Part::Cpu, chip])
        }
        F::SelfTest { component, code, .. } => {
            (format!("self-test, code {code:#04x}: {}", words(&format!("{component:?}"))), vec![chip])
        }
        F::MemoryTested { slot, size_mib, mismatch: None, .. } => {
            (format!("memory module {slot}: {size_mib} MiB, good"), vec![chip, Part::Ram])
        }
        F::MemoryTested { slot, size_mib, mismatch: Some((written, read)), .. } => (
            format!("memory module {slot}: {size_mib} MiB, BAD: wrote {written:#x}, read {read:#x}"),
            vec![chip, Part::Ram],
        ),
        F::ProcessorFound { apic_id } => {
            (format!("CPU {apic_id} is there, and waits"), vec![chip, Part::Cpu])
        }
        F::PciDeviceFound { address, vendor_id, device_id, name, .. } => {
            (format!("PCI {address}: {name} [{vendor_id:04x}:{device_id:04x}]"), vec![chip, Part::Pci])
        }
        F::DiskFound { disk, sectors, .. } => {
            (format!("disk {disk}: {} MiB", sectors / 2048), vec![chip, Part::Disk])
        }
        F::Int13Drive { drive, disk, cylinders, heads, sectors_per_track } => (
            format!("INT 13h drive {drive:#x} is disk {disk}: {cylinders}/{heads}/{sectors_per_track} CHS"),
            vec![chip, Part::Disk],
        ),
        F::SelfTestFailed { code, why, .. } => {
            (format!("the self-test ends here, code {code:#04x}: {why}"), vec![chip])
        }
        F::BootAttempt { device } => (format!("tries to boot from {device}"), vec![chip, Part::Disk]),
        F::BootSectorRead { disk, signature, .. } => {
            (format!("disk {disk}: boot sector ends in {signature:#06x}"), vec![chip, Part::Disk])
        }
        F::BootAttemptFailed { device, why } => {
            (format!("{device} is given up: {why}"), vec![chip, Part::Disk])
        }
        F::BootSectorStarted { address, .. } => {
            (format!("jumps to the boot sector's code at {address:#x}"), vec![chip, Part::BootLoader])
        }
        F::UnknownCode { address } => (format!("there is no program at {address:#x}"), vec![Part::Cpu]),
        F::NoBootableDevice => ("no device is left to boot from".to_owned(), vec![chip]),
        F::Phase { phase } => (format!("UEFI phase {phase:?}").to_uppercase(), vec![chip]),
        F::EfiVariableSet { name, value } => (format!("variable {name} = {value}"), vec![chip]),
        F::PartitionTable { disk, kind, copy, partitions } => (
            format!("disk {disk}: {kind:?} partition table ({copy:?} copy), {partitions} partitions"),
            vec![chip, Part::Disk],
        ),
        F::SignatureChecked { enforced, signed } => (
            format!(
                "Secure Boot is {enforced:?}; the program is {}",
                if *signed { "signed" } else { "not signed" }
            ),
            vec![chip],
        ),
        F::EfiApplicationStarted { path, .. } => (format!("starts {path}"), vec![chip, Part::BootLoader]),
        F::Unmodelled { what } => {
            return (EventKind::Unmodelled, format!("not modelled: {what}"), vec![chip]);
        }
    };
    let is_fault = matches!(event, F::SelfTestFailed { .. } | F::NoBootableDevice | F::UnknownCode { .. });
    (if is_fault { EventKind::Fault } else { EventKind::Firmware }, text, path)
}

pub(super) fn tell_bootloader(event: &BootloaderEvent) -> (EventKind, String, Vec<Part>) {
    use BootloaderEvent as B;
    let loader = Part::BootLoader;
    let (text, path) = match event {
        B::BootSector { core_lba, core_sectors } => {
            (format!("boot sector: the rest of me is {core_sectors} sectors from {core_lba}"), vec![loader])
        }
        B::CoreLoaded { sectors, .. } => {
            (format!("core image loaded: {sectors} sectors"), vec![Part::Disk, loader])
        }
        B::CoreStarted { prefix } => (format!("core image runs; its files are at {prefix}"), vec![loader]),
        B::ConfigRead { path, entries } => {
            (format!("{path}: {entries} menu entries"), vec![Part::Disk, loader])
        }
        B::ConfigMissing { path } => {
            (format!("{path} is not there: a prompt instead of a menu"), vec![loader])
        }
        B::MenuShown { entries, seconds: Some(seconds) } => {
            (format!("menu: {}; the first in {seconds} s", entries.join(", ")), vec![loader, Part::Serial])
        }
        B::MenuShown { entries, seconds: None } => {
            (format!("menu: {}; waits for a choice", entries.join(", ")), vec![loader, Part::Serial])
        }
        B::EntryStarted { title, .. } => (format!("starts {title}"), vec![loader]),
        B::Command { line } => (format!("command: {line}"), vec![loader]),
        B::FileRead { path, bytes, .. } => {
            (format!("{path}: {bytes} bytes read"), vec![Part::Disk, loader, Part::Ram])
        }
        B::Failed { message } => return (EventKind::Fault, message.clone(), vec![loader]),
        B::Unmodelled { command } => {
            return (EventKind::Unmodelled, format!("not modelled: {command}"), vec![loader]);
        }
        B::KernelStarted { release, address, .. } => {
            (format!("jumps into Linux {release} at {address:#x}"), vec![loader, Part::Cpu])
        }
    };
    (EventKind::BootLoader, text, path)
}

/// `MemoryTest` as `memory test`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
