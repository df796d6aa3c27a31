//! The lessons that the page ships, parsed when it was built.

use std::rc::Rc;

use sim_core::scenario::Scenario;

/// All lessons, in the order in which they are offered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf(Rc<Vec<Rc<Scenario>>>);

impl Shelf {
    /// Unpacks what the build packed.
    pub fn open() -> Shelf {
        let lessons: Vec<Scenario> =
            serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/lessons.json")))
                .expect("packed by the build of this very page");
        Shelf(Rc::new(lessons.into_iter().map(Rc::new).collect()))
    }

    pub fn find(&self, path: &str) -> Option<Rc<Scenario>> {
        self.0.iter().find(|lesson| lesson.path == path).cloned()
    }

    /// Lessons by the folder they are in, as in ("boot", ["boot/power-on.md", ...]).
    pub fn folders(&self) -> Vec<(String, Vec<Rc<Scenario>>)> {
        let mut folders: Vec<(String, Vec<Rc<Scenario>>)> = Vec::new();
        for lesson in self.0.iter() {
            let folder = lesson.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            match folders.iter_mut().find(|(name, _)| name == folder) {
                Some((_, lessons)) => lessons.push(lesson.clone()),
                None => folders.push((folder.to_owned(), vec![lesson.clone()])),
            }
        }
        folders
    }
}
