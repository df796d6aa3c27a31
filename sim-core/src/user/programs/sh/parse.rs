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
}

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
    match brush_parser::parse_tokens(&tokens, &options) {
        Ok(program) => Parse::Complete(program),
        Err(ParseError::ParsingNear(position)) => {
            let token = tokens.iter().find(|token| token.location().start.index == position.index);
            let token = token.map_or("newline", Token::to_str);
            let token = if token == "\n" { "newline" } else { token };
            Parse::Wrong(Wrong { token: token.to_owned(), line: position.line as u32 })
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
        _ => Parse::Wrong(Wrong { token: "newline".into(), line: 1 }),
    }
}
