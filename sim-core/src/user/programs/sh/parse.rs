//! From text to commands. The grammar is brush-parser's; here is what is missing or in question.

use brush_parser::ast::Program;
use brush_parser::{ParseError, ParserOptions, Token, TokenizerError};

use super::Dialect;

/// What came of reading a piece of text.
pub(super) enum Parse {
    Complete(Program),
    /// It could go on in the next line.
    Incomplete(Missing),
    Wrong(Wrong),
}

/// What an unfinished text lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The other one of a pair of quotes or parentheses, which began in this line.
    Closing { mark: char, line: u32 },
    /// The line that ends a here-document.
    HereEnd { delimiter: String },
    /// The rest of a command.
    Command,
}

/// What the grammar does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The word or operator that cannot stand where it stands.
    pub(super) token: String,
    pub(super) line: u32,
    /// A real shell may well allow it: it is only deeper than can be read here.
    pub(super) is_too_deep: bool,
}

/// How deep a text may nest. The parser recurses, on a stack that may be a browser's.
const DEPTH_MAX: usize = 50;

pub(super) fn options(dialect: Dialect) -> ParserOptions {
    ParserOptions {
        enable_extended_globbing: false,
        posix_mode: dialect == Dialect::Dash,
        sh_mode: dialect == Dialect::Dash,
        ..ParserOptions::default()
    }
}

pub(super) fn parse(text: &str, dialect: Dialect) -> Parse {
    let options = options(dialect);
    if let Some(wrong) = too_deep_brackets(text) {
        return Parse::Wrong(wrong);
    }
    // A backslash at the very end joins the next line, and the tokenizer does not say so.
    if let Some(open) = text.strip_suffix("\\\n")
        && let Err(TokenizerError::UnterminatedEscapeSequence) = tokenize(&format!("{open}\\"), &options)
    {
        return Parse::Incomplete(Missing::Command);
    }
    let tokens = match tokenize(text, &options) {
        Ok(tokens) => tokens,
        Err(error) => return unfinished(text, &error),
    };
    let tokens = with_subshells_apart(tokens);
    if let Some(wrong) = too_deep_commands(&tokens) {
        return Parse::Wrong(wrong);
    }
    match brush_parser::parse_tokens(&tokens, &options) {
        Ok(program) => Parse::Complete(program),
        Err(ParseError::ParsingNear(position)) => {
            let token = tokens.iter().find(|token| token.location().start.index == position.index);
            let token = token.map_or("newline", Token::to_str);
            let token = if token == "\n" { "newline" } else { token };
            Parse::Wrong(wrong(token, position.line))
        }
        Err(_) => Parse::Incomplete(Missing::Command),
    }
}

// Not `tokenize_str`, which keeps what it has seen in a global.
fn tokenize(text: &str, options: &ParserOptions) -> Result<Vec<Token>, TokenizerError> {
    brush_parser::uncached_tokenize_str(text, &options.tokenizer_options())
}

fn unfinished(text: &str, error: &TokenizerError) -> Parse {
    let closing = |mark, line: usize| Parse::Incomplete(Missing::Closing { mark, line: line as u32 });
    let first_with = |mark: &str| text.lines().position(|line| line.contains(mark)).unwrap_or(0) + 1;
    match error {
        TokenizerError::UnterminatedSingleQuote(at) | TokenizerError::UnterminatedAnsiCQuote(at) => {
            closing('\'', at.line)
        }
        TokenizerError::UnterminatedDoubleQuote(at) => closing('"', at.line),
        TokenizerError::UnterminatedBackquote(at) => closing('`', at.line),
        TokenizerError::UnterminatedVariable => closing('}', first_with("${")),
        TokenizerError::UnterminatedCommandSubstitution | TokenizerError::UnterminatedExpansion => {
            if first_with("$(") == 1 && !text.contains("$(") {
                closing('}', first_with("${"))
            } else {
                closing(')', first_with("$("))
            }
        }
        TokenizerError::UnterminatedHereDocuments(tags, _) => {
            Parse::Incomplete(Missing::HereEnd { delimiter: tags.clone() })
        }
        error if error.is_incomplete() => Parse::Incomplete(Missing::Command),
        _ => Parse::Wrong(wrong("newline", 1)),
    }
}

