//! export, readonly, local, declare, unset, set, shift.

use crate::user::programs::sh::options::Switch;
use crate::user::programs::sh::{Dialect, Outcome, Shell, text};

impl Shell {
    pub(super) async fn export(&mut self, arguments: &[String]) -> Outcome {
        let (unset, names) = match arguments {
            [option, names @ ..] if option == "-n" => (true, names),
            [option, names @ ..] if option == "-p" || option == "--" => (false, names),
            [option, ..] if option.starts_with('-') => {
                let usage = "export [-fn] [name[=value] ...] or export -p";
                return self.invalid_option("export", &option[..option.len().min(2)], usage).await;
            }
            names => (false, names),
        };
        if names.is_empty() {
            return self.list_declared("export", |variable| variable.exported).await;
        }
        let mut status = 0;
        for argument in names {
            let Some(name) = self.declared_name("export", argument).await else {
                status = 1;
                continue;
            };
            if let Some((_, value)) = argument.split_once('=') {
                self.assign(&name, value.to_owned()).await?;
            }
            if unset { self.variables.unexport(&name) } else { self.variables.export(&name) }
        }
        Ok(status)
    }

    pub(super) async fn read_only(&mut self, arguments: &[String]) -> Outcome {
        let names = match arguments {
            [option, names @ ..] if option == "-p" || option == "--" => names,
            [option, ..] if option.starts_with('-') => {
                let usage = "readonly [-aAf] [name[=value] ...] or readonly -p";
                return self.invalid_option("readonly", &option[..option.len().min(2)], usage).await;
            }
            names => names,
        };
        if names.is_empty() {
            return self.list_declared("readonly", |variable| variable.read_only).await;
        }
        let mut status = 0;
        for argument in names {
            let Some(name) = self.declared_name("readonly", argument).await else {
                status = 1;
                continue;
            };
            if let Some((_, value)) = argument.split_once('=') {
                self.assign(&name, value.to_owned()).await?;
            }
            self.variables.make_read_only(&name);
        }
        Ok(status)
    }

    pub(super) async fn local(&mut self, arguments: &[String]) -> Outcome {
        if self.function_depth == 0 {
            self.complain("local: can only be used in a function").await;
            return Ok(1);
        }
        self.declare_each("local", arguments).await
    }

    /// `declare` and `typeset`: -x and -r; in a function the variables are its own.
    pub(super) async fn declare(&mut self, name: &str, arguments: &[String]) -> Outcome {
        if arguments.is_empty() {
            self.unmodelled("declare without names");
            return self.set(&[]).await;
        }
        self.declare_each(name, arguments).await
    }

    async fn declare_each(&mut self, by: &str, arguments: &[String]) -> Outcome {
        let (mut exports, mut fixes, mut global) = (false, false, self.function_depth == 0);
        let mut status = 0;
        for argument in arguments {
            match argument.as_str() {
                "-x" => exports = true,
                "-r" => fixes = true,
                "-g" => global = true,
                "--" => {}
                option if option.len() > 1 && option.starts_with('-') => {
                    let usage = format!(
                        "{by} [-aAfFgiIlnrtux] [name[=value] ...] or {by} -p [-aAfFilnrtux] [name ...]"
                    );
                    return self.invalid_option(by, &option[..2], &usage).await;
                }
                argument => {
                    let Some(name) = self.declared_name(by, argument).await else {
                        status = 1;
                        continue;
                    };
                    let value = argument.split_once('=').map(|(_, value)| value.to_owned());
                    match (global, value) {
                        (false, value) => self.variables.declare_local(&name, value),
                        (true, Some(value)) => self.assign(&name, value).await?,
                        (true, None) => {}
                    }
                    if exports {
                        self.variables.export(&name);
                    }
                    if fixes {
                        self.variables.make_read_only(&name);
                    }
                }
            }
        }
        Ok(status)
    }

    /// The name in `NAME` or `NAME=VALUE`.
    async fn declared_name(&self, by: &str, argument: &str) -> Option<String> {
        let name = argument.split('=').next().unwrap_or_default();
        if text::is_name(name) {
            return Some(name.to_owned());
        }
        match self.dialect {
            Dialect::Bash => self.complain(format!("{by}: `{argument}': not a valid identifier")).await,
            Dialect::Dash => self.complain(format!("{by}: {argument}: bad variable name")).await,
        }
        None
    }

