//! `test` and `[`: test(1), and the tests that `[[` shares.

use crate::abi::*;
use crate::user::programs::sh::{Dialect, Outcome, Shell};

/// Why an expression has no value: the message, and it is an error of its own, not "false".
pub(in crate::user::programs::sh) type Fault = String;

const UNARY: &[&str] = &[
    "-a", "-b", "-c", "-d", "-e", "-f", "-g", "-h", "-k", "-n", "-o", "-p", "-r", "-s", "-t", "-u", "-v",
    "-w", "-x", "-z", "-G", "-L", "-N", "-O", "-S",
];
const BINARY: &[&str] =
    &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef", "-nt", "-ot"];

/// `-eq` and its kin.
pub(in crate::user::programs::sh) fn compare(left: i64, operator: &str, right: i64) -> Option<bool> {
    Some(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        "-ge" => left >= right,
        _ => return None,
    })
}

impl Shell {
    pub(super) async fn bracket(&mut self, arguments: &[String]) -> Outcome {
        match arguments.split_last() {
            Some((last, rest)) if last == "]" => self.test("[", rest).await,
            _ => {
                self.complain("[: missing `]'").await;
                Ok(2)
            }
        }
    }

    pub(super) async fn test(&mut self, name: &str, arguments: &[String]) -> Outcome {
        match self.test_expression(arguments).await {
            Ok(holds) => Ok(i32::from(!holds)),
            Err(fault) => {
                self.complain(format!("{name}: {fault}")).await;
                Ok(2)
            }
        }
    }

