//! The files of the default image: a small Debian 12, one executable for each program.

use super::executable::executable;
use super::files::{FileTree, Owner, ROOT};
use super::password;
use crate::hardware::spec::Passwords;

/// The kernel that the image carries, as `uname -r` says it.
pub const KERNEL_RELEASE: &str = "6.18.0-glasshull";

/// The program that is the initramfs's `/init`.
pub const INITRAMFS_INIT: &str = "initramfs-init";

const ADA: Owner = Owner { uid: 1000, gid: 1000 };
const SHADOW: Owner = Owner { uid: 0, gid: 42 };
const MAIL: Owner = Owner { uid: 0, gid: 8 };
const STAFF: Owner = Owner { uid: 0, gid: 50 };

/// What user space brings to an image: its programs, and files of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Software<'a> {
    /// The names of the programs that get an executable.
    pub programs: &'a [&'a str],
    /// Path and text of further files of the root file system, such as units: root's, mode 0644. Their
    /// directories are made where they are missing.
    pub files: &'a [(&'a str, &'a str)],
}

/// The root file system.
pub fn root(software: Software, passwords: &Passwords) -> FileTree {
    let mut files = FileTree::default();
    for &(path, permissions, owner) in DIRECTORIES {
        files.directory(path, permissions, owner);
    }
    for &(path, target) in LINKS {
        files.symlink(path, target);
    }
    for &(path, text) in TEXTS {
        files.file(path, 0o644, ROOT, text);
    }
    files.file("etc/shadow", 0o640, SHADOW, shadow(passwords));
    for &(path, text) in software.files {
        add_parents(&mut files, path);
        files.file(path, 0o644, ROOT, text);
    }
    for &program in software.programs {
        add_program(&mut files, program);
    }
    if software.programs.contains(&"bash") && !software.programs.contains(&"sh") {
        files.symlink("usr/bin/sh", "bash");
    }
    if software.programs.contains(&"sh") && !software.programs.contains(&"bash") {
        files.file("usr/bin/bash", 0o755, ROOT, executable("sh"));
    }
    files
}

/// The initramfs: the program that finds and mounts the root file system, and what it needs to start.
pub fn initramfs() -> FileTree {
    let mut files = FileTree::default();
    for directory in ["dev", "proc", "root", "run", "sys"] {
        files.directory(directory, 0o755, ROOT);
    }
    files.character_device("dev/console", 0o600, (5, 1));
    files.file("init", 0o755, ROOT, executable(INITRAMFS_INIT));
    files
}

fn add_parents(files: &mut FileTree, path: &str) {
    for (end, _) in path.match_indices('/') {
        if files.get(&path[..end]).is_none() {
            files.directory(&path[..end], 0o755, ROOT);
        }
    }
}

fn add_program(files: &mut FileTree, program: &str) {
    if program == INITRAMFS_INIT {
        return; // it lives in the initramfs
    }
    let directory = if SBIN.contains(&program) { "usr/sbin" } else { "usr/bin" };
    let permissions = if SET_USER_ID.contains(&program) { 0o4755 } else { 0o755 };
    files.file(&format!("{directory}/{program}"), permissions, ROOT, executable(program));
}

/// The programs that Debian 12 keeps in /usr/sbin; the others are in /usr/bin.
const SBIN: &[&str] = &[
    "adduser",
    "agetty",
    "blkid",
    "bridge",
    "capsh",
    "chroot",
    "dhclient",
    "fdisk",
    "fsck",
    "getcap",
    "getpcaps",
    "halt",
    "init",
    "insmod",
    "ip6tables",
    "iptables",
    "losetup",
    "lsmod",
    "mkfs",
    "mkswap",
    "modprobe",
    "nft",
    "nologin",
    "pivot_root",
    "poweroff",
    "reboot",
    "rmmod",
    "runuser",
    "setcap",
    "shutdown",
    "sulogin",
    "swapoff",
    "swapon",
    "switch_root",
    "sysctl",
    "tc",
    "useradd",
    "userdel",
];

/// The programs that run as root whoever starts them.
const SET_USER_ID: &[&str] = &[
    "chfn",
    "chsh",
    "gpasswd",
    "mount",
    "newgidmap",
    "newgrp",
    "newuidmap",
    "passwd",
    "su",
    "sudo",
    "umount",
];

