//! From words to arguments: bash(1), EXPANSION.
//!
//! A word is first taken apart into [`Part`]s, in which every parameter, substitution and quote has been
//! dealt with; [`split`] makes fields of them, [`glob`] file names.

mod arithmetic;
mod glob;
mod parameter;
mod pattern;
mod split;

use std::future::Future;
use std::pin::Pin;

use brush_parser::ast::Word;
use brush_parser::word::{self, BraceExpressionMember, BraceExpressionOrText, TildeExpr, WordPiece};

use super::{Dialect, Shell, Unwind, parse, text};
use crate::user::io;
pub(super) use pattern::Pattern;

/// A future that can hold itself: words are within words.
pub(super) type Nested<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unwind>> + 'a>>;

/// A piece of a word after its expansions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// As the script has it, without quotes: it may be a pattern.
    Literal(String),
    /// In quotes: it is what it is.
    Quoted(String),
    /// What an expansion outside quotes gave: it is split, and may be a pattern.
    Expanded(String),
    /// Here ends one of the fields of `"$@"`.
    FieldEnd,
}

/// Whether a piece stands in double quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    No,
    Double,
}

impl Quoting {
    fn part(self, text: String) -> Part {
        match self {
            Quoting::No => Part::Expanded(text),
            Quoting::Double => Part::Quoted(text),
        }
    }
}

