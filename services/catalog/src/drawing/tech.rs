//! Things with a screen, and those that come with them.

use super::{
    colour::{Colour, Palette},
    sketch::{GLAZE, METAL, ROUND, Sketch, TOP_LIT, each},
};

/// A picture for a screen, to be drawn within it: hills under a sun, or soft waves.
fn wallpaper(s: &mut Sketch, [x, y, width, height]: [i32; 4]) {
    let Palette { base, light, pale, dark, deep, accent, .. } = s.palette;
    let (right, bottom) = (x + width, y + height);
    s.path(&format!("M{x} {y}H{right}V{bottom}H{x}z"), TOP_LIT);
    if s.vary(71, 2) == 0 {
        s.circle(x + width * 2 / 3, y + height / 3, width.min(height) / 7, accent);
        let low = y + height * 3 / 5;
        s.path(
            &format!(
                "M{x} {low}Q{} {} {} {low}T{right} {low}V{bottom}H{x}z",
                x + width / 4,
                low - height / 4,
                x + width / 2
            ),
            dark,
        );
        let low = y + height * 3 / 4;
        s.path(
            &format!("M{x} {low}Q{} {} {right} {}V{bottom}H{x}z", x + width / 2, low - height / 4, low + height / 9),
            deep,
        );
    } else {
        for (step, colour) in [(2, pale), (3, light), (4, accent), (5, base), (6, deep)] {
            let edge = y + height * step / 7;
            s.path(
                &format!(
                    "M{x} {edge}C{} {} {} {} {right} {}V{bottom}H{x}z",
                    x + width / 3,
                    edge - height / 4,
                    x + width * 2 / 3,
                    edge + height / 4,
                    edge - height / 8
                ),
                colour,
            );
        }
    }
}

pub(super) fn laptop(s: &mut Sketch) {
    let Palette { ink, metal, metal_light, metal_dark, paper, .. } = s.palette;
    s.shadow([400, 622, 370, 34]);
    s.rect([150, 196, 500, 346], 24, metal_dark);
    s.rect([154, 198, 492, 342], 22, ink);
    s.within("c", "M172 216H628V520H172z", |s| wallpaper(s, [172, 216, 456, 304]));
    s.veil("M172 216H420L260 520H172z", paper, 12);
    s.circle(400, 207, 4, metal_dark);
    s.path("M150 540H650L728 596H72z", metal_light);
    s.path("M176 548H624L646 568H154z", metal_dark);
    s.line("M182 554H618M172 562H628", metal_light, 2);
    s.path("M330 574H470L480 590H320z", metal);
    s.path("M72 596H728V602C728 614 716 620 700 620H100C84 620 72 614 72 602z", METAL);
    s.rect([350, 596, 100, 9], 4, metal_dark);
}

pub(super) fn phone(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, ink, metal_dark, paper, .. } = s.palette;
    s.shadow([390, 690, 270, 36]);
    s.turned(13, [480, 420], |s| {
        s.rect([366, 142, 264, 516], 46, deep);
        s.rect([360, 138, 264, 516], 44, ROUND);
        s.rect([482, 158, 122, 132], 32, dark);
        for (x, y) in [(516, 192), (568, 224), (516, 256)] {
            s.circle(x, y, 22, ink);
            s.circle(x, y, 13, metal_dark);
            s.circle(x - 5, y - 5, 5, paper);
        }
        s.circle(570, 184, 7, accent);
        s.veil("M360 182C360 154 380 138 404 138H440L360 300z", light, 60);
    });
    s.turned(s.between(1, -9, -5), [340, 420], |s| {
        s.rect([210, 150, 276, 532], 48, metal_dark);
        s.rect([206, 150, 276, 532], 48, base);
        s.rect([212, 156, 264, 520], 43, ink);
        let screen = "M258 168H430C452 168 464 180 464 202V630C464 652 452 664 430 664H258C236 664 224 652 224 630V202C224 180 236 168 258 168z";
        s.within("c", screen, |s| {
            wallpaper(s, [224, 168, 240, 496]);
            s.veil("M224 168H400L224 560z", paper, 14);
        });
        s.rect([306, 182, 76, 20], 10, ink);
        s.rect([292, 646, 104, 6], 3, paper);
        for column in 0..4 {
            s.rect([244 + column * 53, 584, 40, 40], 11, [paper, accent, paper, light][usize::try_from(column).unwrap_or(0)]);
        }
        s.line("M286 262H404", paper, 14);
        s.line("M312 294H378", paper, 8);
    });
}

