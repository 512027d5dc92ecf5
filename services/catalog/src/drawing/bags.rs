//! Bags.

use super::{
    colour::Palette,
    sketch::{GLAZE, Sketch, TOP_LIT},
};

pub(super) fn backpack(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_dark, metal_light, .. } = s.palette;
    s.shadow([400, 668, 250, 40]);
    s.line("M352 178C352 112 448 112 448 178", deep, 20);
    s.twice(|s| s.path("M262 420C206 424 196 474 200 552 202 600 226 626 272 630z", deep));
    let body = "M400 152C522 152 566 232 572 340L584 592C586 640 562 664 520 664H280C238 664 214 640 216 592L228 340C234 232 278 152 400 152z";
    s.path(body, TOP_LIT);
    s.path(body, GLAZE);
    s.stitch("M262 372C268 248 318 186 400 186S532 248 538 372", light);
    let flap = "M236 324C252 214 312 152 400 152S548 214 564 324C566 376 552 396 516 400H284C248 396 234 376 236 324z";
    s.veil("M236 344C238 398 256 416 284 418H516C544 416 562 398 564 344z", deep, 40);
    s.path(flap, base);
    s.veil("M262 300C280 214 330 176 400 176 330 200 290 240 282 320z", light, 70);
    s.stitch("M258 340C260 368 268 380 292 382H508C532 380 540 368 542 340", light);
    s.path("M276 470H524C540 470 548 480 548 494V598C548 622 536 634 512 634H288C264 634 252 622 252 598V494C252 480 260 470 276 470z", dark);
    s.line("M266 502H534", deep, 6);
    s.line("M300 502V532", accent, 8);
    s.twice(|s| {
        s.rect([308, 330, 34, 190], 8, accent);
        s.rect([308, 490, 34, 30], 8, accent_dark);
        s.rect([302, 424, 46, 36], 8, metal_light);
        s.rect([312, 434, 26, 16], 3, accent_dark);
    });
    if s.vary(1, 2) == 0 {
        s.rect([372, 244, 56, 56], 10, accent);
        s.path("M386 284 400 258 414 284z", base);
    } else {
        s.circle(400, 272, 30, accent);
        s.ring(400, 272, 18, base, 5);
    }
}

pub(super) fn tote(s: &mut Sketch) {
    let Palette { base, light, pale, dark, deep, accent, accent_dark, .. } = s.palette;
    s.shadow([400, 664, 270, 38]);
    s.line("M316 330C316 96 484 96 484 330", accent_dark, 22);
    let body = "M206 296H594L622 626C624 650 612 662 590 662H210C188 662 176 650 178 626z";
    s.path(body, TOP_LIT);
    s.path("M206 296H594L597 336H203z", dark);
    s.veil("M594 296 622 626C624 650 612 662 590 662H540C568 620 566 460 552 336z", deep, 30);
    s.veil("M262 660C250 560 254 450 276 340L250 336C230 460 226 570 240 660z", light, 60);
    s.stitch("M206 346H594", pale);
    s.line("M300 350C296 158 504 158 500 350", accent, 24);
    s.twice(|s| {
        s.rect([282, 330, 40, 60], 6, accent);
        s.stitch("M290 340V380H314V340z", pale);
    });
    match s.vary(1, 3) {
        0 => {
            s.circle(400, 506, 74, accent);
            s.path("M400 446C436 478 436 534 400 566 364 534 364 478 400 446z", base);
            s.line("M400 462V552", accent, 5);
        }
        1 => {
            for row in 0..3 {
                let y = 458 + row * 44;
                s.line(&format!("M288 {y}Q316 {} 344 {y}T400 {y} 456 {y} 512 {y}", y - 40), accent, 13);
            }
        }
        _ => {
            s.path("M320 576C320 476 360 436 400 436S480 476 480 576z", accent);
            s.path("M356 576C356 516 376 490 400 490S444 516 444 576z", base);
        }
    }
}
