//! cat(1).

use crate::abi::{Bytes, DirFd, Fd, Mode, OpenFlags};
use crate::user::getopt::{Order, Parsed, Syntax};
use crate::user::io::STDIN;
use crate::user::tool::{Done, Tool};
use crate::user::{Args, Sys, quote};

const SYNTAX: Syntax = Syntax {
    options: &[
        "A show-all",
        "b number-nonblank",
        "e",
        "E show-ends",
        "n number",
        "s squeeze-blank",
        "t",
        "T show-tabs",
        "u",
        "v show-nonprinting",
    ],
    unmodelled: &["help", "version"],
    order: Order::Permute,
};

/// How much cat reads at once, in bytes.
const BLOCK: u64 = 131_072;

pub async fn main(sys: Sys, args: Args) -> i32 {
    let mut tool = Tool::new(sys, args);
    let done = run(&mut tool).await;
    tool.finish(done).await
}

async fn run(tool: &mut Tool) -> Done {
    let options = tool.options(SYNTAX, 1).await?;
    let mut view = View::new(&options);
    let files = if options.operands.is_empty() { vec!["-".into()] } else { options.operands.clone() };
    for file in files {
        copy(tool, &file, &mut view).await?;
    }
    Ok(())
}

async fn copy(tool: &mut Tool, file: &Bytes, view: &mut View) -> Done {
    if file.as_slice() == b"-" {
        return copy_open(tool, STDIN, file, view).await;
    }
    match tool.sys.openat(DirFd::CWD, file, OpenFlags::empty(), Mode(0)).await {
        Ok(fd) => {
            let done = copy_open(tool, fd, file, view).await;
            let _ = tool.sys.close(fd).await;
            return done;
        }
        Err(errno) => tool.fail(format!("{}: {errno}", quote::leading(file))).await,
    }
    Ok(())
}

async fn copy_open(tool: &mut Tool, fd: Fd, file: &Bytes, view: &mut View) -> Done {
    loop {
        match tool.sys.read(fd, BLOCK).await {
            Ok(data) if data.0.is_empty() => return Ok(()),
            Ok(data) => {
                let shown = view.show(&data.0);
                tool.put(shown);
                tool.write_on("write error").await?;
            }
            Err(errno) => {
                tool.fail(format!("{}: {errno}", quote::leading(file))).await;
                return Ok(());
            }
        }
    }
}

/// How the bytes are shown, and where in the line the output is.
struct View {
    number: Number,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    nonprinting: bool,
    line: u64,
    at_start: bool,
    blank_lines: u32,
}

#[derive(PartialEq, Eq)]
enum Number {
    None,
    All,
    NotBlank,
}

impl View {
    fn new(options: &Parsed) -> View {
        let has = |names: &[&str]| names.iter().any(|name| options.has(name));
        View {
            number: match (options.has("b"), options.has("n")) {
                (true, _) => Number::NotBlank,
                (false, true) => Number::All,
                (false, false) => Number::None,
            },
            squeeze: has(&["s"]),
            ends: has(&["A", "e", "E"]),
            tabs: has(&["A", "t", "T"]),
            nonprinting: has(&["A", "e", "t", "v"]),
            line: 0,
            at_start: true,
            blank_lines: 0,
        }
    }

    fn show(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len());
        for &byte in data {
            self.show_byte(byte, &mut out);
        }
        out
    }

    fn show_byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        let blank = self.at_start && byte == b'\n';
        self.blank_lines = if blank { self.blank_lines + 1 } else { 0 };
        if self.squeeze && self.blank_lines > 1 {
            return;
        }
        if self.at_start && (self.number == Number::All || (self.number == Number::NotBlank && !blank)) {
            self.line += 1;
            out.extend(format!("{:6}\t", self.line).bytes());
        }
        self.at_start = byte == b'\n';
        match byte {
            b'\n' if self.ends => out.extend(b"$\n"),
            b'\t' if self.tabs => out.extend(b"^I"),
            b'\n' | b'\t' => out.push(byte),
            byte if self.nonprinting => show_nonprinting(byte, out),
            byte => out.push(byte),
        }
    }
}

/// `^X` for control characters, `M-` before what has the highest bit.
fn show_nonprinting(byte: u8, out: &mut Vec<u8>) {
    let low = byte & 0x7f;
    if byte >= 0x80 {
        out.extend(b"M-");
    }
    match low {
        0x7f => out.extend(b"^?"),
        0..0x20 => out.extend([b'^', low + 0x40]),
        printable => out.push(printable),
    }
}
