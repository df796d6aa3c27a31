//! Functions: bash(1), FUNCTIONS.

use std::rc::Rc;

use brush_parser::ast::FunctionDefinition;

use crate::user::programs::sh::{Function, Outcome, Shell, Unwind};

/// Deeper than any script goes, and within what the simulated machine can hold.
const DEPTH_MAX: u32 = 100;

impl Shell {
    pub(super) fn define_function(&mut self, definition: &FunctionDefinition) -> i32 {
        let function = Function { definition: Rc::new(definition.clone()), lines_before: self.lines_before };
        self.functions.insert(definition.fname.value.clone(), function);
        0
    }

    /// Runs a function with its own positional parameters and local variables.
    pub(super) async fn call_function(&mut self, function: Function, arguments: &[String]) -> Outcome {
        if self.function_depth >= DEPTH_MAX {
            self.unmodelled("functions that call themselves without end");
            self.complain(format!(
                "{}: maximum function nesting level exceeded ({DEPTH_MAX})",
                function.definition.fname
            ))
            .await;
            return Err(self.fail(1));
        }
        let parameters = std::mem::replace(&mut self.parameters, arguments.to_vec());
        let lines_before = std::mem::replace(&mut self.lines_before, function.lines_before);
        let loop_depth = std::mem::take(&mut self.loop_depth);
        let line = self.line;
        self.function_depth += 1;
        self.variables.enter_scope();

        let body = &function.definition.body;
        let redirects = body.1.as_ref().map_or(Vec::new(), |list| list.0.iter().collect());
        let outcome = match self.redirect(&redirects).await {
            Ok(Some(saved)) => {
                let outcome = self.compound(&body.0, super::Then::Continue).await;
                self.restore(saved).await;
                outcome
            }
            Ok(None) => Ok(1),
            Err(unwind) => Err(unwind),
        };

        self.variables.leave_scope();
        self.function_depth -= 1;
        self.line = line;
        self.loop_depth = loop_depth;
        self.lines_before = lines_before;
        self.parameters = parameters;
        match outcome {
            Err(Unwind::Return) => Ok(self.status),
            outcome => outcome,
        }
    }
}
