//! What stands around the drawing. Panels draw plain values and hand on what the reader does.

pub mod closer;
pub mod events;
pub mod header;
pub mod lesson;
pub mod notice;
pub mod terminal;
pub mod timeline;
