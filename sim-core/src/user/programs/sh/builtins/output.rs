//! echo.

use super::escapes::{Escapes, unescape};
use crate::user::programs::sh::{Dialect, Outcome, Shell, text};

impl Shell {
    /// bash's takes -n, -e and -E in any cluster; dash's takes -n alone and always knows escapes.
    pub(super) async fn echo(&mut self, arguments: &[String]) -> Outcome {
        let mut newline = true;
        let mut escapes = self.dialect == Dialect::Dash;
        let letters = if self.dialect == Dialect::Bash { "neE" } else { "n" };
        let is_options = |word: &&String| {
            word.len() > 1
                && word.starts_with('-')
                && word[1..].chars().all(|letter| letters.contains(letter))
        };
        let most = if self.dialect == Dialect::Bash { usize::MAX } else { 1 };
        let options = arguments.iter().take(most).take_while(is_options).count();
        for letter in arguments[..options].iter().flat_map(|word| word[1..].chars()) {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        let words = arguments[options..].join(" ");
        let mut output = if escapes {
            let (output, end) = unescape(&words, Escapes::Echo);
            newline = newline && end == super::escapes::Output::GoesOn;
            output
        } else {
            text::encode(&words).0
        };
        if newline {
            output.push(b'\n');
        }
        self.put("echo", &output).await
    }
}
