//! What stands in a kitchen.

use super::{
    colour::Palette,
    sketch::{GLAZE, METAL, ROUND, Sketch},
};

/// Rising steam: faint curls above a point.
fn steam(s: &mut Sketch, x: i32, y: i32) {
    s.raw(r#"<g opacity=".5">"#);
    for (shift, length) in [(-44, 70), (0, 100), (44, 64)] {
        let x = x + shift;
        let white = s.palette.paper;
        s.line(
            &format!("M{x} {y}C{} {} {} {} {x} {}", x - 26, y - length / 3, x + 26, y - length * 2 / 3, y - length),
            white,
            9,
        );
    }
    s.raw("</g>");
}

pub(super) fn mug(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, paper, .. } = s.palette;
    s.shadow([400, 640, 250, 42]);
    s.line("M536 352C650 330 668 520 530 516", dark, 40);
    s.line("M536 346C644 326 660 510 530 508", base, 26);
    let body = "M222 266H550V546C550 612 512 640 462 640H310C260 640 222 612 222 546z";
    s.path(body, ROUND);
    let pattern = s.vary(1, 3);
    s.within("c", body, |s| match pattern {
        0 => s.rect([200, 500, 380, 150], 0, accent),
        1 => {
            for row in 0..3 {
                let y = 372 + row * 66;
                s.line(
                    &format!(
                        "M210 {y}L251 {}L292 {y}L333 {}L374 {y}L415 {}L456 {y}L497 {}L538 {y}L579 {}",
                        y + 34,
                        y + 34,
                        y + 34,
                        y + 34,
                        y + 34
                    ),
                    accent,
                    14,
                );
            }
        }
        _ => {
            for dot in 0..15 {
                let (column, row) = (dot % 5, dot / 5);
                s.circle(248 + column * 72 + (row % 2) * 36, 372 + row * 84, 15, accent);
            }
        }
    });
    s.path(body, GLAZE);
    s.veil("M250 300C248 420 246 540 264 600 280 560 272 400 276 300z", paper, 35);
    s.oval([386, 266, 164, 36], light);
    s.oval([386, 268, 146, 28], deep);
    s.veil("M258 276C290 258 480 258 514 276 490 300 282 300 258 276z", "#6b4a35", 90);
    steam(s, 386, 220);
}

pub(super) fn teapot(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_dark, paper, .. } = s.palette;
    s.shadow([400, 630, 270, 42]);
    s.line("M560 372C700 322 712 540 556 540", dark, 34);
    s.line("M560 366C694 318 704 530 556 534", base, 22);
    s.path("M280 556C190 540 186 430 128 368L176 344C214 380 226 420 290 430z", dark);
    s.path("M280 540C206 520 202 420 146 362L176 344C214 380 226 420 290 430z", base);
    s.oval([152, 356, 27, 13], deep);
    let body =
        "M400 296C548 296 592 384 592 468 592 562 520 624 460 628H340C280 624 208 562 208 468 208 384 252 296 400 296z";
    s.path(body, ROUND);
    let pattern = s.vary(1, 2);
    s.within("c", body, |s| {
        if pattern == 0 {
            s.rect([200, 520, 400, 34], 0, accent);
            s.rect([200, 570, 400, 12], 0, accent);
        } else {
            for petal in 0..6 {
                s.turned(petal * 60, [400, 474], |s| s.oval([400, 430, 19, 36], accent));
            }
            s.circle(400, 474, 18, paper);
        }
    });
    s.path(body, GLAZE);
    s.veil("M254 420C270 360 310 332 352 326 306 356 282 420 282 500 264 490 250 460 254 420z", paper, 40);
    s.path("M312 312C312 252 488 252 488 312 440 330 360 330 312 312z", light);
    s.path("M318 306C324 256 476 256 482 306 440 320 360 320 318 306z", base);
    s.veil("M336 296C346 272 380 266 400 266 370 276 354 290 352 304z", paper, 40);
    s.circle(400, 246, 25, accent_dark);
    s.circle(396, 242, 21, accent);
}

pub(super) fn pan(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_dark, wood, wood_dark, paper, .. } = s.palette;
    s.shadow([350, 604, 310, 50]);
    s.turned(-14, [540, 470], |s| {
        s.rect([556, 434, 80, 34], 8, METAL);
        s.rect([604, 428, 164, 46], 23, wood_dark);
        s.rect([604, 426, 164, 38], 19, wood);
        s.circle(744, 446, 8, wood_dark);
    });
    s.path("M92 420C92 540 150 600 230 606H450C530 600 588 540 588 420z", ROUND);
    s.path("M92 420C92 540 150 600 230 606H450C530 600 588 540 588 420z", GLAZE);
    s.line("M128 520C150 572 190 590 234 592", light, 6);
    s.oval([340, 420, 250, 82], light);
    s.oval([340, 424, 234, 70], deep);
    s.oval([340, 434, 206, 54], dark);
    s.veil("M150 440C190 398 290 384 360 386 270 396 220 420 206 462 176 458 160 450 150 440z", base, 60);
    if s.vary(1, 2) == 0 {
        s.path(
            "M226 430C236 396 316 404 350 398 400 390 462 408 452 440 446 472 380 462 340 474 290 482 220 464 226 430z",
            paper,
        );
        s.oval([336, 430, 46, 24], accent_dark);
        s.oval([334, 426, 42, 21], accent);
        s.oval([320, 420, 14, 6], paper);
    } else {
        for (x, y) in [(250, 436), (330, 456), (414, 440), (340, 416)] {
            s.oval([x, y, 36, 17], accent_dark);
            s.oval([x, y - 4, 36, 16], accent);
        }
        s.oval([296, 430, 22, 8], s.palette.leaf);
        s.oval([380, 462, 20, 8], s.palette.leaf);
    }
}

pub(super) fn knife(s: &mut Sketch) {
    let Palette { base, light, deep, accent, metal_light, metal_dark, wood, wood_dark, .. } = s.palette;
    let board = "M196 196H604C634 196 650 212 650 242V602C650 632 634 648 604 648H196C166 648 150 632 150 602V242C150 212 166 196 196 196z";
    s.turned(s.between(1, -6, 6), [400, 420], |s| {
        s.lying_shadow(board);
        s.path(board, wood);
        s.within("c", board, |s| {
            for y in [258, 318, 402, 470, 560] {
                s.line(&format!("M140 {y}C300 {} 480 {} 660 {y}", y + 22, y - 24), wood_dark.mix(wood, 60), 5);
            }
        });
        s.circle(596, 250, 20, wood_dark);
    });
    s.turned(-40, [400, 420], |s| {
        let blade = "M72 372H494V470H270C190 468 110 430 72 372z";
        s.veil("M80 392H494V488H270C190 486 110 446 80 392z", deep, 30);
        s.path(blade, metal_light);
        s.path("M72 372H494V400H96C86 390 78 382 72 372z", METAL);
        s.line("M110 412C160 446 210 462 270 464H490", "#fff", 4);
        s.path("M494 364H522V478H494z", metal_dark);
        let grip = "M522 370H712C742 370 750 392 744 414 738 434 744 440 748 456 752 476 738 484 718 478 680 464 600 452 522 452z";
        s.path(grip, base);
        s.veil("M522 370H712C730 370 740 378 744 390H522z", light, 80);
        for x in [566, 636, 706] {
            s.circle(x, 420, 10, accent);
        }
    });
    s.circle(262, 584, 34, accent);
    s.circle(262, 584, 26, accent.tint(30));
}
