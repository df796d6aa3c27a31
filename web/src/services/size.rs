//! The room that an element has on the page, and its changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width and height in CSS pixels; zero before the first layout.
#[hook]
pub fn use_size(node: &NodeRef) -> (f64, f64) {
    let size = use_state_eq(|| (0.0, 0.0));
    use_effect_with(node.clone(), {
        let size = size.clone();
        move |node| {
            let element = node.cast::<Element>();
            let watch = element.map(|element| {
                let measured = element.clone();
                let measure = Closure::<dyn FnMut()>::new(move || {
                    size.set((f64::from(measured.client_width()), f64::from(measured.client_height())));
                });
                let observer = ResizeObserver::new(measure.as_ref().unchecked_ref()).ok();
                if let Some(observer) = &observer {
                    observer.observe(&element);
                }
                (observer, measure)
            });
            move || {
                if let Some((Some(observer), _)) = &watch {
                    observer.disconnect();
                }
            }
        }
    });
    *size
}
