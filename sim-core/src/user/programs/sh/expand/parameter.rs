//! Parameter expansion: bash(1), "Parameter Expansion".

use brush_parser::word::{Parameter, ParameterExpr, ParameterTestType, SpecialParameter, SubstringMatchKind};

use super::pattern::{Pattern, Reach};
use super::{Part, Quoting, flat};
use crate::user::programs::sh::{Dialect, Shell, Source, Unwind};

/// What a parameter stands for.
enum Value {
    Unset,
    Text(String),
    /// The positional parameters, for `@` and `*`.
    All {
        concatenate: bool,
    },
}

impl Shell {
    /// A variable, or what the shell knows under a variable's name.
    pub(in crate::user::programs::sh) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "LINENO" => Some(self.line.to_string()),
            _ => self.variables.get(name).map(str::to_owned),
        }
    }

    /// Expands `$x` or `${x..}` to parts of a word.
    pub(super) async fn parameter(
        &mut self,
        expression: ParameterExpr,
        quoting: Quoting,
        parts: &mut Vec<Part>,
    ) -> Result<(), Unwind> {
        use ParameterExpr as E;
        match expression {
            E::Parameter { parameter, indirect } => {
                let value = self.checked_value(&parameter, indirect).await?;
                self.push(value, quoting, parts);
            }
            E::UseDefaultValues { parameter, indirect, test_type, default_value } => {
                let value = self.value(&parameter, indirect).await?;
                if self.counts_as_unset(&value, &test_type) {
                    parts.extend(self.inner_parts(&default_value.unwrap_or_default(), quoting).await?);
                } else {
                    self.push(value, quoting, parts);
                }
            }
            E::UseAlternativeValue { parameter, indirect, test_type, alternative_value } => {
                let value = self.value(&parameter, indirect).await?;
                if !self.counts_as_unset(&value, &test_type) {
                    parts.extend(self.inner_parts(&alternative_value.unwrap_or_default(), quoting).await?);
                } else if quoting == Quoting::Double {
                    parts.push(Part::Quoted(String::new()));
                }
            }
            E::AssignDefaultValues { parameter, indirect, test_type, default_value } => {
                let mut value = self.value(&parameter, indirect).await?;
                if self.counts_as_unset(&value, &test_type) {
                    let default = flat(self.inner_parts(&default_value.unwrap_or_default(), quoting).await?);
                    value = Value::Text(self.assign_default(&parameter, default).await?);
                }
                self.push(value, quoting, parts);
            }
            E::IndicateErrorIfNullOrUnset { parameter, indirect, test_type, error_message } => {
                let value = self.value(&parameter, indirect).await?;
                if self.counts_as_unset(&value, &test_type) {
                    return Err(self.report_unset(&parameter, &test_type, error_message).await?);
                }
                self.push(value, quoting, parts);
            }
            E::ParameterLength { parameter, indirect } => {
                let length = match self.checked_value(&parameter, indirect).await? {
                    Value::Unset => 0,
                    Value::Text(text) => text.chars().count(),
                    Value::All { .. } => self.parameters.len(),
                };
                parts.push(quoting.part(length.to_string()));
            }
            changed => self.changed_parameter(changed, quoting, parts).await?,
        }
        Ok(())
    }

    /// The forms that change the text of the value.
    async fn changed_parameter(
        &mut self,
        expression: ParameterExpr,
        quoting: Quoting,
        parts: &mut Vec<Part>,
    ) -> Result<(), Unwind> {
        use ParameterExpr as E;
        let (parameter, indirect) = match &expression {
            E::RemoveSmallestSuffixPattern { parameter, indirect, .. }
            | E::RemoveLargestSuffixPattern { parameter, indirect, .. }
            | E::RemoveSmallestPrefixPattern { parameter, indirect, .. }
            | E::RemoveLargestPrefixPattern { parameter, indirect, .. }
            | E::Substring { parameter, indirect, .. }
            | E::ReplaceSubstring { parameter, indirect, .. }
            | E::UppercaseFirstChar { parameter, indirect, .. }
            | E::UppercasePattern { parameter, indirect, .. }
            | E::LowercaseFirstChar { parameter, indirect, .. }
            | E::LowercasePattern { parameter, indirect, .. } => (parameter.clone(), *indirect),
            other => return Err(self.unmodelled_expansion(other).await),
        };
        let value = self.checked_value(&parameter, indirect).await?;
        if let E::Substring { offset, length, .. } = &expression
            && let Value::All { concatenate } = value
        {
            let some = self.some_parameters(&offset.value, length.as_ref().map(|l| l.value.as_str())).await?;
            self.push_all(&some, concatenate, quoting, parts);
            return Ok(());
        }
        match value {
            Value::Unset => parts.push(quoting.part(String::new())),
            Value::Text(text) => {
                let changed = self.change(&expression, text).await?;
                parts.push(quoting.part(changed));
            }
            Value::All { concatenate } => {
                let mut changed = Vec::new();
                for text in self.parameters.clone() {
                    changed.push(self.change(&expression, text).await?);
                }
                self.push_all(&changed, concatenate, quoting, parts);
            }
        }
        Ok(())
    }

    async fn change(&mut self, expression: &ParameterExpr, text: String) -> Result<String, Unwind> {
        use ParameterExpr as E;
        Ok(match expression {
            E::RemoveSmallestPrefixPattern { pattern, .. } => {
                let cut = self.inner_pattern(pattern).await?.prefix(&text, Reach::Shortest);
                text[cut.unwrap_or(0)..].to_owned()
            }
            E::RemoveLargestPrefixPattern { pattern, .. } => {
                let cut = self.inner_pattern(pattern).await?.prefix(&text, Reach::Longest);
                text[cut.unwrap_or(0)..].to_owned()
            }
            E::RemoveSmallestSuffixPattern { pattern, .. } => {
                let cut = self.inner_pattern(pattern).await?.suffix(&text, Reach::Shortest);
                text[..cut.unwrap_or(text.len())].to_owned()
            }
            E::RemoveLargestSuffixPattern { pattern, .. } => {
                let cut = self.inner_pattern(pattern).await?.suffix(&text, Reach::Longest);
                text[..cut.unwrap_or(text.len())].to_owned()
            }
            E::ReplaceSubstring { pattern, replacement, match_kind, .. } => {
                let pattern = self.pattern(pattern).await?;
                let replacement = self.single(replacement.as_deref().unwrap_or("")).await?;
                replace(&text, &pattern, &replacement, match_kind)
            }
            E::Substring { offset, length, .. } => {
                let chars: Vec<char> = text.chars().collect();
                let length = length.as_ref().map(|length| length.value.as_str());
                let range = self.range(&offset.value, length, 0, chars.len()).await?;
                chars[range].iter().collect()
            }
            E::UppercaseFirstChar { .. } => change_first(&text, char::to_ascii_uppercase),
            E::LowercaseFirstChar { .. } => change_first(&text, char::to_ascii_lowercase),
            E::UppercasePattern { .. } => text.to_uppercase(),
            E::LowercasePattern { .. } => text.to_lowercase(),
            _ => text,
        })
    }

    async fn inner_pattern(&mut self, pattern: &Option<String>) -> Result<Pattern, Unwind> {
        self.pattern(pattern.as_deref().unwrap_or("")).await
    }

    /// `${x:OFFSET:LENGTH}` as a range of what is there; negative numbers count from the end.
    async fn range(
        &mut self,
        offset: &str,
        length: Option<&str>,
        first: usize,
        end: usize,
    ) -> Result<std::ops::Range<usize>, Unwind> {
        let end = end as i64;
        let offset = self.arithmetic(offset).await?;
        let start = if offset < 0 { end + offset } else { offset };
        if start < first as i64 || start > end {
            return Ok(0..0);
        }
        let stop = match length {
            None => end,
            Some(length) => match self.arithmetic(length).await? {
                length if length < 0 && end + length < start => {
                    self.complain(format!("{length}: substring expression < 0")).await;
                    return Err(self.fail(1));
                }
                length if length < 0 => end + length,
                length => end.min(start.saturating_add(length)),
            },
        };
        Ok(start as usize..stop as usize)
    }

    /// `${@:OFFSET:LENGTH}`: number 0 is the shell's name.
    async fn some_parameters(&mut self, offset: &str, length: Option<&str>) -> Result<Vec<String>, Unwind> {
        let mut all = vec![self.name.clone()];
        all.extend(self.parameters.clone());
        let range = self.range(offset, length, 0, all.len()).await?;
        // A length counts from the offset, which for negative ones is known only now.
        Ok(all[range].to_vec())
    }

    async fn checked_value(&mut self, parameter: &Parameter, indirect: bool) -> Result<Value, Unwind> {
        let value = self.value(parameter, indirect).await?;
        if matches!(value, Value::Unset) && self.options.no_unset {
            let shown = parameter.to_string();
            let shown = shown.trim_start_matches(['$', '{']).trim_end_matches('}');
            self.complain(format!("{shown}: unbound variable")).await;
            return Err(self.unset_failure());
        }
        Ok(value)
    }

    async fn value(&mut self, parameter: &Parameter, indirect: bool) -> Result<Value, Unwind> {
        let value = match parameter {
            Parameter::Named(name) => self.variable(name),
            Parameter::Positional(number) => self.parameters.get(*number as usize - 1).cloned(),
            Parameter::Special(SpecialParameter::AllPositionalParameters { concatenate }) => {
                return Ok(Value::All { concatenate: *concatenate });
            }
            Parameter::Special(special) => self.special(special),
            // A variable is an array of one element.
            Parameter::NamedWithAllIndices { name, .. } => self.variable(name),
            Parameter::NamedWithIndex { name, index } if index == "0" => self.variable(name),
            Parameter::NamedWithIndex { .. } => {
                self.unmodelled("arrays");
                None
            }
        };
        if indirect && let Some(name) = &value {
            return Ok(self.variable(name).map_or(Value::Unset, Value::Text));
        }
        Ok(value.map_or(Value::Unset, Value::Text))
    }

    fn special(&self, special: &SpecialParameter) -> Option<String> {
        Some(match special {
            SpecialParameter::PositionalParameterCount => self.parameters.len().to_string(),
            SpecialParameter::LastExitStatus => self.status.to_string(),
            SpecialParameter::CurrentOptionFlags => self.options.letters(),
            SpecialParameter::ProcessId => self.pid.to_string(),
            SpecialParameter::LastBackgroundProcessId => self.last_background?.to_string(),
            SpecialParameter::ShellName => self.name.clone(),
            SpecialParameter::AllPositionalParameters { .. } => self.parameters.join(" "),
        })
    }

    fn counts_as_unset(&self, value: &Value, test: &ParameterTestType) -> bool {
        let or_null = matches!(test, ParameterTestType::UnsetOrNull);
        match value {
            Value::Unset => true,
            Value::Text(text) => or_null && text.is_empty(),
            Value::All { .. } => match self.parameters.as_slice() {
                [] => true,
                [only] => or_null && only.is_empty(),
                _ => false,
            },
        }
    }

    async fn assign_default(&mut self, parameter: &Parameter, value: String) -> Result<String, Unwind> {
        let Parameter::Named(name) = parameter else {
            self.complain(format!("{parameter}: cannot assign in this way")).await;
            return Err(self.fail(1));
        };
        self.assign(name, value.clone()).await?;
        Ok(value)
    }

    /// `${x:?message}`.
    async fn report_unset(
        &mut self,
        parameter: &Parameter,
        test: &ParameterTestType,
        message: Option<String>,
    ) -> Result<Unwind, Unwind> {
        let message = match message {
            Some(message) => flat(self.inner_parts(&message, Quoting::Double).await?),
            None if matches!(test, ParameterTestType::UnsetOrNull) => "parameter null or not set".to_owned(),
            None => "parameter not set".to_owned(),
        };
        let shown = parameter.to_string();
        let shown = shown.trim_start_matches(['$', '{']).trim_end_matches('}');
        self.complain(format!("{shown}: {message}")).await;
        Ok(self.unset_failure())
    }

    /// A parameter that had to be set and was not.
    fn unset_failure(&mut self) -> Unwind {
        let status = match self.dialect {
            Dialect::Dash => 2,
            Dialect::Bash if self.source == Source::CommandString && !self.in_subshell => 127,
            Dialect::Bash => 1,
        };
        self.fail(status)
    }

    async fn unmodelled_expansion(&mut self, expression: &ParameterExpr) -> Unwind {
        let what = match expression {
            ParameterExpr::Transform { .. } => "${parameter@operator}",
            ParameterExpr::VariableNames { .. } => "${!prefix*}",
            _ => "${!name[@]}",
        };
        self.unmodelled(what);
        self.complain(format!("{what}: bad substitution")).await;
        self.fail(1)
    }

    fn push(&self, value: Value, quoting: Quoting, parts: &mut Vec<Part>) {
        match value {
            Value::Unset => parts.push(quoting.part(String::new())),
            Value::Text(text) => parts.push(quoting.part(text)),
            Value::All { concatenate } => self.push_all(&self.parameters, concatenate, quoting, parts),
        }
    }

    /// `$@` and `$*`: within quotes the one gives a field for each parameter, the other a single one.
    fn push_all(&self, all: &[String], concatenate: bool, quoting: Quoting, parts: &mut Vec<Part>) {
        if concatenate && quoting == Quoting::Double {
            let separator = self.variables.get("IFS").unwrap_or(" ").chars().next();
            let separator = separator.map(String::from).unwrap_or_default();
            parts.push(Part::Quoted(all.join(&separator)));
            return;
        }
        for (index, parameter) in all.iter().enumerate() {
            if index > 0 && (quoting == Quoting::Double || !all[index - 1].is_empty()) {
                parts.push(Part::FieldEnd);
            }
            if quoting == Quoting::Double || !parameter.is_empty() {
                parts.push(quoting.part(parameter.clone()));
            }
        }
    }
}

