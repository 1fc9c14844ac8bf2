//! `rules`: the catalogue, listed, shown, tried and checked; rules that are begun or imported.

mod check;
mod import;
mod list;
mod made_text;
mod new;

use super::job::read_named;
use super::{Exit, output, remark};
use crate::cli::{RuleFiles, Rules, RulesCommand};
use crate::error::Error;
use crate::findings::{Judge, settle};
use crate::import::{OtherTool, write};
use crate::model::{Check, Form, Found, Piece, RuleText};
use crate::report::redact;
use crate::rules::{Catalogue, Held, Matcher, Rule, template};
use crate::scan::{Scanner, Scratch};
use crate::shown_path::shown_path;
use crate::source::stdin;
use std::io::Read;
use std::path::PathBuf;

/// Prints a line on standard error.
fn note(line: &str) {
    remark(line);
}

/// The seed of the examples that are shown.
const SEED: u64 = 1;

/// `rules`.
pub(super) fn rules(flags: &Rules) -> Result<Exit, Error> {
    match &flags.command {
        RulesCommand::List(flags) => list::list(flags),
        RulesCommand::Show { id, from } => show(id, from),
        RulesCommand::Test { text, from } => test(text.as_deref(), from),
        RulesCommand::Check(flags) => check::check(flags),
        RulesCommand::New(flags) => new::new(flags),
        RulesCommand::Import(flags) => import::import(flags),
    }
}

/// What a scan of an example found, as the check of examples takes it.
fn held(found: &[Found], judge: &Judge<'_>) -> Vec<Held> {
    let held = |one: &Found| Held {
        rule: judge.index(&one.candidate),
        secret: one.secret_span(),
        refuted: one.candidate.check == Check::Refuted,
    };
    found.iter().map(held).collect()
}

fn load(from: &RuleFiles) -> Result<Catalogue, Error> {
    let own = read(&from.rules)?;
    let built_in = Catalogue::embedded_in_full();
    Ok(if own.is_empty() { built_in } else { built_in.merge(own)? })
}

/// The rules of files, ours or another scanner's; all faults in any of them are reported at once.
fn read(files: &[PathBuf]) -> Result<Vec<Rule>, Error> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for path in files {
        let (name, text) = (shown_path(path), read_named(path)?);
        let parsed = Catalogue::parse(&name, &text);
        let parsed = match parsed.is_err().then(|| OtherTool::of_rules(&text)).flatten() {
            Some(tool) => {
                let plan = (tool.read)(&name, &text).map_err(|fault| Error::Config(fault.into()))?;
                plan.left_out.iter().for_each(|fault| remark(&format!("left out: {fault}")));
                let built_in = Catalogue::embedded();
                let (text, _) = write::in_force(tool.name, &plan, &|id| built_in.index_of(id).is_some());
                Catalogue::parse(&name, &text)
            }
            None => parsed,
        };
        match parsed {
            Ok(rules) => found.extend(rules),
            Err(errors) => wrong.extend(errors),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(Error::Rules(wrong)) }
}

fn show(id: &str, from: &RuleFiles) -> Result<Exit, Error> {
    let catalogue = load(from)?;
    let rule = catalogue.require(id).map_err(|error| vec![error])?;
    let info = &*rule.info;
    let row = |name: &str, value: &str| output::say(&format!("{name:<12} {value}"));
    row("rule", &info.id)?;
    row("description", &info.description)?;
    row("provider", info.provider.as_deref().unwrap_or("-"))?;
    row("severity", &info.severity.to_string())?;
    row("confidence", &info.confidence.to_string())?;
    match &rule.matcher {
        Matcher::Pattern { regex, group, reach, .. } => {
            row("regex", regex)?;
            row("secret", &format!("group {group}"))?;
            row("reach", &format!("{} bytes before, {} after a keyword", reach.before, reach.after))?;
        }
        Matcher::Assignment => row("parser", "assignment")?,
        Matcher::Structure(structure) => row("parser", structure.name())?,
        Matcher::Lines { regex, group } => {
            row("parser", "lines")?;
            row("regex", regex)?;
            row("secret", &format!("group {group}"))?;
        }
        Matcher::Whole(whole) => row("regex", &whole.regex)?,
        Matcher::Named => row(
            "names",
            &info
                .named
                .iter()
                .flat_map(|named| &named.names)
                .map(RuleText::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        )?,
        Matcher::FileName => row("finds", "files of this path")?,
        Matcher::Known { .. } => row("finds", "the values of an index")?,
    }
    let keywords: Vec<_> = rule.keywords.iter().map(|word| String::from_utf8_lossy(word)).collect();
    row("keywords", &keywords.join(" "))?;
    for (name, value) in
        [("check", &rule.check), ("path", &info.path), ("verify", &info.verify), ("revoke", &info.revoke)]
    {
        if let Some(value) = value {
            row(name, value)?;
        }
    }
    for companion in &info.companions {
        let shown = companion.shows.map_or(String::new(), |kind| format!(", shown as {}", kind.name()));
        row("companion", &format!("{}: {}{shown}", &*companion.name, &*companion.regex))?;
    }
    for link in &info.references {
        row("see", link)?;
    }
    for (name, texts) in [("example", &rule.examples), ("negative", &rule.negatives)] {
        for text in texts {
            let filled = template::fill(text, SEED).unwrap_or_else(|error| error.to_string());
            row(name, &filled)?;
        }
    }
    Ok(Exit::Clean)
}

fn test(text: Option<&str>, from: &RuleFiles) -> Result<Exit, Error> {
    let catalogue = load(from)?;
    let bytes = match text {
        Some(text) => text.as_bytes().to_vec(),
        None => {
            let mut bytes = Vec::new();
            let failed = |source| Error::Read { path: "standard input".into(), source };
            stdin::open()?.read_to_end(&mut bytes).map_err(failed)?;
            bytes
        }
    };
    let scanner = Scanner::new(&catalogue);
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::Zoned::now().date());
    let mut settled = settle(scanner.scan(&Piece::whole(&bytes), &mut Scratch::default()), &infos);
    // A value at a position of a line is believed by a file's name alone, and a text has no name.
    settled.found.retain(|found| found.candidate.form != Form::Position);
    for found in &settled.found {
        let span = found.secret_span();
        let candidate = &found.candidate;
        let Some(info) = judge.rule(candidate) else { continue };
        let check = match candidate.check {
            Check::None => "",
            Check::Holds => ", its check holds",
            Check::Fails | Check::Refuted => ", its check fails",
        };
        let secret = redact::shown(&candidate.secret, info, false);
        let score = f64::from(candidate.score.0) / 1000.0;
        output::say(&format!(
            "{}  bytes {}..{}  {secret}  score {score:.2}{check}",
            info.id, span.start, span.end
        ))?;
    }
    if settled.refuted > 0 {
        output::say(&format!("{} refuted by a check", settled.refuted))?;
    }
    output::say(&format!("{} held", settled.found.len()))?;
    Ok(if settled.found.is_empty() { Exit::Clean } else { Exit::Findings })
}
