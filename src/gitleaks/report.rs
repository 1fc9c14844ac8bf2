//! Reports in the shapes that gitleaks 8 writes: JSON, CSV, JUnit, SARIF.

use crate::report::escape::{csv_field, xml};
use crate::rules::WholeText;
use serde::Serialize;
use serde_json::json;
use serde_json::ser::{PrettyFormatter, Serializer};
use std::io::{self, Write};

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeakFormat {
    /// A list of objects.
    Json,
    /// A line for each leak, and a head if there is one.
    Csv,
    /// A failed test for each leak.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

impl LeakFormat {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "junit" => Some(Self::Junit),
            "sarif" => Some(Self::Sarif),
            _ => None,
        }
    }
}

/// One leak, with the keys that gitleaks gives it, in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Leak {
    /// The rule.
    #[serde(rename = "RuleID")]
    pub rule_id: String,
    /// What the rule finds.
    pub description: String,
    /// The line of the match's first byte, 1-based; 0 for a file's name.
    pub start_line: u64,
    /// The line of its last byte.
    pub end_line: u64,
    /// The column of its first byte, 1-based, in bytes.
    pub start_column: u64,
    /// The column of its last byte.
    pub end_column: u64,
    /// The match.
    pub r#match: String,
    /// The secret.
    pub secret: String,
    /// The path.
    pub file: String,
    /// The link that led to it: none is followed.
    pub symlink_file: String,
    /// The commit; empty outside a history.
    pub commit: String,
    /// A link to the place at the repository's host.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Shannon entropy of the secret.
    pub entropy: f32,
    /// The commit's author.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was made, in UTC.
    pub date: String,
    /// What its message says.
    pub message: String,
    /// Labels of the rule.
    pub tags: Vec<String>,
    /// The name in `.gitleaksignore`.
    pub fingerprint: String,
}

impl Leak {
    /// Computes what follows from the rest.
    #[must_use]
    pub fn completed(mut self) -> Self {
        self.entropy = WholeText::entropy_of(self.secret.as_bytes()) as f32;
        let place = format!("{}:{}:{}", self.file, self.rule_id, self.start_line);
        self.fingerprint = if self.commit.is_empty() { place } else { format!("{}:{place}", self.commit) };
        self
    }

    /// Redacts this percentage of the secret, wherever it is.
    pub fn redact(&mut self, percent: u32) {
        if percent == 0 || self.secret.is_empty() {
            return;
        }
        let secret = std::mem::take(&mut self.secret);
        let redacted = if percent >= 100 {
            "REDACTED".to_owned()
        } else {
            let exact = secret.len() as f64 * f64::from(100 - percent) / 100.0;
            let mut kept = exact.round_ties_even() as usize;
            while !secret.is_char_boundary(kept) {
                kept -= 1;
            }
            format!("{}...", &secret[..kept])
        };
        self.r#match = self.r#match.replace(&secret, &redacted);
        self.message = self.message.replace(&secret, &redacted);
        self.secret = redacted;
    }

    fn sentence(&self) -> String {
        let Self { rule_id, file, start_line, commit, .. } = self;
        let at = if commit.is_empty() { String::new() } else { format!(", at commit {commit}") };
        format!("{rule_id} has detected a secret in file {file}, line {start_line}{at}.")
    }
}

/// Writes a report; `rules` are the ids and descriptions of the rules in force.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(
    format: LeakFormat,
    leaks: &[Leak],
    rules: &[(String, String)],
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        LeakFormat::Json => writeln!(out, "{}", pretty(leaks, b" ")?),
        LeakFormat::Csv => csv(leaks, out),
        LeakFormat::Junit => junit(leaks, out),
        LeakFormat::Sarif => writeln!(out, "{}", pretty(&sarif(leaks, rules), b" ")?),
    }
}

/// JSON, indented, with the characters escaped that mean something in HTML.
fn pretty<T: Serialize + ?Sized>(value: &T, indent: &[u8]) -> io::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent)))?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    // These are only within strings.
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

