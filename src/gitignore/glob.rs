//! One pattern with wildcards: its tokens, and the automaton that matches them.

/// The most positions of one such pattern, without the characters that it starts and ends with.
pub(super) const LONGEST: usize = 120;

/// One position of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This byte.
    Byte(u8),
    /// `?`: any byte but a slash.
    Any,
    /// `[…]`: one of these bytes, but no slash.
    Class(Box<[bool; 256]>),
    /// `*`: any bytes but slashes.
    Star,
    /// `**` at the end: any bytes.
    Rest,
    /// `**/`: nothing, or any bytes and a slash.
    Directories,
}

impl Token {
    fn byte(&self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(*byte),
            _ => None,
        }
    }
}

/// A parsed pattern.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    /// True if it has a brace that is not escaped.
    pub(super) has_braces: bool,
    /// True if it has a range that ends before it starts (`[z-a]`), which git accepts silently.
    pub(super) has_empty_range: bool,
}

impl Tokens {
    /// The tokens of a pattern; `None` if it can match nothing.
    pub(super) fn of(text: &[u8], is_name: bool) -> Option<Self> {
        let is_special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
        let first_wildcard = text.iter().position(is_special).unwrap_or(text.len());
        let mut tokens = Self::default();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            at += 1;
            let token = match byte {
                b'\\' => {
                    at += 1;
                    Token::Byte(*text.get(at - 1)?)
                }
                b'?' => Token::Any,
                b'[' => {
                    let (class, len) = tokens.class(&text[at..])?;
                    at += len;
                    Token::Class(class)
                }
                b'*' => {
                    // git compares the text before the first wildcard separately, and then starts at the wildcard.
                    let is_first = at == 1 || text[at - 2] == b'/' || at - 1 == first_wildcard;
                    let more = text[at..].iter().take_while(|byte| **byte == b'*').count();
                    at += more;
                    let is_double = more > 0 && is_first && !is_name;
                    let star = match &text[at..] {
                        [] if is_double => Token::Rest,
                        [b'\\', b'/', ..] if is_double => Token::Rest,
                        [b'/', ..] if is_double => {
                            at += 1;
                            Token::Directories
                        }
                        _ => Token::Star,
                    };
                    // Several in a row are the same as one.
                    if tokens.list.last() == Some(&star) {
                        continue;
                    }
                    star
                }
                byte => {
                    tokens.has_braces |= matches!(byte, b'{' | b'}');
                    Token::Byte(byte)
                }
            };
            tokens.list.push(token);
        }
        Some(tokens)
    }

    /// The class at the start of `text`, which is after its `[`, and its length with its `]`.
    fn class(&mut self, text: &[u8]) -> Option<(Box<[bool; 256]>, usize)> {
        let mut class = Box::new([false; 256]);
        let is_negated = matches!(text.first()?, b'!' | b'^');
        let start = usize::from(is_negated);
        let mut at = start;
        // The byte with which a range may start.
        let mut before: Option<u8> = None;
        loop {
            let mut byte = *text.get(at)?;
            at += 1;
            // The first byte belongs to the class, even if it is a `]`.
            if byte == b']' && at > start + 1 {
                break;
            }
            if byte == b'['
                && let Some((name, len)) = class_name(&text[at..])
            {
                let is_in = named_class(name)?;
                (0..=255_u8).filter(is_in).for_each(|byte| class[usize::from(byte)] = true);
                at += len;
                before = None;
                continue;
            }
            if byte == b'-'
                && let Some(first) = before
                && text.get(at).is_some_and(|next| *next != b']')
            {
                let mut last = text[at];
                at += 1;
                if last == b'\\' {
                    last = *text.get(at)?;
                    at += 1;
                }
                self.has_empty_range |= first > last;
                (first..=last).for_each(|byte| class[usize::from(byte)] = true);
                before = None;
                continue;
            }
            if byte == b'\\' {
                byte = *text.get(at)?;
                at += 1;
            }
            class[usize::from(byte)] = true;
            before = Some(byte);
        }
        if is_negated {
            class.iter_mut().for_each(|is_in| *is_in = !*is_in);
        }
        class[usize::from(b'/')] = false;
        Some((class, at))
    }
}

/// The name of a class in a class (`:alpha:]`), and its length; `None` if `text` begins with none.
fn class_name(text: &[u8]) -> Option<(&[u8], usize)> {
    let rest = text.strip_prefix(b":")?;
    let len = memchr::memchr(b']', rest)?;
    Some((rest[..len].strip_suffix(b":")?, len + 2))
}

/// The bytes of tokens, if all of them are bytes.
pub(super) fn literal(tokens: &[Token]) -> Option<Vec<u8>> {
    tokens.iter().map(Token::byte).collect()
}

/// The bytes of a class with a name, in the C locale.
fn named_class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

/// The matcher of a pattern with wildcards. It has a bit for each position between tokens, which is set while the bytes
/// read so far can be matched up to there.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    /// The literal bytes at its start.
    prefix: Box<[u8]>,
    /// The literal bytes at its end.
    suffix: Box<[u8]>,
    /// The kind of each byte: bytes of one kind are accepted at the same positions.
    kinds: Box<[u8; 256]>,
    /// By kind, the positions that continue with it.
    accept: Vec<u128>,
    /// The positions that stay at any byte but a slash.
    stay: u128,
    /// The positions that stay at a slash.
    stay_at_slash: u128,
    /// The positions that move to the next without a byte.
    skip: u128,
    /// The positions that move to the next but one without a byte.
    skip_two: u128,
    /// The last position.
    end: u128,
}

