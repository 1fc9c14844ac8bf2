//! Reads what managers of secrets export: JSON (Vault, OpenBao, 1Password, Bitwarden, cloud managers), CSV (LastPass and other
//! password managers), `.env`, and plain lines.
//!
//! # Design
//!
//! Each of these formats nests objects that have a name, and in them fields with values. So one walk over JSON reads all of
//! them, and those that come next year: an object's name becomes a part of the path, a pair of a name and a value a field.

use super::Error;
use serde_json::{Map, Value};

/// A value of an export, with the name of its entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Exported {
    /// The path in the manager, and the field: `kv/prod/db#password`.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What was read of an export.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ManagerExport {
    /// The values, in order.
    pub entries: Vec<Exported>,
    /// Lines that could not be read, 1-based.
    pub unread: Vec<usize>,
}

/// The keys by which an object is named, the best first.
const LABELS: &[&str] = &["title", "Name", "name", "path", "label", "secretKey", "Key", "key", "id"];

/// The keys of the value of an object that has a name.
const VALUES: &[&str] = &[
    "value",
    "Value",
    "secretValue",
    "SecretString",
    "secret_string",
    "secret",
    "concealed",
    "computed",
    "plaintext",
    "string",
];

/// Keys that only structure an export: they are no part of a path.
const STRUCTURE: &[&str] = &[
    "Parameters",
    "SecretValues",
    "Secrets",
    "accounts",
    "data",
    "details",
    "fields",
    "item",
    "items",
    "login",
    "loginFields",
    "secrets",
    "sections",
    "value",
    "values",
    "vaults",
];

/// Keys of what is about an entry and no part of it.
const ABOUT: &[&str] = &[
    "ARN",
    "VersionId",
    "VersionStages",
    "additional_information",
    "attrs",
    "auth",
    "cas_required",
    "category",
    "collectionIds",
    "createdAt",
    "created_at",
    "creationDate",
    "created_time",
    "deletedDate",
    "designation",
    "encrypted",
    "entropy",
    "favIndex",
    "fieldType",
    "folderId",
    "folders",
    "lastModifiedDate",
    "lease_id",
    "match",
    "metadata",
    "mount_type",
    "object",
    "organizationId",
    "overview",
    "password_details",
    "projectId",
    "purpose",
    "reference",
    "request_id",
    "revisionDate",
    "tags",
    "trashed",
    "type",
    "updatedAt",
    "updated_at",
    "urls",
    "uris",
    "uuid",
    "version",
    "warnings",
    "wrap_info",
];

/// Columns of values, in small letters.
const VALUE_COLUMNS: &[&str] = &[
    "api_key",
    "apikey",
    "login_password",
    "otpauth",
    "passphrase",
    "password",
    "private_key",
    "secret",
    "secretkey",
    "secret_key",
    "token",
    "totp",
    "login_totp",
    "value",
];

/// Columns of names, the outer one first.
const NAME_COLUMNS: &[&str] =
    &["vault", "grouping", "folder", "group", "path", "title", "name", "account", "key"];

