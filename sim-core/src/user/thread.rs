//! Threads of user code, as the machine runs them.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Sys;
use crate::abi::{Answer, SignalSet, Syscall};
use crate::clock::Nanos;

/// Why a thread of user code has stopped running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trap {
    /// It calls the kernel.
    Syscall(Syscall),
    /// It computes for this long.
    Compute(Nanos),
    /// It waits for the next call to be brought from outside.
    Await,
    /// It has returned from `main` with this status.
    Exited(i32),
}

/// One thread of user code. The kernel resumes it with the answer to its last call and gets its next trap.
/// It has no other way in.
pub trait UserThread {
    /// Runs until the next trap. What is answered at the very first resume means nothing.
    fn resume(&mut self, answer: Answer) -> Trap;

    /// The other side of the clone(2) that was trapped last: the code that the child runs.
    fn child(&mut self) -> Box<dyn UserThread>;

    /// What the program was asked for and does not model, since the last time this was asked.
    fn take_unmodelled(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// What the program says to the reader of the page alone, since the last time this was asked.
    fn take_hints(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// What a program's `main` is to the thread that runs it.
pub type Main = Pin<Box<dyn Future<Output = i32>>>;

/// The code of a child to be.
pub(super) type ChildMain = Box<dyn FnOnce(Sys) -> Main>;

/// Between a program and its thread: one call out, one answer in.
#[derive(Default)]
pub(super) struct Mailbox {
    pub(super) trap: Cell<Option<Trap>>,
    pub(super) answer: Cell<Option<Answer>>,
    pub(super) child: Cell<Option<ChildMain>>,
    /// Signals whose handlers ran, until the program looks.
    pub(super) caught: Cell<SignalSet>,
    /// What the program was asked for and does not model.
    pub(super) unmodelled: Cell<Vec<String>>,
    /// What helps the reader.
    pub(super) hints: Cell<Vec<String>>,
}

/// A program written as an `async fn`: each call it awaits is one trap.
pub(super) struct AsyncThread {
    main: Main,
    mailbox: Rc<Mailbox>,
}

impl AsyncThread {
    pub(super) fn start(main: impl FnOnce(Sys) -> Main) -> Box<dyn UserThread> {
        let mailbox = Rc::new(Mailbox::default());
        let main = main(Sys::new(mailbox.clone()));
        Box::new(AsyncThread { main, mailbox })
    }
}

impl UserThread for AsyncThread {
    fn resume(&mut self, answer: Answer) -> Trap {
        self.mailbox.caught.set(self.mailbox.caught.get().union(answer.caught));
        self.mailbox.answer.set(Some(answer));
        match self.main.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(status) => Trap::Exited(status),
            Poll::Pending => self.mailbox.trap.take().expect("a program awaits nothing but its own calls"),
        }
    }

    fn child(&mut self) -> Box<dyn UserThread> {
        let main = self.mailbox.child.take().expect("clone is called with the code of the child");
        AsyncThread::start(main)
    }

    fn take_unmodelled(&mut self) -> Vec<String> {
        self.mailbox.unmodelled.take()
    }

    fn take_hints(&mut self) -> Vec<String> {
        self.mailbox.hints.take()
    }
}
