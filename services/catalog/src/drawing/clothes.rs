//! Clothes.

use super::{
    colour::Palette,
    sketch::{GLAZE, Sketch, TOP_LIT, each},
};

pub(super) fn tshirt(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, .. } = s.palette;
    let shirt = "M310 152C340 190 460 190 490 152L566 176C600 188 622 206 640 236L708 352 616 406 576 350C572 440 576 560 584 660 470 680 330 680 216 660 224 560 228 440 224 350L184 406 92 352 160 236C178 206 200 188 234 176z";
    s.lying_shadow(shirt);
    s.path("M310 152C340 128 460 128 490 152 460 190 340 190 310 152z", deep);
    s.path(shirt, TOP_LIT);
    s.path(shirt, GLAZE);
    s.twice(|s| {
        s.veil("M224 350C220 300 214 270 200 240 222 280 240 340 242 420 246 520 240 600 232 662L216 660C224 560 228 440 224 350z", dark, 90);
        s.line("M104 346 190 396", light, 4);
        s.line("M234 182C216 230 214 280 222 340", dark, 4);
    });
    s.veil("M330 660C350 560 330 480 300 420 340 460 372 560 360 668zM520 664C500 600 520 520 548 470 530 540 536 600 552 662z", deep, 35);
    s.line("M308 156C336 204 464 204 492 156", dark, 18);
    s.line("M304 160C334 214 466 214 496 160", light, 3);
    s.stitch("M222 646C330 664 470 664 578 646", light);
    match s.vary(1, 4) {
        0 => {
            s.circle(400, 380, 78, accent);
            s.path("M322 380A78 78 0 0 0 478 380C440 356 400 404 322 380z", deep);
            s.veil("M336 424C370 400 430 440 464 424 440 470 360 470 336 424z", accent_light, 90);
        }
        1 => {
            for row in 0..4 {
                let y = 320 + row * 46;
                s.line(&format!("M228 {y}C340 {} 460 {} 572 {y}", y + 14, y + 14), accent, 18);
            }
        }
        2 => {
            s.path("M300 460 372 330 414 400 440 362 500 460z", accent);
            s.path("M372 330 400 376 376 392 360 374 344 380z", accent_light);
            s.circle(466, 322, 22, accent_light);
        }
        _ => {
            s.path("M452 300H524V366C524 386 488 396 488 396S452 386 452 366z", accent);
            s.line("M452 318H524", base.shade(20), 4);
        }
    }
}