impl Automaton {
    /// The automaton of these tokens; `None` if they are too many.
    pub(super) fn of(tokens: &[Token]) -> Option<Self> {
        let starts = tokens.iter().map_while(Token::byte).count();
        let ends = tokens[starts..].iter().rev().map_while(Token::byte).count();
        let (prefix, rest) = tokens.split_at(starts);
        let (middle, suffix) = rest.split_at(rest.len() - ends);
        let (mut stay, mut stay_at_slash, mut skip, mut skip_two) = (0, 0, 0, 0);
        let mut accepted = vec![0_u128; 256];
        let mut at = 0;
        for token in middle {
            if at >= LONGEST {
                return None;
            }
            let bit = 1_u128 << at;
            match token {
                Token::Byte(byte) => accepted[usize::from(*byte)] |= bit,
                Token::Any => {
                    accepted.iter_mut().for_each(|positions| *positions |= bit);
                    accepted[usize::from(b'/')] &= !bit;
                }
                Token::Class(class) => {
                    let accepted = accepted.iter_mut().zip(class.iter());
                    accepted.filter(|(_, is_in)| **is_in).for_each(|(positions, _)| *positions |= bit);
                }
                Token::Star => {
                    stay |= bit;
                    skip |= bit;
                }
                Token::Rest => {
                    stay |= bit;
                    stay_at_slash |= bit;
                    skip |= bit;
                }
                Token::Directories => {
                    // Two positions: before all of it, where it can be skipped, and within the directories.
                    skip |= bit;
                    skip_two |= bit;
                    at += 1;
                    let within = bit << 1;
                    stay |= within;
                    stay_at_slash |= within;
                    accepted[usize::from(b'/')] |= within;
                }
            }
            at += 1;
        }
        let (mut kinds, mut accept) = (Box::new([0; 256]), Vec::new());
        for (kind, positions) in kinds.iter_mut().zip(&accepted) {
            let known = accept.iter().position(|known| known == positions);
            *kind = known.unwrap_or_else(|| {
                accept.push(*positions);
                accept.len() - 1
            }) as u8;
        }
        let (prefix, suffix) = (literal(prefix)?.into(), literal(suffix)?.into());
        let end = 1 << at;
        Some(Self { prefix, suffix, kinds, accept, stay, stay_at_slash, skip, skip_two, end })
    }

    /// True if all of `text` matches.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let Some(text) = text.strip_prefix(&*self.prefix).and_then(|text| text.strip_suffix(&*self.suffix))
        else {
            return false;
        };
        let mut state = self.closed(1);
        for &byte in text {
            let go_on = state & self.accept[usize::from(self.kinds[usize::from(byte)])];
            let stay = state & if byte == b'/' { self.stay_at_slash } else { self.stay };
            state = self.closed(go_on << 1 | stay);
            if state == 0 {
                return false;
            }
        }
        state & self.end != 0
    }

    /// Adds the positions that are reached without a byte. Two steps are enough: past directories, then past a star.
    fn closed(&self, state: u128) -> u128 {
        let step = |state: u128| state | (state & self.skip) << 1 | (state & self.skip_two) << 2;
        step(step(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: each token tried at each place, without bits.
    fn matches(tokens: &[Token], text: &[u8]) -> bool {
        let Some((token, rest)) = tokens.split_first() else { return text.is_empty() };
        let within = |stops: &dyn Fn(u8) -> bool| {
            let end = text.iter().position(|byte| stops(*byte)).unwrap_or(text.len());
            (0..=end).any(|at| matches(rest, &text[at..]))
        };
        match token {
            Token::Byte(byte) => text.first() == Some(byte) && matches(rest, &text[1..]),
            Token::Any => text.first().is_some_and(|byte| *byte != b'/') && matches(rest, &text[1..]),
            Token::Class(class) => {
                text.first().is_some_and(|byte| class[usize::from(*byte)]) && matches(rest, &text[1..])
            }
            Token::Star => within(&|byte| byte == b'/'),
            Token::Rest => within(&|_| false),
            Token::Directories => {
                let after_slash = (0..text.len()).filter(|at| text[*at] == b'/').map(|at| at + 1);
                std::iter::once(0).chain(after_slash).any(|at| matches(rest, &text[at..]))
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn automata_match_what_their_definition_says(
            pattern in "(a|b|/|\\*|\\?|\\*\\*/|/\\*\\*|\\[ab\\]|\\[!a\\]){0,9}", path in "[abc/]{0,12}", is_name in any::<bool>(),
        ) {
            let tokens = Tokens::of(pattern.as_bytes(), is_name).expect("its classes are closed").list;
            let automaton = Automaton::of(&tokens).expect("it is short");
            prop_assert_eq!(automaton.matches(path.as_bytes()), matches(&tokens, path.as_bytes()), "{} {}", pattern, path);
        }
    }
}
