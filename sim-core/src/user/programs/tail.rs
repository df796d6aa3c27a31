//! tail(1).

use crate::abi::Bytes;
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::{STDIN, read_file, read_to_end};
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
    bytes: bool,
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
        let content = match read(tool, &file).await {
            Ok(content) => content,
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
        tool.put(part.of(&content));
    }
    Ok(())
}

async fn parse_part(tool: &mut Tool, options: &Parsed) -> Done<Part> {
    let bytes = options.last_of(&["c", "n"]) == Some("c");
    let text = options.value(if bytes { "c" } else { "n" }).unwrap_or_else(|| "10".to_owned());
    let from_start = text.starts_with('+');
    let digits = text.trim_start_matches(['-', '+']);
    match digits.parse() {
        Ok(count) => Ok(Part { bytes, from_start, count }),
        Err(_) => {
            let what = if bytes { "bytes" } else { "lines" };
            let message = format!("invalid number of {what}: {}", tool.quoted(&text));
            tool.die(message, 1).await
        }
    }
}

impl Part {
    fn of<'a>(&self, content: &'a [u8]) -> &'a [u8] {
        let pieces: Vec<&[u8]> = if self.bytes {
            content.chunks(1).collect()
        } else {
            content.split_inclusive(|&b| b == b'\n').collect()
        };
        let split = if self.from_start {
            self.count.saturating_sub(1).min(pieces.len())
        } else {
            pieces.len().saturating_sub(self.count)
        };
        let at: usize = pieces[..split].iter().map(|piece| piece.len()).sum();
        &content[at..]
    }
}

fn operands(options: &Parsed) -> Vec<Bytes> {
    if options.operands.is_empty() { vec!["-".into()] } else { options.operands.clone() }
}

async fn read(tool: &mut Tool, file: &Bytes) -> Result<Vec<u8>, crate::abi::Errno> {
    if file.as_slice() == b"-" {
        read_to_end(&tool.sys, STDIN).await
    } else {
        read_file(&tool.sys, file).await
    }
}