    async fn list_declared(
        &self,
        by: &str,
        is_meant: fn(&super::super::variables::Variable) -> bool,
    ) -> Outcome {
        let mut output = String::new();
        for (name, variable) in self.variables.all() {
            if !is_meant(variable) {
                continue;
            }
            let flags: String = [(variable.read_only, 'r'), (variable.exported, 'x')]
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, flag)| *flag)
                .collect();
            let start =
                if self.dialect == Dialect::Bash { format!("declare -{flags}") } else { by.to_owned() };
            match &variable.value {
                Some(value) if self.dialect == Dialect::Bash => {
                    let value: String = value
                        .chars()
                        .flat_map(|c| if "\"\\$`".contains(c) { vec!['\\', c] } else { vec![c] })
                        .collect();
                    output.push_str(&format!("{start} {name}=\"{value}\"\n"));
                }
                Some(value) => output.push_str(&format!("{start} {name}={}\n", text::quote(value))),
                None => output.push_str(&format!("{start} {name}\n")),
            }
        }
        self.put(by, &text::encode(&output)).await
    }

    pub(super) async fn unset(&mut self, arguments: &[String]) -> Outcome {
        let (functions_only, variables_only, names) = match arguments {
            [option, names @ ..] if option == "-f" => (true, false, names),
            [option, names @ ..] if option == "-v" => (false, true, names),
            [option, names @ ..] if option == "--" => (false, false, names),
            [option, ..] if option.starts_with('-') => {
                let usage = "unset [-f] [-v] [-n] [name ...]";
                return self.invalid_option("unset", &option[..option.len().min(2)], usage).await;
            }
            names => (false, false, names),
        };
        let mut status = 0;
        for name in names {
            let is_variable = self.variables.find(name).is_some();
            if functions_only || (!variables_only && !is_variable) {
                self.functions.remove(name);
            } else if self.variables.unset(name).is_err() {
                self.complain(format!("unset: {name}: cannot unset: readonly variable")).await;
                status = 1;
            }
        }
        Ok(status)
    }

    pub(super) async fn set(&mut self, arguments: &[String]) -> Outcome {
        if arguments.is_empty() {
            let mut output = String::new();
            for (name, variable) in self.variables.all() {
                if let Some(value) = &variable.value {
                    output.push_str(&format!("{name}={}\n", shown_by_set(value)));
                }
            }
            return self.put("set", &text::encode(&output)).await;
        }
        let mut rest = arguments;
        while let [option, after @ ..] = rest {
            let on = match option.as_bytes() {
                b"--" => {
                    self.parameters = after.to_vec();
                    return Ok(0);
                }
                b"-" => {
                    self.options.trace = false;
                    rest = after;
                    break;
                }
                [b'-', _, ..] => Switch::On,
                [b'+', _, ..] => Switch::Off,
                _ => break,
            };
            rest = after;
            if &option[1..] == "o" {
                let Some((name, after)) = after.split_first() else {
                    self.unmodelled("set -o without a name");
                    return Ok(0);
                };
                rest = after;
                if !self.options.set_long(name, on) {
                    self.unmodelled(&format!("set -o {name}"));
                    self.complain(format!("set: {name}: invalid option name")).await;
                    return Ok(2);
                }
                continue;
            }
            for letter in option[1..].chars() {
                if !self.options.set(letter, on) {
                    let usage = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";
                    return self.invalid_option("set", &format!("{}{letter}", &option[..1]), usage).await;
                }
            }
        }
        if !rest.is_empty() {
            self.parameters = rest.to_vec();
        }
        Ok(0)
    }

    pub(super) async fn shift(&mut self, arguments: &[String]) -> Outcome {
        let count = match arguments.first() {
            None => 1,
            Some(number) => match number.parse::<i64>() {
                Ok(count) if count >= 0 => count as usize,
                Ok(count) => {
                    self.complain(format!("shift: {count}: shift count out of range")).await;
                    return Ok(1);
                }
                Err(_) => {
                    self.complain(format!("shift: {number}: numeric argument required")).await;
                    return Ok(1);
                }
            },
        };
        if count > self.parameters.len() {
            return match self.dialect {
                Dialect::Bash => Ok(1),
                Dialect::Dash => {
                    self.complain("shift: can't shift that many").await;
                    Err(self.fail(2))
                }
            };
        }
        self.parameters.drain(..count);
        Ok(0)
    }
}

/// A value as `set` shows it: quoted only where it must be.
fn shown_by_set(value: &str) -> String {
    if value.contains(['\n', '\t']) {
        return format!(
            "$'{}'",
            value.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\'', "\\'")
        );
    }
    let is_plain = !value.contains(|c: char| " '\"\\|&;()<>`$*?[]{}!^~#".contains(c));
    if is_plain { value.to_owned() } else { text::quote(value) }
}
