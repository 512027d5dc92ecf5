//! Things for outdoors and for exercise.

use super::{
    colour::Palette,
    sketch::{GLAZE, METAL, ROUND, Sketch, TOP_LIT, each},
};

pub(super) fn ball(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, paper, .. } = s.palette;
    s.shadow([400, 644, 210, 38]);
    let sphere = "M400 180A230 230 0 1 1 399 180z";
    let kind = s.vary(1, 3);
    s.path(sphere, if kind == 0 { paper.to_string() } else { ROUND.to_owned() });
    let lean = s.between(2, -20, 20);
    s.within("c", sphere, |s| {
        s.turned(lean, [400, 410], |s| match kind {
            0 => {
                s.path("M400 336 470 387 443 470H357L330 387z", base);
                for side in 0..5 {
                    s.turned(side * 72, [400, 410], |s| {
                        s.line("M400 336V262", dark, 7);
                        s.path("M400 262 340 226 352 150H448L460 226z", if side % 2 == 0 { accent } else { base });
                        s.line("M340 226 296 262M460 226 504 262", dark, 7);
                    });
                }
            }
            1 => s.line(
                "M150 410H650M400 160V660M236 220C330 330 330 490 236 600M564 220C470 330 470 490 564 600",
                deep,
                9,
            ),
            _ => {
                s.path("M150 330C320 400 480 400 650 330V490C480 420 320 420 150 490z", accent);
                s.path("M330 160C400 330 400 490 330 660H470C400 490 400 330 470 160z", paper);
                s.line("M150 330C320 400 480 400 650 330M150 490C320 420 480 420 650 490", light, 5);
            }
        });
    });
    s.path(sphere, GLAZE);
    s.veil(
        "M180 460C220 590 340 640 440 634 560 620 640 500 626 380 616 560 480 610 380 590 280 570 220 520 180 460z",
        deep,
        35,
    );
    s.veil("M250 330C270 270 320 226 380 220 330 250 300 290 290 350 270 360 250 350 250 330z", "#fff", 50);
}

/// A bicycle's wheel about a hub.
fn wheel(s: &mut Sketch, x: i32, y: i32) {
    let Palette { ink, metal, metal_dark, accent, .. } = s.palette;
    // One broad ring, dashed, is all the spokes at once.
    s.raw(r#"<g stroke-dasharray="1 22">"#);
    s.ring(x, y, 59, metal, 118);
    s.raw("</g>");
    s.ring(x, y, 128, ink, 16);
    s.ring(x, y, 116, metal_dark, 6);
    s.circle(x, y, 13, accent);
}

pub(super) fn bicycle(s: &mut Sketch) {
    let Palette { base, light, dark, accent, accent_dark, ink, metal, metal_dark, wood, wood_dark, .. } = s.palette;
    s.shadow([400, 622, 350, 30]);
    wheel(s, 208, 480);
    wheel(s, 592, 480);
    s.line("M76 470A134 134 0 0 1 260 358M726 470A134 134 0 0 0 540 358", accent, 9);
    s.line("M208 480H370", metal_dark, 5);
    s.line("M208 480 310 290M370 480 300 262M310 300H540M370 480 548 326", dark, 20);
    s.line("M208 480H370M208 480 308 286M370 480 298 258M308 296H540M370 480 546 322", base, 15);
    s.line("M312 292H530", light, 4);
    s.line("M530 250 592 480", base, 15);
    s.line("M530 250 520 218", metal, 12);
    s.line("M470 214C500 200 520 212 540 206S580 190 560 170", metal_dark, 12);
    s.line("M470 214 492 207", wood_dark, 20);
    s.path(
        "M236 236C250 222 340 228 356 234 366 240 356 250 340 250 310 254 300 264 270 266 240 266 226 248 236 236z",
        wood,
    );
    s.path("M236 236C250 222 340 228 356 234L340 240C300 236 260 236 236 244z", wood_dark);
    if s.vary(1, 2) == 0 {
        s.path("M556 232H676L660 326C658 334 654 338 646 338H584C576 338 572 334 570 326z", wood);
        s.line("M566 262H668M570 292H664M592 236 598 334M616 236V334M642 236 634 334", wood_dark, 5);
        s.rect([548, 222, 136, 18], 9, accent_dark);
    } else {
        s.circle(572, 268, 20, metal_dark);
        s.circle(576, 266, 15, "#fff3c4");
    }
    s.circle(370, 480, 34, metal_dark);
    s.circle(370, 480, 26, accent);
    s.circle(370, 480, 9, ink);
    s.line("M370 480 400 536", metal_dark, 9);
    s.line("M382 540H420", ink, 13);
}

pub(super) fn tent(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, leaf, wood_dark, .. } = s.palette;
    s.twice(|s| {
        s.path("M96 300 150 400H126L176 480H136V560H110V480H20L70 400H44z", leaf.mix(s.palette.sky, 35));
    });
    s.path("M210 190 250 270H232L270 340H226V400H200V340H150L186 270H168z", leaf.mix(s.palette.sky, 58));
    s.shadow([400, 626, 370, 38]);
    s.line("M120 600 60 634M680 600 740 634M400 220 400 180", wood_dark, 5);
    s.path("M400 214 540 190 724 600 600 616 400 400z", dark);
    s.path("M400 214C330 350 220 520 116 616H684C580 520 470 350 400 214z", TOP_LIT);
    s.path("M400 214C330 350 220 520 116 616H220C300 510 370 360 400 214z", light);
    s.path("M400 330C372 440 330 540 282 616H518C470 540 428 440 400 330z", deep);
    s.path("M400 400C388 480 366 560 340 616H460C434 560 412 480 400 400z", accent_light);
    s.veil("M400 430C394 490 384 560 372 616H428C416 560 406 490 400 430z", accent, 80);
    s.path("M400 330C372 440 330 540 282 616L240 610C300 530 364 420 400 330z", accent);
    s.path("M400 330C428 440 470 540 518 616L560 610C500 530 436 420 400 330z", accent.shade(16));
    s.line("M400 214C330 350 220 520 116 616M400 214C470 350 580 520 684 616", base.shade(30), 7);
    s.path("M400 180 446 194 400 210z", accent);
    if s.vary(1, 2) == 0 {
        s.turned(14, [610, 640], |s| s.line("M560 650 660 640", wood_dark, 16));
        s.turned(-14, [610, 640], |s| s.line("M560 640 660 650", wood_dark, 16));
        s.path("M610 560C640 596 644 612 634 630 624 644 596 644 588 630 580 612 592 590 610 560z", "#f0a04a");
        s.path("M610 596C624 612 626 622 620 632 614 638 604 638 600 632 596 622 600 612 610 596z", "#ffe9ad");
    } else {
        s.circle(606, 150, 46, accent_light);
    }
}