    /// Up to four arguments mean what their number says: POSIX. More are read from left to right.
    async fn test_expression(&mut self, arguments: &[String]) -> Result<bool, Fault> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Ok(false),
            [only] => Ok(!only.is_empty()),
            ["!", only] => Ok(only.is_empty()),
            [operator, operand] if UNARY.contains(operator) => self.unary_test(operator, operand).await,
            [operator, _] if self.dialect == Dialect::Dash => Err(format!("{operator}: unexpected operator")),
            [operator, _] => Err(format!("{operator}: unary operator expected")),
            [left, operator, right] if BINARY.contains(operator) => {
                self.binary_test(left, operator, right).await
            }
            [left, "-a", right] => Ok(!left.is_empty() && !right.is_empty()),
            [left, "-o", right] => Ok(!left.is_empty() || !right.is_empty()),
            ["!", _, _] => Box::pin(self.test_expression(&arguments[1..])).await.map(|holds| !holds),
            ["(", only, ")"] => Ok(!only.is_empty()),
            [_, operator, _] => Err(format!("{operator}: binary operator expected")),
            ["!", ..] if words.len() == 4 => {
                Box::pin(self.test_expression(&arguments[1..])).await.map(|holds| !holds)
            }
            ["(", .., ")"] if words.len() == 4 => Box::pin(self.test_expression(&arguments[1..3])).await,
            long => {
                let mut rest = long;
                let value = self.or_expression(&mut rest).await?;
                if rest.is_empty() { Ok(value) } else { Err("too many arguments".to_owned()) }
            }
        }
    }

    async fn or_expression(&mut self, rest: &mut &[&str]) -> Result<bool, Fault> {
        let mut value = self.and_expression(rest).await?;
        while rest.first() == Some(&"-o") {
            *rest = &rest[1..];
            value |= self.and_expression(rest).await?;
        }
        Ok(value)
    }

    async fn and_expression(&mut self, rest: &mut &[&str]) -> Result<bool, Fault> {
        let mut value = self.primary(rest).await?;
        while rest.first() == Some(&"-a") {
            *rest = &rest[1..];
            value &= self.primary(rest).await?;
        }
        Ok(value)
    }

    async fn primary(&mut self, rest: &mut &[&str]) -> Result<bool, Fault> {
        match **rest {
            [] => Err("argument expected".to_owned()),
            ["!", ..] => {
                *rest = &rest[1..];
                Ok(!Box::pin(self.primary(rest)).await?)
            }
            ["(", ..] => {
                *rest = &rest[1..];
                let value = Box::pin(self.or_expression(rest)).await?;
                match rest.first() {
                    Some(&")") => {
                        *rest = &rest[1..];
                        Ok(value)
                    }
                    _ => Err("`)' expected".to_owned()),
                }
            }
            [left, operator, right, ..] if BINARY.contains(&operator) => {
                *rest = &rest[3..];
                self.binary_test(left, operator, right).await
            }
            [operator, operand, ..] if UNARY.contains(&operator) => {
                *rest = &rest[2..];
                self.unary_test(operator, operand).await
            }
            [word, ..] => {
                *rest = &rest[1..];
                Ok(!word.is_empty())
            }
        }
    }

    pub(in crate::user::programs::sh) async fn unary_test(
        &mut self,
        operator: &str,
        operand: &str,
    ) -> Result<bool, Fault> {
        let file_type = |wanted| move |stat: Stat| stat.mode.file_type == wanted;
        let has_bit = |bit| move |stat: Stat| stat.mode.permissions.0 & bit != 0;
        Ok(match operator {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-v" => self.variable(operand).is_some(),
            "-o" => self.is_option_on(operand),
            "-t" => {
                let fd =
                    operand.trim().parse().map_err(|_| format!("{operand}: integer expression expected"))?;
                self.sys.ioctl(Fd(fd), IoctlRequest::TCGETS).await.is_ok()
            }
            "-r" => self.may(operand, AccessMode::R_OK).await,
            "-w" => self.may(operand, AccessMode::W_OK).await,
            "-x" => self.may(operand, AccessMode::X_OK).await,
            "-h" | "-L" => {
                let stat = self.stat(operand, AtFlags::AT_SYMLINK_NOFOLLOW).await;
                stat.is_some_and(file_type(FileType::Symlink))
            }
            _ => {
                let Some(stat) = self.stat(operand, AtFlags::empty()).await else { return Ok(false) };
                match operator {
                    "-b" => file_type(FileType::BlockDevice)(stat),
                    "-c" => file_type(FileType::CharDevice)(stat),
                    "-d" => file_type(FileType::Directory)(stat),
                    "-f" => file_type(FileType::Regular)(stat),
                    "-p" => file_type(FileType::Fifo)(stat),
                    "-S" => file_type(FileType::Socket)(stat),
                    "-g" => has_bit(0o2000)(stat),
                    "-k" => has_bit(0o1000)(stat),
                    "-u" => has_bit(0o4000)(stat),
                    "-s" => stat.size > 0,
                    "-G" => self.sys.getegid().await == Ok(stat.gid),
                    "-O" => self.sys.geteuid().await == Ok(stat.uid),
                    "-N" => stat.modified > stat.accessed,
                    _ => true,
                }
            }
        })
    }

    pub(in crate::user::programs::sh) async fn binary_test(
        &mut self,
        left: &str,
        operator: &str,
        right: &str,
    ) -> Result<bool, Fault> {
        if matches!(operator, "-ef" | "-nt" | "-ot") {
            let left = self.stat(left, AtFlags::empty()).await;
            let right = self.stat(right, AtFlags::empty()).await;
            return Ok(compare_files(left, operator, right));
        }
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            numeric => {
                let (left, right) = (integer(left)?, integer(right)?);
                compare(left, numeric, right).unwrap_or(false)
            }
        })
    }

    fn is_option_on(&self, name: &str) -> bool {
        let mut copy = self.options.clone();
        let before = self.options.letters();
        copy.set_long(name, crate::user::programs::sh::options::Switch::On)
            && copy.letters() == before
            && (name != "pipefail" || self.options.pipe_fail)
    }
}

fn compare_files(left: Option<Stat>, operator: &str, right: Option<Stat>) -> bool {
    match (operator, left, right) {
        ("-ef", Some(left), Some(right)) => (left.dev, left.ino) == (right.dev, right.ino),
        ("-nt", Some(left), Some(right)) => left.modified > right.modified,
        ("-nt", left, _) => left.is_some(),
        ("-ot", Some(left), Some(right)) => left.modified < right.modified,
        ("-ot", _, right) => right.is_some(),
        _ => false,
    }
}

fn integer(text: &str) -> Result<i64, Fault> {
    text.trim().parse().map_err(|_| format!("{text}: integer expression expected"))
}
