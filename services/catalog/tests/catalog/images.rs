//! Pictures: uploaded, fetched, drawn.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat as Encoding, Rgba, RgbaImage};
use souk_contracts::catalog::{
    Blob, ImageDraft, ImageFormat, ImageSource, Product, ProductDraft, ProductsChanged, Rendition,
};
use souk_store::testing::TestEngine;
use souk_types::{ErrorKind, ServiceError as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::fixture::{Shop, anyone, draft, shops, staff};

fn picture(width: u32, height: u32) -> RgbaImage {
    let shade = |place: u32| u8::try_from(place % 256).unwrap();
    RgbaImage::from_fn(width, height, |x, y| Rgba([shade(x), shade(y), 128, if x < 10 { 0 } else { 255 }]))
}

fn encoded(width: u32, height: u32, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::from(picture(width, height));
    let picture = if encoding == Encoding::Jpeg { DynamicImage::from(picture.to_rgb8()) } else { picture };
    picture.write_to(&mut bytes, encoding).unwrap();
    bytes.into_inner()
}

async fn rendition(shop: &Shop, hash: &str, width: u32, format: ImageFormat) -> Rendition {
    shop.catalog.rendition(&anyone(), hash.to_owned(), width, format).await.unwrap().unwrap()
}

fn with_image(source: ImageSource) -> ProductDraft {
    let mut product = draft("Mug", "MUG", 900);
    product.images = vec![ImageDraft { source, alt: "A mug".to_owned() }];
    product
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_picture_is_known_by_its_content() {
    for shop in shops().await {
        for encoding in [Encoding::Png, Encoding::Jpeg, Encoding::WebP] {
            let bytes = encoded(1_000, 500, encoding);
            let image = shop.catalog.add_image(&staff(), Blob(bytes.clone()), " A picture ".to_owned()).await.unwrap();
            assert_eq!((image.width, image.height, image.alt.as_str(), image.drawn), (1_000, 500, "A picture", false));
            let again = shop.catalog.add_image(&staff(), Blob(bytes), String::new()).await.unwrap();
            assert_eq!(again.hash, image.hash);
            let path = shop.files.path().join("images").join(&image.hash[..2]).join(format!("{}.orig", image.hash));
            assert!(path.is_file());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_have_the_width_that_was_asked_and_no_more() {
    for shop in shops().await {
        let bytes = encoded(1_000, 500, Encoding::Png);
        let image = shop.catalog.add_image(&staff(), Blob(bytes), String::new()).await.unwrap();
        for (width, expected) in [(160, (160, 80)), (400, (400, 200)), (1_600, (1_000, 500))] {
            for format in [ImageFormat::Webp, ImageFormat::Jpeg] {
                let made = rendition(&shop, &image.hash, width, format).await;
                let decoded = image::load_from_memory(&made.bytes.0).unwrap();
                assert_eq!(
                    ((decoded.width(), decoded.height()), made.format, made.placeholder),
                    (expected, format, false)
                );
                assert_eq!(rendition(&shop, &image.hash, width, format).await, made);
            }
        }
        let jpeg = rendition(&shop, &image.hash, 160, ImageFormat::Jpeg).await;
        let corner = image::load_from_memory(&jpeg.bytes.0).unwrap().to_rgb8().get_pixel(0, 40).0;
        assert!(corner.iter().all(|channel| *channel > 200), "what is transparent becomes white: {corner:?}");
        let odd = shop.catalog.rendition(&anyone(), image.hash.clone(), 161, ImageFormat::Webp).await.unwrap_err();
        assert_eq!(odd.fields()[0].field, "width");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_refused() {
    for shop in shops().await {
        let mut cut = encoded(300, 300, Encoding::Png);
        cut.truncate(cut.len() / 2);
        let huge = encoded(16_384, 1, Encoding::Png);
        for bytes in [Vec::new(), b"GIF89a".to_vec(), b"<svg/>".to_vec(), cut, huge] {
            let refused = shop.catalog.add_image(&staff(), Blob(bytes), String::new()).await.unwrap_err();
            assert_eq!((refused.kind(), refused.fields()[0].field.as_str()), (ErrorKind::Invalid, "bytes"));
        }
        for hash in ["0".repeat(32), "../../etc/passwd".to_owned(), String::new()] {
            assert_eq!(shop.catalog.rendition(&anyone(), hash, 160, ImageFormat::Webp).await.unwrap(), None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_the_right_way_up() {
    for shop in shops().await {
        let jpeg = encoded(200, 100, Encoding::Jpeg);
        // An EXIF block that says: turn by a quarter to the right.
        let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut turned = jpeg[..2].to_vec();
        turned.extend([0xFF, 0xE1]);
        turned.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        turned.extend(exif);
        turned.extend(&jpeg[2..]);
        let image = shop.catalog.add_image(&staff(), Blob(turned), String::new()).await.unwrap();
        assert_eq!((image.width, image.height), (100, 200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawing_is_drawn_and_never_stored() {
    for shop in shops().await {
        let product = shop.create(with_image(ImageSource::Drawing("tshirt:335577:ffffff:1".to_owned()))).await;
        let image = &product.images[0];
        assert_eq!((image.drawn, image.hash.len()), (true, 32));
        let made = rendition(&shop, &image.hash, 400, ImageFormat::Webp).await;
        assert_eq!((made.format, made.placeholder), (ImageFormat::Svg, false));
        assert!(made.bytes.0.starts_with(b"<svg"));
        assert!(!shop.files.path().join("images").exists());
        let kept = with_image(ImageSource::Stored(image.hash.clone()));
        let kept = shop.catalog.update(&staff(), product.id, 1, kept).await.unwrap();
        assert_eq!(kept.images, product.images, "a drawing may be named by its hash");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_gets_a_placeholder() {
    for shop in shops().await {
        let image =
            shop.catalog.add_image(&staff(), Blob(encoded(50, 50, Encoding::Png)), String::new()).await.unwrap();
        std::fs::remove_dir_all(shop.files.path().join("images")).unwrap();
        let made = rendition(&shop, &image.hash, 160, ImageFormat::Webp).await;
        assert_eq!((made.format, made.placeholder), (ImageFormat::Svg, true));
    }
}

/// Serves `/ok.png`, `/moved`, `/text` and a 404 for everything else; answers its address.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let path = String::from_utf8_lossy(&request[..read]).split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = match path.as_str() {
                "/ok.png" => ("200 OK", encoded(500, 250, Encoding::Png)),
                "/moved" => ("302 Found\r\nLocation: /ok.png", Vec::new()),
                "/text" => ("200 OK", b"hello".to_vec()),
                _ => ("404 Not Found", Vec::new()),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&body).await.unwrap();
        }
    });
    format!("http://{address}")
}

async fn reload(shop: &Shop, product: &Product) -> Product {
    shop.catalog.product(&staff(), product.id).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_fetched_in_the_background() {
    let server = server().await;
    for shop in shops().await {
        let product = shop.create(with_image(ImageSource::Url(format!("{server}/moved")))).await;
        let waiting = rendition(&shop, &product.images[0].hash, 160, ImageFormat::Webp).await;
        assert!(waiting.placeholder);
        shop.run_jobs().await;
        let fetched = reload(&shop, &product).await;
        let image = &fetched.images[0];
        assert_eq!((image.width, image.height, image.alt.as_str()), (500, 250, "A mug"));
        assert_eq!(fetched.version, product.version, "staff who edit it are not disturbed");
        assert!(!rendition(&shop, &image.hash, 160, ImageFormat::Webp).await.placeholder);
        assert!(!rendition(&shop, &product.images[0].hash, 160, ImageFormat::Webp).await.placeholder);
        let offer = shop.catalog.offers(&anyone(), vec!["MUG".to_owned()]).await.unwrap().remove(0);
        assert_eq!(offer.image.as_ref(), Some(image));
        assert_eq!(shop.events::<ProductsChanged>().await.len(), 2);
        let kept = with_image(ImageSource::Stored(image.hash.clone()));
        let kept = shop.catalog.update(&staff(), product.id, 1, kept).await.unwrap();
        assert_eq!(kept.images, fetched.images);
        let other = ProductDraft { title: "Cup".to_owned(), ..with_image(ImageSource::Url(format!("{server}/moved"))) };
        let other = ProductDraft { variants: vec![crate::fixture::variant("CUP", &[], 1)], ..other };
        assert_eq!(shop.create(other).await.images, fetched.images, "what has been fetched is not fetched again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_cannot_be_fetched_gets_a_placeholder() {
    let server = server().await;
    for shop in shops().await {
        for path in ["/none.png", "/text"] {
            let described =
                ProductDraft { title: path.to_owned(), ..with_image(ImageSource::Url(format!("{server}{path}"))) };
            let described = ProductDraft { variants: vec![crate::fixture::variant(path, &[], 1)], ..described };
            let product = shop.create(described).await;
            shop.run_jobs().await;
            let image = &reload(&shop, &product).await.images[0];
            assert!(rendition(&shop, &image.hash, 160, ImageFormat::Webp).await.placeholder);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_does_not_call_its_own_network() {
    let server = server().await;
    let shop = Shop::open(TestEngine::sqlite(), false).await;
    let product = shop.create(with_image(ImageSource::Url(format!("{server}/ok.png")))).await;
    shop.run_jobs().await;
    let image = &reload(&shop, &product).await.images[0];
    assert!(rendition(&shop, &image.hash, 160, ImageFormat::Webp).await.placeholder);
    assert!(!shop.files.path().join("images").exists());
}
