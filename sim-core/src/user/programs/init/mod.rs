//! init: process 1 of the running system. It starts units in the order of their dependencies, starts again
//! what is to run always, reaps orphans, and takes the system down.
//!
//! It reads a part of systemd's unit files, and behaves and speaks as systemd(1) does with them.

mod console;
mod manager;
mod setup;
mod shutdown;
mod unit;
pub mod units;

use crate::abi::{RebootCommand, Signal};
use crate::user::io::read_text;
use crate::user::{Args, Sys};
use console::Console;
use manager::Manager;

/// How the system goes down. systemd(1), "SIGNALS".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    PowerOff,
    Reboot,
    Halt,
}

/// The first real-time signal that programs may use: the C library keeps two for itself.
const SIGRTMIN: u8 = 34;

impl Goal {
    const ALL: [Goal; 3] = [Goal::PowerOff, Goal::Reboot, Goal::Halt];

    /// The signal that asks init for it.
    pub const fn signal(self) -> Signal {
        match self {
            Goal::Halt => Signal(SIGRTMIN + 3),
            Goal::PowerOff => Signal(SIGRTMIN + 4),
            Goal::Reboot => Signal(SIGRTMIN + 5),
        }
    }

    pub const fn command(self) -> RebootCommand {
        match self {
            Goal::Halt => RebootCommand::LINUX_REBOOT_CMD_HALT,
            Goal::PowerOff => RebootCommand::LINUX_REBOOT_CMD_POWER_OFF,
            Goal::Reboot => RebootCommand::LINUX_REBOOT_CMD_RESTART,
        }
    }
}

pub async fn main(sys: Sys, args: Args) -> i32 {
    if sys.getpid().await.is_ok_and(|pid| pid.0 != 1) {
        crate::user::io::eprint(&sys, "Couldn't find an alternative telinit implementation to spawn.\n")
            .await;
        return 1;
    }
    setup::mount_api_file_systems(&sys).await;
    let command_line = read_text(&sys, "/proc/cmdline").await.unwrap_or_default();
    let quiet = command_line.split_ascii_whitespace().any(|word| word == "quiet");
    let console = Console::new(&sys, quiet);
    console.welcome().await;
    setup::set_hostname(&sys, &console).await;
    setup::catch_signals(&sys).await;

    let wanted = wanted_target(&command_line, &args.rest());
    let mut manager = Manager::load(&sys, console, &wanted).await;
    let goal = manager.run().await;
    manager.stop_all().await;
    shutdown::finish(&sys, &manager.console, goal).await
}

/// What the kernel's command line asks for: kernel-command-line(7).
fn wanted_target(command_line: &str, arguments: &[String]) -> String {
    let words = command_line.split_ascii_whitespace();
    let by_key = words.filter_map(|word| word.strip_prefix("systemd.unit=")).next_back();
    let by_word = arguments.iter().find_map(|word| match word.as_str() {
        "1" | "s" | "S" | "single" | "rescue" => Some("rescue.target"),
        "2" | "3" | "4" | "5" => Some("multi-user.target"),
        _ => None,
    });
    by_key.or(by_word).unwrap_or(manager::DEFAULT_TARGET).to_owned()
}
