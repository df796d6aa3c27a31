//! Disks as the factory or the installer leaves them.

use super::boot_code::{BootSector, CORE_FIRST_LBA, CoreImage, efi_application};
use super::bzimage::bzimage;
use super::fat::{self, Identity};
use super::partition::{EFI_SYSTEM, Guid, LINUX_FILESYSTEM, NewPartition, write_gpt, write_mbr};
use super::root::KERNEL_RELEASE;
use super::{FileTree, ROOT, Software, initramfs, root};
use crate::hardware::spec::{BoardSpec, DiskContent, DiskSpec, Fault, FirmwareKind};
use crate::hardware::{BeyondEnd, Disk, SECTOR_LEN};

/// Partitions begin on a MiB.
const ALIGNMENT_SECTORS: u64 = 2048;
/// The boot partition: 64 MiB.
const BOOT_SECTORS: u64 = 64 * 2048;
const MBR_KIND_FAT32: u8 = 0x0c;
const MBR_KIND_LINUX: u8 = 0x83;

/// Identities are fixed, so that the same spec gives the same bytes.
const DISK_ID: u32 = 0x6c68_7367;
const DISK_GUID: Guid = Guid(0x5a1f_9c3e, 0x7b42, 0x4d08, [0x9e, 0x61, 0x2c, 0x84, 0xd0, 0x3f, 0x5b, 0x17]);
const BOOT_GUID: Guid = Guid(0xb3d4_06f7, 0x1c95, 0x46ea, [0x8a, 0x2d, 0x70, 0xf9, 0x13, 0xce, 0x48, 0x65]);
const ROOT_GUID: Guid = Guid(0x2e78_d150, 0xa6c3, 0x4f1b, [0xb7, 0x94, 0x5d, 0x0e, 0x68, 0xa1, 0xf2, 0x3c]);
const BOOT_SERIAL: u32 = 0x6c61_7373;

/// The disk of this number, with the content its spec asks for.
pub fn disk(number: u32, disk_spec: &DiskSpec, board: &BoardSpec, software: Software) -> Disk {
    let mut disk = Disk::new((disk_spec.size_mib << 20) / SECTOR_LEN);
    if disk_spec.content == DiskContent::System {
        install(&mut disk, number, board, software).expect("a checked spec leaves room for the image");
    }
    disk
}

fn install(disk: &mut Disk, number: u32, board: &BoardSpec, software: Software) -> Result<(), BeyondEnd> {
    let root_first = ALIGNMENT_SECTORS + BOOT_SECTORS;
    // GPT keeps a copy of itself at the end, and tools align the end as well as the start.
    let root_sectors = disk.sector_count() - root_first - ALIGNMENT_SECTORS;
    let partitions = [
        NewPartition {
            first_lba: ALIGNMENT_SECTORS,
            sectors: BOOT_SECTORS,
            mbr_kind: MBR_KIND_FAT32,
            gpt_kind: EFI_SYSTEM,
            gpt_unique: BOOT_GUID,
            name: "EFI System Partition",
        },
        NewPartition {
            first_lba: root_first,
            sectors: root_sectors,
            mbr_kind: MBR_KIND_LINUX,
            gpt_kind: LINUX_FILESYSTEM,
            gpt_unique: ROOT_GUID,
            name: "root",
        },
    ];
    match board.firmware.kind {
        FirmwareKind::Bios => {
            install_boot_sector(disk)?;
            write_mbr(disk, DISK_ID, &partitions)?;
        }
        FirmwareKind::Uefi => write_gpt(disk, DISK_GUID, &partitions)?,
    }
    let (label, files) = (*b"GLASSHULL  ", boot_files(number, board));
    let identity = Identity { label, serial: BOOT_SERIAL };
    fat::make(disk, ALIGNMENT_SECTORS, BOOT_SECTORS, identity, &files)?;
    let root = root_files(board, software).archive();
    disk.write_many(root_first, &root)?;
    break_sectors(disk, board)
}

/// What the core image does before it reads grub.cfg: talk on the serial line.
const EMBEDDED_CONFIG: &str = "\
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
";

/// The length of the core image, as Debian's is with the modules this machine needs; what our core
/// image leaves free stays zero.
const CORE_SECTORS: u64 = 302;

