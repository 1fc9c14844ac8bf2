//! The languages in which calls are looked for: how they write to logs, and how a string repeats a variable.

use regex::bytes::Regex;
use std::sync::OnceLock;

/// How variables get into the text of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interpolation {
    /// Not at all.
    Never,
    /// `{x}` in strings with an `f` before them.
    Python,
    /// `${x}` between backticks.
    Backticks,
    /// `#{x}` between double quotes.
    Ruby,
    /// `$x` and `{$x}` between double quotes.
    Php,
    /// `{x}` in strings with a `$` before them.
    CSharp,
    /// `{x}` in the strings of macros.
    Rust,
    /// `$x` and `${x}` between double quotes, and outside of quotes.
    Shell,
}

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    /// Its name in rows.
    pub(super) name: &'static str,
    /// The endings of its files.
    ends: &'static [&'static str],
    /// A call that writes to a log or to the terminal, up to its opening parenthesis, or where its words begin.
    sink: &'static str,
    pub(super) interpolation: Interpolation,
    /// How comments to the end of a line begin.
    pub(super) comment: &'static str,
    /// True if `x ? a : b` asks about `x`.
    pub(super) has_ternary: bool,
}

/// Methods of loggers in most languages.
macro_rules! levels {
    () => {
        "(?:debug|info|warn|warning|error|critical|fatal|exception|trace|notice|log|verbose)"
    };
}

#[rustfmt::skip]
pub(super) static LANGUAGES: &[Language] = &[
    Language {
        name: "Python", ends: &[".py", ".pyw"], interpolation: Interpolation::Python, comment: "#", has_ternary: false,
        sink: concat!(r"(?-u)(?:^|[^\w.])(?:pprint\.)?(?:print|pprint)\(|(?:^|[^\w.])(?:self\.|app\.|current_app\.|cls\.)?_{0,2}(?i:log|logger|logging)\.", levels!(), r"\(|\bsys\.std(?:out|err)\.write\("),
    },
    Language {
        name: "JavaScript", ends: &[".js", ".mjs", ".cjs", ".jsx"], interpolation: Interpolation::Backticks, comment: "//", has_ternary: true,
        sink: concat!(r"(?-u)\bconsole\.(?:log|debug|info|warn|error|trace|dir)\(|(?:^|[^\w.])(?:this\.|req\.|app\.)?(?:log|logger|winston|Logger)\.", levels!(), r"\("),
    },
    Language {
        name: "TypeScript", ends: &[".ts", ".tsx", ".mts", ".cts"], interpolation: Interpolation::Backticks, comment: "//", has_ternary: true,
        sink: concat!(r"(?-u)\bconsole\.(?:log|debug|info|warn|error|trace|dir)\(|(?:^|[^\w.])(?:this\.|req\.|app\.)?(?:log|logger|winston|Logger)\.", levels!(), r"\("),
    },
    Language {
        name: "Go", ends: &[".go"], interpolation: Interpolation::Never, comment: "//", has_ternary: false,
        sink: r"(?-u)\bfmt\.Print(?:f|ln)?\(|\bfmt\.Fprint(?:f|ln)?\(\s*os\.Std(?:out|err)\s*,|(?:^|[^\w.])(?:\w+\.)?(?i:log|logger|logrus|slog|klog|glog)\.(?:Print|Printf|Println|Fatal|Fatalf|Fatalln|Panic|Panicf|Panicln|Debug|Debugf|Debugw|Info|Infof|Infow|Infoln|Warn|Warnf|Warnw|Warning|Warningf|Error|Errorf|Errorw|Trace|Tracef)\(",
    },
    Language {
        name: "Java", ends: &[".java", ".kt", ".scala", ".groovy"], interpolation: Interpolation::Never, comment: "//", has_ternary: true,
        sink: r"(?-u)\bSystem\.(?:out|err)\.print(?:ln|f)?\(|(?:^|[^\w.])(?:this\.)?_?(?i:log|logger)\.(?:debug|info|warn|warning|error|fatal|trace|severe|fine|finer|finest|config)\(",
    },
    Language {
        name: "Ruby", ends: &[".rb", ".rake", ".gemspec"], interpolation: Interpolation::Ruby, comment: "#", has_ternary: true,
        sink: r"(?-u)(?:^|[;{(\s])(?:puts|print|warn|pp|\$stdout\.puts|\$stderr\.puts|STDOUT\.puts|STDERR\.puts)[ (]|(?:^|[^\w.])(?:Rails\.|@)?_?logger\.(?:debug|info|warn|error|fatal|unknown)[ (]",
    },
    Language {
        name: "PHP", ends: &[".php", ".phtml"], interpolation: Interpolation::Php, comment: "//", has_ternary: true,
        sink: concat!(r"(?-u)\b(?:error_log|print_r|var_dump|syslog|trigger_error)\(|\bLog::", levels!(), r"\(|\$(?:this->)?_?(?i:log|logger)->", levels!(), r"\("),
    },
    Language {
        name: "C#", ends: &[".cs", ".cshtml"], interpolation: Interpolation::CSharp, comment: "//", has_ternary: true,
        sink: r"(?-u)\b(?:Console|Debug|Trace)\.(?:Error\.|Out\.)?Write(?:Line)?\(|(?:^|[^\w.])_?(?i:log|logger)\.(?:Log(?:Debug|Information|Warning|Error|Critical|Trace)?|Debug|Info|Information|Warn|Warning|Error|Fatal|Verbose)\(",
    },
    Language {
        name: "Rust", ends: &[".rs"], interpolation: Interpolation::Rust, comment: "//", has_ternary: false,
        sink: r"(?-u)(?:^|[^\w])(?:print|println|eprint|eprintln|dbg|trace|debug|info|warn|error)!\(",
    },
    Language {
        name: "shell", ends: &[".sh", ".bash", ".zsh", ".ksh"], interpolation: Interpolation::Shell, comment: "#", has_ternary: false,
        sink: r"(?-u)(?:^|[;&|{(]|\bthen|\bdo|\belse)\s*(?:echo|printf|logger)\s",
    },
];

impl Language {
    /// The language of the file `path`.
    pub(super) fn of(path: &str) -> Option<(usize, &'static Self)> {
        let name = path.rsplit('/').next().unwrap_or(path);
        // Code that a tool has made shorter is no one's to mend.
        if name.ends_with(".min.js") {
            return None;
        }
        LANGUAGES.iter().enumerate().find(|(_, language)| language.ends.iter().any(|end| name.ends_with(end)))
    }
}

/// The pattern of the calls of the language of this number, compiled when it is first needed.
pub(super) fn sinks(number: usize) -> &'static Regex {
    static PATTERNS: [OnceLock<Regex>; LANGUAGES.len()] = [const { OnceLock::new() }; LANGUAGES.len()];
    PATTERNS[number].get_or_init(|| {
        let pattern = format!("(?m){}", LANGUAGES[number].sink);
        Regex::new(&pattern).expect("a test compiles each pattern")
    })
}
