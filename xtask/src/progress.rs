//! What the commands say while they work: each step is announced and timed.

use std::fmt;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Error, Result};

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Runs `work` and says how long it took.
pub fn step(title: impl fmt::Display, work: impl FnOnce() -> Result<()>) -> Result<()> {
    anstream::println!("{TITLE}==> {title}{TITLE:#}");
    let start = Instant::now();
    let outcome = work();
    let time = Took(start.elapsed());
    match &outcome {
        Ok(()) => anstream::println!("{GOOD}  ok{GOOD:#}  {title} ({time})"),
        Err(_) => anstream::println!("{BAD}failed{BAD:#}  {title} ({time})"),
    }
    outcome
}

/// A piece of work that may go on beside others.
pub struct Job<'a> {
    pub title: String,
    pub work: Box<dyn FnOnce() -> Result<()> + Send + 'a>,
}

/// Runs all jobs side by side and waits for all of them. The first failure in their order is the answer.
pub fn together(jobs: Vec<Job<'_>>) -> Result<()> {
    std::thread::scope(|scope| {
        let running: Vec<_> = jobs.into_iter().map(|job| scope.spawn(|| step(job.title, job.work))).collect();
        running.into_iter().try_for_each(|thread| thread.join().expect("a job panicked"))
    })
}

/// An error, with everything that led to it.
pub fn report(error: &Error) {
    anstream::eprintln!("{BAD}error:{BAD:#} {error:#}");
}

/// A time as people say it.
struct Took(Duration);

impl fmt::Display for Took {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(out, "{:.1} s", self.0.as_secs_f64()),
            _ => write!(out, "{} min {} s", seconds / 60, seconds % 60),
        }
    }
}
