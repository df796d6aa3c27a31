//! /proc/cpuinfo: `show_cpuinfo` in arch/x86/kernel/cpu/proc.c.

use std::fmt::Write;

use crate::kernel::Kernel;
use crate::kernel::boot::bogomips;
use crate::kernel::table::TaskId;

/// The highest leaf of CPUID: that of the micro-architecture that the board's processors are of.
const CPUID_LEVEL: u32 = 11;
/// A cache line, in bytes.
const CACHE_LINE: u32 = 64;

/// A paragraph for each processor.
pub(super) fn cpuinfo(k: &Kernel, _: TaskId) -> String {
    (0..k.info.cpus).map(|cpu| paragraph(k, cpu)).collect()
}

fn paragraph(k: &Kernel, cpu: u32) -> String {
    let (model, cores) = (&k.info.cpu_model, k.info.cores_per_socket);
    let (physical, virtual_) = (model.physical_address_bits, model.virtual_address_bits);
    let mut text = String::new();
    for (name, value) in [
        ("processor", cpu.to_string()),
        ("vendor_id", model.vendor.to_owned()),
        ("cpu family", model.family.to_string()),
        ("model\t", model.model.to_string()),
        ("model name", model.brand.to_owned()),
        ("stepping", model.stepping.to_string()),
        ("microcode", format!("{:#x}", model.microcode)),
        ("cpu MHz\t", format!("{}.000", model.mhz)),
        ("cache size", format!("{} KB", model.l3_kib)),
        ("physical id", (cpu / cores).to_string()),
        ("siblings", cores.to_string()),
        ("core id\t", (cpu % cores).to_string()),
        ("cpu cores", cores.to_string()),
        ("apicid\t", cpu.to_string()),
        ("initial apicid", cpu.to_string()),
        ("fpu\t", "yes".to_owned()),
        ("fpu_exception", "yes".to_owned()),
        ("cpuid level", CPUID_LEVEL.to_string()),
        ("wp\t", "yes".to_owned()),
        ("flags\t", model.flags.join(" ")),
        // None is modelled.
        ("bugs\t", String::new()),
        ("bogomips", bogomips(model.mhz, 1)),
        ("clflush size", CACHE_LINE.to_string()),
        ("cache_alignment", CACHE_LINE.to_string()),
        ("address sizes", format!("{physical} bits physical, {virtual_} bits virtual")),
    ] {
        let blank = if value.is_empty() { "" } else { " " };
        let _ = writeln!(text, "{name}\t:{blank}{value}");
    }
    text + "power management:\n\n"
}
