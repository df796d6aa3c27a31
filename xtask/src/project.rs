//! Where things are, and how other programs are started there.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use duct::Expression;

/// The folder of the workspace. Every program is started in it.
pub struct Project {
    root: PathBuf,
    /// The caller's PATH, behind the project's own tools.
    path: OsString,
}

impl Project {
    pub fn find() -> Result<Project> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lives in the workspace")?;
        let own = [root.join("target/tools/bin"), root.join("node_modules/.bin")];
        let callers = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(own.into_iter().chain(env::split_paths(&callers)))?;
        Ok(Project { root: root.to_owned(), path })
    }

    /// `inside` is relative to the workspace.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A program of the project or of the host, to be run in the workspace.
    pub fn program<const N: usize>(&self, name: &str, arguments: [&str; N]) -> Expression {
        self.command(name, arguments.into_iter().map(OsString::from).collect())
    }

    pub fn command(&self, name: &str, arguments: Vec<OsString>) -> Expression {
        duct::cmd(name, arguments).dir(&self.root).env("PATH", &self.path)
    }

    /// Where `name` is found, if anywhere.
    pub fn which(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.path).map(|folder| folder.join(name)).find(|file| file.is_file())
    }

    /// What `name` prints; nothing where it cannot be run or fails.
    pub fn output<const N: usize>(&self, name: &str, arguments: [&str; N]) -> Option<String> {
        self.program(name, arguments).stderr_null().read().ok()
    }
}
