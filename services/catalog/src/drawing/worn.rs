//! What is worn on head, feet, neck and hand.

use super::{
    colour::Palette,
    sketch::{ACCENT_ROUND, GLAZE, ROUND, Sketch, TOP_LIT, each},
};

pub(super) fn sneaker(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, accent_dark, paper, .. } = s.palette;
    s.shadow([400, 598, 340, 36]);
    s.path(
        "M80 540C84 520 90 500 96 490H700C724 510 730 540 722 566 716 586 700 592 676 592H120C90 592 76 570 80 540z",
        paper.shade(14),
    );
    s.path("M80 532C84 512 90 500 96 486H700C722 504 728 524 722 548L80 552z", paper);
    s.line("M84 566H722", accent, 8);
    let upper = "M104 500C88 440 90 360 104 300 112 276 140 270 160 286 200 318 250 316 282 268 296 250 318 250 334 266L470 400C520 430 600 424 660 450 700 468 716 492 714 514 640 530 180 530 104 500z";
    s.path(upper, TOP_LIT);
    s.within("c", upper, |s| {
        s.path("M560 400C540 440 540 480 560 530H740V400z", dark);
        s.path("M80 260H172C160 340 176 430 240 530H80z", accent);
        s.veil("M80 260H120C110 380 130 450 170 530H80z", accent_dark, 60);
        s.path("M250 530C300 470 380 440 480 440L500 470C400 470 340 490 300 530z", accent);
        s.line("M250 520C300 462 380 432 476 432", accent_light, 4);
        s.line("M80 498C260 526 600 524 730 500", deep, 5);
    });
    s.path(upper, GLAZE);
    s.path("M282 268C250 316 200 318 160 286L152 300C190 350 270 346 306 290z", deep);
    s.path("M300 256C322 238 350 244 366 268L494 394C476 416 450 416 430 400L306 290z", light);
    for lace in 0..5 {
        let (x, y) = (318 + lace * 32, 292 + lace * 26);
        s.line(&format!("M{x} {}L{} {}", y + 14, x + 44, y - 24), paper, 11);
        s.circle(x - 2, y + 18, 5, deep);
    }
    s.line("M330 268C300 230 356 220 352 256 380 226 400 262 348 268", paper, 8);
    s.stitch("M572 428C556 456 556 486 570 516", light);
    s.path("M96 306C80 292 88 262 110 264L130 282z", base);
}

pub(super) fn boot(s: &mut Sketch) {
    let Palette { light, dark, deep, accent, accent_light, accent_dark, ink, metal_light, .. } = s.palette;
    s.shadow([410, 672, 270, 34]);
    s.path("M192 606H690C700 632 698 656 690 664H386L350 640H336L324 668H204C190 650 188 624 192 606z", ink);
    s.path("M188 590H684C694 604 696 622 690 632H188C184 618 184 604 188 590z", accent_dark);
    s.stitch("M200 610H682", accent_light);
    let upper = "M236 156C310 140 390 144 446 162 440 240 446 320 474 384 506 436 598 446 650 504 676 534 682 566 680 596H196C192 540 222 480 230 400 238 320 240 240 236 156z";
    s.path(upper, TOP_LIT);
    s.within("c", upper, |s| {
        s.path("M560 400C532 470 532 540 550 610H700V400z", dark);
        s.path("M190 430C250 440 280 500 284 610H180z", dark);
        s.line("M264 160C264 300 262 390 248 430", light, 6);
        s.path("M440 150C430 250 440 330 470 390L410 420C384 340 380 240 386 140z", deep);
    });
    s.path(upper, GLAZE);
    s.stitch("M552 450C530 500 530 550 544 594M236 446C256 462 270 520 272 594M372 160C368 260 380 350 410 430", light);
    if s.vary(1, 2) == 0 {
        for lace in 0..6 {
            let (x, y) = (384 + (lace / 3) * 6 + lace * 4, 196 + lace * 40);
            s.line(&format!("M{x} {y}L{} {}M{x} {}L{} {y}", x + 56, y + 26, y + 26, x + 54), accent, 8);
            s.circle(x - 4, y + 13, 7, metal_light);
        }
        s.line("M410 186C380 140 340 180 406 190 440 150 480 176 414 192", accent, 8);
    } else {
        for y in [226, 344] {
            s.path(
                &format!(
                    "M234 {y}C300 {} 390 {} 448 {}V{}C390 {} 300 {} 234 {}z",
                    y + 12,
                    y + 12,
                    y + 2,
                    y + 38,
                    y + 48,
                    y + 48,
                    y + 36
                ),
                ACCENT_ROUND,
            );
            s.ring(350, y + 27, 20, metal_light, 8);
            s.line(&format!("M350 {}H374", y + 27), metal_light, 6);
        }
    }
    s.path("M228 156C228 136 306 132 346 134S456 146 452 168 234 180 228 156z", accent);
    s.path("M240 156C252 144 306 142 346 144S436 152 438 164 252 170 240 156z", deep);
}

