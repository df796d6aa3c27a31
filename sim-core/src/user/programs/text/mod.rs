//! Programs that read text: grep(1), head(1), wc(1).

pub mod grep;
pub mod head;
mod pattern;
pub mod wc;

use crate::abi::{Bytes, DirFd, Errno, Mode, OpenFlags};
use crate::user::Sys;
use crate::user::io::{STDIN, read_to_end};

/// The whole content of a file; `-` is standard input.
async fn read_input(sys: &Sys, file: &Bytes) -> Result<Vec<u8>, Errno> {
    if file.as_slice() == b"-" {
        return read_to_end(sys, STDIN).await;
    }
    let fd = sys.openat(DirFd::CWD, file, OpenFlags::empty(), Mode(0)).await?;
    let content = read_to_end(sys, fd).await;
    let _ = sys.close(fd).await;
    content
}

/// The lines of a text, each without its newline.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = content.strip_suffix(b"\n").unwrap_or(content);
    let nothing = content.is_empty();
    text.split(|&b| b == b'\n').filter(move |_| !nothing)
}
