//! What furnishes a room.

use super::{
    colour::Palette,
    sketch::{ACCENT_ROUND, GLAZE, ROUND, Sketch, TOP_LIT, each},
};

pub(super) fn lamp(s: &mut Sketch) {
    let Palette { base, light, deep, accent, accent_light, metal_light, metal_dark, .. } = s.palette;
    s.shadow([400, 654, 190, 34]);
    if s.vary(1, 2) == 0 {
        s.veil("M270 360 200 660H600L530 360z", accent_light, 28);
        s.path("M382 600C382 560 388 400 390 340H410C412 400 418 560 418 600z", metal_dark);
        s.path("M292 650C292 606 342 590 400 590S508 606 508 650z", ROUND);
        s.path("M292 650C292 606 342 590 400 590S508 606 508 650z", GLAZE);
        s.path("M300 142H500L572 366C510 388 290 388 228 366z", ACCENT_ROUND);
        s.oval([400, 366, 172, 22], accent_light);
        s.veil("M318 156 258 360 292 368 344 156z", metal_light, 40);
        s.oval([400, 142, 100, 12], accent_light);
    } else {
        s.line("M330 630 250 400 470 236", deep, 18);
        s.line("M326 626 246 396 466 232", base, 12);
        s.circle(248, 398, 20, accent);
        s.circle(248, 398, 8, metal_light);
        s.oval([338, 648, 120, 24], deep);
        s.oval([338, 638, 120, 22], base);
        s.oval([338, 634, 96, 14], light);
        s.veil("M428 330 330 650H640L594 326z", accent_light, 40);
        s.turned(-16, [500, 270], |s| {
            s.oval([506, 338, 46, 24], accent_light);
            s.path(
                "M466 218C466 190 540 190 540 218L606 322C612 338 600 344 584 344H424C408 344 396 338 402 322z",
                ROUND,
            );
            s.path(
                "M466 218C466 190 540 190 540 218L606 322C612 338 600 344 584 344H424C408 344 396 338 402 322z",
                GLAZE,
            );
            s.path("M470 330H540C546 366 464 366 470 330z", accent_light);
            s.rect([402, 326, 204, 16], 8, accent);
        });
    }
}

pub(super) fn chair(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, wood, wood_dark, .. } = s.palette;
    s.shadow([400, 674, 240, 34]);
    s.line("M300 520 276 640M516 520 544 640", wood_dark, 18);
    s.line("M252 500 218 678", wood, 22);
    s.line("M548 500 582 678", wood, 22);
    if s.vary(1, 2) == 0 {
        s.path("M262 190C264 140 306 128 400 128S536 140 538 190L548 452H252z", dark);
        s.path("M250 196C252 146 296 134 392 134S524 146 528 196L538 460H242z", TOP_LIT);
        s.line("M336 156 330 448M446 156 452 448", dark, 5);
        s.veil("M268 206C270 170 296 158 330 154L322 450H258z", light, 50);
    } else {
        s.line("M258 480 268 150", wood, 22);
        s.line("M542 480 532 150", wood, 22);
        s.path("M256 144C300 124 500 124 544 144L546 220C500 204 300 204 254 220z", base);
        s.path("M254 268C300 252 500 252 546 268V318C500 302 300 302 254 318z", base);
        s.veil("M256 144C300 124 500 124 544 144L544 160C500 142 300 142 256 160z", light, 80);
    }
    s.path("M206 470C206 440 240 432 400 432S594 440 594 470V496C594 526 570 534 400 534S206 526 206 496z", deep);
    s.path("M206 458C206 430 240 420 400 420S594 430 594 458V484C594 510 570 518 400 518S206 510 206 484z", base);
    s.path("M206 458C206 430 240 420 400 420S594 430 594 458 560 488 400 488 206 486 206 458z", light);
    s.path("M316 420C306 330 328 320 400 320S494 330 484 420C486 446 314 446 316 420z", accent);
    s.veil("M316 420C314 380 316 350 326 336 336 380 350 410 480 420 484 440 316 446 316 420z", deep, 20);
}

