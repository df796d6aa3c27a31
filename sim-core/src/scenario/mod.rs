//! A scenario: one Markdown file that is lesson, live demo and test at once.
//!
//! The file's prose is for its reader. Its `console` and `strace` fences are live: every arm (the
//! simulator, real Linux, ...) carries out their steps, and what it prints is held to the text that
//! real Linux printed when the file was recorded. `scenarios/README.md` is the author's guide to the
//! notation; this module is its meaning:
//!
//! * [`model`]: what a file says, as plain values that can be shipped as JSON;
//! * [`expect`] and [`matching`]: one line of expected output, with `[..]` and captures, and whether
//!   what was printed is what is expected;
//! * [`transcript`]: what an arm printed, and the [`Arm`] trait itself;
//! * [`terminal`]: from a terminal's raw bytes to the text of a transcript;
//!
//! and with the feature `parse`, for those who read the files:
//!
//! * [`parse()`]: from Markdown to a [`Scenario`], or to the [`Problems`] that stand in the way;
//! * [`compare()`]: a transcript against the file, as a [`Report`];
//! * [`bless()`]: the file with what real Linux printed.

#[cfg(feature = "parse")]
mod bless;
#[cfg(feature = "parse")]
pub mod compare;
#[cfg(feature = "parse")]
pub mod diff;
pub mod expect;
mod key;
pub mod matching;
pub mod model;
#[cfg(feature = "parse")]
mod notation;
#[cfg(feature = "parse")]
mod parse;
#[cfg(feature = "parse")]
pub mod problem;
mod sim;
pub mod terminal;
pub mod transcript;

#[cfg(feature = "parse")]
pub use bless::{BlessError, bless};
#[cfg(feature = "parse")]
pub use compare::{Difference, Outcome, Report, compare};
pub use model::{Action, Block, Fence, FrontMatter, Scenario, Start, Step, StepId};
#[cfg(feature = "parse")]
pub use parse::parse;
#[cfg(feature = "parse")]
pub use problem::{Problem, Problems, Style};
pub use sim::SimArm;
pub use transcript::{Arm, ArmName, StepRecord, Transcript};
