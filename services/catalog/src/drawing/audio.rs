//! Things that sound.

use super::{
    colour::Palette,
    sketch::{GLAZE, ROUND, Sketch, TOP_LIT, each},
};

pub(super) fn headphones(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, ink, metal_dark, metal_light, .. } = s.palette;
    s.shadow([400, 668, 280, 36]);
    s.line("M196 470C176 240 280 150 400 150S624 240 604 470", dark, 44);
    s.line("M194 464C174 236 280 142 400 142S626 236 606 464", base, 34);
    s.line("M214 330C240 220 310 170 400 166", light, 8);
    s.line("M282 196C340 160 460 160 518 196", deep, 20);
    s.twice(|s| {
        s.rect([176, 392, 34, 90], 12, metal_dark);
        s.rect([176, 392, 18, 90], 9, metal_light);
        s.path("M224 446C276 446 296 490 296 548S276 650 224 650z", ink);
        s.path("M238 450C276 452 288 496 288 548S276 644 238 646z", ink.tint(16));
        s.path("M160 470C172 440 206 434 232 440 244 444 248 456 248 470V626C248 640 244 652 232 656 206 662 172 656 160 626 146 580 146 516 160 470z", ROUND);
        s.path("M160 470C172 440 206 434 232 440 244 444 248 456 248 470V626C248 640 244 652 232 656 206 662 172 656 160 626 146 580 146 516 160 470z", GLAZE);
        s.oval([196, 548, 24, 62], accent);
        s.oval([194, 548, 14, 46], accent.tint(25));
    });
}

pub(super) fn speaker(s: &mut Sketch) {
    let Palette { base, light, dark, deep, accent, accent_light, ink, metal_dark, paper, wood, wood_dark, .. } =
        s.palette;
    s.shadow([400, 668, 230, 36]);
    if s.vary(1, 2) == 0 {
        s.path("M570 140 606 164V640L570 664z", wood_dark);
        s.rect([226, 130, 352, 536], 22, wood);
        s.rect([244, 148, 316, 500], 12, TOP_LIT);
        for (y, radius) in [(262, 70), (482, 126)] {
            s.circle(402, y + 4, radius + 10, deep);
            s.circle(402, y, radius + 8, metal_dark);
            s.circle(402, y, radius, ink);
            s.circle(402, y, radius * 4 / 5, ink.tint(14));
            s.circle(402, y, radius * 2 / 5, accent);
            s.oval([402 - radius / 8, y - radius / 7, radius / 5, radius / 6], accent_light);
        }
        s.line("M280 172V300", light, 7);
    } else {
        let body = "M258 250C258 170 320 140 400 140S542 170 542 250V560C542 640 480 668 400 668S258 640 258 560z";
        s.path(body, ROUND);
        s.within("c", body, |s| {
            s.raw(r#"<g stroke-dasharray="1 15">"#);
            let holes: String = each(0..23, |row| format!("M{} {}H550", 250 + (row % 2) * 8, 256 + row * 15));
            s.line(&holes, deep, 6);
            s.raw("</g>");
            s.rect([250, 566, 300, 26], 0, accent);
        });
        s.path(body, GLAZE);
        s.oval([400, 212, 130, 56], dark);
        s.oval([400, 206, 126, 52], base);
        s.oval([400, 206, 92, 36], deep);
        s.ring(400, 206, 20, accent_light, 5);
        s.line("M330 206H356M444 206H470M457 198V214", paper, 5);
    }
}
