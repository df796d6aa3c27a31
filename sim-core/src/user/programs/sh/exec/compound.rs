//! Compound commands: bash(1), "Compound Commands".

use brush_parser::ast::*;

use super::Then;
use super::child::Group;
use crate::user::programs::sh::expand::Nested;
use crate::user::programs::sh::jobs::Ground;
use crate::user::programs::sh::{COMMAND_COST, Outcome, Shell, Unwind};

/// What one round of a loop says of the next.
enum Round {
    Next,
    Leave,
}

impl Shell {
    pub(super) fn compound<'a>(&'a mut self, command: &'a CompoundCommand, then: Then) -> Nested<'a, i32> {
        Box::pin(async move {
            match command {
                CompoundCommand::BraceGroup(group) => self.list(&group.list).await,
                CompoundCommand::Subshell(subshell) => self.subshell(&subshell.list, then).await,
                CompoundCommand::IfClause(clause) => self.if_clause(clause).await,
                CompoundCommand::ForClause(clause) => self.for_clause(clause).await,
                CompoundCommand::CaseClause(clause) => self.case_clause(clause).await,
                CompoundCommand::WhileClause(clause) => self.while_clause(&clause.0, &clause.1, true).await,
                CompoundCommand::UntilClause(clause) => self.while_clause(&clause.0, &clause.1, false).await,
                CompoundCommand::Arithmetic(command) => {
                    let value = self.arithmetic(&command.expr.value).await?;
                    Ok(i32::from(value == 0))
                }
                CompoundCommand::ArithmeticForClause(clause) => self.arithmetic_for(clause).await,
                CompoundCommand::Coprocess(_) => {
                    self.unmodelled("coproc");
                    self.complain("coproc: command not found").await;
                    Ok(127)
                }
            }
        })
    }

    async fn subshell(&mut self, list: &CompoundList, then: Then) -> Outcome {
        if then == Then::Nothing {
            return self.list_then(list, Then::Nothing).await;
        }
        let body = list.clone();
        let pid = self
            .fork(Group::Own, Ground::Foreground, move |shell| {
                Box::pin(async move { shell.list_then(&body, Then::Nothing).await })
            })
            .await?;
        let number = self.jobs.add(format!("( {list} )"), pid, &[pid], Ground::Foreground);
        self.finish_foreground(number).await
    }

    /// A list whose failing ends nothing.
    async fn condition(&mut self, list: &CompoundList) -> Result<bool, Unwind> {
        self.in_condition += 1;
        let outcome = self.list(list).await;
        self.in_condition -= 1;
        Ok(outcome? == 0)
    }

    async fn if_clause(&mut self, clause: &IfClauseCommand) -> Outcome {
        if self.condition(&clause.condition).await? {
            return self.list(&clause.then).await;
        }
        for part in clause.elses.iter().flatten() {
            let holds = match &part.condition {
                Some(condition) => self.condition(condition).await?,
                None => true,
            };
            if holds {
                return self.list(&part.body).await;
            }
        }
        Ok(0)
    }

    async fn for_clause(&mut self, clause: &ForClauseCommand) -> Outcome {
        let values = match &clause.values {
            Some(words) => self.fields(words).await?,
            None => self.parameters.clone(),
        };
        let mut status = 0;
        for value in values {
            self.assign(&clause.variable_name, value).await?;
            if let Round::Leave = self.round(&clause.body.list, &mut status).await? {
                break;
            }
        }
        Ok(status)
    }

    async fn while_clause(
        &mut self,
        condition: &CompoundList,
        body: &DoGroupCommand,
        wanted: bool,
    ) -> Outcome {
        let mut status = 0;
        loop {
            self.loop_depth += 1;
            let holds = self.condition(condition).await;
            self.loop_depth -= 1;
            match holds {
                Ok(holds) if holds == wanted => {}
                Ok(_) => return Ok(status),
                Err(unwind) => match self.leave_round(unwind)? {
                    Round::Next => continue,
                    Round::Leave => return Ok(0),
                },
            }
            if let Round::Leave = self.round(&body.list, &mut status).await? {
                return Ok(status);
            }
        }
    }

    async fn arithmetic_for(&mut self, clause: &ArithmeticForClauseCommand) -> Outcome {
        if let Some(initializer) = &clause.initializer {
            self.arithmetic(&initializer.value).await?;
        }
        let mut status = 0;
        loop {
            let condition = clause.condition.as_ref().filter(|condition| !condition.value.trim().is_empty());
            if let Some(condition) = condition
                && self.arithmetic(&condition.value).await? == 0
            {
                return Ok(status);
            }
            if let Round::Leave = self.round(&clause.body.list, &mut status).await? {
                return Ok(status);
            }
            if let Some(updater) = &clause.updater {
                self.arithmetic(&updater.value).await?;
            }
        }
    }

    /// Runs the body of a loop once.
    async fn round(&mut self, body: &CompoundList, status: &mut i32) -> Result<Round, Unwind> {
        self.sys.compute(COMMAND_COST).await;
        self.act_on_signals().await?;
        self.loop_depth += 1;
        let outcome = self.list(body).await;
        self.loop_depth -= 1;
        match outcome {
            Ok(ended) => {
                *status = ended;
                Ok(Round::Next)
            }
            Err(unwind) => {
                *status = 0;
                self.leave_round(unwind)
            }
        }
    }

    /// `break` and `continue` of this loop, or on to the next outer one.
    fn leave_round(&mut self, unwind: Unwind) -> Result<Round, Unwind> {
        match unwind {
            Unwind::Break(1) => Ok(Round::Leave),
            Unwind::Continue(1) => Ok(Round::Next),
            Unwind::Break(levels) => Err(Unwind::Break(levels - 1)),
            Unwind::Continue(levels) => Err(Unwind::Continue(levels - 1)),
            other => Err(other),
        }
    }

    async fn case_clause(&mut self, clause: &CaseClauseCommand) -> Outcome {
        let value = self.single(&clause.value.value).await?;
        let mut status = 0;
        let mut falls_through = false;
        for case in &clause.cases {
            let mut matches = falls_through;
            for pattern in &case.patterns {
                matches = matches || self.pattern(&pattern.value).await?.matches(&value);
            }
            if !matches {
                continue;
            }
            status = match &case.cmd {
                Some(list) => self.list(list).await?,
                None => 0,
            };
            match case.post_action {
                CaseItemPostAction::ExitCase => return Ok(status),
                CaseItemPostAction::UnconditionallyExecuteNextCaseItem => falls_through = true,
                CaseItemPostAction::ContinueEvaluatingCases => falls_through = false,
            }
        }
        Ok(status)
    }
}
