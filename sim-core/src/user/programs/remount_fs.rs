//! systemd-remount-fs(8): applies to the root file system the options that /etc/fstab has for it.

use crate::abi::{Bytes, MountFlags};
use crate::user::io::{eprint, read_text};
use crate::user::{Args, Sys};

pub async fn main(sys: Sys, _: Args) -> i32 {
    let fstab = read_text(&sys, "/etc/fstab").await.unwrap_or_default();
    let lines = fstab.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut entries = lines.map(|line| line.split_ascii_whitespace().collect::<Vec<&str>>());
    let Some(root) = entries.find(|fields| fields.get(1) == Some(&"/")) else { return 0 };
    let options = root.get(3).copied().unwrap_or("defaults");
    let mut flags = MountFlags::MS_REMOUNT;
    if options.split(',').any(|option| option == "ro") {
        flags |= MountFlags::MS_RDONLY;
    }
    match sys.mount(None::<Bytes>, "/", None::<Bytes>, flags, None::<Bytes>).await {
        Ok(_) => 0,
        Err(errno) => {
            eprint(&sys, format!("systemd-remount-fs: / cannot be remounted: {errno}\n")).await;
            1
        }
    }
}
