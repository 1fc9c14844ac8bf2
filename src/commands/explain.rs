//! `explain`: a file, a line of it, or a text, and what each rule makes of it.
//!
//! # Design
//!
//! The file is read and scanned as by `scan`, with the same settings; beside the scan the same blobs are explained.

use super::job::{Collected, Job};
use super::scanning::collector::Collector;
use super::session::command_name::CommandName;
use super::session::input::Input;
use super::{Exit, interrupt, output, unopened};
use crate::cli::{Explain, ExplainFormat, Shared};
use crate::error::Error;
use crate::explain::{self, Explainer, Inquiry, ScanResult};
use crate::findings::{Judge, Side};
use crate::git::{Access, Repository};
use crate::model::{Blob, Coverage, Place, RuleIndex, Source};
use crate::rules::Catalogue;
use crate::shown_path::shown_path;
use crate::source::settings::Origin;
use crate::source::{files, stdin};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// What is to be explained.
struct AskedPlace {
    file: PathBuf,
    inner: Option<String>,
    line: Option<u64>,
}

/// `explain`.
pub(super) fn explain(flags: &Explain) -> Result<Exit, Error> {
    let shared = flags.shared();
    match (&flags.place, &flags.string) {
        (Some(place), _) => of_file(flags, &shared, &target(place)?),
        (None, text) => of_text(flags, &shared, text.as_deref().unwrap_or("-")),
    }
}

fn of_file(flags: &Explain, shared: &Shared, target: &AskedPlace) -> Result<Exit, Error> {
    let paths = [target.file.clone()];
    let job = Job::set_up(CommandName::Explain, shared, &Origin::Disk(target.file.clone()))?.within(&paths);
    let options = files::Options {
        paths: paths.to_vec(),
        no_ignore: job.options.no_ignore,
        exclude: job.options.exclude.clone(),
        max_file_size: job.options.max_file_size,
        margin: job.scanner.margin(),
        containers: job.options.containers,
        threads: 1,
        stop: Some(interrupt::flag()),
    };
    let inquiry = Inquiry { line: target.line, inner: target.inner.clone(), ..inquiry(flags, &job)? };
    let mut notes = Vec::new();
    if let Some(by) = files::left_out(&target.file, &options)? {
        notes.push(format!(
            "A scan of the whole repository leaves this file out: {by}. It is read here because it is named."
        ));
    }
    answer(flags, &job, inquiry, notes, |sink| Ok(files::scan(&options, sink)?))
}

fn of_text(flags: &Explain, shared: &Shared, text: &str) -> Result<Exit, Error> {
    let job = Job::set_up(CommandName::Explain, shared, &Origin::Disk(PathBuf::from(".")))?;
    let inquiry = inquiry(flags, &job)?;
    let mut input: Box<dyn Read> = match text {
        "-" => Box::new(Input::open(stdin::open()?).map_err(Error::Thread)?),
        text => Box::new(Cursor::new(text.as_bytes().to_vec())),
    };
    let place = match &flags.name {
        Some(name) => Place::file(name),
        None => Place { path: None, source: Source::Stdin },
    };
    let opening = job.options.containers;
    answer(flags, &job, inquiry, Vec::new(), |sink| {
        let named = |blob: Blob<'_>| sink(Blob { place: &place, ..blob });
        Ok(stdin::scan(&mut input, job.scanner.margin(), opening, &named)?)
    })
}

fn inquiry(flags: &Explain, job: &Job<'_>) -> Result<Inquiry, Error> {
    let rule = flags.rule.as_deref().map(|id| rule(id, job)).transpose()?;
    Ok(Inquiry {
        line: None,
        inner: None,
        rule,
        is_short: flags.string.is_some(),
        is_verbose: flags.verbose > 0,
        show_secrets: flags.show_secrets,
    })
}

/// The rule of this id; says which settings leave it out, if some do.
fn rule(id: &str, job: &Job<'_>) -> Result<RuleIndex, Error> {
    if let Some(index) = job.catalogue.index_of(id) {
        return Ok(index);
    }
    if let Some(by) = job.skipped_by(id) {
        let what =
            format!("the rule `{id}` is not in force: {by} leaves it out, so nothing of it is reported");
        return Err(Error::Usage { what });
    }
    let unknown = Catalogue::embedded().require(id).err().or_else(|| job.catalogue.require(id).err());
    Err(Error::Rules(unknown.into_iter().collect()))
}

