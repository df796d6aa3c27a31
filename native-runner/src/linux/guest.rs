//! What makes the sandbox a machine of its own: its name, its accounts, its login environment. The
//! simulated machine's image says what they are, so that both arms answer alike.

use serde::{Deserialize, Serialize};
use sim_core::hardware::spec::Passwords;
use sim_core::image::{self, Owner, ROOT, Software};
use sim_core::scenario::model::User;

pub(super) const HOSTNAME: &str = "glasshull";

/// An account of the guest.
pub(super) struct Account {
    pub(super) name: &'static str,
    /// The user's id, and that of the user's own group.
    pub(super) id: u32,
    pub(super) home: &'static str,
    /// As Debian's /etc/profile sets it.
    path: &'static str,
}

impl Account {
    pub(super) const ADA: Account = Account {
        name: "ada",
        id: 1000,
        home: "/home/ada",
        path: "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games",
    };

    const ROOT: Account = Account {
        name: "root",
        id: 0,
        home: "/root",
        path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    };

    pub(super) fn of(user: User) -> &'static Account {
        match user {
            User::Root => &Account::ROOT,
            User::Ada => &Account::ADA,
        }
    }

    /// The whole environment in which the login shell starts.
    ///
    /// C.UTF-8, because it is on every Debian, sorts by code point, and prints quotation marks as an
    /// installed system does; the terminal is one that the page's own terminal emulates.
    pub(super) fn environment(&self) -> [(&'static str, &'static str); 8] {
        [
            ("HOME", self.home),
            ("LANG", "C.UTF-8"),
            ("LOGNAME", self.name),
            ("PATH", self.path),
            ("SHELL", "/bin/bash"),
            ("TERM", "xterm-256color"),
            ("TZ", "UTC"),
            ("USER", self.name),
        ]
    }

    /// The user's own group and those of /etc/group that list the user: initgroups(3).
    pub(super) fn groups(&self) -> Vec<u32> {
        let image = image::root(Software::default(), &Passwords::default());
        let text = image.get("etc/group").map(|file| String::from_utf8_lossy(&file.data).into_owned());
        let text = text.unwrap_or_default();
        let listed = text.lines().filter_map(|line| {
            let mut fields = line.split(':').skip(2);
            let group = fields.next()?.parse().ok()?;
            fields.next()?.split(',').any(|member| member == self.name).then_some(group)
        });
        std::iter::once(self.id).chain(listed).collect()
    }
}

/// A file that differs from the host's.
pub(super) struct File {
    /// Below the root.
    pub(super) path: String,
    /// Permission bits.
    pub(super) mode: u32,
    pub(super) owner: Owner,
    pub(super) data: Vec<u8>,
    /// When it was last changed, in seconds since 1970.
    pub(super) changed_s: u64,
}

/// The files that make the host's tree the guest's: every ordinary file of the image (which has no
/// programs here), and what makes a shell tell the runner where it is.
pub(super) fn files(marks: &Marks) -> Vec<File> {
    const TYPE: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    let image = image::root(Software::default(), &Passwords::default());
    let mut files: Vec<File> = image
        .iter()
        .filter(|entry| entry.mode & TYPE == REGULAR)
        .map(|entry| File {
            path: String::from_utf8_lossy(&entry.path).into_owned(),
            mode: entry.mode & !TYPE,
            owner: Owner { uid: entry.uid, gid: entry.gid },
            data: entry.data.clone(),
            changed_s: entry.mtime_s.into(),
        })
        .collect();
    if let Some(profile) = files.iter_mut().find(|file| file.path == "etc/profile") {
        profile.data.extend(b"[ -z \"$BASH\" ] || . /etc/bash.bashrc\n");
    }
    let changed_s = files.first().map_or(0, |file| file.changed_s);
    for (path, text) in
        [("etc/bash.bashrc", bashrc(marks)), ("etc/inputrc", "set enable-bracketed-paste off\n".to_owned())]
    {
        let (path, data) = (path.to_owned(), text.into_bytes());
        files.push(File { path, mode: 0o644, owner: ROOT, data, changed_s });
    }
    files
}

/// What the guest's shells print, unseen on any terminal, so that the runner need not guess where a
/// command begins and ends. Each is an operating system command (ECMA-48, OSC) of a number that no
/// program uses, with a token that a command cannot know before it is run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Marks {
    token: String,
}

impl Marks {
    pub(super) fn new(token: String) -> Marks {
        Marks { token }
    }

    /// Precedes every mark.
    pub(super) fn introducer(&self) -> String {
        format!("\x1b]7770;{};", self.token)
    }

    /// Ends every mark.
    pub(super) const END: u8 = 0x07;

    /// A mark as a prompt string of bash: `\[` and `\]` say that it takes no room on the screen.
    fn prompt(&self, word: &str) -> String {
        format!("\\[\\e]7770;{};{word}\\a\\]", self.token)
    }
}

/// Every interactive bash reads this, also one that a command starts in a new namespace.
fn bashrc(marks: &Marks) -> String {
    // Behind its mark a prompt is what a prompt usually is: with nothing to be seen the line editor would
    // not even echo Enter. PS0 is not of the line editor, which would print `\[` as bytes of its own.
    format!(
        "[ -z \"$PS1\" ] && return\nunset HISTFILE\nPS1='{}\\$ '\nPS2='{}> '\nPS0='\\e]7770;{};runs\\a'\n",
        marks.prompt("ready \\$"),
        marks.prompt("more"),
        marks.token,
    )
}
