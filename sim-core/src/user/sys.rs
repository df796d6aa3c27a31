//! The typed libc: one async method for each row of the syscall table.

use std::future::Future;
use std::rc::Rc;
use std::task::Poll;

use super::thread::{Mailbox, Main, Trap};
use crate::abi::table::syscall_table;
use crate::abi::*;
use crate::clock::Nanos;

/// A program's handle on the kernel.
#[derive(Clone)]
pub struct Sys(Rc<Mailbox>);

impl Sys {
    pub(super) fn new(mailbox: Rc<Mailbox>) -> Sys {
        Sys(mailbox)
    }

    /// The same handle once more: `clone` is a call.
    pub fn handle(&self) -> Sys {
        Sys(self.0.clone())
    }

    /// Makes a call and waits for its answer.
    pub async fn call<C: Call>(&self, call: C) -> Result<C::Reply, Errno> {
        let reply = self.trap(Trap::Syscall(call.into())).await.result?;
        Ok(C::Reply::try_from(reply).unwrap_or_else(|_| panic!("the kernel answered another call")))
    }

    /// Makes any call and waits for its answer, whatever that is.
    pub async fn raw(&self, call: Syscall) -> Result<Reply, Errno> {
        self.trap(Trap::Syscall(call)).await.result
    }

    /// Uses the CPU for so long.
    pub async fn compute(&self, time: Nanos) {
        self.trap(Trap::Compute(time)).await;
    }

    /// clone(2) as glibc has it: the child runs `child`, and exits with what that returns.
    pub async fn spawn<F, Fut>(&self, flags: CloneFlags, child: F) -> Result<Pid, Errno>
    where
        F: FnOnce(Sys) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        self.0.child.set(Some(Box::new(|sys| -> Main { Box::pin(child(sys)) })));
        let pid = self.call(Clone { flags }).await;
        self.0.child.set(None);
        pid
    }

    /// Ends the process.
    pub async fn exit(&self, status: i32) -> ! {
        let _ = self.call(ExitGroup { status }).await;
        unreachable!("the kernel does not return from exit_group")
    }

    /// The signals whose handlers have run since the last time this was asked.
    pub fn take_caught(&self) -> SignalSet {
        self.0.caught.replace(SignalSet::EMPTY)
    }

    /// Notes that the program was asked for something that it does not model, for the machine to tell.
    pub(super) fn note_unmodelled(&self, what: String) {
        let mut notes = self.0.unmodelled.take();
        notes.push(what);
        self.0.unmodelled.set(notes);
    }

    /// Notes something for the reader, for the machine to tell.
    pub(super) fn note_hint(&self, text: String) {
        let mut hints = self.0.hints.take();
        hints.push(text);
        self.0.hints.set(hints);
    }

    async fn trap(&self, trap: Trap) -> Answer {
        let mut trap = Some(trap);
        std::future::poll_fn(|_| match trap.take() {
            Some(trap) => {
                self.0.trap.set(Some(trap));
                self.0.answer.set(None);
                Poll::Pending
            }
            None => Poll::Ready(self.0.answer.take().expect("a thread is resumed with an answer")),
        })
        .await
    }
}

macro_rules! define_methods {
    ($($number:literal $name:ident $call:ident($($arg:ident: $ty:ty),*) -> $reply:ident,
       shown at $position:tt, $fidelity:expr;)*) => {
        impl Sys {
            $(
                #[doc = concat!("`", stringify!($name), "`(2).")]
                pub async fn $name(&self, $($arg: impl Into<$ty>),*) -> Result<$reply, Errno> {
                    self.call($call { $($arg: $arg.into()),* }).await
                }
            )*
        }
    };
}

syscall_table!(define_methods);
