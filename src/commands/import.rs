//! `config import` and `baseline import`: what other scanners' files say, written as ours.

use super::baseline::{Home, file_of, lock, look, policy_now, save, unfinished};
use super::job::{read_named, read_regular};
use super::{Exit, output, remark};
use crate::atomic_file;
use crate::cli::{BaselineFlags, BaselineImport, ConfigImport, Shared};
use crate::config::Config;
use crate::error::Error;
use crate::findings::ignore::{FILE, IgnoreEntry};
use crate::findings::{Accepted, Ignores, Salt, fingerprint};
use crate::import::{OtherTool, Plan, write};
use crate::model::{Check, Confidence, Finding, Form, Kind, Piece};
use crate::rules::Catalogue;
use crate::scan::{Scanner, Scratch};
use crate::sheet::Fault;
use crate::shown_path::shown_path;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many entries that match nothing are named.
const NAMED: usize = 20;

/// A plan and the tool whose file it is of.
pub(super) type OfTool = (&'static OtherTool, Plan);

/// Reads files of other scanners.
pub(super) fn read(files: &[PathBuf], from: Option<&'static OtherTool>) -> Result<Vec<OfTool>, Error> {
    let mut plans = Vec::with_capacity(files.len());
    for path in files {
        let (name, text) = (shown_path(path), read_named(path)?);
        let tool = from.or_else(|| OtherTool::of(&name, &text)).ok_or_else(|| Error::Usage {
            what: format!(
                "{name} is no file of a scanner that is known by its name or content; say which with --from"
            ),
        })?;
        let plan = (tool.read)(&name, &text).map_err(|fault| Error::Config(fault.into()))?;
        plans.push((tool, plan));
    }
    Ok(plans)
}

/// Reports what has no meaning here: as an error, or with `is_partial` line by line.
fn settle(left_out: Vec<Fault>, is_partial: bool) -> Result<(), Error> {
    if left_out.is_empty() {
        return Ok(());
    }
    if !is_partial {
        return Err(Error::Import(left_out));
    }
    for fault in left_out {
        remark(&format!("left out: {fault}"));
    }
    Ok(())
}

/// `config import`.
pub(super) fn config(flags: &ConfigImport) -> Result<Exit, Error> {
    let files = if flags.files.is_empty() { well_known() } else { flags.files.clone() };
    if files.is_empty() {
        let names: Vec<&str> = OtherTool::all_in_place().map(|(name, _)| name).collect();
        let what = format!(
            "no file of another scanner stands here under its well-known name ({})",
            names.join(", ")
        );
        return Err(Error::Usage { what });
    }
    let mut plans = read(&files, flags.from)?;
    let mut left_out: Vec<Fault> =
        plans.iter_mut().flat_map(|(_, plan)| std::mem::take(&mut plan.left_out)).collect();
    left_out.extend(without_secrets(&mut plans));
    let built_in = Catalogue::embedded();
    let is_ours = |id: &str| built_in.index_of(id).is_some();
    left_out.extend(plans.iter_mut().flat_map(|(_, plan)| write::without_unknown(plan, &is_ours)));
    settle(left_out, flags.partial)?;
    let rules_path = beside(&flags.output);
    let rules_name =
        rules_path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let named: Vec<(&str, Plan)> = plans.into_iter().map(|(tool, plan)| (tool.name, plan)).collect();
    let written = write::write(&named, &rules_name, &is_ours);
    // What is written has to be what is read.
    Config::parse(&shown_path(&flags.output), &written.config)?;
    if let Some(rules) = &written.rules {
        Catalogue::parse(&rules_name, rules).map_err(Error::Rules)?;
    }
    for (_, plan) in named.iter().filter(|(_, plan)| !plan.accepted.is_empty()) {
        remark(&format!(
            "{} also accepts {} findings; `keydredge baseline import {}` takes them over",
            plan.file,
            plan.accepted.len(),
            plan.file
        ));
    }
    let texts = [(&flags.output, Some(&written.config)), (&rules_path, written.rules.as_ref())];
    let texts: Vec<(&PathBuf, &String)> =
        texts.into_iter().filter_map(|(path, text)| Some((path, text?))).collect();
    if flags.dry_run {
        for (path, text) in texts {
            output::say(&format!("# {}", shown_path(path)))?;
            text.lines().try_for_each(output::say)?;
            output::say("")?;
        }
        return Ok(Exit::Clean);
    }
    for (path, _) in &texts {
        atomic_file::check(path)?;
        if path.symlink_metadata().is_ok() && !flags.force {
            let what = format!(
                "{} is there already; --force writes over it, --output takes another name",
                shown_path(path)
            );
            return Err(Error::Usage { what });
        }
    }
    // The rules first: the configuration names them.
    for (path, text) in texts.iter().rev() {
        save(path, text)?;
        output::say(&format!("{} is written.", shown_path(path)))?;
    }
    Ok(Exit::Clean)
}

/// The files in the working folder that have a well-known name.
fn well_known() -> Vec<PathBuf> {
    let names = OtherTool::all_in_place().map(|(name, _)| PathBuf::from(name));
    names.filter(|path| path.is_file()).collect()
}

/// The file of rules beside a configuration.
fn beside(config: &Path) -> PathBuf {
    let stem = config.file_stem().unwrap_or_default().to_string_lossy();
    config.with_file_name(format!("{stem}-rules.toml"))
}

/// Takes out of plans what contains a secret itself: it must not be written down again.
pub(super) fn without_secrets(plans: &mut [OfTool]) -> Vec<Fault> {
    let mut texts = BTreeSet::new();
    for (_, plan) in plans.iter() {
        let lists = plan
            .allow
            .iter()
            .flat_map(|list| list.regexes.iter().chain(&list.words).chain(&list.path_regexes));
        let rules = plan.rules.iter().flat_map(|rule| rule.regex.iter().chain([&rule.description]));
        texts.extend(lists.chain(rules).cloned());
    }
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let mut scratch = Scratch::default();
    let mut has_secret = |text: &String| {
        // A regex writes `\.` and `\-` for what is a `.` and a `-` in what it matches.
        let plain = text.replace('\\', "");
        let found = scanner.scan(&Piece::whole(plain.as_bytes()), &mut scratch);
        found.iter().any(|one| one.candidate.form == Form::Token && one.candidate.check != Check::Refuted)
    };
    let secrets: BTreeSet<String> = texts.into_iter().filter(|text| has_secret(text)).collect();
    let mut left_out = Vec::new();
    for (_, plan) in plans.iter_mut().filter(|_| !secrets.is_empty()) {
        let fault = |line: u64| {
            Fault {
            file: plan.file.clone(),
            line,
            problem: "A value contains what looks like a secret, which is not written down again. `keydredge baseline write` \
                      or `ignore add` accepts it."
                .to_owned(),
        }
        };
        let mut faults = Vec::new();
        for list in &mut plan.allow {
            let before = list.regexes.len() + list.words.len() + list.path_regexes.len();
            for texts in [&mut list.regexes, &mut list.words, &mut list.path_regexes] {
                texts.retain(|text| !secrets.contains(text));
            }
            let after = list.regexes.len() + list.words.len() + list.path_regexes.len();
            if after < before {
                faults.push(fault(1));
                if list.needs_all {
                    // Without one of its checks it would allow more.
                    *list = crate::model::Allowance::default();
                }
            }
        }
        plan.allow.retain(|list| !list.is_empty());
        for rule in &mut plan.rules {
            if rule.description.len() > 7 && secrets.contains(&rule.description) {
                rule.description.clear();
            }
        }
        plan.rules.retain(|rule| {
            let is_secret = rule.regex.as_ref().is_some_and(|regex| secrets.contains(regex));
            if is_secret {
                faults.push(fault(rule.line));
            }
            !is_secret
        });
        left_out.extend(faults);
    }
    left_out
}

/// `baseline import`.
pub(super) fn baseline(flags: &BaselineImport) -> Result<Exit, Error> {
    let mut plans = read(&flags.files, flags.from)?;
    // What is about rules and values is for `config import`.
    let is_of_config = |plan: &Plan| plan.accepted.is_empty();
    if let Some((_, plan)) =
        plans.iter().find(|(_, plan)| is_of_config(plan) && plan.left_out.is_empty() && has_settings(plan))
    {
        let what =
            format!("{} accepts no findings; `keydredge config import` takes over what it says", plan.file);
        return Err(Error::Usage { what });
    }
    let left_out = plans.iter_mut().flat_map(|(_, plan)| std::mem::take(&mut plan.left_out)).collect();
    settle(left_out, flags.partial)?;
    let accepted = Accepted::new(plans.into_iter().flat_map(|(_, plan)| plan.accepted).collect());
    let least = flags.shared.min_confidence.unwrap_or(Confidence::Low);
    let flags = BaselineFlags {
        path: flags.path.clone(),
        scope: flags.scope,
        caching: flags.caching,
        shared: Shared { min_confidence: Some(least), ..flags.shared.clone() },
    };
    atomic_file::check(&file_of(&flags)?)?;
    let root = Home::of(&flags.path)?.root;
    let ignore_path = root.join(FILE);
    atomic_file::check(&ignore_path)?;
    let today = look(&flags)?;
    if let Some(exit) = unfinished(&today)? {
        return Ok(exit);
    }
    let mut used = BTreeSet::new();
    let (mut known, mut reviewed) = (Vec::new(), Vec::new());
    for finding in &today.findings {
        let Some(entries) = entries_of(&accepted, finding) else { continue };
        let file = &accepted.entries()[entries[0]].file;
        let reason = accepted.reason_in(entries[0], &name_in(&root, file));
        match entries.iter().all(|&at| accepted.entries()[at].is_reviewed) {
            true => reviewed.push((finding, reason)),
            false => known.push(finding.clone()),
        }
        used.extend(entries);
    }
    let _locks = lock(&flags)?;
    // Another run may have written either file during this scan.
    let policy = policy_now(&flags, &today)?;
    let salt = match policy.salt() {
        Salt::FIXED => Salt::random()?,
        known => known,
    };
    if !known.is_empty() {
        save(&today.file, &policy.baseline.with(&known, &salt))?;
    }
    let ignored = ignore(&ignore_path, &reviewed, &salt)?;
    let unused: Vec<usize> = (0..accepted.entries().len()).filter(|at| !used.contains(at)).collect();
    for at in unused.iter().take(NAMED) {
        let entry = &accepted.entries()[*at];
        let place = entry.path.as_deref().map(|path| format!(", about {path}")).unwrap_or_default();
        output::say(
            super::masked(&format!(
                "{}, entry {}{place}: nothing that was found here",
                entry.file, entry.number
            ))
            .trim_end(),
        )?;
    }
    if unused.len() > NAMED {
        output::say(&format!("and {} more", unused.len() - NAMED))?;
    }
    output::say(&format!(
        "{} of {} entries were found here: {} findings are in {}, {ignored} in {}.",
        used.len(),
        accepted.entries().len(),
        known.len(),
        shown_path(&today.file),
        shown_path(&ignore_path)
    ))?;
    Ok(Exit::Clean)
}

/// The name of a file of another tool in a file that is committed: its path from the root on, or its name alone, since paths of
/// this machine concern nobody else.
fn name_in(root: &Path, file: &str) -> String {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (root, path) = (real(root), real(Path::new(file)));
    match (path.strip_prefix(&root), path.file_name()) {
        (Ok(below), _) => shown_path(below),
        (Err(_), Some(name)) => shown_path(Path::new(name)),
        (Err(_), None) => file.to_owned(),
    }
}

fn has_settings(plan: &Plan) -> bool {
    !plan.rules.is_empty() || !plan.allow.is_empty()
}

/// The entries that accept all places of a finding: those in files, if there are any, else all. `None` if a place is not
/// accepted: the other tool would report it there.
fn entries_of(accepted: &Accepted, finding: &Finding) -> Option<Vec<usize>> {
    let in_files: Vec<_> = finding.occurrences.iter().filter(|one| one.place.kind() == Kind::File).collect();
    let asked = if in_files.is_empty() { finding.occurrences.iter().collect() } else { in_files };
    let find = |one: &&crate::model::Occurrence| {
        one.matches.iter().find_map(|matched| accepted.find(&matched.candidate, &one.place, &one.location))
    };
    asked.iter().map(find).collect::<Option<Vec<usize>>>().filter(|entries| !entries.is_empty())
}

/// Adds findings to the ignore file; how many it did not have.
fn ignore(path: &Path, reviewed: &[(&Finding, String)], salt: &Salt) -> Result<usize, Error> {
    if reviewed.is_empty() {
        return Ok(0);
    }
    let name = shown_path(path);
    let mut text = if path.exists() { Some(read_regular(path)?) } else { None };
    let mut added = 0;
    for (finding, reason) in reviewed {
        let known = text.as_ref().map(|text| Ignores::parse(&name, text)).transpose()?;
        let salt = known.as_ref().map_or(*salt, Ignores::naming_salt);
        let fingerprint = fingerprint::of(&finding.secret, &salt);
        if known.is_some_and(|known| known.entries.iter().any(|entry| entry.fingerprint == fingerprint)) {
            continue;
        }
        let entry =
            IgnoreEntry { fingerprint, reason: Some(reason.clone()), owner: None, expires: None, line: 0 };
        text = Some(Ignores::add(&name, text.as_deref(), &salt, &entry)?);
        added += 1;
    }
    if let Some(text) = text.filter(|_| added > 0) {
        save(path, &text)?;
    }
    Ok(added)
}
