//! What the commands need from outside, in which version, and how it comes here.
//!
//! Nothing is put into the user's home: tools written in Rust go into `target/tools`, npm's packages into
//! `node_modules`. Only rustup's target and components, and Debian's packages, are the machine's.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use duct::Expression;

use crate::progress::{Job, step};
use crate::project::Project;

/// The last Trunk for this Rust; `Trunk.toml` asks for the same.
const TRUNK: &str = "0.21.14";
/// What the npm packages ask for, and what Debian 12 has.
const OLDEST_NODE: u32 = 18;
/// [`Tool::ScenarioPrograms`], by one program of each of Debian's packages.
const SCENARIO_PROGRAMS: [(&str, &str); 3] =
    [("ps", "procps"), ("unshare", "util-linux"), ("hostname", "hostname")];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    Rustfmt,
    Clippy,
    WasmTarget,
    /// The packages of package.json, and the Node.js that brings and runs them.
    NpmPackages,
    Chromium,
    /// What scenarios type on real Linux, and a small Debian may lack.
    ScenarioPrograms,
    Trunk,
    WasmBindgen,
}

/// Adds what `needs` says to the pinned Rust. Everything that is compiled later waits for this.
pub fn add_to_rust(project: &Project, needs: &[Tool]) -> Result<()> {
    let parts = [
        (Tool::Rustfmt, "component", "rustfmt", has_rustfmt as fn(&Project) -> bool),
        (Tool::Clippy, "component", "clippy", has_clippy),
        (Tool::WasmTarget, "target", "wasm32-unknown-unknown", has_wasm_target),
    ];
    for (tool, kind, name, present) in parts {
        if !needs.contains(&tool) || present(project) {
            continue;
        }
        ensure!(
            project.which("rustup").is_some(),
            "Rust's {kind} {name} is missing, and there is no rustup to add it: install it the way this \
             machine's Rust was installed"
        );
        step(format!("adding Rust's {kind} {name}"), || {
            project.program("rustup", [kind, "add", name]).run().with_context(|| {
                format!("Rust's {kind} {name} is missing; try `rustup {kind} add {name}`")
            })?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Jobs that bring those of `needs` that are not here; they may run side by side. What this user cannot
/// install is an error at once.
pub fn missing<'a>(project: &'a Project, needs: &[Tool]) -> Result<Vec<Job<'a>>> {
    let lacks = |tool, present: fn(&Project) -> bool| needs.contains(&tool) && !present(project);
    let mut jobs = Vec::new();

    let mut debian = Vec::new();
    if lacks(Tool::NpmPackages, has_node) {
        debian.extend(["nodejs", "npm"]);
    }
    if lacks(Tool::Chromium, |project| chromium(project).is_some()) {
        debian.push("chromium");
    }
    if needs.contains(&Tool::ScenarioPrograms) {
        let lacking = SCENARIO_PROGRAMS.iter().filter(|(program, _)| project.which(program).is_none());
        debian.extend(lacking.map(|(_, package)| package));
    }
    if !debian.is_empty() {
        apt_can_install(project, &debian)?;
    }
    let npm_packages = lacks(Tool::NpmPackages, has_npm_packages);
    if npm_packages || !debian.is_empty() {
        let title = debian.iter().copied().chain(npm_packages.then_some("npm packages"));
        jobs.push(Job {
            title: title.collect::<Vec<_>>().join(", "),
            // One after the other: npm itself may be one of Debian's packages.
            work: Box::new(move || {
                if !debian.is_empty() {
                    apt_install(project, &debian)?;
                }
                if npm_packages { npm_install(project) } else { Ok(()) }
            }),
        });
    }
    if lacks(Tool::Trunk, has_trunk) {
        jobs.push(Job {
            title: format!("Trunk {TRUNK}"),
            work: Box::new(|| cargo_install(project, "trunk", TRUNK, Lock::Own)),
        });
    }
    if lacks(Tool::WasmBindgen, has_wasm_bindgen) {
        let version = wasm_bindgen_version(project)?;
        jobs.push(Job {
            title: format!("wasm-bindgen {version}"),
            work: Box::new(move || cargo_install(project, "wasm-bindgen-cli", &version, Lock::Newest)),
        });
    }
    Ok(jobs)
}

/// The system's browser; `CHROMIUM` names another.
pub fn chromium(project: &Project) -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let known = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    named.or_else(|| known.iter().find_map(|name| project.which(name)))
}

/// Runs `command` with its output in a file, which is shown when it fails: several run at once.
pub fn logged(project: &Project, name: &str, command: Expression) -> Result<()> {
    let folder = project.path("target/tools/log");
    fs::create_dir_all(&folder)?;
    let log = folder.join(format!("{name}.log"));
    let outcome = command.stderr_to_stdout().stdout_path(&log).unchecked().run();
    let outcome = outcome.with_context(|| format!("starting {name}"))?;
    if !outcome.status.success() {
        let text = fs::read_to_string(&log).unwrap_or_default();
        bail!("{name} ended with {}; it said:\n{text}", outcome.status);
    }
    Ok(())
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn has_rustfmt(project: &Project) -> bool {
    project.output("cargo", ["fmt", "--version"]).is_some()
}

fn has_clippy(project: &Project) -> bool {
    project.output("cargo", ["clippy", "--version"]).is_some()
}

fn has_wasm_target(project: &Project) -> bool {
    let folder = ["--print=target-libdir", "--target=wasm32-unknown-unknown"];
    project.output("rustc", folder).is_some_and(|folder| PathBuf::from(folder).is_dir())
}

fn has_node(project: &Project) -> bool {
    let version = project.output("node", ["--version"]);
    let major =
        version.as_deref().and_then(|text| text.trim_start_matches('v').split('.').next()?.parse().ok());
    major.is_some_and(|major: u32| major >= OLDEST_NODE) && project.which("npm").is_some()
}

/// npm writes its own record of what it installed last.
fn has_npm_packages(project: &Project) -> bool {
    let changed = |file| fs::metadata(project.path(file)).and_then(|file| file.modified()).ok();
    changed("node_modules/.package-lock.json") > changed("package-lock.json")
}

fn has_trunk(project: &Project) -> bool {
    project.output("trunk", ["--version"]).is_some_and(|text| text == format!("trunk {TRUNK}"))
}

fn has_wasm_bindgen(project: &Project) -> bool {
    let wanted = wasm_bindgen_version(project).map(|version| format!("wasm-bindgen {version}")).ok();
    wanted.is_some() && project.output("wasm-bindgen", ["--version"]) == wanted
}

/// Tool and crate must be of one version: that of Cargo.lock, where Trunk looks as well.
fn wasm_bindgen_version(project: &Project) -> Result<String> {
    let package = project.program("cargo", ["pkgid", "--locked", "wasm-bindgen"]).read()?;
    let (_, version) = package.rsplit_once('@').with_context(|| format!("no version in {package}"))?;
    Ok(version.to_owned())
}

/// Which versions of its own dependencies a tool is built with.
enum Lock {
    /// Those it was published with.
    Own,
    /// The newest for this Rust. For a tool whose lock file names releases that not every mirror has.
    Newest,
}

/// Compiles a tool into `target/tools`: fast to compile, not fast to run; they have little to do. Without
/// default features they cannot speak TLS, and have nothing to download.
fn cargo_install(project: &Project, package: &str, version: &str, lock: Lock) -> Result<()> {
    let version = format!("--version={version}");
    let mut arguments = vec!["install", package, &version, "--debug", "--no-default-features", "--force"];
    if let Lock::Own = lock {
        arguments.push("--locked");
    }
    let build = project.path("target/tools/build").join(package);
    let install = project
        .command("cargo", arguments.into_iter().map(Into::into).collect())
        .env("CARGO_INSTALL_ROOT", project.path("target/tools"))
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
    logged(project, package, install)?;
    fs::remove_dir_all(&build).with_context(|| format!("removing {}", build.display()))
}

fn npm_install(project: &Project) -> Result<()> {
    logged(project, "npm", project.program("npm", ["ci"]))
}

fn apt_can_install(project: &Project, packages: &[&str]) -> Result<()> {
    let packages = packages.join(" ");
    ensure!(
        project.which("apt-get").is_some(),
        "missing: {packages}. This is no Debian or Ubuntu: install them with this machine's package manager"
    );
    ensure!(is_root(), "missing: {packages}. Install them with `sudo apt-get install {packages}`");
    Ok(())
}

fn apt_install(project: &Project, packages: &[&str]) -> Result<()> {
    logged(project, "apt-update", project.program("apt-get", ["update"]))?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    let install = project
        .command("apt-get", arguments.into_iter().map(Into::into).collect())
        .env("DEBIAN_FRONTEND", "noninteractive");
    logged(project, "apt-install", install)
        .with_context(|| format!("installing Debian's packages {}", packages.join(" ")))
}
