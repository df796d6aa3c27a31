//! GRUB's commands. GRUB manual, "Commands"; messages as GRUB 2.06 prints them.

use std::collections::BTreeMap;

use super::devices::{Device, Drives, open};
use super::handover::{Initramfs, KernelHandover, firmware_tables, memory_map};
use super::terminal::Terminal;
use super::{BootloaderEvent, record};
use crate::clock::Nanos;
use crate::hardware::{Board, FirmwareKind, SECTOR_LEN};
use crate::image::fat::{self, DirectoryEntry, EntryKind, Found};
use crate::image::{BadKernel, SetupHeader, setup_header};
use crate::trace::Trace;

/// What commands work on: variables, and what was loaded so far.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) drives: Drives,
    variables: BTreeMap<String, String>,
    loaded: Option<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    kernel: SetupHeader,
    command_line: String,
    initramfs: Option<Vec<u8>>,
}

/// What a command led to.
pub(super) enum Outcome {
    Done(Nanos),
    /// The message GRUB prints after `error: `.
    Failed(String),
    Boot(Box<KernelHandover>),
    Halt,
    Reboot,
}

type CommandResult = Result<Outcome, String>;

/// The modules in the core image.
const MODULES: &str = "\
    biosdisk cat configfile echo fat halt help linux ls minicmd normal part_gpt part_msdos reboot serial \
    terminal terminfo test";

/// Commands of those modules that are not modelled, or not with other arguments than those below.
const UNMODELLED: &str = "\
    . [ acpi authenticate badram break clear configfile continue cutmem dump exit export \
    extract_entries_configfile extract_entries_source for function gettext help if lsmod normal \
    normal_exit return rmmod serial setparams shift source submenu terminal_input terminal_output \
    terminfo test until while";

/// Variables that GRUB's normal mode sets for configuration files to ask what it can do.
const FEATURES: &str = "\
    feature_200_final feature_all_video_module feature_chainloader_bpb feature_default_font_path \
    feature_menuentry_id feature_menuentry_options feature_nativedisk_cmd feature_ntldr \
    feature_platform_search_hint feature_timeout_style";

