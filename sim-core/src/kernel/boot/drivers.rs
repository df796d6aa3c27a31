//! Buses are searched, and drivers take what they know: the initcalls.

use super::*;
use crate::hardware::{PciAddress, PciFunction, SECTOR_LEN};

/// The serial lines of a PC: I/O port and interrupt.
const SERIAL_LINES: [(u16, u32); 4] = [(0x3f8, 4), (0x2f8, 3), (0x3e8, 4), (0x2e8, 3)];

pub(super) fn buses(_: &mut Boot, k: &mut Kernel, board: &mut Board, _: &mut Trace) {
    k.printk(INFO, "PCI: Using configuration type 1 for base access");
    k.printk(INFO, "ACPI: Interpreter enabled");
    k.printk(INFO, "ACPI: PM: (supports S0 S5)");
    k.printk(INFO, "ACPI: Using IOAPIC for interrupt routing");
    k.printk(INFO, "ACPI: PCI Root Bridge [PCI0] (domain 0000 [bus 00-ff])");
    k.printk(INFO, "PCI host bridge to bus 0000:00");
    for device in &board.pci {
        let (address, vendor, id, class) = (device.address, device.vendor_id, device.device_id, device.class);
        k.printk(
            INFO,
            format!(
                "pci 0000:{address}: [{vendor:04x}:{id:04x}] type 00 class {class:#08x} conventional PCI endpoint"
            ),
        );
    }
    k.printk(INFO, "PCI: Using ACPI for IRQ routing");
    k.printk(INFO, "clocksource: Switched to clocksource tsc-early");
}

pub(super) fn network(_: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    k.printk(INFO, "NET: Registered PF_INET protocol family");
    k.printk(INFO, "NET: Registered PF_UNIX/PF_LOCAL protocol family");
    k.printk(INFO, "PCI: CLS 0 bytes, default 64");
}

pub(super) fn drivers(_: &mut Boot, k: &mut Kernel, board: &mut Board, _: &mut Trace) {
    let lines = k.ttys.len();
    k.printk(INFO, format!("Serial: 8250/16550 driver, {lines} ports, IRQ sharing enabled"));
    for (number, (port, irq)) in SERIAL_LINES.iter().enumerate().take(lines as usize) {
        k.printk(
            INFO,
            format!(
                "serial8250: ttyS{number} at I/O {port:#x} (irq = {irq}, base_baud = 115200) is a 16550A"
            ),
        );
    }
    k.printk(INFO, "serio: i8042 KBD port at 0x60,0x64 irq 1");
    let keyboard = "input: AT Translated Set 2 keyboard as /devices/platform/i8042/serio0/input/input0";
    k.printk(INFO, keyboard);
    // Virtio devices are numbered as the bus lists them.
    let cards = board.pci.iter().filter(|device| device.vendor_id == 0x1af4);
    for (number, device) in (0..).zip(cards) {
        if let PciFunction::Disk(disk) = device.function {
            k.drivers.insert(device.address.to_string(), "virtio_blk".to_owned());
            virtio_blk(k, number, disk, device.address);
        }
    }
    k.printk(INFO, "clocksource: Switched to clocksource tsc");
}

fn virtio_blk(k: &mut Kernel, number: u32, disk: u32, address: PciAddress) {
    let cpus = k.info.cpus;
    let sectors = k.block.disks()[disk as usize].sector_count();
    k.printk(INFO, format!("virtio_blk virtio{number}: {cpus}/0/0 default/read/poll queues"));
    let names = k.add_disk(disk, &format!("devices/pci0000:00/0000:{address}/virtio{number}"));
    let bytes = sectors * SECTOR_LEN;
    let (decimal, binary) = (size_text(bytes, 1000, DECIMAL), size_text(bytes, 1024, BINARY));
    k.printk(
        NOTICE,
        format!(
            "virtio_blk virtio{number}: [{}] {sectors} 512-byte logical blocks ({decimal}/{binary})",
            names[0]
        ),
    );
    if names.len() > 1 {
        k.printk(INFO, format!(" {}: {}", names[0], names[1..].join(" ")));
    }
}

const DECIMAL: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
const BINARY: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// A size with three digits: `string_get_size` in lib/string_helpers.c.
fn size_text(bytes: u64, base: u64, units: [&str; 5]) -> String {
    let mut unit = 1;
    let mut power = 0;
    while bytes / unit >= base && power + 1 < units.len() {
        unit *= base;
        power += 1;
    }
    let whole = bytes / unit;
    let digits = match whole {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    if power == 0 {
        return format!("{whole} {}", units[0]);
    }
    let scale = 10_u64.pow(digits);
    let rounded = (u128::from(bytes) * u128::from(scale) + u128::from(unit) / 2) / u128::from(unit);
    let (whole, part) = (rounded / u128::from(scale), rounded % u128::from(scale));
    match digits {
        0 => format!("{whole} {}", units[power]),
        digits => format!("{whole}.{part:0width$} {}", units[power], width = digits as usize),
    }
}

pub(super) fn free_init(_: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    k.printk(INFO, "Freeing unused kernel image (initmem) memory: 4020K");
    k.printk(INFO, "Write protecting the kernel read-only data: 28672k");
}

#[cfg(test)]
mod tests {
    use super::{BINARY, DECIMAL, size_text};

    #[test]
    fn sizes_read_as_the_kernel_prints_them() {
        for (bytes, decimal, binary) in [
            (16_777_216 * 512, "8.59 GB", "8.00 GiB"),
            (1 << 20, "1.05 MB", "1.00 MiB"),
            (128 << 20, "134 MB", "128 MiB"),
            (64_424_509_440, "64.4 GB", "60.0 GiB"),
        ] {
            assert_eq!(size_text(bytes, 1000, DECIMAL), decimal);
            assert_eq!(size_text(bytes, 1024, BINARY), binary);
        }
    }
}
