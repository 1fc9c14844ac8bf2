//! The filters of betterleaks: expressions that say which findings are dropped.
//!
//! # Design
//!
//! An expression is brought into disjunctive form: a list of alternatives, each a list of conditions that must all be
//! true. An alternative that is an allowlist, or a threshold of entropy, has a meaning here; the others are left out. An
//! alternative that is true drops a finding, so without one fewer findings are dropped, never more.

use crate::gitleaks::regex::translate;
use crate::model::{AllowTarget, Allowance};

/// The deepest nesting.
const DEEPEST: usize = 60;

/// The most alternatives once everything is written out.
const MOST: usize = 4_000;

/// What an expression drops.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drops {
    /// By a list.
    pub(super) lists: Vec<Allowance>,
    /// If the entropy of the secret is not above this.
    pub(super) entropy: Option<f64>,
    /// Why a part has no meaning here, as clauses.
    pub(super) left_out: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Atom {
    Regexes(AllowTarget, Vec<String>),
    Paths(Vec<String>),
    Words(Vec<String>),
    Entropy(f64),
    Unknown(String),
}

/// What an expression means.
///
/// # Errors
/// Why it cannot be read, as a clause.
pub(super) fn read(text: &str) -> Result<Drops, String> {
    let mut reader = ExpressionReader { tokens: tokens(text)?, at: 0 };
    let alternatives = reader.or(0)?;
    if reader.at < reader.tokens.len() {
        return Err("it goes on where it should end".to_owned());
    }
    let mut drops = Drops::default();
    for all in alternatives {
        add(&mut drops, all);
    }
    drops.left_out.sort();
    drops.left_out.dedup();
    Ok(drops)
}

fn add(drops: &mut Drops, all: Vec<Atom>) {
    if let Some(Atom::Unknown(why)) = all.iter().find(|atom| matches!(atom, Atom::Unknown(_))) {
        return drops.left_out.push(why.clone());
    }
    if let [Atom::Entropy(least)] = all.as_slice() {
        drops.entropy = Some(drops.entropy.map_or(*least, |known| known.max(*least)));
        return;
    }
    let mut list = Allowance { needs_all: all.len() > 1, ..Allowance::default() };
    for atom in all {
        let is_free = match atom {
            Atom::Regexes(target, regexes) if list.regexes.is_empty() => {
                (list.target, list.regexes) = (target, regexes);
                true
            }
            Atom::Paths(paths) if list.path_regexes.is_empty() => {
                list.path_regexes = paths;
                true
            }
            Atom::Words(words) if list.words.is_empty() => {
                list.words = words;
                true
            }
            _ => false,
        };
        if !is_free {
            return drops.left_out.push("it joins by `&&` what no list joins".to_owned());
        }
    }
    drops.lists.push(list);
}

#[derive(Clone, Debug, PartialEq)]
enum ExpressionToken {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: [&str; 19] =
    ["||", "&&", "<=", ">=", "==", "!=", "??", "?.", "<", ">", "!", "(", ")", "[", "]", ",", ".", "?", ":"];

fn tokens(text: &str) -> Result<Vec<ExpressionToken>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
            continue;
        }
        let raw = rest.starts_with("r\"") || rest.starts_with("r'");
        let width = if matches!(first, '"' | '\'' | '`') || raw {
            let (text, width) = quoted(if raw { &rest[1..] } else { rest }, raw || first == '`')?;
            tokens.push(ExpressionToken::Text(text));
            width + usize::from(raw)
        } else if first.is_ascii_digit() {
            let width = rest.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(rest.len());
            tokens.push(ExpressionToken::Number(
                rest[..width].parse().map_err(|_| "it has a wrong number".to_owned())?,
            ));
            width
        } else if first.is_ascii_alphabetic() || first == '_' {
            let width =
                rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(rest.len());
            tokens.push(match &rest[..width] {
                "or" => ExpressionToken::Sign("||"),
                "and" => ExpressionToken::Sign("&&"),
                "not" => ExpressionToken::Sign("!"),
                name => ExpressionToken::Name(name.to_owned()),
            });
            width
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or("it has a sign that is not known")?;
            tokens.push(ExpressionToken::Sign(sign));
            sign.len()
        };
        rest = rest[width..].trim_start();
    }
    Ok(tokens)
}

/// A quoted text, and how many bytes it takes.
fn quoted(rest: &str, is_raw: bool) -> Result<(String, usize), String> {
    let quote = rest.chars().next().unwrap_or('"');
    let (mut out, mut letters) = (String::new(), rest.char_indices().skip(1));
    while let Some((at, letter)) = letters.next() {
        match letter {
            letter if letter == quote => return Ok((out, at + 1)),
            '\\' if !is_raw => match letters.next().map(|(_, letter)| letter) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(letter @ ('\\' | '"' | '\'' | '`')) => out.push(letter),
                // Of a regex: `"\d"` is not sound there, but met.
                Some(letter) => out.extend(['\\', letter]),
                None => break,
            },
            letter => out.push(letter),
        }
    }
    Err("a text in it has no end".to_owned())
}

