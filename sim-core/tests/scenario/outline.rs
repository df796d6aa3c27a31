//! A scenario in a few lines, for a reader of the cases.

use std::fmt::Write;

use sim_core::scenario::expect::Pattern;
use sim_core::scenario::model::{FenceKind, MachineRef};
use sim_core::scenario::{Block, Fence, FrontMatter, Scenario};

pub fn of(scenario: &Scenario) -> String {
    let FrontMatter { title, start, user, machine, needs, goal } = &scenario.front;
    let mut outline = format!("{title}\n{start:?}, {user:?}, needs {needs:?}, goal {goal:?}\n");
    let board = machine.board();
    let name = match machine {
        MachineRef::Default => "default board",
        MachineRef::Named { name, .. } => name,
        MachineRef::Inline(_) => "board of its own",
    };
    outline += &format!("{name}: {:?}, {} cores\n", board.firmware.kind, board.cores_per_socket);
    for block in &scenario.blocks {
        match block {
            Block::Prose(prose) => {
                writeln!(outline, "prose, line {}\n{}", prose.span.line, prose.html.trim_end())
            }
            Block::Fence(fence) => write!(outline, "{}", fence_outline(fence)),
        }
        .expect("a string can be written to");
    }
    outline
}

fn fence_outline(fence: &Fence) -> String {
    let mut outline = match &fence.kind {
        FenceKind::Console { terminal } => {
            format!("console on terminal {}, line {}\n", terminal.0, fence.span.line)
        }
        FenceKind::Strace => format!("strace, line {}\n", fence.span.line),
    };
    for known in &fence.known_differences {
        outline += &format!("  differs on {}: {}\n", known.arm.name(), known.reason);
    }
    for step in &fence.steps {
        let place = format!("{}:{}", step.span.line, step.span.column);
        outline += &format!("  {} at {place}: {:?}\n", step.id.0, step.action);
        for line in &step.expected.lines {
            match &line.pattern {
                Pattern::AnyLines => outline += "      any lines\n",
                Pattern::Line { pieces, end } => outline += &format!("      {pieces:?} {end:?}\n"),
            }
        }
        outline += &format!("      until {:?}\n", step.expected.until);
    }
    outline
}
