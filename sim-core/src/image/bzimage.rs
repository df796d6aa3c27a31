//! The kernel's file: a bzImage with the setup header that bootloaders read.
//!
//! Source: the kernel's Documentation/arch/x86/boot.rst, boot protocol 2.15. What follows the header is a
//! marker, not code: the simulated kernel is part of this program.

use std::fmt;

use super::root::KERNEL_RELEASE;

/// Sectors of real-mode code after the first.
const SETUP_SECTORS: u8 = 4;
const SECTOR_LEN: usize = 512;
/// The protected-mode part; the real one is a compressed kernel.
const PAYLOAD_LEN: usize = 64 * 1024;
const PAYLOAD_MARKER: &[u8] = b"Glasshull kernel: the code is in the simulator\n";
/// Where kernel_version points, less the 512 bytes that boot.rst has it count from.
const VERSION_OFFSET: u16 = 0x300;

const SETUP_SECTS: usize = 0x1f1;
const SYSSIZE: usize = 0x1f4;
const BOOT_FLAG: usize = 0x1fe;
const JUMP: usize = 0x200;
const HEADER: usize = 0x202;
const VERSION: usize = 0x206;
const KERNEL_VERSION: usize = 0x20e;
const LOADFLAGS: usize = 0x211;
const CODE32_START: usize = 0x214;
const INITRD_ADDR_MAX: usize = 0x22c;
const KERNEL_ALIGNMENT: usize = 0x230;
const RELOCATABLE_KERNEL: usize = 0x234;
const MIN_ALIGNMENT: usize = 0x235;
const XLOADFLAGS: usize = 0x236;
const CMDLINE_SIZE: usize = 0x238;
const PREF_ADDRESS: usize = 0x258;
const INIT_SIZE: usize = 0x260;

/// The kernel file of the default image.
pub fn bzimage() -> Vec<u8> {
    let mut file = vec![0; (usize::from(SETUP_SECTORS) + 1) * SECTOR_LEN];
    let mut put = |offset: usize, bytes: &[u8]| file[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(SETUP_SECTS, &[SETUP_SECTORS]);
    put(SYSSIZE, &(PAYLOAD_LEN as u32 / 16).to_le_bytes());
    put(BOOT_FLAG, &[0x55, 0xaa]);
    put(JUMP, &[0xeb, 0x66]);
    put(HEADER, b"HdrS");
    put(VERSION, &0x020f_u16.to_le_bytes());
    put(KERNEL_VERSION, &VERSION_OFFSET.to_le_bytes());
    put(LOADFLAGS, &[1]); // LOADED_HIGH: the protected-mode part goes to 1 MiB
    put(CODE32_START, &0x10_0000_u32.to_le_bytes());
    put(INITRD_ADDR_MAX, &0x7fff_ffff_u32.to_le_bytes());
    put(KERNEL_ALIGNMENT, &0x20_0000_u32.to_le_bytes());
    put(RELOCATABLE_KERNEL, &[1]);
    put(MIN_ALIGNMENT, &[21]);
    put(XLOADFLAGS, &0x3f_u16.to_le_bytes());
    put(CMDLINE_SIZE, &2047_u32.to_le_bytes());
    put(PREF_ADDRESS, &0x100_0000_u64.to_le_bytes());
    put(INIT_SIZE, &0x100_0000_u32.to_le_bytes());
    put(usize::from(VERSION_OFFSET) + SECTOR_LEN, version_string().as_bytes());
    file.extend(PAYLOAD_MARKER);
    file.resize(file.len() - PAYLOAD_MARKER.len() + PAYLOAD_LEN, 0);
    file
}

fn version_string() -> String {
    format!("{KERNEL_RELEASE} (glasshull@glasshull) #1 SMP PREEMPT_DYNAMIC Glasshull 6.18.0-1 (2025-12-01)")
}

/// What a bootloader learns from the setup header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupHeader {
    /// Boot protocol: major in the high byte, minor in the low.
    pub protocol: u16,
    /// Release, builder and version, as `file` shows it.
    pub kernel_version: String,
    /// Sectors of real-mode code after the first.
    pub setup_sectors: u8,
    /// The length of the protected-mode part.
    pub payload_bytes: u64,
    /// Where the protected-mode part is loaded.
    pub load_address: u64,
    /// The longest command line, without its null byte.
    pub command_line_max: u32,
    /// How much memory the kernel needs before it knows the memory map.
    pub init_size_bytes: u32,
}

impl SetupHeader {
    /// The release, as `uname -r` says it.
    pub fn release(&self) -> &str {
        self.kernel_version.split(' ').next().unwrap_or_default()
    }

    /// Who built it: what stands in parentheses behind the release.
    pub fn built_by(&self) -> &str {
        let behind = self.kernel_version.split_once(" (").map_or("", |(_, behind)| behind);
        behind.split_once(')').map_or("", |(builder, _)| builder)
    }

    /// The version, as `uname -v` says it: what follows the builder.
    pub fn version(&self) -> &str {
        self.kernel_version.split_once(") ").map_or("", |(_, version)| version)
    }
}

/// Why a file is not a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadKernel {
    /// The file ends before the setup header does.
    TooShort,
    /// The boot flag or `HdrS` is not where it must be.
    NoMagic,
}

impl fmt::Display for BadKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadKernel::TooShort => "the file ends inside the setup header",
            BadKernel::NoMagic => "no boot flag 0xAA55 and magic HdrS",
        })
    }
}

/// Reads the setup header of a kernel file.
pub fn setup_header(file: &[u8]) -> Result<SetupHeader, BadKernel> {
    let field = |offset: usize, len: usize| file.get(offset..offset + len).ok_or(BadKernel::TooShort);
    let number = |offset: usize, len: usize| {
        let bytes = field(offset, len)?;
        Ok(bytes.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte)))
    };
    field(0, 2 * SECTOR_LEN)?;
    if field(BOOT_FLAG, 2)? != [0x55, 0xaa] || field(HEADER, 4)? != b"HdrS" {
        return Err(BadKernel::NoMagic);
    }
    let setup_sectors = number(SETUP_SECTS, 1)? as u8;
    let version_at = number(KERNEL_VERSION, 2)? as usize + SECTOR_LEN;
    let version = file.get(version_at..).unwrap_or_default().split(|&byte| byte == 0).next();
    Ok(SetupHeader {
        protocol: number(VERSION, 2)? as u16,
        kernel_version: String::from_utf8_lossy(version.unwrap_or_default()).into_owned(),
        setup_sectors,
        payload_bytes: (file.len() as u64).saturating_sub((u64::from(setup_sectors) + 1) * SECTOR_LEN as u64),
        load_address: number(CODE32_START, 4)?,
        command_line_max: number(CMDLINE_SIZE, 4)? as u32,
        init_size_bytes: number(INIT_SIZE, 4)? as u32,
    })
}
