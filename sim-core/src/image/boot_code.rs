//! The bootloader's bytes on the disk: boot sector, core image, and the EFI application.
//!
//! They carry what the real ones carry (where the core image lies, the prefix, an embedded
//! configuration) and a marker in place of machine code: the simulated bootloader is part of this
//! program. Firmware that finds anything else in their place executes bytes it knows nothing about.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::hardware::Sector;

const BOOT_SECTOR_MARKER: &[u8] = b"Glasshull boot sector\0";
const CORE_MARKER: &[u8; 16] = b"Glasshull core\0\0";
/// The boot code ends where the disk's identifier and partition table begin.
const BOOT_CODE_LEN: usize = 440;
/// Where GRUB's boot sector keeps the address of the core image.
const CORE_LBA: usize = 0x5c;
const MARKER: usize = 0x65;
const CORE_SECTORS: usize = 0x80;

/// The first sector of the core image: the gap between the MBR and the first partition.
pub const CORE_FIRST_LBA: u64 = 1;

/// What the boot sector knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootSector {
    pub core_lba: u64,
    pub core_sectors: u64,
}

impl BootSector {
    /// The machine code part of the boot sector; the rest belongs to the partition table.
    pub fn code(self) -> [u8; BOOT_CODE_LEN] {
        let mut code = [0; BOOT_CODE_LEN];
        code[..3].copy_from_slice(&[0xeb, 0x63, 0x90]); // jmp over the data
        code[CORE_LBA..CORE_LBA + 8].copy_from_slice(&self.core_lba.to_le_bytes());
        code[MARKER..MARKER + BOOT_SECTOR_MARKER.len()].copy_from_slice(BOOT_SECTOR_MARKER);
        code[CORE_SECTORS..CORE_SECTORS + 8].copy_from_slice(&self.core_sectors.to_le_bytes());
        code
    }

    /// The boot sector whose code this is, if it is ours.
    pub fn recognise(sector: &Sector) -> Option<BootSector> {
        let number =
            |at: usize| u64::from_le_bytes(*sector[at..].first_chunk().expect("it is in the sector"));
        sector[MARKER..]
            .starts_with(BOOT_SECTOR_MARKER)
            .then(|| BootSector { core_lba: number(CORE_LBA), core_sectors: number(CORE_SECTORS) })
    }
}

/// The bootloader proper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreImage {
    /// Where its files are, such as `(hd0,msdos1)/grub`.
    pub prefix: String,
    /// Commands that run before the configuration file is read.
    pub embedded_config: String,
}

impl CoreImage {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for text in [&self.prefix, &self.embedded_config] {
            body.extend(u32::try_from(text.len()).expect("these texts are short").to_le_bytes());
            body.extend(text.as_bytes());
        }
        let mut bytes = CORE_MARKER.to_vec();
        bytes.extend(Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&body).to_le_bytes());
        bytes.extend(u32::try_from(body.len()).expect("these texts are short").to_le_bytes());
        bytes.extend(body);
        bytes
    }

    /// The core image at the start of `bytes`, if one is there and whole.
    pub fn recognise(bytes: &[u8]) -> Option<CoreImage> {
        let rest = bytes.strip_prefix(CORE_MARKER)?;
        let (checksum, rest) = split_number(rest)?;
        let (len, rest) = split_number(rest)?;
        let body = rest.get(..len as usize)?;
        if Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(body) != checksum {
            return None;
        }
        let (prefix, body) = split_text(body)?;
        let (embedded_config, _) = split_text(body)?;
        Some(CoreImage { prefix, embedded_config })
    }
}

fn split_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

fn split_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (len, rest) = split_number(bytes)?;
    let (text, rest) = rest.split_at_checked(len as usize)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

const DOS_HEADER_LEN: usize = 64;
const PE_HEADER_LEN: usize = 24;
const OPTIONAL_HEADER_LEN: u16 = 240;
const SECTION_HEADER_LEN: usize = 40;
const FILE_ALIGNMENT: u32 = 512;
const SECTION_ADDRESS: u32 = 0x1000;
/// The data directory that holds signatures, of the sixteen at the end of the optional header.
const CERTIFICATE_DIRECTORY: usize = 4;
const DIRECTORIES: usize = 112;

/// A PE32+ executable for x86-64 EFI (PE format, "EFI application") with `core` as its one section.
/// It carries no signature.
pub fn efi_application(core: &CoreImage) -> Vec<u8> {
    let section = core.to_bytes();
    let section_len = section.len() as u32;
    let mut file = vec![0; DOS_HEADER_LEN];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = DOS_HEADER_LEN as u8;
    file.extend(b"PE\0\0");
    file.extend(0x8664_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes()); // sections
    file.extend([0; 12]); // no time, no symbols
    file.extend(OPTIONAL_HEADER_LEN.to_le_bytes());
    file.extend(0x0206_u16.to_le_bytes()); // executable, no line numbers, no debug data

    let mut optional = vec![0; usize::from(OPTIONAL_HEADER_LEN)];
    let mut put =
        |offset: usize, value: u32| optional[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    let raw_len = section_len.next_multiple_of(FILE_ALIGNMENT);
    put(0, 0x20b); // PE32+
    put(4, raw_len); // size of code
    put(16, SECTION_ADDRESS); // entry point
    put(20, SECTION_ADDRESS); // base of code
    put(32, 0x1000); // section alignment
    put(36, FILE_ALIGNMENT);
    put(56, SECTION_ADDRESS + section_len.next_multiple_of(0x1000)); // size in memory
    put(60, FILE_ALIGNMENT); // size of headers
    put(68, 10); // subsystem: EFI application
    put(108, 16); // data directories, all empty
    file.extend(optional);

    file.extend(b".text\0\0\0");
    for field in [section_len, SECTION_ADDRESS, raw_len, FILE_ALIGNMENT, 0, 0, 0, 0x6000_0020] {
        file.extend(field.to_le_bytes());
    }
    file.resize(FILE_ALIGNMENT as usize, 0);
    file.extend(section);
    file.resize((FILE_ALIGNMENT + raw_len) as usize, 0);
    file
}

/// What UEFI firmware makes of a file it is to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EfiApplication {
    /// Where its signatures lie in the file, and how long they are.
    pub signature: Option<(u32, u32)>,
    /// The bootloader in it; none for code that no program of this machine put there.
    pub core: Option<CoreImage>,
}

/// Reads the headers of an EFI application; none if the file is no x86-64 PE32+ executable.
pub fn read_efi_application(file: &[u8]) -> Option<EfiApplication> {
    let pe = *file.get(0x3c)? as usize;
    if !file.starts_with(b"MZ") || file.get(pe..pe + 6)? != b"PE\0\0\x64\x86" {
        return None;
    }
    let optional = file.get(pe + PE_HEADER_LEN..)?;
    if optional.get(..2)? != [0x0b, 0x02] {
        return None;
    }
    let certificates = optional.get(DIRECTORIES + 8 * CERTIFICATE_DIRECTORY..)?.first_chunk::<8>()?;
    let section = optional.get(usize::from(OPTIONAL_HEADER_LEN)..)?.first_chunk::<SECTION_HEADER_LEN>()?;
    let raw_offset = u32::from_le_bytes([section[20], section[21], section[22], section[23]]) as usize;
    let core = file.get(raw_offset..).and_then(CoreImage::recognise);
    let (offset, rest) = split_number(certificates)?;
    let (len, _) = split_number(rest)?;
    Some(EfiApplication { signature: (len != 0).then_some((offset, len)), core })
}
