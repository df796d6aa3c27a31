//! sysfs: sysfs(5). Each device has a directory below /sys/devices with a file for every attribute; links lead
//! there by the device's class and by its number.
//!
//! No device comes or goes while the kernel runs, so the files are made once, when sysfs is first mounted. The
//! attributes that are here are read-only.

use std::fmt::Display;
use std::ops::Range;

use super::{FsType, kept};
use crate::abi::FileType;
use crate::kernel::Kernel;
use crate::kernel::block::BlockDevice;
use crate::kernel::security::{Kgid, Kuid, SysResult, Why, deny};
use crate::kernel::table::SuperId;
use crate::kernel::vfs::{Attributes, Inode, InodeRef, Node};

/// The size of every attribute, whatever can be read: a page.
const ATTRIBUTE_SIZE: u64 = 4096;
/// The kernel was built for CPUs up to this number: CONFIG_NR_CPUS.
const KERNEL_MAX: u32 = 8191;

/// The one sysfs there is, with all devices.
pub fn new_super(k: &mut Kernel) -> SuperId {
    let (dev, owner, now) = (k.new_anonymous_dev(), k.initial.user, k.now());
    let sb = k.supers.insert(kept::new_super(FsType::Sysfs, dev, owner, 0o555, Kuid::ROOT, Kgid::ROOT, now));
    let mut tree = Tree { k, sb };
    for directory in ["block", "class/block", "dev/block", "devices"] {
        tree.directory(directory);
    }
    tree.processors();
    tree.node();
    for device in tree.k.block.devices().to_vec() {
        tree.block_device(&device);
    }
    sb
}

/// What stat(2) says: lengths are not those of the contents.
pub fn attributes(inode: &Inode) -> Attributes {
    let attributes = inode.attributes();
    let size = match attributes.file_type {
        FileType::Regular => ATTRIBUTE_SIZE,
        _ => 0,
    };
    Attributes { size, ..attributes }
}

/// Not even root may open a read-only attribute for writing: `kernfs_fop_open` in fs/kernfs/file.c.
pub fn refuse_write(k: &Kernel, inode: InodeRef) -> SysResult<()> {
    let file = k.attributes(inode);
    let (path, mode, owner) = (k.describe(inode), file.mode & 0o7777, file.uid.0);
    deny(Why::PermissionBits { wanted: "write", path, mode, owner })
}

/// The tree while it grows; paths are below /sys.
struct Tree<'k> {
    k: &'k mut Kernel,
    sb: SuperId,
}

