//! Pictures drawn by code from a short description, for demo products and as placeholders.
//!
//! A description reads `kind:base:accent:seed`, as in `backpack:2f5d62:e8b04b:17`: what is shown, its two colours as
//! six hexadecimal digits each, and a number for small variations. The same description always gives the same picture.

mod audio;
mod bags;
mod clothes;
mod colour;
mod furniture;
mod home;
mod jewels;
mod kitchen;
mod leisure;
mod placeholder;
mod sketch;
mod sport;
mod tech;
#[cfg(test)]
mod tests;
mod worn;

use colour::{Colour, Palette};
use sketch::Sketch;

pub use placeholder::placeholder;

/// What can be drawn.
pub const KINDS: &[&str] = &[
    "backpack",
    "tote",
    "mug",
    "teapot",
    "pan",
    "knife",
    "lamp",
    "chair",
    "sofa",
    "table",
    "rug",
    "vase",
    "plant",
    "candle",
    "headphones",
    "speaker",
    "laptop",
    "phone",
    "camera",
    "watch",
    "keyboard",
    "monitor",
    "tshirt",
    "sweater",
    "dress",
    "jeans",
    "sneaker",
    "boot",
    "hat",
    "scarf",
    "sunglasses",
    "ring",
    "book",
    "ball",
    "bicycle",
    "tent",
    "yogamat",
    "puzzle",
    "teddy",
    "bottle",
    "perfume",
    "soap",
];

/// Draws a description as a self-contained SVG document, or nothing if it describes none.
#[must_use]
pub fn svg(description: &str) -> Option<String> {
    let mut parts = description.split(':');
    let draw = pen(parts.next()?)?;
    let base = Colour::parse(parts.next()?)?;
    let accent = Colour::parse(parts.next()?)?;
    let seed = parts.next().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    let mut sketch = Sketch::new(Palette::new(base, accent), seed);
    draw(&mut sketch);
    Some(sketch.finish())
}

/// What draws a kind.
fn pen(kind: &str) -> Option<fn(&mut Sketch)> {
    Some(match kind {
        "backpack" => bags::backpack,
        "tote" => bags::tote,
        "mug" => kitchen::mug,
        "teapot" => kitchen::teapot,
        "pan" => kitchen::pan,
        "knife" => kitchen::knife,
        "lamp" => furniture::lamp,
        "chair" => furniture::chair,
        "sofa" => furniture::sofa,
        "table" => furniture::table,
        "rug" => furniture::rug,
        "vase" => home::vase,
        "plant" => home::plant,
        "candle" => home::candle,
        "soap" => home::soap,
        "laptop" => tech::laptop,
        "phone" => tech::phone,
        "camera" => tech::camera,
        "watch" => tech::watch,
        "keyboard" => tech::keyboard,
        "monitor" => tech::monitor,
        "headphones" => audio::headphones,
        "speaker" => audio::speaker,
        "tshirt" => clothes::tshirt,
        "sweater" => clothes::sweater,
        "dress" => clothes::dress,
        "jeans" => clothes::jeans,
        "sneaker" => worn::sneaker,
        "boot" => worn::boot,
        "hat" => worn::hat,
        "scarf" => worn::scarf,
        "sunglasses" => jewels::sunglasses,
        "ring" => jewels::ring,
        "perfume" => jewels::perfume,
        "ball" => sport::ball,
        "bicycle" => sport::bicycle,
        "tent" => sport::tent,
        "yogamat" => sport::yogamat,
        "bottle" => sport::bottle,
        "book" => leisure::book,
        "puzzle" => leisure::puzzle,
        "teddy" => leisure::teddy,
        _ => return None,
    })
}
