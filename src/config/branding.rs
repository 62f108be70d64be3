//! The colour, logo and links of an installation.

use std::sync::Arc;

use super::{
    accent::{Accent, for_dark, for_light},
    logo::Logo,
    source::Source,
    value,
};

/// The logo, the colour and the links of an installation. The comments name their keys.
#[derive(Clone, Debug, Default)]
pub struct Branding {
    /// `branding.logo`: the path of an image. One that is uploaded in the console goes before it.
    pub logo: Option<Arc<Logo>>,
    /// `branding.accent` and `branding.accent_dark`: `#rrggbb`, given together.
    pub accent: Option<Accent>,
    /// `links.privacy`: where users read what is done with their data.
    pub privacy: Option<String>,
    /// `links.terms`: where they read the terms of use.
    pub terms: Option<String>,
    /// `links.support`: where they find help; an address that begins with `mailto:` will do.
    pub support: Option<String>,
    /// `links.accessibility`: where they read how accessible everything is; our own page if not given.
    pub accessibility: Option<String>,
}

impl Branding {
    pub(super) fn read<E: Fn(&str) -> Option<String>>(s: &mut Source<E>) -> Option<Self> {
        let logo = s.or_default("branding.logo", None, |path| read_logo(path).map(Some));
        let light = s.or_default("branding.accent", None, |text| for_light(text).map(Some));
        let dark = s.or_default("branding.accent_dark", None, |text| for_dark(text).map(Some));
        let mut link = |key| s.or_default(key, None, |text| value::link(text).map(Some));
        let (privacy, terms) = (link("links.privacy"), link("links.terms"));
        let (support, accessibility) = (link("links.support"), link("links.accessibility"));
        let accent = match (light?, dark?) {
            (Some(light), Some(dark)) => Some(Accent { light, dark }),
            (None, None) => None,
            _ => {
                let problem =
                    "branding.accent and branding.accent_dark: give both, one for light pages and one for dark";
                s.problems.push(problem.to_owned());
                return None;
            }
        };
        Some(Self {
            logo: logo?,
            accent,
            privacy: privacy?,
            terms: terms?,
            support: support?,
            accessibility: accessibility?,
        })
    }
}

fn read_logo(path: &str) -> Result<Arc<Logo>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    Logo::parse(bytes).map(Arc::new).map_err(|problem| problem.to_string())
}
