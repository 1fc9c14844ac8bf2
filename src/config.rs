//! `keydredge.toml`: the settings that a repository wants in every run.
//!
//! Read strictly: an unknown key, a wrong type or an invalid pattern is an error with file and line. Flags on the
//! command line take precedence; `commands` joins the two. Rules in the file are passed on as text, for the catalogue
//! to parse.
//!
//! ```toml
//! min-confidence = "high"
//! fail-on = "medium"
//! new-allows = "report"                      # report, deny, permit: allow comments that a pull request adds
//! exclude = ["third_party/", "*.min.js"]     # patterns as in .gitignore
//! max-file-size = "50MB"
//! strict = true
//! max-archive-depth = 4                      # or: no-archives = true
//! max-time-per-file = "30s"
//! max-age-databases = 30                     # days, for `inventory`; and max-age-keys
//! skip = ["generic-password"]
//! baseline = "keydredge-baseline.txt"
//! extends = ["../policy.toml"]               # or "git+https://…@COMMIT#PATH", from keydredge.lock
//!
//! unused-allows = "warn"                     # ignore, warn, error: our allow comments that cover nothing
//! other-tools = true                         # .gitleaks.toml, .secrets.baseline and so on count
//!
//! [[allow]]                                  # see `allow`
//! reason = "made up"
//! values = ['^test-']
//!
//! [[rules]]                                  # or: rules = ["extra-rules.toml"]
//! id = "acme-token"
//! ```

mod allow;
mod lock;
mod naming;

pub use lock::{LOCK, Lock, Remote};
pub use naming::Naming;

use crate::gitignore::{GlobProblem, Patterns};
use crate::model::{Allowance, Confidence, NewAllows, Severity, UnusedAllows};
use crate::sheet::{Cell, Fault, Page, Sheet};
use std::time::Duration;

/// The settings of a configuration file; the default sets nothing. Paths are as written: relative to the
/// file's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `min-confidence`: findings below it are counted and not reported.
    pub min_confidence: Option<Confidence>,
    /// `fail-on`: the least severity that fails a run.
    pub fail_on: Option<Severity>,
    /// `fail-in-tests`: whether values that look made up, since they are only in tests, documentation and examples,
    /// fail the run.
    pub fail_in_tests: Option<bool>,
    /// `new-allows`: how allow comments that a change adds are treated in `diff`.
    pub new_allows: Option<NewAllows>,
    /// `unused-allows`: how allow comments of ours that cover nothing are treated.
    pub unused_allows: Option<UnusedAllows>,
    /// `other-tools`: whether the files of other scanners count.
    pub other_tools: Option<bool>,
    /// `[[allow]]`: what is no finding.
    pub allow: Vec<Allowance>,
    /// `exclude`: patterns as in `.gitignore`, relative to the file's directory; matching files are excluded.
    pub exclude: Vec<String>,
    /// `no-ignore`: whether what `.gitignore` covers is scanned too.
    pub no_ignore: Option<bool>,
    /// `max-file-size`, in bytes: larger files are excluded.
    pub max_file_size: Option<u64>,
    /// `strict`: whether what was not looked into (compressed files, LFS pointers without their object) is unread.
    pub strict: Option<bool>,
    /// `no-archives`: whether archives, compressed files and documents are left closed.
    pub no_archives: Option<bool>,
    /// `max-archive-depth`: to which depth archives in archives are opened.
    pub max_archive_depth: Option<u32>,
    /// `max-time-per-file`: files whose scan takes longer are unread.
    pub max_time_per_file: Option<Duration>,
    /// `max-age-databases`: after how many days `inventory` calls the credentials of databases overdue.
    pub max_age_databases: Option<u32>,
    /// `max-age-keys`: the same of all other secrets.
    pub max_age_keys: Option<u32>,
    /// `only`: ids of the rules in force.
    pub only: Vec<String>,
    /// `skip`: ids of rules not in force.
    pub skip: Vec<String>,
    /// `rules = […]`: files of more rules.
    pub rules: Vec<String>,
    /// `[[rules]]`: the rules in the file itself.
    pub inline_rules: Option<InlineRules>,
    /// `baseline`: the baseline's path.
    pub baseline: Option<String>,
    /// `ignore-file`: the ignore file's path, if it is not at the repository's root.
    pub ignore_file: Option<String>,
    /// `extends`: configurations that this one is laid over, the last one of them uppermost.
    pub extends: Vec<Extend>,
    /// Where rules and files are named, for messages.
    pub namings: Vec<Naming>,
}

