//! The waist: everything that user space and the kernel know of each other.
//!
//! A program reaches the kernel only with a [`Syscall`] value and gets back a [`Reply`] or an
//! [`Errno`]. The same value runs on the simulated kernel and on real Linux.

mod bytes;
mod errno;
mod flags;
mod ids;
mod ioctl;
pub mod notation;
mod replies;
mod signal;
pub mod table;

pub use bytes::{Bytes, Null, Text};
pub use errno::Errno;
pub use flags::*;
pub use ids::*;
pub use ioctl::*;
pub use replies::*;
pub use signal::*;

use notation::{Arguments, Notation, NotationError};
use serde::{Deserialize, Serialize};

/// How much of a call the simulated kernel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// All that its man page says, for what exists on the machine.
    Full,
    /// All but this, which fails as Linux without it fails, and is traced as unmodelled.
    Partial(&'static str),
    /// Nothing: ENOSYS, traced as unmodelled.
    Unmodelled,
}

/// A row of the syscall table, for those who list it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spec {
    /// x86-64 number.
    pub number: u32,
    pub name: &'static str,
    pub fidelity: Fidelity,
}

impl Spec {
    /// The man page, as in `unshare(2)`.
    pub fn man_page(&self) -> String {
        let page = match self.name {
            "newfstatat" => "stat",
            "exit_group" => "exit_group",
            "rt_sigaction" => "sigaction",
            "rt_sigprocmask" => "sigprocmask",
            "faccessat2" => "access",
            "renameat2" => "rename",
            "getdents64" => "getdents",
            name => name,
        };
        format!("{page}(2)")
    }
}

/// A typed call: one row of the table.
pub trait Call: Into<Syscall> {
    type Reply: TryFrom<Reply, Error = WrongReply>;
}

macro_rules! define_syscalls {
    ($($number:literal $name:ident $call:ident($($arg:ident: $ty:ty),*) -> $reply:ident,
       shown at $position:tt, $fidelity:expr;)*) => {
        $(
            #[doc = concat!("The arguments of `", stringify!($name), "`(2).")]
            #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
            pub struct $call { $(pub $arg: $ty,)* }

            impl Call for $call { type Reply = $reply; }

            impl From<$call> for Syscall {
                fn from(call: $call) -> Syscall { Syscall::$call(call) }
            }
        )*

        /// One call into the kernel, with its arguments.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Syscall { $($call($call),)* }

        impl Syscall {
            /// The row of the table.
            pub fn spec(&self) -> &'static Spec {
                match self { $(Syscall::$call(_) => {
                    const SPEC: Spec = {
                        use Fidelity::*;
                        Spec { number: $number, name: stringify!($name), fidelity: $fidelity }
                    };
                    &SPEC
                })* }
            }

            /// Every row of the table.
            pub fn all() -> Vec<Spec> {
                use Fidelity::*;
                vec![$(Spec { number: $number, name: stringify!($name), fidelity: $fidelity },)*]
            }

            /// The arguments in strace notation, and where among them the reply is shown.
            fn print_arguments(&self) -> (Vec<Option<String>>, Option<usize>) {
                match self { $(Syscall::$call(_call) => (
                    vec![$(_call.$arg.print_argument(),)*],
                    shown_at!($position),
                ),)* }
            }

            /// Where among its arguments a call shows the reply; none for a name that is in no row.
            fn shown_position(name: &str) -> Option<Option<usize>> {
                match name { $(stringify!($name) => Some(shown_at!($position)),)* _ => None }
            }

            /// Reads a call back from its name and arguments in strace notation.
            fn parse_arguments(name: &str, mut arguments: Arguments<'_>)
                -> Result<Syscall, NotationError>
            {
                match name {
                    $(stringify!($name) => {
                        if !(false $(|| <$ty as Notation>::TAKES_THE_REST)*) {
                            arguments.skip_shown(shown_at!($position), count_args!($($arg)*));
                        }
                        let call = $call { $($arg: arguments.next::<$ty>(stringify!($arg))?,)* };
                        arguments.finish()?;
                        Ok(Syscall::$call(call))
                    })*
                    _ => Err(arguments.unknown_call(name)),
                }
            }
        }
    };
}

macro_rules! shown_at {
    (none) => {
        None
    };
    ($position:literal) => {
        Some($position)
    };
}

macro_rules! count_args {
    () => { 0 };
    ($first:ident $($rest:ident)*) => { 1 + count_args!($($rest)*) };
}

table::syscall_table!(define_syscalls);

/// What the kernel hands back to a thread of user code when it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What came of its last call.
    pub result: Result<Reply, Errno>,
    /// The signals whose handlers ran before the call returned.
    pub caught: SignalSet,
}