impl ManagerExport {
    /// Reads the text of an export. All names begin with `prefix`.
    ///
    /// # Errors
    /// If it is encrypted, or nothing in it can be read.
    pub fn read(text: &str, prefix: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}');
        let mut export = Self::default();
        let first = text.trim_start().chars().next();
        if matches!(first, Some('{' | '[')) {
            export.json(text, prefix)?;
        } else if let Some(columns) = columns(text) {
            export.csv(text, &columns, prefix)?;
        } else if is_env(text) {
            export.env(text, prefix);
        } else {
            export.lines(text, prefix);
        }
        if export.entries.is_empty() {
            let what = "no value was found in it: it is to be JSON, CSV with a column `password`, `secret`, `token` or \
                        `value`, lines of NAME=VALUE, or one value a line";
            return Err(Error::Export { what: what.to_owned() });
        }
        Ok(export)
    }

    fn push(&mut self, name: String, value: &str) {
        if !value.trim().is_empty() {
            self.entries.push(Exported { name, value: value.to_owned() });
        }
    }

    /// One document, or several one after the other.
    fn json(&mut self, text: &str, prefix: &str) -> Result<(), Error> {
        for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            // What the parser says may quote the text.
            let document = document.map_err(|error| Error::Export {
                what: format!(
                    "it begins like JSON, and is none in line {}, column {}",
                    error.line(),
                    error.column()
                ),
            })?;
            let is_encrypted = document.get("encrypted").is_some_and(|is| is == &Value::Bool(true));
            if is_encrypted || document.get("encKeyValidation_DO_NOT_EDIT").is_some() {
                let what = "the export is encrypted; export it without a password, and pass it through a pipe so that \
                            it is on no disk";
                return Err(Error::Export { what: what.to_owned() });
            }
            self.walk(&document, prefix, "");
        }
        Ok(())
    }

    /// Adds the values in `value`, which is at `path` under the key `key`. (The parser limits how deep a document is nested,
    /// and one within a string takes twice the bytes at each level.)
    fn walk(&mut self, value: &Value, path: &str, key: &str) {
        match value {
            Value::Object(object) => self.object(object, path, key),
            Value::Array(all) => all.iter().for_each(|one| self.walk(one, path, key)),
            Value::String(text) => {
                let is_nested = text.trim_start().starts_with(['{', '[']);
                match serde_json::from_str::<Value>(text).ok().filter(|_| is_nested) {
                    Some(inner) => self.walk(&inner, &field(path, key), ""),
                    None => self.push(field(path, key), text),
                }
            }
            // Pins and the like; most are too short to be searched for.
            Value::Number(number) => self.push(field(path, key), &number.to_string()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, path: &str, key: &str) {
        let has = |key: &str| object.contains_key(key);
        let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        // What Vault prints around the fields of a secret, which may be called like anything.
        let is_envelope = has("request_id") || has("data") && has("metadata");
        if is_envelope && let Some(Value::Object(inner)) = object.get("data") {
            if inner.contains_key("data") && inner.contains_key("metadata") {
                return self.object(inner, path, key);
            }
            for (key, value) in inner {
                if value.is_object() || value.is_array() {
                    self.walk(value, &joined(path, key), "");
                } else {
                    self.walk(value, path, key);
                }
            }
            return;
        }
        // A field `key` is a name only beside a value; else it may be a key.
        let is_keyed = has("value") || has("Value") || has("secretValue");
        let is_label =
            |label: &&&str| text(label).is_some() && (is_keyed || !matches!(**label, "key" | "Key"));
        let label_key = LABELS.iter().find(is_label);
        // Of an item of 1Password the name is in its overview.
        let inner = object.get("overview").or(object.get("attrs"));
        let title = inner.and_then(|own| own.get("title").or(own.get("name"))).and_then(Value::as_str);
        let label = title.or_else(|| label_key.and_then(|key| text(key)));
        // The value of a pair may be an object with the value.
        let field = label.or(Some(key).filter(|key| !key.is_empty() && !STRUCTURE.contains(key)));
        let own = label.map_or_else(|| path.to_owned(), |label| joined(path, label));
        for (key, value) in object {
            let is_about = label.is_some() && ABOUT.contains(&key.as_str());
            if is_about || label_key.is_some_and(|label| label == key) {
                continue;
            }
            match field {
                Some(field) if VALUES.contains(&key.as_str()) => self.walk(value, path, field),
                _ if STRUCTURE.contains(&key.as_str()) => self.walk(value, &own, key),
                _ if value.is_object() || value.is_array() => self.walk(value, &joined(&own, key), ""),
                _ => self.walk(value, &own, key),
            }
        }
    }

    fn csv(&mut self, text: &str, columns: &[String], prefix: &str) -> Result<(), Error> {
        for (line, row) in rows(text)?.into_iter().skip(1) {
            if row.len() > columns.len() {
                self.unread.push(line);
                continue;
            }
            let cell = |name: &str| {
                let at = columns.iter().position(|column| column == name)?;
                row.get(at).filter(|cell| !cell.is_empty())
            };
            let path = NAME_COLUMNS
                .iter()
                .filter_map(|name| cell(name))
                .fold(prefix.to_owned(), |path, part| joined(&path, part));
            let path = if path == prefix { joined(prefix, &format!("line {line}")) } else { path };
            for name in VALUE_COLUMNS {
                if let Some(value) = cell(name) {
                    self.push(field(&path, name), value);
                }
            }
            for name in ["extra", "notes", "note"] {
                if let Some(value) = cell(name) {
                    self.push(field(&path, name), value);
                }
            }
        }
        Ok(())
    }

    fn env(&mut self, text: &str, prefix: &str) {
        let mut lines = (1..).zip(text.lines());
        while let Some((number, line)) = lines.next() {
            let Some((name, value)) = assignment(line) else {
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    self.unread.push(number);
                }
                continue;
            };
            let quote = value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
            let Some(quote) = quote else {
                let value = value.split(" #").next().unwrap_or(value);
                self.push(joined(prefix, name), value.trim());
                continue;
            };
            let mut whole = value[1..].to_owned();
            let mut end = closing(&whole, quote);
            // A key of several lines.
            while end.is_none()
                && let Some((_, next)) = lines.next()
            {
                whole.push('\n');
                whole.push_str(next);
                end = closing(&whole, quote);
            }
            let Some(end) = end else {
                self.unread.push(number);
                return;
            };
            let value = &whole[..end];
            let value = if quote == '"' { unescaped(value) } else { value.to_owned() };
            self.push(joined(prefix, name), &value);
        }
    }

    fn lines(&mut self, text: &str, prefix: &str) {
        for (number, line) in (1..).zip(text.lines()) {
            self.push(joined(prefix, &format!("line {number}")), line.trim());
        }
    }
}

