//! The initramfs's `/init`: finds the root file system, fills it, and hands over to it.
//!
//! The root partition holds a cpio archive; a tmpfs is its home in memory. What is said on the console
//! follows Debian's initramfs-tools.

use std::collections::BTreeMap;

use crate::abi::*;
use crate::image::cpio::{self, Entry};
use crate::user::io::{STDERR, print, read_text, write_all};
use crate::user::{Args, Sys};

/// Where the root file system is put together.
const NEW_ROOT: &str = "/root";
/// How long a root device may take to appear, in seconds, without `rootdelay=`.
const ROOT_DELAY_S: u64 = 30;
/// How much of the archive is read at once, in bytes.
const READ_BYTES: u64 = 64 * 1024;
/// What is run when `init=` names nothing, in this order.
const INITS: [&str; 4] = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

/// Why the root file system cannot be used, in the words for the console.
struct Failure(String);

/// What the kernel's command line asks for.
#[derive(Debug)]
struct Wishes {
    root: Option<String>,
    delay_s: u64,
    read_only: bool,
    quiet: bool,
    init: Option<String>,
}

impl Wishes {
    fn read(command_line: &str) -> Wishes {
        let mut wishes =
            Wishes { root: None, delay_s: ROOT_DELAY_S, read_only: true, quiet: false, init: None };
        for word in command_line.split_ascii_whitespace() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("root", device) => wishes.root = Some(device.to_owned()),
                ("rootdelay", seconds) => wishes.delay_s = seconds.parse().unwrap_or(ROOT_DELAY_S),
                ("ro", "") => wishes.read_only = true,
                ("rw", "") => wishes.read_only = false,
                ("quiet", "") => wishes.quiet = true,
                ("init", program) => wishes.init = Some(program.to_owned()),
                _ => {}
            }
        }
        wishes
    }
}

pub async fn main(sys: Sys, args: Args) -> i32 {
    let Err(Failure(message)) = start(&sys, &args).await;
    let _ = write_all(&sys, STDERR, message).await;
    1
}

async fn start(sys: &Sys, args: &Args) -> Result<std::convert::Infallible, Failure> {
    mount(sys, "udev", "/dev", "devtmpfs", MountFlags::MS_NOSUID, "").await?;
    let harmless = MountFlags::MS_NODEV | MountFlags::MS_NOEXEC | MountFlags::MS_NOSUID;
    mount(sys, "proc", "/proc", "proc", harmless, "").await?;
    let wishes = Wishes::read(&read_text(sys, "/proc/cmdline").await.unwrap_or_default());
    if !wishes.quiet {
        print(sys, "Loading, please wait...\n").await;
        print(sys, "Begin: Mounting root file system ... ").await;
    }
    let device = wait_for_root(sys, &wishes).await?;
    mount(sys, "rootfs", NEW_ROOT, "tmpfs", MountFlags::empty(), "mode=755").await?;
    fill(sys, &device).await?;
    if wishes.read_only {
        mount(sys, "none", NEW_ROOT, "", MountFlags::MS_REMOUNT | MountFlags::MS_RDONLY, "").await?;
    }
    if !wishes.quiet {
        print(sys, "done.\n").await;
    }
    let init = find_init(sys, &wishes).await?;
    for directory in ["/dev", "/proc"] {
        let target = format!("{NEW_ROOT}{directory}");
        mount(sys, directory, &target, "", MountFlags::MS_MOVE, "").await?;
    }
    switch_root(sys).await.map_err(|errno| Failure(format!("can't switch to {NEW_ROOT}: {errno}\n")))?;
    let mut argv = args.argv.clone();
    argv[0] = init.as_str().into();
    let failed = sys.execve(init.as_str(), argv, args.envp.clone()).await;
    let errno = failed.err().unwrap_or(Errno::ENOEXEC);
    Err(Failure(format!("{init}: {errno}\n")))
}

async fn mount(
    sys: &Sys,
    source: &str,
    target: &str,
    fs_type: &str,
    flags: MountFlags,
    options: &str,
) -> Result<(), Failure> {
    let text = |text: &str| (!text.is_empty()).then(|| Bytes::from(text));
    let done = sys.mount(text(source), target, text(fs_type), flags, text(options)).await;
    done.map(|_| ())
        .map_err(|errno| Failure(format!("mount: mounting {source} on {target} failed: {errno}\n")))
}

