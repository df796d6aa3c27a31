//! Users and groups by name and number: passwd(5), group(5), and where a program looks them up.

use super::Sys;
use super::io::read_text;

/// A line of /etc/passwd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
}

/// A line of /etc/group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
}

/// The accounts of the machine, as the caller can read them now.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub users: Vec<User>,
    pub groups: Vec<Group>,
}

impl Accounts {
    /// Reads both files; one that cannot be read counts as empty, as for getpwnam(3).
    pub async fn read(sys: &Sys) -> Accounts {
        let passwd = read_text(sys, "/etc/passwd").await.unwrap_or_default();
        let group = read_text(sys, "/etc/group").await.unwrap_or_default();
        Accounts {
            users: passwd.lines().filter_map(read_user).collect(),
            groups: group.lines().filter_map(read_group).collect(),
        }
    }

    /// getpwuid(3).
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.iter().find(|user| user.uid == uid)
    }

    /// getpwnam(3).
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// getgrgid(3).
    pub fn group(&self, gid: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.gid == gid)
    }

    /// getgrnam(3).
    pub fn group_named(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The user's name, or the number where nobody has it.
    pub fn user_name(&self, uid: u32) -> String {
        self.user(uid).map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    pub fn group_name(&self, gid: u32) -> String {
        self.group(gid).map_or_else(|| gid.to_string(), |group| group.name.clone())
    }

    /// The groups that a user has at login: initgroups(3).
    pub fn groups_of(&self, user: &User) -> Vec<u32> {
        let listed = self.groups.iter().filter(|group| group.members.contains(&user.name));
        let others = listed.map(|group| group.gid).filter(|&gid| gid != user.gid);
        std::iter::once(user.gid).chain(others).collect()
    }
}

fn read_user(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields[..] else { return None };
    Some(User {
        name: name.into(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.into(),
        shell: shell.into(),
    })
}

fn read_group(line: &str) -> Option<Group> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, gid, members] = fields[..] else { return None };
    let members = members.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Some(Group { name: name.into(), gid: gid.parse().ok()?, members })
}
