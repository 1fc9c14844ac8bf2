//! `rules check`: what is wrong with rules, which of them others always outdo, and what each costs.

use super::made_text::made_text;
use super::{Exit, held, output, read};
use crate::cli::RulesCheck;
use crate::error::Error;
use crate::findings::{Judge, settle};
use crate::model::{Check, Found, Piece, RuleIndex};
use crate::rules::{self, Catalogue, Matcher, Rule, template};
use crate::scan::survey::{Cost, Costs, idle_keywords};
use crate::scan::{Scanner, Scratch};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How many of the slowest rules are named.
const SLOWEST: usize = 10;

/// How often each example is drawn to see which rule has it in the end.
const DRAWN: u64 = 4;

/// How many bytes of made-up text are scanned, and how often each text: the fastest counts.
const MADE: usize = 500_000;
const TIMES: usize = 3;

/// How much of a file is scanned.
const MOST_OF_FILE: u64 = 64 << 20;

/// `rules check`.
pub(super) fn check(flags: &RulesCheck) -> Result<Exit, Error> {
    let is_built_in = flags.files.is_empty();
    let (catalogue, own) = match is_built_in {
        true => {
            let catalogue = Catalogue::embedded_in_full();
            let all = catalogue.rules().iter().map(|rule| rule.info.id.to_string()).collect();
            (catalogue, all)
        }
        false => {
            let own = read(&flags.files)?;
            let ids: BTreeSet<String> = own.iter().map(|rule| rule.info.id.to_string()).collect();
            (Catalogue::embedded().merge(own)?, ids)
        }
    };
    let is_own = |rule: &Rule| own.contains(rule.info.id.as_str());
    let wrong = wrong_examples(&catalogue, &flags.files)?;
    let mut idle = 0;
    for rule in catalogue.rules().iter().filter(|rule| is_own(rule)) {
        for keyword in idle_keywords(rule) {
            idle += 1;
            output::say(&format!(
                "{}: rule `{}`: no match is possible at its keyword `{keyword}`. Remove it, or correct the regex or the \
                 reach.",
                rule.origin, rule.info.id
            ))?;
        }
    }
    if !is_built_in {
        let built_in = Catalogue::embedded();
        for rule in catalogue.rules().iter().filter(|rule| is_own(rule)) {
            if built_in.index_of(&rule.info.id).is_some() {
                output::say(&format!(
                    "{}: rule `{}` replaces the built-in rule of this id",
                    rule.origin, rule.info.id
                ))?;
            }
        }
    }
    let outdone = outdone(&catalogue, &is_own);
    for (rule, by) in &outdone {
        output::say(&format!(
            "{}: rule `{}` is never reported: in all its examples `{by}` is",
            rule.origin, rule.info.id
        ))?;
    }
    let idle_text = if idle == 0 { String::new() } else { format!(", {idle} idle keywords") };
    let outdone_text =
        if outdone.is_empty() { String::new() } else { format!(", {} never reported", outdone.len()) };
    output::say(&format!("{} rules, {wrong} wrong examples{idle_text}{outdone_text}", own.len()))?;
    if flags.cost || !flags.text.is_empty() {
        print_costs(&catalogue, flags, &is_own)?;
    }
    Ok(if wrong + idle == 0 { Exit::Clean } else { Exit::Failed })
}

/// Prints the examples and negatives that do not agree with their rules; how many.
fn wrong_examples(catalogue: &Catalogue, files: &[PathBuf]) -> Result<usize, Error> {
    // Alone, as far as they do not name what others find: another rule's match would hide nothing here.
    let names = catalogue.rules().iter().any(|rule| rule.matcher == Matcher::Named && rule.origin.line > 0);
    let alone = match files.is_empty() || names {
        true => None,
        false => Some(Catalogue::build(
            catalogue.rules().iter().filter(|rule| rule.origin.line > 0).cloned().collect(),
        )?),
    };
    let catalogue = alone.as_ref().unwrap_or(catalogue);
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::Zoned::now().date());
    let scanner = Scanner::new(catalogue);
    let mut scratch = Scratch::default();
    let failures = rules::check_examples(catalogue, |bytes| {
        let found = scanner.scan(&Piece::whole(bytes), &mut scratch);
        held(&found, &judge)
    });
    for failure in &failures {
        output::say(&failure.to_string())?;
    }
    Ok(failures.len())
}

/// The rules that are never reported in their own examples, each with the one that is. Imported rules are reported
/// beside others, and those for certain files wherever such a file is.
fn outdone<'c>(catalogue: &'c Catalogue, is_own: &dyn Fn(&Rule) -> bool) -> Vec<(&'c Rule, String)> {
    let infos = catalogue.infos();
    let judge = Judge::new(&infos, jiff::Zoned::now().date());
    let scanner = Scanner::new(catalogue);
    let mut scratch = Scratch::default();
    let mut outdone = Vec::new();
    let may_be =
        |rule: &Rule| is_own(rule) && !rule.info.part && !rule.info.imported && rule.info.path.is_none();
    for (index, rule) in (0..).map(RuleIndex).zip(catalogue.rules()).filter(|(_, rule)| may_be(rule)) {
        let mut winners: BTreeMap<&str, usize> = BTreeMap::new();
        let texts = rule.examples.iter().flat_map(|example| (0..DRAWN).map(move |seed| (example, seed)));
        let is_reported = texts.into_iter().any(|(example, seed)| {
            let Ok(text) = template::fill(example, seed) else { return false };
            let found = scanner.scan(&Piece::whole(text.as_bytes()), &mut scratch);
            let is_of_rule =
                |one: &&Found| judge.index(&one.candidate) == index && one.candidate.check != Check::Refuted;
            let spans: Vec<_> = found.iter().filter(is_of_rule).map(Found::secret_span).collect();
            let kept = settle(found, &infos).found;
            if kept.iter().any(|one| is_of_rule(&one)) {
                return true;
            }
            let over = kept.iter().filter(|one| spans.iter().any(|span| one.secret_span().overlaps(*span)));
            let winners_of_any_file = over.filter_map(|one| judge.rule(&one.candidate));
            for winner in winners_of_any_file.filter(|rule| rule.path.is_none()) {
                *winners.entry(winner.id.as_str()).or_default() += 1;
            }
            false
        });
        let most = winners.into_iter().max_by_key(|(_, times)| *times);
        if let Some((by, _)) = most.filter(|_| !is_reported) {
            outdone.push((rule, by.to_owned()));
        }
    }
    outdone
}

