//! Reading a scenario file: its front matter, its prose and its live fences.
//!
//! Every mistake of a file is found in one reading; a file with one gives no scenario.

mod console;
mod fence;
mod front;
mod prose;
mod strace;

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, MetadataBlockKind, Options, Parser, Tag};

use super::model::{
    Block, Fence, FenceKind, KnownDifference, Scenario, Span, Start, StepId, Terminal, Until,
};
use super::problem::{Problem, Problems};
use fence::Info;
use prose::ProseReader;

/// Reads the file `path` (which names it in reports and is not opened) with the text `source`.
pub fn parse(path: &str, source: &str) -> Result<Scenario, Problems> {
    let file = SourceFile::new(source);
    let mut reader =
        Reader { file: &file, problems: Vec::new(), blocks: Vec::new(), session: Session::default() };
    let front = reader.read();
    let Reader { mut problems, blocks, .. } = reader;
    match front {
        Some(front) if problems.is_empty() => Ok(Scenario { path: path.to_owned(), front, blocks }),
        _ => {
            problems.sort_by_key(|problem| (problem.at.start, problem.at.end));
            Err(Problems { path: path.to_owned(), source: source.to_owned(), list: problems })
        }
    }
}

/// The file's text, and where its lines begin.
pub(super) struct SourceFile<'a> {
    pub text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> SourceFile<'a> {
    fn new(text: &'a str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SourceFile { text, line_starts }
    }

    fn span(&self, at: Range<usize>) -> Span {
        let line = self.line_starts.partition_point(|start| *start <= at.start);
        let column = self.text[self.line_starts[line - 1]..at.start].chars().count() + 1;
        Span { start: narrow(at.start), end: narrow(at.end), line: narrow(line), column: narrow(column) }
    }

    /// The lines of a part of the file that begins at a line's beginning: where each one stands,
    /// without its end, and where the next one begins.
    fn lines(&self, part: Range<usize>) -> impl Iterator<Item = Line<'a>> {
        let text = &self.text[part.clone()];
        let mut start = part.start;
        text.split_inclusive('\n').map(move |with_end| {
            let line = with_end.strip_suffix('\n').unwrap_or(with_end);
            let line = line.strip_suffix('\r').unwrap_or(line);
            let at = start..start + line.len();
            start += with_end.len();
            Line { text: line, at, next: start }
        })
    }
}

/// Files are far smaller than 4 GiB; a place beyond that is shown at the end of what can be counted.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A line of a fence.
struct Line<'a> {
    text: &'a str,
    at: Range<usize>,
    /// Where the next line begins.
    next: usize,
}

/// What earlier fences left behind for later ones.
#[derive(Default)]
struct Session {
    steps: u32,
    /// How the last step on each terminal ended.
    terminals: BTreeMap<Terminal, Until>,
    tasks: strace::Tasks,
}

impl Session {
    fn next_step(&mut self) -> StepId {
        self.steps += 1;
        StepId(self.steps - 1)
    }
}

struct Reader<'a> {
    file: &'a SourceFile<'a>,
    problems: Vec<Problem>,
    blocks: Vec<Block>,
    session: Session,
}

