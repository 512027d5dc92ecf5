//! The sheet on which a picture is drawn: shapes, variation by seed, and the frame around it all.

use std::{
    fmt::{Display, Write as _},
    ops::Range,
};

use super::colour::Palette;

/// The base colour, lit from the left as a round body is.
pub(super) const ROUND: &str = "url(#r)";
/// The base colour, lit from above.
pub(super) const TOP_LIT: &str = "url(#t)";
/// The accent colour, lit from the left.
pub(super) const ACCENT_ROUND: &str = "url(#a)";
/// Polished metal, lit from the left.
pub(super) const METAL: &str = "url(#m)";
/// Light falling on whatever is below, and shade at its right edge.
pub(super) const GLAZE: &str = "url(#g)";

/// One piece of a path per number, strung together.
pub(super) fn each(numbers: Range<i32>, piece: impl FnMut(i32) -> String) -> String {
    numbers.map(piece).collect()
}

/// A sheet of 800 by 800 units in the making.
pub(super) struct Sketch {
    body: String,
    seed: u32,
    pub palette: Palette,
}

impl Sketch {
    pub(super) fn new(palette: Palette, seed: u32) -> Self {
        Self { body: String::with_capacity(4096), seed, palette }
    }

    /// A number below `choices` that depends on the seed and on what it is for.
    pub(super) fn vary(&self, purpose: u32, choices: u32) -> u32 {
        let mut bits = self.seed.wrapping_mul(0x9E37_79B1) ^ purpose.wrapping_mul(0x85EB_CA6B);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
        bits = (bits ^ (bits >> 13)).wrapping_mul(0x297A_2D39);
        (bits ^ (bits >> 16)) % choices.max(1)
    }

    /// A number between two bounds, inclusive, that depends on the seed.
    pub(super) fn between(&self, purpose: u32, low: i32, high: i32) -> i32 {
        let width = u32::try_from(high - low + 1).unwrap_or(1);
        low + i32::try_from(self.vary(purpose, width)).unwrap_or(0)
    }

    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    pub(super) fn path(&mut self, d: &str, fill: impl Display) {
        self.put(format_args!(r#"<path d="{d}" fill="{fill}"/>"#));
    }

    /// A path that lets what is below shine through; opacity in percent.
    pub(super) fn veil(&mut self, d: &str, fill: impl Display, opacity: u32) {
        self.put(format_args!(r#"<path d="{d}" fill="{fill}" opacity=".{opacity:02}"/>"#));
    }

    /// A round-ended line.
    pub(super) fn line(&mut self, d: &str, colour: impl Display, width: i32) {
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>"#
        ));
    }

    /// A thin dashed line, as thread makes.
    pub(super) fn stitch(&mut self, d: &str, colour: impl Display) {
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="10 7" opacity=".75"/>"#
        ));
    }

