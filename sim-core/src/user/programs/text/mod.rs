//! Programs that read text: grep(1), head(1), wc(1).

pub mod grep;
pub mod head;
mod pattern;
pub(super) mod stream;
pub mod wc;
