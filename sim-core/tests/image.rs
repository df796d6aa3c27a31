//! The bytes on the disk: partition tables, the FAT boot partition, the archives, the files in them.

use sim_core::hardware::spec::{self, BoardSpec, Passwords};
use sim_core::hardware::{Board, Disk};
use sim_core::image::cpio::{self, Entry};
use sim_core::image::fat::{self, EntryKind, Found};
use sim_core::image::partition::{GptCopy, PartitionTable, TableKind, read_table};
use sim_core::image::{self, KERNEL_RELEASE, Software, password, program_of, setup_header};

const SOFTWARE: Software = Software {
    programs: &["agetty", "init", "ls", "mount", "poweroff", "sh", "su", "umount"],
    files: &[("etc/glasshull/units/getty.unit", "[Unit]\n")],
};

fn disk(board: &str) -> Disk {
    Board::new(&spec::named(board).unwrap(), SOFTWARE).unwrap().disks.remove(0)
}

fn table(disk: &Disk) -> PartitionTable {
    read_table(disk).expect("the disk has a partition table")
}

fn read(disk: &Disk, path: &str) -> Vec<u8> {
    match fat::open(disk, &table(disk).partitions[0], path).0 {
        Ok(Found::File(bytes)) => bytes,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn the_boot_partition_holds_what_its_firmware_needs() {
    for (board, kind, files) in [
        ("bios", TableKind::Mbr, "grub/ initrd.img-6.18.0-glasshull vmlinuz-6.18.0-glasshull"),
        ("uefi", TableKind::Gpt, "EFI/ grub/ initrd.img-6.18.0-glasshull vmlinuz-6.18.0-glasshull"),
    ] {
        let disk = disk(board);
        assert_eq!(table(&disk).kind, kind);
        let Ok(Found::Directory(entries)) = fat::open(&disk, &table(&disk).partitions[0], "/").0 else {
            panic!("{board} has no boot partition")
        };
        let names: Vec<String> = entries
            .iter()
            .map(|entry| entry.name.clone() + if entry.kind == EntryKind::Directory { "/" } else { "" })
            .collect();
        assert_eq!(names.join(" "), files, "{board}");
        let header = setup_header(&read(&disk, &format!("/vmlinuz-{KERNEL_RELEASE}"))).unwrap();
        assert_eq!((header.protocol, header.release()), (0x020f, KERNEL_RELEASE));
        assert_eq!(header.version(), "#1 SMP PREEMPT_DYNAMIC Glasshull 6.18.0-1 (2025-12-01)");
        let initramfs = cpio::read(&read(&disk, &format!("initrd.img-{KERNEL_RELEASE}"))).unwrap();
        let init = initramfs.iter().find(|entry| entry.path == b"init").unwrap();
        assert_eq!(program_of(&init.data), Some(image::INITRAMFS_INIT));
    }
    // FAT knows no upper and lower case, and firmware writes its paths with backslashes.
    assert!(read(&disk("uefi"), "\\efi\\boot\\bootx64.EFI").starts_with(b"MZ"));
}

#[test]
fn either_copy_of_a_gpt_is_enough_and_damage_is_noticed() {
    let good = disk("uefi");
    let last = good.sector_count() - 1;
    let copies = [(1, 2), (last, last - 32)];
    let damage = |disk: &mut Disk, lba: u64, at: usize| {
        let mut sector = disk.read(lba).unwrap();
        sector[at] ^= 1;
        disk.write(lba, &sector).unwrap();
    };
    for (copy, (header, entries)) in [GptCopy::Primary, GptCopy::Backup].into_iter().zip(copies) {
        // A byte of each kind: signature, checksum, disk GUID, entry.
        for (lba, at) in [(header, 0), (header, 16), (header, 60), (entries, 33)] {
            let mut disk = disk("uefi");
            damage(&mut disk, lba, at);
            let expected = if copy == GptCopy::Primary { GptCopy::Backup } else { GptCopy::Primary };
            let read = table(&disk);
            assert_eq!(read.from, expected, "sector {lba}, byte {at}");
            assert_eq!(read.partitions, table(&good).partitions);
            damage(&mut disk, if copy == GptCopy::Primary { last } else { 1 }, 0);
            assert_eq!(read_table(&disk), None, "both copies are damaged");
        }
    }
}

/// The root partition is one cpio archive, from its first byte.
fn root_entries(disk: &Disk) -> Vec<Entry> {
    let root = table(disk).partitions[1].clone();
    let written = disk.written().map(|(lba, _)| lba).filter(|&lba| lba >= root.first_lba);
    let last = written.filter(|&lba| lba < root.first_lba + root.sectors).last().unwrap();
    cpio::read(&disk.read_many(root.first_lba, last + 2 - root.first_lba).unwrap()).unwrap()
}

/// Path, permissions in octal, owner and group, as Debian 12 has them.
const DEBIAN: &[(&str, u32, u32, u32)] = &[
    ("bin", 0o120777, 0, 0),
    ("etc/shadow", 0o100640, 0, 42),
    ("etc/passwd", 0o100644, 0, 0),
    ("root", 0o040700, 0, 0),
    ("home/ada", 0o040700, 1000, 1000),
    ("tmp", 0o041777, 0, 0),
    ("var/mail", 0o042775, 0, 8),
    ("var/local", 0o042775, 0, 50),
    ("usr/bin/ls", 0o100755, 0, 0),
    ("usr/bin/mount", 0o104755, 0, 0),
    ("usr/bin/umount", 0o104755, 0, 0),
    ("usr/bin/su", 0o104755, 0, 0),
    ("usr/sbin/agetty", 0o100755, 0, 0),
    ("usr/sbin/init", 0o100755, 0, 0),
    ("etc/glasshull/units", 0o040755, 0, 0),
    ("etc/glasshull/units/getty.unit", 0o100644, 0, 0),
];

#[test]
fn the_root_file_system_is_debians() {
    let entries = root_entries(&disk("default"));
    for &(path, mode, uid, gid) in DEBIAN {
        let entry = entries.iter().find(|entry| entry.path == path.as_bytes());
        let entry = entry.unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!((entry.mode, entry.uid, entry.gid), (mode, uid, gid), "{path}: {:o}", entry.mode);
    }
    let mut directories = vec![Vec::new()];
    for entry in &entries {
        let parent =
            entry.path.iter().rposition(|&byte| byte == b'/').map_or(&[][..], |at| &entry.path[..at]);
        let path = String::from_utf8_lossy(&entry.path);
        assert!(directories.iter().any(|known| known == parent), "{path} comes before its directory");
        if entry.kind() == cpio::S_IFDIR {
            directories.push(entry.path.clone());
        }
    }
}

#[test]
fn passwords_of_the_spec_open_the_accounts() {
    let passwords = Passwords { root: "s3cret".to_owned(), ada: String::new() };
    let spec = BoardSpec { passwords, ..BoardSpec::default() };
    let disk = Board::new(&spec, SOFTWARE).unwrap().disks.remove(0);
    let entries = root_entries(&disk);
    let shadow = entries.iter().find(|entry| entry.path == b"etc/shadow").unwrap();
    let shadow = String::from_utf8(shadow.data.clone()).unwrap();
    let field = |name: &str| {
        let line = shadow.lines().find(|line| line.split(':').next() == Some(name)).unwrap();
        line.split(':').nth(1).unwrap().to_owned()
    };
    assert!(password::verify("s3cret", &field("root")));
    assert!(!password::verify("", &field("root")));
    assert!(password::verify("", &field("ada")));
    assert_eq!(field("daemon"), "*");
}

/// Everything outside the root partition but the initramfs, as one number. Tables and file systems were checked with
/// `sfdisk -d`, `sgdisk -v` and `fsck.fat -n`, and booted by the real firmware and GRUB (see `serial.rs`). If
/// this number changes, so did those bytes: write them to a file with the example `disk_image`, check again,
/// and record the sessions anew where they differ.
#[test]
fn the_boot_bytes_are_those_that_real_tools_accepted() {
    for (board, expected) in [("bios", 904_528_670), ("uefi", 1_958_040_163)] {
        let faults = vec![spec::Fault::InitramfsMissing];
        let spec = BoardSpec { faults, ..spec::named(board).unwrap() };
        let disk = Board::new(&spec, SOFTWARE).unwrap().disks.remove(0);
        let root = table(&disk).partitions[1].clone();
        let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
        let mut digest = checksum.digest();
        for (lba, sector) in disk.written() {
            if !(root.first_lba..root.first_lba + root.sectors).contains(&lba) {
                digest.update(&lba.to_le_bytes());
                digest.update(sector);
            }
        }
        assert_eq!(digest.finalize(), expected, "{board}");
    }
}
