//! Fake secrets from templates, so that no committed file contains anything that looks like a secret.
//!
//! A template is text with forms in braces; `{{` is a literal `{`. The same template and seed always give the same
//! text.
//!
//! | form | gives |
//! |---|---|
//! | `{base62:N}` `{base64:N}` `{base64url:N}` `{base32:N}` `{base58:N}` | N random characters of that alphabet, without padding |
//! | `{hex:N}` `{HEX:N}` `{digits:N}` `{lower:N}` `{upper:N}` `{letters:N}` | N random characters |
//! | `{base32lower:N}` `{zbase32:N}` `{crypt:N}` | the same of lower-case base32, of Mattermost's ids, of `./0-9A-Za-z` |
//! | `{alnum:N}` | N of `A-Z0-9`; `{UPPERNUM:N}` is another name of it |
//! | `{lowernum:N}` | N of `a-z0-9` |
//! | `{uuid}` | a random UUID of version 4 |
//! | `{objectid}` | 24 hexadecimal digits that begin with a time, as MongoDB's |
//! | `{base64-of:…}` `{base64url-of:…}` `{hex-of:…}` `{percent-of:…}` | the inner template, encoded (base64url without padding) |
//! | `{json-of:…}` | the inner template with `\`, `"` and line ends escaped as in JSON |
//! | `{text-of:…}` | the inner template as it is: braces around what would look like a secret in the rule file itself |
//! | `{utf16le-of:…}` | the inner template with a NUL after each byte |
//! | `{mark}` | nothing; the next checksum covers all from here |
//!
//! In the inner template of an `-of` form every `{{` is closed by a `}`, which is then literal:
//! `{base64-of:{{"user":"{lower:8}"}}`.
//!
//! *Checksums* cover the text since the last `{mark}`. Without one they cover the characters that forms have given
//! since the last literal text (or before it, if the checksum is right after literal text):
//!
//! | form | gives |
//! |---|---|
//! | `{crc32-base62:6}` | CRC-32 in base62: GitHub, npm, Vercel (`ghp_{base62:30}{crc32-base62:6}`) |
//! | `{crc32-hex}` | CRC-32 in lower hex: Cloudflare (`cfut_{base62:40}{crc32-hex}`), Zuplo (`zpka_{hex:32}_{crc32-hex}`) |
//! | `{crc32-HEX}` | CRC-32 in upper hex: Atlassian (`{mark}ATBB{base62:24}{crc32-HEX}`) |
//! | `{crc32-le-hex}` | CRC-32, low byte first, without one final `_` of what it covers: Grafana (`{mark}glsa_{base62:32}_{crc32-le-hex}`) |
//! | `{crc32-le-base64:6}` | its base64: Confluent (`cflt{base62:54}{crc32-le-base64:6}`) |
//! | `{gitlab-routable}` | payload, version, length and CRC: GitLab (`{mark}glpat-{gitlab-routable}`) |
//! | `{entra-tail}` | Marvin32 of the 37 characters before: Entra (`{alnum:3}8Q~…`, marked) |
//!
//! *Whole tokens and keys*:
//!
//! | form | gives |
//! |---|---|
//! | `{jwt}` `{jwt:iss=x,exp=1900000000}` | a JSON web token, HS256, with these claims beside `sub` and `iat` |
//! | `{pem:rsa}` `{pem:ec}` `{pem:dsa}` `{pem:pkcs8}` `{pem:ed25519}` `{pem:encrypted}` `{pem:legacy-encrypted}` `{pem:pgp}` | a private key in PEM, made of random numbers in a sound structure |
//! | `{openssh:ed25519}` `{openssh:rsa}` `{openssh:encrypted}` | a private key in OpenSSH's own form |
//! | `{der:rsa}` `{der:ec}` `{der:dsa}` `{der:pkcs8}` `{der:ed25519}` | a private key in base64 in one line, without armour |
//! | `{openai-body:74}` | two halves of so many characters, and the mark of OpenAI's keys between |
//! | `{azure-key:+ASt}` | an identifiable key of Microsoft's with this signature |
//! | `{cask:AZDO}` | a key in the legacy CASK layout of this provider |
//! | `{azure-devops-pat}` | 52 characters of base32 with the checksum inside |
//! | `{pypi-macaroon}` `{pypi-macaroon:test}` | what follows `pypi-`, of the index and of the test index |
//! | `{nuget-key}` | a key that begins with `oy2` |
//! | `{bech32:HRP}` | 32 random bytes under this human-readable part, in the case of the part |
//! | `{base58check:wif}` `{base58check:xprv}` | a key of Bitcoin's, plain or extended |
//! | `{nkey-seed}` `{stellar-seed}` | a seed with its CRC-16 |
//! | `{discord-token}` | a bot token: snowflake, time, HMAC |
//! | `{der:rsa}` `{der:ec}` `{der:pkcs8}` `{der:ed25519}` | the base64 of such a key, without its marks |
//! | `{putty}` | a key file of PuTTY's, version 3, not encrypted, with its MAC |
//! | `{ulid}` `{ksuid}` | an id that begins with a time |
//! | `{atlassian-dc-pat}` `{jfrog-api-key}` `{fly-macaroon}` | tokens of Jira's data centre, of Artifactory, and what follows `fm2_` |
//! | `{supabase-key:REF}` | a secret key of the project REF |
//! | `{ses-password}` | an SMTP password of Amazon's mail |
//! | `{cask-v1:TEST}` | a key in the CASK layout of 2025, of this provider |
//! | `{bip39}` | a seed phrase of twelve words, of the first sixteen of the list |
//! | `{solana-keypair}` `{solana-base58}` `{ed25519-pair-base64}` | seed and public key: 64 numbers, base58, base64 |
//! | `{ripple-seed}` `{tezos:edsk}` | a seed of the XRP Ledger; a key of Tezos (`edsk`, `edsk98`, `spsk`, `p2sk`, `edesk`) |
//! | `{vapid-pair}` | public and private key of web push, a space between |
//! | `{juniper-9}` `{cisco-7}` | passwords under the ciphers of Juniper and Cisco |
//! | `{ntlm-authenticate}` `{saml-response}` | messages of two ways to sign in, in base64 |

