//! Findings and files become a plan.

use super::document::{PLAN_SCHEMA, PlanBatch, PlanStep, PlannedPlace, PlannedSecret, SecretPlan};
use super::naming::{EntryName, slug, variable};
use super::patch::ChangeSet;
use super::rewrite::{ByHand, Edit, Rewrite, Spot, ValueReader, is_dot_env, removed_names, rewrite};
use super::rotation;
use super::target::PlanTarget;
use crate::inventory::InventoryRow;
use crate::model::{Decoding, Finding, Kind, Occurrence, Span};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most secrets of a batch.
const MOST_IN_BATCH: usize = 8;

/// The most places that are changed in a file: each is looked for from the file's start.
const MOST_IN_FILE: usize = 200;

/// The most places that are named of a secret's history.
const MOST_COMMITS: usize = 20;

/// Files, as the plan needs them.
pub struct PlanFiles<'a> {
    /// The text of a file by its path in the repository; `None` if it cannot be read, is too large, or is no text.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// The text of the other files in its folder with the same ending.
    pub others: &'a dyn Fn(&str) -> String,
    /// Hides secrets in a text.
    pub mask: &'a dyn Fn(&str) -> String,
}

/// What a plan is made of.
pub struct PlanInput<'a> {
    /// Where to.
    pub target: PlanTarget,
    /// The repository's name.
    pub repository: &'a str,
    /// The inventory of its secrets.
    pub rows: &'a [InventoryRow],
    /// Its findings, accepted ones too.
    pub findings: &'a [Finding],
    /// The salt of their fingerprints.
    pub salt: String,
    /// The day.
    pub created: String,
}

/// A plan, and the patches of its batches. Only the patches have secrets.
pub struct MadePlan {
    /// The plan.
    pub plan: SecretPlan,
    /// By batch: the patch, empty if nothing can be changed.
    pub patches: Vec<String>,
}

/// A secret on its way into a batch.
struct Candidate<'a> {
    finding: &'a Finding,
    row: &'a InventoryRow,
    is_in_files: bool,
}

impl Candidate<'_> {
    /// The larger, the sooner.
    fn danger(&self) -> (bool, bool, u8) {
        let is_live = self.row.verified.as_deref() == Some("live");
        let impact = match self.row.impact.as_deref() {
            Some("high") => 2,
            Some("medium") => 1,
            _ => 0,
        };
        (is_live, self.is_in_files || self.row.in_tip == Some(true), impact)
    }

    /// What batches are made of.
    fn group(&self) -> String {
        self.row.service.clone().unwrap_or_else(|| self.row.kind.clone())
    }
}

