//! Running commands: bash(1), SHELL GRAMMAR.

mod child;
mod compound;
mod condition;
mod function;
mod program;
mod simple;
mod substitution;

use brush_parser::ast::*;

use super::expand::Nested;
use super::jobs::Ground;
use super::{Outcome, Shell, Unwind};
use child::Group;

/// Whether anything is left to do after a command: if not, its program can take the shell's own process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Continue,
    Nothing,
}

impl Shell {
    /// Commands one after the other.
    pub(super) fn list<'a>(&'a mut self, list: &'a CompoundList) -> Nested<'a, i32> {
        self.list_then(list, Then::Continue)
    }

    pub(super) fn list_then<'a>(&'a mut self, list: &'a CompoundList, then: Then) -> Nested<'a, i32> {
        Box::pin(async move {
            let has_several = list.0.len() > 1;
            self.lists += u32::from(has_several);
            let outcome = self.items(list, then).await;
            self.lists -= u32::from(has_several);
            outcome
        })
    }

    async fn items(&mut self, list: &CompoundList, then: Then) -> Outcome {
        let mut status = 0;
        for (index, CompoundListItem(and_or, separator)) in list.0.iter().enumerate() {
            let then = if index + 1 == list.0.len() { then } else { Then::Continue };
            status = match separator {
                SeparatorOperator::Async => self.in_background(and_or).await?,
                SeparatorOperator::Sequence => self.and_or(and_or, then).await?,
            };
        }
        Ok(status)
    }

    /// `a && b || c`.
    pub(super) async fn and_or(&mut self, and_or: &AndOrList, then: Then) -> Outcome {
        let has_several = !and_or.additional.is_empty();
        self.lists += u32::from(has_several);
        let outcome = self.parts_of_and_or(and_or, then).await;
        self.lists -= u32::from(has_several);
        outcome
    }

    async fn parts_of_and_or(&mut self, and_or: &AndOrList, then: Then) -> Outcome {
        let last = and_or.additional.len();
        let mut status = self.part_of_and_or(&and_or.first, 0 == last, then).await?;
        for (index, next) in and_or.additional.iter().enumerate() {
            let (pipeline, wanted) = match next {
                AndOr::And(pipeline) => (pipeline, status == 0),
                AndOr::Or(pipeline) => (pipeline, status != 0),
            };
            if wanted {
                status = self.part_of_and_or(pipeline, index + 1 == last, then).await?;
            }
        }
        Ok(status)
    }

    /// Under `set -e` only the last command of such a list may end the shell.
    async fn part_of_and_or(&mut self, pipeline: &Pipeline, is_last: bool, then: Then) -> Outcome {
        let forgiven = !is_last || pipeline.bang;
        self.in_condition += u32::from(forgiven);
        let then = if forgiven { Then::Continue } else { then };
        let outcome = self.pipeline(pipeline, then).await;
        self.in_condition -= u32::from(forgiven);
        let status = outcome?;
        let counts = match pipeline.seq.as_slice() {
            [Command::Compound(compound, _)] => {
                matches!(compound, CompoundCommand::Subshell(_) | CompoundCommand::Arithmetic(_))
            }
            _ => true,
        };
        if status != 0 && counts && self.options.exit_on_error && !forgiven && self.in_condition == 0 {
            return Err(Unwind::Exit);
        }
        Ok(status)
    }

    async fn pipeline(&mut self, pipeline: &Pipeline, then: Then) -> Outcome {
        if pipeline.timed.is_some() {
            self.unmodelled("time");
        }
        let status = match pipeline.seq.as_slice() {
            [] => 0,
            [only] => self.command(only, then).await?,
            several => self.piped(several, &pipeline.to_string()).await?,
        };
        self.status = if pipeline.bang { i32::from(status == 0) } else { status };
        Ok(self.status)
    }

    /// Each command in a child of its own, between pipes.
    async fn piped(&mut self, commands: &[Command], text: &str) -> Outcome {
        let number = self.start_pipeline(commands, text, Ground::Foreground).await?;
        self.finish_foreground(number).await
    }

    pub(super) fn command<'a>(&'a mut self, command: &'a Command, then: Then) -> Nested<'a, i32> {
        Box::pin(async move {
            let status = match command {
                Command::Simple(simple) => self.simple(simple, then).await?,
                Command::Compound(compound, redirects) => {
                    let redirects = redirects.as_ref().map_or(&[][..], |list| &list.0);
                    self.redirected(redirects, CompoundOrTest::Compound(compound), then).await?
                }
                Command::ExtendedTest(test, redirects) => {
                    let redirects = redirects.as_ref().map_or(&[][..], |list| &list.0);
                    self.redirected(redirects, CompoundOrTest::Test(test), then).await?
                }
                Command::Function(definition) => self.define_function(definition),
            };
            self.status = status;
            Ok(status)
        })
    }

    async fn redirected(
        &mut self,
        redirects: &[IoRedirect],
        command: CompoundOrTest<'_>,
        then: Then,
    ) -> Outcome {
        let redirects: Vec<&IoRedirect> = redirects.iter().collect();
        let Some(saved) = self.redirect(&redirects).await? else { return self.redirect_failed(None) };
        let outcome = match command {
            CompoundOrTest::Compound(compound) => self.compound(compound, then).await,
            CompoundOrTest::Test(test) => self.extended_test(&test.expr).await,
        };
        self.restore(saved).await;
        outcome
    }

    /// `list &`.
    async fn in_background(&mut self, and_or: &AndOrList) -> Outcome {
        let text = and_or.to_string();
        let number = match and_or.additional.as_slice() {
            [] if !and_or.first.bang && !and_or.first.seq.is_empty() => {
                self.start_pipeline(&and_or.first.seq, &text, Ground::Background).await?
            }
            _ => {
                let list = and_or.clone();
                let pid = self
                    .fork(Group::Own, Ground::Background, move |shell| {
                        Box::pin(async move { shell.and_or(&list, Then::Nothing).await })
                    })
                    .await?;
                self.jobs.add(text, pid, &[pid], Ground::Background)
            }
        };
        let last = self.jobs.get(number).and_then(|job| job.processes.last()).map(|process| process.pid);
        self.last_background = last;
        if let Some(pid) = last.filter(|_| self.is_interactive()) {
            let line = format!("[{number}] {pid}\n");
            crate::user::io::eprint(&self.sys, line).await;
        }
        Ok(0)
    }
}

/// What can have redirections after it.
enum CompoundOrTest<'a> {
    Compound(&'a CompoundCommand),
    Test(&'a ExtendedTestExprCommand),
}
