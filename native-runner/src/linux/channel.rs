//! A socket that carries values, and now and then an open file, between two processes.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::retry_on_intr;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::process::Pid;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No message is longer than this; a peer that says so has been tampered with.
const LONGEST_BYTES: usize = 64 << 20;

/// Below the usual limit of 1024 descriptors, and far above what a case opens.
const OUT_OF_THE_WAY: i32 = 900;

/// A message and what came along.
pub(super) struct Received<T> {
    pub(super) message: T,
    pub(super) file: Option<OwnedFd>,
    /// The sender in the receiver's pid namespace, if it was [asked for](Channel::ask_for_senders).
    pub(super) sender: Option<Pid>,
}

/// One end. Each message is its length in four bytes, then JSON; the file travels with the length.
#[derive(Debug)]
pub(super) struct Channel {
    socket: OwnedFd,
}

impl Channel {
    /// Two connected ends, both closed on exec.
    pub(super) fn pair() -> io::Result<(Channel, Channel)> {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        Ok((Channel { socket: one }, Channel { socket: other }))
    }

    pub(super) fn from_socket(socket: OwnedFd) -> Channel {
        Channel { socket }
    }

    pub(super) fn into_socket(self) -> OwnedFd {
        self.socket
    }

    pub(super) fn try_clone(&self) -> io::Result<Channel> {
        Ok(Channel { socket: self.socket.try_clone()? })
    }

    pub(super) fn send<T: Serialize>(&self, message: &T) -> io::Result<()> {
        self.send_with(message, None)
    }

    /// Sends a message and, with it, a descriptor of the file that is open as `file`.
    pub(super) fn send_with<T: Serialize>(
        &self,
        message: &T,
        file: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        let body = serde_json::to_vec(message)?;
        let length = u32::try_from(body.len()).map_err(|_| io::ErrorKind::FileTooLarge)?.to_le_bytes();
        let files: Vec<BorrowedFd<'_>> = file.into_iter().collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&files));
        }
        // Four bytes into an empty or draining stream socket are written whole.
        retry_on_intr(|| sendmsg(&self.socket, &[IoSlice::new(&length)], &mut control, SendFlags::NOSIGNAL))?;
        let mut rest = &body[..];
        while !rest.is_empty() {
            let sent = retry_on_intr(|| rustix::net::send(&self.socket, rest, SendFlags::NOSIGNAL))?;
            rest = &rest[sent..];
        }
        Ok(())
    }

    /// The next message; [`io::ErrorKind::UnexpectedEof`] when the other end is closed.
    pub(super) fn receive<T: DeserializeOwned>(&self) -> io::Result<T> {
        Ok(self.receive_with()?.0)
    }

    /// The next message, with the file that came along.
    pub(super) fn receive_with<T: DeserializeOwned>(&self) -> io::Result<(T, Option<OwnedFd>)> {
        let received = self.receive_all()?;
        Ok((received.message, received.file))
    }

    /// The next message with all that came along.
    pub(super) fn receive_all<T: DeserializeOwned>(&self) -> io::Result<Received<T>> {
        let mut length = [0; 4];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1), ScmCredentials(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::WAITALL | RecvFlags::CMSG_CLOEXEC;
        let received = retry_on_intr(|| {
            recvmsg(&self.socket, &mut [IoSliceMut::new(&mut length)], &mut control, flags)
        })?;
        if received.bytes < length.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (mut file, mut sender) = (None, None);
        for message in control.drain() {
            match message {
                RecvAncillaryMessage::ScmRights(mut files) => file = files.next(),
                RecvAncillaryMessage::ScmCredentials(credentials) => sender = Some(credentials.pid),
                _ => {}
            }
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match retry_on_intr(|| rustix::net::recv(&self.socket, &mut body[filled..], RecvFlags::WAITALL))?
                .0
            {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
        Ok(Received { message: serde_json::from_slice(&body)?, file, sender })
    }

    /// From now on every message that is received says which process has sent it: unix(7), SO_PASSCRED.
    pub(super) fn ask_for_senders(&self) -> io::Result<()> {
        Ok(rustix::net::sockopt::set_socket_passcred(&self.socket, true)?)
    }

    /// Moves this end to a descriptor that no program happens to get, so that its own are numbered as if
    /// this one were not there.
    pub(super) fn out_of_the_way(self) -> io::Result<Channel> {
        Ok(Channel { socket: rustix::io::fcntl_dupfd_cloexec(&self.socket, OUT_OF_THE_WAY)? })
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