impl Session {
    /// `prefix` is where GRUB's files are; the device in it becomes the root.
    pub(super) fn new(board: &Board, boot_disk: u32, prefix: &str) -> Session {
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
        let root =
            prefix.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(root, _)| root);
        set("prefix", prefix);
        set("root", root);
        match board.spec().firmware.kind {
            FirmwareKind::Bios => {
                set("cmdpath", "(hd0)");
                set("grub_cpu", "i386");
                set("grub_platform", "pc");
            }
            FirmwareKind::Uefi => {
                set("cmdpath", &format!("({root})/EFI/BOOT"));
                set("grub_cpu", "x86_64");
                set("grub_platform", "efi");
            }
        }
        Session { drives: Drives::new(board, boot_disk), variables, loaded: None }
    }

    /// The variables that normal mode adds.
    pub(super) fn enter_normal_mode(&mut self) {
        let mut set = |name: &str, value: &str| self.variables.insert(name.to_owned(), value.to_owned());
        FEATURES.split(' ').for_each(|feature| drop(set(feature, "y")));
        set("color_highlight", "black/light-gray");
        set("color_normal", "light-gray/black");
        // The network module is part of every normal mode; it found no card.
        set("net_default_ip", "(null)");
        set("net_default_mac", "(null)");
        set("net_default_server", "");
        set("pxe_default_server", "");
        for name in ["lang", "locale_dir", "pager", "secondary_locale_dir"] {
            set(name, "");
        }
    }

    pub(super) fn variable(&self, name: &str) -> String {
        self.variables.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn set_status(&mut self, status: u32) {
        self.variables.insert("?".to_owned(), status.to_string());
    }

    /// A key was pressed: the menu waits from now on.
    pub(super) fn stop_timeout(&mut self) {
        self.variables.remove("timeout");
    }

    /// Is a kernel loaded?
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.is_some()
    }

    /// Runs one command.
    pub(super) fn run(
        &mut self,
        words: &[String],
        board: &Board,
        terminal: &mut Terminal,
        trace: &mut Trace,
    ) -> Outcome {
        let Some((name, arguments)) = words.split_first() else { return Outcome::Done(Nanos::ZERO) };
        let result = match name.as_str() {
            "boot" => self.boot(board),
            "cat" => self.cat(arguments, board, terminal, trace),
            "echo" => {
                echo(arguments, terminal);
                done()
            }
            "halt" => Ok(Outcome::Halt),
            "initrd" => self.initrd(arguments, board, trace),
            "insmod" => self.insmod(arguments),
            "linux" => self.linux(arguments, board, trace),
            "ls" => self.ls(arguments, board, terminal, trace),
            "reboot" => Ok(Outcome::Reboot),
            "serial" if arguments == ["--unit=0", "--speed=115200"] => done(),
            "set" => self.set(arguments, terminal),
            "terminal_input" if arguments == ["serial"] => done(),
            "terminal_output" if arguments == ["serial"] => {
                terminal.clear();
                done()
            }
            "unset" => self.unset(arguments),
            _ if name.contains('=') => self.set(std::slice::from_ref(name), terminal),
            _ => {
                if UNMODELLED.split(' ').any(|known| known == name) {
                    record(trace, BootloaderEvent::Unmodelled { command: words.join(" ") });
                }
                Err(format!("can't find command `{name}'"))
            }
        };
        result.unwrap_or_else(Outcome::Failed)
    }

    fn set(&mut self, arguments: &[String], terminal: &mut Terminal) -> CommandResult {
        let Some(assignment) = arguments.first() else {
            for (name, value) in &self.variables {
                terminal.message(&format!("{name}={value}\n"));
            }
            return done();
        };
        let (name, value) = assignment.split_once('=').ok_or("not an assignment")?;
        self.variables.insert(name.to_owned(), value.to_owned());
        done()
    }

    fn unset(&mut self, arguments: &[String]) -> CommandResult {
        let name = arguments.first().ok_or("one argument expected")?;
        self.variables.remove(name);
        done()
    }

    fn insmod(&self, arguments: &[String]) -> CommandResult {
        let name = arguments.first().ok_or("one argument expected")?;
        if MODULES.split(' ').any(|module| module == name) {
            return done();
        }
        let prefix = self.variable("prefix");
        let directory = prefix.split_once(')').map_or("", |(_, path)| path);
        let platform = format!("{}-{}", self.variable("grub_cpu"), self.variable("grub_platform"));
        Err(format!("file `{directory}/{platform}/{name}.mod' not found"))
    }

    /// Reads the whole file at `path`.
    pub(super) fn read(
        &self,
        path: &str,
        board: &Board,
        trace: &mut Trace,
    ) -> Result<(Vec<u8>, Nanos), String> {
        let place = self.drives.resolve(board, path, &self.variable("root"))?;
        match open(board, trace, &place)? {
            (Found::File(bytes), takes) => {
                let bytes_long = bytes.len() as u64;
                record(trace, BootloaderEvent::FileRead { path: path.to_owned(), bytes: bytes_long, takes });
                Ok((bytes, takes))
            }
            (Found::Directory(_), _) => Err("not a regular file".to_owned()),
        }
    }

    fn cat(
        &self,
        arguments: &[String],
        board: &Board,
        terminal: &mut Terminal,
        trace: &mut Trace,
    ) -> CommandResult {
        let path = arguments.first().ok_or("filename expected")?;
        let (bytes, takes) = self.read(path, board, trace)?;
        terminal.message(&String::from_utf8_lossy(&bytes));
        terminal.newline();
        Ok(Outcome::Done(takes))
    }

    fn linux(&mut self, arguments: &[String], board: &Board, trace: &mut Trace) -> CommandResult {
        let (path, rest) = arguments.split_first().ok_or("filename expected")?;
        self.loaded = None;
        let (file, takes) = self.read(path, board, trace)?;
        let kernel = setup_header(&file).map_err(|bad| match bad {
            BadKernel::TooShort => format!("premature end of file {path}"),
            BadKernel::NoMagic => "invalid magic number".to_owned(),
        })?;
        let words = std::iter::once(format!("BOOT_IMAGE={path}")).chain(rest.iter().cloned());
        let command_line = words.collect::<Vec<String>>().join(" ");
        self.loaded = Some(Loaded { kernel, command_line, initramfs: None });
        Ok(Outcome::Done(takes))
    }

    fn initrd(&mut self, arguments: &[String], board: &Board, trace: &mut Trace) -> CommandResult {
        if arguments.is_empty() {
            return Err("filename expected".to_owned());
        }
        if self.loaded.is_none() {
            return Err(LOAD_KERNEL_FIRST.to_owned());
        }
        let (mut archives, mut takes) = (Vec::new(), Nanos::ZERO);
        for path in arguments {
            let (bytes, one_takes) = self.read(path, board, trace)?;
            archives.resize(archives.len().next_multiple_of(4), 0);
            archives.extend(bytes);
            takes = takes + one_takes;
        }
        if let Some(loaded) = &mut self.loaded {
            loaded.initramfs = Some(archives);
        }
        Ok(Outcome::Done(takes))
    }

    /// Leaves GRUB for the loaded kernel.
    pub(super) fn boot(&mut self, board: &Board) -> CommandResult {
        let Loaded { kernel, command_line, initramfs } = self.loaded.take().ok_or(LOAD_KERNEL_FIRST)?;
        let memory_map = memory_map(board);
        // The kernel goes where it prefers to be, the initramfs as high as GRUB's own memory lets it.
        let initramfs = initramfs.map(|bytes| {
            let top = memory_map.iter().filter(|range| range.is_usable_low()).map(|range| range.end).max();
            let top = top.unwrap_or_default().min(INITRAMFS_TOP);
            let address = top.saturating_sub(bytes.len() as u64) & !0xfff;
            Initramfs { address, bytes }
        });
        let kernel_address = 0x100_0000;
        let firmware = firmware_tables(board);
        Ok(Outcome::Boot(Box::new(KernelHandover {
            kernel,
            kernel_address,
            command_line,
            initramfs,
            memory_map,
            firmware,
        })))
    }

    fn ls(
        &self,
        arguments: &[String],
        board: &Board,
        terminal: &mut Terminal,
        trace: &mut Trace,
    ) -> CommandResult {
        let (long, paths) = match arguments.split_first() {
            Some((option, paths)) if option == "-l" => (Listing::Long, paths),
            _ => (Listing::Names, arguments),
        };
        let Some(path) = paths.first() else {
            let names = self.drives.names(board);
            terminal.message(&(names.join(" ") + " \n"));
            return done();
        };
        let place = self.drives.resolve(board, path, &self.variable("root"))?;
        if place.path.is_empty() {
            terminal.message(&describe_device(board, path, &place.device));
            return done();
        }
        let (found, takes) = open(board, trace, &place)?;
        match found {
            Found::Directory(entries) => list(terminal, &entries, long),
            // The long form has nothing to say of a single file: GRUB prints an empty line.
            Found::File(_) if long == Listing::Long => terminal.newline(),
            Found::File(bytes) => {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                let entry = DirectoryEntry { name, kind: EntryKind::File, bytes: bytes.len() as u64 };
                list(terminal, &[entry], long);
            }
        }
        Ok(Outcome::Done(takes))
    }
}