/// A configuration that another one extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extend {
    /// A path, or a [`Remote`].
    pub source: String,
    /// Where it is named; the problem is the start of a sentence.
    pub fault: Fault,
}

/// Rules that are in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineRules {
    /// The file, as given.
    pub file: String,
    /// The rules as TOML. The lines before them are blank, so that line numbers are those of the file.
    pub text: String,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Fault);

impl Error {
    /// Where, and what to do.
    pub fn fault(&self) -> &Fault {
        &self.0
    }
}

impl Config {
    /// Each key that is set, with its value for printing. Rules in the file are not included.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        // Each field is named, so that none can be forgotten: the report shows a reviewer what a change would alter.
        let Self {
            min_confidence,
            fail_on,
            fail_in_tests,
            new_allows,
            unused_allows,
            other_tools,
            allow,
            exclude,
            no_ignore,
            max_file_size,
            strict,
            no_archives,
            max_archive_depth,
            max_time_per_file,
            max_age_databases,
            max_age_keys,
            only,
            skip,
            rules,
            baseline,
            ignore_file,
            extends,
            inline_rules: _,
            namings: _,
        } = self;
        let list = |texts: &Vec<String>| (!texts.is_empty()).then(|| format!("{texts:?}"));
        let text = |value: &Option<String>| value.as_ref().map(|value| format!("{value:?}"));
        let sources: Vec<String> = extends.iter().map(|one| one.source.clone()).collect();
        let entries = [
            ("min-confidence", min_confidence.map(|level| format!("\"{level}\""))),
            ("fail-on", fail_on.map(|level| format!("\"{level}\""))),
            ("fail-in-tests", fail_in_tests.map(|is_set| is_set.to_string())),
            ("new-allows", new_allows.map(|policy| format!("\"{policy}\""))),
            ("unused-allows", unused_allows.map(|policy| format!("\"{policy}\""))),
            ("other-tools", other_tools.map(|is_set| is_set.to_string())),
            ("allow", (!allow.is_empty()).then(|| allow::printed(allow))),
            ("exclude", list(exclude)),
            ("no-ignore", no_ignore.map(|is_set| is_set.to_string())),
            ("max-file-size", max_file_size.map(|bytes| format!("{bytes} bytes"))),
            ("strict", strict.map(|is_set| is_set.to_string())),
            ("no-archives", no_archives.map(|is_set| is_set.to_string())),
            ("max-archive-depth", max_archive_depth.map(|depth| depth.to_string())),
            ("max-time-per-file", max_time_per_file.map(|time| format!("{time:?}"))),
            ("max-age-databases", max_age_databases.map(|days| days.to_string())),
            ("max-age-keys", max_age_keys.map(|days| days.to_string())),
            ("only", list(only)),
            ("skip", list(skip)),
            ("rules", list(rules)),
            ("baseline", text(baseline)),
            ("ignore-file", text(ignore_file)),
            ("extends", list(&sources)),
        ];
        entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// True if it names other files of settings.
    pub fn names_files(&self) -> bool {
        let Self { rules, baseline, ignore_file, extends, .. } = self;
        !rules.is_empty() || baseline.is_some() || ignore_file.is_some() || !extends.is_empty()
    }

    /// These settings over those of the file that they extend: a value here wins, and lists are joined. Paths stay as they
    /// are in their files, and rules stay in theirs.
    pub fn over(self, base: Self) -> Self {
        let joined = |below: Vec<String>, above: Vec<String>| [below, above].concat();
        Self {
            min_confidence: self.min_confidence.or(base.min_confidence),
            fail_on: self.fail_on.or(base.fail_on),
            fail_in_tests: self.fail_in_tests.or(base.fail_in_tests),
            new_allows: self.new_allows.or(base.new_allows),
            exclude: joined(base.exclude, self.exclude),
            no_ignore: self.no_ignore.or(base.no_ignore),
            max_file_size: self.max_file_size.or(base.max_file_size),
            strict: self.strict.or(base.strict),
            max_time_per_file: self.max_time_per_file.or(base.max_time_per_file),
            max_age_databases: self.max_age_databases.or(base.max_age_databases),
            max_age_keys: self.max_age_keys.or(base.max_age_keys),
            unused_allows: self.unused_allows.or(base.unused_allows),
            other_tools: self.other_tools.or(base.other_tools),
            allow: [base.allow, self.allow].concat(),
            no_archives: self.no_archives.or(base.no_archives),
            max_archive_depth: self.max_archive_depth.or(base.max_archive_depth),
            only: if self.only.is_empty() { base.only } else { self.only },
            skip: joined(base.skip, self.skip),
            rules: joined(base.rules, self.rules),
            inline_rules: self.inline_rules,
            baseline: self.baseline.or(base.baseline),
            ignore_file: self.ignore_file.or(base.ignore_file),
            extends: self.extends,
            namings: [base.namings, self.namings].concat(),
        }
    }

