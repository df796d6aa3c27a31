//! What is on the disk: partition tables, file systems, files; made from nothing, byte for byte the same
//! every time.

pub mod boot_code;
mod bzimage;
pub mod cpio;
mod disk;
mod executable;
pub mod fat;
mod files;
pub mod partition;
pub mod password;
mod root;

pub use bzimage::{BadKernel, SetupHeader, setup_header};
pub use disk::disk;
pub use executable::{executable, program_of};
pub use files::{FileTree, Owner, ROOT};
pub use root::{INITRAMFS_INIT, KERNEL_RELEASE, Software, initramfs, root};
