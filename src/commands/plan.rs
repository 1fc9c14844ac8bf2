//! `plan`: how the secrets of a repository get into a manager of secrets; `plan check`: what has become of it.
//!
//! Both scan a repository's history, and then its files as they are on disk.

use super::history::{self, rename_authors};
use super::inventory::owners;
use super::job::{Done, Job};
use super::session::command_name::CommandName;
use super::session::exit::Gate;
use super::{Exit, files, masked, output, remark, unopened};
use crate::atomic_file;
use crate::cli::{
    Caching, KnownIndexFlag, PlanCheck, PlanCheckFormat, PlanCommand, PlanFlags, PlanFormat, PlanValue,
    RepositoryScan, Shared, Verify,
};
use crate::error::Error;
use crate::findings::fingerprint::{self, Salt};
use crate::git::{Access, Repository};
use crate::inventory::{CodeOwners, InventoryBuilder, RepositoryFacts};
use crate::model::{Confidence, Coverage, Kind, Summary, display_path};
use crate::plan::{
    LARGEST_CHANGED, MadePlan, PLAN_SCHEMA, PlanFiles, PlanInput, PlanProgress, PlanTarget, SecretManager,
    SecretPlan, SeenSecret, UnreadPart, make, replacements, write_runbook,
};
use crate::regular_file;
use crate::shown_path::shown_path;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The largest plan that is read, bytes.
const LARGEST_PLAN: u64 = 256 << 20;

/// How much of the other files of a folder is looked at, bytes.
const MOST_OF_OTHERS: usize = 4 << 20;

/// `plan`.
pub(super) fn plan(flags: &PlanFlags) -> Result<Exit, Error> {
    match &flags.command {
        Some(PlanCommand::Check(flags)) => return check(flags),
        Some(PlanCommand::Value(flags)) => return value(flags),
        None => {}
    }
    let target = target(flags)?;
    for path in flags.output.iter().chain(&flags.json) {
        atomic_file::check_report(path)?;
    }
    let path = flags.repository.clone().unwrap_or_else(|| PathBuf::from("."));
    let site = PlanSite::open(&path)?;
    let Some(top) = &site.top else {
        let what = "a plan changes files, and this repository has none: name a work tree".to_owned();
        return Err(Error::Usage { what });
    };
    if let Some(folder) = &flags.patches {
        refuse_inside(top, folder, "patches contain the secrets")?;
        refuse_full(folder)?;
    }
    if let Some(file) = &flags.history_rewrite {
        refuse_inside(top, file, "the file contains the secrets")?;
    }
    let known = flags.known.known.clone();
    let shared = Shared { known, ..flags.scan.shared(&flags.verify) };
    let scanned = site.scan(CommandName::Plan, &shared, flags.scan.caching, &BTreeSet::new())?;
    let ScannedSite { done, salt, owners, .. } = &scanned;
    let mask = &done.assembled.mask;
    let in_text = |text: &str| mask.text(text).into_owned();
    let in_path = |path: &str| mask.name(path).into_owned();
    let today = jiff::Zoned::now().date();
    let mut builder = InventoryBuilder::new(today);
    let facts = RepositoryFacts {
        name: &site.name,
        owners,
        policy: scanned.policy,
        in_text: &in_text,
        in_path: &in_path,
    };
    builder.add(&facts, &done.assembled.findings, &BTreeSet::new());
    let rows = builder.finish();
    let input = PlanInput {
        target,
        repository: &site.name,
        rows: &rows,
        findings: &done.assembled.findings,
        salt: salt.to_string(),
        created: today.to_string(),
    };
    let read = |path: &str| read_text(top, path);
    let others = |path: &str| others(top, path);
    let files = PlanFiles { read: &read, others: &others, mask: &in_text };
    let MadePlan { mut plan, patches } = make(&input, &files);
    let coverage = &done.summary.coverage;
    plan.complete = coverage.is_complete();
    plan.unread = unread(coverage);
    plan.notes.extend(coverage.notes.iter().cloned());
    if let Some(folder) = &flags.patches {
        write_patches(folder, &mut plan, &patches)?;
    }
    if let Some(file) = &flags.history_rewrite {
        let (bytes, left) = replacements(&done.assembled.findings);
        write_private(file, &bytes)?;
        remark(&format!(
            "{} contains the secrets: delete it once `git filter-repo --replace-text` has run, and know that it changes the id of \
             every later commit",
            shown_path(file)
        ));
        if left > 0 {
            remark(&format!("{left} of them are not in it: they go over several lines, or are encoded"));
        }
    }
    write_plan(flags, &plan)?;
    let gate = Gate { exit_zero: true, allow_incomplete: flags.scan.allow_incomplete };
    Ok(Exit::of(&Summary { failing: 0, ..scanned.done.summary }, gate))
}

