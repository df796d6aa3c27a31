//! Up to the first process: memory, processors, interrupts, the tables. arch/x86/kernel/setup.c, init/main.c.

use super::*;
use crate::bootloader::{MemoryKind, MemoryRange};
use crate::hardware::{CpuMode, CpuState, FirmwareKind, Ring, Switch};
use crate::machine::TERMINALS;

/// Timer interrupts a second: CONFIG_HZ, as Debian has it.
const HZ: u64 = 250;
const PAGE: u64 = 4096;
const FOUR_GIB: u64 = 1 << 32;
/// For how many processors a kernel is built: CONFIG_NR_CPUS, and the interrupts that go with it.
const NR_CPUS: u32 = 8192;
const NR_IRQS: u32 = 524_544;

/// The bootloader has left a compressed kernel. It says `Decompressing Linux...` only where it knows of a
/// screen or of `earlyprintk`.
pub(super) fn decompress(_: &mut Boot, _: &mut Kernel, _: &mut Board, _: &mut Trace) {}

pub(super) fn architecture(boot: &mut Boot, k: &mut Kernel, board: &mut Board, trace: &mut Trace) {
    k.start_clock();
    board.set_cpu(trace, 0, CpuState::Running, CpuMode::Long, Ring::Ring0);
    let banner = k.info.banner();
    k.printk(NOTICE, banner);
    k.printk(INFO, format!("Command line: {}", boot.handover.command_line));
    k.printk(INFO, "BIOS-provided physical RAM map:");
    for range in &boot.handover.memory_map {
        k.printk(INFO, format!("BIOS-e820: {range}"));
    }
    if board.cpu_model.flags.contains(&"nx") {
        k.printk(INFO, "NX (Execute Disable) protection: active");
    }
    k.printk(INFO, "APIC: Static calls initialized");
    firmware(boot, k);
    let mhz = board.cpu_model.mhz;
    k.printk(INFO, format!("tsc: Detected {mhz}.000 MHz processor"));
    k.printk(DEBUG, "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved");
    k.printk(DEBUG, "e820: remove [mem 0x000a0000-0x000fffff] usable");
    let last_pfn = usable(boot).map(|range| range.end / PAGE).max().unwrap_or(0);
    k.printk(INFO, format!("last_pfn = {last_pfn:#x} max_arch_pfn = 0x400000000"));
    k.printk(INFO, "x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT  ");
    if let Some(initramfs) = &boot.handover.initramfs {
        let end = (initramfs.address + initramfs.bytes.len() as u64).next_multiple_of(PAGE) - 1;
        k.printk(INFO, format!("RAMDISK: [mem {:#010x}-{end:#010x}]", initramfs.address));
    }
    zones(boot, k);
    topology(k, board);
    if let Some((start, end)) = largest_gap(&boot.handover.memory_map) {
        k.printk(INFO, format!("[mem {start:#010x}-{:#010x}] available for PCI devices", end - 1));
    }
    if boot.handover.firmware.kind == FirmwareKind::Uefi {
        let state = if board.spec().firmware.secure_boot == Switch::On { "enabled" } else { "disabled" };
        k.printk(INFO, format!("Secure boot {state}"));
    }
    k.printk(INFO, "Booting paravirtualized kernel on bare hardware");
    let cpus = k.info.cpus;
    k.printk(
        INFO,
        format!("setup_percpu: NR_CPUS:{NR_CPUS} nr_cpumask_bits:{cpus} nr_cpu_ids:{cpus} nr_node_ids:1"),
    );
    k.printk(NOTICE, format!("Kernel command line: {}", boot.handover.command_line));
    let unknown: Vec<String> = k.words_for_init().into_iter().flatten().collect();
    if !unknown.is_empty() {
        let words = unknown.join(" ");
        let text =
            format!("Unknown kernel command line parameters \"{words}\", will be passed to user space.");
        k.printk(NOTICE, text);
    }
}

fn firmware(boot: &Boot, k: &mut Kernel) {
    let tables = &boot.handover.firmware;
    if tables.kind == FirmwareKind::Uefi {
        let revision = tables.efi_revision.unwrap_or_default();
        let (major, minor) = (revision >> 16, revision & 0xffff);
        k.printk(INFO, format!("efi: EFI v{major}.{minor:02} by EDK II"));
        let (smbios, acpi) = (tables.smbios, tables.acpi_rsdp);
        k.printk(INFO, format!("efi: SMBIOS={smbios:#x} ACPI 2.0={acpi:#x} "));
    }
    k.printk(INFO, "SMBIOS 2.8 present.");
    let name = k.info.hardware_name.clone();
    k.printk(INFO, format!("DMI: {name}"));
}

fn usable(boot: &Boot) -> impl Iterator<Item = &MemoryRange> {
    boot.handover.memory_map.iter().filter(|range| range.kind == MemoryKind::Usable)
}

/// Whole pages, without the first, which is reserved.
fn usable_pages(boot: &Boot) -> u64 {
    let pages = |range: &MemoryRange| (range.end / PAGE).saturating_sub(range.start.max(PAGE).div_ceil(PAGE));
    usable(boot).map(pages).sum()
}