impl Shell {
    /// Words as the arguments of a command.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, Unwind> {
        let mut fields = Vec::new();
        for word in words {
            for word in self.braces(&word.value) {
                let parts = self.parts(&word).await?;
                let ifs = self.variables.get("IFS").unwrap_or(" \t\n").to_owned();
                for field in split::fields(parts, &ifs) {
                    self.file_names(field, &mut fields).await;
                }
            }
        }
        Ok(fields)
    }

    /// A word where there is neither splitting nor pathname expansion: a value, the word of `case`.
    pub(super) async fn single(&mut self, word: &str) -> Result<String, Unwind> {
        Ok(flat(self.parts(word).await?))
    }

    /// The value in an assignment: tildes count after colons as well.
    pub(super) async fn assigned(&mut self, word: &str) -> Result<String, Unwind> {
        let options =
            brush_parser::ParserOptions { tilde_expansion_after_colon: true, ..parse::options(self.dialect) };
        let pieces = self.pieces(word, word::parse(word, &options)).await?;
        Ok(flat(self.pieces_to_parts(pieces, Quoting::No).await?))
    }

    /// The text of a here-document, in which only `$`, `` ` `` and `\` count.
    pub(super) async fn here_document(&mut self, body: &str) -> Result<String, Unwind> {
        let body = body.replace("\\\n", "");
        let pieces = word::parse_heredoc(&body, &parse::options(self.dialect));
        let pieces = self.pieces(&body, pieces).await?;
        Ok(flat(self.pieces_to_parts(pieces, Quoting::Double).await?))
    }

    /// A word as a pattern, in which what was quoted stands for itself.
    pub(super) async fn pattern(&mut self, word: &str) -> Result<Pattern, Unwind> {
        let mut source = String::new();
        for part in self.parts(word).await? {
            match part {
                Part::Literal(text) | Part::Expanded(text) => source.push_str(&text),
                Part::Quoted(text) => source.push_str(&pattern::quote(&text)),
                Part::FieldEnd => source.push(' '),
            }
        }
        Ok(Pattern::new(&source))
    }

    fn parts<'a>(&'a mut self, word: &'a str) -> Nested<'a, Vec<Part>> {
        Box::pin(async move {
            if !word.contains(['$', '`', '\'', '"', '\\', '~']) {
                return Ok(vec![Part::Literal(word.to_owned())]);
            }
            let pieces = self.pieces(word, word::parse(word, &parse::options(self.dialect))).await?;
            self.pieces_to_parts(pieces, Quoting::No).await
        })
    }

    /// The word within a parameter expansion, `${x:-WORD}`: in double quotes if that is.
    fn inner_parts<'a>(&'a mut self, word: &'a str, quoting: Quoting) -> Nested<'a, Vec<Part>> {
        Box::pin(async move {
            if quoting == Quoting::Double && !word.contains('"') {
                let pieces = word::parse_heredoc(word, &parse::options(self.dialect));
                let pieces = self.pieces(word, pieces).await?;
                return self.pieces_to_parts(pieces, Quoting::Double).await;
            }
            let parts = self.parts(word).await?;
            let quoted = |part| match part {
                Part::Literal(text) | Part::Expanded(text) if quoting == Quoting::Double => {
                    Part::Quoted(text)
                }
                // Unlike the rest of the script, it is split: it came out of an expansion.
                Part::Literal(text) => Part::Expanded(text),
                part => part,
            };
            Ok(parts.into_iter().map(quoted).collect())
        })
    }

    async fn pieces(
        &mut self,
        word: &str,
        parsed: Result<Vec<word::WordPieceWithSource>, brush_parser::WordParseError>,
    ) -> Result<Vec<WordPiece>, Unwind> {
        match parsed {
            Ok(pieces) => {
                let pieces: Vec<WordPiece> = pieces.into_iter().map(|piece| piece.piece).collect();
                match find_bad_substitution(&pieces) {
                    Some(bad) => Err(self.bad_substitution(&bad).await),
                    None => Ok(pieces),
                }
            }
            Err(_) => Err(self.bad_substitution(word).await),
        }
    }

    async fn bad_substitution(&mut self, word: &str) -> Unwind {
        self.complain(format!("{word}: bad substitution")).await;
        self.fail(1)
    }

    fn pieces_to_parts(&mut self, pieces: Vec<WordPiece>, quoting: Quoting) -> Nested<'_, Vec<Part>> {
        Box::pin(async move {
            let mut parts = Vec::new();
            for piece in pieces {
                self.piece(piece, quoting, &mut parts).await?;
            }
            Ok(parts)
        })
    }

    async fn piece(
        &mut self,
        piece: WordPiece,
        quoting: Quoting,
        parts: &mut Vec<Part>,
    ) -> Result<(), Unwind> {
        match piece {
            WordPiece::Text(text) if quoting == Quoting::No => parts.push(Part::Literal(text)),
            WordPiece::Text(text) => parts.push(Part::Quoted(text.replace("\\\n", ""))),
            WordPiece::SingleQuotedText(text) => parts.push(Part::Quoted(text)),
            WordPiece::AnsiCQuotedText(text) => parts.push(Part::Quoted(unescape_ansi_c(&text))),
            WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                if inner.is_empty() {
                    parts.push(Part::Quoted(String::new()));
                }
                let inner = inner.into_iter().map(|piece| piece.piece).collect();
                parts.extend(self.pieces_to_parts(inner, Quoting::Double).await?);
            }
            WordPiece::TildeExpansion(tilde) => parts.push(self.tilde(tilde).await),
            WordPiece::ParameterExpansion(expression) => self.parameter(expression, quoting, parts).await?,
            WordPiece::CommandSubstitution(command) => {
                parts.push(quoting.part(self.substitute_command(&command).await?));
            }
            WordPiece::BackquotedCommandSubstitution(command) => {
                let command = unescape_backquoted(&command);
                parts.push(quoting.part(self.substitute_command(&command).await?));
            }
            WordPiece::EscapeSequence(sequence) => match &sequence[1..] {
                "\n" => {}
                escaped => parts.push(Part::Quoted(escaped.to_owned())),
            },
            WordPiece::ArithmeticExpression(expression) => {
                let value = self.arithmetic(&expression.value).await?;
                parts.push(quoting.part(value.to_string()));
            }
        }
        Ok(())
    }

    /// `~`: a home directory. What is not one stays as it is.
    async fn tilde(&mut self, tilde: TildeExpr) -> Part {
        let found = match &tilde {
            TildeExpr::Home => match self.variables.get("HOME") {
                Some(home) => Some(home.to_owned()),
                None => self.home_of(&self.user_name.clone()).await,
            },
            TildeExpr::UserHome(user) => self.home_of(user).await,
            TildeExpr::WorkingDir => self.variables.get("PWD").map(str::to_owned),
            TildeExpr::OldWorkingDir => self.variables.get("OLDPWD").map(str::to_owned),
            _ => None,
        };
        let as_written = || match tilde {
            TildeExpr::UserHome(user) => format!("~{user}"),
            TildeExpr::WorkingDir => "~+".into(),
            TildeExpr::OldWorkingDir => "~-".into(),
            _ => "~".into(),
        };
        Part::Quoted(found.unwrap_or_else(as_written))
    }

    /// The home directory that passwd(5) gives.
    pub(super) async fn home_of(&self, user: &str) -> Option<String> {
        let passwd = io::read_text(&self.sys, "/etc/passwd").await.ok()?;
        let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        fields
            .filter(|fields| fields.len() >= 7 && fields[0] == user)
            .map(|fields| fields[5].to_owned())
            .next()
    }

    /// Brace expansion comes before all others, on the text of the word.
    fn braces(&self, word: &str) -> Vec<String> {
        if self.dialect == Dialect::Dash || !word.contains('{') {
            return vec![word.to_owned()];
        }
        match word::parse_brace_expansions(word, &parse::options(self.dialect)) {
            Ok(Some(pieces)) => expand_braces(&pieces),
            _ => vec![word.to_owned()],
        }
    }
}