fn replace(text: &str, pattern: &Pattern, replacement: &str, kind: &SubstringMatchKind) -> String {
    match kind {
        SubstringMatchKind::Prefix => match pattern.prefix(text, Reach::Longest) {
            Some(end) => format!("{replacement}{}", &text[end..]),
            None => text.to_owned(),
        },
        SubstringMatchKind::Suffix => match pattern.suffix(text, Reach::Longest) {
            Some(start) => format!("{}{replacement}", &text[..start]),
            None => text.to_owned(),
        },
        SubstringMatchKind::FirstOccurrence | SubstringMatchKind::Anywhere => {
            let once = matches!(kind, SubstringMatchKind::FirstOccurrence);
            let mut result = String::new();
            let mut rest = text;
            while let Some(c) = rest.chars().next() {
                match pattern.prefix(rest, Reach::Longest).filter(|&length| length > 0) {
                    Some(length) => {
                        result.push_str(replacement);
                        rest = &rest[length..];
                        if once {
                            break;
                        }
                    }
                    None => {
                        result.push(c);
                        rest = &rest[c.len_utf8()..];
                    }
                }
            }
            result + rest
        }
    }
}

fn change_first(text: &str, change: fn(&char) -> char) -> String {
    let mut chars = text.chars();
    chars.next().iter().map(change).chain(chars).collect()
}
