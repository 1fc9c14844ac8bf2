//! `[[named]]`: values without a form of their own, known by a provider's name and a shape (`rules/README.md`).

use crate::model::{CharClass, NamedValue, RuleText, Shape, ShapePart};

/// What the parts of a shape are, for messages.
pub(super) const SHAPES: &str = "A shape is parts with one blank between: `\"text\"`, `class:N`, `class:N-M`, `class[marks]:N`, \
                                 `uuid`, `jwt`.";

/// The shortest and the longest value that a shape may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=2000;

/// The shape that `text` describes.
///
/// # Errors
/// What is wrong, as a sentence's end.
pub(super) fn shape(text: &str) -> Result<Shape, String> {
    let parts: Vec<ShapePart> = text.split(' ').map(part).collect::<Result<_, _>>()?;
    let length = |of: fn(&ShapePart) -> usize| parts.iter().map(of).sum::<usize>();
    let (least, most) = (length(|part| extent(part).0), length(|part| extent(part).1));
    if LENGTHS.contains(&least) && LENGTHS.contains(&most) {
        Ok(Shape(parts))
    } else {
        Err(format!(
            "has {least} to {most} characters, and {} to {} are possible",
            LENGTHS.start(),
            LENGTHS.end()
        ))
    }
}

fn part(text: &str) -> Result<ShapePart, String> {
    match text {
        "uuid" => return Ok(ShapePart::Uuid),
        "jwt" => return Ok(ShapePart::Jwt),
        _ => {}
    }
    if let Some(text) = text.strip_prefix('"') {
        let text = text.strip_suffix('"').filter(|text| !text.is_empty() && !text.contains('"'));
        return Ok(ShapePart::Text(text.ok_or("has a text without its end")?.to_owned().into()));
    }
    let (name, count) = text.rsplit_once(':').ok_or_else(|| format!("has `{text}`, which is no part"))?;
    let (name, more) = match name.split_once('[') {
        Some((name, more)) => (name, more.strip_suffix(']').ok_or("has marks without their end")?),
        None => (name, ""),
    };
    if more.contains(['"', '[', ']']) || more.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("adds `{more}`, which are more than marks"));
    }
    let known = CharClass::NAMES.iter().find(|(known, ..)| *known == name);
    let (_, class, _) = known.ok_or_else(|| format!("has no class `{name}`"))?;
    let number = |text: &str| text.parse::<u16>().map_err(|_| format!("has `{text}`, which is no count"));
    let (least, most) = match count.split_once('-') {
        Some((least, most)) => (number(least)?, number(most)?),
        None => (number(count)?, number(count)?),
    };
    if least > most {
        return Err(format!("counts from {least} to {most}"));
    }
    Ok(ShapePart::Run { class: *class, more: more.to_owned().into(), least, most })
}

fn extent(part: &ShapePart) -> (usize, usize) {
    match part {
        ShapePart::Text(text) => (text.len(), text.len()),
        ShapePart::Run { least, most, .. } => (usize::from(*least), usize::from(*most)),
        ShapePart::Uuid => (36, 36),
        ShapePart::Jwt => (60, 2000),
    }
}

/// Two texts in which the value is found, and two in which it is not: without the name, and with a reference.
pub(super) fn texts(value: &NamedValue) -> (Vec<String>, Vec<String>) {
    let (Some(name), Some(shape)) = (value.names.first(), value.shapes.first()) else {
        return Default::default();
    };
    let secret: String = shape.0.iter().map(template).collect();
    let upper = name.to_uppercase();
    (
        vec![format!("{upper}_API_KEY={secret}\n"), format!("  \"{name}_api_key\": \"{secret}\",\n")],
        vec![format!("API_KEY={secret}\n"), format!("{upper}_API_KEY=${{{{{upper}_API_KEY}}\n")],
    )
}

/// A template that gives such a part.
fn template(part: &ShapePart) -> String {
    match part {
        ShapePart::Text(text) => text.replace('{', "{{"),
        ShapePart::Uuid => "{uuid}".to_owned(),
        ShapePart::Jwt => "{jwt}".to_owned(),
        ShapePart::Run { class, least, most, .. } => {
            let form =
                CharClass::NAMES.iter().find(|(_, known, _)| known == class).map_or("", |(.., form)| form);
            // Short enough to be read, if there is a choice.
            format!("{{{form}:{}}}", (*most).min(48).max(*least))
        }
    }
}

/// What is wrong with the names, as a sentence's end.
pub(super) fn names(value: &NamedValue) -> Option<String> {
    let is_lower =
        |name: &RuleText| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if value.names.is_empty() || !value.names.iter().all(is_lower) {
        return Some("must hold lower-case letters and digits: `acmecorp` for `ACME_CORP_KEY`.".to_owned());
    }
    let least = if value.ambiguous { 3 } else { 4 };
    value.names.iter().find(|name| name.len() < least).map(|short| {
        format!(
            "holds `{short}`, which is shorter than {least} letters. Use a longer one, or `ambiguous = true`."
        )
    })
}

/// Keys of a `[[named]]`, sorted.
pub(super) const KEYS: &[&str] = &[
    "ambiguous",
    "companions",
    "description",
    "id",
    "names",
    "provider",
    "references",
    "revoke",
    "severity",
    "shapes",
    "tags",
    "verify",
];

#[cfg(test)]
mod tests {
    #[test]
    fn a_shape_that_says_nothing_is_refused() {
        for shape in ["hex:32", "\"ak_\" base62[._]:24-40", "uuid \":\" hex:32", "jwt"] {
            assert!(super::shape(shape).is_ok(), "{shape}");
        }
        for shape in [
            "",
            "hex",
            "hex:",
            "hex:x",
            "hex:9-8",
            "hex:7",
            "octal:8",
            "\"a",
            "\"\"",
            "hex:8  hex:8",
            "base62[a]:8",
            "base62[:8",
            "base62:4000",
        ] {
            assert!(super::shape(shape).is_err(), "{shape}");
        }
    }
}
