//! Word splitting: bash(1), "Word Splitting".

use super::{Part, pattern};

/// One argument to be: its text, and the same as a pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) pattern: String,
    /// Whether there is anything in it that pathname expansion would act on.
    pub(super) is_pattern: bool,
}

impl Field {
    fn push_active(&mut self, text: &str) {
        self.text.push_str(text);
        self.pattern.push_str(text);
        self.is_pattern |= text.contains(['*', '?', '[']);
    }

    fn push_quoted(&mut self, text: &str) {
        self.text.push_str(text);
        self.pattern.push_str(&pattern::quote(text));
    }
}

/// Makes fields of the parts of a word, split at the characters of `ifs`.
pub(super) fn fields(parts: Vec<Part>, ifs: &str) -> Vec<Field> {
    let mut splitter = Splitter { ifs, fields: Vec::new(), current: None, after_blank: false };
    for part in parts {
        match part {
            Part::Literal(text) if text.is_empty() => {}
            Part::Literal(text) => splitter.current().push_active(&text),
            Part::Quoted(text) => splitter.current().push_quoted(&text),
            Part::Expanded(text) => splitter.split(&text),
            Part::FieldEnd => {
                splitter.current();
                splitter.end_field();
            }
        }
    }
    splitter.end_field();
    splitter.fields
}

struct Splitter<'a> {
    ifs: &'a str,
    fields: Vec<Field>,
    current: Option<Field>,
    /// Blanks have just ended a field: a separator that follows them belongs to them.
    after_blank: bool,
}

impl Splitter<'_> {
    fn current(&mut self) -> &mut Field {
        self.after_blank = false;
        self.current.get_or_insert_default()
    }

    fn end_field(&mut self) {
        self.fields.extend(self.current.take());
    }

    fn split(&mut self, text: &str) {
        for c in text.chars() {
            if !self.ifs.contains(c) {
                self.current().push_active(c.encode_utf8(&mut [0; 4]));
            } else if matches!(c, ' ' | '\t' | '\n') {
                if self.current.is_some() {
                    self.end_field();
                    self.after_blank = true;
                }
            } else if self.current.is_some() {
                self.end_field();
            } else if self.after_blank {
                self.after_blank = false;
            } else {
                self.fields.push(Field::default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(parts: &[Part], ifs: &str) -> Vec<String> {
        fields(parts.to_vec(), ifs).into_iter().map(|field| field.text).collect()
    }

    #[test]
    fn separators_count_one_by_one_and_blanks_together() {
        let expanded = |text: &str| vec![Part::Expanded(text.into())];
        let cases: &[(&str, &str, &[&str])] = &[
            (" a  b\n", " \t\n", &["a", "b"]),
            ("", " \t\n", &[]),
            ("a::b:", ":", &["a", "", "b"]),
            (":a", ":", &["", "a"]),
            ("a : b", " :", &["a", "b"]),
            ("a b", "", &["a b"]),
        ];
        for (text, ifs, expected) in cases {
            assert_eq!(split(&expanded(text), ifs), *expected, "{text:?} at {ifs:?}");
        }
    }

    #[test]
    fn quoted_parts_are_never_split_and_make_a_field_even_when_empty() {
        let parts = [Part::Literal("x".into()), Part::Expanded(" y".into()), Part::Quoted(" z".into())];
        assert_eq!(split(&parts, " "), ["x", "y z"]);
        assert_eq!(split(&[Part::Quoted(String::new())], " "), [""]);
        let all = [Part::Quoted("a b".into()), Part::FieldEnd, Part::Quoted(String::new())];
        assert_eq!(split(&all, " "), ["a b", ""]);
    }
}