/// Waits until the root device is there.
async fn wait_for_root(sys: &Sys, wishes: &Wishes) -> Result<String, Failure> {
    let Some(device) = &wishes.root else {
        return Err(Failure(
            "No root device specified. Boot arguments must include a root= parameter.\n".into(),
        ));
    };
    let waited = MAX_TRIES_PER_SECOND * wishes.delay_s;
    for tried in 0..=waited {
        if is_block_device(sys, device).await {
            return Ok(device.clone());
        }
        if tried == 0 && !wishes.quiet {
            print(sys, "Begin: Waiting for root file system ... ").await;
        }
        let pause = Timespec { seconds: 0, nanoseconds: 1_000_000_000 / MAX_TRIES_PER_SECOND as i64 };
        let _ = sys.clock_nanosleep(ClockId::CLOCK_MONOTONIC, SleepFlags::empty(), pause, Null).await;
    }
    Err(Failure(format!(
        "done.\nGave up waiting for root file system device.  Common problems:\n - Boot args (cat \
         /proc/cmdline)\n   - Check rootdelay= (did the system wait long enough?)\nALERT!  {device} does not \
         exist.\n"
    )))
}

const MAX_TRIES_PER_SECOND: u64 = 10;

async fn is_block_device(sys: &Sys, path: &str) -> bool {
    let stat = sys.newfstatat(DirFd::CWD, path, AtFlags::empty()).await;
    stat.is_ok_and(|stat| stat.mode.file_type == FileType::BlockDevice)
}

/// Unpacks the archive on the device into the new root.
async fn fill(sys: &Sys, device: &str) -> Result<(), Failure> {
    let entries = read_archive(sys, device).await?;
    sys.umask(Mode(0)).await.ok();
    let mut first_names = BTreeMap::new();
    for entry in &entries {
        let path = format!("{NEW_ROOT}/{}", String::from_utf8_lossy(&entry.path));
        let linked = entry.links > 1 && entry.kind() == cpio::S_IFREG;
        let first = linked.then(|| first_names.entry(entry.inode).or_insert_with(|| path.clone()).clone());
        let made = match first.filter(|first| *first != path) {
            Some(first) => {
                let flags = AtFlags::empty();
                sys.linkat(DirFd::CWD, first, DirFd::CWD, path.as_str(), flags).await.map(|_| ())
            }
            None => make(sys, entry, &path).await,
        };
        made.map_err(|errno| Failure(format!("{path}: {errno}\n")))?;
    }
    sys.umask(Mode(0o022)).await.ok();
    Ok(())
}

/// Reads the device as far as the archive goes.
async fn read_archive(sys: &Sys, device: &str) -> Result<Vec<Entry>, Failure> {
    let failed = |errno: Errno| Failure(format!("{device}: {errno}\n"));
    let fd = sys.openat(DirFd::CWD, device, OpenFlags::O_CLOEXEC, Mode(0)).await.map_err(failed)?;
    let mut archive = Vec::new();
    loop {
        let data = sys.read(fd, READ_BYTES).await.map_err(failed)?.0;
        archive.extend_from_slice(&data);
        match cpio::read(&archive) {
            Ok(entries) => {
                let _ = sys.close(fd).await;
                return Ok(entries);
            }
            Err(error) if error.is_end_missing() && !data.is_empty() => {}
            Err(error) => return Err(Failure(format!("{device}: {error}\n"))),
        }
    }
}

