//! GRUB's script language, as far as configuration files of this kind use it: commands with quoted words
//! and variables, and menu entries. GRUB manual, "Shell-like scripting".

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    Command(Vec<Word>),
    /// `menuentry TITLE OPTIONS { BODY }`; the body is kept as text, because it can be edited.
    MenuEntry {
        words: Vec<Word>,
        body: String,
    },
}

/// A word before variables are put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Where it stood in quotes, its value is not split into words.
    Variable {
        name: String,
        quoted: Quoted,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
}

/// Why a script cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// A quote or a block is still open: more lines may close it.
    Unfinished,
    /// A brace where none may stand.
    Misplaced,
}

/// Reads a script.
pub(super) fn parse(source: &str) -> Result<Vec<Statement>, SyntaxError> {
    let mut parser = Parser { source, at: 0 };
    let mut statements = Vec::new();
    loop {
        parser.skip_blank();
        if parser.rest().is_empty() {
            return Ok(statements);
        }
        if let Some(statement) = parser.statement()? {
            statements.push(statement);
        }
    }
}

/// The words of a command with variables put in, by `value`.
pub(super) fn expand(words: &[Word], value: impl Fn(&str) -> String) -> Vec<String> {
    let mut expanded = Vec::new();
    for Word(parts) in words {
        let mut word = String::new();
        let mut is_word = false;
        for part in parts {
            match part {
                Part::Text(text) => {
                    word.push_str(text);
                    is_word = true;
                }
                Part::Variable { name, quoted: Quoted::Yes } => {
                    word.push_str(&value(name));
                    is_word = true;
                }
                Part::Variable { name, quoted: Quoted::No } => {
                    let value = value(name);
                    for (index, field) in value.split_whitespace().enumerate() {
                        if index > 0 {
                            expanded.push(std::mem::take(&mut word));
                        }
                        word.push_str(field);
                        is_word = true;
                    }
                }
            }
        }
        if is_word {
            expanded.push(word);
        }
    }
    expanded
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// Skips blanks, empty lines and comments between statements.
    fn skip_blank(&mut self) {
        while let Some(character) = self.peek() {
            match character {
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                ';' => self.at += 1,
                c if c.is_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn statement(&mut self) -> Result<Option<Statement>, SyntaxError> {
        let mut words = Vec::new();
        loop {
            while matches!(self.peek(), Some(' ' | '\t')) {
                self.at += 1;
            }
            match self.peek() {
                None | Some('\n' | ';') => break,
                Some('#') => self.skip_blank(),
                Some('{') if is_menu_entry(&words) => {
                    let body = self.block()?;
                    return Ok(Some(Statement::MenuEntry { words, body }));
                }
                Some('{' | '}') => return Err(SyntaxError::Misplaced),
                Some(_) => words.push(self.word()?),
            }
        }
        if is_menu_entry(&words) {
            return Err(SyntaxError::Unfinished);
        }
        Ok((!words.is_empty()).then_some(Statement::Command(words)))
    }

    /// The text between braces. Quotes hide braces.
    fn block(&mut self) -> Result<String, SyntaxError> {
        self.next();
        let start = self.at;
        let mut depth = 1;
        while let Some(character) = self.next() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                '\\' => {
                    self.next();
                }
                '\'' | '"' => self.skip_quoted(character)?,
                _ => {}
            }
            if depth == 0 {
                return Ok(self.source[start..self.at - 1].to_owned());
            }
        }
        Err(SyntaxError::Unfinished)
    }

    fn skip_quoted(&mut self, quote: char) -> Result<(), SyntaxError> {
        while let Some(character) = self.next() {
            if character == quote {
                return Ok(());
            }
            if character == '\\' && quote == '"' {
                self.next();
            }
        }
        Err(SyntaxError::Unfinished)
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut word = Word::default();
        while let Some(character) = self.peek() {
            match character {
                ' ' | '\t' | '\n' | ';' | '{' | '}' => break,
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '$' => self.variable(&mut word, Quoted::No),
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(escaped) => word.push(escaped),
                    }
                }
                _ => {
                    self.next();
                    word.push(character);
                }
            }
        }
        Ok(word)
    }

    fn single_quoted(&mut self, word: &mut Word) -> Result<(), SyntaxError> {
        self.next();
        let end = self.rest().find('\'').ok_or(SyntaxError::Unfinished)?;
        word.0.push(Part::Text(self.rest()[..end].to_owned()));
        self.at += end + 1;
        Ok(())
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), SyntaxError> {
        self.next();
        word.0.push(Part::Text(String::new()));
        loop {
            match self.peek().ok_or(SyntaxError::Unfinished)? {
                '"' => {
                    self.next();
                    return Ok(());
                }
                '$' => self.variable(word, Quoted::Yes),
                '\\' => {
                    self.next();
                    let escaped = self.next().ok_or(SyntaxError::Unfinished)?;
                    if !matches!(escaped, '$' | '"' | '\\' | '\n') {
                        word.push('\\');
                    }
                    if escaped != '\n' {
                        word.push(escaped);
                    }
                }
                character => {
                    self.next();
                    word.push(character);
                }
            }
        }
    }

    /// `$name`, `${name}` or `$?`; any other `$` is itself.
    fn variable(&mut self, word: &mut Word, quoted: Quoted) {
        self.next();
        let rest = self.rest();
        let (name, len) = match rest.strip_prefix('{').and_then(|rest| rest.find('}').map(|end| &rest[..end]))
        {
            Some(name) => (name, name.len() + 2),
            None if rest.starts_with('?') => ("?", 1),
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        if name.is_empty() {
            return word.push('$');
        }
        word.0.push(Part::Variable { name: name.to_owned(), quoted });
        self.at += len;
    }
}

impl Word {
    fn push(&mut self, character: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(character),
            _ => self.0.push(Part::Text(character.to_string())),
        }
    }
}

fn is_menu_entry(words: &[Word]) -> bool {
    words.first().is_some_and(|word| word.0 == [Part::Text("menuentry".to_owned())])
}