/// Prints what the rules cost: the slowest, and each of the user's own.
fn print_costs(
    catalogue: &Catalogue,
    flags: &RulesCheck,
    is_own: &dyn Fn(&Rule) -> bool,
) -> Result<(), Error> {
    let (mut all, what) = costs(catalogue, &flags.text)?;
    if all.bytes == 0 {
        return Err(Error::Empty { what: "the text to measure the rules over is empty".to_owned() });
    }
    let megabytes = all.bytes as f64 / 1e6;
    let total = all.total().as_nanos().max(1) as f64;
    let share = |time: std::time::Duration| time.as_nanos() as f64 * 100.0 / total;
    all.rules.sort_by_key(|cost| std::cmp::Reverse(cost.time));
    let rule = |cost: &Cost| &catalogue.rules()[cost.rule.0 as usize];
    output::say("")?;
    output::say(&format!(
        "{megabytes:.1} MB of {what}: {:.0} ns a MB, of which {:.1} % are the search for keywords",
        total / megabytes,
        share(all.filter)
    ))?;
    let Some(slowest) = all.rules.first() else {
        return output::say("no rule has a keyword in it");
    };
    output::say(&format!(
        "the slowest rule is `{}`, with {:.1} %",
        rule(slowest).info.id,
        share(slowest.time)
    ))?;
    output::say(&format!("{:>12}  {:>6}  {:>9}  rule", "ns a MB", "share", "places"))?;
    let is_asked = |cost: &Cost| !flags.files.is_empty() && is_own(rule(cost));
    let rows = all.rules.iter().enumerate().filter(|(at, cost)| *at < SLOWEST || is_asked(cost));
    for (_, cost) in rows {
        let time = cost.time.as_nanos() as f64 / megabytes;
        output::say(&format!(
            "{time:>12.0}  {:>4.1} %  {:>9}  {}",
            share(cost.time),
            cost.places,
            rule(cost).info.id
        ))?;
    }
    Ok(())
}

/// What the rules cost over the files at `paths`, or over made-up text if there are none; and what text that was.
fn costs(catalogue: &Catalogue, paths: &[PathBuf]) -> Result<(Costs, String), Error> {
    let mut measuring = Measuring::new(catalogue);
    if paths.is_empty() {
        measuring.add(made_text(MADE).as_bytes());
        return Ok((measuring.all, "made-up text".to_owned()));
    }
    let mut files = Vec::new();
    for path in paths {
        gather(path, &mut files).map_err(|source| Error::Read { path: path.clone(), source })?;
    }
    for file in &files {
        let failed = |source| Error::Read { path: file.clone(), source };
        let mut bytes = Vec::new();
        let open = fs::File::open(file).map_err(failed)?;
        open.take(MOST_OF_FILE).read_to_end(&mut bytes).map_err(failed)?;
        measuring.add(&bytes);
    }
    Ok((measuring.all, format!("{} files", files.len())))
}

/// Measures what rules cost, text by text.
struct Measuring {
    scanner: Scanner,
    /// A scanner for each rule of whole texts. Such a rule runs over all of each text: one at a time, to know which it was.
    of_whole: Vec<(RuleIndex, Scanner)>,
    scratch: Scratch,
    all: Costs,
}

impl Measuring {
    fn new(catalogue: &Catalogue) -> Self {
        let of_whole = (0..)
            .map(RuleIndex)
            .zip(catalogue.rules())
            .filter(|(_, rule)| matches!(rule.matcher, Matcher::Whole(_)))
            .map(|(index, _)| (index, Scanner::of_some(catalogue, |sought| sought == index)))
            .collect();
        let scanner = Scanner::new(catalogue);
        Self { scanner, of_whole, scratch: Scratch::default(), all: Costs::default() }
    }

    /// Adds what a text costs: the least of several runs.
    fn add(&mut self, bytes: &[u8]) {
        let least = (0..TIMES).map(|_| self.run(bytes)).reduce(|one, other| one.least(&other));
        self.all.add(&least.unwrap_or_default());
    }

    fn run(&mut self, bytes: &[u8]) -> Costs {
        let mut costs = self.scanner.costs(bytes, &mut self.scratch);
        if !self.of_whole.is_empty() {
            let of_rule = |(rule, alone): &(RuleIndex, Scanner)| Cost {
                rule: *rule,
                places: 1,
                time: alone.costs(bytes, &mut Scratch::default()).whole,
            };
            costs.rules.extend(self.of_whole.iter().map(of_rule));
            costs.rules.sort_by_key(|cost| cost.rule);
            costs.whole = std::time::Duration::ZERO;
        }
        costs
    }
}

/// The regular files at a path, without following links, sorted.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let kind = path.symlink_metadata()?;
        if kind.is_dir() {
            let mut inside: Vec<PathBuf> =
                fs::read_dir(&path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
            inside.sort_by(|one, other| other.cmp(one));
            open.extend(inside);
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
