//! What the benchmark has the simulated machine do: `bench WHAT COUNT`. It is no part of any image but the
//! benchmark's own.

use crate::abi::{CloneFlags, DirFd, Errno, Mode, Null, OpenFlags, WaitOptions};
use crate::user::{Args, Sys};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let rest = args.rest();
    let [what, count] = &rest[..] else { return 2 };
    let Ok(count) = count.parse::<u64>() else { return 2 };
    for _ in 0..count {
        let done = match what.as_str() {
            "getpid" => sys.getpid().await.map(|_| ()),
            "open-read-close" => open_read_close(&sys).await,
            "clone-exit-wait" => clone_exit_wait(&sys, CloneFlags::empty()).await,
            "unshare" => clone_exit_wait(&sys, four_namespaces()).await,
            _ => return 2,
        };
        if done.is_err() {
            return 1;
        }
    }
    0
}

async fn open_read_close(sys: &Sys) -> Result<(), Errno> {
    let fd = sys.openat(DirFd::CWD, "/etc/hostname", OpenFlags::empty(), Mode(0)).await?;
    sys.read(fd, 64u64).await?;
    sys.close(fd).await?;
    Ok(())
}

fn four_namespaces() -> CloneFlags {
    CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS
}

/// A child that leaves these namespaces behind, and ends.
async fn clone_exit_wait(sys: &Sys, unshared: CloneFlags) -> Result<(), Errno> {
    let child = sys
        .spawn(CloneFlags::fork(), move |sys| async move {
            match unshared.is_empty() {
                true => 0,
                false => i32::from(sys.unshare(unshared).await.is_err()),
            }
        })
        .await?;
    sys.wait4(child, WaitOptions::empty(), Null).await?;
    Ok(())
}
