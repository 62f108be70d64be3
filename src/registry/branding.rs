//! The logo that administrators upload.

use serde_json::{Value, json};

use super::{ChangeError, Principal, Problem, begin, commit};
use crate::{
    app::App,
    config::Logo,
    policy::{event::Event, feed::Part},
    store::logo,
};

/// Shows this image on every page, in the place of that before and of the one that the settings name.
///
/// # Errors
/// [`ChangeError::Invalid`]: it cannot be a logo; the field is `logo`.
pub async fn upload_logo(app: &App, by: &Principal, image: Vec<u8>) -> Result<(), ChangeError> {
    let uploaded = Logo::parse(image).map_err(|why| Problem::new("logo", why.to_string()))?;
    let after = Some(json!({ "file": uploaded.name() }));
    let event = app.event(Event::BrandingLogoUploaded, by.actor(), app.clock.now()).about("branding");

    let mut tx = begin(app, by).await?;
    let before = logo::find(&mut *tx).await?.and_then(described);
    logo::put(&mut *tx, uploaded.bytes(), app.clock.now()).await?;
    app.write_event(&mut tx, event.change(before, after)).await?;
    commit(app, tx, Part::Logo).await?;
    Ok(())
}

/// Goes back to the logo that the settings name, if they name one.
///
/// # Errors
/// [`ChangeError::Unknown`]: none was uploaded.
pub async fn remove_logo(app: &App, by: &Principal) -> Result<(), ChangeError> {
    let event = app.event(Event::BrandingLogoRemoved, by.actor(), app.clock.now()).about("branding");

    let mut tx = begin(app, by).await?;
    let before = logo::find(&mut *tx).await?.and_then(described);
    if !logo::remove(&mut *tx).await? {
        return Err(ChangeError::Unknown);
    }
    app.write_event(&mut tx, event.change(before, None)).await?;
    commit(app, tx, Part::Logo).await?;
    Ok(())
}

/// What the record says of an image: the name that it is served under.
fn described(image: Vec<u8>) -> Option<Value> {
    Logo::parse(image).ok().map(|logo| json!({ "file": logo.name() }))
}
