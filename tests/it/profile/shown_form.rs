//! A form as a browser holds it: what it would send if nobody typed anything.

/// The fields of the form with this id, and what each holds.
pub fn fields(page: &str, id: &str) -> Vec<(String, String)> {
    let (_, form) = page.split_once(&format!("<form id=\"{id}\"")).unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    let mut fields = Vec::new();
    for part in form.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let (kind, name) = (tag.split(' ').next().unwrap(), attribute(tag, "name"));
        match (kind, name) {
            ("input", Some(_)) if is_box(tag) && !tag.contains(" checked") => {}
            ("input", Some(name)) => fields.push((name, attribute(tag, "value").unwrap_or_default())),
            // A browser leaves the first end of a line out, and sends others as CR LF.
            ("textarea", Some(name)) => {
                fields.push((name, read(text.strip_prefix('\n').unwrap_or(text)).replace('\n', "\r\n")));
            }
            ("select", Some(name)) => fields.push((name, String::new())),
            ("option", None) if tag.ends_with(" selected") => {
                fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
            }
            _ => {}
        }
    }
    fields
}

/// The same after somebody typed these, or ticked these boxes.
pub fn filled(page: &str, id: &str, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = fields(page, id);
    for (name, text) in typed {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, held)) => (*text).clone_into(held),
            None => fields.push(((*name).to_owned(), (*text).to_owned())),
        }
    }
    fields
}

fn is_box(tag: &str) -> bool {
    attribute(tag, "type").is_some_and(|kind| kind == "checkbox" || kind == "radio")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(read(rest.split('"').next()?))
}

fn read(html: &str) -> String {
    let escapes = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    escapes.iter().fold(html.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}
