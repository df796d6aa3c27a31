//! Redirections: bash(1), REDIRECTION.

use brush_parser::ast::{IoFileRedirectKind, IoFileRedirectTarget, IoHereDocument, IoRedirect, Word};

use super::{Dialect, Shell, Unwind, text};
use crate::abi::*;
use crate::user::io::{self, STDERR, STDIN, STDOUT};

/// Where the shell keeps descriptors that a redirection covers: from here on.
const SAVED_FROM: i32 = 10;
/// More than a pipe holds would never be read: pipe(7).
const PIPE_CAPACITY: usize = 65_536;

/// What the redirections of a command have covered, to be put back.
#[derive(Debug, Default)]
pub(super) struct Saved(Vec<(Fd, Option<Fd>)>);

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    Append,
    ReadWrite,
    /// `>|`.
    Clobber,
}

impl Shell {
    /// Carries out redirections, left to right. None if one failed: it has been said and undone.
    pub(super) async fn redirect(&mut self, redirects: &[&IoRedirect]) -> Result<Option<Saved>, Unwind> {
        let mut saved = Saved::default();
        for redirect in redirects {
            let done = match redirect {
                IoRedirect::File(fd, kind, target) => {
                    self.redirect_file(*fd, kind, target, &mut saved).await?
                }
                IoRedirect::OutputAndError(target, append) => {
                    let access = if *append { Access::Append } else { Access::Write };
                    self.redirect_both(target, access, &mut saved).await?
                }
                IoRedirect::HereDocument(fd, document) => {
                    let body = self.here_text(document).await?;
                    self.give(fd.map_or(STDIN, Fd), body, &mut saved).await
                }
                IoRedirect::HereString(fd, word) => {
                    let body = format!("{}\n", self.single(&word.value).await?);
                    self.give(fd.map_or(STDIN, Fd), body, &mut saved).await
                }
            };
            if !done {
                self.restore(saved).await;
                return Ok(None);
            }
        }
        Ok(Some(saved))
    }

    /// Puts back what redirections have covered.
    pub(super) async fn restore(&self, saved: Saved) {
        for (fd, copy) in saved.0.into_iter().rev() {
            match copy {
                Some(copy) => {
                    let _ = self.sys.dup3(copy, fd, OpenFlags::empty()).await;
                    let _ = self.sys.close(copy).await;
                }
                None => {
                    let _ = self.sys.close(fd).await;
                }
            }
        }
    }

    /// Leaves redirections as they are, for good.
    pub(super) async fn forget(&self, saved: Saved) {
        for copy in saved.0.into_iter().filter_map(|(_, copy)| copy) {
            let _ = self.sys.close(copy).await;
        }
    }

    async fn redirect_file(
        &mut self,
        fd: Option<i32>,
        kind: &IoFileRedirectKind,
        target: &IoFileRedirectTarget,
        saved: &mut Saved,
    ) -> Result<bool, Unwind> {
        let (default, access) = match kind {
            IoFileRedirectKind::Read => (STDIN, Access::Read),
            IoFileRedirectKind::Write => (STDOUT, Access::Write),
            IoFileRedirectKind::Append => (STDOUT, Access::Append),
            IoFileRedirectKind::ReadAndWrite => (STDIN, Access::ReadWrite),
            IoFileRedirectKind::Clobber => (STDOUT, Access::Clobber),
            IoFileRedirectKind::DuplicateInput => (STDIN, Access::Read),
            IoFileRedirectKind::DuplicateOutput => (STDOUT, Access::Write),
        };
        let to = fd.map_or(default, Fd);
        match target {
            IoFileRedirectTarget::Filename(word) => self.open_onto(to, word, access, saved).await,
            IoFileRedirectTarget::Fd(from) => {
                Ok(self.duplicate(Fd(*from), to, &from.to_string(), saved).await)
            }
            IoFileRedirectTarget::Duplicate(word) => {
                // `>&word` with a word that is no number is `&>word`.
                let both = matches!(kind, IoFileRedirectKind::DuplicateOutput) && fd.is_none();
                self.duplicate_word(to, word, both, saved).await
            }
            IoFileRedirectTarget::ProcessSubstitution(..) => {
                self.unmodelled("process substitution");
                self.complain("syntax error near unexpected token `('").await;
                Err(self.fail(2))
            }
        }
    }

    async fn duplicate_word(
        &mut self,
        to: Fd,
        word: &Word,
        both: bool,
        saved: &mut Saved,
    ) -> Result<bool, Unwind> {
        let Some(target) = self.file_name(word).await? else { return Ok(false) };
        if target == "-" {
            self.save(to, saved).await;
            let _ = self.sys.close(to).await;
            return Ok(true);
        }
        let (number, moves) = match target.strip_suffix('-') {
            Some(number) => (number, true),
            None => (target.as_str(), false),
        };
        match number.parse() {
            Ok(from) => {
                let done = self.duplicate(Fd(from), to, number, saved).await;
                if done && moves {
                    let _ = self.sys.close(Fd(from)).await;
                }
                Ok(done)
            }
            Err(_) if both => self.redirect_both(word, Access::Write, saved).await,
            Err(_) => {
                self.complain(format!("{}: ambiguous redirect", word.value)).await;
                Ok(false)
            }
        }
    }