/// Where to, with the store of an operator.
fn target(flags: &PlanFlags) -> Result<PlanTarget, Error> {
    let usage = |what: &str| Err(Error::Usage { what: what.to_owned() });
    let Some(manager) = flags.to else { return usage("say where the secrets go: --to MANAGER") };
    match (manager.is_operator(), flags.store) {
        (true, store) => {
            let store = store.unwrap_or(SecretManager::Vault);
            if !store.is_store() {
                return usage(
                    "--store takes vault, openbao, aws-secrets-manager, aws-ssm, azure-key-vault or google-secret-manager",
                );
            }
            Ok(PlanTarget { manager, store })
        }
        (false, None) => Ok(PlanTarget { manager, store: manager }),
        (false, Some(_)) => usage("--store is for external-secrets and csi, which only bring values to pods"),
    }
}

fn write_plan(flags: &PlanFlags, plan: &SecretPlan) -> Result<(), Error> {
    let json = |out: &mut dyn Write| {
        serde_json::to_writer_pretty(&mut *out, plan)?;
        writeln!(out)
    };
    if let Some(path) = &flags.json {
        output::to_path(path, json)?;
    }
    let write = |out: &mut dyn Write| match flags.format {
        PlanFormat::Markdown => write_runbook(plan, out),
        PlanFormat::Json => json(out),
    };
    match &flags.output {
        Some(path) => output::to_path(path, write)?,
        None => {
            let mut out = BufWriter::new(output::stdout());
            output::standard(write(&mut out).and_then(|()| out.flush()))?;
        }
    }
    Ok(())
}

fn unread(coverage: &Coverage) -> Vec<UnreadPart> {
    let mut parts: Vec<UnreadPart> = coverage
        .unread
        .iter()
        .map(|(reason, tally)| UnreadPart { reason: reason.to_string(), count: tally.count })
        .collect();
    if coverage.interrupted {
        parts.push(UnreadPart { reason: "interrupted".to_owned(), count: 1 });
    }
    parts
}

/// Refuses a place in the work tree: what is written there would be committed, and found by the next scan.
fn refuse_inside(top: &Path, path: &Path, why: &str) -> Result<(), Error> {
    let absolute =
        std::path::absolute(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    // The nearest folder above that is there, without links.
    let real = absolute.ancestors().find_map(|above| above.canonicalize().ok());
    let top = top.canonicalize().unwrap_or_else(|_| top.to_owned());
    if real.is_some_and(|real| real.starts_with(&top)) {
        let what = format!("{} is in the repository, and {why}: name a place outside it", shown_path(path));
        return Err(Error::Usage { what });
    }
    Ok(())
}

/// Refuses a folder with files in it.
fn refuse_full(folder: &Path) -> Result<(), Error> {
    match fs::read_dir(folder) {
        Ok(entries) => match entries.count() {
            0 => Ok(()),
            _ => {
                let what = format!("{} is not empty: name a new folder for the patches", shown_path(folder));
                Err(Error::Usage { what })
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::Read { path: folder.to_owned(), source }),
    }
}

/// Writes a new file that only the user can read.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let absolute = std::path::absolute(path).map_err(failed)?;
    if !atomic_file::create_private(&absolute, bytes).map_err(failed)? {
        return Err(failed(io::Error::other("there is a file of that name already")));
    }
    Ok(())
}

/// Writes the patches that are not empty, and names them in the plan.
fn write_patches(folder: &Path, plan: &mut SecretPlan, patches: &[String]) -> Result<(), Error> {
    let failed = |source| Error::Write { path: folder.to_owned(), source };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    let mut count = 0;
    for (batch, patch) in plan.batches.iter_mut().zip(patches).filter(|(_, patch)| !patch.is_empty()) {
        let title: String = batch
            .title
            .chars()
            .map(|one| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { '-' })
            .collect();
        let name = format!("{:02}-{title}.patch", batch.number);
        write_private(&folder.join(&name), patch.as_bytes())?;
        batch.patch = Some(name);
        count += 1;
    }
    let files = if count == 1 { "1 patch".to_owned() } else { format!("{count} patches") };
    remark(&format!(
        "{files} in {}: the removed lines contain the secrets, so delete them once they are applied",
        shown_path(folder)
    ));
    Ok(())
}

/// The text of a file in the work tree.
fn read_text(top: &Path, path: &str) -> Option<String> {
    let whole = top.join(path);
    // A link may lead anywhere.
    if fs::symlink_metadata(&whole).ok()?.file_type().is_symlink() {
        return None;
    }
    String::from_utf8(regular_file::read(&whole, LARGEST_CHANGED).ok()?).ok()
}

/// The other files in the folder of a file that have its ending, as one text.
fn others(top: &Path, path: &str) -> String {
    let whole = top.join(path);
    let (Some(folder), Some(end)) = (whole.parent(), whole.extension()) else { return String::new() };
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|other| *other != whole && other.extension() == Some(end));
    paths.sort();
    let mut text = String::new();
    for other in paths {
        if let Ok(bytes) = regular_file::read(&other, LARGEST_CHANGED) {
            text.push_str(&String::from_utf8_lossy(&bytes));
            text.push('\n');
        }
        if text.len() > MOST_OF_OTHERS {
            break;
        }
    }
    text
}

