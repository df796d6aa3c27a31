//! Prompts: bash(1), PROMPTING.

use super::{Dialect, Shell, text};
use crate::user::io;

impl Shell {
    /// Prints the prompt that a variable holds.
    pub(super) async fn show_prompt(&mut self, variable: &str) {
        let Some(source) = self.variables.get(variable).map(str::to_owned) else { return };
        let prompt = self.prompt(&source).await;
        io::eprint(&self.sys, text::encode(&prompt)).await;
    }

    /// A prompt with its escapes, and then its expansions, carried out.
    async fn prompt(&mut self, source: &str) -> String {
        let decoded = match self.dialect {
            Dialect::Bash => self.decode_prompt(source),
            Dialect::Dash => source.to_owned(),
        };
        if !decoded.contains(['$', '`', '\\']) {
            return decoded;
        }
        let status = self.status;
        let expanded = self.here_document(&decoded).await;
        self.status = status;
        expanded.unwrap_or(decoded)
    }

    fn decode_prompt(&self, source: &str) -> String {
        let mut prompt = String::new();
        let mut rest = source;
        while let Some(at) = rest.find('\\') {
            prompt.push_str(&rest[..at]);
            let escape = &rest[at + 1..];
            let Some(c) = escape.chars().next() else {
                prompt.push('\\');
                return prompt;
            };
            let octal = escape.len() - escape.trim_start_matches(|c: char| c.is_digit(8)).len();
            if octal >= 3 {
                let code = u32::from_str_radix(&escape[..3], 8).unwrap_or(0);
                prompt.extend(char::from_u32(code & 0xff));
                rest = &escape[3..];
                continue;
            }
            prompt.push_str(&self.prompt_escape(c));
            rest = &escape[c.len_utf8()..];
        }
        prompt + rest
    }

    fn prompt_escape(&self, c: char) -> String {
        let directory = || self.shown_directory();
        match c {
            'u' => self.user_name.clone(),
            'h' => self.host_name.split('.').next().unwrap_or_default().to_owned(),
            'H' => self.host_name.clone(),
            'w' => directory(),
            'W' => match directory().as_str() {
                "/" => "/".to_owned(),
                path => path.rsplit('/').next().unwrap_or(path).to_owned(),
            },
            // A literal dollar sign must not become an expansion.
            '$' => if self.variables.get("EUID") == Some("0") { "#" } else { "\\$" }.to_owned(),
            's' => self.name.rsplit('/').next().unwrap_or_default().to_owned(),
            'v' => "5.2".to_owned(),
            'V' => "5.2.15".to_owned(),
            'j' => self.jobs.iter().count().to_string(),
            'n' => "\n".to_owned(),
            'r' => "\r".to_owned(),
            'a' => "\x07".to_owned(),
            'e' => "\x1b".to_owned(),
            '\\' => "\\\\".to_owned(),
            // These tell a line editor what takes no room; the terminal edits the line here.
            '[' | ']' => String::new(),
            other => {
                if "dDtT@AlL!#".contains(other) {
                    self.unmodelled(&format!("\\{other} in prompts"));
                }
                format!("\\\\{other}")
            }
        }
    }

    fn shown_directory(&self) -> String {
        let directory = self.variables.get("PWD").unwrap_or("/");
        match self.variables.get("HOME").filter(|home| home.len() > 1) {
            Some(home) if directory == home => "~".to_owned(),
            Some(home) => match directory.strip_prefix(home) {
                Some(below) if below.starts_with('/') => format!("~{below}"),
                _ => directory.to_owned(),
            },
            None => directory.to_owned(),
        }
    }
}
