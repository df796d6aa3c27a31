//! wc(1).

use std::str;

use super::stream::{Input, newlines};
use crate::abi::{AtFlags, Bytes, DirFd, Errno, FileType};
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
        match count(tool, file).await {
            Ok(counts) => {
                total = add(total, counts);
                let name = if named { format!(" {}", file.to_text()) } else { String::new() };
                tool.line(show(&options, counts, width) + &name).await;
            }
            Err(errno) => {
                tool.fail(format!("{}: {errno}", quote::leading(file))).await;
                if errno == Errno::EISDIR {
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

/// How much wc reads at once, in bytes.
const BLOCK: usize = 16_384;

async fn count(tool: &Tool, file: &Bytes) -> Result<Counts, Errno> {
    let input = Input::open(&tool.sys, file).await?;
    let mut counter = Counter::default();
    let counted = loop {
        match input.read(BLOCK).await {
            Ok(data) if data.is_empty() => break Ok(counter.finish()),
            Ok(data) => counter.take(&data),
            Err(errno) => break Err(errno),
        }
    };
    input.close().await;
    counted
}

/// Counts a text that comes in pieces.
#[derive(Default)]
struct Counter {
    counts: Counts,
    in_word: bool,
    /// The characters of the line so far.
    line: u64,
    /// The first bytes of a character that the last piece broke off in.
    broken: Vec<u8>,
}

impl Counter {
    fn take(&mut self, data: &[u8]) {
        self.counts.bytes += data.len() as u64;
        self.counts.lines += newlines(data) as u64;
        let mut text = std::mem::take(&mut self.broken);
        text.extend_from_slice(data);
        self.broken = text.split_off(text.len() - len_of_broken(&text));
        self.take_text(&text);
    }

    fn take_text(&mut self, text: &[u8]) {
        for c in String::from_utf8_lossy(text).chars() {
            self.counts.chars += 1;
            // What cannot be printed, or is no character, neither begins a word nor ends one.
            if c.is_whitespace() {
                self.in_word = false;
            } else if !c.is_control() && c != char::REPLACEMENT_CHARACTER {
                self.counts.words += u64::from(!self.in_word);
                self.in_word = true;
            }
            self.line = if c == '\n' { 0 } else { self.line + 1 };
            self.counts.longest = self.counts.longest.max(self.line);
        }
    }

    fn finish(&mut self) -> Counts {
        let broken = std::mem::take(&mut self.broken);
        self.take_text(&broken);
        self.counts
    }
}

/// How many bytes at the end are the beginning of a character.
fn len_of_broken(text: &[u8]) -> usize {
    let invalid = text.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    match str::from_utf8(invalid) {
        Err(error) if error.error_len().is_none() => invalid.len(),
        _ => 0,
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