/// A repository that is planned for.
struct PlanSite {
    path: PathBuf,
    top: Option<PathBuf>,
    name: String,
}

/// What was found in it.
struct ScannedSite {
    done: Done,
    salt: Salt,
    owners: CodeOwners,
    policy: crate::inventory::RotationPolicy,
    /// The rules in force, by id.
    rules: BTreeSet<String>,
}

impl PlanSite {
    fn open(path: &Path) -> Result<Self, Error> {
        let repository = Repository::open(path, Access::default())?;
        let top = repository.work_tree().map(Path::to_owned);
        let whole = top.as_deref().unwrap_or(path);
        let whole = whole.canonicalize().unwrap_or_else(|_| whole.to_owned());
        let name = display_path(whole.file_name().unwrap_or(whole.as_os_str()).as_encoded_bytes());
        let name = name.strip_suffix(".git").filter(|name| !name.is_empty()).unwrap_or(&name).to_owned();
        Ok(Self { path: path.to_owned(), top, name: masked(&name).trim_end().to_owned() })
    }

    /// Scans the history and the files; `named` are read even if the configuration leaves them out.
    fn scan(
        &self,
        command: CommandName,
        shared: &Shared,
        caching: Caching,
        named: &BTreeSet<PathBuf>,
    ) -> Result<ScannedSite, Error> {
        let origin = files::configuration(&self.path);
        let job = Job::set_up(command, shared, &origin)?;
        let job = match &self.top {
            Some(top) => job.within(std::slice::from_ref(top)),
            None => job,
        };
        let mut collected = history::objects(&job, &self.path, job.options.min_confidence, caching)?;
        unopened::miss_if_no_other_blob(&mut collected.coverage);
        rename_authors(&origin, &mut collected);
        if let Some(top) = &self.top {
            let paths = std::iter::once(top.clone()).chain(named.iter().cloned()).collect();
            collected.merge(files::worktree(&job, paths)?);
        }
        job.refuse_empty(&collected.coverage, || {
            format!("{} has neither objects nor files", shown_path(&self.path))
        })?;
        let mut done = job.assemble(collected, None);
        let notes = job.notes(&done);
        done.summary.coverage.notes.extend(notes);
        Ok(ScannedSite {
            salt: job.policy.salt(),
            owners: owners(&origin, &mut done.summary.coverage),
            policy: job.options.rotation,
            rules: job
                .infos
                .iter()
                .filter(|rule| !rule.serves && job.skipped_by(&rule.id).is_none())
                .map(|rule| rule.id.to_string())
                .collect(),
            done,
        })
    }
}

/// The same flags, for secrets of any confidence: what a plan names is looked for, however sure it is today.
fn of_any_confidence(scan: &RepositoryScan, known: &KnownIndexFlag, verify: &Verify) -> Shared {
    let known = known.known.clone();
    Shared { min_confidence: Some(Confidence::Low), known, ..scan.shared(verify) }
}