    /// Reads a configuration; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// An [`Error`] that names file and line. The catalogue checks what is inside a `[[rules]]`.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let page = Page { file, text };
        let mut sheet = Sheet::parse(page)?;
        let mut namings = Vec::new();
        let mut config = Self {
            min_confidence: read(sheet.take("min-confidence"), |value| value.one_of(&Confidence::ALL))?,
            fail_on: read(sheet.take("fail-on"), |value| value.one_of(&Severity::ALL))?,
            fail_in_tests: read(sheet.take("fail-in-tests"), Cell::boolean)?,
            new_allows: read(sheet.take("new-allows"), |value| value.one_of(&NewAllows::ALL))?,
            unused_allows: read(sheet.take("unused-allows"), |value| value.one_of(&UnusedAllows::ALL))?,
            other_tools: read(sheet.take("other-tools"), Cell::boolean)?,
            allow: Vec::new(),
            exclude: read(sheet.take("exclude"), patterns)?.unwrap_or_default(),
            no_ignore: read(sheet.take("no-ignore"), Cell::boolean)?,
            max_file_size: read(sheet.take("max-file-size"), Cell::size)?,
            strict: read(sheet.take("strict"), Cell::boolean)?,
            no_archives: read(sheet.take("no-archives"), Cell::boolean)?,
            max_archive_depth: read(sheet.take("max-archive-depth"), depth)?,
            max_time_per_file: read(sheet.take("max-time-per-file"), Cell::duration)?,
            max_age_databases: read(sheet.take("max-age-databases"), days)?,
            max_age_keys: read(sheet.take("max-age-keys"), days)?,
            only: read(sheet.take("only"), |cell| naming::names("only", cell, &mut namings))?
                .unwrap_or_default(),
            skip: read(sheet.take("skip"), |cell| naming::names("skip", cell, &mut namings))?
                .unwrap_or_default(),
            baseline: read(sheet.take("baseline"), |cell| naming::file("baseline", cell, &mut namings))?,
            ignore_file: read(sheet.take("ignore-file"), |cell| {
                naming::file("ignore-file", cell, &mut namings)
            })?,
            extends: read(sheet.take("extends"), extends)?.unwrap_or_default(),
            rules: Vec::new(),
            inline_rules: None,
            namings: Vec::new(),
        };
        let allow = sheet.take("allow");
        let starts = allow.as_ref().map(Cell::starts_of_tables).unwrap_or_default();
        config.allow = allow.map(|cell| allow::read(cell, &mut namings)).transpose()?.unwrap_or_default();
        if let Some(rules) = sheet.take("rules") {
            if rules.first_table().is_some() {
                config.inline_rules = Some(InlineRules {
                    file: file.to_owned(),
                    text: rules_alone(text, &rules.starts_of_tables(), &starts),
                });
            } else {
                config.rules = naming::names("rules", &rules, &mut namings).map_err(|_| {
                    rules.fault(
                        "must be a list of files, or rules that each stand under their own `[[rules]]`.",
                    )
                })?;
            }
        }
        sheet.finish()?;
        config.namings = namings;
        Ok(config)
    }
}

fn read<'a, T>(
    cell: Option<Cell<'a>>,
    value: impl FnOnce(&Cell<'a>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    cell.map(|cell| value(&cell)).transpose()
}

/// A depth of archives in archives, as on the command line.
fn depth(cell: &Cell<'_>) -> Result<u32, Fault> {
    let depth = cell.size().ok().and_then(|depth| u32::try_from(depth).ok());
    depth.filter(|depth| (1..=64).contains(depth)).ok_or_else(|| cell.fault("must be a number from 1 to 64."))
}