/// Makes a plan.
pub fn make(input: &PlanInput<'_>, files: &PlanFiles<'_>) -> MadePlan {
    let rows: HashMap<&str, &InventoryRow> =
        input.rows.iter().map(|row| (row.fingerprint.as_str(), row)).collect();
    let mut accepted = 0;
    let mut groups: BTreeMap<String, Vec<Candidate<'_>>> = BTreeMap::new();
    for finding in input.findings {
        let Some(row) = rows.get(finding.fingerprint.to_string().as_str()).copied() else { continue };
        if finding.is_suppressed() {
            accepted += 1;
            continue;
        }
        let is_in_files = finding.occurrences.iter().any(|one| one.place.kind() == Kind::File);
        let one = Candidate { finding, row, is_in_files };
        groups.entry(one.group()).or_default().push(one);
    }
    let mut batches: Vec<(String, Vec<Candidate<'_>>)> = Vec::new();
    for (title, mut group) in groups {
        group.sort_by(|one, other| {
            other.danger().cmp(&one.danger()).then_with(|| one.row.fingerprint.cmp(&other.row.fingerprint))
        });
        let mut rest = group.into_iter().peekable();
        while rest.peek().is_some() {
            batches.push((title.clone(), rest.by_ref().take(MOST_IN_BATCH).collect()));
        }
    }
    batches.sort_by(|(title, one), (other_title, other)| {
        let most = |batch: &[Candidate<'_>]| batch.iter().map(Candidate::danger).max();
        most(other).cmp(&most(one)).then_with(|| title.cmp(other_title))
    });
    let mut making = Making {
        input,
        files,
        repository: slug(input.repository, "repository"),
        variables: BTreeSet::new(),
        changes: ChangeSet::default(),
        declared: BTreeSet::new(),
        stored: Vec::new(),
        looked_at: HashMap::new(),
        others: None,
        texts: HashMap::new(),
    };
    let mut plan = SecretPlan {
        schema: PLAN_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: input.created.clone(),
        repository: input.repository.to_owned(),
        manager: input.target.manager.name().to_owned(),
        store: input.target.manager.is_operator().then(|| input.target.store.name().to_owned()),
        salt: input.salt.clone(),
        complete: true,
        unread: Vec::new(),
        accepted,
        notes: Vec::new(),
        batches: Vec::new(),
    };
    let mut patches = Vec::new();
    for (number, (title, batch)) in batches.into_iter().enumerate() {
        let (batch, patch) = making.batch(number + 1, title, &batch);
        plan.batches.push(batch);
        patches.push(patch);
    }
    MadePlan { plan, patches }
}

/// A plan in the making.
struct Making<'a> {
    input: &'a PlanInput<'a>,
    files: &'a PlanFiles<'a>,
    repository: String,
    variables: BTreeSet<String>,
    changes: ChangeSet,
    /// The variables of Terraform that are declared by a patch, by folder.
    declared: BTreeSet<(String, String)>,
    /// The batches so far that have entries.
    stored: Vec<usize>,
    /// How many places were looked at in each file.
    looked_at: HashMap<String, usize>,
    /// The other files of the folder of the last file that asked for them, with its path.
    others: Option<(String, String)>,
    /// The files that were read.
    texts: HashMap<String, Option<String>>,
}

/// What the changes of a batch ask for.
#[derive(Default)]
struct Needs {
    readers: BTreeSet<ValueReader>,
    /// Files of variables, which should not be in git.
    variable_files: BTreeSet<String>,
    is_patched: bool,
    is_left: bool,
}

impl Making<'_> {
    fn batch(&mut self, number: usize, title: String, secrets: &[Candidate<'_>]) -> (PlanBatch, String) {
        let mut names = Vec::new();
        let mut planned = Vec::new();
        let mut needs = Needs::default();
        let mut rollback = Vec::new();
        for one in secrets {
            let name = self.name(one);
            let commands = self.input.target.commands(&name);
            let places = self.places(one, &name, &mut needs);
            let store = if one.is_in_files { self.store(one, &name) } else { Vec::new() };
            let rotation =
                rotation::steps(&one.finding.rule, one.row.name.as_deref(), &commands, one.is_in_files);
            if one.is_in_files {
                let step = PlanStep::new(format!(
                    "{}: the version before, which the old credential needs:",
                    name.variable
                ));
                rollback.push(commands.back.iter().fold(step, |step, command| step.run(command)));
            }
            planned.push(PlannedSecret {
                fingerprint: one.row.fingerprint.clone(),
                kind: one.row.kind.clone(),
                description: one.row.description.clone(),
                service: one.row.service.clone(),
                name: one.row.name.clone(),
                owner: one.row.owner.clone(),
                impact: one.row.impact.clone(),
                environments: one.row.environments.clone(),
                shared: one.row.shared.clone(),
                in_tip: one.row.in_tip,
                verified: one.row.verified.clone(),
                variable: name.variable.clone(),
                entry: commands.entry,
                store,
                rotation,
                places,
            });
            if one.is_in_files {
                names.push(name);
            }
        }
        let names: Vec<&EntryName> = names.iter().collect();
        self.samples(&needs);
        let patch = self.changes.patch();
        let target = self.input.target;
        let (mut identity, mut delivery) = (Vec::new(), Vec::new());
        if !names.is_empty() {
            self.stored.push(number);
            identity = target.identity(&self.stored, &names);
            delivery = target.delivery(&names);
            delivery.extend(self.delivery(&needs, &names));
        }
        let batch = PlanBatch {
            number,
            title,
            patch: None,
            checks: checks(&needs, &names),
            removal: removal(&needs, secrets),
            rollback,
            secrets: planned,
            identity,
            delivery,
        };
        (batch, patch)
    }

    /// The names of a secret. One that is written in capitals somewhere is a variable there already.
    fn name(&mut self, one: &Candidate<'_>) -> EntryName {
        let matches = one.finding.occurrences.iter().flat_map(|occurrence| &occurrence.matches);
        let identifiers: BTreeSet<&str> =
            matches.filter_map(|one| one.candidate.identifier.as_deref()).collect();
        let is_variable = |name: &&str| {
            name.len() >= 3
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
                && (self.files.mask)(name) == *name
        };
        let written = identifiers.into_iter().find(is_variable);
        let identifier = written.or(one.row.name.as_deref());
        let variable = variable(identifier, &one.row.kind, &mut self.variables);
        let environment = match &one.row.environments[..] {
            [environment] => slug(environment, "default"),
            _ => "default".to_owned(),
        };
        EntryName {
            repository: self.repository.clone(),
            environment,
            leaf: variable.to_ascii_lowercase(),
            variable,
            fingerprint: one.row.fingerprint.clone(),
        }
    }

    /// The commands that store a secret as it is, so that nothing stops working.
    fn store(&self, one: &Candidate<'_>, name: &EntryName) -> Vec<PlanStep> {
        let commands = self.input.target.commands(name);
        let mut steps = commands.before;
        let what = if one.finding.secret.list_len().is_some() {
            "Store each value by hand: this finding is several values"
        } else {
            "Store the value as it is, so that programs can be moved before it is exchanged. It goes through a pipe, and is in no \
             argument, no history of a shell and no file:"
        };
        let step = PlanStep::new(what);
        steps.push(match one.finding.secret.list_len() {
            Some(_) => step,
            None => step.run(format!(
                "keydredge plan value {} --show-secrets | {}",
                name.fingerprint, commands.create
            )),
        });
        steps
    }

    fn places(&mut self, one: &Candidate<'_>, name: &EntryName, needs: &mut Needs) -> Vec<PlannedPlace> {
        let mut places = Vec::new();
        let mut commits = 0;
        for occurrence in &one.finding.occurrences {
            let place = &occurrence.place;
            let mut planned = PlannedPlace {
                kind: place.kind().name().to_owned(),
                path: place.path.as_deref().map(str::to_owned),
                line: occurrence.location.line,
                commit: place.commit().map(|commit| commit.id.to_string()),
                change: "none".to_owned(),
                why: None,
                becomes: None,
            };
            if place.kind() == Kind::File {
                match self.change(one.finding, occurrence, name) {
                    Ok((rewrite, becomes)) => {
                        needs.is_patched = true;
                        needs.readers.insert(rewrite.reader);
                        if let Some(path) = planned.path.as_deref().filter(|path| is_variable_file(path)) {
                            needs.variable_files.insert(path.to_owned());
                        }
                        planned.change = "patch".to_owned();
                        planned.why = rewrite.note;
                        planned.becomes = Some(becomes);
                    }
                    Err(ByHand(why)) => {
                        needs.is_left = true;
                        planned.change = "by-hand".to_owned();
                        planned.why = Some(why.into_owned());
                    }
                }
            } else if place.kind() == Kind::Path {
                planned.change = "by-hand".to_owned();
                planned.why = Some("it is in a name: rename the file".to_owned());
                needs.is_left = true;
            } else {
                commits += 1;
                if commits > MOST_COMMITS {
                    continue;
                }
            }
            places.push(planned);
        }
        places
    }

    /// The change of a file, if one can be made, and what is in the secret's place then.
    fn change(
        &mut self,
        finding: &Finding,
        occurrence: &Occurrence,
        name: &EntryName,
    ) -> Result<(Rewrite, String), ByHand> {
        let refuse = |why: &'static str| Err(ByHand(why.into()));
        let Some(path) = occurrence.place.path.as_deref() else { return refuse("it has no path") };
        if finding.secret.list_len().is_some() {
            return refuse("this finding is several values");
        }
        if occurrence.matches.iter().any(|one| one.candidate.inside.is_some()) {
            return refuse("it is inside an archive or a document: make that anew without it");
        }
        if let Some(encoding) = occurrence.decoded_by.first().copied().map(Decoding::name) {
            return Err(ByHand(format!("it is encoded there ({encoding})").into()));
        }
        let read = self.files.read;
        let text = self.texts.entry(path.to_owned()).or_insert_with(|| read(path)).clone();
        let Some(text) = text else {
            return refuse("the file is no text, is larger than 1 MiB, or cannot be read by this name");
        };
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        let span = Span::new(at(occurrence.location.start), at(occurrence.location.end));
        if text.get(span.start..span.end).is_none_or(|there| there.as_bytes() != finding.secret.expose()) {
            return refuse("it is written differently from what it is (escapes, several lines)");
        }
        let looked_at = self.looked_at.entry(path.to_owned()).or_default();
        *looked_at += 1;
        if *looked_at > MOST_IN_FILE {
            return refuse("there are more than 200 places of secrets in this file");
        }
        let group = name.group();
        if self.others.as_ref().is_none_or(|(known, _)| known != path) {
            let needs_others = [".go", ".java", ".tf"].iter().any(|end| path.ends_with(end));
            let others = if needs_others { (self.files.others)(path) } else { String::new() };
            self.others = Some((path.to_owned(), others));
        }
        let others = self.others.as_ref().map_or("", |(_, text)| text.as_str());
        let spot = Spot {
            path,
            text: &text,
            span,
            variable: &name.variable,
            object: (&group, &name.variable),
            others,
        };
        let mut rewrite = rewrite(&spot)?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        if rewrite.reader == ValueReader::TerraformVariable {
            // One file of a folder declares a variable.
            let declared = &self.declared;
            rewrite.edits.retain(|edit| {
                !edit.at.is_empty() || !declared.contains(&(folder.clone(), edit.with.clone()))
            });
        }
        let insertions: Vec<String> =
            rewrite.edits.iter().filter(|edit| edit.at.is_empty()).map(|edit| edit.with.clone()).collect();
        if !self.changes.add(path, Some(&text), rewrite.edits.clone()) {
            return refuse("another change is made to the same words");
        }
        if rewrite.reader == ValueReader::TerraformVariable {
            self.declared.extend(insertions.into_iter().map(|text| (folder.clone(), text)));
        }
        if is_variable_file(path) {
            self.sample(path, &removed_names(&text, &rewrite.edits));
        }
        let becomes = rewrite.edits.first().map(|edit| (self.files.mask)(&edit.with)).unwrap_or_default();
        Ok((rewrite, becomes))
    }

    /// Names that a file of variables no longer has go into the example beside it.
    fn sample(&mut self, path: &str, names: &[String]) {
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let example = format!("{folder}.env.example");
        let known = self.text_of(&example);
        let has = |name: &str| {
            known.as_deref().is_some_and(|text| {
                text.lines().any(|line| line.trim_start().starts_with(&format!("{name}=")))
            })
        };
        let lines: Vec<String> =
            names.iter().filter(|name| !has(name)).map(|name| format!("{name}=\n")).collect();
        if !lines.is_empty() {
            self.append(&example, known.as_deref(), &lines.concat());
        }
    }

    /// `.gitignore` gets the files of variables.
    fn samples(&mut self, needs: &Needs) {
        let ignores = self.text_of(".gitignore");
        for path in &needs.variable_files {
            let line = format!("/{path}\n");
            let is_there = |text: &str| {
                text.lines().any(|known| {
                    let known = known.trim().trim_start_matches('/');
                    known == path || Some(known) == path.rsplit('/').next()
                })
            };
            if !ignores.as_deref().is_some_and(is_there)
                && !path.contains(|one: char| "*?[!#\\".contains(one))
            {
                self.append(".gitignore", ignores.as_deref(), &line);
            }
        }
    }

    fn append(&mut self, path: &str, text: Option<&str>, lines: &str) {
        let end = text.map_or(0, str::len);
        let gap = if text.is_some_and(|text| !text.is_empty() && !text.ends_with('\n')) { "\n" } else { "" };
        let edit = Edit { at: Span::new(end, end), with: format!("{gap}{lines}") };
        let _two_insertions_never_collide = self.changes.add(path, text, vec![edit]);
    }

    fn text_of(&mut self, path: &str) -> Option<String> {
        let read = self.files.read;
        self.texts.entry(path.to_owned()).or_insert_with(|| read(path)).clone()
    }

    /// What readers besides the program's environment need.
    fn delivery(&self, needs: &Needs, names: &[&EntryName]) -> Vec<PlanStep> {
        let target = self.input.target;
        let read = |name: &EntryName| target.commands(name).read;
        let each = |text: &str, command: &dyn Fn(&EntryName) -> String| {
            names.iter().fold(PlanStep::new(text), |step, name| step.run(command(name)))
        };
        let mut steps = Vec::new();
        for reader in &needs.readers {
            match reader {
                ValueReader::Environment | ValueReader::Compose => {}
                ValueReader::GitHubSecret => steps.push(each(
                    "The workflow reads GitHub's secrets; `gh` takes the value from its standard input. (Shorter-lived: let the job \
                     read the manager itself by OIDC, `permissions: id-token: write`.)",
                    &|name| format!("{} | tr -d '\\n' | gh secret set {}", read(name), name.variable),
                )),
                ValueReader::KubernetesSecret if target.manager.is_operator() => {}
                ValueReader::KubernetesSecret => {
                    let mut groups: BTreeMap<String, String> = BTreeMap::new();
                    for name in names {
                        let flag = format!(" --from-file={}=<({} | tr -d '\\n')", name.variable, read(name));
                        groups.entry(name.group()).or_default().push_str(&flag);
                    }
                    let step = PlanStep::new(
                        "The pods read an object in the cluster. An operator should make it (`plan --to external-secrets`); by hand, \
                         in bash, with all keys that the object has:",
                    );
                    steps.push(groups.iter().fold(step, |step, (group, flags)| {
                        step.run(format!(
                            "kubectl create secret generic {group}{flags} --dry-run=client --output=yaml | kubectl apply -f -"
                        ))
                    }));
                }
                ValueReader::TerraformVariable => steps.push(each(
                    "Terraform reads its variables from the environment:",
                    &|name| format!("TF_VAR_{0}=\"$({1})\" && export TF_VAR_{0}", name.leaf, read(name)),
                )),
                ValueReader::BuildSecret => steps.push(each(
                    "The build mounts the value, which is then in no layer and in no history of the image:",
                    &|name| format!("{0}=\"$({1})\" docker build --secret id={0},env={0} .", name.variable, read(name)),
                )),
            }
        }
        steps
    }
}

/// True for a file of variables, by its path.
fn is_variable_file(path: &str) -> bool {
    is_dot_env(&path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase())
}

fn checks(needs: &Needs, names: &[&EntryName]) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    if needs.is_patched {
        steps.push(PlanStep::new(
            "The changed code compiles, and its tests pass (a patch changes text, and compiles nothing).",
        ));
    }
    if !names.is_empty() {
        let variables: Vec<&str> = names.iter().map(|name| name.variable.as_str()).collect();
        steps.push(PlanStep::new(format!(
            "Without {} the programs refuse to start, and say why; with the values from the manager they start and work.",
            variables.join(", ")
        )));
    }
    steps.push(PlanStep::new("No file has the old values any more:").run("keydredge plan check PLAN.json"));
    steps
}

fn removal(needs: &Needs, secrets: &[Candidate<'_>]) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for path in &needs.variable_files {
        steps.push(
            PlanStep::new("Take the file of variables out of git; it stays on disk, and `.gitignore` names it (by the patch):")
                .run(format!("git rm --cached -- {}", shell_word(path))),
        );
    }
    if needs.is_left {
        steps.push(PlanStep::new("Change by hand what the plan says is to be changed by hand."));
    }
    steps.push(PlanStep::new(
        "Look for copies that are in no repository: settings of the CI, other people's files of variables, tickets, wikis, chats.",
    ));
    let step = PlanStep::new(
        "Once the old value is revoked, what is left of it in the history is harmless, and may be accepted with that reason. \
         Rewriting the history changes the ids of all later commits and reaches no clone: the file for `git filter-repo` is only \
         made with --history-rewrite.",
    );
    steps.push(secrets.iter().fold(step, |step, one| {
        step.run(format!(
            "keydredge ignore add {} --reason \"revoked\" --owner \"$OWNER\"",
            one.row.fingerprint
        ))
    }));
    steps
}

/// A path as one word of a shell.
fn shell_word(path: &str) -> String {
    let is_safe = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    if is_safe { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