fn csv(leaks: &[Leak], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = leaks.first() else { return Ok(()) };
    let has_link = !first.link.is_empty();
    let head = "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags";
    writeln!(out, "{head}{}", if has_link { ",Link" } else { "" })?;
    for leak in leaks {
        let numbers = [leak.start_line, leak.end_line, leak.start_column, leak.end_column]
            .map(|number| number.to_string());
        let tags = leak.tags.join(" ");
        let mut row =
            vec![&leak.rule_id, &leak.commit, &leak.file, &leak.symlink_file, &leak.secret, &leak.r#match];
        row.extend(&numbers);
        row.extend([&leak.author, &leak.message, &leak.date, &leak.email, &leak.fingerprint, &tags]);
        row.extend(has_link.then_some(&leak.link));
        let fields: Vec<_> = row.into_iter().map(|field| csv_field(field)).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

fn junit(leaks: &[Leak], out: &mut dyn Write) -> io::Result<()> {
    let count = leaks.len();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites>")?;
    write!(out, "\t<testsuite failures=\"{count}\" name=\"gitleaks\" tests=\"{count}\" time=\"\">")?;
    for leak in leaks {
        let (kind, file, message) = (xml(&leak.description), xml(&leak.file), xml(&leak.sentence()));
        let data = xml(&pretty(leak, b"\t")?);
        write!(out, "\n\t\t<testcase classname=\"{kind}\" file=\"{file}\" name=\"{message}\" time=\"\">")?;
        write!(
            out,
            "\n\t\t\t<failure message=\"{message}\" type=\"{kind}\">{data}</failure>\n\t\t</testcase>"
        )?;
    }
    write!(out, "{}</testsuite>\n</testsuites>", if count > 0 { "\n\t" } else { "" })
}

fn sarif(leaks: &[Leak], rules: &[(String, String)]) -> serde_json::Value {
    let rules: Vec<_> = rules
        .iter()
        .map(|(id, description)| json!({ "id": id, "shortDescription": { "text": description } }))
        .collect();
    let result = |leak: &Leak| {
        let at = if leak.commit.is_empty() { String::new() } else { format!(" at commit {}", leak.commit) };
        json!({
            "message": { "text": format!("{} has detected secret for file {}{at}.", leak.rule_id, leak.file) },
            "ruleId": leak.rule_id,
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": leak.file },
                    "region": {
                        "startLine": leak.start_line.max(1),
                        "startColumn": leak.start_column.max(1),
                        "endLine": leak.end_line.max(1),
                        "endColumn": leak.end_column.max(1),
                        "snippet": { "text": leak.secret },
                    },
                },
            }],
            "partialFingerprints": {
                "commitSha": leak.commit,
                "email": leak.email,
                "author": leak.author,
                "date": leak.date,
                "commitMessage": leak.message,
            },
            "properties": { "tags": leak.tags },
        })
    };
    let results: Vec<_> = leaks.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "gitleaks",
                    "semanticVersion": "v8.0.0",
                    "informationUri": "https://github.com/gitleaks/gitleaks",
                    "rules": rules,
                },
            },
            "results": results,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_secret_is_redacted_as_gitleaks_rounds_it() {
        let table = [
            (0, "abcdefghij"),
            (20, "abcdefgh..."),
            (25, "abcdefgh..."),
            (99, "..."),
            (100, "REDACTED"),
            (300, "REDACTED"),
        ];
        for (percent, wanted) in table {
            let mut leak = Leak {
                secret: "abcdefghij".to_owned(),
                r#match: "x=abcdefghij".to_owned(),
                ..Leak::default()
            };
            leak.redact(percent);
            assert_eq!((leak.secret.as_str(), leak.r#match), (wanted, format!("x={wanted}")), "{percent}");
        }
        let mut leak = Leak { secret: "éé".to_owned(), ..Leak::default() };
        leak.redact(75);
        assert_eq!(leak.secret, "...");
    }
}
