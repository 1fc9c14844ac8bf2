//! Findings and mentions become rows.

use super::attributes::{RotationPolicy, environment_of, impact, service_of, stored};
use super::mention::Mention;
use super::owners::CodeOwners;
use super::row::{InventoryRow, RowPlace, RowType};
use crate::model::{Commit, Finding, Kind, Place, Secret};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known of a repository.
pub struct RepositoryFacts<'a> {
    /// Its name.
    pub name: &'a str,
    /// Who answers for its paths.
    pub owners: &'a CodeOwners,
    /// How old secrets may become in it.
    pub policy: RotationPolicy,
    /// Hides the repository's secrets in a text of its: an identifier, the name of an entry.
    pub in_text: &'a dyn Fn(&str) -> String,
    /// Hides them in a path or the like, of which only what is drawn at random is hidden.
    pub in_path: &'a dyn Fn(&str) -> String,
}

/// Rows of several repositories, in the making.
#[derive(Debug)]
pub struct InventoryBuilder {
    today: Date,
    rows: Vec<InventoryRow>,
    /// The secrets of the rows that have one, by the row's number.
    secrets: HashMap<Secret, Vec<usize>>,
}

impl InventoryBuilder {
    /// Of a run on the day `today`.
    pub fn new(today: Date) -> Self {
        Self { today, rows: Vec::new(), secrets: HashMap::new() }
    }

    /// Adds what was found in a repository.
    pub fn add(&mut self, facts: &RepositoryFacts<'_>, findings: &[Finding], mentions: &BTreeSet<Mention>) {
        for finding in findings {
            self.secrets.entry(finding.secret.clone()).or_default().push(self.rows.len());
            let row = self.secret(facts, finding);
            self.rows.push(row);
        }
        let mut groups: BTreeMap<(RowType, &str, &str, &str, &str), Vec<&Mention>> = BTreeMap::new();
        for mention in mentions {
            // A reference is one wherever it is made; a call or a variable is to be mended where it is.
            let path = if mention.row_type == RowType::Reference { "" } else { &*mention.path };
            let key = (mention.row_type, mention.kind, mention.service, &*mention.name, path);
            groups.entry(key).or_default().push(mention);
        }
        self.rows.extend(groups.into_values().map(|group| of_mentions(facts, &group)));
    }

    /// The rows, in order, with what they share.
    pub fn finish(mut self) -> Vec<InventoryRow> {
        for numbers in self.secrets.values().filter(|numbers| numbers.len() > 1) {
            let repositories: BTreeSet<String> = numbers
                .iter()
                .map(|number| format!("repository:{}", self.rows[*number].repository))
                .collect();
            if repositories.len() > 1 {
                for number in numbers {
                    self.rows[*number].shared.extend(repositories.iter().cloned());
                }
            }
        }
        for row in &mut self.rows {
            row.shared.sort();
            row.shared.dedup();
        }
        self.rows.sort_by(|one, other| {
            (&one.repository, one.row_type)
                .cmp(&(&other.repository, other.row_type))
                .then_with(|| {
                    (&one.service, &one.kind, &one.name).cmp(&(&other.service, &other.kind, &other.name))
                })
                .then_with(|| one.places.first().cmp(&other.places.first()))
                .then_with(|| one.fingerprint.cmp(&other.fingerprint))
        });
        self.rows
    }

