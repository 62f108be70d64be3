//! The logo that administrators upload.

use serde_json::{Value, json};

use super::{ChangeError, Changing, Principal};
use crate::{
    app::App,
    config::Logo,
    policy::{
        change::{Deed, right_of},
        event::Event,
        feed::Part,
        refusal::{Fault, Refusal},
    },
    store::logo,
};

/// Shows this image on every page, in the place of that before and of the one that the settings name.
///
/// # Errors
/// [`ChangeError::Invalid`]: it cannot be a logo; the field is `logo`.
pub async fn upload_logo(app: &App, by: &Principal, image: Vec<u8>) -> Result<(), ChangeError> {
    let uploaded = Logo::parse(image).map_err(|why| Refusal::new("logo", Fault::Malformed, why.to_string()))?;
    let after = Some(json!({ "file": uploaded.name() }));
    let event = app.event(Event::BrandingLogoUploaded, by.actor(), app.clock.now()).about("branding");

    let mut changing = Changing::begin_other(app, by, right_of(Deed::ChangeLogo)).await?;
    let before = logo::find(&mut *changing.tx()).await?.and_then(described);
    logo::put(&mut *changing.tx(), uploaded.bytes(), app.clock.now()).await?;
    changing.record(event.change(before, after));
    changing.touch(Part::Logo);
    changing.commit().await
}

/// Goes back to the logo that the settings name, if they name one.
///
/// # Errors
/// [`ChangeError::Unknown`]: none was uploaded.
pub async fn remove_logo(app: &App, by: &Principal) -> Result<(), ChangeError> {
    let event = app.event(Event::BrandingLogoRemoved, by.actor(), app.clock.now()).about("branding");

    let mut changing = Changing::begin_other(app, by, right_of(Deed::ChangeLogo)).await?;
    let before = logo::find(&mut *changing.tx()).await?.and_then(described);
    if !logo::remove(&mut *changing.tx()).await? {
        return Err(ChangeError::Unknown);
    }
    changing.record(event.change(before, None));
    changing.touch(Part::Logo);
    changing.commit().await
}

/// What the audit trail says of an image: the name that it is served under.
fn described(image: Vec<u8>) -> Option<Value> {
    Logo::parse(image).ok().map(|logo| json!({ "file": logo.name() }))
}