/// A path with one more part.
fn joined(path: &str, part: &str) -> String {
    match (path.is_empty(), part.is_empty()) {
        (true, _) => part.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{}/{part}", path.trim_end_matches('/')),
    }
}

/// The name of a field of the entry at `path`.
fn field(path: &str, key: &str) -> String {
    match (path.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}#{key}"),
    }
}

/// The name and the value of a line `NAME=VALUE`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let name = name.trim();
    let is_of_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-');
    let is_name = !name.is_empty()
        && name.chars().all(is_of_name)
        && !name.starts_with(|char: char| char.is_ascii_digit());
    is_name.then(|| (name, value.trim()))
}

/// True if most lines assign something.
fn is_env(text: &str) -> bool {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = text.lines().find(is_said);
    let assigned = text.lines().filter(is_said).filter(|line| assignment(line).is_some()).count();
    first.is_some_and(|line| assignment(line).is_some())
        && (assigned * 2 > text.lines().filter(is_said).count() || text.contains("-----BEGIN "))
}

/// Where a quoted value ends.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        if char == quote && !is_escaped {
            return Some(at);
        }
        is_escaped = quote == '"' && char == '\\' && !is_escaped;
    }
    None
}

/// A value between double quotes, without its escapes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            char => out.push(char),
        }
    }
    out
}

/// The columns of a table with a header that names at least one column of values.
fn columns(text: &str) -> Option<Vec<String>> {
    let first = text.lines().next().filter(|line| line.contains(','))?;
    let (_, header) = rows(first).ok()?.into_iter().next()?;
    let columns: Vec<String> =
        header.iter().map(|name| name.trim().to_ascii_lowercase().replace(' ', "_")).collect();
    columns.iter().any(|name| VALUE_COLUMNS.contains(&name.as_str())).then_some(columns)
}

