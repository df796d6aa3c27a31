//! trap: bash(1), "trap".

use super::kill::signal_of;
use crate::abi::{SigAction, Signal};
use crate::user::programs::sh::signals::EXIT;
use crate::user::programs::sh::{Outcome, Shell, text};

impl Shell {
    pub(super) async fn trap(&mut self, arguments: &[String]) -> Outcome {
        match arguments {
            [] => self.list_traps().await,
            [option] if option == "-p" => self.list_traps().await,
            [option, ..] if option.len() > 1 && option.starts_with('-') && option != "--" => {
                self.invalid_option("trap", &option[..2], "trap [-lp] [[arg] signal_spec ...]").await
            }
            [only] => self.set_traps("-", std::slice::from_ref(only)).await,
            // A number in place of the command: all of them are signals to be reset.
            [first, ..] if first.parse::<u8>().is_ok() => self.set_traps("-", arguments).await,
            [command, signals @ ..] => self.set_traps(command, signals).await,
        }
    }

    async fn list_traps(&self) -> Outcome {
        let mut output = String::new();
        for (&number, command) in &self.traps {
            let name = if number == EXIT { "EXIT" } else { Signal(number).name().unwrap_or_default() };
            output.push_str(&format!("trap -- {} {name}\n", text::quote(command)));
        }
        self.put("trap", &text::encode(&output)).await
    }

    async fn set_traps(&mut self, command: &str, signals: &[String]) -> Outcome {
        let mut status = 0;
        for name in signals {
            let signal = if name.eq_ignore_ascii_case("EXIT") { Some(Signal(EXIT)) } else { signal_of(name) };
            match signal {
                Some(signal) => self.set_trap(command, signal).await,
                None => {
                    if matches!(name.as_str(), "ERR" | "DEBUG" | "RETURN") {
                        self.unmodelled(&format!("trap {name}"));
                    }
                    self.complain(format!("trap: {name}: invalid signal specification")).await;
                    status = 1;
                }
            }
        }
        Ok(status)
    }

    async fn set_trap(&mut self, command: &str, signal: Signal) {
        let action = match command {
            "-" => {
                self.traps.remove(&signal.0);
                if signal == Signal::SIGINT && self.is_interactive() {
                    SigAction::Handler
                } else {
                    SigAction::SIG_DFL
                }
            }
            command => {
                self.traps.insert(signal.0, command.to_owned());
                if command.is_empty() { SigAction::SIG_IGN } else { SigAction::Handler }
            }
        };
        if signal.0 != EXIT {
            let _ = self.sys.rt_sigaction(signal, action).await;
        }
    }
}
