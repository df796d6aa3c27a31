//! Packs the lessons into the page: the Markdown of `scenarios/` is read here, and the page is shipped
//! its meaning as JSON.

use std::fs;
use std::path::{Path, PathBuf};

use sim_core::scenario::{Scenario, Style, parse};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let lessons: Vec<Scenario> = files.iter().map(|file| read(&root, file)).collect();
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("lessons.json");
    let json = serde_json::to_string(&lessons).expect("a scenario is plain data");
    fs::write(&out, json).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "md")
            && path.file_name() != Some("README.md".as_ref())
        {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Scenario {
    let source = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let path = file.strip_prefix(root).expect("found below the root").to_string_lossy().replace('\\', "/");
    parse(&path, &source).unwrap_or_else(|problems| panic!("\n{}", problems.render(Style::Plain)))
}
