//! `[[ .. ]]`: bash(1), CONDITIONAL EXPRESSIONS.

use brush_parser::ast::{BinaryPredicate, ExtendedTestExpr, UnaryPredicate};

use crate::user::programs::sh::expand::Nested;
use crate::user::programs::sh::{Outcome, Shell};

impl Shell {
    pub(super) async fn extended_test(&mut self, expression: &ExtendedTestExpr) -> Outcome {
        let holds = self.holds(expression).await?;
        Ok(i32::from(!holds))
    }

    fn holds<'a>(&'a mut self, expression: &'a ExtendedTestExpr) -> Nested<'a, bool> {
        Box::pin(async move {
            match expression {
                ExtendedTestExpr::And(left, right) => Ok(self.holds(left).await? && self.holds(right).await?),
                ExtendedTestExpr::Or(left, right) => Ok(self.holds(left).await? || self.holds(right).await?),
                ExtendedTestExpr::Not(inner) => Ok(!self.holds(inner).await?),
                ExtendedTestExpr::Parenthesized(inner) => self.holds(inner).await,
                ExtendedTestExpr::UnaryTest(predicate, word) => {
                    let operand = self.single(&word.value).await?;
                    if matches!(predicate, UnaryPredicate::FileExistsAndModifiedSinceLastRead) {
                        self.unmodelled("[[ -N ]]");
                    }
                    Ok(self.unary_test(&predicate.to_string(), &operand).await.unwrap_or(false))
                }
                ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                    let left = self.single(&left.value).await?;
                    match predicate {
                        BinaryPredicate::StringExactlyMatchesPattern => {
                            Ok(self.pattern(&right.value).await?.matches(&left))
                        }
                        BinaryPredicate::StringDoesNotExactlyMatchPattern => {
                            Ok(!self.pattern(&right.value).await?.matches(&left))
                        }
                        BinaryPredicate::StringContainsSubstring => {
                            Ok(left.contains(&self.single(&right.value).await?))
                        }
                        BinaryPredicate::StringMatchesRegex => {
                            self.unmodelled("[[ =~ ]]");
                            self.complain("conditional binary operator expected").await;
                            Err(self.fail(2))
                        }
                        BinaryPredicate::LeftSortsBeforeRight => Ok(left < self.single(&right.value).await?),
                        BinaryPredicate::LeftSortsAfterRight => Ok(left > self.single(&right.value).await?),
                        numeric_or_file => {
                            let right = self.single(&right.value).await?;
                            let operator = numeric_or_file.to_string();
                            self.compare_in_condition(&left, &operator, &right).await
                        }
                    }
                }
            }
        })
    }

    /// Unlike `test`, `[[` takes both sides of `-eq` and its kin for arithmetic expressions.
    async fn compare_in_condition(
        &mut self,
        left: &str,
        operator: &str,
        right: &str,
    ) -> Result<bool, crate::user::programs::sh::Unwind> {
        if matches!(operator, "-ef" | "-nt" | "-ot") {
            return Ok(self.binary_test(left, operator, right).await.unwrap_or(false));
        }
        let left = self.arithmetic(left).await?;
        let right = self.arithmetic(right).await?;
        Ok(crate::user::programs::sh::builtins::compare(left, operator, right).unwrap_or(false))
    }
}
