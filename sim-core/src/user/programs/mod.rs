//! The programs, by the name that their executable carries.

mod agetty;
mod basic;
#[cfg(feature = "bench")]
mod bench;
mod cat;
mod dmesg;
mod echo;
mod files;
mod free;
mod id;
mod init;
mod initramfs;
mod login;
mod ls;
mod lsblk;
mod lscpu;
mod lsns;
mod mount;
mod nsenter;
mod power;
mod process;
mod ps;
mod remount_fs;
mod sh;
mod system;
mod tail;
mod text;
mod unshare;

use super::thread::Main;
use super::{Args, Sys};

/// Files that programs bring to the image.
pub const FILES: &[(&str, &str)] = init::units::FILES;

/// A program's entry.
type Entry = fn(Sys, Args) -> Main;

/// One line for each program: the name in the executable's header, and `main`.
macro_rules! programs {
    ($($(#[$only:meta])? $name:literal => $main:path,)*) => {
        /// The names of all programs.
        pub const NAMES: &[&str] = &[$($(#[$only])? $name,)*];

        pub(super) fn find(program: &str) -> Option<Entry> {
            match program {
                $($(#[$only])? $name => Some(|sys, args| Box::pin($main(sys, args))),)*
                _ => None,
            }
        }
    };
}

programs! {
    "agetty" => agetty::main,
    "bash" => sh::bash,
    #[cfg(feature = "bench")]
    "bench" => bench::main,
    "cat" => cat::main,
    "chmod" => files::chmod,
    "chown" => files::chown,
    "chroot" => process::chroot,
    "cp" => files::cp,
    "dmesg" => dmesg::main,
    "echo" => echo::main,
    "env" => process::env,
    "false" => basic::r#false,
    "findmnt" => mount::findmnt,
    "free" => free::main,
    "grep" => text::grep::main,
    "halt" => power::halt,
    "head" => text::head::main,
    "hostname" => system::hostname,
    "id" => id::main,
    "init" => init::main,
    "initramfs-init" => initramfs::main,
    "kill" => process::kill,
    "ln" => files::ln,
    "login" => login::main,
    "ls" => ls::main,
    "lsblk" => lsblk::main,
    "lscpu" => lscpu::main,
    "lsns" => lsns::main,
    "mkdir" => files::mkdir,
    "mount" => mount::mount,
    "mountpoint" => mount::mountpoint,
    "mv" => files::mv,
    "nproc" => process::nproc,
    "nsenter" => nsenter::main,
    "pivot_root" => process::pivot_root,
    "poweroff" => power::poweroff,
    "printenv" => process::printenv,
    "ps" => ps::main,
    "pwd" => process::pwd,
    "readlink" => files::readlink,
    "realpath" => files::realpath,
    "reboot" => power::reboot,
    "rm" => files::rm,
    "rmdir" => files::rmdir,
    "sh" => sh::dash,
    "shutdown" => power::shutdown,
    "sleep" => process::sleep,
    "systemd-remount-fs" => remount_fs::main,
    "tail" => tail::main,
    "touch" => files::touch,
    "true" => basic::r#true,
    "tty" => process::tty,
    "umount" => mount::umount,
    "uname" => system::uname,
    "unshare" => unshare::main,
    "wc" => text::wc::main,
    "whoami" => id::whoami,
}

/// Whether there is a program of this name.
pub fn is_known(program: &str) -> bool {
    find(program).is_some()
}