pub(super) fn sofa(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, accent_dark, wood_dark, .. } = s.palette;
    s.shadow([400, 646, 350, 40]);
    s.twice(|s| s.path("M152 590H184L172 650H156z", wood_dark));
    s.path("M142 300C142 262 166 244 204 244H596C634 244 658 262 658 300V520H142z", dark);
    s.rect([152, 252, 246, 260], 34, TOP_LIT);
    s.rect([402, 252, 246, 260], 34, TOP_LIT);
    for x in [274, 526] {
        s.line(&format!("M{} 340Q{x} 352 {} 340", x - 14, x + 14), dark, 5);
    }
    s.turned(-10, [250, 410], |s| {
        s.rect([196, 352, 116, 116], 22, accent);
        s.path("M206 446C240 400 280 440 304 366 316 420 314 462 292 466 262 470 230 468 206 446z", accent_dark);
    });
    if s.vary(1, 2) == 0 {
        s.turned(12, [560, 410], |s| {
            s.rect([504, 362, 106, 106], 20, accent_light);
            s.line("M530 376V454M556 376V454M582 376V454", accent, 7);
        });
    }
    s.path("M130 520H670V590C670 604 662 610 648 610H152C138 610 130 604 130 590z", deep);
    s.rect([164, 456, 236, 86], 26, base);
    s.rect([400, 456, 236, 86], 26, base);
    s.rect([172, 458, 222, 36], 18, light);
    s.rect([406, 458, 222, 36], 18, light);
    s.path("M150 540H650V584C650 598 642 602 630 602H170C158 602 150 598 150 584z", dark);
    s.twice(|s| {
        s.path(
            "M78 420C78 376 106 360 134 360S186 376 186 420V584C186 600 178 606 164 606H102C86 606 78 600 78 584z",
            base,
        );
        s.veil("M150 606C176 560 176 440 160 370 178 380 186 396 186 420V584C186 600 178 606 164 606z", deep, 35);
        s.veil("M92 420C92 390 110 374 134 374 120 390 112 410 110 440V570C96 560 92 540 92 520z", light, 90);
    });
}

pub(super) fn table(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, paper, leaf, .. } = s.palette;
    s.shadow([400, 650, 310, 40]);
    s.path("M232 446H258L246 590H232zM568 446H542L554 590H568z", deep);
    s.path("M150 440H190L178 652H158zM650 440H610L622 652H642z", TOP_LIT);
    s.path("M140 430H660V470C560 484 240 484 140 470z", dark);
    s.path("M86 408C86 396 714 396 714 408V428C714 450 86 450 86 428z", dark);
    s.path("M86 404C86 338 240 322 400 322S714 338 714 404C714 430 86 430 86 404z", base);
    s.path("M116 394C130 348 260 334 400 334 300 346 200 366 172 412 140 408 120 404 116 394z", light);
    s.line("M300 352Q440 366 640 366M240 396Q420 384 560 404", dark, 3);
    if s.vary(1, 2) == 0 {
        s.oval([400, 376, 60, 12], dark);
        s.path("M352 300H448C446 350 428 374 400 374S354 350 352 300z", ACCENT_ROUND);
        s.twice(|s| {
            s.circle(378, 284, 27, leaf);
            s.circle(366, 292, 18, leaf.tint(20));
        });
        s.circle(400, 270, 26, leaf.shade(15));
        s.oval([400, 300, 48, 9], accent.shade(30));
    } else {
        s.oval([396, 382, 92, 14], dark);
        s.rect([320, 352, 152, 24], 5, accent);
        s.rect([334, 330, 130, 24], 5, paper);
        s.rect([334, 338, 130, 4], 0, accent);
        s.path("M372 282H428V316C428 336 372 336 372 316z", ROUND);
        s.oval([400, 282, 28, 7], deep);
    }
}

pub(super) fn rug(s: &mut Sketch) {
    let Palette { base, light, dark, accent, accent_light, accent_dark, paper, .. } = s.palette;
    let cloth = "M172 150H628V650H172z";
    s.turned(s.between(1, -7, 7), [400, 400], |s| {
        let fringe: String = each(0..23, |knot| format!("M{0} 126V150M{0} 650V674", 180 + knot * 20));
        s.lying_shadow("M172 130H628V670H172z");
        s.line(&fringe, paper, 6);
        s.path(cloth, base);
        s.rect([190, 168, 420, 464], 0, accent);
        s.rect([202, 180, 396, 440], 0, dark);
        s.rect([214, 192, 372, 416], 0, base);
        match s.vary(2, 3) {
            0 => {
                for row in 0..3 {
                    let y = 264 + row * 136;
                    s.path(&format!("M400 {}L540 {y} 400 {} 260 {y}z", y - 64, y + 64), accent);
                    s.path(&format!("M400 {}L500 {y} 400 {} 300 {y}z", y - 46, y + 46), paper);
                    s.path(&format!("M400 {}L460 {y} 400 {} 340 {y}z", y - 28, y + 28), accent_dark);
                    s.path(&format!("M214 {0}L250 {y} 214 {1}zM586 {0}L550 {y} 586 {1}z", y - 40, y + 40), light);
                }
            }
            1 => {
                for row in 0..6 {
                    let y = 214 + row * 64;
                    let colour =
                        [accent, light, paper, accent_light, dark, accent_dark][usize::try_from(row).unwrap_or(0)];
                    s.rect([214, y, 372, 30], 0, colour);
                    s.stitch(&format!("M214 {}H586", y + 46), paper);
                }
            }
            _ => s.within("c", "M214 192H586V608H214z", |s| {
                s.circle(300, 520, 170, light);
                s.circle(520, 290, 130, accent);
                s.circle(520, 290, 66, paper);
                s.path("M214 192H400C400 320 320 360 214 360z", accent_dark);
                s.line("M250 600C380 560 480 600 560 440", paper, 12);
            }),
        }
        s.veil("M172 150H628V650z", paper, 10);
        s.path(cloth, GLAZE);
    });
}