    /// A rectangle `[x, y, width, height]` with corners of the given radius.
    pub(super) fn rect(&mut self, [x, y, width, height]: [i32; 4], radius: i32, fill: impl Display) {
        self.put(format_args!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}"/>"#
        ));
    }

    pub(super) fn circle(&mut self, x: i32, y: i32, radius: i32, fill: impl Display) {
        self.put(format_args!(r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>"#));
    }

    /// A circle of light; opacity in percent.
    pub(super) fn halo(&mut self, [x, y]: [i32; 2], radius: i32, fill: impl Display, opacity: u32) {
        self.put(format_args!(r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" opacity=".{opacity:02}"/>"#));
    }

    /// Outlines filled and made rounder and larger by half a thickness, many at once.
    pub(super) fn pads(&mut self, d: &str, colour: impl Display, thickness: i32) {
        self.put(format_args!(
            r#"<path d="{d}" fill="{colour}" stroke="{colour}" stroke-width="{thickness}" stroke-linejoin="round"/>"#
        ));
    }

    pub(super) fn ring(&mut self, x: i32, y: i32, radius: i32, colour: impl Display, width: i32) {
        self.put(format_args!(
            r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{colour}" stroke-width="{width}"/>"#
        ));
    }

    /// An ellipse `[centre x, centre y, x radius, y radius]`.
    pub(super) fn oval(&mut self, [x, y, rx, ry]: [i32; 4], fill: impl Display) {
        self.put(format_args!(r#"<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}"/>"#));
    }

    /// The shadow that a thing casts on the floor, where an ellipse would be.
    pub(super) fn shadow(&mut self, at: [i32; 4]) {
        self.oval(at, "url(#s)");
    }

    /// The shadow of something that lies flat: its outline, twice, a little lower.
    pub(super) fn lying_shadow(&mut self, d: &str) {
        let deep = self.palette.deep;
        for drop in [10, 22] {
            self.put(format_args!(
                r#"<path d="{d}" fill="{deep}" opacity=".1" transform="translate({} {drop})"/>"#,
                drop / 2
            ));
        }
    }

    /// Draws within an outline only. The name must be unlike any other in the picture.
    pub(super) fn within(&mut self, name: &str, d: &str, draw: impl FnOnce(&mut Self)) {
        self.put(format_args!(r#"<clipPath id="{name}"><path d="{d}"/></clipPath><g clip-path="url(#{name})">"#));
        draw(self);
        self.raw("</g>");
    }

    /// Draws turned by whole degrees about a point.
    pub(super) fn turned(&mut self, degrees: i32, [x, y]: [i32; 2], draw: impl FnOnce(&mut Self)) {
        self.put(format_args!(r#"<g transform="rotate({degrees} {x} {y})">"#));
        draw(self);
        self.raw("</g>");
    }

    /// Draws mirrored about the middle of the sheet.
    pub(super) fn mirrored(&mut self, draw: impl FnOnce(&mut Self)) {
        self.raw(r#"<g transform="matrix(-1 0 0 1 800 0)">"#);
        draw(self);
        self.raw("</g>");
    }

    /// Draws once as it is and once mirrored.
    pub(super) fn twice(&mut self, draw: impl Fn(&mut Self)) {
        draw(self);
        self.mirrored(draw);
    }

    /// The whole picture: gradients that are used, backdrop, and the drawing, which some seeds show mirrored.
    pub(super) fn finish(self) -> String {
        let Palette { sky, floor, .. } = self.palette;
        let (glow_x, glow_y) = (self.between(901, 330, 470), self.between(902, 330, 390));
        let mut svg = String::with_capacity(self.body.len() + 2048);
        svg.push_str(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" width="800" height="800"><defs>"#,
        );
        svg.push_str(&self.gradients());
        svg.push_str("</defs>");
        let frame = if self.vary(903, 2) == 0 { "<g>" } else { r#"<g transform="matrix(-1 0 0 1 800 0)">"# };
        let _infallible = write!(
            svg,
            r#"<rect width="800" height="800" fill="url(#k)"/><circle cx="{glow_x}" cy="{glow_y}" r="310" fill="{}" opacity=".5"/><path d="M0 640Q400 612 800 640V800H0z" fill="{}" opacity=".35"/>{frame}{}</g></svg>"#,
            sky.tint(55),
            floor.shade(6),
            self.body
        );
        svg
    }

    fn gradients(&self) -> String {
        let Palette { base, light, dark, deep, accent, accent_light, accent_dark, sky, floor, .. } = self.palette;
        let Palette { metal, metal_light, metal_dark, .. } = self.palette;
        let across = |name: &str, stops: &str| format!(r#"<linearGradient id="{name}">{stops}</linearGradient>"#);
        let down =
            |name: &str, stops: &str| format!(r#"<linearGradient id="{name}" x2="0" y2="1">{stops}</linearGradient>"#);
        let three = |first: &dyn Display, second: &dyn Display, third: &dyn Display| {
            format!(
                r#"<stop stop-color="{first}"/><stop offset=".45" stop-color="{second}"/><stop offset="1" stop-color="{third}"/>"#
            )
        };
        let glaze = r##"<stop stop-color="#fff" stop-opacity=".28"/><stop offset=".4" stop-color="#fff" stop-opacity="0"/><stop offset=".6" stop-color="#181630" stop-opacity="0"/><stop offset="1" stop-color="#181630" stop-opacity=".26"/>"##;
        let shadow = format!(
            r#"<radialGradient id="s"><stop stop-color="{deep}" stop-opacity=".5"/><stop offset=".6" stop-color="{deep}" stop-opacity=".25"/><stop offset="1" stop-color="{deep}" stop-opacity="0"/></radialGradient>"#
        );
        let known = [
            ("url(#r)", across("r", &three(&light, &base, &dark))),
            ("url(#t)", down("t", &three(&light, &base, &dark))),
            ("url(#a)", across("a", &three(&accent_light, &accent, &accent_dark))),
            ("url(#m)", across("m", &three(&metal_light, &metal, &metal_dark))),
            ("url(#g)", across("g", glaze)),
            ("url(#s)", shadow),
        ];
        let mut gradients = down("k", &three(&sky.tint(30), &sky, &floor));
        for (reference, gradient) in known {
            if self.body.contains(reference) {
                gradients.push_str(&gradient);
            }
        }
        gradients
    }

    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _infallible = self.body.write_fmt(markup);
    }
}