pub(super) fn yogamat(s: &mut Sketch) {
    let Palette { base, light, dark, crease, deep, accent, accent_dark, .. } = s.palette;
    s.shadow([400, 640, 340, 40]);
    s.path("M230 520 640 560C700 566 730 600 730 620L250 640z", dark);
    s.path("M226 500C360 540 560 560 730 612L728 628C560 610 360 630 226 640z", light);
    s.turned(s.between(1, -6, -2), [400, 480], |s| {
        let roll = "M196 350H604C660 350 690 420 690 492S660 634 604 634H196z";
        s.path(roll, TOP_LIT);
        s.within("c", roll, |s| {
            s.veil("M180 560H700V640H180z", deep, 45);
            s.veil("M180 372H700V396H180z", light, 70);
            let grain: String = each(0..7, |row| format!("M280 {}H690", 410 + row * 26));
            s.raw(r#"<g opacity=".3" stroke-dasharray="1 13">"#);
            s.line(&grain, crease, 4);
            s.raw("</g>");
            for x in [340, 560] {
                s.path(&format!("M{x} 340h44c40 60 40 250 0 300h-44c40-60 40-240 0-300z"), accent);
                s.veil(&format!("M{x} 560h60l-16 80h-44c16-20 26-50 32-80z"), accent_dark, 70);
            }
        });
        s.line("M384 350C420 240 540 240 566 350", accent_dark, 16);
        s.line("M384 346C420 236 540 236 566 346", accent, 10);
        s.oval([196, 492, 92, 142], dark);
        s.oval([196, 492, 86, 136], base);
        for (rx, ry) in [(70, 114), (54, 90), (38, 66), (22, 42)] {
            s.raw(&format!(
                r#"<ellipse cx="196" cy="492" rx="{rx}" ry="{ry}" fill="none" stroke="{crease}" stroke-width="5"/>"#
            ));
        }
        s.oval([196, 492, 9, 22], crease);
    });
}

pub(super) fn bottle(s: &mut Sketch) {
    let Palette { light, dark, deep, accent, accent_dark, accent_light, metal_light, paper, .. } = s.palette;
    s.shadow([400, 690, 170, 32]);
    s.rect([352, 96, 96, 84], 16, METAL);
    s.line("M372 110C350 60 450 60 428 110", accent_dark, 14);
    s.rect([344, 132, 112, 66], 12, accent);
    s.rect([344, 132, 112, 66], 12, GLAZE);
    s.rect([356, 194, 88, 22], 4, METAL);
    let body = "M356 214H444C450 254 520 268 520 344V640C520 672 504 688 474 688H326C296 688 280 672 280 640V344C280 268 350 254 356 214z";
    s.path(body, ROUND);
    let kind = s.vary(1, 3);
    s.within("c", body, |s| match kind {
        0 => {
            s.path("M270 560C340 520 400 600 530 540V700H270z", accent);
            s.path("M270 610C340 570 420 650 530 590V700H270z", accent_dark);
        }
        1 => {
            s.rect([270, 380, 260, 150], 0, accent);
            s.path("M400 402C440 446 440 500 400 508 360 500 360 446 400 402z", paper);
            s.line("M386 470C388 486 396 490 404 490", accent_dark, 6);
        }
        _ => {
            s.path("M270 690 360 500 420 590 460 530 540 690z", accent);
            s.path("M360 500 388 542 362 566 338 548z", accent_light);
            s.circle(450, 430, 26, accent_light);
        }
    });
    s.path(body, GLAZE);
    s.veil("M304 360C304 320 330 300 346 284 336 310 330 340 330 370V640C312 640 304 630 304 610z", metal_light, 50);
    s.line("M284 660H516", dark, 5);
    s.line("M348 236Q400 248 452 236", deep, 4);
    s.line("M340 250Q400 264 460 250", light, 3);
}