/// Old kernels could not reach further, and GRUB has kept to it.
const INITRAMFS_TOP: u64 = 0x37fe_e000;
const LOAD_KERNEL_FIRST: &str = "you need to load the kernel first";

fn done() -> CommandResult {
    Ok(Outcome::Done(Nanos::ZERO))
}

/// Each word is a message of its own, so that a line may break between two but not inside one.
fn echo(words: &[String], terminal: &mut Terminal) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            terminal.message(" ");
        }
        terminal.message(word);
    }
    terminal.newline();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Names,
    Long,
}

fn list(terminal: &mut Terminal, entries: &[DirectoryEntry], listing: Listing) {
    for entry in entries {
        let slash = if entry.kind == EntryKind::Directory { "/" } else { "" };
        let size =
            if entry.kind == EntryKind::Directory { "DIR".to_owned() } else { entry.bytes.to_string() };
        match listing {
            Listing::Names => terminal.message(&format!("{}{slash} ", entry.name)),
            // Every file of the image is from the day the image was made.
            Listing::Long => terminal.message(&format!("{size:<12} 20251201000000 {}{slash}\n", entry.name)),
        }
    }
    terminal.newline();
}

fn describe_device(board: &Board, path: &str, device: &Device) -> String {
    let name = path.trim_matches(['(', ')']);
    let kib = |sectors: u64| sectors * SECTOR_LEN / 1024;
    match device {
        Device::Disk { number } => {
            let total = kib(board.disks[*number as usize].sector_count());
            format!(
                "Device {name}: No known filesystem detected - Sector size 512B - Total size {total}KiB\n"
            )
        }
        Device::Partition { disk, partition } => {
            let (start, total) = (kib(partition.first_lba), kib(partition.sectors));
            let file_system = match fat::identity(&board.disks[*disk as usize], partition) {
                Some((label, serial)) => {
                    let (high, low) = (serial >> 16, serial & 0xffff);
                    format!("Filesystem type fat - Label `{label}', UUID {high:04X}-{low:04X}")
                }
                None => "No known filesystem detected".to_owned(),
            };
            format!(
                "\tPartition {name}: {file_system} - Partition start at {start}KiB - Total size {total}KiB\n"
            )
        }
    }
}
