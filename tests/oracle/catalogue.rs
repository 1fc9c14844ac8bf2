//! A small catalogue with every kind of rule, whose literals are made to collide.

use keydredge::model::{Confidence, RuleInfo, Severity};
use keydredge::rules::{Catalogue, Matcher, Origin, Reach, Rule, Stretch, pattern};

/// Texts that the rules match, to build blobs from. None looks like a real provider's token.
pub(crate) const EXAMPLES: &[&str] = &[
    "alpha_k3j4h5g6f7",
    "bk-Zx81Qw",
    "gamma id 7d02f1c95be8a364",
    "deltadelta b7c1d90e",
    "e07b41c9 delta",
    "-----BEGIN X-----\nkqhz wtnb gexr\nvmcu\n-----END X-----",
    "zq7203",
    "line=all of it",
    "tok_tok_tok_abcdefgh_end",
    "password = \"hunter2hunter2\"",
    "secret: 8f3a9d2b7c6e1f04",
    "open{k: v, shut371 ",
    "open a open b shut204",
    "run-quick-brown-fox-run-jumps-over ",
    "run-",
    "one_abc,one_def;",
];

/// The catalogue.
pub(crate) fn catalogue() -> Catalogue {
    let mut rules = vec![
        pattern("alpha-token", &["alpha_"], "alpha_[a-z0-9]{8,20}", 0, (0, 20)),
        pattern("beta-key", &["bk-", "beta"], r"\bbk-([A-Za-z0-9]{6,12})\b", 1, (40, 12)),
        pattern("block", &["-----BEGIN X"], r"-----BEGIN X-----[a-z\s\\]{8,600}-----END X-----", 0, (0, 640)),
        pattern("delta-near", &["delta"], r"\b[0-9a-f]{8}\b", 0, (30, 30)),
        pattern("gamma-id", &["gamma"], r"(?i)gamma[^\n]{0,20}?([0-9a-f]{16})", 1, (0, 36)),
        pattern("line-all", &["line="], r"^line=(.+)$", 1, (0, 48)),
        pattern("long-gap", &["open"], r"open[^}]+?shut([0-9]{3})", 1, (0, 900)),
        pattern("long-run", &["run-"], r"\b(run-[a-z-]{20,})(?:[^a-z-]|$)", 1, (0, 600)),
        pattern("long-row", &["one_"], r"(?:one_[a-z]{3}[,;]){1,3}\s{0,600}", 0, (0, 700)),
        pattern("tok-tail", &["tok_", "_end"], r"tok_([a-z_]{4,30}?)(_end)?\b", 1, (34, 34)),
        pattern("two-bytes", &["zq"], r"zq[0-9]{4}", 0, (0, 4)),
    ];
    let mut generic = pattern("generic-word", &["pass", "secret", "key"], "", 0, (0, 0));
    generic.matcher = Matcher::Assignment;
    rules.push(generic);
    rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    Catalogue::build(rules).expect("each has an id of its own")
}

fn pattern(id: &str, keywords: &[&str], regex: &str, group: usize, reach: (u32, u32)) -> Rule {
    let hir = pattern::parse(regex).expect("the trial's patterns are sound");
    let keywords: Vec<Vec<u8>> = keywords.iter().map(|keyword| keyword.as_bytes().to_vec()).collect();
    Rule {
        info: std::sync::Arc::new(RuleInfo::plain(id.to_owned(), Severity::High, Confidence::High)),
        matcher: Matcher::Pattern {
            regex: regex.to_owned().into(),
            group,
            reach: Reach { before: reach.0, after: reach.1 },
            begins: pattern::begins(&hir, &keywords),
            stretch: Stretch::of(&hir),
        },
        keywords,
        entropy: None,
        check: None,
        check_must_hold: false,
        decode: true,
        examples: Vec::new(),
        negatives: Vec::new(),
        origin: Origin { file: String::from("test"), line: 1 },
    }
}
