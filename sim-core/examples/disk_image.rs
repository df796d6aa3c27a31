//! Writes the first disk of a named board to a file, for a look at it with real tools:
//! `cargo run -p sim-core --example disk_image -- uefi disk.img`

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use sim_core::hardware::{Board, SECTOR_LEN, spec};
use sim_core::image::Software;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: disk_image BOARD FILE".into());
    };
    let spec = spec::named(&name).ok_or("no such board")?;
    let software = Software { programs: &["init", "ls", "sh"], files: &[] };
    let board = Board::new(&spec, software)?;
    let disk = board.disks.first().ok_or("the board has no disk")?;
    let mut file = File::create(path)?;
    file.set_len(disk.sector_count() * SECTOR_LEN)?;
    for (lba, sector) in disk.written() {
        file.seek(SeekFrom::Start(lba * SECTOR_LEN))?;
        file.write_all(sector)?;
    }
    Ok(())
}