pub(super) fn sweater(s: &mut Sketch) {
    let Palette { crease, light, dark, deep, accent, accent_dark, paper, .. } = s.palette;
    let body = "M302 148C340 170 460 170 498 148L560 172C606 190 634 230 648 290L704 590 620 618 572 410C574 500 578 580 576 666 470 680 330 680 224 666 222 580 226 500 228 410L180 618 96 590 152 290C166 230 194 190 240 172z";
    s.lying_shadow(body);
    s.path("M302 148C340 120 460 120 498 148 460 186 340 186 302 148z", deep);
    s.path(body, TOP_LIT);
    let pattern = s.vary(1, 3);
    s.within("c", body, |s| {
        match pattern {
            0 => {
                for (y, colour) in [(280, accent), (330, paper)] {
                    let zigzag: String = each(0..17, |step| format!("L{} {}", 60 + step * 40, y + (step % 2) * 34));
                    s.line(&format!("M60 {y}{zigzag}"), colour, 12);
                }
                let dots: String = each(0..16, |step| format!("M{} 402h1", 90 + step * 40));
                s.line(&dots, accent, 14);
            }
            1 => {
                for y in [290, 372, 454, 536] {
                    s.rect([90, y, 620, 36], 0, accent);
                }
            }
            _ => {
                let twist = "t0 56".repeat(8);
                for x in [310, 400, 490] {
                    s.line(&format!("M{x} 170q44 28 0 56{twist}M{x} 170q-44 28 0 56{twist}"), crease, 8);
                }
                s.line("M355 176V650M445 176V650", light, 4);
            }
        }
        s.raw(r#"<g opacity=".28" stroke-dasharray="7 6">"#);
        let knit: String = each(0..30, |row| format!("M90 {}H710", 190 + row * 16));
        s.line(&knit, dark, 3);
        s.raw("</g>");
    });
    s.path(body, GLAZE);
    s.twice(|s| {
        s.veil("M228 410C228 340 222 300 208 264 236 320 246 400 244 480 242 560 240 620 238 668L224 666C222 580 226 500 228 410z", deep, 50);
        s.path("M98 580 190 606 180 640C178 650 172 654 162 652L102 634C92 630 88 624 90 614z", accent_dark);
    });
    s.path(
        "M222 640C330 658 470 658 578 640V684C578 694 574 700 562 702 460 714 340 714 238 702 226 700 222 694 222 684z",
        accent_dark,
    );
    let ribs: String = each(0..17, |rib| format!("M{0} 660V698", 240 + rib * 20));
    s.line(&ribs, accent, 5);
    s.line("M300 152C336 198 464 198 500 152", accent_dark, 28);
    s.line("M300 150C336 192 464 192 500 150", accent, 5);
}

pub(super) fn dress(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, metal, metal_dark, paper, .. } = s.palette;
    s.line("M400 134C400 116 424 118 424 98S392 72 384 92", metal_dark, 6);
    s.line("M290 186 400 134 510 186", metal, 10);
    let gown = "M318 168 338 166C346 236 454 236 462 166L482 168C488 220 500 244 524 262 514 310 502 350 496 392 540 490 576 580 604 668 470 706 330 706 196 668 224 580 260 490 304 392 298 350 286 310 276 262 300 244 312 220 318 168z";
    s.lying_shadow(gown);
    s.path(gown, TOP_LIT);
    let pattern = s.vary(1, 3);
    s.within("c", gown, |s| {
        if pattern == 0 {
            let spot = |spot: i32| format!("M{} {}h1", 214 + spot % 6 * 74 + spot / 6 % 2 * 37, 270 + spot / 6 * 76);
            s.line(&each(0..36, spot), accent, 20);
        } else if pattern == 1 {
            s.path("M180 600C330 650 470 650 620 600V720H180z", accent);
            s.line("M190 584C330 634 470 634 610 584", paper, 6);
        } else {
            let places = [(330, 300), (440, 330), (360, 470), (480, 500), (280, 570), (400, 600), (540, 620)];
            let petals = |(x, y)| format!("M{x} {y}v-15m0 15l14-5m-14 5l9 12m-9-12l-9 12m9-12l-14-5");
            s.line(&places.map(petals).concat(), accent, 17);
            s.line(&places.map(|(x, y)| format!("M{x} {y}h1")).concat(), paper, 13);
        }
    });
    s.path(gown, GLAZE);
    s.veil("M340 400C320 500 290 600 270 684L300 692C320 600 340 500 352 400zM420 400C424 500 430 600 440 696L480 692C462 600 446 500 436 400zM486 400C510 500 546 600 566 680L590 672C560 580 530 480 494 398z", deep, 38);
    s.line("M338 170C346 240 454 240 462 170", light, 5);
    s.path("M303 380C360 396 440 396 497 380L500 412C440 428 360 428 300 412z", accent);
    s.path(
        "M400 400C372 376 350 384 352 402S376 424 400 404C424 424 448 420 448 402S428 376 400 400z",
        accent.shade(22),
    );
    s.line("M398 406 380 458M402 406 424 450", accent.shade(22), 9);
    s.line("M196 662C330 698 470 698 604 662", dark.mix(base, 50), 6);
}

pub(super) fn jeans(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent, accent_light, .. } = s.palette;
    let legs = "M262 130H538C552 240 576 420 588 676 550 690 500 690 458 682L410 352H390L342 682C300 690 250 690 212 676 224 420 248 240 262 130z";
    s.lying_shadow(legs);
    s.path("M262 130H538L534 156H266z", deep);
    s.path(legs, TOP_LIT);
    s.path(legs, GLAZE);
    s.within("c", legs, |s| {
        s.twice(|s| {
            s.veil("M282 250C252 360 258 520 268 640 300 560 330 400 330 300 320 270 300 250 282 250z", pale, 24);
            s.stitch("M252 200C236 380 226 540 224 680", accent_light);
            s.stitch("M384 360 334 680", accent_light);
            s.path("M200 640C260 654 310 654 350 640V700H200z", light);
            s.line("M206 640C260 656 310 656 350 642", deep, 5);
        });
    });
    s.path("M258 128C340 142 460 142 542 128L548 176C460 190 340 190 252 176z", dark);
    s.stitch("M258 168C340 180 460 180 542 168", accent_light);
    for x in [296, 494] {
        s.rect([x, 124, 14, 62], 3, base);
    }
    s.line("M400 188V352", deep, 6);
    s.stitch("M412 188C440 260 440 320 408 330", accent_light);
    s.twice(|s| {
        s.line("M322 184C322 240 290 254 246 250", deep, 6);
        s.stitch("M332 186C332 252 292 266 246 262", accent_light);
    });
    s.circle(400, 160, 12, accent);
    s.circle(397, 157, 5, accent_light);
    if s.vary(1, 2) == 0 {
        s.path("M452 136 500 133 503 174 455 178z", accent);
        s.line("M464 150H490M466 162H482", deep, 4);
    }
}
