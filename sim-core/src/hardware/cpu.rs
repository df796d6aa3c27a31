//! Processors: what they are, and what each is doing at the moment.

use serde::{Deserialize, Serialize};

/// A privilege ring of the x86: firmware, bootloader and kernel run in ring 0, user space in ring 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    Ring0,
    Ring1,
    Ring2,
    Ring3,
}

/// How a processor reads addresses and instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CpuMode {
    /// 16 bits, segment times 16 plus offset, no protection: how every x86 starts.
    Real,
    /// 32 bits with segment descriptors and rings.
    Protected,
    /// 64 bits with page tables.
    Long,
}

/// What a processor is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CpuState {
    /// Without power.
    Off,
    /// Executes instructions.
    Running,
    /// Waits for the start-up message of the processor that came up first.
    WaitingForSipi,
    /// Executed HLT with interrupts off; only a reset wakes it.
    Halted,
}

/// One logical processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cpu {
    pub apic_id: u32,
    pub socket: u32,
    /// Within the socket.
    pub core: u32,
    pub state: CpuState,
    pub mode: CpuMode,
    pub ring: Ring,
}

impl Cpu {
    /// As reset leaves it: the first processor runs in real mode, the others wait to be started.
    pub(super) fn reset(&mut self) {
        self.state = if self.apic_id == 0 { CpuState::Running } else { CpuState::WaitingForSipi };
        self.mode = CpuMode::Real;
        self.ring = Ring::Ring0;
    }
}

/// What CPUID says about the processors of the board; all are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CpuModel {
    pub vendor: &'static str,
    pub brand: &'static str,
    pub family: u32,
    pub model: u32,
    pub stepping: u32,
    pub microcode: u32,
    pub mhz: u32,
    pub l1d_kib: u32,
    pub l1i_kib: u32,
    pub l2_kib: u32,
    /// Shared by a socket.
    pub l3_kib: u32,
    pub physical_address_bits: u32,
    pub virtual_address_bits: u32,
    /// Feature names in the order of /proc/cpuinfo.
    pub flags: Vec<&'static str>,
}

/// Is a feature there and switched on?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    On,
    Off,
}

impl CpuModel {
    /// The processor of every board so far: an x86-64 of the second micro-architecture level.
    /// The firmware hides `vmx` when virtualisation is switched off.
    pub(super) fn new(virtualisation: Switch) -> CpuModel {
        let mut flags = Vec::from(FLAGS);
        if virtualisation == Switch::Off {
            flags.retain(|&flag| flag != "vmx");
        }
        CpuModel {
            vendor: "GenuineIntel",
            brand: "Glasshull x86-64 Processor @ 2.40GHz",
            family: 6,
            model: 44,
            stepping: 2,
            microcode: 0x1,
            mhz: 2400,
            l1d_kib: 32,
            l1i_kib: 32,
            l2_kib: 256,
            l3_kib: 8192,
            physical_address_bits: 40,
            virtual_address_bits: 48,
            flags,
        }
    }
}

const FLAGS: [&str; 48] = [
    "fpu",
    "vme",
    "de",
    "pse",
    "tsc",
    "msr",
    "pae",
    "mce",
    "cx8",
    "apic",
    "sep",
    "mtrr",
    "pge",
    "mca",
    "cmov",
    "pat",
    "pse36",
    "clflush",
    "mmx",
    "fxsr",
    "sse",
    "sse2",
    "ht",
    "syscall",
    "nx",
    "pdpe1gb",
    "rdtscp",
    "lm",
    "constant_tsc",
    "rep_good",
    "nopl",
    "xtopology",
    "nonstop_tsc",
    "cpuid",
    "pni",
    "pclmulqdq",
    "vmx",
    "ssse3",
    "cx16",
    "pcid",
    "sse4_1",
    "sse4_2",
    "x2apic",
    "popcnt",
    "tsc_deadline_timer",
    "aes",
    "lahf_lm",
    "arat",
];
