//! Keywords at which a rule can match nothing.
//!
//! A keyword announces a match that contains it, or one that is within the rule's reach. What a pattern can contain is
//! found by walking its automaton and the keyword at once. Assertions (`\b`, `^`) are taken to hold, so that a keyword is
//! only called idle if it certainly is.

use crate::rules::pattern::parse;
use crate::rules::{Matcher, Rule};
use regex_automata::nfa::thompson::{self, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;

/// The keywords of a rule at which no match is possible: none contains them, and none is short enough to be beside them
/// within the rule's reach.
pub fn idle_keywords(rule: &Rule) -> Vec<String> {
    let Matcher::Pattern { regex, reach, .. } = &rule.matcher else { return Vec::new() };
    let Ok(hir) = parse(regex) else { return Vec::new() };
    let shortest = hir.properties().minimum_len().unwrap_or(0);
    let config = NFA::config().utf8(false).which_captures(WhichCaptures::None);
    let Ok(automaton) = thompson::Compiler::new().configure(config).build_from_hir(&hir) else {
        return Vec::new();
    };
    let is_idle = |keyword: &&Vec<u8>| {
        // A match may also share a part of the keyword.
        let room = reach.before.max(reach.after) as usize + keyword.len();
        shortest >= room && !can_contain(&automaton, keyword)
    };
    let idle = rule.keywords.iter().filter(is_idle);
    idle.map(|keyword| String::from_utf8_lossy(keyword).into_owned()).collect()
}

/// True if a match can contain `word`, in any case.
fn can_contain(automaton: &NFA, word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    let next = steps(&word);
    let (states, places) = (automaton.states().len(), word.len() + 1);
    let mut seen = vec![false; states * places];
    let mut open = vec![(automaton.start_anchored(), 0_usize)];
    while let Some((state, place)) = open.pop() {
        let at = state.as_usize() * places + place;
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let mut go = |to: StateID, first: u8, last: u8| {
            // Most ranges lead to few places of a word.
            let mut reached = vec![false; places];
            (first..=last).for_each(|byte| reached[next[place][usize::from(byte)]] = true);
            open.extend(reached.iter().enumerate().filter(|(_, is)| **is).map(|(place, _)| (to, place)));
        };
        match automaton.state(state) {
            State::ByteRange { trans } => go(trans.next, trans.start, trans.end),
            State::Sparse(sparse) => {
                sparse.transitions.iter().for_each(|trans| go(trans.next, trans.start, trans.end));
            }
            State::Dense(dense) => {
                for (byte, &to) in (0..=u8::MAX).zip(&dense.transitions) {
                    if to != StateID::ZERO {
                        go(to, byte, byte);
                    }
                }
            }
            State::Look { next, .. } | State::Capture { next, .. } => open.push((*next, place)),
            State::Union { alternates } => open.extend(alternates.iter().map(|next| (*next, place))),
            State::BinaryUnion { alt1, alt2 } => open.extend([(*alt1, place), (*alt2, place)]),
            State::Fail => {}
            State::Match { .. } if place == word.len() => return true,
            State::Match { .. } => {}
        }
    }
    false
}

/// For each place in a word, where each byte leads: how much of the word the text ends with then. From its end nothing
/// leads away.
fn steps(word: &[u8]) -> Vec<[usize; 256]> {
    let mut next = vec![[0; 256]; word.len() + 1];
    // The place of the longest part of the word that ends what was read, its first byte aside.
    let mut behind = 0;
    for place in 0..word.len() {
        let own = if place == 0 { [0; 256] } else { next[behind] };
        next[place] = own;
        for byte in [word[place], word[place].to_ascii_uppercase()] {
            next[place][usize::from(byte)] = place + 1;
        }
        if place > 0 {
            behind = own[usize::from(word[place])];
        }
    }
    next[word.len()] = [word.len(); 256];
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    fn idle(regex: &str, keywords: &str) -> Vec<String> {
        let text = format!(
            "[[rules]]\nid = 'a-key'\ndescription = 'a'\nregex = '''{regex}'''\nkeywords = [{keywords}]\n"
        );
        idle_keywords(&Catalogue::parse("a.toml", &text).unwrap()[0])
    }

    #[test]
    fn a_keyword_that_no_match_contains_or_reaches_is_idle() {
        for (regex, keywords, wanted) in [
            ("acme_[0-9]{9}", "'acme_'", &[][..]),
            ("acme_[0-9]{29}", "'acme_', 'zorro'", &["zorro"]),
            ("(?:acme|zorro)_[0-9]{29}", "'acme_', 'zorro'", &[]),
            ("(?i:ACME)_[0-9]{29}", "'acme_'", &[]),
            ("aacme_[0-9]{29}", "'acme_', 'aacme'", &[]),
            ("acme_[a-z]{29}", "'acme_', 'zorro'", &[]),
            ("acme_[0-9]{29}", "'acme_', '77'", &[]),
            // Nowhere in the pattern: the context of a match, which is far enough.
            ("[0-9a-f]{32}", "'zorro'", &[]),
        ] {
            assert_eq!(idle(regex, keywords), wanted, "{regex} {keywords}");
        }
    }

    #[test]
    fn the_built_in_rules_have_no_idle_keyword() {
        for rule in Catalogue::embedded().rules() {
            assert_eq!(idle_keywords(rule), [] as [String; 0], "{}", rule.info.id);
        }
    }
}
