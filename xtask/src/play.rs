//! `cargo xtask play`: from whatever is there to the page in a browser.

use anyhow::Result;
use clap::Args;

use crate::page;
use crate::progress::{Job, step, together};
use crate::project::Project;
use crate::serve::PageServer;
use crate::tools;

/// Build the page in release mode and serve it on this machine
///
/// Installs what is missing: Rust's wasm32 target by rustup, Trunk and wasm-bindgen into target/tools,
/// front-end packages by npm into node_modules, and, on Debian and Ubuntu as root, Node.js by apt.
#[derive(Args)]
pub struct Options {
    /// The port to serve on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

pub fn run(project: &Project, options: &Options) -> Result<()> {
    // A port that is taken is better known now than in five minutes.
    let server = PageServer::bind(project.path(page::DIST), options.port)?;
    tools::add_to_rust(project, &page::NEEDS)?;
    let mut jobs = tools::missing(project, &page::NEEDS)?;
    if !jobs.is_empty() {
        jobs.push(Job {
            title: "the page's crates".to_owned(),
            work: Box::new(|| tools::logged(project, "page", page::compile(project))),
        });
        step("installing what is missing, and compiling beside it", || together(jobs))?;
    }
    step("the page, in release mode", || page::build(project))?;
    println!("\nGlasshull is at {}   (Ctrl-C ends)", server.url());
    server.serve_forever()
}
