//! What a board is made of, as data: the `machine:` of a scenario.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Switch;

/// A board to build. Everything has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoardSpec {
    pub sockets: u32,
    pub cores_per_socket: u32,
    /// The sizes of the memory modules, slot by slot.
    pub ram_mib: Vec<u64>,
    pub disks: Vec<DiskSpec>,
    /// The network cards.
    pub nics: Vec<NicSpec>,
    pub firmware: FirmwareSpec,
    /// What the battery-backed clock says at power-on: seconds since 1970.
    pub rtc_s: u64,
    pub passwords: Passwords,
    /// What is broken.
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiskSpec {
    pub size_mib: u64,
    pub content: DiskContent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskContent {
    /// The default image: bootloader, kernel, initramfs and root file system.
    System,
    /// Zeros, as from the factory.
    Blank,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NicSpec {
    /// Six bytes in hexadecimal, with colons between.
    pub mac: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirmwareKind {
    Bios,
    Uefi,
}

/// The firmware and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FirmwareSpec {
    pub kind: FirmwareKind,
    /// Which disks to try, first to last, by their place in `disks`; all in their order if not given.
    pub boot_order: Option<Vec<u32>>,
    pub virtualisation: Switch,
    /// UEFI alone knows it: start only what is signed with a known key.
    pub secure_boot: Switch,
}

/// Passwords of the image's users; empty means that login asks for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    pub root: String,
    pub ada: String,
}

/// Something broken on purpose. Each is made in the hardware or in the bytes of the disks; no firmware
/// or kernel code knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No memory module is plugged in.
    NoRam,
    /// Every memory module has a stuck bit.
    BadRam,
    /// The boot sector does not end in 0x55 0xAA.
    NoBootSignature,
    /// The EFI system partition has no files.
    EmptyEsp,
    /// The partition table's first copy is damaged (GPT: the second one still holds).
    DamagedGptHeader,
    /// The kernel that grub.cfg names is not there.
    KernelMissing,
    /// The kernel file holds something else.
    KernelDamaged,
    /// The initramfs that grub.cfg names is not there.
    InitramfsMissing,
    /// There is no grub.cfg.
    GrubConfigMissing,
    /// grub.cfg's kernel command line names a root device that does not exist.
    WrongRoot,
    /// grub.cfg loads no initramfs.
    NoInitrdLine,
    /// The initramfs has no `/init`.
    InitramfsWithoutInit,
    /// The initramfs's `/init` is no program.
    InitramfsInitDamaged,
    /// The root file system has no init and no shell.
    NoInit,
}

impl Default for BoardSpec {
    fn default() -> Self {
        BoardSpec {
            sockets: 1,
            cores_per_socket: 4,
            ram_mib: vec![1024, 1024],
            disks: vec![DiskSpec::default()],
            nics: vec![NicSpec::default()],
            firmware: FirmwareSpec::default(),
            rtc_s: 1_767_225_600, // 2026-01-01 00:00:00 UTC
            passwords: Passwords::default(),
            faults: Vec::new(),
        }
    }
}

impl Default for DiskSpec {
    fn default() -> Self {
        DiskSpec { size_mib: 8192, content: DiskContent::System }
    }
}

impl Default for NicSpec {
    fn default() -> Self {
        NicSpec { mac: "52:54:00:12:34:56".to_owned() }
    }
}

impl Default for FirmwareSpec {
    fn default() -> Self {
        FirmwareSpec {
            kind: FirmwareKind::Bios,
            boot_order: None,
            virtualisation: Switch::On,
            secure_boot: Switch::Off,
        }
    }
}

/// Why a board cannot be built from a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// The key at fault, such as `disks[0].size_mib`.
    pub key: String,
    pub problem: String,
    /// What to write instead.
    pub advice: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "machine: {}: {}; {}", self.key, self.problem, self.advice)
    }
}

impl std::error::Error for SpecError {}