/// Scans what `read` gives, and prints what there is to say about it.
fn answer(
    flags: &Explain,
    job: &Job<'_>,
    inquiry: Inquiry,
    notes: Vec<String>,
    read: impl FnOnce(&crate::source::Sink<'_>) -> Result<Coverage, Error>,
) -> Result<Exit, Error> {
    let (inner, line) = (inquiry.inner.clone(), inquiry.line);
    let explainer = Explainer::new(&job.scanner, &job.catalogue, &job.infos, inquiry);
    let collector = Collector::new(&job.scanner, &job.infos);
    let mut coverage = read(&|blob: Blob<'_>| {
        explainer.take(&blob);
        collector.take(Side::Head, &blob)
    })?;
    unopened::miss_if_alone(&mut coverage);
    if let Some(inner) = inner.filter(|_| !explainer.has_seen()) {
        let what =
            format!("`{inner}` is not in the container, or could not be read; `scan` names what it holds");
        return Err(Error::Usage { what });
    }
    // Of what was not read to its end it is not known how many lines it has.
    let last = explainer.last_line();
    if let Some(line) =
        line.filter(|line| *line > last && coverage.is_complete() && coverage.excluded_count() == 0)
    {
        let lines = output::counted(usize::try_from(last).unwrap_or(usize::MAX), "line", "lines");
        let what = format!("there is no line {line}: the text has {lines}");
        return Err(Error::Usage { what });
    }
    let collected: Collected = collector.collected(coverage);
    let done = job.assemble(collected, None);
    let mut judge = Judge::new(&job.infos, job.today);
    let mut explanation = explainer.finish(
        &mut judge,
        &ScanResult {
            findings: &done.assembled.findings,
            min_confidence: job.options.min_confidence,
            coverage: &done.summary.coverage,
            settings: &done.summary.settings,
            ignores: &job.policy.ignores,
            mask: &done.assembled.mask,
        },
    );
    explanation.notes.extend(notes);
    let mut out = Vec::new();
    let written = match flags.format {
        ExplainFormat::Text => {
            explain::write_text(&explanation, flags.verbose > 0, flags.show_secrets, &mut out)
        }
        ExplainFormat::Json => explain::write_json(&explanation, flags.show_secrets, &mut out),
    };
    output::standard(written)?;
    output::print(&out)?;
    let coverage = &done.summary.coverage;
    Ok(if coverage.interrupted {
        Exit::Interrupted
    } else if coverage.unread_count() > 0 {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// Reads `FILE`, `FILE:LINE`, `FILE:LINE:COLUMN`, each with `!` and a path in a container. A file that has such a name
/// itself comes first; one that is not here is searched for from the repository's root, as reports name it.
fn target(given: &Path) -> Result<AskedPlace, Error> {
    let text = given.to_string_lossy();
    let (first, first_line) = without_number(&text);
    let (second, second_line) = first_line.map_or((first, None), |_| without_number(first));
    let mut forms: Vec<(&str, Option<u64>)> = vec![(&text, None)];
    forms.extend(first_line.map(|line| (first, Some(line))));
    // The last number is a column then.
    forms.extend(second_line.map(|line| (second, Some(line))));
    if let Some((_, Some(0))) = forms.get(1) {
        return Err(Error::Usage { what: format!("{}: lines are counted from 1", shown_path(given)) });
    }
    let roots = std::iter::once(None).chain(std::iter::once_with(top));
    // What is absolute is in one place.
    for root in roots.take(if given.is_absolute() { 1 } else { 2 }) {
        for &(name, line) in &forms {
            let path = |name: &str| match &root {
                Some(root) => root.join(name),
                None if name == text => given.to_owned(),
                None => PathBuf::from(name),
            };
            let whole = path(name);
            if whole.is_dir() {
                let what = format!("{} is a folder; name a file in it", shown_path(&whole));
                return Err(Error::Usage { what });
            }
            if whole.symlink_metadata().is_ok() {
                return Ok(AskedPlace { file: whole, inner: None, line });
            }
        }
        // A number at the end of a path in a container is a line.
        for &(name, line) in forms.iter().rev() {
            let path = |name: &str| root.as_ref().map_or_else(|| PathBuf::from(name), |root| root.join(name));
            let inside = name.match_indices('!').find(|(at, _)| path(&name[..*at]).is_file());
            if let Some((at, _)) = inside {
                let inner = Some(name[at + 1..].to_owned());
                return Ok(AskedPlace { file: path(&name[..at]), inner, line });
            }
        }
    }
    // The error of a scan of this path.
    Ok(AskedPlace { file: given.to_owned(), inner: None, line: None })
}

/// A name without `:` and a number at its end, and the number.
fn without_number(name: &str) -> (&str, Option<u64>) {
    let split = name.rsplit_once(':').and_then(|(rest, number)| Some((rest, number.parse().ok()?)));
    split.map_or((name, None), |(rest, number)| (rest, Some(number)))
}

/// The root of the repository around the current folder, if that is another folder.
fn top() -> Option<PathBuf> {
    let repository = Repository::open(Path::new("."), Access::default()).ok()?;
    repository.work_tree().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_a_line_and_a_column() {
        for (given, wanted) in [
            ("a.env:12", ("a.env", Some(12))),
            ("a.env", ("a.env", None)),
            ("a.env:", ("a.env:", None)),
            ("c:\\a", ("c:\\a", None)),
        ] {
            assert_eq!(without_number(given), wanted, "{given}");
        }
    }
}
