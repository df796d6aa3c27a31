//! umount(8).

use super::{failed, is_missing, is_restricted};
use crate::abi::{Bytes, Errno, UmountFlags};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::mountinfo::{self, Entry};
use crate::user::realpath::{Exists, realpath};
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};

const SYNTAX: Syntax = Syntax {
    options: &["f force", "l lazy", "n no-mtab", "q quiet", "R recursive", "v verbose"],
    unmodelled: &[
        "a all",
        "A all-targets",
        "c no-canonicalize",
        "d detach-loop",
        "fake",
        "i internal-only",
        "N namespace=",
        "O test-opts=",
        "r read-only",
        "t types=",
        "h help",
        "V version",
    ],
    order: Order::Permute,
};

pub async fn umount(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    if options.operands.is_empty() {
        return tool.usage("bad usage", 1).await;
    }
    for place in &options.operands {
        if let Err(Exit(status)) = umount_place(tool, &options, place).await {
            tool.status = status;
        }
    }
    Ok(())
}

async fn umount_place(tool: &mut Tool, options: &Parsed, place: &Bytes) -> Done {
    let entries = mountinfo::read(&tool.sys).await.unwrap_or_default();
    let canonical = realpath(&tool.sys, place, Exists::All).await.map(|path| path.to_text());
    let found = canonical.ok().and_then(|path| mountinfo::at(&entries, &path).cloned());
    if is_restricted(&tool.sys).await {
        return refuse_user(tool, place, found.is_some()).await;
    }
    match found {
        Some(entry) if options.has("R") => {
            for below in below(&entries, &entry).into_iter().rev() {
                umount_one(tool, options, &below.target.clone().into(), &below.source).await?;
            }
            Ok(())
        }
        Some(entry) => umount_one(tool, options, &entry.target.clone().into(), &entry.source).await,
        None => umount_one(tool, options, place, "").await,
    }
}

/// A mount and what is mounted below it, parents first.
fn below(entries: &[Entry], top: &Entry) -> Vec<Entry> {
    let mut ids = vec![top.id];
    let mut found = vec![top.clone()];
    let mut next = 0;
    while let Some(&parent) = ids.get(next) {
        next += 1;
        for entry in entries.iter().filter(|entry| entry.parent == parent && !ids.contains(&entry.id)) {
            found.push(entry.clone());
        }
        ids = found.iter().map(|entry| entry.id).collect();
    }
    found
}

/// Without root only what fstab lets users mount may be unmounted.
async fn refuse_user(tool: &mut Tool, place: &Bytes, mounted: bool) -> Done {
    let place_text = place.to_text();
    if mounted {
        tool.complain(format!("{place_text}: must be superuser to unmount.")).await;
        return Err(failed());
    }
    if is_missing(&tool.sys, place).await {
        return tool.die(format!("{place_text}: No such file or directory"), 1).await;
    }
    tool.die(format!("{place_text}: not mounted."), 1).await
}

async fn umount_one(tool: &mut Tool, options: &Parsed, target: &Bytes, source: &str) -> Done {
    let mut flags = UmountFlags::empty();
    flags.set(UmountFlags::MNT_DETACH, options.has("l"));
    flags.set(UmountFlags::MNT_FORCE, options.has("f"));
    let text = target.to_text();
    let what = match tool.sys.umount2(target, flags).await {
        Ok(_) => {
            if options.has("v") {
                tool.line(format!("umount: {text} ({source}) unmounted")).await;
            }
            return Ok(());
        }
        Err(Errno::EBUSY) => "target is busy.".to_owned(),
        Err(Errno::EINVAL) if options.has("q") => return Err(failed()),
        Err(Errno::EINVAL) => "not mounted.".to_owned(),
        Err(Errno::ENOENT) => "no mount point specified.".to_owned(),
        Err(Errno::EPERM) => "must be superuser to unmount.".to_owned(),
        Err(errno) => format!("umount failed: {errno}."),
    };
    tool.complain(format!("{text}: {what}")).await;
    Err(failed())
}
