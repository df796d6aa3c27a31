//! A server for the built page: files of one folder, to this machine alone.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::thread;

use anyhow::{Result, anyhow};
use tiny_http::{Header, Method, Request, Response, Server};

/// Browsers ask for several files at once.
const WORKERS: usize = 4;

pub struct PageServer {
    server: Server,
    folder: PathBuf,
}

impl PageServer {
    /// Listens on `port` of 127.0.0.1; port 0 takes a free one.
    pub fn bind(folder: PathBuf, port: u16) -> Result<PageServer> {
        let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            anyhow!("cannot listen on 127.0.0.1:{port}: {error}; choose another with --port")
        })?;
        Ok(PageServer { server, folder })
    }

    pub fn url(&self) -> String {
        let address =
            self.server.server_addr().to_ip().map_or_else(String::new, |at: SocketAddr| at.to_string());
        format!("http://{address}/")
    }

    /// Answers requests until the process ends.
    pub fn serve_forever(&self) {
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    for request in self.server.incoming_requests() {
                        self.answer(request);
                    }
                });
            }
        });
    }

    /// Answers requests while `work` runs.
    pub fn serve_during<T>(&self, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    while let Ok(request) = self.server.recv() {
                        self.answer(request);
                    }
                });
            }
            let result = work();
            for _ in 0..WORKERS {
                self.server.unblock();
            }
            result
        })
    }

    fn answer(&self, request: Request) {
        // A browser that goes away before it has everything is no failure of ours.
        let _ = match (request.method(), file_for(&self.folder, request.url()).and_then(open)) {
            (Method::Get | Method::Head, Some((file, mime))) => {
                let response = Response::from_file(file)
                    .with_header(header("Content-Type", &mime))
                    // The next build may be served from the same address.
                    .with_header(header("Cache-Control", "no-cache"));
                request.respond(response)
            }
            (Method::Get | Method::Head, None) => {
                request.respond(Response::from_string("no such file\n").with_status_code(404))
            }
            _ => request.respond(Response::from_string("only GET and HEAD\n").with_status_code(405)),
        };
    }
}

/// The file that a URL names: never outside `folder`.
fn file_for(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.trim_start_matches('/');
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| folder.join(path))
}

fn open(path: PathBuf) -> Option<(File, String)> {
    let mime = mime_guess::from_path(&path).first_or_octet_stream();
    let mime = if mime.type_() == "text" { format!("{mime}; charset=utf-8") } else { mime.to_string() };
    path.is_file().then(|| File::open(&path).ok()).flatten().map(|file| (file, mime))
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and types of files are plain ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_files_inside_the_folder_alone() {
        let cases = [
            ("/", Some("dist/index.html")),
            ("/?seed=1#end", Some("dist/index.html")),
            ("/xterm/xterm.css?v=6", Some("dist/xterm/xterm.css")),
            ("/../Cargo.toml", None),
            ("/xterm/../../Cargo.toml", None),
            ("//etc/passwd", Some("dist/etc/passwd")),
        ];
        for (url, file) in cases {
            assert_eq!(file_for(Path::new("dist"), url), file.map(PathBuf::from), "{url}");
        }
    }
}