pub(super) fn camera(s: &mut Sketch) {
    let Palette { base, dark, deep, accent, accent_light, ink, metal, metal_light, metal_dark, paper, .. } = s.palette;
    s.shadow([400, 622, 310, 40]);
    s.line("M128 340C70 420 90 560 160 640M672 340C740 420 700 580 650 650", accent.shade(30), 16);
    s.line("M128 336C74 416 92 556 158 632M672 336C736 416 698 574 646 642", accent, 10);
    s.rect([178, 244, 96, 30], 8, METAL);
    s.rect([540, 238, 76, 40], 10, METAL);
    s.circle(508, 262, 18, accent);
    s.path("M318 276 344 204C348 192 356 188 368 188H446C458 188 466 192 470 204L496 276z", METAL);
    s.rect([364, 214, 84, 40], 8, ink);
    s.veil("M372 220H420L396 248H372z", accent_light, 60);
    let body = "M150 268H650C678 268 692 284 692 308V570C692 600 678 614 650 614H150C122 614 108 600 108 570V308C108 284 122 268 150 268z";
    s.path(body, base);
    s.within("c", body, |s| {
        s.rect([100, 260, 600, 76], 0, METAL);
        s.rect([100, 336, 600, 6], 0, deep);
        s.rect([100, 580, 600, 40], 0, metal_dark);
        let grain: String = each(0..12, |row| format!("M110 {0}H690", 356 + row * 19));
        s.raw(r#"<g opacity=".35" stroke-dasharray="2 9">"#);
        s.line(&grain, dark, 4);
        s.raw("</g>");
    });
    s.path(body, GLAZE);
    s.rect([580, 292, 70, 30], 8, ink);
    s.circle(160, 304, 14, accent);
    s.circle(404, 452, 164, metal_dark);
    s.circle(400, 448, 160, METAL);
    s.circle(400, 448, 140, ink);
    s.ring(400, 448, 124, metal_dark, 4);
    s.circle(400, 448, 100, deep);
    s.circle(400, 448, 74, ink);
    s.circle(400, 448, 46, dark);
    s.veil("M330 400C350 360 400 346 440 358 400 370 364 400 350 450 330 444 324 420 330 400z", paper, 55);
    s.circle(438, 490, 14, accent_light);
    s.ring(400, 448, 150, metal_light, 3);
    s.rect([392, 300, 16, 10], 3, metal);
}

pub(super) fn watch(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, ink, metal_dark, paper, .. } = s.palette;
    let strap = "M330 60H470L490 250H310zM310 550H490L470 748H330z";
    s.lying_shadow("M330 60H470L500 270A170 170 0 0 1 500 530L470 748H330L300 530A170 170 0 0 1 300 270z");
    s.path(strap, ROUND);
    s.path(strap, GLAZE);
    s.stitch("M342 70 324 250M458 70 476 250M324 550 342 740M476 550 458 740", light);
    for y in [610, 650, 690] {
        s.oval([400, y, 8, 11], deep);
    }
    s.rect([570, 376, 36, 50], 10, metal_dark);
    s.path("M300 230H500L540 300H260zM260 500H540L500 570H300z", metal_dark);
    s.circle(400, 400, 182, metal_dark);
    s.circle(400, 400, 178, METAL);
    s.circle(400, 400, 156, ink);
    let face = if s.vary(1, 2) == 0 { paper } else { dark };
    let marks = if s.vary(1, 2) == 0 { ink } else { paper };
    s.circle(400, 400, 150, face);
    for hour in 0..12 {
        let (long, width) = if hour % 3 == 0 { (286, 9) } else { (276, 5) };
        s.turned(hour * 30, [400, 400], |s| s.line(&format!("M400 264V{long}"), marks, width));
    }
    s.ring(400, 470, 32, marks.mix(face, 60), 3);
    s.line("M400 470 414 452", accent, 4);
    s.turned(s.between(2, -70, -40), [400, 400], |s| s.line("M400 410V320", marks, 13));
    s.turned(s.between(3, 20, 70), [400, 400], |s| s.line("M400 416V288", marks, 9));
    s.turned(s.between(4, 120, 260), [400, 400], |s| s.line("M400 430V276", accent, 4));
    s.circle(400, 400, 13, accent);
    s.circle(400, 400, 5, base);
    s.veil("M290 330C310 280 360 254 420 254 350 284 310 340 296 420 280 390 280 360 290 330z", "#fff", 22);
}

