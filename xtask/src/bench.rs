//! `cargo xtask bench`: how fast everything is, and how large the page.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::page;
use crate::project::Project;
use crate::serve::PageServer;
use crate::tools::{self, Tool};

/// Measure the simulation, beside the real kernel, and the page
///
/// Builds everything optimised first, and installs what is missing as `test` does. Numbers are of this
/// computer, now: keep it idle.
#[derive(Args)]
pub struct Options {
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    /// Leave out what needs the page and a browser
    #[arg(long)]
    no_page: bool,
}

/// One line of the table.
#[derive(Serialize, Deserialize)]
struct Row {
    what: String,
    unit: String,
    /// The simulator as part of a native program; for the page: as it is, or in Chromium.
    native: Option<f64>,
    /// The simulator under wasmtime.
    wasmtime: Option<f64>,
    /// This host's kernel.
    real: Option<f64>,
}

pub fn run(project: &Project, options: &Options) -> Result<()> {
    let needs: &[Tool] = match options.no_page {
        true => &[Tool::WasmTarget],
        false => &[Tool::WasmTarget, Tool::NpmPackages, Tool::Trunk, Tool::WasmBindgen, Tool::Chromium],
    };
    tools::add_to_rust(project, needs)?;
    for job in tools::missing(project, needs)? {
        eprintln!("==> {}", job.title);
        (job.work)()?;
    }
    let mut rows = speed(project)?;
    if !options.no_page {
        eprintln!("==> the page, in release mode");
        page::build(project)?;
        rows.extend(sizes(&project.path(page::DIST))?);
        rows.push(login_time(project)?);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print_table(&rows);
    }
    Ok(())
}

fn speed(project: &Project) -> Result<Vec<Row>> {
    eprintln!("==> the engine for wasmtime");
    let engine =
        ["build", "--locked", "--release", "--package=sim-core", "--features=bench", "--example=engine"];
    let engine = project.program("cargo", engine);
    // Among the others it would take the place of the one without the benchmark's program.
    let target = project.path("target/bench");
    let engine = engine.env("CARGO_TARGET_DIR", &target).env("CARGO_BUILD_TARGET", WASM);
    engine.run().context("building the engine")?;
    let module = target.join(WASM).join("release/examples/engine.wasm");
    eprintln!("==> the simulator, wasmtime, the real kernel");
    let mut arguments: Vec<OsString> =
        ["bench", "--locked", "--package=native-runner", "--features=bench", "--bench=speed", "--"]
            .map(OsString::from)
            .into();
    arguments.push(module.into_os_string());
    let printed = project.command("cargo", arguments).read().context("measuring")?;
    printed.lines().map(|line| serde_json::from_str(line).context("what the benchmark printed")).collect()
}

const WASM: &str = "wasm32-unknown-unknown";

/// The page's files by kind, in bytes, and how many of those go over the wire.
fn sizes(dist: &Path) -> Result<Vec<Row>> {
    let (mut raw_all, mut gzip_all) = (0, 0);
    let mut rows = Vec::new();
    for kind in ["wasm", "js", "css", "html"] {
        let (mut raw, mut gzip) = (0, 0);
        for bytes in files(dist, kind)? {
            raw += bytes.len();
            gzip += gzipped(&bytes)?;
        }
        rows.extend(size_rows(kind, raw, gzip));
        raw_all += raw;
        gzip_all += gzip;
    }
    rows.extend(size_rows("all", raw_all, gzip_all));
    Ok(rows)
}

fn size_rows(kind: &str, raw: usize, gzip: usize) -> [Row; 2] {
    let row = |how: &str, bytes: usize| Row {
        what: format!("page: {kind}, {how}"),
        unit: "KiB".to_owned(),
        native: Some(bytes as f64 / 1024.0),
        wasmtime: None,
        real: None,
    };
    [row("raw", raw), row("gzip", gzip)]
}

fn files(folder: &Path, kind: &str) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, kind)?);
        } else if is_of(&path, kind) {
            found.push(fs::read(&path)?);
        }
    }
    Ok(found)
}

/// The terminal comes as JavaScript modules, `.mjs`.
fn is_of(path: &Path, kind: &str) -> bool {
    path.extension().is_some_and(|end| end == kind || (kind == "js" && end == "mjs"))
}

fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn login_time(project: &Project) -> Result<Row> {
    eprintln!("==> from navigation to the login prompt in Chromium");
    let chromium = tools::chromium(project).context("no Chromium")?;
    let server = PageServer::bind(project.path(page::DIST), 0)?;
    let script = project
        .program("node", ["tests/browser/login-time.mjs"])
        .env("GLASSHULL_CHROMIUM", chromium)
        .env("GLASSHULL_URL", server.url());
    let printed = server.serve_during(|| script.read()).context("tests/browser/login-time.mjs")?;
    let millis: f64 = printed.trim().parse().context("what the browser's run printed")?;
    Ok(Row {
        what: "navigation to login in Chromium".to_owned(),
        unit: "ms".to_owned(),
        native: Some(millis),
        wasmtime: None,
        real: None,
    })
}

fn print_table(rows: &[Row]) {
    let cell = |value: Option<f64>| value.map_or_else(String::new, number);
    println!("{:<34} {:>12} {:>12} {:>12}  unit", "", "simulator", "wasmtime", "real Linux");
    for Row { what, unit, native, wasmtime, real } in rows {
        println!("{what:<34} {:>12} {:>12} {:>12}  {unit}", cell(*native), cell(*wasmtime), cell(*real));
    }
}

/// Three digits that mean something, and commas between thousands.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