/// The grammar takes `( (` for `((`, which begins arithmetic: a newline, which may stand there as well,
/// tells them apart.
fn with_subshells_apart(tokens: Vec<Token>) -> Vec<Token> {
    let mut apart: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut depth = 0_u32;
    let mut arithmetic_since = None;
    let mut is_in_test = false;
    for token in tokens {
        match token.to_str() {
            "(" => {
                let last = apart.last().filter(|last| last.to_str() == "(" && arithmetic_since.is_none());
                match last.map(|last| last.location().end.index == token.location().start.index) {
                    Some(true) => arithmetic_since = Some(depth),
                    Some(false) if !is_in_test => {
                        apart.push(Token::Operator("\n".to_owned(), token.location().clone()));
                    }
                    _ => {}
                }
                depth += 1;
            }
            ")" => {
                depth = depth.saturating_sub(1);
                arithmetic_since = arithmetic_since.filter(|&since| depth >= since);
            }
            "[[" => is_in_test = true,
            "]]" => is_in_test = false,
            _ => {}
        }
        apart.push(token);
    }
    apart
}

fn wrong(token: &str, line: usize) -> Wrong {
    Wrong { token: token.to_owned(), line: line as u32, is_too_deep: false }
}

/// The tokenizer recurses where `$(` and `${` nest. Quotes are not looked at: what they hide may count,
/// but a text that is refused for it has many brackets which nothing closes.
fn too_deep_brackets(text: &str) -> Option<Wrong> {
    let mut open = Vec::new();
    for (line, content) in text.lines().enumerate() {
        for c in content.chars() {
            match c {
                '(' | '{' => open.push(c),
                ')' => drop(open.pop_if(|last| *last == '(')),
                '}' => drop(open.pop_if(|last| *last == '{')),
                _ => {}
            }
            if open.len() > DEPTH_MAX {
                return Some(Wrong { is_too_deep: true, ..wrong(&c.to_string(), line + 1) });
            }
        }
    }
    None
}

/// The grammar recurses where commands are in commands. A word that begins one counts wherever it stands,
/// one that ends one only where a command can begin, so that nothing deep is taken for flat.
fn too_deep_commands(tokens: &[Token]) -> Option<Wrong> {
    let mut awaited = Vec::new();
    let mut is_command_next = true;
    for token in tokens {
        let word = token.to_str();
        if let Some(end) = end_of(word) {
            awaited.push(end);
        } else if is_command_next || word == ")" {
            awaited.pop_if(|end| *end == word);
        }
        if awaited.len() > DEPTH_MAX {
            return Some(Wrong { is_too_deep: true, ..wrong(word, token.location().start.line) });
        }
        is_command_next = matches!(token, Token::Operator(..)) || is_reserved(word);
    }
    None
}

/// What ends the command that begins with this word.
fn end_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "(" => ")",
        "{" => "}",
        "if" => "fi",
        "for" | "while" | "until" | "select" => "done",
        "case" => "esac",
        _ => return None,
    })
}

/// Whether a command can follow at once.
fn is_reserved(word: &str) -> bool {
    end_of(word).is_some()
        || matches!(
            word,
            "}" | "fi" | "done" | "esac" | "then" | "else" | "elif" | "do" | "in" | "!" | "time"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real shells read these, up to the end of their own stacks.
    #[test]
    fn a_text_that_nests_too_deep_is_refused() {
        let cases = [
            ("{ ", "{"),
            ("(", "("),
            ("(\n", "("),
            ("echo $(", "("),
            ("echo ${x:-", "{"),
            ("echo \"$(", "("),
            ("if ", "if"),
            ("while true; do ", "while"),
            ("for x in }; do ", "for"),
            ("case x in x) ", "case"),
            ("{ echo } ; ", "{"),
        ];
        for (opening, token) in cases {
            let text = opening.repeat(400) + "\n";
            let refused = |dialect| match parse(&text, dialect) {
                Parse::Wrong(wrong) => wrong.is_too_deep && wrong.token == token,
                _ => false,
            };
            assert!(refused(Dialect::Bash) && refused(Dialect::Dash), "{opening}");
        }
    }
}