/// The rows of a table, each with the line on which it begins (RFC 4180).
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, Error> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut start, mut is_quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        line += usize::from(char == '\n');
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if is_quoted => is_quoted = false,
            char if is_quoted => cell.push(char),
            '"' if cell.is_empty() => is_quoted = true,
            ',' => row.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                if row.iter().any(|cell| !cell.is_empty()) {
                    rows.push((start, std::mem::take(&mut row)));
                }
                row.clear();
                start = line;
            }
            char => cell.push(char),
        }
    }
    if is_quoted {
        return Err(Error::Export {
            what: format!("a quote that begins in the row of line {start} does not end"),
        });
    }
    if !row.is_empty() || !cell.is_empty() {
        row.push(cell);
        rows.push((start, row));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let export = ManagerExport::read(text, "").expect("it has values");
        export.entries.into_iter().map(|one| (one.name, one.value)).collect()
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_vault_prints() {
        let text = r#"{"request_id":"r","lease_id":"","data":{"data":{"password":"pw one","url":"u"},
            "metadata":{"created_time":"t","version":3}},"warnings":null}"#;
        let export = ManagerExport::read(text, "kv/prod/db").expect("it has values");
        let names: Vec<&str> = export.entries.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["kv/prod/db#password", "kv/prod/db#url"]);
        // A field may be called like anything.
        let text = r#"{"request_id":"r","data":{"key":"one","name":"two","secret":"three","auth":"four","more":{"type":"five"}}}"#;
        let all = [
            ("#key", "one"),
            ("#name", "two"),
            ("#secret", "three"),
            ("#auth", "four"),
            ("/more#type", "five"),
        ];
        let all = all.map(|(name, value)| (format!("kv/x{name}"), value.to_owned()));
        let export = ManagerExport::read(text, "kv/x").expect("it has values");
        assert_eq!(export.entries.len(), all.len());
        for (name, value) in all {
            assert!(export.entries.contains(&Exported { name: name.clone(), value }), "{name}");
        }
    }

    #[test]
    fn a_tree_of_paths() {
        let text = r#"{"kv/prod/db":{"password":"one"},"kv/dev":{"mail":{"token":"two"}}}"#;
        assert_eq!(read(text), pairs(&[("kv/dev/mail#token", "two"), ("kv/prod/db#password", "one")]));
    }

    #[test]
    fn what_1password_prints_and_exports() {
        let item = r#"{"id":"i","title":"Database","vault":{"id":"v","name":"Team"},"fields":[
            {"id":"username","type":"STRING","label":"username","value":"app"},
            {"id":"password","type":"CONCEALED","label":"password","value":"one","reference":"op://x"}]}"#;
        assert!(read(item).contains(&("Database#password".to_owned(), "one".to_owned())));
        let export = r#"{"accounts":[{"attrs":{"name":"Acme"},"vaults":[{"attrs":{"name":"Team"},"items":[
            {"uuid":"u","overview":{"title":"Mail","url":"x"},"details":{"loginFields":[
            {"designation":"login","value":"two","name":"pin"}],"sections":[{"title":"Keys","fields":[
            {"title":"token","id":"f","value":{"concealed":"three"}}]}]}}]}]}]}"#;
        let read = read(export);
        assert!(read.contains(&("Acme/Team/Mail#pin".to_owned(), "two".to_owned())), "{read:?}");
        assert!(
            read.iter().any(|(name, value)| name.ends_with("Keys#token") && value == "three"),
            "{read:?}"
        );
    }

    #[test]
    fn what_bitwarden_exports() {
        let text = r#"{"encrypted":false,"folders":[{"id":"f","name":"Work"}],"items":[{"id":"i","folderId":"f","type":1,
            "name":"Mail","notes":"written for people","fields":[{"name":"pin","value":"two","type":1}],
            "login":{"uris":[{"uri":"u"}],"username":"me","password":"one","totp":null}}]}"#;
        let read = read(text);
        assert!(read.contains(&("Mail#password".to_owned(), "one".to_owned())), "{read:?}");
        assert!(read.contains(&("Mail#pin".to_owned(), "two".to_owned())), "{read:?}");
        assert!(ManagerExport::read(r#"{"encrypted":true,"data":"2.abc"}"#, "").is_err());
    }

    #[test]
    fn what_cloud_managers_print() {
        let text = r#"{"SecretValues":[{"ARN":"a","Name":"app/db","SecretString":"{\"password\":\"one\"}"}]}
            {"Parameters":[{"Name":"/app/key","Type":"SecureString","Value":"two"}]}
            [{"id":"1","key":"THREE","value":"three","projectId":"p"}]"#;
        let all = read(text);
        for pair in [("app/db#password", "one"), ("/app/key", "two"), ("THREE", "three")] {
            assert!(all.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{all:?}");
        }
    }

    #[test]
    fn a_table_with_quotes_and_line_breaks() {
        let text = "url,username,password,totp,extra,name,grouping,fav\r\n\
                    http://x,me,\"a,\"\"b\"\"\",,\"two words\",Mail,Work,0\r\n\
                    http://sn,,,,\"-----BEGIN KEY-----\nAAA\",Note,,0\r\n";
        assert_eq!(
            read(text),
            pairs(&[
                ("Work/Mail#password", "a,\"b\""),
                ("Work/Mail#extra", "two words"),
                ("Note#extra", "-----BEGIN KEY-----\nAAA")
            ])
        );
        assert!(ManagerExport::read("name,password\nx,\"open\n", "").is_err());
    }

    #[test]
    fn an_env_file() {
        let text = "# comment\nexport A=one two # more\nB='t\"wo'\nC=\"th\\\"ree\nfour\"\nbroken\n";
        let export = ManagerExport::read(text, "app").expect("it has values");
        assert_eq!(export.unread, [6]);
        let all: Vec<(&str, &str)> = export.entries.iter().map(|one| (&*one.name, &*one.value)).collect();
        assert_eq!(all, [("app/A", "one two"), ("app/B", "t\"wo"), ("app/C", "th\"ree\nfour")]);
    }

    #[test]
    fn plain_lines() {
        assert_eq!(read("one\n\n two \n"), pairs(&[("line 1", "one"), ("line 3", "two")]));
        assert!(ManagerExport::read(" \n", "").is_err());
    }
}
