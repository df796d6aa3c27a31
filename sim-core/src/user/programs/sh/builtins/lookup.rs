//! What a name means: type, command -v, hash.

use crate::user::programs::sh::{Dialect, Outcome, Shell, text};

const KEYWORDS: &[&str] = &[
    "!", "[[", "]]", "{", "}", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for",
    "function", "if", "in", "select", "then", "time", "until", "while",
];

impl Shell {
    pub(super) async fn type_builtin(&mut self, arguments: &[String]) -> Outcome {
        match arguments.split_first() {
            Some((option, names)) if option == "-t" => self.kinds(names).await,
            Some((option, names)) if option == "-p" || option == "-P" => {
                let mut status = 0;
                for name in names {
                    match self.search_path(name).await {
                        Some(path) => self.put("type", &text::encode(&format!("{path}\n"))).await?,
                        None => {
                            status = 1;
                            0
                        }
                    };
                }
                Ok(status)
            }
            Some((option, _)) if option.len() > 1 && option.starts_with('-') => {
                self.invalid_option("type", &option[..2], "type [-afptP] name [name ...]").await
            }
            _ => self.describe_commands("type", arguments, true).await,
        }
    }

    /// `type -t`.
    async fn kinds(&mut self, names: &[String]) -> Outcome {
        let mut status = 0;
        for name in names {
            let kind = if KEYWORDS.contains(&name.as_str()) {
                "keyword"
            } else if self.functions.contains_key(name) {
                "function"
            } else if super::find(name, self.dialect).is_some() {
                "builtin"
            } else if self.search_path(name).await.is_some() {
                "file"
            } else {
                status = 1;
                continue;
            };
            self.put("type", format!("{kind}\n").as_bytes()).await?;
        }
        Ok(status)
    }

    /// `command -v` names what would be run; `type` and `command -V` tell what that is.
    pub(super) async fn describe_commands(&mut self, by: &str, names: &[String], in_words: bool) -> Outcome {
        let mut status = 0;
        let mut found = false;
        for name in names {
            let line = self.describe(name, in_words).await;
            match line {
                Some(line) => {
                    found = true;
                    self.put(by, &text::encode(&format!("{line}\n"))).await?;
                }
                None => {
                    status = 1;
                    if in_words && self.dialect == Dialect::Bash {
                        self.complain(format!("{by}: {name}: not found")).await;
                    } else if in_words {
                        self.put(by, &text::encode(&format!("{name}: not found\n"))).await?;
                        status = 127;
                    }
                }
            }
        }
        // `command -v` is content if there is one of them.
        Ok(if found && by == "command" { 0 } else { status })
    }

    async fn describe(&mut self, name: &str, in_words: bool) -> Option<String> {
        let said = |what: &str| Some(if in_words { format!("{name} {what}") } else { name.to_owned() });
        if KEYWORDS.contains(&name) {
            return said("is a shell keyword");
        }
        if let Some(function) = self.functions.get(name) {
            if !in_words {
                return Some(name.to_owned());
            }
            return Some(format!("{name} is a function\n{}", function.definition));
        }
        if super::find(name, self.dialect).is_some() {
            return said("is a shell builtin");
        }
        if let Some(path) = self.hashed.get(name).filter(|_| in_words) {
            return Some(format!("{name} is hashed ({path})"));
        }
        let path = if name.contains('/') { Some(name.to_owned()) } else { self.search_path(name).await }?;
        if name.contains('/') && !self.may(name, crate::abi::AccessMode::X_OK).await {
            return None;
        }
        Some(if in_words { format!("{name} is {path}") } else { path })
    }

    pub(super) async fn hash(&mut self, arguments: &[String]) -> Outcome {
        match arguments {
            [] if self.hashed.is_empty() => {
                if self.dialect == Dialect::Bash {
                    self.put("hash", b"hash: hash table empty\n").await?;
                }
                Ok(0)
            }
            [] => {
                self.unmodelled("the counts of `hash`");
                let mut output = "hits\tcommand\n".to_owned();
                for path in self.hashed.values() {
                    output.push_str(&format!("   1\t{path}\n"));
                }
                self.put("hash", &text::encode(&output)).await
            }
            [option] if option == "-r" => {
                self.hashed.clear();
                Ok(0)
            }
            [option, ..] if option.starts_with('-') => {
                let usage = "hash [-lr] [-p pathname] [-dt] [name ...]";
                self.invalid_option("hash", &option[..option.len().min(2)], usage).await
            }
            names => {
                let mut status = 0;
                for name in names {
                    match self.search_path(name).await {
                        Some(path) => {
                            self.hashed.insert(name.clone(), path);
                        }
                        None => {
                            self.complain(format!("hash: {name}: not found")).await;
                            status = 1;
                        }
                    }
                }
                Ok(status)
            }
        }
    }
}