/// The smallest disk that the default image fits on, in MiB.
const SYSTEM_DISK_MIB_MIN: u64 = 128;
const DISK_MIB_MAX: u64 = 2 * 1024 * 1024;
const RAM_MODULE_MIB_MIN: u64 = 64;
const RAM_MODULE_MIB_MAX: u64 = 64 * 1024;
const RAM_SLOTS: u32 = 8;
const CPUS_MAX: u32 = 64;
/// The free slots of the one PCI bus, shared by disks and network cards.
const PCI_SLOTS: u32 = 28;

impl BoardSpec {
    /// Is this a board that can be built?
    pub fn check(&self) -> Result<(), SpecError> {
        let cpus = u64::from(self.sockets) * u64::from(self.cores_per_socket);
        ensure((1..=u64::from(CPUS_MAX)).contains(&cpus), "cores_per_socket", || {
            (format!("the board would have {cpus} cores"), format!("give it 1 to {CPUS_MAX} in all"))
        })?;
        let modules = self.ram_mib.len() as u64;
        ensure((1..=u64::from(RAM_SLOTS)).contains(&modules), "ram_mib", || {
            let advice = format!("list 1 to {RAM_SLOTS}, and use the fault `no_ram` for an empty board");
            (format!("{modules} memory modules"), advice)
        })?;
        for (slot, &mib) in self.ram_mib.iter().enumerate() {
            let range = RAM_MODULE_MIB_MIN..=RAM_MODULE_MIB_MAX;
            ensure(range.contains(&mib) && mib.is_power_of_two(), &format!("ram_mib[{slot}]"), || {
                let advice = format!("use a power of two from {RAM_MODULE_MIB_MIN} to {RAM_MODULE_MIB_MAX}");
                (format!("there is no module of {mib} MiB"), advice)
            })?;
        }
        self.check_cards()
    }

    fn check_cards(&self) -> Result<(), SpecError> {
        let cards = (self.disks.len() + self.nics.len()) as u64;
        ensure(cards <= u64::from(PCI_SLOTS), "disks", || {
            let advice = format!("use at most {PCI_SLOTS} disks and network cards together");
            (format!("{cards} cards do not fit the PCI bus"), advice)
        })?;
        for (index, disk) in self.disks.iter().enumerate() {
            let min = if disk.content == DiskContent::System { SYSTEM_DISK_MIB_MIN } else { 1 };
            ensure(
                (min..=DISK_MIB_MAX).contains(&disk.size_mib),
                &format!("disks[{index}].size_mib"),
                || {
                    let advice = format!("use {min} to {DISK_MIB_MAX}");
                    (format!("{} MiB do not hold this content", disk.size_mib), advice)
                },
            )?;
        }
        for (index, nic) in self.nics.iter().enumerate() {
            ensure(parse_mac(&nic.mac).is_some(), &format!("nics[{index}].mac"), || {
                (
                    format!("`{}` is no MAC address", nic.mac),
                    "write six bytes as 52:54:00:12:34:56".to_owned(),
                )
            })?;
        }
        ensure(self.firmware.boot_order != Some(Vec::new()), "firmware.boot_order", || {
            ("it names no disk".to_owned(), "leave it out to try all disks".to_owned())
        })?;
        for (index, &disk) in self.firmware.boot_order.iter().flatten().enumerate() {
            let before = self.firmware.boot_order.iter().flatten().take(index);
            ensure(
                before.clone().all(|other| *other != disk),
                &format!("firmware.boot_order[{index}]"),
                || (format!("disk {disk} stands there already"), "name each disk once".to_owned()),
            )?;
            ensure((disk as usize) < self.disks.len(), &format!("firmware.boot_order[{index}]"), || {
                (format!("there is no disk {disk}"), "number the disks from 0".to_owned())
            })?;
        }
        let secure_bios = self.firmware.kind == FirmwareKind::Bios && self.firmware.secure_boot == Switch::On;
        ensure(!secure_bios, "firmware.secure_boot", || {
            ("a BIOS has no Secure Boot".to_owned(), "switch it off, or use `kind: uefi`".to_owned())
        })
    }
}