const DIRECTORIES: &[(&str, u32, Owner)] = &[
    ("boot", 0o755, ROOT),
    ("dev", 0o755, ROOT),
    ("etc", 0o755, ROOT),
    ("etc/profile.d", 0o755, ROOT),
    ("etc/skel", 0o755, ROOT),
    ("home", 0o755, ROOT),
    ("home/ada", 0o700, ADA),
    ("media", 0o755, ROOT),
    ("mnt", 0o755, ROOT),
    ("opt", 0o755, ROOT),
    ("proc", 0o755, ROOT),
    ("root", 0o700, ROOT),
    ("run", 0o755, ROOT),
    ("srv", 0o755, ROOT),
    ("sys", 0o755, ROOT),
    ("tmp", 0o1777, ROOT),
    ("usr", 0o755, ROOT),
    ("usr/bin", 0o755, ROOT),
    ("usr/games", 0o755, ROOT),
    ("usr/include", 0o755, ROOT),
    ("usr/lib", 0o755, ROOT),
    ("usr/lib64", 0o755, ROOT),
    ("usr/libexec", 0o755, ROOT),
    ("usr/local", 0o755, ROOT),
    ("usr/local/bin", 0o755, ROOT),
    ("usr/local/sbin", 0o755, ROOT),
    ("usr/sbin", 0o755, ROOT),
    ("usr/share", 0o755, ROOT),
    ("usr/src", 0o755, ROOT),
    ("var", 0o755, ROOT),
    ("var/backups", 0o755, ROOT),
    ("var/cache", 0o755, ROOT),
    ("var/lib", 0o755, ROOT),
    ("var/local", 0o2775, STAFF),
    ("var/log", 0o755, ROOT),
    ("var/mail", 0o2775, MAIL),
    ("var/opt", 0o755, ROOT),
    ("var/spool", 0o755, ROOT),
    ("var/tmp", 0o1777, ROOT),
];

const LINKS: &[(&str, &str)] = &[
    ("bin", "usr/bin"),
    ("lib", "usr/lib"),
    ("lib64", "usr/lib64"),
    ("sbin", "usr/sbin"),
    ("etc/mtab", "../proc/self/mounts"),
    ("etc/os-release", "../usr/lib/os-release"),
    ("usr/sbin/getty", "agetty"),
    ("var/lock", "/run/lock"),
    ("var/run", "/run"),
];

const TEXTS: &[(&str, &str)] = &[
    ("etc/debian_version", "12.12\n"),
    ("etc/environment", ""),
    (
        "etc/fstab",
        "# what is mounted at boot: device, directory, type, options\nrootfs / tmpfs defaults 0 0\n",
    ),
    ("etc/group", GROUP),
    ("etc/hostname", "glasshull\n"),
    (
        "etc/hosts",
        "127.0.0.1\tlocalhost\n127.0.1.1\tglasshull\n\n::1\tlocalhost ip6-localhost ip6-loopback\n",
    ),
    ("etc/issue", "Glasshull GNU/Linux 12 \\n \\l\n\n"),
    ("etc/motd", ""),
    ("etc/passwd", PASSWD),
    ("etc/bash.bashrc", BASHRC),
    ("etc/profile", PROFILE),
    ("etc/shells", "# valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"),
    ("etc/subgid", "ada:100000:65536\n"),
    ("etc/subuid", "ada:100000:65536\n"),
    ("usr/lib/os-release", OS_RELEASE),
];

const OS_RELEASE: &str = "\
PRETTY_NAME=\"Glasshull GNU/Linux 12 (bookworm)\"
NAME=\"Glasshull GNU/Linux\"
VERSION_ID=\"12\"
VERSION=\"12 (bookworm)\"
VERSION_CODENAME=bookworm
ID=glasshull
ID_LIKE=debian
";

const PROFILE: &str = "\
# /etc/profile: what login shells read first

if [ \"$(id -u)\" -eq 0 ]; then
  PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"
else
  PATH=\"/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\"
fi
export PATH

if [ \"${PS1-}\" ] && [ -f /etc/bash.bashrc ]; then
  . /etc/bash.bashrc
fi
";

/// What interactive shells read.
const BASHRC: &str = "\
# /etc/bash.bashrc: what interactive shells read first

PS1='\\u@\\h:\\w\\$ '
";

/// The accounts of Debian's base-passwd, and ada.
const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
games:x:5:60:games:/usr/games:/usr/sbin/nologin
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
news:x:9:9:news:/var/spool/news:/usr/sbin/nologin
uucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin
proxy:x:13:13:proxy:/bin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
list:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin
irc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
ada:x:1000:1000:,,,:/home/ada:/bin/bash
";

const GROUP: &str = "\
root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
lp:x:7:
mail:x:8:
news:x:9:
uucp:x:10:
man:x:12:
proxy:x:13:
kmem:x:15:
dialout:x:20:
fax:x:21:
voice:x:22:
cdrom:x:24:
floppy:x:25:
tape:x:26:
sudo:x:27:
audio:x:29:
dip:x:30:
www-data:x:33:
backup:x:34:
operator:x:37:
list:x:38:
irc:x:39:
src:x:40:
shadow:x:42:
utmp:x:43:
video:x:44:
sasl:x:45:
plugdev:x:46:
staff:x:50:
games:x:60:
users:x:100:ada
nogroup:x:65534:
ada:x:1000:
";

/// /etc/shadow, shadow(5): who may log in, and with which password.
fn shadow(passwords: &Passwords) -> String {
    const DAYS_SINCE_1970: u32 = 20_423; // 2025-12-01, the day the image was made
    let mut text = String::new();
    for account in PASSWD.lines() {
        let name = account.split(':').next().unwrap_or_default();
        let field = match name {
            "root" => password::hash(&passwords.root, "glasshull"),
            "ada" => password::hash(&passwords.ada, "glasshull"),
            _ => "*".to_owned(),
        };
        text.push_str(&format!("{name}:{field}:{DAYS_SINCE_1970}:0:99999:7:::\n"));
    }
    text
}
