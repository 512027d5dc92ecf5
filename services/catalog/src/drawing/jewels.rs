//! What adorns.

use super::{
    colour::Palette,
    sketch::{ACCENT_ROUND, GLAZE, ROUND, Sketch, TOP_LIT},
};

pub(super) fn sunglasses(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent_dark, paper, .. } = s.palette;
    s.shadow([400, 560, 330, 40]);
    let round = s.vary(1, 2) == 0;
    let lens = if round {
        "M240 296A110 108 0 1 1 239 296z"
    } else {
        "M112 346C164 328 310 328 354 350 366 364 354 440 334 474 306 516 202 518 166 482 138 452 120 400 112 346z"
    };
    let glint = "M90 500 240 300H290L120 540zM190 540 330 330H348L210 560z";
    s.twice(|s| {
        s.line("M118 372C130 290 170 246 236 246 262 246 274 262 278 284", deep, 20);
        s.line("M118 366C130 284 170 242 236 242 260 242 272 256 276 278", dark, 14);
    });
    s.line("M352 384C374 348 426 348 448 384", deep, 24);
    s.line("M352 380C374 344 426 344 448 380", base, 18);
    s.twice(|s| {
        s.line(lens, deep, 38);
        s.line(lens, base, 32);
        s.path(lens, ACCENT_ROUND);
        s.veil(lens, deep, 45);
    });
    s.within("c", lens, |s| s.veil(glint, paper, 28));
    s.raw(r#"<g transform="translate(320 0)">"#);
    s.within("d", lens, |s| s.veil(glint, paper, 28));
    s.raw("</g>");
    s.twice(|s| {
        s.line(if round { "M130 372C144 326 186 294 236 292" } else { "M112 340C160 322 250 320 300 326" }, light, 5);
        s.circle(if round { 116 } else { 104 }, 372, 8, accent_dark);
    });
}

pub(super) fn ring(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent_light, accent_dark, paper, .. } = s.palette;
    s.shadow([400, 664, 230, 36]);
    s.oval([400, 650, 60, 10], deep);
    s.ring(400, 478, 164, accent_dark, 44);
    s.ring(398, 476, 164, ACCENT_ROUND, 38);
    s.ring(394, 472, 174, accent_light, 6);
    s.path("M320 330 346 268H454L480 330 440 350H360z", accent_dark);
    s.path("M330 322 350 276H450L470 322 436 338H364z", ACCENT_ROUND);
    if s.vary(1, 2) == 0 {
        s.path("M290 200 340 140H460L510 200 400 322z", base);
        s.path("M340 140H460L436 200H364z", pale);
        s.path("M290 200 340 140 364 200zM436 200H510L400 322z", light);
        s.path("M460 140 510 200H436z", dark);
        s.path("M290 200H364L400 322z", dark);
        s.veil("M364 200H436L400 322z", pale, 55);
        s.line("M290 200H510", paper, 3);
    } else {
        s.oval([400, 232, 100, 84], accent_dark);
        s.oval([400, 228, 90, 76], ROUND);
        s.path("M400 166 450 190 470 228 450 266 400 290 350 266 330 228 350 190z", light);
        s.path(
            "M400 166 450 190 400 228zM470 228 450 266 400 228zM400 290 350 266 400 228zM330 228 350 190 400 228z",
            base,
        );
        s.veil("M350 190 400 166 400 228z", paper, 60);
    }
    s.twice(|s| s.circle(334, 282, 12, accent_light));
    for (x, y, size) in [(560, 170, 30), (240, 120, 20), (590, 300, 16)] {
        s.path(
            &format!(
                "M{x} {}Q{x} {y} {} {y}Q{x} {y} {x} {}Q{x} {y} {} {y}Q{x} {y} {x} {}z",
                y - size,
                x + size,
                y + size,
                x - size,
                y - size
            ),
            "#fff",
        );
    }
}

pub(super) fn perfume(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent, accent_dark, accent_light, paper, .. } = s.palette;
    s.shadow([400, 664, 240, 36]);
    let round = s.vary(1, 2) == 0;
    let (glass, liquid) = if round {
        (
            "M400 270C540 270 588 372 588 468 588 580 520 656 460 660H340C280 656 212 580 212 468 212 372 260 270 400 270z",
            "M246 420C300 440 380 404 440 416S540 430 556 420C566 520 530 610 456 626H344C270 610 234 520 246 420z",
        )
    } else {
        (
            "M262 290H538C566 290 580 304 580 332V618C580 646 566 660 538 660H262C234 660 220 646 220 618V332C220 304 234 290 262 290z",
            "M250 410C310 430 380 394 440 406S520 420 550 410V606C550 622 542 630 526 630H274C258 630 250 622 250 606z",
        )
    };
    s.rect([352, 236, 96, 60], 8, accent_dark);
    s.rect([352, 236, 96, 40], 8, ACCENT_ROUND);
    s.rect([330, 120, 140, 124], 18, ACCENT_ROUND);
    s.rect([330, 120, 140, 124], 18, GLAZE);
    s.veil("M346 138H366V228H346z", accent_light, 80);
    s.path(glass, pale);
    s.veil(glass, deep, 14);
    s.path(liquid, TOP_LIT);
    s.veil("M250 424C310 440 380 404 440 416S530 430 552 424L550 446C480 450 380 430 250 446z", light, 80);
    s.line("M400 296V600", dark.mix(light, 60), 4);
    s.path(glass, GLAZE);
    s.rect([312, 466, 176, 104], 4, paper);
    s.rect([322, 476, 156, 84], 2, accent);
    s.rect([325, 479, 150, 78], 2, paper);
    s.path("M400 490C420 510 420 526 400 534 380 526 380 510 400 490z", base);
    s.line("M366 546H434", deep, 4);
    s.veil(
        if round {
            "M262 400C276 350 310 316 350 304 306 350 290 420 296 520 270 490 254 450 262 400z"
        } else {
            "M240 320H268V620C248 616 240 606 240 590z"
        },
        paper,
        55,
    );
    s.veil(
        if round { "M560 460C560 540 530 600 500 620 526 560 540 500 540 440z" } else { "M556 330H566V600H556z" },
        paper,
        50,
    );
}
