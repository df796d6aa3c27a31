//! Scenario files: found, read, parsed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sim_core::scenario::{Problems, Scenario, Style, parse};

/// A file as it stands on the disk, and what it says.
pub struct File {
    pub path: PathBuf,
    pub source: String,
    pub scenario: Result<Scenario, Problems>,
}

impl File {
    pub fn read(path: &Path) -> Result<File> {
        let shown = path.display().to_string();
        let source = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let scenario = parse(&shown, &source);
        Ok(File { path: path.to_owned(), source, scenario })
    }

    /// The scenario of a command that can do nothing without it.
    pub fn read_scenario(path: &Path) -> Result<Scenario> {
        match File::read(path)?.scenario {
            Ok(scenario) => Ok(scenario),
            Err(problems) => bail!("this is no scenario that can be run\n\n{}", render(&problems)),
        }
    }
}

/// All mistakes of a file; the colours go where there is no terminal.
pub fn render(problems: &Problems) -> String {
    problems.render(Style::Coloured)
}

/// Every scenario at or below the given paths, in the order of their names. A README is about scenarios,
/// and none itself.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let what = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if what.is_dir() {
            let before = found.len();
            walk(path, &mut found)?;
            if found.len() == before {
                bail!("{} holds no scenario: a scenario is a file named `*.md`", path.display());
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "md") && entry.file_name() != "README.md" {
            found.push(path);
        }
    }
    Ok(())
}
