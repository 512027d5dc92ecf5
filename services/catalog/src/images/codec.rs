use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage, Rgba, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use souk_contracts::catalog::ImageFormat;
use souk_types::{Fault, limits};

const WEBP_QUALITY: f32 = 80.0;
const JPEG_QUALITY: u8 = 82;
/// Pixels along a side: what WebP can encode at most.
const SIDE_PX_MAX: u32 = 16_383;
/// Bytes that one pixel takes while it is decoded; pictures with 16 bits a channel may have half as many pixels.
const PIXEL_BYTES_MAX: u64 = 4;

/// Decodes a JPEG, PNG or WebP picture, the right way up.
///
/// # Errors
/// What is wrong with it, for the person who sent it.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let known = [image::ImageFormat::Jpeg, image::ImageFormat::Png, image::ImageFormat::WebP];
    if !reader.format().is_some_and(|format| known.contains(&format)) {
        return Err("is no JPEG, PNG or WebP picture".to_owned());
    }
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(SIDE_PX_MAX);
    bounds.max_image_height = Some(SIDE_PX_MAX);
    bounds.max_alloc = Some(limits::IMAGE_PIXELS_MAX * PIXEL_BYTES_MAX);
    reader.limits(bounds);
    let damaged = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "has too many pixels".to_owned(),
        error => format!("is damaged: {error}"),
    };
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::IMAGE_PIXELS_MAX {
        return Err("has too many pixels".to_owned());
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Makes a picture as wide as asked, or leaves it when it is not that wide, and encodes it.
pub(super) fn encode(picture: &DynamicImage, width: u32, format: ImageFormat) -> Result<Vec<u8>, Fault> {
    let picture = narrowed(picture, width);
    match format {
        ImageFormat::Webp => {
            let pixels = picture.to_rgba8();
            let encoder = webp::Encoder::from_rgba(&pixels, pixels.width(), pixels.height());
            let encoded = encoder.encode_simple(false, WEBP_QUALITY);
            encoded.map(|bytes| bytes.to_vec()).map_err(|error| Fault::internal(format!("WebP: {error:?}")))
        }
        ImageFormat::Jpeg => {
            let mut bytes = Vec::new();
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            on_white(&picture).write_with_encoder(encoder).map_err(Fault::internal)?;
            Ok(bytes)
        }
        ImageFormat::Svg => Err(Fault::internal("a photograph cannot become an SVG")),
    }
}

fn narrowed(picture: &DynamicImage, width: u32) -> DynamicImage {
    let (old_width, old_height) = (picture.width(), picture.height());
    if old_width <= width {
        return picture.clone();
    }
    let height = u64::from(old_height) * u64::from(width) / u64::from(old_width);
    let height = u32::try_from(height).unwrap_or(u32::MAX).max(1);
    // A box filter takes far too large pictures down quickly; the better filter then has little left to do.
    if old_width >= width.saturating_mul(4) {
        picture.thumbnail_exact(width * 2, height * 2).resize_exact(width, height, FilterType::CatmullRom)
    } else {
        picture.resize_exact(width, height, FilterType::CatmullRom)
    }
}

/// JPEG knows no transparency.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let pixels = picture.to_rgba8();
    let mut flat = RgbImage::new(pixels.width(), pixels.height());
    for (to, Rgba([red, green, blue, alpha])) in flat.pixels_mut().zip(pixels.pixels()) {
        let mix = |channel: u8| {
            let alpha = u16::from(*alpha);
            let mixed = (u16::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        to.0 = [mix(*red), mix(*green), mix(*blue)];
    }
    flat
}