fn install_boot_sector(disk: &mut Disk) -> Result<(), BeyondEnd> {
    let core =
        CoreImage { prefix: "(hd0,msdos1)/grub".to_owned(), embedded_config: EMBEDDED_CONFIG.to_owned() };
    disk.write_many(CORE_FIRST_LBA, &core.to_bytes())?;
    let boot_sector = BootSector { core_lba: CORE_FIRST_LBA, core_sectors: CORE_SECTORS };
    disk.write_many(0, &boot_sector.code())
}

/// The files of the boot partition.
fn boot_files(number: u32, board: &BoardSpec) -> Vec<(String, Vec<u8>)> {
    let has = |fault: Fault| board.faults.contains(&fault);
    if board.firmware.kind == FirmwareKind::Uefi && has(Fault::EmptyEsp) {
        return Vec::new();
    }
    let mut files = Vec::new();
    if board.firmware.kind == FirmwareKind::Uefi {
        let prefix = "(hd0,gpt1)/grub".to_owned();
        let core = CoreImage { prefix, embedded_config: EMBEDDED_CONFIG.to_owned() };
        files.push(("EFI/BOOT/BOOTX64.EFI".to_owned(), efi_application(&core)));
    }
    if !has(Fault::GrubConfigMissing) {
        files.push(("grub/grub.cfg".to_owned(), grub_config(number, board).into_bytes()));
    }
    if !has(Fault::KernelMissing) {
        let kernel = bzimage();
        let kernel = if has(Fault::KernelDamaged) { vec![0; kernel.len()] } else { kernel };
        files.push((format!("vmlinuz-{KERNEL_RELEASE}"), kernel));
    }
    if !has(Fault::InitramfsMissing) {
        files.push((format!("initrd.img-{KERNEL_RELEASE}"), initramfs_files(board).archive()));
    }
    files
}

fn grub_config(number: u32, board: &BoardSpec) -> String {
    let has = |fault: Fault| board.faults.contains(&fault);
    let root = match has(Fault::WrongRoot) {
        true => "/dev/vdz2".to_owned(),
        // As the kernel will call it: the second partition of this disk.
        false => format!("/dev/vd{}2", char::from(b'a' + number as u8)),
    };
    let initrd = if has(Fault::NoInitrdLine) {
        String::new()
    } else {
        format!("\techo\t'Loading initial ramdisk ...'\n\tinitrd\t/initrd.img-{KERNEL_RELEASE}\n")
    };
    format!(
        "\
set default=0
set timeout=1

menuentry 'Glasshull GNU/Linux' {{
\techo\t'Loading Linux {KERNEL_RELEASE} ...'
\tlinux\t/vmlinuz-{KERNEL_RELEASE} root={root} ro console=ttyS0
{initrd}}}

menuentry 'Power off' {{
\thalt
}}
"
    )
}

fn initramfs_files(board: &BoardSpec) -> FileTree {
    let mut files = initramfs();
    if board.faults.contains(&Fault::InitramfsWithoutInit) {
        files.remove("init");
    }
    if board.faults.contains(&Fault::InitramfsInitDamaged) {
        files.file("init", 0o755, ROOT, *b"neither ELF nor script\n");
    }
    files
}

fn root_files(board: &BoardSpec, software: Software) -> FileTree {
    let mut files = root(software, &board.passwords);
    if board.faults.contains(&Fault::NoInit) {
        for path in ["usr/sbin/init", "usr/bin/sh", "usr/bin/bash"] {
            files.remove(path);
        }
    }
    files
}

fn break_sectors(disk: &mut Disk, board: &BoardSpec) -> Result<(), BeyondEnd> {
    if board.faults.contains(&Fault::NoBootSignature) {
        let mut sector = disk.read(0)?;
        sector[510..].fill(0);
        disk.write(0, &sector)?;
    }
    if board.faults.contains(&Fault::DamagedGptHeader) {
        let mut sector = disk.read(1)?;
        sector[16..20].copy_from_slice(b"\xde\xad\xbe\xef"); // the header's checksum
        disk.write(1, &sector)?;
    }
    Ok(())
}
