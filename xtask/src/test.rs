//! `cargo xtask test`: everything that must hold, from formatting to the browser.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use duct::Expression;

use crate::page;
use crate::progress::{report, step, together};
use crate::project::Project;
use crate::serve::PageServer;
use crate::tools::{self, Tool};

/// Run every check of the project
///
/// Installs what is missing, as `play` does, and Chromium.
#[derive(Args)]
pub struct Options {
    /// Run this step (and those it rests on) alone; may be given several times
    #[arg(long, value_name = "STEP", value_parser = STEPS.map(|step| step.name))]
    only: Vec<String>,
    /// List the steps
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    title: &'static str,
    needs: &'static [Tool],
    /// Without this earlier step there is nothing to test.
    rests_on: Option<&'static str>,
    run: fn(&Project) -> Result<()>,
}

const STEPS: [Step; 9] = [
    Step {
        name: "format",
        title: "formatting",
        needs: &[Tool::Rustfmt],
        rests_on: None,
        run: |project| cargo(project, ["fmt", "--all", "--check"]),
    },
    Step {
        name: "clippy",
        title: "clippy",
        needs: &[Tool::Clippy, Tool::WasmTarget],
        rests_on: None,
        run: clippy,
    },
    Step {
        name: "unit",
        title: "unit and whole-system tests",
        needs: &[],
        rests_on: None,
        run: |project| cargo(project, ["test", "--locked", "--workspace", "--exclude=web", "--no-fail-fast"]),
    },
    Step {
        name: "corpus-sim",
        title: "the scenarios on the simulator",
        needs: &[],
        rests_on: None,
        run: |project| corpus(project, "--on=sim"),
    },
    Step {
        name: "corpus-linux",
        title: "the scenarios on this host's Linux",
        needs: &[Tool::ScenarioPrograms],
        rests_on: None,
        run: |project| corpus(project, "--on=linux"),
    },
    Step {
        name: "wasm",
        title: "the simulation alone, for wasm32",
        needs: &[Tool::WasmTarget],
        rests_on: None,
        run: |project| {
            cargo(project, ["build", "--locked", "--package=sim-core", "--target=wasm32-unknown-unknown"])
        },
    },
    Step {
        name: "page",
        title: "the page, in release mode",
        needs: &page::NEEDS,
        rests_on: None,
        run: page::build,
    },
    Step {
        name: "browser",
        title: "the page in Chromium",
        needs: &[Tool::NpmPackages, Tool::Chromium],
        rests_on: Some("page"),
        run: browser,
    },
    Step {
        name: "engines",
        title: "one session natively, under wasmtime and in Chromium",
        needs: &[Tool::WasmTarget, Tool::NpmPackages, Tool::Chromium],
        rests_on: Some("page"),
        run: engines,
    },
];

pub fn run(project: &Project, options: &Options) -> Result<()> {
    if options.list {
        for step in STEPS {
            println!("{:<12} {}", step.name, step.title);
        }
        return Ok(());
    }
    let steps = chosen(&options.only);
    let mut needs: Vec<Tool> = steps.iter().flat_map(|step| step.needs).copied().collect();
    needs.sort();
    needs.dedup();
    tools::add_to_rust(project, &needs)?;
    let missing = tools::missing(project, &needs)?;
    if !missing.is_empty() {
        step("installing what is missing", || together(missing))?;
    }

    // One failure does not hide the next.
    let mut failed: Vec<&str> = Vec::new();
    let mut skipped = 0;
    for Step { name, title, rests_on, run, .. } in &steps {
        if rests_on.is_some_and(|earlier| failed.contains(&earlier)) {
            println!("==> {title}: skipped");
            skipped += 1;
        } else if let Err(error) = step(title, || run(project)) {
            report(&error);
            failed.push(name);
        }
    }
    let passed = steps.len() - failed.len() - skipped;
    println!("\nsteps: {passed} passed, {} failed, {skipped} skipped", failed.len());
    match failed.is_empty() {
        true => Ok(()),
        false => bail!("failed: {}; again with `cargo xtask test --only {}`", failed.join(", "), failed[0]),
    }
}

/// In the order of the list.
fn chosen(only: &[String]) -> Vec<Step> {
    let is_asked = |name: &str| only.is_empty() || only.iter().any(|asked| asked == name);
    let is_rested_on = |name| STEPS.iter().any(|step| is_asked(step.name) && step.rests_on == Some(name));
    STEPS.into_iter().filter(|step| is_asked(step.name) || is_rested_on(step.name)).collect()
}

fn cargo<const N: usize>(project: &Project, arguments: [&str; N]) -> Result<()> {
    let said = arguments.join(" ");
    project.program("cargo", arguments).run().with_context(|| format!("cargo {said}"))?;
    Ok(())
}

/// The page is for wasm32 alone, everything else for the host.
fn clippy(project: &Project) -> Result<()> {
    let host = ["clippy", "--locked", "--workspace", "--exclude=web", "--all-targets", "--", "-Dwarnings"];
    cargo(project, host)?;
    let page = ["clippy", "--locked", "--package=web", "--target=wasm32-unknown-unknown", "--", "-Dwarnings"];
    cargo(project, page)
}

/// `glasshull check` on one arm.
fn corpus(project: &Project, arm: &str) -> Result<()> {
    let check = ["run", "--quiet", "--locked", "--package=native-runner", "--bin=glasshull", "--", "check"];
    let mut arguments: Vec<OsString> = check.map(OsString::from).into();
    arguments.extend([arm, "scenarios", "tests/cases"].map(OsString::from));
    // Scenarios are commands that somebody else wrote. They may be the real root of a machine that is there
    // for tests alone, never of a developer's.
    let is_ci = env::var_os("CI").is_some_and(|value| value == "true");
    if is_ci && tools::is_root() {
        arguments.push("--real-root".into());
    }
    project.command("cargo", arguments).run().context("glasshull check")?;
    Ok(())
}

fn browser(project: &Project) -> Result<()> {
    let mut arguments: Vec<OsString> = vec!["--test".into(), "--test-reporter=spec".into()];
    arguments.extend(test_files(&project.path("tests/browser"))?);
    with_page(project, project.command("node", arguments)).context("tests/browser")
}

/// Where Chromium takes part, so that the three are compared in one place.
fn engines(project: &Project) -> Result<()> {
    let test = ["test", "--locked", "--package=glasshull-tests", "--features=wasm", "--test=engines"];
    with_page(project, project.program("cargo", test)).context("tests/tests/engines.rs")
}

/// Runs tests that look at the built page in Chromium.
fn with_page(project: &Project, tests: Expression) -> Result<()> {
    let chromium = tools::chromium(project).context("no Chromium")?;
    let server = PageServer::bind(project.path(page::DIST), 0)?;
    let tests = tests.env("GLASSHULL_CHROMIUM", chromium).env("GLASSHULL_URL", server.url());
    server.serve_during(|| tests.run())?;
    Ok(())
}

/// By name: what `node --test` makes of a folder differs from one Node.js to the next.
fn test_files(folder: &Path) -> Result<Vec<OsString>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path.into_os_string());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_brings_what_it_rests_on_in_the_order_of_the_list() {
        let cases: [(&[&str], &[&str]); 3] = [
            (&["browser"], &["page", "browser"]),
            (&["unit", "format"], &["format", "unit"]),
            (&["page"], &["page"]),
        ];
        for (only, expected) in cases {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            let names: Vec<_> = chosen(&only).iter().map(|step| step.name).collect();
            assert_eq!(names, expected, "--only {only:?}");
        }
        assert_eq!(chosen(&[]).len(), STEPS.len());
    }
}