/// One of these; each is all of these.
type Alternatives = Vec<Vec<Atom>>;

struct ExpressionReader {
    tokens: Vec<ExpressionToken>,
    at: usize,
}

impl ExpressionReader {
    fn takes(&mut self, sign: &'static str) -> bool {
        let is_next = self.tokens.get(self.at) == Some(&ExpressionToken::Sign(sign));
        self.at += usize::from(is_next);
        is_next
    }

    fn or(&mut self, depth: usize) -> Result<Alternatives, String> {
        let mut all = self.and(depth)?;
        while self.takes("||") {
            all.extend(self.and(depth)?);
        }
        if all.len() > MOST { Err("it is too large".to_owned()) } else { Ok(all) }
    }

    fn and(&mut self, depth: usize) -> Result<Alternatives, String> {
        let mut all = self.not(depth)?;
        while self.takes("&&") {
            let more = self.not(depth)?;
            if all.len() * more.len() > MOST {
                return Err("it is too large".to_owned());
            }
            let joined =
                |one: &Vec<Atom>| more.iter().map(|two| [one.as_slice(), two].concat()).collect::<Vec<_>>();
            all = all.iter().flat_map(joined).collect();
        }
        Ok(all)
    }

    fn not(&mut self, depth: usize) -> Result<Alternatives, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        if self.takes("!") {
            self.not(depth + 1)?;
            return Ok(vec![vec![Atom::Unknown("it has a `!`".to_owned())]]);
        }
        if self.takes("(") {
            let inner = self.or(depth + 1)?;
            return if self.takes(")") { Ok(inner) } else { Err("a bracket has no end".to_owned()) };
        }
        let value = self.value(depth)?;
        for sign in ["<=", ">=", "==", "!=", "<", ">"] {
            if self.takes(sign) {
                let other = self.value(depth)?;
                return Ok(vec![vec![compared(&value, sign, &other)]]);
            }
        }
        Ok(vec![vec![asked(&value)]])
    }

    /// A call, a variable, a list or a constant.
    fn value(&mut self, depth: usize) -> Result<Term, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let token = self.tokens.get(self.at).cloned().ok_or("it ends early")?;
        self.at += 1;
        let mut value = match token {
            ExpressionToken::Text(text) => Term::Text(text),
            ExpressionToken::Number(number) => Term::Number(number),
            ExpressionToken::Sign("[") => Term::List(self.arguments("]", depth)?),
            ExpressionToken::Name(name) => Term::Name(name),
            ExpressionToken::Sign(sign) => return Err(format!("it has a `{sign}` that is not expected")),
        };
        loop {
            if self.takes("(") {
                let Term::Name(name) = value else { return Err("it calls what is no function".to_owned()) };
                value = Term::Call(name, self.arguments(")", depth)?);
            } else if self.takes("[") {
                let key = self.arguments("]", depth)?;
                value = match (value, key.as_slice()) {
                    (Term::Name(name), [Term::Text(key)]) => Term::Name(format!("{name}.{key}")),
                    _ => Term::Name("?".to_owned()),
                };
            } else if self.takes(".") || self.takes("?.") {
                let Some(ExpressionToken::Name(key)) = self.tokens.get(self.at).cloned() else {
                    return Err("a name is missing after a dot".to_owned());
                };
                self.at += 1;
                value = match value {
                    // Functions may be in a room of their own: `filter.entropy`.
                    Term::Name(name) if name == "filter" => Term::Name(key),
                    Term::Name(name) => Term::Name(format!("{name}.{key}")),
                    _ => Term::Name("?".to_owned()),
                };
            } else {
                return Ok(value);
            }
        }
    }

    fn arguments(&mut self, end: &'static str, depth: usize) -> Result<Vec<Term>, String> {
        let mut all = Vec::new();
        while !self.takes(end) {
            all.push(self.value(depth + 1)?);
            if !self.takes(",") && self.tokens.get(self.at) != Some(&ExpressionToken::Sign(end)) {
                return Err("it has no comma between two values".to_owned());
            }
        }
        Ok(all)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Text(String),
    Number(f64),
    List(Vec<Term>),
    Name(String),
    Call(String, Vec<Term>),
}

fn unknown(why: &str) -> Atom {
    Atom::Unknown(why.to_owned())
}

