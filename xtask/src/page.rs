//! Building the page.
//!
//! Trunk is the one description of how the page is built, for these commands as for `trunk serve`.
//! That is only right because it need not cost much: as `cargo install` builds it by default, Trunk takes
//! 15 minutes on two cores and wasm-bindgen's tool 4 more. Without optimisation, debug information and TLS
//! (neither tool may download anything here) they take 290 and 85 seconds of processor time, half of that
//! on two cores, and are as fast in use; the page's own crates are compiled beside them. A second
//! description made of cargo, wasm-bindgen as a library and wasm-opt would save two of the five minutes to
//! the first page, once, and would have to be kept in step with `trunk serve` for ever.

use anyhow::{Context, Result};

use crate::project::Project;
use crate::tools::Tool;

/// What must be there before the page can be built.
pub const NEEDS: [Tool; 4] = [Tool::WasmTarget, Tool::NpmPackages, Tool::Trunk, Tool::WasmBindgen];

/// Where the built page is, inside the workspace.
pub const DIST: &str = "dist";

/// Asks cargo for just what Trunk will ask it for, so that it can begin while Trunk is not there yet, and
/// so that Trunk finds every crate downloaded.
pub fn compile(project: &Project) -> duct::Expression {
    project.program(
        "cargo",
        ["build", "--locked", "--package=web", "--profile=page", "--target=wasm32-unknown-unknown"],
    )
}

/// Builds the page in release mode into [`DIST`].
pub fn build(project: &Project) -> Result<()> {
    compile(project).run().context("compiling the page")?;
    let trunk = project.program("trunk", ["build", "--release", "--offline=true"]);
    // Trunk 0.21 takes `NO_COLOR=1` for a wrong argument.
    trunk.env_remove("NO_COLOR").run().context("bundling the page")?;
    Ok(())
}