/// A number of days.
fn days(cell: &Cell<'_>) -> Result<u32, Fault> {
    let days = cell.size().ok().and_then(|days| u32::try_from(days).ok());
    days.filter(|days| (1..=36_500).contains(days))
        .ok_or_else(|| cell.fault("must be a number of days from 1 to 36500."))
}

/// Configurations that are extended, each checked.
fn extends(cell: &Cell<'_>) -> Result<Vec<Extend>, Fault> {
    let extend = |source: String| {
        if source.is_empty() {
            return Err(cell.fault("must name files."));
        }
        match Remote::parse(&source) {
            Some(Err(problem)) => Err(cell.fault(&format!("cannot name `{source}`: it {problem}."))),
            _ => Ok(Extend { fault: cell.fault(&format!("names `{source}`")), source }),
        }
    };
    cell.strings()?.into_iter().map(extend).collect()
}

/// Patterns as in `.gitignore`, each checked.
fn patterns(cell: &Cell<'_>) -> Result<Vec<String>, Fault> {
    let patterns = cell.strings()?;
    match Patterns::of_list(&patterns) {
        Ok(_) => Ok(patterns),
        Err(problem) => Err(wrong_pattern(cell, &patterns, &problem)),
    }
}

/// The fault of a list of patterns, at the line of the one that is wrong.
fn wrong_pattern(cell: &Cell<'_>, patterns: &[String], problem: &GlobProblem) -> Fault {
    let number = problem.number();
    let pattern = number.and_then(|number| patterns.get(number.checked_sub(1)?));
    let which = pattern.map_or_else(String::new, |pattern| format!(" (`{pattern:.60}`)"));
    cell.fault_at(number.unwrap_or(0), &format!("cannot be used{which}: {problem}."))
}