/// A comparison.
fn compared(value: &Term, sign: &str, other: &Term) -> Atom {
    match (value, sign, other) {
        (Term::Call(name, arguments), "<=" | "<", Term::Number(number)) if name == "entropy" => {
            match arguments.as_slice() {
                // What is exactly at the threshold is dropped by `<=` alone, so that `<` is taken a little lower.
                [Term::Name(of)] if of == "finding.secret" => {
                    Atom::Entropy(if sign == "<" { number.next_down() } else { *number })
                }
                _ => unknown("it asks for the entropy of something else than the secret"),
            }
        }
        (Term::Call(name, _), ..) => Atom::Unknown(format!("it compares what `{name}` gives")),
        _ => unknown("it compares what is not compared here"),
    }
}

/// What is asked for by a value alone.
fn asked(value: &Term) -> Atom {
    let Term::Call(name, arguments) = value else { return unknown("it is no question") };
    let [Term::Name(of), Term::List(texts)] = arguments.as_slice() else {
        return Atom::Unknown(format!("it calls `{name}`"));
    };
    let texts: Option<Vec<String>> = texts
        .iter()
        .map(|text| if let Term::Text(text) = text { Some(text.clone()) } else { None })
        .collect();
    let Some(texts) = texts.filter(|texts| texts.iter().all(|text| !text.is_empty())) else {
        return Atom::Unknown(format!("it calls `{name}` with something else than texts"));
    };
    let target = match of.as_str() {
        "finding.secret" => Some(AllowTarget::Secret),
        "finding.match" => Some(AllowTarget::Match),
        "finding.line" => Some(AllowTarget::Line),
        _ => None,
    };
    let regexes = || -> Option<Vec<String>> { texts.iter().map(|text| translate(text).ok()).collect() };
    match (name.as_str(), target, of.as_str()) {
        ("matchesAny", Some(target), _) => match regexes() {
            Some(regexes) => Atom::Regexes(target, regexes),
            None => unknown("it has a regex that has no meaning here"),
        },
        ("matchesAny", None, "attributes.path") => match regexes() {
            Some(regexes) => Atom::Paths(regexes),
            None => unknown("it has a regex that has no meaning here"),
        },
        ("containsAny", Some(AllowTarget::Secret), _) => Atom::Words(texts),
        ("containsAny", Some(target), _) => Atom::Regexes(
            target,
            texts.iter().map(|text| format!("(?i){}", regex_syntax::escape(text))).collect(),
        ),
        ("containsAny", None, "attributes.path") => {
            Atom::Paths(texts.iter().map(|text| regex_syntax::escape(text)).collect())
        }
        _ => Atom::Unknown(format!("it calls `{name}` about something that is not known here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn plain_filters_are_lists_and_thresholds() {
        let secret = |regex: &str| Allowance { regexes: strings(&[regex]), ..Allowance::default() };
        let table: [(&str, Drops); 5] = [
            ("entropy(finding[\"secret\"]) <= 3.5", Drops { entropy: Some(3.5), ..Drops::default() }),
            ("filter.entropy(finding.secret) <= 2", Drops { entropy: Some(2.0), ..Drops::default() }),
            (
                "matchesAny(finding[\"secret\"], [`^x`])",
                Drops { lists: vec![secret("^x")], ..Drops::default() },
            ),
            (
                "matchesAny(attributes[\"path\"], [`a\\.b`]) && containsAny(finding['secret'], ['one', 'two'])",
                Drops {
                    lists: vec![Allowance {
                        needs_all: true,
                        path_regexes: strings(&["a\\.b"]),
                        words: strings(&["one", "two"]),
                        ..Allowance::default()
                    }],
                    ..Drops::default()
                },
            ),
            (
                "failsTokenEfficiency(finding[\"secret\"]) || (matchesAny(finding.secret, [`^x`]))",
                Drops {
                    lists: vec![secret("^x")],
                    left_out: strings(&["it calls `failsTokenEfficiency`"]),
                    ..Drops::default()
                },
            ),
        ];
        for (text, wanted) in table {
            assert_eq!(read(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_has_no_meaning_here_drops_nothing() {
        for text in [
            "!matchesAny(finding.secret, [`x`])",
            "matchesAny(finding.secret, [`x`]) && !containsAny(finding.secret, ['y'])",
            "len(finding.secret) < 3",
            "matchesAny(finding.secret, [`(?=x)`])",
            "containsAny(finding.secret, [''])",
            "entropy(finding.match) < 3",
        ] {
            let drops = read(text).expect(text);
            assert!(
                drops.lists.is_empty() && drops.entropy.is_none() && !drops.left_out.is_empty(),
                "{text}"
            );
        }
        let deep = "(".repeat(10_000);
        for text in ["", "a(", "(a", "'x", "a b", "@", deep.as_str()] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(matchesAny|finding|\\.secret|\\[|\\]|\\(|\\)|'x'|`y`|,|&&|\\|\\||!|<=|3|é| ){0,30}") {
            let _ = read(&text);
        }
    }
}
