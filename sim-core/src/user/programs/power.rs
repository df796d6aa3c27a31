//! poweroff(8), reboot(8), halt(8), shutdown(8): as systemctl(1) does their work.

use super::init::Goal;
use crate::abi::{Errno, Null, Pid, RebootMagic, RebootMagic2};
use crate::user::getopt::{Order, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys};

const HALT: Syntax = Syntax {
    options: &["f force", "p poweroff", "halt", "reboot", "no-wall", "no-sync n", "d no-wtmp"],
    unmodelled: &["help", "w wtmp-only"],
    order: Order::Permute,
};
const SHUTDOWN: Syntax = Syntax {
    options: &["H halt", "P poweroff", "r reboot", "h", "no-wall"],
    unmodelled: &["help", "k", "c", "show"],
    order: Order::Permute,
};

pub async fn poweroff(sys: Sys, args: Args) -> i32 {
    halt_as(sys, args, Goal::PowerOff).await
}

pub async fn reboot(sys: Sys, args: Args) -> i32 {
    halt_as(sys, args, Goal::Reboot).await
}

pub async fn halt(sys: Sys, args: Args) -> i32 {
    halt_as(sys, args, Goal::Halt).await
}

async fn halt_as(sys: Sys, args: Args, goal: Goal) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run_halt(&mut tool, goal).await;
    tool.finish(done).await
}

async fn run_halt(tool: &mut Tool, by_name: Goal) -> Done {
    let options = tool.options(HALT, 1).await?;
    let goal = match options.last_of(&["p", "halt", "reboot"]) {
        Some("p") => Goal::PowerOff,
        Some("halt") => Goal::Halt,
        Some("reboot") => Goal::Reboot,
        _ => by_name,
    };
    if !options.has("f") {
        return ask_init(tool, goal).await;
    }
    if !options.has("no-sync") {
        let _ = tool.sys.sync().await;
    }
    tool.line(match goal {
        Goal::PowerOff => "Powering off.",
        Goal::Reboot => "Rebooting.",
        Goal::Halt => "Halting.",
    })
    .await;
    let (magic, magic2) = (RebootMagic::LINUX_REBOOT_MAGIC1, RebootMagic2::LINUX_REBOOT_MAGIC2);
    match tool.sys.reboot(magic, magic2, goal.command(), Null).await {
        Ok(_) => Ok(()),
        Err(errno) => tool.die_plain(format!("Failed to reboot: {errno}"), 1).await,
    }
}

pub async fn shutdown(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::short_named(sys, args);
    let done = run_shutdown(&mut tool).await;
    tool.finish(done).await
}

async fn run_shutdown(tool: &mut Tool) -> Done {
    let options = tool.options(SHUTDOWN, 1).await?;
    let goal = match options.last_of(&["H", "P", "r"]) {
        Some("H") => Goal::Halt,
        Some("r") => Goal::Reboot,
        _ => Goal::PowerOff,
    };
    let when = options.operands.first().map(|when| when.to_text());
    match when.as_deref() {
        Some("now" | "+0") => ask_init(tool, goal).await,
        // Without logind there is nobody who would wait.
        other => {
            let when = other.unwrap_or("+1").to_owned();
            crate::user::unmodelled(&tool.sys, format!("shutdown {when}"));
            tool.die_plain("Failed to schedule shutdown: System has no logind", 1).await
        }
    }
}

/// Asks process 1 to take the system down.
async fn ask_init(tool: &mut Tool, goal: Goal) -> Done {
    match tool.sys.kill(Pid(1), goal.signal()).await {
        Ok(_) => Ok(()),
        Err(Errno::EPERM) => tool.die_plain("Must be root.", 1).await,
        Err(errno) => tool.die_plain(format!("Failed to talk to init daemon: {errno}"), 1).await,
    }
}