/// The text with nothing but its rules, each on its line. A rule ends where the next table of `rules` or `others`
/// starts.
fn rules_alone(text: &str, rules: &[usize], others: &[usize]) -> String {
    let mut ends: Vec<usize> = rules.iter().chain(others).copied().chain([text.len()]).collect();
    ends.sort_unstable();
    let (mut alone, mut at) = (String::with_capacity(text.len()), 0);
    for &start in rules {
        let end = ends[ends.partition_point(|end| *end <= start)];
        alone.extend(text[at..start].chars().filter(|letter| *letter == '\n'));
        alone.push_str(&text[start..end]);
        at = end;
    }
    alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "min-confidence = \"high\"\nfail-on = \"critical\"\nfail-in-tests = true\nnew-allows = \"deny\"\nexclude = [\"a/\", \"!*.b\"]\nno-ignore = true\n\
                    max-file-size = \"1MB\"\nmax-time-per-file = \"1.5s\"\nstrict = true\nno-archives = false\nmax-archive-depth = 3\nmax-age-databases = 7\nmax-age-keys = 60\nonly = [\"a-b\"]\nskip = [\"c-d\"]\nrules = [\"x.toml\"]\nunused-allows = \"error\"\nother-tools = false\n\
                    baseline = \"b.txt\"\nignore-file = \"i.toml\"\nextends = [\"e.toml\"]\n[[allow]]\nvalues = ['^x$']\n";
        let config = Config::parse("keydredge.toml", text).expect("the text is a configuration");
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let wanted = Config {
            min_confidence: Some(Confidence::High),
            fail_on: Some(Severity::Critical),
            fail_in_tests: Some(true),
            new_allows: Some(NewAllows::Deny),
            unused_allows: Some(UnusedAllows::Error),
            other_tools: Some(false),
            allow: vec![Allowance { regexes: strings(&["^x$"]), ..Allowance::default() }],
            exclude: strings(&["a/", "!*.b"]),
            no_ignore: Some(true),
            max_file_size: Some(1 << 20),
            strict: Some(true),
            no_archives: Some(false),
            max_archive_depth: Some(3),
            max_time_per_file: Some(Duration::from_millis(1500)),
            max_age_databases: Some(7),
            max_age_keys: Some(60),
            only: strings(&["a-b"]),
            skip: strings(&["c-d"]),
            rules: strings(&["x.toml"]),
            inline_rules: None,
            baseline: Some("b.txt".to_owned()),
            ignore_file: Some("i.toml".to_owned()),
            extends: vec![Extend {
                source: "e.toml".to_owned(),
                fault: Fault {
                    file: "keydredge.toml".to_owned(),
                    line: 21,
                    problem: "`extends` names `e.toml`".to_owned(),
                },
            }],
            namings: config.namings.clone(),
        };
        assert_eq!(config, wanted);
        let named = config.namings.iter().map(|one| (one.key, one.name.as_str(), one.fault.line));
        let wanted = [
            ("only", "a-b", 14),
            ("skip", "c-d", 15),
            ("baseline", "b.txt", 19),
            ("ignore-file", "i.toml", 20),
            ("rules", "x.toml", 16),
        ];
        assert_eq!(named.collect::<Vec<_>>(), wanted);
        assert_eq!(config.entries().len(), 22, "{:?}", config.entries());
        assert_eq!(Config::parse("keydredge.toml", "# nothing\n"), Ok(Config::default()));
    }

    #[test]
    fn rules_in_the_file_keep_their_lines_and_lose_their_company() {
        let text = "skip = [\n  \"[[rules]]\",\n] # one\n\n[[rules]]\nid = \"a-b\" # two\n\n[rules.reach]\nbefore = 3\n\n[[rules]]\nid = \"c-d\"\n";
        let rules = Config::parse("keydredge.toml", text).expect("the text is a configuration").inline_rules;
        let (before, alone) = text.split_once("\n[[rules]]\n").expect("the text has rules");
        let lines = "\n".repeat(before.matches('\n').count() + 1);
        let text = format!("{lines}[[rules]]\n{alone}");
        assert_eq!(rules, Some(InlineRules { file: "keydredge.toml".to_owned(), text }));
        let inline = Config::parse("keydredge.toml", "rules = [{ id = \"a-b\" }]")
            .expect_err("inline rules have no lines");
        assert!(inline.to_string().contains("`[[rules]]`"));
    }

    #[test]
    fn a_wrong_file_is_told_with_its_line() {
        let table = [
            ("min_confidence = \"high\"", 1, "Did you mean `min-confidence`?"),
            ("\n\nfrobnicate = 1", 3, "There is no key `frobnicate`"),
            (
                "min-confidence = \"hihg\"",
                1,
                "`min-confidence` must be one of `low`, `medium`, `high` and `certain`.",
            ),
            ("fail-on = 3", 1, "must be one of"),
            ("exclude = \"x\"", 1, "must be a list of strings"),
            ("exclude = [\"a\", \"a{b\"]", 1, "number 2"),
            ("exclude = [\"[a\"]", 1, "(`[a`): pattern number 1 is none as in .gitignore: it has a `[`"),
            ("exclude = [\n  \"a\",\n  \"b[\",\n]", 3, "number 2"),
            ("\n[[allow]]\npaths = [\n\"a\",\n\"b\\\\\"]", 5, "ends with a backslash"),
            ("[[allow]]\nvalues = [\n\"a\",\n\"b(\"]", 4, "number 2"),
            ("no-ignore = \"yes\"", 1, "true or false"),
            ("max-file-size = \"big\"", 1, "a size such as"),
            ("strict = 1", 1, "true or false"),
            ("no-archives = 1", 1, "true or false"),
            ("max-archive-depth = 0", 1, "from 1 to 64"),
            ("max-archive-depth = true", 1, "from 1 to 64"),
            ("max-time-per-file = 10", 1, "a duration such as"),
            ("max-time-per-file = \"0s\"", 1, "a duration such as"),
            ("max-age-keys = 0", 1, "from 1 to 36500"),
            ("baseline = \"\"", 1, "must name a file"),
            ("\nextends = [\"\"]", 2, "must name files"),
            ("extends = [\"https://example.org/k.toml\"]", 1, "git+URL@COMMIT#PATH"),
            ("rules = [1]", 1, "a list of files"),
            ("a = 1\na = 2", 2, "not TOML"),
        ];
        for (text, line, part) in table {
            let message = Config::parse("k.toml", text).expect_err(text).to_string();
            assert!(message.starts_with(&format!("k.toml:{line}: ")), "{text}: {message}");
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\[\\[rules\\]\\]|rules|exclude|max-file-size|=|\\[|\\]|\"|[a-zé0-9{}]|\n| ){0,30}") {
            let _ = Config::parse("keydredge.toml", &text);
        }
    }
}
