//! docs/settings.md: every key of `keydredge.toml`, from the schema for editors.

use super::{cell, is_kept, root};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::fs;

#[test]
fn the_page_of_settings_is_what_the_schema_says() {
    let text = fs::read_to_string(root().join("docs/keydredge.schema.json")).expect("there is a schema");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Made from keydredge.schema.json: WRITE_DOCS=1 cargo test --test cli book::. Do not edit. -->\n\n\
         Keys of `keydredge.toml`, which is found from the target up to the repository's root. None is needed. An unknown \
         key is an error that names file and line. A flag on the command line has precedence. `keydredge config init` \
         writes a file with every key, `keydredge config show --origin` prints what is in force and where it comes from, \
         and `keydredge config check` reads all files of settings. Editors know the keys by \
         [keydredge.schema.json](keydredge.schema.json).\n",
    );
    let keys = schema["properties"].as_object().expect("a schema has properties");
    table(&mut page, &schema, keys);
    for (name, key) in keys {
        let variants = key["anyOf"].as_array().cloned().unwrap_or_else(|| vec![key.clone()]);
        for inner in variants.iter().filter_map(|one| one["items"]["properties"].as_object()) {
            let about = key["description"].as_str().unwrap_or_default();
            let _infallible = write!(page, "\n## {name} as tables\n\n`[[{name}]]`: {}\n", sentence(about));
            table(&mut page, &schema, inner);
        }
    }
    page.push_str(
        "\n[Files of other scanners](import.md#allow) has an example of `[[allow]]`, [Writing rules](../rules/README.md) \
         all keys of a rule, and [Accept what is there](accept.md) the files beside this one.\n",
    );
    is_kept("docs/settings.md", &page);
}

fn table(page: &mut String, schema: &Value, keys: &Map<String, Value>) {
    page.push_str("\n| key | values | default | |\n|---|---|---|---|\n");
    for (name, key) in keys {
        let about = key["description"].as_str();
        assert!(about.is_some(), "docs/keydredge.schema.json: `{name}` has no description");
        let default = match &key["default"] {
            Value::Null => String::new(),
            Value::String(text) => format!("`\"{text}\"`"),
            other => format!("`{other}`"),
        };
        let _infallible = writeln!(
            page,
            "| `{name}` | {} | {default} | {} |",
            cell(&values(schema, key)),
            cell(about.unwrap_or_default())
        );
    }
}

/// What may be written: "`low`, `medium`", "strings", "true or false".
fn values(schema: &Value, key: &Value) -> String {
    if let Some(path) = key["$ref"].as_str() {
        let target = schema.pointer(path.trim_start_matches('#')).expect("a reference leads to a definition");
        return values(schema, target);
    }
    if let Some(several) = key["enum"].as_array() {
        let each: Vec<String> =
            several.iter().filter_map(|one| one.as_str().map(|one| format!("`{one}`"))).collect();
        return each.join(", ");
    }
    if let Some(several) = key["anyOf"].as_array() {
        return several.iter().map(|one| values(schema, one)).collect::<Vec<_>>().join(", or ");
    }
    let named = |name: &str| match name {
        "boolean" => "true, false".to_owned(),
        "integer" => "a number".to_owned(),
        "string" => "a string".to_owned(),
        "array" if key["items"]["type"] == "object" => "tables".to_owned(),
        "array" => "strings".to_owned(),
        other => panic!("docs/keydredge.schema.json has the type `{other}`, which this page does not know"),
    };
    match &key["type"] {
        Value::String(name) => named(name),
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).map(named).collect::<Vec<_>>().join(" or ")
        }
        other => panic!("docs/keydredge.schema.json has the type {other}, which this page does not know"),
    }
}

fn sentence(text: &str) -> String {
    let text = cell(text);
    if text.ends_with('.') { text } else { format!("{text}.") }
}
