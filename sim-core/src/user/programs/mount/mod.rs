//! mount(8), umount(8), mountpoint(1), findmnt(8).

mod failure;
mod findmnt;
mod options;
mod umount;

pub use findmnt::{findmnt, mountpoint};
pub use umount::umount;

use crate::abi::{Bytes, Errno, MountFlags};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::read_text;
use crate::user::mountinfo::{self, Entry};
use crate::user::realpath::{Exists, realpath};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};
use options::MountOptions;

const SYNTAX: Syntax = Syntax {
    options: &[
        "a all",
        "B bind",
        "l show-labels",
        "m mkdir[=]",
        "M move",
        "make-private",
        "make-rprivate",
        "make-rshared",
        "make-rslave",
        "make-runbindable",
        "make-shared",
        "make-slave",
        "make-unbindable",
        "n no-mtab",
        "o options=",
        "r read-only ro",
        "R rbind",
        "source=",
        "t types=",
        "target=",
        "v verbose",
        "w rw read-write",
    ],
    unmodelled: &[
        "c no-canonicalize",
        "f fake",
        "F fork",
        "i internal-only",
        "L label=",
        "N namespace=",
        "O test-opts=",
        "options-mode=",
        "options-source=",
        "options-source-force",
        "s",
        "T fstab=",
        "target-prefix=",
        "U uuid=",
        "h help",
        "V version",
    ],
    order: Order::Permute,
};

/// The exit status of a mount or unmount that failed: mount(8), "EXIT STATUS".
const FAILED: i32 = 32;

pub async fn mount(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let mut wanted = MountOptions::from_command_line(&options);
    if let Some(unmodelled) = &wanted.unmodelled {
        crate::user::unmodelled(&tool.sys, format!("mount -o {unmodelled}"));
        return tool.die(format!("option {unmodelled} is not supported"), 1).await;
    }
    if options.has("a") {
        return mount_all(tool).await;
    }
    let mut operands = options.operands.clone();
    if let Some(source) = options.value("source") {
        operands.insert(0, source.into());
    }
    operands.extend(options.value("target").map(Bytes::from));
    match &operands[..] {
        [] if options.options.iter().all(|(name, _)| matches!(*name, "l" | "t" | "v")) => {
            list(tool, options.value("t")).await
        }
        [] => tool.usage("bad usage", 1).await,
        [source, target] => mount_one(tool, &options, &wanted, Some(source), target).await,
        [place] if wanted.changes_existing() => mount_one(tool, &options, &wanted, None, place).await,
        [place] => {
            let Some(line) = find_in_fstab(tool, &place.to_text()).await else {
                return tool.die(format!("{}: can't find in /etc/fstab.", place.to_text()), 1).await;
            };
            wanted.add_list(&line.options);
            wanted.fs_type = wanted.fs_type.or(Some(line.fs_type));
            mount_one(tool, &options, &wanted, Some(&line.source.into()), &line.target.into()).await
        }
        _ => tool.usage("bad usage", 1).await,
    }
}

/// `mount` alone: what is mounted.
async fn list(tool: &mut Tool, types: Option<String>) -> Done {
    let entries = match mountinfo::read(&tool.sys).await {
        Ok(entries) => entries,
        Err(errno) => return tool.die(format!("failed to read mtab: {errno}"), 1).await,
    };
    let shown = |entry: &&Entry| types.as_ref().is_none_or(|types| type_matches(types, &entry.fs_type));
    for entry in entries.iter().filter(shown) {
        let line =
            format!("{} on {} type {} ({})", entry.source, entry.target, entry.fs_type, entry.options());
        tool.line(line).await;
    }
    Ok(())
}

/// A list of types; `no` before it turns it around.
fn type_matches(list: &str, fs_type: &str) -> bool {
    match list.strip_prefix("no") {
        Some(list) => !list.split(',').any(|name| name.trim_start_matches("no") == fs_type),
        None => list.split(',').any(|name| name == fs_type),
    }
}

/// A line of fstab(5).
struct FstabLine {
    source: String,
    target: String,
    fs_type: String,
    options: String,
}

async fn read_fstab(tool: &mut Tool) -> Vec<FstabLine> {
    let text = read_text(&tool.sys, "/etc/fstab").await.unwrap_or_default();
    let line = |line: &str| {
        let mut fields = line.split_whitespace().map(str::to_owned);
        let (source, target) = (fields.next()?, fields.next()?);
        let fs_type = fields.next()?;
        let options = fields.next().unwrap_or_else(|| "defaults".to_owned());
        (!source.starts_with('#')).then_some(FstabLine { source, target, fs_type, options })
    };
    text.lines().filter_map(line).collect()
}

