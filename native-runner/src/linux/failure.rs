//! What went wrong in making or driving a sandbox, in words for whoever started it.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// What was being done, and what the kernel (or a peer) said. It crosses process borders as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{doing}: {cause}")]
pub struct Failure {
    doing: String,
    cause: String,
}

impl Failure {
    pub(crate) fn new(doing: impl Into<String>, cause: impl Display) -> Failure {
        Failure { doing: doing.into(), cause: cause.to_string() }
    }
}

/// Says what was being done when an error came.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<std::io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| {
            let error: std::io::Error = error.into();
            Failure::new(what, plain(&error))
        })
    }
}

/// The error's text without the number that the standard library adds, as perror(3) prints it.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => text.trim_end_matches(&format!(" (os error {number})")).to_owned(),
        None => text,
    }
}
