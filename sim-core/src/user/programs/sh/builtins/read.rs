//! read: bash(1), "read".

use crate::abi::Errno;
use crate::user::io::{self, STDIN};
use crate::user::programs::sh::{Outcome, Shell, text};

const USAGE: &str = "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] \
[-t timeout] [-u fd] [name ...]";

/// A character of the line, and whether a backslash took its meaning.
type Read = (char, bool);

impl Shell {
    pub(super) async fn read(&mut self, arguments: &[String]) -> Outcome {
        let mut raw = false;
        let mut rest = arguments;
        while let [option, after @ ..] = rest
            && option.len() > 1
            && option.starts_with('-')
        {
            rest = after;
            match (option.as_str(), after) {
                ("-r", _) => raw = true,
                ("-p", [prompt, after @ ..]) => {
                    rest = after;
                    io::eprint(&self.sys, text::encode(prompt)).await;
                }
                ("--", _) => break,
                (other, _) => return self.invalid_option("read", &other[..2], USAGE).await,
            }
        }
        for name in rest {
            if !text::is_name(name) {
                self.complain(format!("read: `{name}': not a valid identifier")).await;
                return Ok(1);
            }
        }
        let (line, ended) = match self.logical_line(raw).await {
            Ok(read) => read,
            Err(Errno::EINTR) => {
                self.act_on_signals().await?;
                return Ok(130);
            }
            Err(errno) => {
                self.complain(format!("read: read error: 0: {errno}")).await;
                return Ok(1);
            }
        };
        self.share_out(&line, rest).await?;
        Ok(i32::from(ended))
    }

    /// A line, which goes on after a backslash at its end; and whether the input ended in it.
    async fn logical_line(&self, raw: bool) -> Result<(Vec<Read>, bool), Errno> {
        let mut read = Vec::new();
        loop {
            let line = text::decode(&io::read_line(&self.sys, STDIN).await?);
            let (content, ended) = match line.strip_suffix('\n') {
                Some(content) => (content, false),
                None => (line.as_str(), true),
            };
            let mut chars = content.chars();
            let mut goes_on = false;
            while let Some(c) = chars.next() {
                match c {
                    '\\' if !raw => match chars.next() {
                        Some(quoted) => read.push((quoted, true)),
                        None => goes_on = true,
                    },
                    c => read.push((c, false)),
                }
            }
            if !goes_on || ended {
                return Ok((read, ended));
            }
        }
    }

    /// One field for each name, and what is left for the last.
    async fn share_out(&mut self, line: &[Read], names: &[String]) -> Result<(), super::super::Unwind> {
        let ifs = self.variables.get("IFS").unwrap_or(" \t\n").to_owned();
        let is_blank = |read: &Read| !read.1 && ifs.contains(read.0) && matches!(read.0, ' ' | '\t' | '\n');
        let is_separator = |read: &Read| !read.1 && ifs.contains(read.0);
        if names.is_empty() {
            return self.assign("REPLY", line.iter().map(|read| read.0).collect()).await;
        }
        let mut rest = line;
        while let [first, after @ ..] = rest
            && is_blank(first)
        {
            rest = after;
        }
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let end = rest.iter().position(is_separator).unwrap_or(rest.len());
            let mut after = end;
            while after < rest.len() && is_blank(&rest[after]) {
                after += 1;
            }
            if after < rest.len() && is_separator(&rest[after]) {
                after += 1;
                while after < rest.len() && is_blank(&rest[after]) {
                    after += 1;
                }
            }
            // The last name takes everything, but not a single separator at the very end.
            let taken = if is_last && after < rest.len() {
                let mut whole = rest;
                while let [before @ .., last] = whole
                    && is_blank(last)
                {
                    whole = before;
                }
                whole
            } else {
                &rest[..end]
            };
            let value = taken.iter().map(|read| read.0).collect();
            self.assign(name, value).await?;
            rest = &rest[after..];
        }
        Ok(())
    }
}
