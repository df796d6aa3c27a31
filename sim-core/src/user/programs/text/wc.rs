//! wc(1).

use super::read_input;
use crate::abi::{AtFlags, Bytes, DirFd, FileType};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const SYNTAX: Syntax = Syntax {
    options: &["c bytes", "m chars", "l lines", "L max-line-length", "w words"],
    unmodelled: &["files0-from=", "help", "version"],
    order: Order::Permute,
};

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    chars: u64,
    bytes: u64,
    longest: u64,
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let named = !options.operands.is_empty();
    let files = if named { options.operands.clone() } else { vec!["-".into()] };
    let width = width(tool, &files, columns(&options)).await;
    let mut total = Counts::default();
    for file in &files {
        match read_input(&tool.sys, file).await {
            Ok(content) => {
                let counts = count(&content);
                total = add(total, counts);
                let name = if named { format!(" {}", file.to_text()) } else { String::new() };
                tool.line(show(&options, counts, width) + &name).await;
            }
            Err(errno) => {
                tool.fail(format!("{}: {errno}", quote::leading(file))).await;
                if errno == crate::abi::Errno::EISDIR {
                    let name = file.to_text();
                    tool.line(show(&options, Counts::default(), width) + " " + &name).await;
                }
            }
        }
    }
    if files.len() > 1 {
        tool.line(show(&options, total, width) + " total").await;
    }
    Ok(())
}

fn count(content: &[u8]) -> Counts {
    let text = String::from_utf8_lossy(content);
    Counts {
        lines: content.iter().filter(|&&b| b == b'\n').count() as u64,
        words: text.split_whitespace().count() as u64,
        chars: text.chars().count() as u64,
        bytes: content.len() as u64,
        longest: text.split('\n').map(|line| line.chars().count() as u64).max().unwrap_or(0),
    }
}

fn add(a: Counts, b: Counts) -> Counts {
    Counts {
        lines: a.lines + b.lines,
        words: a.words + b.words,
        chars: a.chars + b.chars,
        bytes: a.bytes + b.bytes,
        longest: a.longest.max(b.longest),
    }
}

fn columns(options: &Parsed) -> usize {
    let chosen = ["l", "w", "m", "c", "L"].iter().filter(|option| options.has(option)).count();
    if chosen == 0 { 3 } else { chosen }
}

/// One number of one file is not padded; else as wide as the sizes of the files need, and 7 where one is no
/// regular file.
async fn width(tool: &Tool, files: &[Bytes], columns: usize) -> usize {
    if files.len() == 1 && columns == 1 {
        return 1;
    }
    let mut total = 0;
    let mut least = 1;
    for file in files {
        let stat = if file.as_slice() == b"-" {
            tool.sys.fstat(crate::user::io::STDIN).await
        } else {
            tool.sys.newfstatat(DirFd::CWD, file, AtFlags::empty()).await
        };
        match stat {
            Ok(stat) if stat.mode.file_type == FileType::Regular => total += stat.size,
            Ok(_) => least = 7,
            Err(_) => {}
        }
    }
    total.to_string().len().max(least)
}

fn show(options: &Parsed, counts: Counts, width: usize) -> String {
    let none = !["l", "w", "m", "c", "L"].iter().any(|option| options.has(option));
    let all = [
        (none || options.has("l"), counts.lines),
        (none || options.has("w"), counts.words),
        (options.has("m"), counts.chars),
        (none || options.has("c"), counts.bytes),
        (options.has("L"), counts.longest),
    ];
    let shown: Vec<String> =
        all.iter().filter(|(shown, _)| *shown).map(|(_, number)| format!("{number:>width$}")).collect();
    shown.join(" ")
}