fn ensure(
    holds: bool,
    key: &str,
    problem_and_advice: impl FnOnce() -> (String, String),
) -> Result<(), SpecError> {
    if holds {
        return Ok(());
    }
    let (problem, advice) = problem_and_advice();
    Err(SpecError { key: key.to_owned(), problem, advice })
}

/// The six bytes of a MAC address in its usual notation.
pub(super) fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

/// The named boards of scenarios and of the page.
pub const NAMED: &[(&str, &str)] = &[
    ("default", "one socket, four cores, 2 GiB, one disk, BIOS"),
    ("bios", "the default board"),
    ("uefi", "the default board with UEFI firmware"),
    ("no-ram", "no memory module in any slot"),
    ("bad-ram", "memory with a stuck bit"),
    ("no-disk", "BIOS, and no disk at all"),
    ("blank-disk", "BIOS, and a disk that holds nothing"),
    ("no-boot-signature", "BIOS, and a boot sector that does not end in 55 AA"),
    ("uefi-no-disk", "UEFI, and no disk at all"),
    ("uefi-empty-esp", "UEFI, and an EFI system partition without files"),
    ("uefi-damaged-gpt", "UEFI, and a disk whose first GPT header is damaged"),
    ("uefi-secure-boot", "UEFI with Secure Boot on, and a bootloader nobody signed"),
    ("kernel-missing", "the kernel file is not where grub.cfg says"),
    ("kernel-damaged", "the kernel file holds something else"),
    ("initramfs-missing", "the initramfs is not where grub.cfg says"),
    ("grub-config-missing", "there is no grub.cfg"),
    ("wrong-root", "the kernel is told of a root device that does not exist, and has no initramfs"),
    ("no-init", "an initramfs whose init is no program, and nothing else to run"),
];

/// The named board `name`, if there is one.
pub fn named(name: &str) -> Option<BoardSpec> {
    let default = BoardSpec::default();
    let uefi = BoardSpec {
        firmware: FirmwareSpec { kind: FirmwareKind::Uefi, ..FirmwareSpec::default() },
        ..BoardSpec::default()
    };
    let no_disk = |spec: BoardSpec| BoardSpec { disks: Vec::new(), ..spec };
    let broken = |faults: &[Fault], spec: BoardSpec| BoardSpec { faults: faults.to_vec(), ..spec };
    Some(match name {
        "default" | "bios" => default,
        "uefi" => uefi,
        "no-ram" => broken(&[Fault::NoRam], default),
        "bad-ram" => broken(&[Fault::BadRam], default),
        "no-disk" => no_disk(default),
        "blank-disk" => {
            let disks = vec![DiskSpec { content: DiskContent::Blank, ..DiskSpec::default() }];
            BoardSpec { disks, ..default }
        }
        "no-boot-signature" => broken(&[Fault::NoBootSignature], default),
        "uefi-no-disk" => no_disk(uefi),
        "uefi-empty-esp" => broken(&[Fault::EmptyEsp], uefi),
        "uefi-damaged-gpt" => broken(&[Fault::DamagedGptHeader], uefi),
        "uefi-secure-boot" => {
            let firmware = FirmwareSpec { secure_boot: Switch::On, ..uefi.firmware };
            BoardSpec { firmware, ..uefi }
        }
        "kernel-missing" => broken(&[Fault::KernelMissing], default),
        "kernel-damaged" => broken(&[Fault::KernelDamaged], default),
        "initramfs-missing" => broken(&[Fault::InitramfsMissing], default),
        "grub-config-missing" => broken(&[Fault::GrubConfigMissing], default),
        "wrong-root" => broken(&[Fault::WrongRoot, Fault::NoInitrdLine], default),
        "no-init" => broken(&[Fault::InitramfsInitDamaged, Fault::NoInit], default),
        _ => return None,
    })
}