/// The grammar leaves a `${..}` that it does not understand as text.
fn find_bad_substitution(pieces: &[WordPiece]) -> Option<String> {
    let in_these = pieces.windows(2).find_map(|pair| match pair {
        [WordPiece::Text(dollar), WordPiece::Text(rest)]
            if dollar.ends_with('$') && rest.starts_with('{') =>
        {
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            Some(format!("${}", &rest[..end]))
        }
        _ => None,
    });
    in_these.or_else(|| {
        pieces.iter().find_map(|piece| match piece {
            WordPiece::DoubleQuotedSequence(inner) => {
                let inner: Vec<WordPiece> = inner.iter().map(|piece| piece.piece.clone()).collect();
                find_bad_substitution(&inner)
            }
            _ => None,
        })
    })
}

/// The parts as one text.
fn flat(parts: Vec<Part>) -> String {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Literal(text) | Part::Quoted(text) | Part::Expanded(text) => text,
            Part::FieldEnd => " ".to_owned(),
        })
        .collect()
}

/// Every combination of what the braces of a word list.
fn expand_braces(pieces: &[BraceExpressionOrText]) -> Vec<String> {
    let mut words = vec![String::new()];
    for piece in pieces {
        let choices = match piece {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => members.iter().flat_map(brace_member).collect(),
        };
        words = words
            .iter()
            .flat_map(|word| choices.iter().map(move |choice| format!("{word}{choice}")))
            .collect();
    }
    words
}

fn brace_member(member: &BraceExpressionMember) -> Vec<String> {
    match member {
        BraceExpressionMember::Child(pieces) => expand_braces(pieces),
        BraceExpressionMember::NumberSequence { start, end, increment } => {
            sequence(*start, *end, *increment).map(|n| n.to_string()).collect()
        }
        BraceExpressionMember::CharSequence { start, end, increment } => {
            sequence(i64::from(u32::from(*start)), i64::from(u32::from(*end)), *increment)
                .filter_map(|n| u32::try_from(n).ok().and_then(char::from_u32))
                .map(String::from)
                .collect()
        }
    }
}

/// From `start` to `end`, both included, up or down.
fn sequence(start: i64, end: i64, increment: i64) -> impl Iterator<Item = i64> {
    let step = increment.unsigned_abs().max(1);
    let count = start.abs_diff(end) / step;
    (0..=count).map(move |n| {
        let distance = (n * step) as i64;
        if start <= end { start + distance } else { start - distance }
    })
}

/// Within backquotes a backslash quotes `$` and `\`; the grammar has dealt with the backquote.
fn unescape_backquoted(command: &str) -> String {
    let mut result = String::with_capacity(command.len());
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(&next @ ('$' | '\\'))) => {
                result.push(next);
                chars.next();
            }
            _ => result.push(c),
        }
    }
    result
}

/// `$'..'`: bash(1), QUOTING.
fn unescape_ansi_c(source: &str) -> String {
    let (bytes, _) = super::builtins::unescape(source, super::builtins::Escapes::AnsiC);
    text::decode(&bytes)
}