    async fn duplicate(&mut self, from: Fd, to: Fd, shown: &str, saved: &mut Saved) -> bool {
        if self.sys.fcntl(from, FcntlCommand::F_GETFD).await.is_err() {
            self.complain(format!("{shown}: {}", Errno::EBADF)).await;
            return false;
        }
        if from != to {
            self.save(to, saved).await;
            let _ = self.sys.dup3(from, to, OpenFlags::empty()).await;
        }
        true
    }

    async fn redirect_both(
        &mut self,
        word: &Word,
        access: Access,
        saved: &mut Saved,
    ) -> Result<bool, Unwind> {
        Ok(self.open_onto(STDOUT, word, access, saved).await?
            && self.duplicate(STDOUT, STDERR, "1", saved).await)
    }

    async fn open_onto(
        &mut self,
        to: Fd,
        word: &Word,
        access: Access,
        saved: &mut Saved,
    ) -> Result<bool, Unwind> {
        let Some(name) = self.file_name(word).await? else { return Ok(false) };
        if access == Access::Write && self.options.no_clobber && self.is_regular(&name).await {
            self.complain(format!("{name}: cannot overwrite existing file")).await;
            return Ok(false);
        }
        let create = OpenFlags::O_WRONLY | OpenFlags::O_CREAT;
        let flags = match access {
            Access::Read => OpenFlags::empty(),
            Access::Write | Access::Clobber => create | OpenFlags::O_TRUNC,
            Access::Append => create | OpenFlags::O_APPEND,
            Access::ReadWrite => OpenFlags::O_RDWR | OpenFlags::O_CREAT,
        };
        let opened = self.sys.openat(DirFd::CWD, text::encode(&name), flags, Mode(0o666)).await;
        match opened {
            Ok(fd) => {
                self.place_onto(fd, to, saved).await;
                Ok(true)
            }
            Err(errno) => {
                self.complain(self.cannot_open(&name, access, errno)).await;
                Ok(false)
            }
        }
    }

    fn cannot_open(&self, name: &str, access: Access, errno: Errno) -> String {
        match (self.dialect, access) {
            (Dialect::Bash, _) => format!("{name}: {errno}"),
            (Dialect::Dash, Access::Read) if errno == Errno::ENOENT => {
                format!("cannot open {name}: No such file")
            }
            (Dialect::Dash, Access::Read) => format!("cannot open {name}: {errno}"),
            (Dialect::Dash, _) if errno == Errno::ENOENT => {
                format!("cannot create {name}: Directory nonexistent")
            }
            (Dialect::Dash, _) => format!("cannot create {name}: {errno}"),
        }
    }

    /// The one word that a file name must be.
    async fn file_name(&mut self, word: &Word) -> Result<Option<String>, Unwind> {
        let mut names = self.fields(std::slice::from_ref(word)).await?;
        if names.len() == 1 {
            return Ok(names.pop());
        }
        self.complain(format!("{}: ambiguous redirect", word.value)).await;
        Ok(None)
    }

    async fn is_regular(&self, name: &str) -> bool {
        let stat = self.stat(name, AtFlags::empty()).await;
        stat.is_some_and(|stat| stat.mode.file_type == FileType::Regular)
    }

    /// Moves a new descriptor to where it is wanted.
    async fn place_onto(&self, fd: Fd, to: Fd, saved: &mut Saved) {
        if fd == to {
            // It had been closed: the new file is at its place already.
            saved.0.push((to, None));
            return;
        }
        self.save(to, saved).await;
        let _ = self.sys.dup3(fd, to, OpenFlags::empty()).await;
        let _ = self.sys.close(fd).await;
    }

    async fn save(&self, fd: Fd, saved: &mut Saved) {
        let copy = self.sys.fcntl(fd, FcntlCommand::F_DUPFD_CLOEXEC(SAVED_FROM)).await;
        saved.0.push((fd, copy.ok().map(|copy| Fd(copy.0 as i32))));
    }

    async fn here_text(&mut self, document: &IoHereDocument) -> Result<String, Unwind> {
        if document.requires_expansion {
            self.here_document(&document.doc.value).await
        } else {
            Ok(document.doc.value.clone())
        }
    }

    /// Makes `to` a descriptor from which `body` can be read.
    async fn give(&mut self, to: Fd, body: String, saved: &mut Saved) -> bool {
        let body = text::encode(&body);
        if body.len() > PIPE_CAPACITY {
            self.unmodelled("here-documents larger than a pipe");
            self.complain("cannot create temp file for here-document: No space left on device").await;
            return false;
        }
        let Ok(ends) = self.pipe().await else { return false };
        let _ = io::write_all(&self.sys, ends.write, body).await;
        let _ = self.sys.close(ends.write).await;
        self.place_onto(ends.read, to, saved).await;
        true
    }
}
