//! Where no initramfs sees to it, the kernel mounts the root file system itself: `prepare_namespace` in
//! init/do_mounts.c. No disk of this machine holds a file system that it could mount, so it says what it
//! has looked for and panics.

use super::*;
use crate::abi::Dev;

/// The file systems on block devices that the kernel recognises.
const BLOCK_FILE_SYSTEMS: [&str; 3] = ["ext3", "ext2", "ext4"];
/// -ENXIO: no such device.
const NO_DEVICE: i32 = -6;

/// Mounts `root=`, if the initramfs has no first program.
pub(super) fn mount(boot: &mut Boot, k: &mut Kernel, _: &mut Board, _: &mut Trace) {
    let program = k.parameter("rdinit").unwrap_or(initramfs::INITRAMFS_INIT).to_owned();
    if k.is_in_first_root(&program) {
        return;
    }
    let init = boot.init;
    let name = k.parameter("root").unwrap_or_default().to_owned();
    let device = k.block.named_as_root(&name).map(|device| device.dev);
    let number = device.unwrap_or(Dev { major: 0, minor: 0 });
    let block = format!("unknown-block({},{})", number.major, number.minor);
    if device.is_none() {
        k.printk(ERR, "/dev/root: Can't open blockdev");
        k.printk(WARNING, format!("VFS: Cannot open root device \"{name}\" or {block}: error {NO_DEVICE}"));
        k.printk(
            WARNING,
            "Please append a correct \"root=\" boot option; here are the available partitions:",
        );
        list_partitions(k);
        k.printk(ERR, "List of all bdev filesystems:");
        list_file_systems(k, ERR);
        k.printk(ERR, "");
    } else {
        k.printk(WARNING, "List of all partitions:");
        list_partitions(k);
        k.printk(WARNING, "No filesystem could mount root, tried: ");
        list_file_systems(k, WARNING);
        k.printk(WARNING, "");
    }
    k.panic(init, &format!("VFS: Unable to mount root fs on {block}"));
}

fn list_file_systems(k: &mut Kernel, level: u8) {
    for name in BLOCK_FILE_SYSTEMS {
        k.printk(level, format!(" {name}"));
    }
}

/// `printk_all_partitions`.
fn list_partitions(k: &mut Kernel) {
    for device in k.block.devices().to_vec() {
        let Dev { major, minor } = device.dev;
        let (number, kib, name) = (format!("{major:02x}{minor:02x}"), device.sectors / 2, &device.name);
        if device.partition == 0 {
            k.printk(WARNING, format!("{number:<9} {kib:>10} {name} "));
            k.printk(WARNING, " driver: virtio_blk");
        } else {
            k.printk(WARNING, format!("  {number:<9} {kib:>10} {name} {}", device.uuid));
            k.printk(WARNING, "");
        }
    }
}