/// Makes one file with its owner and mode.
async fn make(sys: &Sys, entry: &Entry, path: &str) -> Result<(), Errno> {
    let permissions = Mode(entry.mode & 0o7777);
    let at = DirFd::CWD;
    let node = |file_type| FileMode { file_type, permissions };
    match entry.kind() {
        cpio::S_IFDIR => sys.mkdirat(at, path, permissions).await.map(|_| ())?,
        cpio::S_IFLNK => sys.symlinkat(entry.data.clone(), at, path).await.map(|_| ())?,
        cpio::S_IFREG => {
            let flags = OpenFlags::O_WRONLY | OpenFlags::O_CREAT | OpenFlags::O_EXCL | OpenFlags::O_CLOEXEC;
            let fd = sys.openat(at, path, flags, permissions).await?;
            if !entry.data.is_empty() {
                write_all(sys, fd, entry.data.clone()).await?;
            }
            sys.close(fd).await?;
        }
        kind => {
            let file_type = match kind {
                cpio::S_IFCHR => FileType::CharDevice,
                cpio::S_IFBLK => FileType::BlockDevice,
                _ => FileType::Fifo,
            };
            let dev = Dev { major: entry.device.0, minor: entry.device.1 };
            sys.mknodat(at, path, node(file_type), dev).await.map(|_| ())?;
        }
    }
    if (entry.uid, entry.gid) != (0, 0) {
        let flags = AtFlags::AT_SYMLINK_NOFOLLOW;
        sys.fchownat(at, path, Uid(entry.uid), Gid(entry.gid), flags).await?;
    }
    // Writing and a change of owner take the set-id bits away.
    if entry.kind() != cpio::S_IFLNK && entry.mode & 0o6000 != 0 {
        sys.fchmodat(at, path, permissions).await?;
    }
    Ok(())
}

/// The program that becomes process 1 in the new root.
async fn find_init(sys: &Sys, wishes: &Wishes) -> Result<String, Failure> {
    if let Some(init) = &wishes.init {
        if is_executable(sys, init).await {
            return Ok(init.clone());
        }
        print(sys, format!("Target filesystem doesn't have requested {init}.\n")).await;
    }
    for init in INITS {
        if is_executable(sys, init).await {
            return Ok(init.to_owned());
        }
    }
    Err(Failure("No init found. Try passing init= bootarg.\n".into()))
}

/// Links in the new root are absolute, so the question is asked from inside.
async fn is_executable(sys: &Sys, program: &str) -> bool {
    let path = format!("{NEW_ROOT}{program}");
    sys.faccessat2(DirFd::CWD, path, AccessMode::X_OK, AtFlags::empty()).await.is_ok()
}

/// switch_root(8): the new root takes the place of the first one, whose files are removed.
async fn switch_root(sys: &Sys) -> Result<(), Errno> {
    let old_root =
        sys.openat(DirFd::CWD, "/", OpenFlags::O_DIRECTORY | OpenFlags::O_CLOEXEC, Mode(0)).await?;
    let files_of = sys.fstat(old_root).await?.dev;
    sys.chdir(NEW_ROOT).await?;
    sys.mount(Some(Bytes::from(".")), "/", None::<Bytes>, MountFlags::MS_MOVE, None::<Bytes>).await?;
    sys.chroot(".").await?;
    sys.chdir("/").await?;
    remove_contents(sys, old_root, files_of).await;
    let _ = sys.close(old_root).await;
    Ok(())
}

/// Frees the memory that the initramfs takes; what is mounted in it stays.
async fn remove_contents(sys: &Sys, directory: Fd, files_of: Dev) {
    let mut entries = Vec::new();
    while let Ok(Dirents(more)) = sys.getdents64(directory, READ_BYTES).await {
        if more.is_empty() {
            break;
        }
        entries.extend(more);
    }
    for entry in entries {
        if matches!(entry.name.as_slice(), b"." | b"..") {
            continue;
        }
        let mut how = AtFlags::empty();
        if entry.file_type == FileType::Directory {
            let flags = OpenFlags::O_DIRECTORY | OpenFlags::O_NOFOLLOW | OpenFlags::O_CLOEXEC;
            let Ok(fd) = sys.openat(directory, entry.name.clone(), flags, Mode(0)).await else { continue };
            let inside = sys.fstat(fd).await.is_ok_and(|stat| stat.dev == files_of);
            if inside {
                Box::pin(remove_contents(sys, fd, files_of)).await;
            }
            let _ = sys.close(fd).await;
            if !inside {
                continue;
            }
            how = AtFlags::AT_REMOVEDIR;
        }
        let _ = sys.unlinkat(directory, entry.name, how).await;
    }
}
