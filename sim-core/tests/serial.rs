//! What the machine says on its serial line before the kernel, compared with recordings of real firmware
//! and of the real GRUB, byte for byte.
//!
//! Each file in `tests/serial` is a session: the board, `>` lines of what was printed, `<` lines of keys,
//! and how it ends. They were recorded with QEMU 7.2, SeaBIOS 1.16.2, OVMF 2022.11 and GRUB
//! 2.06-13+deb12u2, on the disk images that this crate makes, with the real bootloader in place of ours.
//!
//! Two things were done to the recordings. OVMF has a shell built in and tries it last; this board's firmware
//! has none, so the lines about it were cut from `uefi-empty-esp` and `uefi-secure-boot` (`uefi-no-disk` is
//! the former without its disk). And the real core image waits a second before it goes over to the serial
//! terminal, or the BIOS's own copy of the screen to the serial line would come out in between.

use std::fs;
use std::path::Path;

use sim_core::clock::Nanos;
use sim_core::firmware::{BareMetal, Next};
use sim_core::hardware::{Board, spec};
use sim_core::image::Software;
use sim_core::trace::Trace;

#[test]
fn sessions_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serial");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let failures: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let session = Session::parse(&fs::read_to_string(file).unwrap());
            session.run().err().map(|error| format!("{}: {error}", file.file_name().unwrap().display()))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

struct Session {
    board: String,
    ends: String,
    exchanges: Vec<Exchange>,
}

/// What was printed, and then typed.
#[derive(Default)]
struct Exchange {
    printed: Vec<u8>,
    typed: Vec<u8>,
}

impl Session {
    fn parse(text: &str) -> Session {
        let mut session =
            Session { board: String::new(), ends: String::new(), exchanges: vec![Exchange::default()] };
        for line in text.lines() {
            if let Some(board) = line.strip_prefix("board: ") {
                session.board = board.to_owned();
            } else if let Some(ends) = line.strip_prefix("ends: ") {
                session.ends = ends.to_owned();
            } else if let Some(printed) = line.strip_prefix("> ") {
                session.exchanges.last_mut().unwrap().printed.extend(unescape(printed));
            } else if let Some(typed) = line.strip_prefix("< ") {
                session.exchanges.last_mut().unwrap().typed = unescape(typed);
                session.exchanges.push(Exchange::default());
            } else {
                panic!("what is this line: {line}");
            }
        }
        session
    }

    fn run(&self) -> Result<(), String> {
        let spec = spec::named(&self.board).ok_or_else(|| format!("no board {}", self.board))?;
        let mut board = Board::new(&spec, Software::default()).map_err(|error| error.to_string())?;
        let mut trace = Trace::new(10_000);
        board.power_on(&mut trace);
        let mut metal = BareMetal::at_reset_vector(&board);
        let mut next = Next::After(Nanos::ZERO);
        let mut keys: &[u8] = &[];
        for (number, exchange) in self.exchanges.iter().enumerate() {
            let mut printed = Vec::new();
            // A real terminal is quiet before the next key; the end is quiet too.
            let is_last = number + 1 == self.exchanges.len();
            loop {
                let goes_on = match &next {
                    Next::After(_) => true,
                    Next::AwaitKey { timeout } => {
                        !keys.is_empty() || timeout.is_some() && printed.len() < exchange.printed.len()
                    }
                    _ => false,
                };
                if !goes_on {
                    break;
                }
                next = metal.advance(&mut board, keys, &mut trace);
                keys = &[];
                printed.extend(board.serial.take_output());
            }
            compare(number, &printed, &exchange.printed)?;
            keys = &exchange.typed;
            if is_last {
                let end = describe(&next);
                if end != self.ends {
                    return Err(format!("ends with {end}, not {}", self.ends));
                }
            }
        }
        Ok(())
    }
}

fn describe(next: &Next) -> String {
    match next {
        Next::After(_) => "step".to_owned(),
        Next::AwaitKey { timeout: None } => "key".to_owned(),
        Next::AwaitKey { timeout: Some(_) } => "key or timeout".to_owned(),
        Next::StartKernel(handover) => {
            let initramfs = if handover.initramfs.is_some() { " and initramfs" } else { "" };
            format!("kernel{initramfs}: {}", handover.command_line)
        }
        Next::Reset => "reset".to_owned(),
        Next::PowerOff => "power off".to_owned(),
        Next::Halted => "halt".to_owned(),
    }
}

fn compare(exchange: usize, printed: &[u8], expected: &[u8]) -> Result<(), String> {
    if printed == expected {
        return Ok(());
    }
    let same = printed.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let start = same.saturating_sub(60);
        escape(&bytes[start.min(bytes.len())..(same + 120).min(bytes.len())])
    };
    let (expected, printed) = (around(expected), around(printed));
    Err(format!("exchange {exchange} differs at byte {same}\n  recorded: {expected}\n   printed: {printed}"))
}

fn escape(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\x1b", "\\e")
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().unwrap() {
            b'e' => 0x1b,
            b'r' => b'\r',
            b'n' => b'\n',
            b'\\' => b'\\',
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => panic!("unknown escape \\{}", char::from(other)),
        });
    }
    bytes
}
