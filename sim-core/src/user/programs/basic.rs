//! true(1), false(1).

use crate::user::{Args, Sys};

pub async fn r#true(sys: Sys, args: Args) -> i32 {
    note_questions(&sys, "true", &args);
    0
}

pub async fn r#false(sys: Sys, args: Args) -> i32 {
    note_questions(&sys, "false", &args);
    1
}

/// true(1): alone on the command line, these two are answered.
fn note_questions(sys: &Sys, program: &str, args: &Args) {
    if let [question] = args.rest().as_slice()
        && ["--help", "--version"].contains(&question.as_str())
    {
        crate::user::unmodelled(sys, format!("{program}: {question}"));
    }
}
