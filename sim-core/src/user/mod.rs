//! User space: threads of user code, what libc gives them, and the programs.
//!
//! Nothing here can reach the kernel but through [`Sys`]: a call goes out as a value, an answer comes back.

pub mod accounts;
pub mod calendar;
pub mod getopt;
pub mod io;
pub mod json;
pub mod mountinfo;
pub mod programs;
pub mod quote;
pub mod realpath;
pub mod sizes;
mod sys;
pub mod table;
mod thread;
pub mod tool;

use crate::abi::Bytes;
use crate::image::Software;
pub use sys::Sys;
pub use thread::{Trap, UserThread};

/// What a program is started with.
#[derive(Clone, Debug, Default)]
pub struct Args {
    pub argv: Vec<Bytes>,
    /// `NAME=value`.
    pub envp: Vec<Bytes>,
}

impl Args {
    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<Bytes> {
        self.envp.iter().find_map(|entry| {
            let rest = entry.strip_prefix(name.as_bytes())?;
            rest.strip_prefix(b"=").map(Bytes::from)
        })
    }

    /// The name by which the program was called, without its directory.
    pub fn program(&self) -> String {
        let path = self.argv.first().cloned().unwrap_or_default().to_text();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The arguments after the name, as text.
    pub fn rest(&self) -> Vec<String> {
        self.argv.iter().skip(1).map(Bytes::to_text).collect()
    }
}

/// Notes that a program was asked for something that it does not model, as `ls --hyperlink`. The program
/// fails as if the real one had never heard of it.
pub fn unmodelled(sys: &Sys, what: impl Into<String>) {
    sys.note_unmodelled(what.into());
}

/// Notes something that helps the reader of the page, and that no real program would print.
pub fn hint(sys: &Sys, text: impl Into<String>) {
    sys.note_hint(text.into());
}

/// A thread that runs `program`, if there is such a program.
pub fn load(program: &str, args: Args) -> Option<Box<dyn UserThread>> {
    let main = programs::find(program)?;
    Some(thread::AsyncThread::start(move |sys| main(sys, args)))
}

/// What the image carries of user space.
pub fn software() -> Software<'static> {
    Software { programs: programs::NAMES, files: programs::FILES }
}
