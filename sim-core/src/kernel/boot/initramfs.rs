//! Unpacking the initramfs: Documentation/filesystems/ramfs-rootfs-initramfs.rst.

use std::collections::BTreeMap;

use super::*;
use crate::abi::{Bytes, Dev, Errno};
use crate::image::cpio;
use crate::kernel::security::{Kgid, Kuid};
use crate::kernel::table::SuperId;
use crate::kernel::vfs::{InodeRef, Node};

/// The first program of an initramfs, without `rdinit=`.
pub(super) const INITRAMFS_INIT: &str = "/init";

/// Unpacks what is built in, and then what the bootloader left.
pub(super) fn unpack(boot: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    k.unpack_built_in();
    let Some(initramfs) = &boot.handover.initramfs else { return };
    k.printk(INFO, "Trying to unpack rootfs image as initramfs...");
    let kib = (initramfs.bytes.len() as u64).next_multiple_of(4096) / 1024;
    if k.unpack_initramfs(&initramfs.bytes).is_err() {
        k.printk(INFO, "rootfs image is not initramfs (no cpio magic); looks like an initrd");
        return;
    }
    k.printk(INFO, format!("Freeing initrd memory: {kib}K"));
}

impl Boot {
    /// Executes the initramfs's first program, if there is one. Returns whether it runs.
    pub(super) fn run_initramfs_init(&self, k: &mut Kernel, init: TaskId) -> bool {
        let program = k.parameter("rdinit").unwrap_or(INITRAMFS_INIT).to_owned();
        match init::execute(k, init, &program) {
            Ok(()) => return true,
            Err(Errno::ENOENT) => {}
            Err(errno) => {
                k.printk(ERR, format!("Failed to execute {program} (error -{})", errno.number()));
            }
        }
        false
    }
}

impl Kernel {
    /// What every kernel has in its first root: usr/default_cpio_list.
    fn unpack_built_in(&mut self) {
        let sb = SuperId(1);
        let root = InodeRef { sb, ino: self.supers[sb].root };
        let directory = || Node::Directory { parent: 0, entries: BTreeMap::new() };
        let dev = self.create(root, "dev", directory(), 0o755, Kuid::ROOT, Kgid::ROOT);
        let console = Node::CharDevice(Dev { major: 5, minor: 1 });
        self.create(dev, "console", console, 0o600, Kuid::ROOT, Kgid::ROOT);
        self.create(root, "root", directory(), 0o700, Kuid::ROOT, Kgid::ROOT);
    }

    /// Unpacks a cpio archive into the first root.
    pub(super) fn unpack_initramfs(&mut self, archive: &[u8]) -> Result<(), cpio::CpioError> {
        let sb = SuperId(1);
        for entry in cpio::read(archive)? {
            let Some((directory, name)) = self.unpack_directory(sb, &entry.path) else { continue };
            let existing = self.directory_entries(directory).and_then(|entries| entries.get(&name)).copied();
            if let Some(ino) = existing {
                let inode = InodeRef { sb, ino };
                if entry.kind() == cpio::S_IFDIR && self.directory_entries(inode).is_some() {
                    continue;
                }
                self.remove_name(directory, &name);
            }
            let node = match entry.kind() {
                cpio::S_IFDIR => Node::Directory { parent: 0, entries: BTreeMap::new() },
                cpio::S_IFLNK => Node::Symlink(entry.data.clone().into()),
                cpio::S_IFCHR => Node::CharDevice(Dev { major: entry.device.0, minor: entry.device.1 }),
                _ => Node::Regular(entry.data.clone()),
            };
            self.create(directory, name, node, entry.mode & 0o7777, Kuid(entry.uid), Kgid(entry.gid));
        }
        Ok(())
    }

    fn unpack_directory(&self, sb: SuperId, path: &[u8]) -> Option<(InodeRef, Bytes)> {
        let mut at = InodeRef { sb, ino: self.supers[sb].root };
        let mut parts: Vec<Bytes> = path.split(|&b| b == b'/').map(Bytes::from).collect();
        let name = parts.pop().filter(|name| !name.is_empty() && name.as_slice() != b".")?;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let ino = *self.directory_entries(at)?.get(part)?;
            at = InodeRef { sb, ino };
        }
        Some((at, name))
    }
}
