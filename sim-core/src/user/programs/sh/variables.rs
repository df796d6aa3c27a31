//! Variables, their attributes, and the scopes of functions: bash(1), PARAMETERS.

use std::collections::BTreeMap;

use super::text;
use crate::abi::Bytes;

/// A variable: no value means declared but unset.
#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    pub(super) value: Option<String>,
    pub(super) exported: bool,
    pub(super) read_only: bool,
}

/// Why a variable was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadOnly;

/// All variables: the global scope, and above it one for each function that is running.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    scopes: Vec<BTreeMap<String, Variable>>,
}

impl Variables {
    /// From the environment: all of it is exported.
    pub(super) fn from_environment(envp: &[Bytes]) -> Variables {
        let mut global = BTreeMap::new();
        for entry in envp {
            let entry = text::decode(entry);
            if let Some((name, value)) = entry.split_once('=').filter(|(name, _)| text::is_name(name)) {
                let value = Some(value.to_owned());
                global.insert(name.to_owned(), Variable { value, exported: true, read_only: false });
            }
        }
        Variables { scopes: vec![global] }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Variable> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.find(name).and_then(|variable| variable.value.as_deref())
    }

    fn entry(&mut self, name: &str) -> &mut Variable {
        let at = self.scopes.iter().rposition(|scope| scope.contains_key(name)).unwrap_or(0);
        self.scopes[at].entry(name.to_owned()).or_default()
    }

    /// Sets a variable where it is, or globally.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) -> Result<(), ReadOnly> {
        let variable = self.entry(name);
        if variable.read_only {
            return Err(ReadOnly);
        }
        variable.value = Some(value.into());
        Ok(())
    }

    /// Sets what the shell itself keeps up to date; a reader who made it read-only is not asked.
    pub(super) fn set_own(&mut self, name: &str, value: impl Into<String>) {
        self.entry(name).value = Some(value.into());
    }

    pub(super) fn export(&mut self, name: &str) {
        self.entry(name).exported = true;
    }

    pub(super) fn unexport(&mut self, name: &str) {
        self.entry(name).exported = false;
    }

    pub(super) fn make_read_only(&mut self, name: &str) {
        self.entry(name).read_only = true;
    }

    pub(super) fn unset(&mut self, name: &str) -> Result<(), ReadOnly> {
        let Some(scope) = self.scopes.iter_mut().rev().find(|scope| scope.contains_key(name)) else {
            return Ok(());
        };
        if scope[name].read_only {
            return Err(ReadOnly);
        }
        scope.remove(name);
        Ok(())
    }

    pub(super) fn enter_scope(&mut self) {
        self.scopes.push(BTreeMap::new());
    }

    pub(super) fn leave_scope(&mut self) {
        self.scopes.pop();
    }

    /// Back to the global scope, wherever a command was broken off.
    pub(super) fn leave_all_scopes(&mut self) {
        self.scopes.truncate(1);
    }

    /// `local`: a variable of the innermost scope; it hides an outer one, and is exported as that is.
    pub(super) fn declare_local(&mut self, name: &str, value: Option<String>) {
        let exported = self.find(name).is_some_and(|outer| outer.exported);
        let innermost = self.scopes.last_mut().expect("there is always the global scope");
        let variable =
            innermost.entry(name.to_owned()).or_insert(Variable { exported, ..Variable::default() });
        if value.is_some() {
            variable.value = value;
        }
    }

    /// An assignment before a command: in force, and exported, while the command runs.
    pub(super) fn set_for_command(&mut self, name: &str, value: String) -> Result<(), ReadOnly> {
        if self.find(name).is_some_and(|variable| variable.read_only) {
            return Err(ReadOnly);
        }
        let innermost = self.scopes.last_mut().expect("there is always the global scope");
        innermost.insert(name.to_owned(), Variable { value: Some(value), exported: true, read_only: false });
        Ok(())
    }

    /// Every visible variable, by name.
    pub(super) fn all(&self) -> BTreeMap<&str, &Variable> {
        let mut all = BTreeMap::new();
        for scope in &self.scopes {
            all.extend(scope.iter().map(|(name, variable)| (name.as_str(), variable)));
        }
        all
    }

    /// The environment of a command, in the order in which bash hands it over: that of its hash table.
    pub(super) fn environment(&self) -> Vec<Bytes> {
        const BUCKETS: u32 = 1024;
        let all = self.all();
        let mut exported: Vec<(&str, &str)> = all
            .iter()
            .filter(|(name, variable)| variable.exported && **name != "_")
            .filter_map(|(name, variable)| Some((*name, variable.value.as_deref()?)))
            .collect();
        exported.sort_by_key(|(name, _)| fnv1(name) % BUCKETS);
        exported.iter().map(|(name, value)| text::encode(&format!("{name}={value}"))).collect()
    }
}

/// The Fowler-Noll-Vo hash, FNV-1 with 32 bits.
fn fnv1(text: &str) -> u32 {
    text.bytes().fold(2_166_136_261, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_in_the_order_of_bash() {
        let names = ["PATH", "HOME", "B", "TERM", "LANG", "USER", "LOGNAME", "SHELL", "A", "PWD", "SHLVL"];
        let given: Vec<Bytes> = names.iter().map(|name| format!("{name}=x").into()).collect();
        let order: Vec<String> = Variables::from_environment(&given)
            .environment()
            .iter()
            .map(|entry| entry.to_text().trim_end_matches("=x").to_owned())
            .collect();
        // What `env` printed under bash 5.2 with these variables.
        let expected = ["SHELL", "PWD", "LOGNAME", "B", "A", "HOME", "LANG", "TERM", "USER", "SHLVL", "PATH"];
        assert_eq!(order, expected);
    }
}
