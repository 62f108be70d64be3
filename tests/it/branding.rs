//! How an installation shows itself: its logo, its colour, its links.

use axum::{body::Body, http::Request};
use portcullis::{
    config::Config,
    registry::{
        ChangeError,
        branding::{remove_logo, upload_logo},
    },
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    console,
    server::{Answer, Server, admin},
};

/// A PNG image of this width and of one pixel's height.
pub fn image(width: u32) -> Vec<u8> {
    let header = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &width.to_be_bytes(), &1_u32.to_be_bytes()].concat();
    [&header[..], b"\x08\x06\0\0\0\0\0\0\0", b"\0\0\0\0IEND\xae\x42\x60\x82"].concat()
}

/// Where a page has a file of this kind.
fn file_of(page: &Answer, kind: &str) -> Option<String> {
    let at = page.body.find(&format!("/branding/{kind}."))?;
    Some(page.body[at..].split('"').next().unwrap().to_owned())
}

async fn logo_of(server: &Server) -> Option<String> {
    file_of(&server.get("/sign-in").await, "logo")
}

#[sqlx::test]
async fn a_logo_is_on_every_node_until_it_is_removed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let other = server.second_node().await;
    assert_eq!(logo_of(&server).await, None);

    upload_logo(&server.app, &admin(), image(10)).await.unwrap();
    other.app.refresh().await.unwrap();
    let first = logo_of(&other).await.unwrap();
    upload_logo(&server.app, &admin(), image(11)).await.unwrap();
    let second = logo_of(&server).await.unwrap();
    remove_logo(&server.app, &admin()).await.unwrap();

    assert_ne!(first, second);
    assert_eq!(other.get(&first).await.status, 200);
    assert_eq!((server.get(&second).await.status.as_u16(), logo_of(&server).await), (404, None));
    assert!(matches!(remove_logo(&server.app, &admin()).await, Err(ChangeError::Unknown)));
    let events = "select event from audit_events where subject = 'branding' order by event_id";
    let events: Vec<String> = sqlx::query_scalar(events).fetch_all(&server.db).await.unwrap();
    assert_eq!(events, ["branding.logo_uploaded", "branding.logo_uploaded", "branding.logo_removed"]);
}

/// SH-16
#[sqlx::test]
async fn sh_16_a_logo_is_an_image_and_nothing_else(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    upload_logo(&server.app, &admin(), image(10)).await.unwrap();

    let answer = server.get(&logo_of(&server).await.unwrap()).await;

    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox; frame-ancestors 'none'");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(answer.header("set-cookie").is_empty());
}

/// IN-08, SH-16
#[sqlx::test]
async fn in_08_what_is_no_logo_is_not_stored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    upload_logo(&server.app, &admin(), image(10)).await.unwrap();
    let before = logo_of(&server).await;

    for bad in [
        b"\x89PNG\r".to_vec(),
        image(20_000),
        image(10)[..30].to_vec(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(),
        b"<!DOCTYPE html><title>logo.png</title>".to_vec(),
    ] {
        let refused = upload_logo(&server.app, &admin(), bad).await;
        assert!(matches!(refused, Err(ChangeError::Invalid(problems)) if problems[0].field == "logo"));
    }

    assert_eq!(logo_of(&server).await, before);
}

#[sqlx::test]
async fn the_settings_give_a_logo_a_colour_and_links(_: PgPoolOptions, options: PgConnectOptions) {
    let file = std::env::temp_dir().join(format!("portcullis-logo-{}.png", std::process::id()));
    std::fs::write(&file, image(5)).unwrap();
    let config = Config::read(None, |name| {
        let value = match name.strip_prefix("PORTCULLIS_")? {
            "ISSUER" => "https://id.example",
            "DATABASE_URL" => "postgres://nobody@localhost/none",
            "MASTER_KEY" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "BRANDING_LOGO" => file.to_str()?,
            "BRANDING_ACCENT" => "#7a1f4b",
            "BRANDING_ACCENT_DARK" => "#f0a8c8",
            "LINKS_PRIVACY" => "https://health.example/privacy",
            "LINKS_SUPPORT" => "mailto:help@health.example",
            _ => return None,
        };
        Some(value.to_owned())
    });
    std::fs::remove_file(&file).unwrap();
    let branding = config.unwrap_or_else(|problems| panic!("{problems:?}")).branding;
    let server = Server::start_with(options, |settings| settings.branding = branding).await;

    let page = server.get("/sign-in").await;
    let (logo, accent) = (file_of(&page, "logo").unwrap(), file_of(&page, "accent").unwrap());
    let rules = server.get(&accent).await;

    assert_eq!(server.get(&logo).await.status, 200);
    assert_eq!(rules.header("content-type"), "text/css; charset=utf-8");
    assert!(rules.body.contains("--accent: light-dark(#7a1f4b, #f0a8c8);"), "{}", rules.body);
    assert!(!page.body.contains("style=") && !page.body.contains("<style"), "{}", page.body);
    for link in ["https://health.example/privacy\">Privacy", "mailto:help@health.example\">Help", "/accessibility\">"] {
        assert!(page.body.contains(link), "{link}: {}", page.body);
    }
    upload_logo(&server.app, &admin(), image(6)).await.unwrap();
    assert_ne!(logo_of(&server).await.unwrap(), logo, "what is uploaded goes before the settings");
}

/// A form with this image in it.
fn upload(origin: &str, image: &[u8]) -> Request<Body> {
    let before = b"--x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\n\r\n";
    let body = [&before[..], image, b"\r\n--x--\r\n"].concat();
    let request = Request::post("/admin/branding/logo").header("sec-fetch-site", origin);
    request.header("content-type", "multipart/form-data; boundary=x").body(Body::from(body)).unwrap()
}

/// IN-08, SH-16
#[sqlx::test]
async fn in_08_an_administrator_uploads_a_logo_and_removes_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = console::signed_in(&server, "admin").await;

    let refused = browser.request(upload("same-origin", b"<svg onload=\"alert(1)\"/>")).await;
    assert_eq!((refused.status.as_u16(), logo_of(&server).await), (422, None));
    assert!(refused.body.contains("not a PNG, JPEG or WebP image"), "{}", refused.body);
    assert_eq!(browser.request(upload("same-origin", &vec![0; 2_000_000])).await.status, 413);

    let done = browser.request(upload("same-origin", &image(10))).await;
    assert_eq!(done.header("location"), "/admin/branding?done=saved");
    let logo = logo_of(&server).await.unwrap();
    assert!(browser.open("/admin/branding").await.answer.body.contains(&logo));

    let removed = browser.submit("/admin/branding/logo/remove", &[]).await;
    assert_eq!((removed.answer.status.as_u16(), logo_of(&server).await), (200, None));
}

/// AD-18: the upload is a form like all others.
#[sqlx::test]
async fn nobody_else_uploads_a_logo(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    assert_eq!(server.send(upload("cross-site", &image(1))).await.status, 403);
    let nobody = server.send(upload("same-origin", &image(1))).await;
    assert_eq!((nobody.status.as_u16(), nobody.header("location")), (303, "/admin/sign-in?to=%2Fadmin%2Fbranding"));
    assert_eq!(logo_of(&server).await, None);
}