/// `plan check`.
fn check(flags: &PlanCheck) -> Result<Exit, Error> {
    let plan = saved(&flags.plan)?;
    let wrong = |what: &str| Error::Report { path: flags.plan.clone(), line: 1, what: what.to_owned() };
    let salt = Salt::from_hex(&plan.salt).ok_or_else(|| wrong("the salt of this plan is no salt"))?;
    let path = flags.repository.clone().unwrap_or_else(|| PathBuf::from("."));
    let site = PlanSite::open(&path)?;
    let planned = plan.batches.iter().flat_map(|batch| &batch.secrets);
    let places = planned.flat_map(|secret| &secret.places).filter(|place| place.kind == "file");
    // Read by name, so that no new entry of a configuration makes them look clean.
    let named = site.top.iter().flat_map(|top| {
        places.clone().filter_map(move |place| {
            let path = place.path.as_deref()?;
            let is_inside =
                Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            let whole = top.join(path);
            (is_inside && fs::symlink_metadata(&whole).is_ok_and(|found| found.is_file())).then_some(whole)
        })
    });
    let shared = of_any_confidence(&flags.scan, &flags.known, &flags.verify);
    let scanned = site.scan(CommandName::PlanCheck, &shared, flags.scan.caching, &named.collect())?;
    let is_bare = site.top.is_none();
    let mut seen: HashMap<String, SeenSecret> = HashMap::new();
    for finding in &scanned.done.assembled.findings {
        // Under the plan's own salt: a baseline may have brought another one since.
        let name = fingerprint::of(&finding.secret, &salt).to_string();
        let one = seen.entry(name).or_default();
        for occurrence in &finding.occurrences {
            let kind = occurrence.place.kind();
            let is_file = kind == Kind::File || is_bare && occurrence.place.presence().live == Some(true);
            if is_file {
                let path = occurrence.place.path.as_deref().unwrap_or(kind.name());
                let place = (path.to_owned(), occurrence.location.line);
                if !one.files.contains(&place) {
                    one.files.push(place);
                }
            }
            one.is_in_history |= kind != Kind::File;
        }
        one.refs.extend(finding.refs().iter().cloned());
        one.verified = finding.verification.as_ref().map(|verification| verification.state.to_string());
    }
    let unread = unread(&scanned.done.summary.coverage);
    let progress = PlanProgress::of(&plan, unread, &|name| seen.get(name).cloned(), &|rule| {
        scanned.rules.contains(rule)
    });
    let mut out = BufWriter::new(output::stdout());
    let written = match flags.format {
        PlanCheckFormat::Text => progress.write(&mut out),
        PlanCheckFormat::Json => serde_json::to_writer_pretty(&mut out, &progress)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
    };
    output::standard(written.and_then(|()| out.flush()))?;
    if scanned.done.summary.coverage.interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(match (progress.left, progress.complete || flags.scan.allow_incomplete) {
        (1.., _) => Exit::Findings,
        (0, true) => Exit::Clean,
        (0, false) => Exit::Incomplete,
    })
}

fn saved(path: &Path) -> Result<SecretPlan, Error> {
    let bytes = regular_file::read(path, LARGEST_PLAN)
        .map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let wrong = |line: usize, what: String| Error::Report { path: path.to_owned(), line: line.max(1), what };
    let plan: SecretPlan = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(error.line(), format!("this is no plan in JSON: {error}")))?;
    if plan.schema != PLAN_SCHEMA {
        return Err(wrong(1, format!("this plan is of another form, `{}`: make it anew", plan.schema)));
    }
    Ok(plan)
}

/// `plan value`.
fn value(flags: &PlanValue) -> Result<Exit, Error> {
    if io::stdout().is_terminal() {
        let what = "the value would be on your screen: pipe it into the command that stores it".to_owned();
        return Err(Error::Usage { what });
    }
    let path = flags.repository.clone().unwrap_or_else(|| PathBuf::from("."));
    let site = PlanSite::open(&path)?;
    let shared = of_any_confidence(&flags.scan, &flags.known, &Verify::default());
    let scanned = site.scan(CommandName::PlanValue, &shared, flags.scan.caching, &BTreeSet::new())?;
    let findings = &scanned.done.assembled.findings;
    let found = findings.iter().find(|finding| finding.fingerprint.to_string() == flags.fingerprint);
    let Some(finding) = found else {
        return Err(Error::NoFinding { fingerprint: flags.fingerprint.clone() });
    };
    if finding.secret.list_len().is_some() {
        let what = "this finding is several values: store each by hand".to_owned();
        return Err(Error::Usage { what });
    }
    output::print(finding.secret.expose())
}