impl<'a> Reader<'a> {
    /// Reads the whole file. The front matter is what must be there for a scenario to be.
    fn read(&mut self) -> Option<super::model::FrontMatter> {
        let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
            | Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH;
        let mut events = Parser::new_ext(self.file.text, options).into_offset_iter().peekable();
        let front = match events.peek() {
            Some((Event::Start(Tag::MetadataBlock(MetadataBlockKind::YamlStyle)), at)) => {
                let at = at.clone();
                skip_element(&mut events);
                self.collect(front::read(self.file, at))
            }
            _ => {
                self.problems.push(front::missing());
                None
            }
        };
        let mut prose = ProseReader::default();
        let mut known_differences = Vec::new();
        while let Some((event, at)) = events.next() {
            match &event {
                Event::Start(Tag::HtmlBlock) => {
                    skip_rest(&mut events);
                    let comments = fence::known_differences(self.file, at.clone());
                    if let Some(comments) = self.collect(comments) {
                        if comments.is_empty() {
                            prose.push_html(&self.file.text[at.clone()], at);
                        } else {
                            known_differences.extend(comments);
                        }
                    }
                    continue;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => match self.info(at.clone()) {
                    Some(Info::Prose) => {}
                    live => {
                        skip_rest(&mut events);
                        self.blocks.extend(prose.finish(self.file));
                        if let Some(live) = live {
                            self.fence(live, at, std::mem::take(&mut known_differences), front.as_ref());
                        }
                        continue;
                    }
                },
                _ => {}
            }
            self.refuse_differences_without_fence(&mut known_differences);
            self.prose_element(event, at, &mut events, &mut prose);
        }
        self.refuse_differences_without_fence(&mut known_differences);
        self.blocks.extend(prose.finish(self.file));
        front
    }

    /// Takes a whole element into the prose. A live fence inside it is a mistake.
    fn prose_element<'e>(
        &mut self,
        first: Event<'e>,
        at: Range<usize>,
        events: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>,
        prose: &mut ProseReader<'e>,
    ) {
        let mut depth = i32::from(matches!(first, Event::Start(_)));
        prose.push(first, at);
        while depth > 0 {
            let Some((event, at)) = events.next() else { break };
            match &event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    depth += 1;
                    if !matches!(fence::classify(info, at.start), Ok(Info::Prose)) {
                        let first_line = self.file.text[at.clone()].lines().next().unwrap_or_default();
                        self.problems.push(
                            Problem::new(at.start..at.start + first_line.len(), "a live fence inside another element")
                                .help("put it at the left margin, outside of lists and quotations; name one that is not to run `text`"),
                        );
                    }
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                _ => {}
            }
            prose.push(event, at);
        }
    }

    /// What kind of fence this is; `None` if its first line has a mistake.
    fn info(&mut self, at: Range<usize>) -> Option<Info> {
        let first_line = self.file.text[at.clone()].lines().next().unwrap_or_default();
        let fence_mark = first_line.len() - first_line.trim_start_matches(['`', '~']).len();
        let info = first_line[fence_mark..].trim_end();
        self.collect(fence::classify(info, at.start + fence_mark))
    }

    fn fence(
        &mut self,
        info: Info,
        at: Range<usize>,
        known_differences: Vec<KnownDifference>,
        front: Option<&super::model::FrontMatter>,
    ) {
        let Some(content) = self.collect(fence::content(self.file, at.clone())) else { return };
        let is_off = self.session.steps == 0 && front.is_some_and(|front| front.start == Start::PowerOff);
        if is_off && !matches!(info, Info::Console { power_on: Some(_), .. }) {
            self.problems.push(fence::must_power_on(self.file, at.clone()));
        }
        let (kind, steps) = match info {
            Info::Console { terminal, power_on } => {
                let steps = console::read(self.file, content, &terminal, power_on, &mut self.session);
                (FenceKind::Console { terminal }, steps)
            }
            Info::Strace => (FenceKind::Strace, strace::read(self.file, content, &mut self.session)),
            Info::Prose => unreachable!("prose is not live"),
        };
        let Some(steps) = self.collect(steps) else { return };
        if steps.is_empty() {
            self.problems.push(fence::no_step(self.file, at.clone()));
        }
        let span = self.file.span(at);
        self.blocks.push(Block::Fence(Fence { span, kind, steps, known_differences }));
    }

    fn refuse_differences_without_fence(&mut self, known_differences: &mut Vec<KnownDifference>) {
        for known in known_differences.drain(..) {
            self.problems.push(
                Problem::new(
                    known.span.start as usize..known.span.end as usize,
                    "no live fence follows this comment",
                )
                .help("a known difference stands right above the fence in which it is seen"),
            );
        }
    }

    fn collect<T>(&mut self, result: Result<T, Vec<Problem>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}

/// Passes over the element that the next event begins.
fn skip_element<'e>(events: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>) {
    events.next();
    skip_rest(events);
}

/// Passes over what is left of the element that the last event began.
fn skip_rest<'e>(events: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>) {
    let mut depth = 1;
    while depth > 0 {
        match events.next() {
            Some((Event::Start(_), _)) => depth += 1,
            Some((Event::End(_), _)) => depth -= 1,
            Some(_) => {}
            None => break,
        }
    }
}
