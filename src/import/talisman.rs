//! talisman: `.talismanrc`.

use super::document::{DocumentField, Node, Syntax};
use super::plan::{Plan, PlannedRule, plain_path};
use super::regexes::{Dialect, GlobKind, glob, translate};
use crate::model::{AllowTarget, Allowance, FileContent, HashKind, SecretHash};
use crate::sheet::Fault;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Files that belong to a scope, as far as all versions agree.
const SCOPES: [(&str, &[&str]); 7] = [
    ("node", &["package-lock.json", "yarn.lock", "pnpm-lock.yaml"]),
    ("go", &["go.sum", "go.mod"]),
    ("images", &["*.jpeg", "*.jpg", "*.png", "*.tiff", "*.bmp"]),
    ("bazel", &["*.bzl"]),
    ("terraform", &[".terraform.lock.hcl"]),
    ("php", &["composer.lock"]),
    ("python", &["poetry.lock", "Pipfile.lock"]),
];

/// True for such a file.
pub(super) fn is_like(node: &Node) -> bool {
    ["fileignoreconfig", "scopeconfig", "custom_patterns", "allowed_patterns"]
        .iter()
        .any(|key| node.get(key).is_some())
}

/// Reads it.
pub(super) fn read(file: &str, text: &str) -> Result<Plan, Fault> {
    let node = Node::parse(file, text, Syntax::Yaml)?;
    let mut plan = Plan::of(file);
    let mut top = node.field(file).table()?;
    top.set_aside(&["version"]);
    if let Some(files) = top.take("fileignoreconfig") {
        for one in files.items()? {
            read_file(&mut plan, &one)?;
        }
    }
    if let Some(patterns) = top.take("allowed_patterns") {
        plan.allow_regexes(&patterns, Dialect::Go, &covering())?;
    }
    if let Some(patterns) = top.take("custom_patterns") {
        for item in patterns.items()? {
            rule(&mut plan, &item)?;
        }
    }
    if let Some(scopes) = top.take("scopeconfig") {
        for scope in scopes.items()? {
            let mut table = scope.table()?;
            let name = table.take_text("scope")?;
            match SCOPES.iter().find(|(known, _)| *known == name) {
                Some((_, files)) => plan.allow.push(Allowance {
                    reason: format!("files of talisman's scope {name}"),
                    path_regexes: files.iter().map(|file| glob(file, GlobKind::Talisman)).collect(),
                    ..Allowance::default()
                }),
                None => plan.leave_out(&scope, "is a scope that is not known."),
            }
            plan.leave_out_unknown(&table.rest());
        }
    }
    if let Some(threshold) = top.take("threshold")
        && !threshold.text()?.eq_ignore_ascii_case("low")
    {
        plan.leave_out(&threshold, "is about talisman's own severities, which are not ours. See `fail-on`.");
    }
    for (key, why) in [
        ("custom_severities", "is about talisman's own detectors."),
        ("experimental", "is about talisman's own search for base64."),
    ] {
        if let Some(field) = top.take(key).filter(|field| !field.is_empty()) {
            plan.leave_out(&field, why);
        }
    }
    plan.leave_out_unknown(&top.rest());
    Ok(plan)
}

fn covering() -> Allowance {
    Allowance {
        reason: "an allowed pattern of talisman".to_owned(),
        target: AllowTarget::Covering,
        ..Allowance::default()
    }
}

fn read_file(plan: &mut Plan, one: &DocumentField<'_>) -> Result<(), Fault> {
    let mut table = one.table()?;
    let name = table.take_text("filename")?;
    if name.is_empty() {
        return Err(table.fault("has no `filename`."));
    }
    let is_glob = name.contains(['*', '?', '[']) || name.ends_with('/');
    let paths = vec![glob(&name, GlobKind::Talisman)];
    if let Some(checksum) = table.take("checksum").filter(|checksum| !checksum.is_empty()) {
        let hash = SecretHash::new(HashKind::Sha256, checksum.text()?);
        let hash = hash.ok_or_else(|| checksum.fault("must be 64 hexadecimal digits."))?;
        if is_glob {
            plan.leave_out(
                &checksum,
                "is of several files. Only that of one file, by its path, is compared.",
            );
        } else {
            let file = FileContent { path: plain_path(&name), digest: hash.hex, is_talismans: true };
            plan.allow.push(Allowance {
                reason: "its checksum is in talisman's configuration".to_owned(),
                files: vec![file],
                ..Allowance::default()
            });
        }
    }
    if let Some(detectors) = table.take("ignore_detectors") {
        for detector in detectors.items()? {
            match detector.text()? {
                "filecontent" => plan.allow.push(Allowance {
                    reason: "talisman does not look into this file".to_owned(),
                    path_regexes: paths.clone(),
                    ..Allowance::default()
                }),
                // About names and sizes of files, which are no findings here.
                "filename" | "filesize" => {}
                _ => plan.leave_out(&detector, "is a detector that is not known."),
            }
        }
    }
    if let Some(patterns) = table.take("allowed_patterns") {
        let here = Allowance { needs_all: true, path_regexes: paths, ..covering() };
        plan.allow_regexes(&patterns, Dialect::Go, &here)?;
    }
    plan.leave_out_unknown(&table.rest());
    Ok(())
}

fn rule(plan: &mut Plan, item: &DocumentField<'_>) -> Result<(), Fault> {
    let text = item.text()?;
    match translate(text, Dialect::Go) {
        Ok(regex) if !text.is_empty() => {
            let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
            let id = format!("pattern-{}", &digest[..8]);
            let mut rule = PlannedRule::new(&id, Some(regex), item.line());
            rule.description = "A custom pattern of talisman".to_owned();
            plan.rules.push(rule);
        }
        _ => plan.leave_out(item, "has a regex that has no meaning here."),
    }
    Ok(())
}

/// Talisman's checksum of a file.
pub fn checksum(path: &str, content: &[u8]) -> String {
    let hash = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
    let all = [hash(b""), hash(content), hash(path.as_bytes())].concat();
    hash(all.as_bytes())
}
