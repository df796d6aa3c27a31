//! ps(1), of procps.

mod columns;
mod forest;
mod options;
mod process;

use crate::user::accounts::Accounts;
use crate::user::tool::{Done, Exit, Tool};
use crate::user::{Args, Sys};
use columns::{Column, Just, Machine};
use options::{Mistake, Request, Select};
use process::Process;

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let accounts = Accounts::read(&tool.sys).await;
    let request = match options::parse(&tool.args.rest(), &accounts) {
        Ok(request) => request,
        Err(mistake) => return refuse(tool, mistake).await,
    };
    let own_pid = tool.sys.getpid().await.map_or(0, |pid| pid.0);
    let machine = Machine::read(&tool.sys, accounts).await;
    let all = process::read_all(&tool.sys).await;
    let Some(me) = all.iter().find(|process| process.pid == own_pid).cloned() else {
        let what = "error: could not find self in /proc: is it mounted?\n";
        tool.print_error(what).await;
        return Err(Exit(1));
    };
    let mut chosen: Vec<Process> =
        all.into_iter().filter(|process| is_chosen(process, &request, &me)).collect();
    if !request.sort.is_empty() {
        chosen.sort_by(|a, b| columns::compare(a, b, &request.sort, &machine));
    }
    let prefixes = forest::arrange(&mut chosen, request.forest);
    let width = line_width(tool, &request).await;
    let layout = Layout { columns: &request.columns, width, machine: &machine, pid_width: machine.pid_width };
    if request.header && request.columns.iter().any(|column| !column.header.is_empty()) {
        let header = layout.header();
        tool.line(header).await;
    }
    let found = !chosen.is_empty();
    for (process, prefix) in chosen.iter().zip(prefixes) {
        let line = layout.line(process, &prefix, request.command_as_name, request.environment);
        tool.line(line).await;
    }
    if found { Ok(()) } else { Err(Exit(1)) }
}

async fn refuse(tool: &mut Tool, mistake: Mistake) -> Done {
    if let Some(option) = mistake.unmodelled {
        crate::user::unmodelled(&tool.sys, format!("ps {option}"));
    }
    let usage = "\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  \
                 or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n";
    tool.print_error(format!("error: {}\n{usage}", mistake.message)).await;
    Err(Exit(1))
}

fn is_chosen(process: &Process, request: &Request, me: &Process) -> bool {
    if request.lists.is_empty() && !request.all {
        let same_user = request.any_user || process.euid == me.euid;
        return match request.select {
            // Everything that has a terminal, but for session leaders.
            Select::AllWithTerminal => process.tty != 0 && process.session != process.pid,
            Select::NotLeaders => process.session != process.pid,
            Select::Own => {
                let terminal =
                    if request.any_user { process.tty != 0 } else { process.tty == me.tty || request.bsd };
                same_user && (request.no_terminal || (terminal && (process.tty != 0 || !request.bsd)))
            }
        };
    }
    (request.all || request.lists.iter().any(|list| list.matches(process))) != request.negate
}

/// How long a line may get: none is without limit.
async fn line_width(tool: &mut Tool, request: &Request) -> Option<usize> {
    let columns = tool.args.env("COLUMNS").and_then(|text| text.to_text().parse().ok());
    let terminal = tool.writes_to_terminal().await;
    let width = match columns {
        Some(width) => Some(width),
        None if terminal => tool.terminal_width().await.or(Some(80)),
        None => None,
    };
    match request.wide {
        0 => width,
        1 => width.map(|width: usize| width.max(132)),
        _ => None,
    }
}

/// Puts columns under each other. One that needs more than its width pushes the next, which make up for it
/// where they have room.
struct Layout<'a> {
    columns: &'a [Column],
    width: Option<usize>,
    machine: &'a Machine,
    pid_width: usize,
}

impl Layout<'_> {
    fn header(&self) -> String {
        let cells = self.columns.iter().map(|column| (column.header.clone(), column.just)).collect();
        self.join(cells)
    }

    fn line(&self, process: &Process, prefix: &str, as_name: bool, environment: bool) -> String {
        let cell = |column: &Column| {
            let text = column.text(process, self.machine, prefix, as_name, environment);
            let numeric_user = column.just == Just::User && text.bytes().all(|b| b.is_ascii_digit());
            let width = self.width_of(column);
            let fits = column.just != Just::User || text.chars().count() <= width;
            let text = if fits { text } else { text.chars().take(width - 1).collect::<String>() + "+" };
            (text, if numeric_user { Just::Right } else { column.just })
        };
        self.join(self.columns.iter().map(cell).collect())
    }

    fn width_of(&self, column: &Column) -> usize {
        if column.is_pid() { self.pid_width.max(column.header.len()) } else { column.width }
    }

    fn join(&self, cells: Vec<(String, Just)>) -> String {
        let mut line = String::new();
        let (mut planned, mut actual) = (0, 0);
        let last = cells.len() - 1;
        for (index, (text, just)) in cells.into_iter().enumerate() {
            let width = self.width_of(&self.columns[index]);
            let room = match self.width {
                Some(limit) if index == last => limit.saturating_sub(planned.max(actual)),
                _ if index == last => usize::MAX,
                _ if matches!(just, Just::Left | Just::Unlimited) => width,
                _ => usize::MAX,
            };
            let text: String = text.chars().take(room).collect();
            let length = text.chars().count();
            let pad = if just == Just::Right { width.saturating_sub(length) } else { 0 };
            let wanted = (planned + pad).saturating_sub(actual);
            let space = if wanted < 1 && index > 0 { 1 } else { wanted };
            line.extend(std::iter::repeat_n(' ', space));
            line.push_str(&text);
            actual += space + length;
            planned += width + 1;
        }
        line
    }
}
