//! Patterns: bash(1), "Pattern Matching"; extglob is off, as it is by default.

/// A pattern, ready to be matched.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Clone, Debug)]
enum Token {
    Char(char),
    AnyChar,
    AnyText,
    Set { negated: bool, members: Vec<Member> },
}

#[derive(Clone, Debug)]
enum Member {
    Range(char, char),
    Class(fn(&char) -> bool),
}

/// Which match to take where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Shortest,
    Longest,
}

/// Text in which nothing is special, as a pattern.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '!' | '^' | '-') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// The text that a pattern without special characters stands for.
pub(super) fn unquote(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    text
}

impl Pattern {
    pub(crate) fn new(source: &str) -> Pattern {
        let chars: Vec<char> = source.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            tokens.push(match c {
                '*' => Token::AnyText,
                '?' => Token::AnyChar,
                '\\' if at < chars.len() => {
                    at += 1;
                    Token::Char(chars[at - 1])
                }
                '[' => match set(&chars, at) {
                    Some((set, end)) => {
                        at = end;
                        set
                    }
                    None => Token::Char('['),
                },
                c => Token::Char(c),
            });
        }
        Pattern(tokens)
    }

    /// Whether it matches the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        matches(&self.0, &chars)
    }

    /// Whether its first character is this one, literally: a dot must be, in names that begin with one.
    pub(super) fn begins_with(&self, c: char) -> bool {
        matches!(self.0.first(), Some(Token::Char(first)) if *first == c)
    }

    /// How many bytes of `text` it matches, from the start.
    pub(super) fn prefix(&self, text: &str, reach: Reach) -> Option<usize> {
        let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        if reach == Reach::Longest {
            ends.reverse();
        }
        ends.into_iter().find(|&end| self.matches(&text[..end]))
    }

    /// Where in `text` begins what it matches up to the end.
    pub(super) fn suffix(&self, text: &str, reach: Reach) -> Option<usize> {
        let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        if reach == Reach::Shortest {
            starts.reverse();
        }
        starts.into_iter().find(|&start| self.matches(&text[start..]))
    }
}

/// Matches from left to right, and goes back to the last `*` where that fails.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    let (mut at_token, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (tokens.get(at_token), text.get(at)) {
            (Some(Token::AnyText), _) => {
                retry = Some((at_token, at));
                at_token += 1;
            }
            (Some(token), Some(&c)) if one(token, c) => {
                at_token += 1;
                at += 1;
            }
            (None, None) => return true,
            _ => match retry {
                Some((star, from)) if from < text.len() => {
                    retry = Some((star, from + 1));
                    at_token = star + 1;
                    at = from + 1;
                }
                _ => return false,
            },
        }
    }
}

fn one(token: &Token, c: char) -> bool {
    match token {
        Token::Char(expected) => *expected == c,
        Token::AnyChar => true,
        Token::AnyText => false,
        Token::Set { negated, members } => {
            let found = members.iter().any(|member| match member {
                Member::Range(from, to) => (from..=to).contains(&&c),
                Member::Class(is_in) => is_in(&c),
            });
            found != *negated
        }
    }
}

/// `[..]` after its opening bracket: the set and where it ends; none if it never does.
fn set(chars: &[char], start: usize) -> Option<(Token, usize)> {
    let mut at = start;
    let negated = matches!(chars.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let first = at;
    let mut members = Vec::new();
    loop {
        let mut c = *chars.get(at)?;
        if c == ']' && at > first {
            return Some((Token::Set { negated, members }, at + 1));
        }
        if let Some((class, end)) = class(chars, at) {
            members.push(class);
            at = end;
            continue;
        }
        if c == '\\' {
            at += 1;
            c = *chars.get(at)?;
        }
        at += 1;
        let is_range = chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|&end| end != ']');
        if !is_range {
            members.push(Member::Range(c, c));
            continue;
        }
        at += 1;
        if chars[at] == '\\' {
            at += 1;
        }
        members.push(Member::Range(c, *chars.get(at)?));
        at += 1;
    }
}

/// `[:alpha:]` and its kin.
fn class(chars: &[char], at: usize) -> Option<(Member, usize)> {
    let rest: String = chars.get(at..)?.iter().take(12).collect();
    let (name, _) = rest.strip_prefix("[:")?.split_once(":]")?;
    let is_in: fn(&char) -> bool = match name {
        "alpha" => char::is_ascii_alphabetic,
        "digit" => char::is_ascii_digit,
        "alnum" => char::is_ascii_alphanumeric,
        "upper" => char::is_ascii_uppercase,
        "lower" => char::is_ascii_lowercase,
        "punct" => char::is_ascii_punctuation,
        "xdigit" => char::is_ascii_hexdigit,
        "cntrl" => char::is_ascii_control,
        "graph" => char::is_ascii_graphic,
        "blank" => |c| matches!(c, ' ' | '\t'),
        "space" => |c| matches!(c, ' ' | '\t'..='\r'),
        "print" => |c| *c == ' ' || c.is_ascii_graphic(),
        _ => return None,
    };
    Some((Member::Class(is_in), at + name.len() + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        let cases = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*.tar.*", "x.tar.tar.gz", true),
            ("[a-c]?", "bz", true),
            ("[!a-c]", "b", false),
            ("[]a]", "]", true),
            ("[[:digit:]]*", "7up", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn quoted_text_matches_itself_alone() {
        for text in ["a*b", "[x]", "\\", "!-^"] {
            assert!(Pattern::new(&quote(text)).matches(text));
            assert_eq!(unquote(&quote(text)), text);
        }
        assert!(!Pattern::new(&quote("a*b")).matches("axb"));
    }

    #[test]
    fn ends_are_cut_short_or_long() {
        let pattern = Pattern::new("*.");
        assert_eq!(pattern.prefix("a.b.c", Reach::Shortest), Some(2));
        assert_eq!(pattern.prefix("a.b.c", Reach::Longest), Some(4));
        let pattern = Pattern::new(".*");
        assert_eq!(pattern.suffix("a.b.c", Reach::Shortest), Some(3));
        assert_eq!(pattern.suffix("a.b.c", Reach::Longest), Some(1));
    }
}