async fn find_in_fstab(tool: &mut Tool, place: &str) -> Option<FstabLine> {
    read_fstab(tool).await.into_iter().find(|line| line.target == place || line.source == place)
}

/// `mount -a`: what fstab lists and is not mounted yet.
async fn mount_all(tool: &mut Tool) -> Done {
    let mounted = mountinfo::read(&tool.sys).await.unwrap_or_default();
    for line in read_fstab(tool).await {
        let skipped = line.options.split(',').any(|option| option == "noauto") || line.fs_type == "swap";
        if skipped || mounted.iter().any(|entry| entry.target == line.target) {
            continue;
        }
        let mut wanted = MountOptions::default();
        wanted.add_list(&line.options);
        wanted.fs_type = Some(line.fs_type);
        let (source, target) = (line.source.into(), line.target.into());
        if mount_one(tool, &Parsed::default(), &wanted, Some(&source), &target).await.is_err() {
            tool.status = FAILED;
        }
    }
    Ok(())
}

/// Who calls mount without being root, though the program is set-user-id root, may only do what fstab
/// allows to users.
async fn is_restricted(sys: &Sys) -> bool {
    let real = sys.getuid().await.map_or(0, |uid| uid.0);
    let effective = sys.geteuid().await.map_or(0, |uid| uid.0);
    real != 0 || effective != 0
}

async fn mount_one(
    tool: &mut Tool,
    options: &Parsed,
    wanted: &MountOptions,
    source: Option<&Bytes>,
    target: &Bytes,
) -> Done {
    let restricted = is_restricted(&tool.sys).await;
    if options.has("m") && !restricted {
        make_directories(tool, target).await;
    }
    let canonical = realpath(&tool.sys, target, Exists::All).await;
    let exists = canonical.is_ok();
    let target = canonical.unwrap_or_else(|_| target.clone());
    if restricted {
        let what = if exists { "must be superuser to use mount." } else { "mount point does not exist." };
        return failure::report(tool, &target, what).await;
    }
    let existing = if wanted.is_remount() { mounted_at(tool, &target).await } else { None };
    let source = match (source, &existing) {
        (Some(source), _) if wanted.flags.intersects(MountFlags::MS_BIND | MountFlags::MS_MOVE) => {
            realpath(&tool.sys, source, Exists::All).await.unwrap_or_else(|_| source.clone())
        }
        (Some(source), _) => source.clone(),
        (None, Some(entry)) => entry.source.clone().into(),
        (None, None) => "none".into(),
    };
    let attempt = failure::Attempt { wanted, source: &source, target: &target };
    for call in wanted.calls(existing.as_ref()) {
        let source = if call.follows_up { "none".into() } else { source.clone() };
        let done = tool
            .sys
            .mount(
                Some(source),
                &target,
                call.fs_type.map(Bytes::from),
                call.flags,
                call.data.map(Bytes::from),
            )
            .await;
        if let Err(errno) = done {
            let what = failure::explain(tool, &attempt, errno).await;
            return failure::report(tool, &target, &what).await;
        }
    }
    if options.has("v") {
        tool.line(format!("mount: {} mounted on {}.", source.to_text(), target.to_text())).await;
    }
    Ok(())
}

async fn mounted_at(tool: &mut Tool, target: &Bytes) -> Option<Entry> {
    let entries = mountinfo::read(&tool.sys).await.unwrap_or_default();
    mountinfo::at(&entries, &target.to_text()).cloned()
}

async fn make_directories(tool: &mut Tool, target: &Bytes) {
    let mode = crate::abi::Mode(0o755);
    for (at, _) in target.iter().enumerate().filter(|&(at, &byte)| at > 0 && byte == b'/') {
        let _ = tool.sys.mkdirat(crate::abi::DirFd::CWD, &target[..at], mode).await;
    }
    let _ = tool.sys.mkdirat(crate::abi::DirFd::CWD, target, mode).await;
}

/// Ends with the status of a failed mount.
fn failed() -> Exit {
    Exit(FAILED)
}

/// Whether a path leads nowhere.
async fn is_missing(sys: &Sys, path: &Bytes) -> bool {
    let found = sys.newfstatat(crate::abi::DirFd::CWD, path, crate::abi::AtFlags::empty()).await;
    matches!(found, Err(Errno::ENOENT | Errno::ENOTDIR))
}
