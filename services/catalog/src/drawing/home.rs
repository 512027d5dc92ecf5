//! Small things that make a home.

use super::{
    colour::Palette,
    sketch::{ACCENT_ROUND, GLAZE, ROUND, Sketch},
};

pub(super) fn vase(s: &mut Sketch) {
    let Palette { light, deep, accent, accent_light, leaf, paper, .. } = s.palette;
    s.shadow([400, 670, 190, 34]);
    s.line("M396 400C390 300 380 240 330 150M400 400C402 290 408 230 420 120M404 400C420 320 450 270 510 200", leaf, 8);
    if s.vary(1, 2) == 0 {
        for (x, y) in [(330, 150), (420, 118), (512, 198)] {
            for petal in 0..6 {
                s.turned(petal * 60 + 12, [x, y], |s| s.oval([x, y - 28, 17, 26], accent));
            }
            s.circle(x, y, 16, accent_light);
        }
    } else {
        for (x, y, lean) in [(330, 150, -28), (420, 120, 5), (510, 200, 38)] {
            s.turned(lean, [x, y], |s| {
                for pair in 0..4 {
                    let y = y + pair * 40;
                    s.path(
                        &format!(
                            "M{x} {}C{} {y} {} {} {x} {}C{} {} {} {y} {x} {}z",
                            y + 24,
                            x - 40,
                            x - 46,
                            y - 30,
                            y - 4,
                            x + 46,
                            y - 30,
                            x + 40,
                            y + 24
                        ),
                        accent,
                    );
                }
                s.oval([x, y - 16, 13, 26], accent_light);
            });
        }
    }
    s.path("M396 330C350 330 316 306 306 270 350 270 384 292 396 330zM404 350C430 300 470 296 500 306 486 344 448 360 404 350z", leaf);
    let body = if s.vary(2, 2) == 0 {
        "M352 346H448C446 400 456 420 494 462 540 520 520 640 460 672H340C280 640 260 520 306 462 344 420 354 400 352 346z"
    } else {
        "M330 346H470C466 380 520 420 520 480 520 560 472 600 460 672H340C328 600 280 560 280 480 280 420 334 380 330 346z"
    };
    s.path(body, ROUND);
    s.within("c", body, |s| {
        s.line("M250 520Q400 552 550 520", accent, 16);
        s.line("M250 552Q400 584 550 552", light, 6);
    });
    s.path(body, GLAZE);
    s.veil("M326 480C306 520 312 590 340 630 326 580 330 520 350 470z", paper, 45);
    s.oval([400, 346, if s.vary(2, 2) == 0 { 48 } else { 70 }, 12], deep);
}

pub(super) fn plant(s: &mut Sketch) {
    let Palette { dark, accent, accent_light, accent_dark, leaf, paper, .. } = s.palette;
    s.shadow([400, 676, 200, 34]);
    let (bright, deep_leaf) = (leaf.tint(16), leaf.shade(26));
    if s.vary(1, 2) == 0 {
        for (lean, colour) in [(-74, deep_leaf), (70, deep_leaf), (-46, leaf), (44, leaf), (-18, bright), (22, leaf)] {
            s.turned(lean, [400, 480], |s| {
                s.path("M400 480C330 380 336 230 400 130 464 230 470 380 400 480z", colour);
                s.veil("M400 480C450 380 450 240 400 130z", deep_leaf, 35);
                s.line("M400 470V160", bright, 3);
            });
        }
    } else {
        for (lean, length, colour) in
            [(-34, 250, deep_leaf), (32, 260, deep_leaf), (-16, 330, leaf), (17, 310, bright), (1, 370, leaf)]
        {
            let tip = 490 - length;
            s.turned(lean, [400, 490], |s| {
                s.path(
                    &format!(
                        "M376 490C366 {} 380 {} 400 {tip} 424 {} 434 {} 424 490z",
                        tip + 150,
                        tip + 60,
                        tip + 60,
                        tip + 150
                    ),
                    colour,
                );
                s.line(&format!("M398 480C392 {} 396 {} 400 {}", tip + 170, tip + 90, tip + 24), accent_light, 5);
            });
        }
    }
    let pot = "M268 470H532L506 646C502 668 490 678 470 678H330C310 678 298 668 294 646z";
    s.path(pot, ROUND);
    s.within("c", pot, |s| {
        s.path("M250 566 320 530 400 566 480 530 560 566V606L480 570 400 606 320 570 250 606z", accent);
    });
    s.path(pot, GLAZE);
    s.rect([252, 452, 296, 52], 12, ROUND);
    s.rect([252, 452, 296, 52], 12, GLAZE);
    s.veil("M270 504H530L528 518H272z", dark, 90);
    s.veil("M276 462H330V494H276z", paper, 30);
    s.line("M318 640H360", accent_dark, 5);
}

