//! The command as its users meet it: `tests/command/*.trycmd` says what is typed and what is printed.
//!
//! `TRYCMD=overwrite cargo test -p glasshull-tests --test command` writes down what is printed now.

use glasshull_tests::glasshull;

#[test]
fn command() {
    trycmd::TestCases::new().register_bin("glasshull", glasshull()).case("command/*.trycmd");
}