/// Keys of one colour, each `[x, y, width]`: their sides and, above these, their faces.
fn keys(s: &mut Sketch, keys: &[[i32; 3]], face: Colour) {
    let shape = |inset: i32, height: i32| {
        let outline = |&[x, y, width]: &[i32; 3]| {
            let (left, top, across) = (x + inset, y + inset - 2, width - 2 * inset);
            format!("M{left} {top}h{across}v{height}h-{across}z")
        };
        keys.iter().map(outline).collect::<String>()
    };
    s.pads(&shape(6, 46), face.shade(22), 12);
    s.pads(&shape(10, 32), face, 12);
}

pub(super) fn keyboard(s: &mut Sketch) {
    let Palette { light, dark, deep, accent, paper, .. } = s.palette;
    s.turned(s.between(1, -8, -4), [400, 420], |s| {
        s.lying_shadow("M88 250H712V580H88z");
        s.rect([76, 256, 648, 330], 34, deep);
        s.rect([76, 244, 648, 326], 34, TOP_LIT);
        s.rect([98, 266, 604, 282], 18, dark);
        let letters: Vec<[i32; 3]> = (0..33)
            .filter(|key| ![0, 32].contains(key))
            .map(|key| {
                let (row, column) = (key / 11, key % 11);
                let width = if column == 10 { 54 - row * 6 } else { 47 };
                [108 + row * 6 + column * 53, 276 + row * 67, width]
            })
            .collect();
        keys(s, &letters, paper);
        keys(s, &[[108, 276, 47], [650, 410, 42], [244, 477, 300]], accent);
        keys(s, &[[108, 477, 62], [176, 477, 62], [550, 477, 66], [622, 477, 70]], light);
    });
}

pub(super) fn monitor(s: &mut Sketch) {
    let Palette { accent, ink, metal_dark, paper, .. } = s.palette;
    s.shadow([400, 660, 260, 34]);
    s.path("M362 540H438L450 640H350z", METAL);
    s.veil("M362 540H438L442 576H358z", ink, 30);
    s.path("M262 646C262 632 300 628 400 628S538 632 538 646C538 658 500 660 400 660S262 658 262 646z", METAL);
    s.rect([90, 152, 620, 400], 26, metal_dark);
    s.rect([90, 148, 620, 400], 26, ink);
    s.within("c", "M110 168H690V516H110z", |s| wallpaper(s, [110, 168, 580, 348]));
    s.veil("M110 168H430L250 516H110z", paper, 12);
    s.rect([310, 488, 180, 20], 10, paper);
    for icon in 0..5 {
        s.circle(336 + icon * 32, 498, 7, accent);
    }
    s.circle(400, 532, 5, accent);
}
