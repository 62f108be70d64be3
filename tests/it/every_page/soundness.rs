//! What all pages promise, checked on the HTML as it is sent.

use std::collections::HashSet;

const VOID: [&str; 6] = ["meta", "link", "input", "img", "br", "hr"];

/// Tags nest, ids are unique and references to them lead somewhere, and nothing needs an unsafe CSP.
pub fn check(page: &str, html: &str) {
    let tags: Vec<Tag<'_>> = tags(html);
    nesting(page, &tags);

    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
    let known: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "{page} has an id twice: {ids:?}");
    for tag in &tags {
        for (name, value) in tag.attributes() {
            assert!(!name.starts_with("on") && name != "style", "{page} has inline code or style: {name}");
            if ["for", "aria-describedby", "aria-labelledby", "aria-controls"].contains(&name) {
                for id in value.split(' ') {
                    assert!(known.contains(id), "{page}: {name} leads to no element {id}");
                }
            }
            if let (true, Some(id)) = (name == "href", value.strip_prefix('#')) {
                assert!(known.contains(id), "{page} links to no element {id}");
            }
        }
        if tag.name == "script" && !tag.closes {
            assert!(tag.attribute("nonce").is_some() && tag.attribute("src").is_some(), "{page} has an inline script");
        }
    }
    assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 2, "{page} has one h1: its start and its end");
    let speaks = |tag| html.contains(&format!("<html lang=\"{tag}\">"));
    assert!(html.matches("<main").count() == 1 && ["en", "cy", "mi"].into_iter().any(speaks), "{page} has no frame");
}

struct Tag<'a> {
    name: &'a str,
    closes: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Names and values in the order of the tag; a name alone has the value "".
    fn attributes(&self) -> Vec<(&'a str, &'a str)> {
        let mut rest = self.rest.trim_start();
        let mut found = Vec::new();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let value = match after.strip_prefix("=\"") {
                Some(quoted) => quoted.split_once('"').expect("an attribute ends with its quote").0,
                None => "",
            };
            let length = if after.starts_with('=') { "=\"\"".len() + value.len() } else { 0 };
            found.push((name, value));
            rest = after[length..].trim_start();
        }
        found
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn tags(html: &str) -> Vec<Tag<'_>> {
    let texts = html.strip_prefix("<!DOCTYPE html>").expect("a page begins with its doctype").split('<').skip(1);
    texts
        .map(|text| {
            let tag = text.split_once('>').expect("a tag ends").0;
            let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
            let (name, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            Tag { name, closes, rest }
        })
        .collect()
}

fn nesting(page: &str, tags: &[Tag<'_>]) {
    let mut open = Vec::new();
    for tag in tags.iter().filter(|tag| !VOID.contains(&tag.name)) {
        if tag.closes {
            assert_eq!(open.pop(), Some(tag.name), "{page}: a tag closes that is not the last one opened");
        } else {
            assert!(!(tag.name == "form" && open.contains(&"form")), "{page} has a form in a form");
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "{page} leaves {open:?} open");
}
