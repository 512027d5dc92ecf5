//! Books, toys and pastimes.

use super::{
    colour::Palette,
    sketch::{ACCENT_ROUND, GLAZE, ROUND, Sketch, TOP_LIT},
};

/// What is printed on a book: a landscape, a rainbow, or a twig.
fn cover(s: &mut Sketch) {
    let Palette { light, pale, dark, deep, accent, accent_light, accent_dark, .. } = s.palette;
    match s.vary(2, 3) {
        0 => s.within("c", "M290 200H546V470H290z", |s| {
            s.rect([290, 200, 256, 270], 0, accent_light);
            s.circle(450, 290, 52, accent);
            s.path("M280 430C350 330 400 400 440 360S520 330 560 380V480H280z", dark);
            s.path("M280 460C360 390 450 440 560 410V480H280z", deep);
        }),
        1 => {
            for arc in 0..5 {
                s.ring(
                    418,
                    336,
                    118 - arc * 24,
                    [accent, pale, accent_light, light, accent_dark][usize::try_from(arc).unwrap_or(0)],
                    14,
                );
            }
        }
        _ => {
            s.line("M418 470V230", accent, 9);
            for (y, size) in [(270, 50), (330, 66), (390, 76)] {
                s.path(
                    &format!(
                        "M418 {y}C{} {} {} {} {} {} {} {y} {} {} 418 {y}z",
                        418 - size,
                        y - 8,
                        418 - size,
                        y - 50,
                        418 - size,
                        y - 54,
                        428 - size / 3,
                        426 - size / 5,
                        y - 10
                    ),
                    accent_light,
                );
                s.path(
                    &format!(
                        "M418 {y}C{} {} {} {} {} {} {} {y} {} {} 418 {y}z",
                        418 + size,
                        y - 8,
                        418 + size,
                        y - 50,
                        418 + size,
                        y - 54,
                        408 + size / 3,
                        410 + size / 5,
                        y - 10
                    ),
                    accent,
                );
            }
            s.circle(418, 214, 20, accent);
        }
    }
}

pub(super) fn book(s: &mut Sketch) {
    let Palette { light, dark, deep, accent, accent_dark, paper, .. } = s.palette;
    s.shadow([410, 672, 260, 36]);
    s.turned(s.between(1, -4, 3), [400, 420], |s| {
        s.path("M560 140 604 166V662L560 690z", paper.shade(18));
        s.line("M572 152V680M584 158V674M594 164V668", paper, 4);
        s.path("M222 656H566L606 640V664L566 690H236C224 690 216 680 216 670z", deep);
        s.path("M236 668H564L604 646V654L566 680H240C232 680 232 670 236 668z", paper);
        s.rect([214, 120, 352, 546], 12, TOP_LIT);
        s.path("M226 120H258V666H226C218 666 214 660 214 652V132C214 124 218 120 226 120z", dark);
        s.line("M266 122V664", light, 4);
        cover(s);
        s.line("M306 530H530", paper, 18);
        s.line("M346 566H490", paper, 12);
        s.line("M376 626H460", accent, 8);
        s.rect([214, 120, 352, 546], 12, GLAZE);
        s.path("M500 666H530V724L515 708 500 724z", accent_dark);
    });
}

pub(super) fn puzzle(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, accent_dark, .. } = s.palette;
    let piece = "M0 0H70C50 -62 150 -62 130 0H200V70C262 50 262 150 200 130V200H130C150 138 50 138 70 200H0V130C62 150 62 50 0 70z";
    let spots = [
        (192, 206, 0, base, dark),
        (400, 206, 90, accent, accent_dark),
        (192, 414, 270, accent_light, accent),
        (440, 452, 192, light, base),
    ];
    s.raw(r#"<g transform="translate(-8 6)">"#);
    for (x, y, turn, face, side) in spots {
        let turn = if turn == 192 { 180 + s.between(1, 8, 18) } else { turn };
        for (drop, colour, opacity) in [(22, deep, ".18"), (9, side, "1"), (0, face, "1")] {
            s.raw(&format!(
                r#"<path d="{piece}" transform="translate({x} {}) rotate({turn} 100 100)" fill="{colour}" opacity="{opacity}"/>"#,
                y + drop
            ));
        }
    }
    s.raw("</g>");
    s.raw(r#"<g opacity=".5">"#);
    s.line("M206 224H250M206 224V262M414 224H440M206 436V470", s.palette.paper, 6);
    s.raw("</g>");
}

pub(super) fn teddy(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent, accent_dark, ink, paper, .. } = s.palette;
    s.shadow([400, 676, 270, 38]);
    s.twice(|s| {
        s.circle(276, 176, 66, dark);
        s.circle(274, 172, 62, base);
        s.circle(278, 180, 36, pale);
        s.turned(28, [250, 460], |s| {
            s.oval([252, 480, 56, 104], dark);
            s.oval([248, 474, 54, 102], base);
        });
    });
    s.oval([400, 520, 158, 160], dark);
    s.oval([400, 514, 156, 156], ROUND);
    s.oval([400, 530, 98, 112], pale);
    s.stitch("M400 424V636", dark);
    s.twice(|s| {
        s.oval([268, 626, 92, 68], dark);
        s.oval([266, 620, 92, 66], light);
        s.oval([258, 622, 58, 44], pale);
        s.oval([258, 632, 26, 18], accent);
        for (x, y) in [(228, 606), (256, 596), (286, 606)] {
            s.circle(x, y, 9, accent);
        }
    });
    s.oval([400, 282, 172, 150], dark);
    s.oval([400, 276, 170, 148], TOP_LIT);
    s.oval([400, 326, 82, 64], pale);
    s.path("M366 292C366 276 434 276 434 292S414 326 400 326 366 308 366 292z", ink);
    s.oval([388, 290, 12, 5], paper);
    s.line("M400 326V346C386 366 362 362 356 350M400 346C414 366 438 362 444 350", ink, 6);
    for x in [328, 472] {
        s.circle(x, 254, 17, ink);
        s.circle(x - 5, 248, 6, paper);
    }
    s.veil("M250 240C264 180 320 146 380 144 320 164 280 210 272 270 254 280 248 260 250 240z", light, 90);
    if s.vary(1, 2) == 0 {
        s.path("M400 424C350 380 300 384 300 424S350 468 400 428C450 468 500 464 500 424S450 380 400 424z", accent);
        s.veil(
            "M400 424C370 410 340 412 322 432 350 446 380 440 400 428 420 440 450 446 478 432 460 412 430 410 400 424z",
            accent_dark,
            70,
        );
        s.circle(400, 426, 20, accent_dark);
    } else {
        s.path("M268 392C340 440 460 440 532 392L540 422C470 470 330 470 260 422z", accent);
        s.path("M450 430 500 416 528 530 472 540z", accent_dark);
        s.line("M476 552V564M492 550V562M510 546V558", accent, 7);
        s.path("M440 418 496 400 506 440 452 456z", ACCENT_ROUND);
    }
    s.veil("M330 560C360 590 440 590 470 560 440 600 360 600 330 560z", deep, 15);
    s.path("M400 470C388 452 366 464 376 484L400 506 424 484C434 464 412 452 400 470z", accent);
}
