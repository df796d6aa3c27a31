//! The simulation as WebAssembly, run by wasmtime.

use std::path::Path;

use sim_core::clock::Nanos;
use sim_core::machine::Session;
use wasmtime::error::Context;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, TypedFunc, bail};

use crate::session::{self, Report};

/// What wasmtime or the module said, with what was being done.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub struct Error(wasmtime::Error);

/// A machine inside a WebAssembly module: `sim-core/examples/engine.rs`.
pub struct WasmMachine {
    store: Store<()>,
    memory: Memory,
    run_until: TypedFunc<u64, ()>,
    report: TypedFunc<(), u32>,
    output: TypedFunc<(), u32>,
}

impl WasmMachine {
    /// The machine to which everything will happen that happened in `session`.
    pub fn load(module: &Path, session: &Session) -> Result<WasmMachine, Error> {
        Self::compile_and_load(module, session).map_err(Error)
    }

    fn compile_and_load(module: &Path, session: &Session) -> wasmtime::Result<WasmMachine> {
        let engine = Engine::default();
        let module =
            Module::from_file(&engine, module).with_context(|| format!("compile {}", module.display()))?;
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, &module)?;
        let memory = instance.get_memory(&mut store, "memory").context("the module exports its memory")?;
        let reserve: TypedFunc<u32, u32> = instance.get_typed_func(&mut store, "reserve")?;
        let load: TypedFunc<(), u32> = instance.get_typed_func(&mut store, "load")?;
        let run_until = instance.get_typed_func(&mut store, "run_until")?;
        let report = instance.get_typed_func(&mut store, "report")?;
        let output = instance.get_typed_func(&mut store, "output")?;

        let json = serde_json::to_vec(session)?;
        let place = reserve.call(&mut store, u32::try_from(json.len())?)?;
        memory.write(&mut store, place as usize, &json)?;
        let refused = load.call(&mut store, ())?;
        let mut machine = WasmMachine { store, memory, run_until, report, output };
        if refused != 0 {
            bail!("the session cannot be played: {}", String::from_utf8_lossy(&machine.read_output()?));
        }
        Ok(machine)
    }

    /// Runs until the machine's clock stands at `deadline`.
    pub fn run_until(&mut self, deadline: Nanos) -> Result<(), Error> {
        self.run_until.call(&mut self.store, deadline.0).map_err(Error)
    }

    pub fn report(&mut self) -> Result<Report, Error> {
        let output = self.read_output().map_err(Error)?;
        serde_json::from_slice(&output).map_err(|error| Error(error.into()))
    }

    fn read_output(&mut self) -> wasmtime::Result<Vec<u8>> {
        let len = self.report.call(&mut self.store, ())?;
        let place = self.output.call(&mut self.store, ())?;
        let mut output = vec![0; len as usize];
        self.memory.read(&self.store, place as usize, &mut output)?;
        Ok(output)
    }
}

/// The core asks its host for nothing. A crate that it uses (brush-parser, by way of uuid and web-time) brings
/// declarations for browsers, which are never called: to call one is an error that ends the run.
fn instantiate(store: &mut Store<()>, module: &Module) -> wasmtime::Result<Instance> {
    let asks = module.imports().find(|import| !import.module().starts_with("__wbindgen_"));
    if let Some(import) = asks {
        bail!("the module asks its host for {}.{}", import.module(), import.name());
    }
    let mut linker = Linker::new(module.engine());
    linker.define_unknown_imports_as_traps(module)?;
    linker.instantiate(store, module)
}

/// Plays a session to its end.
pub fn play(module: &Path, session: &Session) -> Result<Report, Error> {
    let mut machine = WasmMachine::load(module, session)?;
    machine.run_until(session::end(session))?;
    machine.report()
}
