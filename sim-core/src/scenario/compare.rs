//! A transcript against what the file expects.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::diff::{Diff, Pair, align};
use super::expect::{ExpectedLine, Pattern, Piece};
use super::matching::{self, Bindings};
use super::model::{Action, Fence, KnownDifference, Prompt, Scenario, Span, Step, StepId, Until};
use super::notation;
use super::transcript::{ArmName, Ending, StepRecord, Transcript};

/// What came of one scenario on one arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The scenario's path.
    pub path: String,
    pub arm: ArmName,
    pub outcome: Outcome,
    /// Unexpected ones, in the file's order.
    pub differences: Vec<Difference>,
    /// The known differences that were seen.
    pub known: Vec<KnownDifference>,
    /// The known differences that are none any more: their comments are to be removed.
    pub vanished: Vec<KnownDifference>,
    /// What steps asked for that the simulator does not model.
    pub unmodelled: Vec<Unmodelled>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step was as expected, but for known differences.
    Passed,
    /// A step was not, or a known difference has vanished.
    Differs,
    /// Every step was as expected, though something on the way is not modelled.
    Unmodelled,
    /// The arm or its host cannot run this scenario.
    Skipped { reason: String },
    /// The run ended early.
    Broken { reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmodelled {
    pub step: StepId,
    /// Where the step stands.
    pub span: Span,
    pub what: String,
}

/// One way in which a step was not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub step: StepId,
    /// Where the action stands.
    pub span: Span,
    /// The action as it stands in the file.
    pub action: String,
    pub what: Disagreement,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disagreement {
    /// What was printed.
    Output {
        /// Where the expected lines stand.
        expected_span: Span,
        /// In the file's notation.
        expected: String,
        actual: String,
        diff: Diff,
    },
    /// The shell's prompt at which the command was typed.
    Prompt { expected: Prompt, actual: Prompt },
    /// Whether a prompt (or the call's result) followed.
    Until { expected: Until, actual: Until },
}

/// Holds a transcript of the scenario to the file.
pub fn compare(scenario: &Scenario, transcript: &Transcript) -> Report {
    let mut report = Report {
        path: scenario.path.clone(),
        arm: transcript.arm,
        outcome: Outcome::Passed,
        differences: Vec::new(),
        known: Vec::new(),
        vanished: Vec::new(),
        unmodelled: Vec::new(),
    };
    if let Ending::Skipped { reason } = &transcript.ending {
        report.outcome = Outcome::Skipped { reason: reason.clone() };
        return report;
    }
    let records: BTreeMap<StepId, &StepRecord> =
        transcript.steps.iter().map(|record| (record.step, record)).collect();
    let mut bindings = Bindings::default();
    for fence in scenario.fences() {
        compare_fence(fence, &records, &mut bindings, &mut report);
    }
    report.outcome = outcome(scenario, transcript, &records, &report);
    report
}

fn compare_fence(
    fence: &Fence,
    records: &BTreeMap<StepId, &StepRecord>,
    bindings: &mut Bindings,
    report: &mut Report,
) {
    let mut differences = Vec::new();
    let mut unmodelled = Vec::new();
    let mut is_whole = true;
    for step in &fence.steps {
        let Some(record) = records.get(&step.id) else {
            is_whole = false;
            continue;
        };
        differences.extend(compare_step(step, record, bindings));
        unmodelled.extend(record.unmodelled.iter().map(|what| Unmodelled {
            step: step.id,
            span: step.span,
            what: what.clone(),
        }));
    }
    let known: Vec<&KnownDifference> =
        fence.known_differences.iter().filter(|known| known.arm == report.arm).collect();
    if known.is_empty() {
        report.differences.extend(differences);
        report.unmodelled.extend(unmodelled);
    } else if !differences.is_empty() {
        report.known.extend(known.into_iter().cloned());
    } else if is_whole {
        report.vanished.extend(known.into_iter().cloned());
    }
}

fn outcome(
    scenario: &Scenario,
    transcript: &Transcript,
    records: &BTreeMap<StepId, &StepRecord>,
    report: &Report,
) -> Outcome {
    if let Ending::Broken { reason } = &transcript.ending {
        return Outcome::Broken { reason: reason.clone() };
    }
    if let Some(step) = scenario.steps().find(|step| !records.contains_key(&step.id)) {
        let reason = format!("line {} was not carried out", step.span.line);
        return Outcome::Broken { reason };
    }
    if !report.differences.is_empty() || !report.vanished.is_empty() {
        return Outcome::Differs;
    }
    if !report.unmodelled.is_empty() {
        return Outcome::Unmodelled;
    }
    Outcome::Passed
}

/// The ways in which a step was not as expected. Binds the captures of the lines that were.
pub(super) fn compare_step(step: &Step, record: &StepRecord, bindings: &mut Bindings) -> Vec<Difference> {
    let mut found = Vec::new();
    if let (Action::Command { prompt: expected, .. }, Some(actual)) = (&step.action, record.prompt)
        && *expected != actual
    {
        found.push(Disagreement::Prompt { expected: *expected, actual });
    }
    found.extend(compare_output(step, record, bindings));
    if step.expected.until != record.until {
        found.push(Disagreement::Until { expected: step.expected.until, actual: record.until });
    }
    let difference =
        |what| Difference { step: step.id, span: step.span, action: step.action.to_string(), what };
    found.into_iter().map(difference).collect()
}

fn compare_output(step: &Step, record: &StepRecord, bindings: &mut Bindings) -> Option<Disagreement> {
    let expected = &step.expected.lines;
    let aligned = match_or_align(expected, &record.output, bindings)?;
    let actual = matching::lines(&record.output);
    Some(Disagreement::Output {
        expected_span: step.expected.span,
        expected: expected.iter().map(|line| notation::write(&line.pattern) + "\n").collect(),
        actual: record.output.clone(),
        diff: Diff::new(&aligned, expected, &actual, bindings),
    })
}

/// `None` if the output is as expected; else the lines of both, side by side.
pub(super) fn match_or_align(
    expected: &[ExpectedLine],
    output: &str,
    bindings: &mut Bindings,
) -> Option<Vec<Pair>> {
    if matching::matches_output(expected, output, bindings) {
        return None;
    }
    let aligned = align(expected, &matching::lines(output), bindings);
    let differs = aligned.iter().any(|pair| matches!(pair, Pair::Missing { .. } | Pair::Extra { .. }));
    differs.then_some(aligned)
}

/// A step in which two arms printed different things, whatever the file expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    pub step: StepId,
    /// The first transcript's lines as the expected ones, the second's as the actual ones.
    pub diff: Diff,
}

