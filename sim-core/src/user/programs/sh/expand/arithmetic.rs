//! Arithmetic: bash(1), ARITHMETIC EVALUATION. Numbers are 64 bits wide and wrap around.

use brush_parser::ast::{
    ArithmeticExpr, ArithmeticTarget, BinaryOperator, UnaryAssignmentOperator, UnaryOperator,
};

use super::Quoting;
use crate::user::programs::sh::{Shell, Unwind};

/// What is wrong with an expression, as bash says it.
type Fault = String;

/// How often a variable's value may itself be an expression.
const NESTING_MAX: u32 = 1024;

impl Shell {
    /// The value of an expression, after the expansions of a text in double quotes.
    pub(in crate::user::programs::sh) async fn arithmetic(
        &mut self,
        expression: &str,
    ) -> Result<i64, Unwind> {
        let parts = self.inner_parts(expression, Quoting::Double).await?;
        let expression = super::flat(parts);
        match self.evaluate(&expression) {
            Ok(value) => Ok(value),
            Err(fault) => {
                let shown = expression.trim_start();
                self.complain(format!("{shown}: {fault}")).await;
                Err(self.fail(1))
            }
        }
    }

    /// The value of an expression in which everything is expanded.
    pub(in crate::user::programs::sh) fn evaluate(&mut self, expression: &str) -> Result<i64, Fault> {
        self.evaluate_text(expression, 0)
    }

    fn evaluate_text(&mut self, text: &str, depth: u32) -> Result<i64, Fault> {
        if text.trim().is_empty() {
            return Ok(0);
        }
        if depth > NESTING_MAX {
            return Err(format!("expression recursion level exceeded (error token is \"{}\")", text.trim()));
        }
        let parsed = brush_parser::arithmetic::parse(text).map_err(|_| syntax_fault(text))?;
        self.value_of(&parsed, depth)
    }

    fn value_of(&mut self, expression: &ArithmeticExpr, depth: u32) -> Result<i64, Fault> {
        match expression {
            ArithmeticExpr::Literal(value) => Ok(*value),
            ArithmeticExpr::Reference(target) => self.read_target(target, depth),
            ArithmeticExpr::UnaryOp(operator, operand) => {
                let value = self.value_of(operand, depth)?;
                Ok(match operator {
                    UnaryOperator::UnaryPlus => value,
                    UnaryOperator::UnaryMinus => value.wrapping_neg(),
                    UnaryOperator::BitwiseNot => !value,
                    UnaryOperator::LogicalNot => i64::from(value == 0),
                })
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalAnd, left, right) => {
                Ok(i64::from(self.value_of(left, depth)? != 0 && self.value_of(right, depth)? != 0))
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalOr, left, right) => {
                Ok(i64::from(self.value_of(left, depth)? != 0 || self.value_of(right, depth)? != 0))
            }
            ArithmeticExpr::BinaryOp(operator, left, right) => {
                let left = self.value_of(left, depth)?;
                binary(*operator, left, self.value_of(right, depth)?)
            }
            ArithmeticExpr::Conditional(condition, then, otherwise) => {
                let chosen = if self.value_of(condition, depth)? != 0 { then } else { otherwise };
                self.value_of(chosen, depth)
            }
            ArithmeticExpr::Assignment(target, value) => {
                let value = self.value_of(value, depth)?;
                self.write_target(target, value)
            }
            ArithmeticExpr::BinaryAssignment(operator, target, operand) => {
                let old = self.read_target(target, depth)?;
                let value = binary(*operator, old, self.value_of(operand, depth)?)?;
                self.write_target(target, value)
            }
            ArithmeticExpr::UnaryAssignment(operator, target) => {
                let old = self.read_target(target, depth)?;
                let step = match operator {
                    UnaryAssignmentOperator::PrefixIncrement | UnaryAssignmentOperator::PostfixIncrement => 1,
                    UnaryAssignmentOperator::PrefixDecrement | UnaryAssignmentOperator::PostfixDecrement => {
                        -1
                    }
                };
                let new = self.write_target(target, old.wrapping_add(step))?;
                let is_postfix = matches!(
                    operator,
                    UnaryAssignmentOperator::PostfixIncrement | UnaryAssignmentOperator::PostfixDecrement
                );
                Ok(if is_postfix { old } else { new })
            }
        }
    }

