//! Pathname expansion: glob(7).

use super::split::Field;
use super::{Pattern, pattern, text};
use crate::abi::{AtFlags, DirFd, FileType, Mode, OpenFlags};
use crate::user::programs::sh::Shell;

impl Shell {
    /// Appends the names of the files that a field matches, or the field itself if there are none.
    pub(super) async fn file_names(&mut self, field: Field, to: &mut Vec<String>) {
        if !field.is_pattern || self.options.no_glob {
            to.push(field.text);
            return;
        }
        let mut found = self.matching(&field.pattern).await;
        if found.is_empty() {
            found.push(field.text);
        }
        to.extend(found);
    }

    /// The existing paths that match, component by component, sorted as the C locale sorts.
    async fn matching(&self, pattern: &str) -> Vec<String> {
        let (mut paths, rest) = match pattern.strip_prefix('/') {
            Some(rest) => (vec!["/".to_owned()], rest),
            None => (vec![String::new()], pattern),
        };
        let components: Vec<&str> = rest.split('/').collect();
        for (index, component) in components.iter().enumerate() {
            let is_last = index + 1 == components.len();
            let mut longer = Vec::new();
            for path in &paths {
                self.extend_path(path, component, &mut longer).await;
            }
            paths = longer;
            if !is_last {
                let mut directories = Vec::new();
                for path in paths {
                    if self.is_directory(&path).await {
                        directories.push(format!("{path}/"));
                    }
                }
                paths = directories;
            }
        }
        paths.sort_unstable();
        paths
    }

    async fn extend_path(&self, directory: &str, component: &str, to: &mut Vec<String>) {
        if !component.contains(['*', '?', '[']) {
            let path = format!("{directory}{}", pattern::unquote(component));
            let exists =
                component.is_empty() || self.stat(&path, AtFlags::AT_SYMLINK_NOFOLLOW).await.is_some();
            if exists {
                to.push(path);
            }
            return;
        }
        let pattern = Pattern::new(component);
        for name in self.names_in(directory).await {
            // A dot at the start of a name is never matched by a special character.
            let shown = !name.starts_with('.') || pattern.begins_with('.');
            if shown && pattern.matches(&name) {
                to.push(format!("{directory}{name}"));
            }
        }
    }

    async fn names_in(&self, directory: &str) -> Vec<String> {
        const BUFFER: u64 = 32_768;
        let path = if directory.is_empty() { "." } else { directory };
        let flags = OpenFlags::O_NONBLOCK | OpenFlags::O_CLOEXEC | OpenFlags::O_DIRECTORY;
        let Ok(fd) = self.sys.openat(DirFd::CWD, text::encode(path), flags, Mode(0)).await else {
            return Vec::new();
        };
        let mut names = Vec::new();
        while let Ok(entries) = self.sys.getdents64(fd, BUFFER).await {
            if entries.0.is_empty() {
                break;
            }
            names.extend(entries.0.iter().map(|entry| text::decode(&entry.name)));
        }
        let _ = self.sys.close(fd).await;
        names
    }

    async fn is_directory(&self, path: &str) -> bool {
        let stat = self.stat(path, AtFlags::empty()).await;
        stat.is_some_and(|stat| stat.mode.file_type == FileType::Directory)
    }
}
