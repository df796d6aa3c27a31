//! The page: a machine in the browser.

mod app;
mod drawing;
mod panels;
mod scenarios;
mod services;
mod state;
mod terminal;
mod texts;

use app::{App, AppProps};
use scenarios::Shelf;

fn main() {
    services::crash::install();
    let root = gloo::utils::document().get_element_by_id("app").expect("index.html has a place for the page");
    yew::Renderer::<App>::with_root_and_props(root, AppProps { shelf: Shelf::open() }).render();
}
