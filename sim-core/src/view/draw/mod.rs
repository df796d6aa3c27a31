//! Draws the pictures: the only place that reads the machine's own tables for front ends.

mod before_kernel;
mod event;
mod hardware;
mod kernel;
mod parts;
mod progress;

pub use event::{draw_denial, draw_event, times};
pub(crate) use progress::Progress;

use super::MachineView;
use crate::machine::Machine;

impl Machine {
    /// The machine as a reader sees it now.
    pub fn view(&self) -> MachineView {
        let progress = self.progress();
        MachineView {
            now_ns: self.now().0,
            last_event: self.last_event().0,
            fingerprint: self.fingerprint().to_string(),
            stage: progress.stage,
            stage_note: progress.note.clone(),
            fault: progress.fault.clone(),
            reached: progress.reached(),
            hardware: hardware::draw(self),
            kernel: self.kernel().map(|kernel| kernel::draw(kernel, progress)),
        }
    }
}