impl Tree<'_> {
    /// A directory, made with its parents where it is not there yet.
    fn directory(&mut self, path: &str) -> InodeRef {
        let mut at = InodeRef { sb: self.sb, ino: self.k.supers[self.sb].root };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = match kept::lookup(self.k, at, name.as_bytes()) {
                Some(found) => found,
                None => {
                    let node = Node::Directory { parent: 0, entries: Default::default() };
                    self.k.create(at, name, node, 0o755, Kuid::ROOT, Kgid::ROOT)
                }
            };
        }
        at
    }

    fn make(&mut self, path: &str, node: Node, mode: u32) {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let directory = self.directory(directory);
        self.k.create(directory, name, node, mode, Kuid::ROOT, Kgid::ROOT);
    }

    /// An attribute: one value, and the end of the line.
    fn attribute(&mut self, path: &str, value: impl Display) {
        self.make(path, Node::Regular(format!("{value}\n").into_bytes()), 0o444);
    }

    /// A link to another place of the tree.
    fn link(&mut self, path: &str, target: &str) {
        let up = "../".repeat(path.matches('/').count());
        self.make(path, Node::Symlink(format!("{up}{target}").into()), 0o777);
    }

    /// Documentation/ABI/stable/sysfs-block.
    fn block_device(&mut self, device: &BlockDevice) {
        let path = &device.path;
        self.attribute(&format!("{path}/dev"), format!("{}:{}", device.dev.major, device.dev.minor));
        self.attribute(&format!("{path}/size"), device.sectors);
        self.attribute(&format!("{path}/ro"), 0);
        if device.partition == 0 {
            self.disk(path);
            self.link(&format!("block/{}", device.name), path);
        } else {
            self.attribute(&format!("{path}/partition"), device.partition);
            self.attribute(&format!("{path}/start"), device.first_sector);
        }
        self.link(&format!("{path}/subsystem"), "class/block");
        self.link(&format!("class/block/{}", device.name), path);
        self.link(&format!("dev/block/{}:{}", device.dev.major, device.dev.minor), path);
    }

    /// What a disk has and its partitions have not; the queue's as virtio_blk sets it up.
    fn disk(&mut self, path: &str) {
        self.attribute(&format!("{path}/removable"), 0);
        self.attribute(&format!("{path}/hidden"), 0);
        for (name, value) in [
            ("rotational", 1),
            ("logical_block_size", 512),
            ("physical_block_size", 512),
            ("minimum_io_size", 512),
            ("optimal_io_size", 0),
        ] {
            self.attribute(&format!("{path}/queue/{name}"), value);
        }
    }

    /// Documentation/ABI/testing/sysfs-devices-system-cpu.
    fn processors(&mut self) {
        let cpus = self.k.info.cpus;
        let root = "devices/system/cpu";
        for name in ["possible", "present", "online"] {
            self.attribute(&format!("{root}/{name}"), list(&(0..cpus)));
        }
        self.attribute(&format!("{root}/offline"), "");
        self.attribute(&format!("{root}/kernel_max"), KERNEL_MAX);
        for cpu in 0..cpus {
            self.processor(&format!("{root}/cpu{cpu}"), cpu);
        }
    }

    fn processor(&mut self, path: &str, cpu: u32) {
        let cores = self.k.info.cores_per_socket;
        let socket = cpu / cores;
        let (alone, package) = (cpu..cpu + 1, socket * cores..(socket + 1) * cores);
        self.attribute(&format!("{path}/topology/core_id"), cpu % cores);
        self.attribute(&format!("{path}/topology/physical_package_id"), socket);
        self.cpus(&format!("{path}/topology/thread_siblings"), &alone);
        self.cpus(&format!("{path}/topology/core_siblings"), &package);
        let model = self.k.info.cpu_model.clone();
        for (index, level, kind, kib, shared) in [
            (0, 1, "Data", model.l1d_kib, &alone),
            (1, 1, "Instruction", model.l1i_kib, &alone),
            (2, 2, "Unified", model.l2_kib, &alone),
            (3, 3, "Unified", model.l3_kib, &package),
        ] {
            let cache = format!("{path}/cache/index{index}");
            self.attribute(&format!("{cache}/id"), shared.start / shared.len() as u32);
            self.attribute(&format!("{cache}/level"), level);
            self.attribute(&format!("{cache}/type"), kind);
            self.attribute(&format!("{cache}/size"), format!("{kib}K"));
            self.attribute(&format!("{cache}/coherency_line_size"), 64);
            self.attribute(&format!("{cache}/shared_cpu_map"), mask(shared, self.k.info.cpus));
            self.attribute(&format!("{cache}/shared_cpu_list"), list(shared));
        }
    }

    /// A set of CPUs, as a mask and as a list.
    fn cpus(&mut self, path: &str, cpus: &Range<u32>) {
        self.attribute(path, mask(cpus, self.k.info.cpus));
        self.attribute(&format!("{path}_list"), list(cpus));
    }

    /// The node that is faked on a board without NUMA: Documentation/ABI/stable/sysfs-devices-node.
    fn node(&mut self) {
        let cpus = 0..self.k.info.cpus;
        for name in ["possible", "online"] {
            self.attribute(&format!("devices/system/node/{name}"), 0);
        }
        self.attribute("devices/system/node/node0/cpumap", mask(&cpus, cpus.end));
        self.attribute("devices/system/node/node0/cpulist", list(&cpus));
    }
}

/// `%*pbl` of the kernel's printk.
fn list(cpus: &Range<u32>) -> String {
    match cpus.len() {
        1 => cpus.start.to_string(),
        _ => format!("{}-{}", cpus.start, cpus.end - 1),
    }
}

/// `%*pb` of the kernel's printk: words of 32 bits, and no more digits than `all` CPUs need.
fn mask(cpus: &Range<u32>, all: u32) -> String {
    let bits: u64 = cpus.clone().map(|cpu| 1 << cpu).sum();
    let digits = |bits: u32| bits.div_ceil(4) as usize;
    match all {
        ..=32 => format!("{bits:0width$x}", width = digits(all)),
        _ => format!("{:0width$x},{:08x}", bits >> 32, bits & 0xffff_ffff, width = digits(all - 32)),
    }
}
