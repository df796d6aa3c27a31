//! Mount options: which are flags of mount(2), which are for the file system, and which are for nobody.

use crate::abi::{Bytes, MountFlags};
use crate::user::getopt::Parsed;
use crate::user::mountinfo::Entry;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct MountOptions {
    pub flags: MountFlags,
    /// Changes of propagation, each a call of its own.
    pub propagation: Vec<MountFlags>,
    /// Flags that were taken back, for a remount.
    cleared: MountFlags,
    /// For the file system.
    pub data: Vec<String>,
    pub fs_type: Option<String>,
    /// An option that needs something that does not exist here.
    pub unmodelled: Option<String>,
}

impl Default for MountOptions {
    fn default() -> MountOptions {
        MountOptions {
            flags: MountFlags::empty(),
            propagation: Vec::new(),
            cleared: MountFlags::empty(),
            data: Vec::new(),
            fs_type: None,
            unmodelled: None,
        }
    }
}

/// A call of mount(2).
pub(super) struct MountCall {
    pub fs_type: Option<String>,
    pub flags: MountFlags,
    pub data: Option<String>,
    /// It changes what the first call has mounted.
    pub follows_up: bool,
}

/// Names, and what they set.
const SET: &[(&str, MountFlags)] = &[
    ("ro", MountFlags::MS_RDONLY),
    ("nosuid", MountFlags::MS_NOSUID),
    ("nodev", MountFlags::MS_NODEV),
    ("noexec", MountFlags::MS_NOEXEC),
    ("sync", MountFlags::MS_SYNCHRONOUS),
    ("dirsync", MountFlags::MS_DIRSYNC),
    ("remount", MountFlags::MS_REMOUNT),
    ("bind", MountFlags::MS_BIND),
    ("rbind", MountFlags::MS_BIND.union(MountFlags::MS_REC)),
    ("move", MountFlags::MS_MOVE),
    ("noatime", MountFlags::MS_NOATIME),
    ("nodiratime", MountFlags::MS_NODIRATIME),
    ("relatime", MountFlags::MS_RELATIME),
    ("strictatime", MountFlags::MS_STRICTATIME),
    ("lazytime", MountFlags::MS_LAZYTIME),
    ("nosymfollow", MountFlags::MS_NOSYMFOLLOW),
    ("silent", MountFlags::MS_SILENT),
];

/// Names, and what they take back.
const CLEAR: &[(&str, MountFlags)] = &[
    ("rw", MountFlags::MS_RDONLY),
    ("suid", MountFlags::MS_NOSUID),
    ("dev", MountFlags::MS_NODEV),
    ("exec", MountFlags::MS_NOEXEC),
    ("async", MountFlags::MS_SYNCHRONOUS),
    ("atime", MountFlags::MS_NOATIME),
    ("diratime", MountFlags::MS_NODIRATIME),
    ("norelatime", MountFlags::MS_RELATIME),
    ("nostrictatime", MountFlags::MS_STRICTATIME),
    ("nolazytime", MountFlags::MS_LAZYTIME),
    ("symfollow", MountFlags::MS_NOSYMFOLLOW),
    ("loud", MountFlags::MS_SILENT),
];

const PROPAGATION: &[(&str, MountFlags)] = &[
    ("shared", MountFlags::MS_SHARED),
    ("slave", MountFlags::MS_SLAVE),
    ("private", MountFlags::MS_PRIVATE),
    ("unbindable", MountFlags::MS_UNBINDABLE),
];

/// What only mount and fstab care about.
const NOBODYS: &[&str] =
    &["defaults", "auto", "noauto", "user", "nouser", "users", "owner", "group", "_netdev", "nofail"];