pub(super) fn candle(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent, accent_light, ink, paper, .. } = s.palette;
    s.halo([400, 250], 190, "#ffe9b0", 35);
    s.shadow([400, 652, 210, 36]);
    s.line("M400 390Q396 340 402 318", ink, 7);
    s.path(
        "M402 180C440 236 450 262 446 292 442 322 424 334 402 334S360 322 358 292C356 262 376 236 402 180z",
        "#f5b14c",
    );
    s.path(
        "M402 232C422 264 430 280 426 300 424 318 414 326 402 326S380 318 378 300C376 280 384 264 402 232z",
        "#fff0c2",
    );
    if s.vary(1, 2) == 0 {
        let jar = "M252 374H548V606C548 636 530 650 500 650H300C270 650 252 636 252 606z";
        s.path(jar, ROUND);
        s.path(jar, GLAZE);
        s.oval([400, 374, 148, 30], light);
        s.oval([400, 378, 132, 23], dark);
        s.oval([400, 384, 118, 16], pale);
        s.line("M400 388V346", ink, 7);
        s.rect([304, 462, 192, 120], 6, paper);
        s.ring(400, 506, 22, accent, 5);
        s.path("M400 490 412 516H388z", accent);
        s.line("M350 548H450M372 566H428", deep, 5);
        s.veil("M270 420H288V620C276 616 270 606 270 590z", paper, 45);
    } else {
        s.path("M308 384C340 366 460 366 492 384V620H308z", ROUND);
        s.path("M308 384C340 366 460 366 492 384V620H308z", GLAZE);
        s.oval([400, 382, 92, 20], light);
        s.oval([400, 386, 60, 11], dark);
        s.line("M400 388V346", ink, 7);
        s.path("M326 388C330 430 324 480 338 480S346 440 352 430 362 520 374 520 382 440 388 400z", pale);
        s.path("M240 606H560C556 640 500 654 400 654S244 640 240 606z", ACCENT_ROUND);
        s.oval([400, 606, 160, 22], accent_light);
        s.oval([400, 606, 104, 13], accent.shade(18));
        s.path("M308 560H492V606C480 618 320 618 308 606z", base);
        s.path("M308 560H492V606C480 618 320 618 308 606z", GLAZE);
    }
}

pub(super) fn soap(s: &mut Sketch) {
    let Palette { light, dark, deep, accent, accent_dark, paper, .. } = s.palette;
    s.shadow([400, 604, 280, 40]);
    if s.vary(1, 2) == 0 {
        s.path("M120 540H680C676 580 640 604 580 604H220C160 604 124 580 120 540z", ACCENT_ROUND);
        s.oval([400, 540, 280, 34], accent.tint(18));
        s.path("M182 470C182 520 200 548 260 548H540C600 548 618 520 618 470z", deep);
        s.path("M182 440C182 376 230 352 400 352S618 376 618 440V470C618 520 580 534 400 534S182 520 182 470z", ROUND);
        s.oval([400, 434, 206, 66], light);
        s.oval([400, 434, 150, 42], dark.mix(light, 60));
        s.line("M330 436C350 410 380 462 400 434S450 412 470 436", paper, 9);
        for (x, y, size) in [(250, 318, 30), (306, 270, 18), (566, 310, 24), (520, 250, 14), (224, 250, 12)] {
            s.halo([x, y], size, "#fff", 45);
            s.ring(x, y, size, paper, 3);
            s.circle(x - size / 3, y - size / 3, size / 5, "#fff");
        }
    } else {
        s.rect([362, 168, 30, 100], 6, accent_dark);
        s.path("M250 176C250 150 282 144 320 144H430C446 144 452 156 452 168V182H340C310 182 300 190 296 212H262C252 200 250 190 250 176z", accent);
        s.rect([318, 236, 120, 54], 12, ACCENT_ROUND);
        let body = "M340 286H416C470 300 508 330 508 380V566C508 594 494 606 468 606H288C262 606 248 594 248 566V380C248 330 286 300 340 286z";
        s.path(body, ROUND);
        s.path(body, GLAZE);
        s.rect([286, 398, 184, 140], 8, paper);
        s.path("M378 418C410 452 410 480 378 486 346 480 346 452 378 418z", accent);
        s.line("M330 506H426M350 522H406", deep, 5);
        s.veil("M266 380C266 350 280 330 304 318 290 340 286 360 286 390V580C270 576 266 570 266 556z", paper, 40);
        s.halo([590, 560], 44, "#fff", 40);
        s.ring(590, 560, 44, paper, 3);
    }
}