    fn secret(&self, facts: &RepositoryFacts<'_>, finding: &Finding) -> InventoryRow {
        let SecretPlaces { environments, services, places, stored } = SecretPlaces::of(finding);
        let (owner, owner_by) = owner_of(facts, finding);
        let shared = |kind: &str, names: Vec<String>| {
            let are_several = names.len() > 1;
            names
                .into_iter()
                .filter(move |_| are_several)
                .map(|name| format!("{kind}:{name}"))
                .collect::<Vec<_>>()
        };
        let environments: Vec<String> = environments.into_iter().map(str::to_owned).collect();
        let mut several = shared("environment", environments.clone());
        several.extend(shared("service", services.into_iter().map(|name| (facts.in_path)(&name)).collect()));
        let first_seen = finding.introduced().and_then(|commit| day(commit));
        let age_days =
            first_seen.and_then(|day| day.until(self.today).ok()).map(|span| i64::from(span.get_days()));
        let max_age = facts.policy.of(finding);
        let accepted = finding.suppressed_by.as_ref().or_else(|| {
            let covered = finding.is_suppressed();
            finding.occurrences.first().filter(|_| covered)?.suppressed_by.as_ref()
        });
        InventoryRow {
            row_type: RowType::Secret,
            repository: facts.name.to_owned(),
            fingerprint: finding.fingerprint.to_string(),
            kind: finding.rule.id.to_string(),
            description: finding.rule.description.to_string(),
            service: finding.rule.provider.as_deref().map(str::to_owned),
            name: finding.identifier.as_deref().map(str::to_owned),
            owner,
            owner_by: owner_by.map(str::to_owned),
            environments,
            impact: Some(impact(finding.rule.severity).to_owned()),
            confidence: Some(finding.confidence.to_string()),
            first_seen: first_seen.map(|day| day.to_string()),
            age_days,
            max_age_days: Some(max_age),
            overdue: age_days.map(|age| age > i64::from(max_age)),
            in_tip: finding.live(),
            verified: finding.verification.as_ref().map(|one| one.state.to_string()),
            shared: several,
            stored: stored.into_iter().map(str::to_owned).collect(),
            accepted_by: accepted.map(ToString::to_string),
            places: places.into_iter().collect(),
        }
    }
}

/// What the places of a secret say of it.
#[derive(Default)]
struct SecretPlaces {
    environments: BTreeSet<&'static str>,
    services: BTreeSet<String>,
    places: BTreeSet<RowPlace>,
    /// The kinds of places of storage.
    stored: BTreeSet<&'static str>,
}

impl SecretPlaces {
    fn of(finding: &Finding) -> Self {
        let mut all = Self::default();
        for one in &finding.occurrences {
            let place = &one.place;
            let path = path_of(place);
            all.services.extend(path.and_then(service_of).map(str::to_owned));
            let names = one.matches.iter().map(|one| one.candidate.identifier.as_deref());
            all.environments.extend(names.filter_map(|name| environment_of(name, path)));
            all.stored.insert(match (place.kind(), path) {
                (Kind::File, Some(path)) => stored(path),
                (Kind::Commit | Kind::Path, Some(path)) if is_now(place) => stored(path),
                (Kind::Message | Kind::Tag | Kind::Note | Kind::Ref | Kind::Author, _) => "message",
                _ => "history",
            });
            all.places.insert(RowPlace {
                kind: place.kind().name().to_owned(),
                path: place.path.as_deref().map(str::to_owned),
                line: one.location.line,
                commit: place.commit().map(|commit| commit.id.to_string()),
            });
        }
        // What is in a file today was in the history before.
        if all.stored.len() > 1 {
            all.stored.remove("history");
        }
        let entries = finding.stored.as_ref().map(|stored| &stored.entries[..]).unwrap_or_default();
        if !entries.is_empty() {
            all.stored.insert("manager");
        }
        all.environments.extend(entries.iter().filter_map(|entry| environment_of(None, Some(entry))));
        all
    }
}

/// The path of a place in a file.
fn path_of(place: &Place) -> Option<&str> {
    place.path.as_deref().filter(|_| place.kind().is_of_files())
}

/// True for a place in a file as it is today.
fn is_now(place: &Place) -> bool {
    place.kind() == Kind::File || place.presence().live == Some(true)
}

