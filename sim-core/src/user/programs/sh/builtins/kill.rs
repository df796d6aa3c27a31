//! kill: kill(1).

use crate::abi::{Errno, Pid, Signal};
use crate::user::programs::sh::{Dialect, Outcome, Shell};

const USAGE: &str = "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]";

const DASH_USAGE: &str =
    "kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]";

impl Shell {
    pub(super) async fn kill(&mut self, arguments: &[String]) -> Outcome {
        let mut signal = Signal::SIGTERM;
        let mut rest = arguments;
        match arguments {
            [] => return self.kill_usage().await,
            [option, names @ ..] if option == "-l" || option == "-L" => {
                return self.list_signals(names).await;
            }
            [option, name, after @ ..] if option == "-s" || option == "-n" => {
                let Some(found) = signal_of(name) else { return self.invalid_signal(name).await };
                (signal, rest) = (found, after);
            }
            [option, after @ ..] if option == "--" => rest = after,
            [option, after @ ..] if option.starts_with('-') && option.len() > 1 => {
                let Some(found) = signal_of(&option[1..]) else {
                    return self.invalid_signal(&option[1..]).await;
                };
                (signal, rest) = (found, after);
            }
            _ => {}
        }
        if rest.first().is_some_and(|first| first == "--") {
            rest = &rest[1..];
        }
        if rest.is_empty() {
            return self.kill_usage().await;
        }
        let mut status = 0;
        for target in rest {
            if !self.kill_one(signal, target).await {
                status = 1;
            }
        }
        Ok(status)
    }

    async fn kill_one(&mut self, signal: Signal, target: &str) -> bool {
        let pid = if target.starts_with('%') {
            let job = self.find_job(target).and_then(|number| self.jobs.get(number));
            let Some(job) = job else {
                self.complain(format!("kill: {target}: no such job")).await;
                return false;
            };
            let stopped = matches!(job.state(), crate::user::programs::sh::jobs::JobState::Stopped(_));
            let group = job.group;
            let pid = if self.has_job_control() { Pid(-group.0) } else { group };
            let sent = self.send(signal, pid, target).await;
            // A stopped job has to run to be ended.
            if sent && stopped && matches!(signal, Signal::SIGTERM | Signal::SIGHUP) {
                let _ = self.sys.kill(pid, Signal::SIGCONT).await;
            }
            return sent;
        } else {
            match target.parse() {
                Ok(pid) => Pid(pid),
                Err(_) => {
                    self.complain(format!("kill: {target}: arguments must be process or job IDs")).await;
                    return false;
                }
            }
        };
        self.send(signal, pid, target).await
    }

    async fn send(&self, signal: Signal, pid: Pid, target: &str) -> bool {
        match self.sys.kill(pid, signal).await {
            Ok(_) => true,
            Err(errno @ (Errno::ESRCH | Errno::EPERM)) => {
                self.complain(format!("kill: ({target}) - {errno}")).await;
                false
            }
            Err(errno) => {
                self.complain(format!("kill: ({target}) - {errno}")).await;
                false
            }
        }
    }

    async fn kill_usage(&self) -> Outcome {
        match self.dialect {
            Dialect::Bash => crate::user::io::eprint(&self.sys, format!("kill: usage: {USAGE}\n")).await,
            Dialect::Dash => self.complain(DASH_USAGE).await,
        }
        Ok(2)
    }

    async fn invalid_signal(&self, name: &str) -> Outcome {
        self.complain(format!("kill: {name}: invalid signal specification")).await;
        Ok(1)
    }

    async fn list_signals(&mut self, names: &[String]) -> Outcome {
        let mut output = String::new();
        for name in names {
            let number =
                name.parse::<u8>().ok().map(|number| if number > 128 { number - 128 } else { number });
            let found = match number {
                Some(number) => Signal(number).name().map(|name| name[3..].to_owned()),
                None => Signal::from_name(&name.to_uppercase()).map(|signal| signal.0.to_string()),
            };
            match found {
                Some(found) => output.push_str(&format!("{found}\n")),
                None => return self.invalid_signal(name).await,
            }
        }
        if names.is_empty() {
            for number in 1..=31 {
                let end = if number % 5 == 0 || number == 31 { "\n" } else { "\t" };
                let name = Signal(number).name().unwrap_or_default();
                output.push_str(&format!("{number:>2}) {name}{end}"));
            }
            self.unmodelled("kill -l of real-time signals");
        }
        self.put("kill", output.as_bytes()).await
    }
}

/// A signal by name or number; 0 asks whether there is such a process.
pub(super) fn signal_of(name: &str) -> Option<Signal> {
    match name.parse::<u8>() {
        Ok(number) if number <= Signal::MAX => Some(Signal(number)),
        Ok(_) => None,
        Err(_) => Signal::from_name(&name.to_uppercase()),
    }
}