    /// A variable's value is an expression in turn.
    fn read_target(&mut self, target: &ArithmeticTarget, depth: u32) -> Result<i64, Fault> {
        let name = self.target_name(target)?;
        match self.variable(&name) {
            Some(value) => self.evaluate_text(&value, depth + 1),
            None if self.options.no_unset => Err("unbound variable".to_owned()),
            None => Ok(0),
        }
    }

    fn write_target(&mut self, target: &ArithmeticTarget, value: i64) -> Result<i64, Fault> {
        let name = self.target_name(target)?;
        let written = self.variables.set(&name, value.to_string());
        written.map(|()| value).map_err(|_| format!("{name}: readonly variable"))
    }

    fn target_name(&self, target: &ArithmeticTarget) -> Result<String, Fault> {
        match target {
            ArithmeticTarget::Variable(name) => Ok(name.clone()),
            ArithmeticTarget::ArrayElement(name, _) => {
                self.unmodelled("arrays");
                Err(format!("syntax error: invalid arithmetic operator (error token is \"{name}[\")"))
            }
        }
    }
}

fn binary(operator: BinaryOperator, left: i64, right: i64) -> Result<i64, Fault> {
    let truth = |holds| i64::from(holds);
    Ok(match operator {
        BinaryOperator::Power => {
            let exponent = u64::try_from(right)
                .map_err(|_| format!("exponent less than 0 (error token is \"{right}\")"))?;
            (0..exponent.min(64)).fold(1_i64, |power, _| power.wrapping_mul(left))
        }
        BinaryOperator::Multiply => left.wrapping_mul(right),
        BinaryOperator::Divide | BinaryOperator::Modulo if right == 0 => {
            return Err("division by 0 (error token is \"0\")".to_owned());
        }
        BinaryOperator::Divide => left.wrapping_div(right),
        BinaryOperator::Modulo => left.wrapping_rem(right),
        BinaryOperator::Comma => right,
        BinaryOperator::Add => left.wrapping_add(right),
        BinaryOperator::Subtract => left.wrapping_sub(right),
        BinaryOperator::ShiftLeft => left.wrapping_shl(right as u32),
        BinaryOperator::ShiftRight => left.wrapping_shr(right as u32),
        BinaryOperator::LessThan => truth(left < right),
        BinaryOperator::LessThanOrEqualTo => truth(left <= right),
        BinaryOperator::GreaterThan => truth(left > right),
        BinaryOperator::GreaterThanOrEqualTo => truth(left >= right),
        BinaryOperator::Equals => truth(left == right),
        BinaryOperator::NotEquals => truth(left != right),
        BinaryOperator::BitwiseAnd => left & right,
        BinaryOperator::BitwiseXor => left ^ right,
        BinaryOperator::BitwiseOr => left | right,
        // Only what is needed of these two is evaluated: see `value_of`.
        BinaryOperator::LogicalAnd => truth(left != 0 && right != 0),
        BinaryOperator::LogicalOr => truth(left != 0 || right != 0),
    })
}

/// What bash would say of an expression that the grammar does not accept: where it stops making sense.
fn syntax_fault(text: &str) -> Fault {
    let text = text.trim();
    let operators = ['+', '-', '*', '/', '%', '=', '<', '>', '&', '|', '^', '?', ':', ',', '~', '!'];
    if let Some(last) = text.chars().next_back().filter(|c| operators.contains(c)) {
        return format!("syntax error: operand expected (error token is \"{last}\")");
    }
    // A number or a name, and then what cannot follow it.
    let word_end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let rest = text[word_end..].trim_start();
    if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return format!("syntax error in expression (error token is \"{rest}\")");
    }
    if let Some(at) =
        text.find(|c: char| !c.is_ascii_alphanumeric() && !" \t\n_()".contains(c) && !operators.contains(&c))
    {
        let token = &text[at..];
        let kind = if at == 0 { "operand expected" } else { "invalid arithmetic operator" };
        return format!("syntax error: {kind} (error token is \"{token}\")");
    }
    format!("syntax error in expression (error token is \"{text}\")")
}
