//! Colours, and the tones that a picture makes of its two.

use std::fmt;

/// An opaque colour; displays as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(u8, u8, u8);

/// What lit surfaces lean to: a warm white.
const LIGHT: Colour = Colour(255, 250, 240);
/// What surfaces in the shade lean to: blue, for black would look dirty.
const SHADE: Colour = Colour(24, 22, 48);

impl Colour {
    /// Reads six hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |from: usize| u8::from_str_radix(text.get(from..from + 2)?, 16).ok();
        Some(Self(channel(0)?, channel(2)?, channel(4)?))
    }

    /// The colour `percent` of the way to another.
    pub(super) fn mix(self, other: Self, percent: u8) -> Self {
        let share = u16::from(percent.min(100));
        let blend = |from: u8, to: u8| {
            let sum = u16::from(from) * (100 - share) + u16::from(to) * share;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    /// The colour in more light.
    pub(super) fn tint(self, percent: u8) -> Self {
        self.mix(LIGHT, percent)
    }

    /// The colour in less light.
    pub(super) fn shade(self, percent: u8) -> Self {
        self.mix(SHADE, percent)
    }

    /// How bright the eye finds it, 0 to 255.
    pub(super) fn brightness(self) -> u32 {
        (u32::from(self.0) * 30 + u32::from(self.1) * 59 + u32::from(self.2) * 11) / 100
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The tones of one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub base: Colour,
    /// The base in light, and in strong light.
    pub light: Colour,
    pub pale: Colour,
    /// The base in shade, and in deep shade.
    pub dark: Colour,
    pub deep: Colour,
    pub accent: Colour,
    pub accent_light: Colour,
    pub accent_dark: Colour,
    /// A line that shows on the base, however dark.
    pub crease: Colour,
    /// Nearly black and nearly white, both a little tinted.
    pub ink: Colour,
    pub paper: Colour,
    pub wood: Colour,
    pub wood_dark: Colour,
    pub metal: Colour,
    pub metal_light: Colour,
    pub metal_dark: Colour,
    pub leaf: Colour,
    /// The backdrop, from its top to the floor.
    pub sky: Colour,
    pub floor: Colour,
}

impl Palette {
    pub(super) fn new(base: Colour, accent: Colour) -> Self {
        // Black has no shade: lift it, so that folds and edges stay visible.
        let lift = |colour: Colour| if colour.brightness() < 36 { colour.tint(14) } else { colour };
        let (base, accent) = (lift(base), lift(accent));
        // A pale thing stands out from a backdrop darker than itself.
        let sky = if base.brightness() > 205 { base.shade(13) } else { base.tint(83) };
        Self {
            base,
            light: base.tint(22),
            pale: base.tint(55),
            dark: base.shade(22),
            deep: base.shade(45),
            crease: if base.brightness() < 60 { base.tint(30) } else { base.shade(40) },
            accent,
            accent_light: accent.tint(35),
            accent_dark: accent.shade(25),
            ink: Colour(38, 37, 46).mix(base, 12),
            paper: Colour(252, 248, 241).mix(base, 3),
            wood: Colour(205, 160, 112),
            wood_dark: Colour(160, 116, 76),
            metal: Colour(196, 202, 208),
            metal_light: Colour(236, 239, 241),
            metal_dark: Colour(134, 142, 151),
            leaf: Colour(92, 138, 92),
            sky,
            floor: sky.mix(base, 12).shade(4),
        }
    }
}
