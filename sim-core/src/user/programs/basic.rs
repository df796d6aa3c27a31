//! true(1), false(1).

use crate::user::{Args, Sys};

pub async fn r#true(_: Sys, _: Args) -> i32 {
    0
}

pub async fn r#false(_: Sys, _: Args) -> i32 {
    1
}
