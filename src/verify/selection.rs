//! Values of an answer, by their paths, and names that patterns match.

use super::answer::scalar;
use serde_json::Value;

/// The most values that are looked at.
const MOST: usize = 2000;

/// The texts at a path: names and positions with dots between them, `*` for each element, `[name=value]` for each element of a
/// list whose field has this value, `@keys` for the names of an object's fields, `@true` for those whose value is true. None if
/// nothing is there.
pub(super) fn texts(document: &Value, path: &str) -> Option<Vec<String>> {
    let mut at = vec![document];
    let mut parts = path.split('.').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && matches!(part, "@keys" | "@true") {
            let objects = at.into_iter().filter_map(Value::as_object).flatten();
            let wanted = objects.filter(|(_, value)| part == "@keys" || value.as_bool() == Some(true));
            return Some(wanted.map(|(name, _)| name.clone()).take(MOST).collect());
        }
        at = at.into_iter().flat_map(|value| step(value, part)).take(MOST).collect();
        if at.is_empty() {
            // A list without elements is one, too.
            return matches!(part, "*").then(Vec::new);
        }
    }
    let each = at.into_iter().flat_map(|value| match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    });
    let is_list = |value: &Value| value.is_array();
    let all: Vec<String> = each.filter_map(scalar).take(MOST).collect();
    let is_there = !all.is_empty() || super::answer::find(document, path).is_some_and(is_list);
    is_there.then_some(all)
}

fn step<'v>(value: &'v Value, part: &str) -> Vec<&'v Value> {
    let chosen = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')?.split_once('='));
    match (value, chosen) {
        (Value::Array(all), Some((name, wanted))) => {
            let is_it = |one: &&Value| one.get(name).and_then(scalar).is_some_and(|text| text == wanted);
            all.iter().filter(is_it).collect()
        }
        (Value::Array(all), None) if part == "*" => all.iter().collect(),
        (Value::Object(fields), None) if part == "*" => fields.values().collect(),
        (Value::Object(fields), None) => fields.get(part).into_iter().collect(),
        (Value::Array(all), None) => {
            part.parse::<usize>().ok().and_then(|at| all.get(at)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// True if `pattern`, in which `*` is any text, is all of `text`.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_choose_fields_elements_and_names() {
        let document = json!({
            "scopes": ["a", "b"], "one": "x y", "none": [], "access": { "read": true, "write": false },
            "policies": [
                { "effect": "allow", "groups": [{ "name": "DNS Read" }, { "name": "DNS Write" }] },
                { "effect": "deny", "groups": [{ "name": "Zone Write" }] },
            ],
        });
        let of = |path: &str| texts(&document, path).map(|all| all.join("|"));
        for (path, wanted) in [
            ("scopes", Some("a|b")),
            ("scopes.*", Some("a|b")),
            ("one", Some("x y")),
            ("none", Some("")),
            ("none.*", Some("")),
            ("absent", None),
            ("absent.*", None),
            ("access.@keys", Some("read|write")),
            ("access.@true", Some("read")),
            ("policies.[effect=allow].groups.*.name", Some("DNS Read|DNS Write")),
            ("policies.*.effect", Some("allow|deny")),
            ("policies.1.groups.0.name", Some("Zone Write")),
        ] {
            assert_eq!(of(path).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, wanted) in [
            ("repo", "repo", true),
            ("repo", "repos", false),
            ("*.read", "a.read", true),
            ("*.read", "a.reader", false),
            ("admin*", "admin", true),
            ("admin:*:x", "admin:users:x", true),
            ("*a*a", "a", false),
            ("*", "", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
        ] {
            assert_eq!(is_like(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