mod forms;
mod keys;
mod messages;
mod tails;
mod tokens;
mod wallets;

use std::ops::Range;

/// The seed of every filled example, so that `rules show`, `test`, `check` and the tests get the same text.
pub const SEED: u64 = 0;

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An unknown form.
    #[error("the template has an unknown form `{{{0}}}`. `{{{{` writes a literal brace.")]
    UnknownForm(String),
    /// An argument that its form cannot take.
    #[error("the template's form `{{{form}}}` cannot take `{argument}`: {problem}.")]
    Argument {
        /// The form.
        form: String,
        /// The argument.
        argument: String,
        /// Why not.
        problem: &'static str,
    },
    /// A form without its closing brace.
    #[error("the template has a form without its closing brace, at byte {0}. `{{{{` writes a literal brace.")]
    Unclosed(usize),
    /// A checksum of nothing.
    #[error("the template's form `{{{0}}}` has nothing before it to be a checksum of.")]
    Nothing(String),
    /// Forms nested too deep.
    #[error("the template nests its forms more than {MAX_DEPTH} deep.")]
    TooDeep,
}

/// How deep `-of` forms may be nested.
const MAX_DEPTH: usize = 8;

/// The most characters that one form gives.
const MAX: usize = 1 << 16;

/// A form's argument as a number of characters.
pub(super) fn count(form: &str, argument: &str) -> Result<usize, Error> {
    argument.parse::<usize>().ok().filter(|&count| count <= MAX).ok_or_else(|| Error::Argument {
        form: form.to_owned(),
        argument: argument.to_owned(),
        problem: "it takes a number of characters, at most 65536",
    })
}

/// Fills a template.
///
/// # Errors
/// If a form is unknown, not closed, or its argument makes no sense.
pub fn fill(text: &str, seed: u64) -> Result<String, Error> {
    let mut dice = Dice(seed ^ u64::from(super::checksum::crc32(text.as_bytes())) << 32);
    let mut filler = Filler { text, at: 0, depth: 0, dice: &mut dice, out: Out::default() };
    filler.body()?;
    Ok(filler.out.text)
}

/// A stream of numbers that looks random and is the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 56) as u8).collect()
    }

    fn text(&mut self, len: usize, alphabet: &[u8]) -> String {
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }
}

/// What has been written, and which part of it a checksum would cover.
#[derive(Default)]
struct Out {
    text: String,
    mark: Option<usize>,
    run: Range<usize>,
    in_run: bool,
}

impl Out {
    fn literal(&mut self, text: &str) {
        self.text.push_str(text);
        self.in_run = false;
    }

    fn form(&mut self, text: &str) {
        if !self.in_run {
            self.run.start = self.text.len();
        }
        self.text.push_str(text);
        self.run.end = self.text.len();
        self.in_run = true;
    }

    /// What a checksum here covers.
    fn covered(&self) -> &str {
        match self.mark {
            Some(mark) => &self.text[mark..],
            None => &self.text[self.run.clone()],
        }
    }
}

/// Reads a template (or the inner one of an `-of` form) and writes its text.
struct Filler<'t, 'd> {
    text: &'t str,
    at: usize,
    depth: usize,
    dice: &'d mut Dice,
    out: Out,
}

