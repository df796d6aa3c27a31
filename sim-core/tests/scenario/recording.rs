//! Transcripts of the cases, written by hand.
//!
//! The first line names the arm and how the run ended: `linux`, `sim broken: reason`, `sim skipped: reason`.
//! Each step follows as a line `%%%`, perhaps with words, and the lines that were printed. The words:
//! `#` or `$` (the prompt), `waiting` (no prompt followed), `open` (no newline at the end), and, last,
//! `unmodelled:` with what was not modelled.

use sim_core::scenario::model::{Prompt, Until};
use sim_core::scenario::transcript::Ending;
use sim_core::scenario::{ArmName, StepId, StepRecord, Transcript};

pub fn read(text: &str) -> Transcript {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (arm, ending) = first.split_once(' ').unwrap_or((first, ""));
    let arm = ArmName::ALL.into_iter().find(|known| known.name() == arm).expect("an arm's name");
    let ending = match ending.split_once(": ") {
        Some(("broken", reason)) => Ending::Broken { reason: reason.to_owned() },
        Some(("skipped", reason)) => Ending::Skipped { reason: reason.to_owned() },
        _ => Ending::Complete,
    };
    let steps = rest.split("%%%").skip(1).zip(0..).map(|(step, id)| record(StepId(id), step)).collect();
    Transcript { arm, steps, ending }
}

fn record(step: StepId, text: &str) -> StepRecord {
    let (words, output) = text.split_once('\n').expect("words end with their line");
    let (words, unmodelled) = match words.split_once("unmodelled: ") {
        Some((words, what)) => (words, vec![what.to_owned()]),
        None => (words, Vec::new()),
    };
    let has = |word: &str| words.split_whitespace().any(|other| other == word);
    let prompt = [Prompt::Root, Prompt::User].into_iter().find(|prompt| has(&prompt.symbol().to_string()));
    let output = if has("open") { output.strip_suffix('\n').unwrap_or(output) } else { output };
    let until = if has("waiting") { Until::Waiting } else { Until::Done };
    StepRecord { step, prompt, output: output.to_owned(), until, unmodelled }
}
