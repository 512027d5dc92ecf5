//! What is shown where a picture is missing.

use super::{
    colour::{Colour, Palette},
    sketch::{Sketch, TOP_LIT},
};

/// Base and accent of the neutral pictures: sand, stone, sage, clay, slate.
const NEUTRALS: [(&str, &str); 5] =
    [("cfc3b1", "a8967c"), ("c4c4c0", "94959a"), ("b9c4b4", "8a9a86"), ("d2bfb2", "ab8d7c"), ("b8c0c9", "868f9c")];

/// Draws a calm, neutral picture of a parcel or a shopping bag; the same seed always gives the same.
#[must_use]
pub fn placeholder(seed: &str) -> String {
    let seed = seed.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let neutral = Colour::parse("c4c4c0").map(|grey| Palette::new(grey, grey));
    let chosen = usize::try_from(seed >> 8).map_or(0, |number| number % NEUTRALS.len());
    let (base, accent) = NEUTRALS[chosen];
    let colours = Colour::parse(base).zip(Colour::parse(accent));
    let Some(palette) = colours.map(|(base, accent)| Palette::new(base, accent)).or(neutral) else {
        return String::new();
    };
    let mut sketch = Sketch::new(palette, seed);
    if sketch.vary(1, 2) == 0 {
        parcel(&mut sketch);
    } else {
        shopping_bag(&mut sketch);
    }
    sketch.finish()
}

/// A closed cardboard box, seen from a corner.
pub(super) fn parcel(s: &mut Sketch) {
    let Palette { base, light, pale, dark, accent, .. } = s.palette;
    s.shadow([400, 622, 270, 46]);
    s.path("M400 330 604 268V530L400 620z", dark);
    s.path("M400 330 196 268V530L400 620z", base);
    s.path("M400 330 604 268 400 212 196 268z", light);
    s.veil("M279 293 490 237 522 246 312 303V377L279 366z", accent, 70);
    s.veil("M196 268 400 330 604 268 400 338z", pale, 60);
    s.line("M236 500 296 522M236 524 272 537", pale, 7);
}

/// A paper bag with cord handles.
fn shopping_bag(s: &mut Sketch) {
    let Palette { dark, pale, deep, accent, .. } = s.palette;
    s.shadow([410, 624, 240, 40]);
    s.line("M330 330C330 200 470 200 470 330", accent, 12);
    s.path("M240 300H560L584 620H216z", TOP_LIT);
    s.path("M560 300 584 620H520L532 300z", dark);
    s.veil("M240 300H560L562 326H238z", deep, 12);
    s.line("M330 340C330 230 470 230 470 340", accent, 12);
    s.circle(330, 342, 9, deep);
    s.circle(470, 342, 9, deep);
    s.veil("M400 410 424 462 480 468 438 505 450 560 400 532 350 560 362 505 320 468 376 462z", pale, 60);
}