impl Filler<'_, '_> {
    fn body(&mut self) -> Result<(), Error> {
        let begin = self.at;
        let mut open = 0_usize;
        loop {
            let rest = &self.text[self.at..];
            let Some(next) = rest.chars().next() else {
                return if self.depth == 0 { Ok(()) } else { Err(Error::Unclosed(begin)) };
            };
            if rest.starts_with("{{") {
                self.at += 2;
                open += 1;
                self.out.literal("{");
            } else if next == '{' {
                self.form()?;
            } else if next == '}' && self.depth > 0 && open == 0 {
                self.at += 1;
                return Ok(());
            } else {
                if next == '}' {
                    open = open.saturating_sub(1);
                }
                self.at += next.len_utf8();
                self.out.literal(next.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn form(&mut self) -> Result<(), Error> {
        let begin = self.at;
        self.at += 1;
        let rest = &self.text[self.at..];
        let end = rest.find([':', '}', '{']).ok_or(Error::Unclosed(begin))?;
        let name = &rest[..end];
        if let Some(encoding) = name.strip_suffix("-of").filter(|_| rest[end..].starts_with(':')) {
            self.at += end + 1;
            return self.encoded(encoding);
        }
        let close = rest.find('}').ok_or(Error::Unclosed(begin))?;
        let argument = rest[end..close].trim_start_matches(':');
        self.at += close + 1;
        if name == "mark" {
            self.out.mark = Some(self.out.text.len());
            return Ok(());
        }
        let given = match tails::tail(name, argument, self.out.covered(), self.dice)? {
            Some(tail) => {
                self.out.mark = None;
                tail
            }
            None => forms::form(name, argument, self.dice)?,
        };
        self.out.form(&given);
        Ok(())
    }

    fn encoded(&mut self, encoding: &str) -> Result<(), Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let mut inner = Filler {
            text: self.text,
            at: self.at,
            depth: self.depth + 1,
            dice: &mut *self.dice,
            out: Out::default(),
        };
        inner.body()?;
        let (at, text) = (inner.at, inner.out.text);
        self.at = at;
        let encoded = forms::encode(encoding, &text)?;
        self.out.form(&encoded);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn a_template_gives_the_same_text_for_the_same_seed_alone() {
        let text = "key = {base62:20}{hex:8}";
        assert_eq!(fill(text, 1), fill(text, 1));
        assert_ne!(fill(text, 1), fill(text, 2));
        assert_eq!(fill(text, 1).unwrap().len(), "key = ".len() + 28);
    }

    #[test]
    fn a_checksum_covers_the_run_before_it_or_what_was_marked() {
        let crc = |text: &str| format!("{:08x}", crate::rules::checksum::crc32(text.as_bytes()));
        let token = fill("zpka_{hex:32}_{crc32-hex}", 3).unwrap();
        assert_eq!(token[38..], crc(&token[5..37]));
        let token = fill("x={mark}ab_{hex:8}{crc32-hex}", 3).unwrap();
        assert_eq!(token[13..], crc(&token[2..13]));
    }

    #[test]
    fn braces_are_doubled_to_be_written_and_balance_within_an_encoded_part() {
        assert_eq!(fill("${{HOME}", 0).unwrap(), "${HOME}");
        assert_eq!(fill("{hex-of:{{ab}}", 0).unwrap(), "7b61627d");
        assert_eq!(fill("{base64-of:user:pass}", 0).unwrap(), "dXNlcjpwYXNz");
    }

    #[test]
    fn what_makes_no_sense_is_an_error_and_never_a_panic() {
        for text in ["{nonsense}", "{hex", "{hex:many}", "{hex:99999999}", "{", "{base64-of:x", "{crc32-hex}"]
        {
            assert!(fill(text, 0).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_template_makes_it_panic(pieces in vec(select(PIECES), 0..12), seed: u64) {
            drop(fill(&pieces.concat(), seed));
        }
    }

    const PIECES: &[&str] = &[
        "{",
        "}",
        "{{",
        ":",
        "é",
        "{mark}",
        "{hex:4}",
        "{base64-of:",
        "{utf16le-of:",
        "{percent-of:",
        "{jwt:a=b,c}",
        "{crc32-base62:99}",
        "{crc32-le-base64:9}",
        "{gitlab-routable}",
        "{entra-tail}",
        "{azure-key:AzSe}",
        "{cask:ab+/}",
        "{bech32:é}",
        "{bech32:}",
        "{openai-body:3}",
        "{pem:none}",
        "{uuid}",
        "-of:",
        "{-of:}",
        "text",
    ];
}
