//! The first process in a sandbox: builds the view, then opens terminals and looks around for the
//! runner. When it ends, the kernel kills everything else in its pid namespace.

use std::convert::Infallible;
use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Gid, Signal, Uid, WaitOptions, waitpid};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use sim_core::scenario::model::User;

use super::channel::Channel;
use super::failure::{Doing, Failure};
use super::guest::{Account, HOSTNAME};
use super::observe;
use super::protocol::{Birth, Go, Mapping, Order, Privilege, Request};
use super::sys::{self, Reaping, Side};
use super::twin;
use super::view::{self, Ids, Layers, Lower, Plan};

/// The size of every terminal.
const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// Never returns: leaving means the end of the sandbox.
pub(super) fn live(runner: Channel, supervisor: Channel, order: &Order) -> ! {
    let status = match settle(&supervisor, order) {
        Ok((init, ready)) => {
            drop(supervisor);
            let _ = runner.send(&ready);
            // The runner closes the socket when it is done.
            let _ = init.serve(&runner);
            0
        }
        Err(failure) => {
            let _ = runner.send(&Birth::Failed(failure));
            1
        }
    };
    std::process::exit(status);
}

/// What the first process keeps hold of, whatever a command does to the file tree.
struct Init {
    terminals: OwnedFd,
    processes: OwnedFd,
}

fn settle(supervisor: &Channel, order: &Order) -> Result<(Init, Birth), Failure> {
    let _ = rustix::process::setsid();
    // As on any machine.
    let _ = rustix::thread::set_name(c"init");
    let _ = sys::set_command_line(b"/sbin/init");
    let (go, lower): (Go, Option<OwnedFd>) = supervisor.receive_with().doing("wait for the supervisor")?;
    become_root(go.mapping)?;
    die_with_parent(supervisor)?;
    // After the supervisor has put this process into its cgroup: that becomes the namespace's root.
    sys::unshare(rustix::thread::UnshareFlags::NEWCGROUP).doing("unshare the cgroup namespace")?;
    let layers = match order.privilege {
        Privilege::UserNamespace => Layers::UserAttributes,
        Privilege::RealRoot => Layers::TrustedAttributes,
    };
    let mut offer = go.offer;
    rustix::process::umask(Mode::empty());
    let notes = view::enter(Plan {
        lower: lower.map_or(Lower::Directories, |mount| Lower::Tree { mount, layers }),
        ids: if offer.many_ids.is_ok() { Ids::Many } else { Ids::RootOnly },
        limits: &order.limits,
        marks: &order.marks,
    })?;
    offer.notes.extend(notes);
    leave_the_hosts_null()?;
    rustix::system::sethostname(HOSTNAME.as_bytes()).doing("set the host name")?;
    let _ = rustix::system::setdomainname(b"(none)");
    if let Err(error) = sys::bring_loopback_up() {
        offer.notes.push(format!("the loopback device is down: {error}"));
    }
    order.limits.apply()?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    sys::set_reaping(Reaping::ByKernel);
    let open = |path: &str| {
        let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).doing(format!("open {path}"))
    };
    let init = Init { terminals: open("/dev/pts")?, processes: open("/proc")? };
    Ok((init, Birth::Ready { offer, cgroup: go.cgroup }))
}

/// What is done to /proc/1/fd/2 or to its mode is done to what init has open there: not to a file of the
/// host.
fn leave_the_hosts_null() -> Result<(), Failure> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    let null = rustix::fs::open("/dev/null", flags, Mode::empty()).doing("open the sandbox's /dev/null")?;
    rustix::stdio::dup2_stdin(&null).doing("connect /dev/null")?;
    rustix::stdio::dup2_stdout(&null).doing("connect /dev/null")?;
    rustix::stdio::dup2_stderr(&null).doing("connect /dev/null")
}

/// Takes id 0 of the sandbox, which until now was nobody's.
fn become_root(mapping: Mapping) -> Result<(), Failure> {
    match mapping {
        Mapping::None => return Ok(()),
        Mapping::Range => {
            rustix::thread::set_thread_groups(&[]).doing("leave all groups")?;
        }
        // Without privilege the groups cannot be left: setgroups(2) has to be given up to map one's own.
        Mapping::OwnId { user, group } => {
            for (file, text) in [
                ("setgroups", "deny".to_owned()),
                ("uid_map", format!("0 {user} 1\n")),
                ("gid_map", format!("0 {group} 1\n")),
            ] {
                fs::write(format!("/proc/self/{file}"), text).doing(format!("write own {file}"))?;
            }
        }
    }
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).doing("become group 0")?;
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).doing("become user 0")?;
    // A change of ids takes this away, and with it the ownership of /proc/self: proc_pid(5).
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable)
        .doing("become dumpable")
}

