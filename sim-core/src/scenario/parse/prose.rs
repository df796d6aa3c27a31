//! The text between the live fences, as HTML for the page.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Tag, html};

use super::SourceFile;
use crate::scenario::model::{Block, Prose};

/// Gathers Markdown until the next live fence.
#[derive(Default)]
pub(super) struct ProseReader<'e> {
    events: Vec<Event<'e>>,
    at: Option<Range<usize>>,
}

impl<'e> ProseReader<'e> {
    pub(super) fn push(&mut self, event: Event<'e>, at: Range<usize>) {
        self.grow(at);
        self.events.push(harmless(event));
    }

    /// A block of HTML. Comments are for the file's author; the rest is shown as it is written.
    pub(super) fn push_html(&mut self, html: &str, at: Range<usize>) {
        let html = html.trim();
        if html.starts_with("<!--") && html.ends_with("-->") {
            return;
        }
        self.grow(at);
        self.events.extend([
            Event::Start(Tag::Paragraph),
            Event::Text(CowStr::from(html.to_owned())),
            Event::End(pulldown_cmark::TagEnd::Paragraph),
        ]);
    }

    fn grow(&mut self, at: Range<usize>) {
        self.at = Some(match self.at.take() {
            Some(so_far) => so_far.start..at.end.max(so_far.end),
            None => at,
        });
    }

    /// What was gathered, if anything.
    pub(super) fn finish(&mut self, file: &SourceFile<'_>) -> Option<Block> {
        let at = self.at.take()?;
        let mut rendered = String::new();
        html::push_html(&mut rendered, self.events.drain(..));
        Some(Block::Prose(Prose { span: file.span(at), html: rendered }))
    }
}

/// The page shows files that others wrote: HTML in them is text, and a link leads to a page.
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) if html.starts_with("<!--") => {
            Event::Text(CowStr::from(""))
        }
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: harmless_address(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: harmless_address(dest_url), title, id })
        }
        event => event,
    }
}

fn harmless_address(address: CowStr<'_>) -> CowStr<'_> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        // A colon after these belongs to a path, a query or a fragment.
        Some(before) if before.contains(['/', '?', '#']) => address,
        None | Some("http" | "https" | "mailto") => address,
        Some(_) => CowStr::from("#"),
    }
}