/// The memory by what can be reached with how many address lines.
fn zones(boot: &Boot, k: &mut Kernel) {
    let end = usable(boot).map(|range| range.end).max().unwrap_or(0) / PAGE * PAGE;
    k.printk(INFO, "No NUMA configuration found");
    k.printk(INFO, format!("Faking a node at [mem 0x0000000000000000-{:#018x}]", end - 1));
    k.printk(INFO, "Zone ranges:");
    let zones =
        [("DMA     ", PAGE, 16 << 20), ("DMA32   ", 16 << 20, FOUR_GIB), ("Normal  ", FOUR_GIB, u64::MAX)];
    for (name, from, to) in zones {
        let text = if end > from {
            format!("  {name} [mem {from:#018x}-{:#018x}]", end.min(to) - 1)
        } else {
            format!("  {name} empty")
        };
        k.printk(INFO, text);
    }
    k.printk(INFO, "Movable zone start for each node");
    k.printk(INFO, "Early memory node ranges");
    for range in usable(boot) {
        let (start, end) = (range.start.max(PAGE).next_multiple_of(PAGE), range.end / PAGE * PAGE);
        k.printk(INFO, format!("  node   0: [mem {start:#018x}-{:#018x}]", end - 1));
    }
    k.printk(INFO, format!("Initmem setup node 0 [mem {PAGE:#018x}-{:#018x}]", end - 1));
}

fn topology(k: &mut Kernel, board: &Board) {
    let (sockets, cores) = (board.spec().sockets, board.spec().cores_per_socket);
    k.printk(INFO, format!("CPU topo: Max. logical packages: {sockets:>3}"));
    k.printk(INFO, format!("CPU topo: Max. logical dies:     {sockets:>3}"));
    k.printk(INFO, "CPU topo: Max. dies per package:   1");
    k.printk(INFO, "CPU topo: Max. threads per core:   1");
    k.printk(INFO, format!("CPU topo: Num. cores per package:   {cores:>3}"));
    k.printk(INFO, format!("CPU topo: Num. threads per package: {cores:>3}"));
    k.printk(INFO, format!("CPU topo: Allowing {} present CPUs plus 0 hotplug CPUs", sockets * cores));
}

/// The widest range below 4 GiB that the memory map does not name: `e820__setup_pci_gap`.
fn largest_gap(map: &[MemoryRange]) -> Option<(u64, u64)> {
    let mut last = FOUR_GIB;
    let mut gaps = Vec::new();
    for range in map.iter().rev().filter(|range| range.start < FOUR_GIB) {
        gaps.push((range.end, last));
        last = range.start;
    }
    gaps.into_iter().filter(|(start, end)| end > start).max_by_key(|(start, end)| end - start)
}

pub(super) fn memory(boot: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    let pages = usable_pages(boot);
    hash_table(k, "Dentry cache", pages, 1, 8);
    hash_table(k, "Inode-cache", pages, 2, 8);
    k.printk(INFO, "Fallback order for Node 0: 0 ");
    k.printk(INFO, format!("Built 1 zonelists, mobility grouping on.  Total pages: {pages}"));
    k.printk(INFO, "mem auto-init: stack:all(zero), heap alloc:on, heap free:off");
    let cpus = k.info.cpus;
    k.printk(INFO, format!("SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs={cpus}, Nodes=1"));
}

/// A hash table as large as the memory makes sensible: `alloc_large_system_hash`, whose `scale` says how much
/// memory goes with one entry, here in powers of two of a page.
fn hash_table(k: &mut Kernel, name: &str, pages: u64, pages_per_entry_log2: u32, entry_bytes: u64) {
    // The memory counts in whole MiB.
    let entries = (pages.next_multiple_of(256) >> pages_per_entry_log2).next_power_of_two();
    let bytes = (entries * entry_bytes).max(PAGE);
    let order = (bytes / PAGE).ilog2();
    k.printk(INFO, format!("{name} hash table entries: {entries} (order: {order}, {bytes} bytes, linear)"));
}

pub(super) fn scheduler_and_interrupts(_: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    let cpus = k.info.cpus;
    k.printk(INFO, "Dynamic Preempt: voluntary");
    k.printk(INFO, "rcu: Preemptible hierarchical RCU implementation.");
    k.printk(INFO, format!("rcu: \tRCU restricting CPUs from NR_CPUS={NR_CPUS} to nr_cpu_ids={cpus}."));
    let delay = HZ / 10;
    k.printk(INFO, format!("rcu: RCU calculated value of scheduler-enlistment delay is {delay} jiffies."));
    k.printk(INFO, format!("rcu: Adjusting geometry for rcu_fanout_leaf=16, nr_cpu_ids={cpus}"));
    // One I/O APIC with 24 pins, 16 legacy interrupts, and room for messages: arch_probe_nr_irqs.
    let nr_irqs = (24 + 16 + 8 * cpus + 24 * 16).min(256 * cpus);
    k.printk(INFO, format!("NR_IRQS: {NR_IRQS}, nr_irqs: {nr_irqs}, preallocated irqs: 16"));
    k.printk(INFO, "rcu: srcu_init: Setting srcu_struct sizes based on contention.");
}

