//! Mistakes in a scenario file, shown with the place and what to do.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the file at which it is shown.
    pub at: Range<usize>,
    pub message: String,
    /// What stands beside the caret.
    pub label: String,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Problem {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Problem {
        Problem { at, message: message.into(), label: String::new(), help: Vec::new() }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help.push(help.into());
        self
    }

    /// Helps with the known word that is nearest to what was written, or with all of them.
    pub(super) fn did_you_mean(self, written: &str, known: &[&str]) -> Problem {
        match nearest(written, known) {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None => self.help(format!("known: {}", known.join(", "))),
        }
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&written.to_lowercase(), &word.to_lowercase()), *word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}

/// All mistakes of a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    pub path: String,
    pub source: String,
    pub list: Vec<Problem>,
}

/// Whether text goes to a terminal that shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Coloured,
}

impl Problems {
    /// Every mistake with its file, line, column, a caret and help, ready to print.
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        let shown: Vec<String> =
            self.list.iter().map(|problem| self.render_one(problem, &renderer)).collect();
        shown.join("\n\n")
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let label = (!problem.label.is_empty()).then_some(problem.label.as_str());
        let caret = AnnotationKind::Primary.span(problem.at.clone()).label(label);
        let snippet = Snippet::source(self.source.as_str()).path(self.path.as_str()).annotation(caret);
        let group = Level::ERROR
            .primary_title(problem.message.as_str())
            .element(snippet)
            // A message is printed as it is, and what is quoted in it comes from the file.
            .elements(problem.help.iter().map(|help| Level::HELP.message(normalize_untrusted_str(help))));
        renderer.render(&[group])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl std::error::Error for Problems {}