/// Who owns a secret, and who says so: CODEOWNERS, of the files of today first, or the commit that brought it.
fn owner_of(facts: &RepositoryFacts<'_>, finding: &Finding) -> (Option<String>, Option<&'static str>) {
    let places = finding.occurrences.iter().map(|one| &one.place);
    let mut paths: Vec<(bool, &str)> =
        places.filter_map(|place| Some((!is_now(place), path_of(place)?))).collect();
    paths.sort_unstable();
    if let Some(owner) = paths.iter().find_map(|(_, path)| facts.owners.of(path)) {
        return (Some((facts.in_path)(&owner)), Some("codeowners"));
    }
    let author = finding.introduced().map(|commit| format!("{} <{}>", commit.author, commit.email));
    let by = author.is_some().then_some("introduced");
    (author, by)
}

/// The row of mentions of the same.
fn of_mentions(facts: &RepositoryFacts<'_>, group: &[&Mention]) -> InventoryRow {
    let first = group[0];
    let has_value = group.iter().any(|one| one.has_value);
    let environments: BTreeSet<&str> =
        group.iter().filter_map(|one| environment_of(Some(&one.name), Some(&one.path))).collect();
    let owner = group.iter().find_map(|one| facts.owners.of(&one.path)).map(|owner| (facts.in_path)(&owner));
    let (description, impact, held) = match first.row_type {
        RowType::LogCall => ("A call that would write a secret to a log (CWE-532)", Some("medium"), None),
        RowType::ImageVariable if has_value => {
            ("A variable with a secret's name, whose value is in the image", Some("high"), Some("manifest"))
        }
        RowType::ImageVariable => (
            "A variable with a secret's name, whose value is in the image if one is given",
            Some("medium"),
            None,
        ),
        _ if is_encrypted(first.kind) => ("A file with encrypted secrets", None, Some("encrypted")),
        _ => ("A reference to a secret that is kept elsewhere", None, Some("manager")),
    };
    let environments: Vec<String> = environments.into_iter().map(str::to_owned).collect();
    let several = if environments.len() > 1 { environments.as_slice() } else { &[] };
    let place = |one: &&Mention| RowPlace {
        kind: Kind::File.name().to_owned(),
        path: Some((facts.in_path)(&one.path)),
        line: one.line,
        commit: None,
    };
    let places: BTreeSet<RowPlace> = group.iter().map(place).collect();
    let path = if first.row_type == RowType::Reference { "" } else { &*first.path };
    InventoryRow {
        row_type: first.row_type,
        repository: facts.name.to_owned(),
        fingerprint: hash(&[first.row_type.name(), first.kind, first.service, &first.name, path]),
        kind: first.kind.to_owned(),
        description: description.to_owned(),
        service: Some(first.service.to_owned()),
        // A file that is encrypted has its path as its name.
        name: Some(if first.name == first.path {
            (facts.in_path)(&first.name)
        } else {
            (facts.in_text)(&first.name)
        }),
        owner_by: owner.as_ref().map(|_| "codeowners".to_owned()),
        owner,
        shared: several.iter().map(|name| format!("environment:{name}")).collect(),
        environments,
        impact: impact.map(str::to_owned),
        confidence: None,
        first_seen: None,
        age_days: None,
        max_age_days: None,
        overdue: None,
        in_tip: None,
        verified: None,
        stored: held.into_iter().map(str::to_owned).collect(),
        accepted_by: None,
        places: places.into_iter().collect(),
    }
}

/// True for the kinds of files that are encrypted where they are.
fn is_encrypted(kind: &str) -> bool {
    matches!(
        kind,
        "age"
            | "ansible-vault"
            | "ejson"
            | "eyaml"
            | "git-crypt"
            | "rails-credentials"
            | "sealed-secret"
            | "spring-cipher"
    )
}

/// The day of a commit, where its author was.
fn day(commit: &Commit) -> Option<Date> {
    let offset = jiff::tz::Offset::from_seconds(commit.zone.checked_mul(60)?).ok()?;
    let time = jiff::Timestamp::from_second(commit.time).ok()?;
    Some(offset.to_datetime(time).date())
}

/// A name made of what a row is about: 16 hexadecimal digits.
fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize()[..8])
}