pub(super) fn console(_: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    for _ in 0..TERMINALS {
        k.add_serial_terminal();
    }
    k.enable_consoles();
}

pub(super) fn calibration(_: &mut Boot, k: &mut Kernel, board: &mut Board, _: &mut Trace) {
    k.printk(INFO, "APIC: Switch to symmetric I/O mode setup");
    let mhz = board.cpu_model.mhz;
    let (jiffy_loops, bogomips) = (loops_per_jiffy(mhz), bogomips(mhz, 1));
    k.printk(
        INFO,
        format!(
            "Calibrating delay loop (skipped), value calculated using timer frequency.. {bogomips} BogoMIPS \
             (lpj={jiffy_loops})"
        ),
    );
}

fn loops_per_jiffy(mhz: u32) -> u64 {
    u64::from(mhz) * 1_000_000 / HZ
}

/// Two bogus instructions a loop, as the kernel prints them: with two digits cut off, not rounded.
pub(in crate::kernel) fn bogomips(mhz: u32, cpus: u64) -> String {
    let loops = loops_per_jiffy(mhz) * cpus;
    format!("{}.{:02}", loops / (500_000 / HZ), loops / (5_000 / HZ) % 100)
}

pub(super) fn tables(boot: &mut Boot, k: &mut Kernel, board: &mut Board, _: &mut Trace) {
    // PID_MAX_DEFAULT, or 1024 for each processor, and 8 of those at the least: pid_idr_init.
    let cpus = k.info.cpus;
    let (pid_max, minimum) = ((1024 * cpus).max(32_768), (8 * cpus).max(301));
    k.printk(INFO, format!("pid_max: default: {pid_max} minimum: {minimum}"));
    k.printk(INFO, "LSM: initializing lsm=capability");
    let pages = usable_pages(boot);
    hash_table(k, "Mount-cache", pages, 7, 8);
    hash_table(k, "Mountpoint-cache", pages, 7, 8);
    let cpu = &board.cpu_model;
    let (brand, family, model, stepping) = (cpu.brand, cpu.family, cpu.model, cpu.stepping);
    let cpu0 =
        format!("smpboot: CPU0: {brand} (family: {family:#x}, model: {model:#x}, stepping: {stepping:#x})");
    k.printk(INFO, cpu0);
    if board.spec().firmware.virtualisation == Switch::Off {
        k.printk(ERR, "x86/cpu: VMX (outside TXT) disabled by BIOS");
    }
    k.printk(INFO, "rcu: Hierarchical SRCU implementation.");
    k.printk(INFO, "rcu: \tMax phase no-delay instances is 1000.");
}

/// The first processor wakes the others, which wait for its message.
pub(super) fn processors(boot: &mut Boot, k: &mut Kernel, board: &mut Board, trace: &mut Trace) {
    // Process 1 goes on with the start from here: rest_init.
    boot.init = Some(k.spawn_init());
    k.printk(INFO, "smp: Bringing up secondary CPUs ...");
    let others: Vec<u32> = board.cpus.iter().map(|cpu| cpu.apic_id).skip(1).collect();
    if !others.is_empty() {
        k.printk(INFO, "smpboot: x86: Booting SMP configuration:");
        let width = board.cpus.len().ilog10() as usize + 2;
        let names: String = others.iter().map(|cpu| format!(" {:>width$}", format!("#{cpu}"))).collect();
        let pad = " ".repeat(width + 1);
        k.printk(INFO, format!(".... node  #0, CPUs:  {pad}{names}"));
    }
    for apic_id in others {
        board.set_cpu(trace, apic_id, CpuState::Running, CpuMode::Long, Ring::Ring0);
    }
    let cpus = k.info.cpus;
    let plural = if cpus > 1 { "s" } else { "" };
    k.printk(INFO, format!("smp: Brought up 1 node, {cpus} CPU{plural}"));
    let total = bogomips(board.cpu_model.mhz, u64::from(cpus));
    k.printk(INFO, format!("smpboot: Total of {cpus} processors activated ({total} BogoMIPS)"));
    let all_kib = usable_pages(boot) * (PAGE / 1024);
    let free_kib = k.memory().total_bytes / 1024;
    let reserved_kib = all_kib.saturating_sub(free_kib);
    k.printk(
        INFO,
        format!("Memory: {free_kib}K/{all_kib}K available ({reserved_kib}K reserved, 0K cma-reserved)"),
    );
}

pub(super) fn driver_model(_: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    k.printk(INFO, "devtmpfs: initialized");
    let entries = 256 * k.info.cpus.next_power_of_two();
    let bytes = u64::from(entries) * 64;
    let order = (bytes / PAGE).ilog2();
    k.printk(INFO, format!("futex hash table entries: {entries} (order: {order}, {bytes} bytes, linear)"));
    k.printk(INFO, "NET: Registered PF_NETLINK/PF_ROUTE protocol family");
}
