//! cd, pwd, umask.

use crate::abi::*;
use crate::user::programs::sh::{Dialect, Outcome, Shell, text};

impl Shell {
    pub(super) async fn cd(&mut self, arguments: &[String]) -> Outcome {
        const USAGE: &str = "cd [-L|[-P [-e]] [-@]] [dir]";
        let mut physical = false;
        let mut rest = arguments;
        while let [option, after @ ..] = rest
            && option.len() > 1
            && option.starts_with('-')
        {
            rest = after;
            match option.as_str() {
                "-L" => physical = false,
                "-P" => physical = true,
                "--" => break,
                other => return self.invalid_option("cd", &other[..2], USAGE).await,
            }
        }
        let (target, shows) = match rest {
            [] => match self.variables.get("HOME") {
                Some(home) => (home.to_owned(), false),
                None => return self.cd_refuses("HOME not set").await,
            },
            [only] if only == "-" => match self.variables.get("OLDPWD") {
                Some(old) => (old.to_owned(), true),
                None => return self.cd_refuses("OLDPWD not set").await,
            },
            [only] => (only.clone(), false),
            [first, ..] if self.dialect == Dialect::Dash => (first.clone(), false),
            _ => return self.cd_refuses("too many arguments").await,
        };
        if target.is_empty() {
            return Ok(0);
        }
        let here = self.variables.get("PWD").unwrap_or("/").to_owned();
        let logical = logical_path(&here, &target);
        let path = if physical { target.clone() } else { logical.clone() };
        if let Err(errno) = self.sys.chdir(text::encode(&path)).await {
            // The logical path may lead nowhere where the real one does.
            let second = self.sys.chdir(text::encode(&target)).await;
            if second.is_err() {
                return match self.dialect {
                    Dialect::Bash => self.cd_refuses(&format!("{target}: {errno}")).await,
                    Dialect::Dash => {
                        self.complain(format!("cd: can't cd to {target}")).await;
                        Ok(2)
                    }
                };
            }
        }
        let there = if physical {
            self.sys.getcwd(4096_u64).await.map_or(logical, |cwd| text::decode(&cwd.0))
        } else {
            logical
        };
        self.variables.set_own("OLDPWD", here);
        self.variables.set_own("PWD", there.clone());
        if shows {
            return self.put("cd", &text::encode(&format!("{there}\n"))).await;
        }
        Ok(0)
    }

    async fn cd_refuses(&self, message: &str) -> Outcome {
        self.complain(format!("cd: {message}")).await;
        Ok(1)
    }

    pub(super) async fn pwd(&mut self, arguments: &[String]) -> Outcome {
        let mut physical = false;
        for option in arguments.iter().filter(|option| option.starts_with('-')) {
            match option.as_str() {
                "-P" => physical = true,
                "-L" => physical = false,
                other => return self.invalid_option("pwd", &other[..other.len().min(2)], "pwd [-LP]").await,
            }
        }
        let kept = self.variables.get("PWD").map(str::to_owned).filter(|_| !physical);
        let path = match kept {
            Some(path) => path,
            None => match self.sys.getcwd(4096_u64).await {
                Ok(cwd) => text::decode(&cwd.0),
                Err(errno) => {
                    self.complain(format!("pwd: error retrieving current directory: getcwd: {errno}")).await;
                    return Ok(1);
                }
            },
        };
        self.put("pwd", &text::encode(&format!("{path}\n"))).await
    }

    pub(super) async fn umask(&mut self, arguments: &[String]) -> Outcome {
        match arguments {
            [] => {
                let mask = self.sys.umask(Mode(0)).await.unwrap_or_default();
                let _ = self.sys.umask(mask).await;
                self.put("umask", format!("{:04o}\n", mask.0).as_bytes()).await
            }
            [octal] if octal.chars().all(|c| c.is_ascii_digit()) => {
                match u32::from_str_radix(octal, 8).ok().filter(|&mask| mask <= 0o777) {
                    Some(mask) => {
                        let _ = self.sys.umask(Mode(mask)).await;
                        Ok(0)
                    }
                    None => {
                        self.complain(format!("umask: {octal}: octal number out of range")).await;
                        Ok(1)
                    }
                }
            }
            [option, ..] => {
                let option = &option[..option.len().min(2)];
                self.invalid_option("umask", option, "umask [-p] [-S] [mode]").await
            }
        }
    }
}

/// The path without `.` and `..`, as the shell sees it: links count as directories.
fn logical_path(here: &str, target: &str) -> String {
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{here}/{target}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}