pub(super) fn hat(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_dark, accent_light, .. } = s.palette;
    if s.vary(1, 2) == 0 {
        s.shadow([400, 560, 350, 44]);
        s.path("M64 492C64 448 200 424 400 424S736 448 736 492C736 548 580 570 400 570S64 548 64 492z", dark);
        s.path("M64 482C64 438 200 416 400 416S736 438 736 482C736 532 580 552 400 552S64 532 64 482z", ROUND);
        s.veil("M230 500C300 530 500 530 580 500L566 470H240z", deep, 45);
        let crown = "M232 478C240 350 250 270 290 244 326 222 360 262 400 262S480 222 514 246C552 272 560 350 568 478 520 512 280 512 232 478z";
        s.path(crown, ROUND);
        s.within("c", crown, |s| {
            s.path("M220 400C320 432 480 432 580 400V480C480 512 320 512 220 480z", accent);
            s.veil("M220 400C320 432 480 432 580 400V412C480 444 320 444 220 412z", accent_light, 80);
            s.veil("M330 262C370 330 430 330 470 262 440 270 370 270 330 262z", deep, 50);
        });
        s.path(crown, GLAZE);
        s.path("M520 480C560 440 556 380 540 340 580 380 600 440 546 492z", accent_dark);
        s.line("M80 476C120 446 240 428 300 424", light, 5);
    } else {
        s.shadow([400, 640, 250, 36]);
        s.circle(404, 210, 70, accent_dark);
        let tufts = "M400 206V152m0 54l27-47m-27 47l47-27m-47 27h54m-54 0l47 27m-47-27l27 47m-27-47v54m0-54l-27 47m27-47l-47 27m47-27h-54m54 0l-47-27m47 27l-27-47";
        s.line(tufts, accent, 34);
        s.line(tufts, accent_light, 4);
        let wool = "M204 540C190 340 270 240 400 240S610 340 596 540z";
        s.path(wool, ROUND);
        s.within("c", wool, |s| {
            let rib =
                |lean: i32| format!("M{} 560Q{} 360 {} 240", 400 + lean * 4 / 3, 400 + lean * 5 / 4, 400 + lean / 4);
            let ribs = each(-3..4, |number| rib(number * 50));
            s.line(&ribs, dark, 7);
            s.line("M180 430Q400 470 620 430", accent, 22);
            s.line("M180 396Q400 436 620 396", light, 8);
        });
        s.path(wool, GLAZE);
        s.rect([184, 508, 432, 120], 40, base);
        let ribs: String = each(0..14, |rib| format!("M{0} 528V610", 216 + rib * 28));
        s.line(&ribs, dark, 7);
        s.rect([184, 508, 432, 120], 40, GLAZE);
        s.rect([440, 546, 74, 44], 6, accent);
        s.line("M456 568H498", deep, 5);
    }
}

pub(super) fn scarf(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, paper, .. } = s.palette;
    let tail = "M300 330H420L404 660H270z";
    let front = "M390 330H506L556 690H418z";
    s.lying_shadow("M300 330H506L556 690H418L408 660H270z");
    for (outline, name, left, bottom) in [(tail, "b", 270, 656), (front, "c", 418, 686)] {
        let fringe: String =
            each(0..10, |strand| format!("M{0} {bottom}L{0} {1}", left + 6 + strand * 14, bottom + 40));
        s.line(&fringe, accent, 6);
        s.path(outline, if name == "b" { dark } else { base });
        s.within(name, outline, |s| {
            if s.vary(1, 2) == 0 {
                for (offset, width, colour) in
                    [(-40, 36, accent), (-90, 14, paper), (-130, 36, accent), (-220, 14, light)]
                {
                    s.rect([240, bottom + offset, 340, width], 0, colour);
                }
            } else {
                for step in 0..5 {
                    s.veil(&format!("M240 {0}h340v26h-340z", bottom - 50 - step * 74), accent, 80);
                    s.veil(&format!("M{0} 300h20v420h-20z", 280 + step * 62), accent_light, 45);
                }
            }
        });
        s.path(outline, GLAZE);
    }
    let wrap = "M196 250C196 170 290 128 400 128S604 170 604 250C604 340 520 396 400 396S196 340 196 250z";
    s.path(wrap, TOP_LIT);
    s.path("M270 226C270 190 330 170 400 170S530 190 530 226C530 262 470 280 400 280S270 262 270 226z", deep);
    s.path("M270 240C290 214 340 204 400 204S510 214 530 240C520 266 470 280 400 280S280 266 270 240z", dark);
    s.line("M218 270C250 330 320 352 400 352S540 330 580 276", light, 6);
    s.line("M240 236C262 296 330 316 400 316S530 300 560 240", dark, 6);
    s.path("M352 300C420 286 500 300 530 330 532 380 500 410 470 416 420 410 380 390 356 350z", base);
    s.path("M352 300C420 286 500 300 530 330 532 380 500 410 470 416 420 410 380 390 356 350z", GLAZE);
    s.line("M372 322C420 330 470 356 496 400M400 306C440 312 490 336 516 366", dark, 5);
    s.path(wrap, GLAZE);
}
