//! `glasshull completions`: what a shell needs to complete the command's words.

use std::io::{Write, stdout};

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, Verdict};

/// Print completions for a shell
#[derive(Args)]
#[command(
    after_help = "Example:\n  glasshull completions bash > ~/.local/share/bash-completion/completions/glasshull"
)]
pub struct Options {
    shell: Shell,
}

pub fn run(options: &Options) -> Result<Verdict> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "glasshull", &mut script);
    stdout().write_all(&script)?;
    Ok(Verdict::Good)
}
