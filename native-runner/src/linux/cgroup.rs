//! The sandbox's own control group: cgroups(7).

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use super::failure::{Doing, Failure};
use super::limits::Limits;

/// A fresh group of the v2 hierarchy; removed when dropped.
#[derive(Debug)]
pub(super) struct Cgroup {
    path: PathBuf,
}

/// What group the sandbox got, and what of its limits the group enforces.
pub(super) struct Membership {
    pub(super) cgroup: Option<Cgroup>,
    /// What is missing, for the report.
    pub(super) notes: Vec<String>,
}

impl Cgroup {
    /// Makes a group for a sandbox and sets the limits for which the host has enabled controllers.
    /// It enables none itself: that would change the host.
    pub(super) fn create(name: &str, limits: &Limits) -> Membership {
        let cgroup = match places().and_then(|places| make_in_best(&places, name)) {
            Ok(cgroup) => cgroup,
            Err(failure) => {
                return Membership { cgroup: None, notes: vec![format!("no cgroup of its own: {failure}")] };
            }
        };
        let mut notes = Vec::new();
        for (controller, file, value) in
            [("pids", "pids.max", limits.processes), ("memory", "memory.max", limits.memory_bytes)]
        {
            if !cgroup.path.join(file).exists() {
                notes.push(format!(
                    "no {file} for the run: the host has not enabled the {controller} controller"
                ));
            } else if let Err(failure) = fs::write(cgroup.path.join(file), value.to_string()).doing(file) {
                notes.push(failure.to_string());
            }
        }
        Membership { cgroup: Some(cgroup), notes }
    }

    pub(super) fn add(&self, process: rustix::process::Pid) -> Result<(), Failure> {
        fs::write(self.path.join("cgroup.procs"), process.as_raw_nonzero().to_string())
            .doing("move the sandbox into its cgroup")
    }

    /// Hands the group to the user who is root in the sandbox: cgroups(7), "Delegation".
    pub(super) fn delegate(&self, owner: u32) -> Result<(), Failure> {
        for file in ["", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"] {
            chown(self.path.join(file), Some(owner), Some(owner)).doing("delegate the sandbox's cgroup")?;
        }
        Ok(())
    }

    /// Where the host sees it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Kills what is still in a sandbox's group or below it, and removes all of it.
pub(super) fn remove(group: &Path) {
    // cgroup.kill is there since Linux 5.14; without it the pid namespace has done the same.
    let _ = fs::write(group.join("cgroup.kill"), "1");
    for _ in 0..200 {
        match remove_tree(group) {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            _ => return,
        }
    }
}

fn remove_tree(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}

/// Groups that a new one might be made in: the caller's own, and the hierarchy's root.
fn places() -> Result<Vec<PathBuf>, Failure> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").doing("read /proc/self/mountinfo")?;
    let top = mounts
        .lines()
        .filter_map(|line| line.split_once(" - "))
        .find(|(_, right)| right.starts_with("cgroup2 "))
        .and_then(|(left, _)| left.split(' ').nth(4))
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("look for cgroup v2", "no cgroup2 file system is mounted"))?;
    let own = fs::read_to_string("/proc/self/cgroup").doing("read /proc/self/cgroup")?;
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or("").to_owned();
    let mut places = vec![top.join(own)];
    if places[0] != top {
        places.push(top);
    }
    Ok(places)
}

/// Prefers the place whose children have a controller for both limits.
fn make_in_best(places: &[PathBuf], name: &str) -> Result<Cgroup, Failure> {
    let controllers = |place: &PathBuf| {
        let enabled = fs::read_to_string(place.join("cgroup.subtree_control")).unwrap_or_default();
        enabled.split_whitespace().filter(|name| ["pids", "memory"].contains(name)).count()
    };
    let mut places: Vec<&PathBuf> = places.iter().collect();
    places.sort_by_key(|place| std::cmp::Reverse(controllers(place)));
    let mut refused = None;
    for place in places {
        let path = place.join(name);
        match fs::create_dir(&path).doing(format!("create {}", path.display())) {
            Ok(()) => return Ok(Cgroup { path }),
            Err(failure) => refused = Some(failure),
        }
    }
    Err(refused.expect("there is at least one place"))
}