/// From here on the kernel kills this process when its supervisor dies; a change of ids would undo it.
fn die_with_parent(supervisor: &Channel) -> Result<(), Failure> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).doing("follow the supervisor")?;
    // It may have died just before.
    let mut events = [rustix::event::PollFd::new(supervisor, rustix::event::PollFlags::RDHUP)];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    match rustix::event::poll(&mut events, Some(&now)).doing("look for the supervisor")? {
        0 => Ok(()),
        _ => Err(Failure::new("look for the supervisor", "it is gone")),
    }
}

impl Init {
    /// Answers requests until the runner closes its end.
    fn serve(&self, runner: &Channel) -> std::io::Result<()> {
        loop {
            let (request, socket) = runner.receive_with()?;
            match request {
                Request::OpenTerminal { user } => {
                    hand_over(runner, self.at_a_terminal(|| shell(user)))?;
                }
                Request::StartTwin { user } => {
                    let Some(socket) = socket else { return Err(std::io::ErrorKind::InvalidData.into()) };
                    let started = self.at_a_terminal(|| {
                        become_user(user)?;
                        twin::live(Channel::from_socket(socket))
                    });
                    hand_over(runner, started)?;
                }
                Request::Sleep { pid } => runner.send(&observe::sleep(&self.processes, pid))?,
                Request::Observe => runner.send(&observe::all(&self.processes))?,
            }
        }
    }

    /// Makes a pseudo-terminal, and a process whose terminal it is and which does `work`.
    fn at_a_terminal(&self, work: impl FnOnce() -> Result<Infallible, Failure>) -> Result<OwnedFd, Failure> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let master = rustix::fs::openat(&self.terminals, "ptmx", flags, Mode::empty())
            .doing("open a pseudo-terminal")?;
        rustix::pty::unlockpt(&master).doing("unlock the pseudo-terminal")?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let terminal = rustix::pty::ioctl_tiocgptpeer(&master, flags).doing("open the terminal")?;
        rustix::termios::tcsetwinsize(&terminal, SIZE).doing("set the terminal's size")?;
        if let Side::Child = sys::clone_process(0).doing("fork")? {
            let Err(failure) = take_terminal(terminal).and_then(|()| work());
            // The runner reads it from the terminal.
            eprintln!("{failure}");
            std::process::exit(1);
        }
        Ok(master)
    }
}

fn hand_over(runner: &Channel, master: Result<OwnedFd, Failure>) -> std::io::Result<()> {
    match master {
        Ok(master) => runner.send_with(&Ok::<(), Failure>(()), Some(master.as_fd())),
        Err(failure) => runner.send(&Err::<(), Failure>(failure)),
    }
}

/// Makes the terminal the caller's own, as agetty(8) does.
fn take_terminal(terminal: OwnedFd) -> Result<(), Failure> {
    sys::set_reaping(Reaping::ByCaller);
    rustix::process::setsid().doing("start a session")?;
    rustix::process::ioctl_tiocsctty(&terminal).doing("take the terminal")?;
    rustix::stdio::dup2_stdin(&terminal).doing("connect the terminal")?;
    rustix::stdio::dup2_stdout(&terminal).doing("connect the terminal")?;
    rustix::stdio::dup2_stderr(&terminal).doing("connect the terminal")
}

/// Makes the caller, and its terminal, `user`'s.
fn become_user(user: User) -> Result<(), Failure> {
    let account = Account::of(user);
    if user != User::Root {
        let (uid, gid) = (Uid::from_raw(account.id), Gid::from_raw(account.id));
        let groups: Vec<Gid> = account.groups().into_iter().map(Gid::from_raw).collect();
        let terminal = std::io::stdin();
        rustix::fs::fchown(&terminal, Some(uid), Some(Gid::from_raw(5))).doing("give the terminal away")?;
        rustix::thread::set_thread_groups(&groups).doing("set the groups")?;
        rustix::thread::set_thread_res_gid(gid, gid, gid).doing("set the group")?;
        rustix::thread::set_thread_res_uid(uid, uid, uid).doing("set the user")?;
    }
    rustix::process::chdir(account.home).doing("enter the home directory")
}

/// What login(1) does once it knows the user: it stays, as root, until the shell has ended.
fn shell(user: User) -> Result<Infallible, Failure> {
    let _ = rustix::thread::set_name(c"login");
    let _ = sys::set_command_line(b"/bin/login\0-p\0--");
    if let Side::Parent(shell) = sys::clone_process(0).doing("fork")? {
        sys::close_from(3).doing("close what init has open")?;
        let _ = rustix::io::retry_on_intr(|| waitpid(Some(shell), WaitOptions::empty()));
        std::process::exit(0);
    }
    become_user(user)?;
    // The dash makes it a login shell, and is how it calls itself in its messages.
    let environment = Account::of(user).environment();
    let error = Command::new("/bin/bash").arg0("-bash").env_clear().envs(environment).exec();
    Err(Failure::new("run /bin/bash", error))
}