impl MountOptions {
    pub(super) fn from_command_line(options: &Parsed) -> MountOptions {
        let mut wanted = MountOptions::default();
        for (option, value) in &options.options {
            match *option {
                "B" => wanted.add("bind"),
                "R" => wanted.add("rbind"),
                "M" => wanted.add("move"),
                "r" => wanted.add("ro"),
                "w" => wanted.add("rw"),
                "o" => wanted.add_list(&value.as_ref().map(Bytes::to_text).unwrap_or_default()),
                "t" => wanted.fs_type = value.as_ref().map(Bytes::to_text),
                option => {
                    if let Some(kind) = option.strip_prefix("make-") {
                        wanted.add(kind);
                    }
                }
            }
        }
        wanted
    }

    pub(super) fn add_list(&mut self, list: &str) {
        for option in list.split(',').filter(|option| !option.is_empty()) {
            self.add(option);
        }
    }

    fn add(&mut self, option: &str) {
        let find = |table: &[(&str, MountFlags)], name| {
            table.iter().find(|(known, _)| *known == name).map(|(_, flag)| *flag)
        };
        let recursive = option.strip_prefix('r').and_then(|kind| find(PROPAGATION, kind));
        if let Some(flag) = find(SET, option) {
            self.flags |= flag;
            self.cleared -= flag;
        } else if let Some(flag) = find(CLEAR, option) {
            self.flags -= flag;
            self.cleared |= flag;
        } else if let Some(kind) = find(PROPAGATION, option) {
            self.propagation.push(kind);
        } else if let Some(kind) = recursive {
            self.propagation.push(kind | MountFlags::MS_REC);
        } else if option == "loop" || option.starts_with("loop=") {
            self.unmodelled = Some(option.to_owned());
        } else if !NOBODYS.contains(&option) && !option.starts_with("x-") && !option.starts_with("X-") {
            self.data.push(option.to_owned());
        }
    }

    pub(super) fn is_remount(&self) -> bool {
        self.flags.contains(MountFlags::MS_REMOUNT)
    }

    pub(super) fn only_propagation(&self) -> bool {
        !self.propagation.is_empty() && self.flags.is_empty() && self.fs_type.is_none()
    }

    /// Whether it is about something that is mounted already.
    pub(super) fn changes_existing(&self) -> bool {
        self.is_remount() || self.only_propagation()
    }

    /// The calls in the order of the real mount: the mount itself; for a bind mount with options of its own
    /// a second to set them; then propagation.
    pub(super) fn calls(&self, existing: Option<&Entry>) -> Vec<MountCall> {
        let mut calls = Vec::new();
        let binds = self.flags.contains(MountFlags::MS_BIND);
        if !self.only_propagation() {
            let (flags, data) = match existing {
                Some(entry) => self.merged_with(entry),
                None => (self.flags, self.data.join(",")),
            };
            let fs_type = if binds || self.is_remount() { None } else { self.fs_type.clone() };
            calls.push(MountCall { fs_type, flags, data: text(data), follows_up: false });
            let own = MountFlags::MS_BIND | MountFlags::MS_REC;
            if binds && !self.is_remount() && !self.flags.difference(own).is_empty() {
                let flags = self.flags | MountFlags::MS_REMOUNT;
                calls.push(MountCall { fs_type: None, flags, data: None, follows_up: true });
            }
        }
        let propagation = self.propagation.iter();
        calls.extend(propagation.map(|&flags| MountCall {
            fs_type: None,
            flags,
            data: None,
            follows_up: true,
        }));
        calls
    }

    /// A remount keeps the options that it does not name.
    fn merged_with(&self, entry: &Entry) -> (MountFlags, String) {
        let mut kept = MountOptions::default();
        kept.add_list(&entry.options());
        let mut data: Vec<String> = kept.data;
        for option in &self.data {
            let name = option.split('=').next().unwrap_or_default();
            data.retain(|known| known.split('=').next() != Some(name));
            data.push(option.clone());
        }
        (kept.flags.difference(self.cleared) | self.flags, data.join(","))
    }
}

fn text(data: String) -> Option<String> {
    if data.is_empty() { None } else { Some(data) }
}