/// Compares two transcripts of one scenario with each other, character by character. Of use where both
/// arms differ from the file (if they agree, the file is stale), and for arms that must agree in full.
pub fn diverge(first: &Transcript, second: &Transcript) -> Vec<Divergence> {
    let records: BTreeMap<StepId, &StepRecord> =
        second.steps.iter().map(|record| (record.step, record)).collect();
    let diff = |record: &StepRecord| {
        let other = records.get(&record.step)?;
        let expected: Vec<ExpectedLine> = matching::lines(&record.output).iter().map(as_printed).collect();
        let mut bindings = Bindings::default();
        let aligned = match_or_align(&expected, &other.output, &mut bindings)?;
        let diff = Diff::new(&aligned, &expected, &matching::lines(&other.output), &bindings);
        Some(Divergence { step: record.step, diff })
    };
    first.steps.iter().filter_map(diff).collect()
}

/// A line that expects exactly what was printed.
fn as_printed(line: &matching::ActualLine<'_>) -> ExpectedLine {
    let pieces = vec![Piece::Literal(line.text.to_owned())];
    let nowhere = Span { start: 0, end: 0, line: 0, column: 0 };
    ExpectedLine { span: nowhere, pattern: Pattern::Line { pieces, end: line.end } }
}

impl fmt::Display for Report {
    /// The report in full, for a terminal: each difference with its place and lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            let Span { line, column, .. } = difference.span;
            writeln!(
                f,
                "{}:{line}:{column}: {} on {}",
                self.path,
                difference.what.headline(),
                self.arm.name()
            )?;
            writeln!(f, "  {}", difference.action.replace('\n', "\n  > "))?;
            if let Disagreement::Output { diff, .. } = &difference.what {
                write!(f, "{diff}")?;
            }
        }
        for known in &self.vanished {
            let Span { line, column, .. } = known.span;
            writeln!(f, "{}:{line}:{column}: this known difference has vanished: remove it", self.path)?;
            writeln!(f, "  on {}: {}", known.arm.name(), known.reason)?;
        }
        for Unmodelled { span: Span { line, column, .. }, what, .. } in &self.unmodelled {
            writeln!(f, "{}:{line}:{column}: not modelled: {what}", self.path)?;
        }
        Ok(())
    }
}

impl Disagreement {
    fn headline(&self) -> String {
        match self {
            Disagreement::Output { .. } => "the output differs".to_owned(),
            Disagreement::Prompt { expected, actual } => {
                format!("the prompt is `{}`, not `{}`", actual.symbol(), expected.symbol())
            }
            Disagreement::Until { expected: Until::Done, .. } => "it does not return".to_owned(),
            Disagreement::Until { expected: Until::Waiting, .. } => "it returns".to_owned(),
        }
    }
}

impl fmt::Display for Action {
    /// As it stands in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::PowerOn => f.write_str("power-on"),
            Action::Command { prompt, line } => write!(f, "{} {line}", prompt.symbol()),
            Action::Type { text } => write!(f, "[type:{text}]"),
            Action::Watch => f.write_str("(what was left running)"),
            Action::Press { key } => write!(f, "[key:{}]", key.name()),
            Action::Call { task, child: Some(child), call, .. } => write!(f, "{child} = {task}: {call}"),
            Action::Call { task, child: None, call, .. } => write!(f, "{task}: {call}"),
            Action::Resume { task, call_name } => write!(f, "{task}: <... {call_name} resumed>"),
        }
    }
}
