//! The processor as a backend that lets its thread do something else now and then: answer messages, show progress.

use async_channel::{Receiver, bounded};
use js_sys::Date;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;
use wgrad::backend::{Backend, BackendInfo, ProgramId, Reading, Values};
use wgrad::kernel::DeviceProfile;
use wgrad::program::{Batch, Program};
use wgrad::{Result, Tensor};

/// Milliseconds of work after which the thread's other tasks have their turn: a frame's time.
const PATIENCE: f64 = 16.0;

/// A backend whose training gives its thread a turn.
pub struct Yielding {
    backend: Box<dyn Backend>,
    /// When the thread had its last one.
    since: f64,
}

impl Yielding {
    pub fn new(backend: Box<dyn Backend>) -> Self {
        Self { backend, since: Date::now() }
    }

    /// Answers with values, after the thread's other tasks where they have waited long.
    fn answer(&mut self, values: Vec<f32>) -> Reading {
        let now = Date::now();
        if now - self.since < PATIENCE {
            return Reading::ready(values);
        }
        self.since = now;
        match turn() {
            Ok(turn) => Reading::later(async move {
                let _ = turn.recv().await;
                Ok(values)
            }),
            // Without one the work goes on at once.
            Err(_) => Reading::ready(values),
        }
    }
}

/// Receives once the thread's other tasks had their turn. A timer would wait for four milliseconds more.
fn turn() -> std::result::Result<Receiver<()>, JsValue> {
    let (had, answer) = bounded(1);
    let channel = MessageChannel::new()?;
    let told = Closure::once_into_js(move || {
        // Nobody may wait for it any more.
        let _ = had.try_send(());
    });
    channel.port1().set_onmessage(Some(told.unchecked_ref()));
    channel.port2().post_message(&JsValue::NULL)?;
    Ok(answer)
}

impl Backend for Yielding {
    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        let values = self.backend.read(tensor)?;
        Ok(self.answer(values))
    }

    fn caught_up(&mut self) -> Result<Reading> {
        Ok(self.answer(Vec::new()))
    }

    fn info(&self) -> BackendInfo {
        self.backend.info()
    }
    fn profile(&self) -> DeviceProfile {
        self.backend.profile()
    }
    fn joins_steps(&self) -> bool {
        self.backend.joins_steps()
    }
    fn most_operands(&self) -> usize {
        self.backend.most_operands()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        self.backend.compile(program)
    }
    fn dispatches(&self, program: ProgramId) -> usize {
        self.backend.dispatches(program)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.backend.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        self.backend.run(program, batches)
    }
    fn release(&mut self, program: ProgramId) {
        self.backend.release(program);
    }
    fn another(&self) -> Result<Box<dyn Backend>> {
        self.backend.another()
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.backend.read(tensor)
    }
}
