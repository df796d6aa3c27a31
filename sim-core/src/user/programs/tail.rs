//! tail(1).

use super::text::stream::{Ending, Input, Unit};
use crate::abi::{Bytes, Errno};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const TAIL: Syntax = Syntax {
    options: &["c bytes=", "n lines=", "q quiet silent", "v verbose"],
    unmodelled: &[
        "f follow[=]",
        "F",
        "max-unchanged-stats=",
        "pid=",
        "retry",
        "s sleep-interval=",
        "z zero-terminated",
        "help",
        "version",
    ],
    order: Order::Permute,
};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

/// What of a file is shown.
struct Part {
    unit: Unit,
    /// `-n +3`: counted from the start.
    from_start: bool,
    count: usize,
}

async fn run(tool: &mut Tool) -> Done {
    // `-3` is `-n 3`.
    for argument in tool.args.argv.iter_mut().skip(1).take(1) {
        if argument.len() > 1 && argument[0] == b'-' && argument[1..].iter().all(u8::is_ascii_digit) {
            *argument = [b"-n", &argument[1..]].concat().into();
        }
    }
    let options = tool.options(TAIL, 1).await?;
    let part = parse_part(tool, &options).await?;
    let files = operands(&options);
    let titled = match options.last_of(&["q", "v"]) {
        Some("q") => false,
        Some(_) => true,
        None => files.len() > 1,
    };
    let mut first = true;
    for file in files {
        let input = match Input::open(&tool.sys, &file).await {
            Ok(input) => input,
            Err(errno) => {
                let message = format!("cannot open {} for reading: {errno}", quote::always(&file));
                tool.fail(message).await;
                continue;
            }
        };
        if titled {
            let name = if file.as_slice() == b"-" { "standard input".to_owned() } else { file.to_text() };
            let blank = if first { "" } else { "\n" };
            tool.put(format!("{blank}==> {name} <==\n"));
        }
        first = false;
        let shown = part.show(tool, &input).await;
        input.close().await;
        tool.check_input(&file, shown?).await?;
    }
    Ok(())
}

async fn parse_part(tool: &mut Tool, options: &Parsed) -> Done<Part> {
    let bytes = options.last_of(&["c", "n"]) == Some("c");
    let text = options.value(if bytes { "c" } else { "n" }).unwrap_or_else(|| "10".to_owned());
    let from_start = text.starts_with('+');
    let digits = text.trim_start_matches(['-', '+']);
    match digits.parse() {
        Ok(count) => {
            let unit = if bytes { Unit::Bytes } else { Unit::Lines };
            Ok(Part { unit, from_start, count })
        }
        Err(_) => {
            let what = if bytes { "bytes" } else { "lines" };
            let message = format!("invalid number of {what}: {}", tool.quoted(&text));
            tool.die(message, 1).await
        }
    }
}

/// How much tail reads at once, in bytes.
const BLOCK: usize = 8192;

impl Part {
    /// The inner failure is that of reading.
    async fn show(&self, tool: &mut Tool, input: &Input) -> Done<Result<(), Errno>> {
        let mut ending = Ending::new(self.unit, self.count);
        let mut to_skip = self.count.saturating_sub(1);
        loop {
            let data = match input.read(BLOCK).await {
                Ok(data) if data.is_empty() => break,
                Ok(data) => data,
                Err(errno) => return Ok(Err(errno)),
            };
            if self.from_start {
                let rest = self.skip(&data, &mut to_skip);
                tool.put_on(rest).await?;
            } else if let Err(errno) = ending.push(&data) {
                return Ok(Err(errno));
            }
        }
        let (_, end) = ending.finish();
        tool.put_on(end).await.map(Ok)
    }

    /// What is left of a piece after so many bytes or lines have been skipped.
    fn skip<'a>(&self, data: &'a [u8], count: &mut usize) -> &'a [u8] {
        let mut at = 0;
        while *count > 0 && at < data.len() {
            if self.unit == Unit::Bytes || data[at] == b'\n' {
                *count -= 1;
            }
            at += 1;
        }
        &data[at..]
    }
}

fn operands(options: &Parsed) -> Vec<Bytes> {
    if options.operands.is_empty() { vec!["-".into()] } else { options.operands.clone() }
}
