//! What an installation puts on every page: its name, its logo, its colour, its links.

use crate::{app::App, web::branding};

/// How an installation shows itself.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// What it calls itself.
    pub name: String,
    /// Where its logo is, if it has one.
    pub logo: Option<String>,
    /// Where the rules are that colour its pages, if it chose a colour.
    pub accent: Option<String>,
    /// The links at the foot of each page: the text of each, and where it leads.
    pub links: Vec<(&'static str, String)>,
}

impl Looks {
    /// As its settings have it, and what administrators uploaded.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let settings = &app.settings.branding;
        let accessibility = settings.accessibility.clone().or_else(|| Some("/accessibility".to_owned()));
        let links = [
            ("shell-privacy", settings.privacy.clone()),
            ("shell-terms", settings.terms.clone()),
            ("shell-support", settings.support.clone()),
            ("shell-accessibility", accessibility),
        ];
        Self {
            name: app.settings.name.clone(),
            logo: app.logo().map(|logo| branding::url(logo.name())),
            accent: settings.accent.map(|accent| branding::url(&branding::style_sheet(accent).0)),
            links: links.into_iter().filter_map(|(text, url)| Some((text, url?))).collect(),
        }
    }
}
