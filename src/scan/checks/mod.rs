//! Offline checks: what a secret's own form says about it, without the network.
//!
//! A check gets the secret and the whole match, and knows nothing else: no path, no clock. One file
//! holds a provider or a family; [`CHECKS`] is the one table. Fake tokens for the tests are made by
//! `rules::template`, which shares only the checksums themselves; those are held to published values there.

mod aws;
mod azure;
mod chat;
mod crc32;
mod encoded;
mod gitlab;
mod jfrog;
mod json;
mod jwt;
mod macaroon;
mod nuget;
mod private_key;
mod public;
mod seeds;
mod shape;

use crate::model::Fact;

pub(super) use public::is_public;

/// A check: the secret and the match it stands in, to what they say.
pub(super) type CheckFn = fn(secret: &[u8], matched: &[u8]) -> Outcome;

/// What a check says of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is what it looks like: a checksum or a whole structure agrees.
    Holds,
    /// It is not: no real one looks like this, save for older forms.
    Fails,
    /// Nothing speaks against it, and nothing proves it.
    Unknown,
}

/// A verdict and what was learnt on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// What the check says.
    pub(super) verdict: Verdict,
    /// What it learnt; no value holds a part of the secret as it is written.
    pub(super) facts: Vec<Fact>,
}

impl Outcome {
    const FAILS: Self = Self { verdict: Verdict::Fails, facts: Vec::new() };
    const UNKNOWN: Self = Self { verdict: Verdict::Unknown, facts: Vec::new() };

    /// Of a check that proves: it holds or fails.
    fn proof(holds: bool) -> Self {
        Self { verdict: if holds { Verdict::Holds } else { Verdict::Fails }, facts: Vec::new() }
    }

    /// Of a check that can only refute: possible, or not.
    fn possible(possible: bool) -> Self {
        Self { verdict: if possible { Verdict::Unknown } else { Verdict::Fails }, facts: Vec::new() }
    }

    fn holds(facts: Vec<Fact>) -> Self {
        Self { verdict: Verdict::Holds, facts }
    }

    fn unknown(facts: Vec<Fact>) -> Self {
        Self { verdict: Verdict::Unknown, facts }
    }
}

/// The check of this name, one of `rules::CHECKS`.
pub(super) fn find(name: &str) -> Option<CheckFn> {
    CHECKS.iter().find(|(known, _)| *known == name).map(|&(_, check)| check)
}

/// Every check, sorted by name.
const CHECKS: &[(&str, CheckFn)] = &[
    ("atlassian-crc32", crc32::atlassian),
    ("aws-bedrock-key", aws::bedrock_key),
    ("aws-key-id", aws::key_id),
    ("azure-cask", azure::cask),
    ("azure-devops-pat", azure::devops_pat),
    ("azure-key", azure::identifiable_key),
    ("base58check", seeds::base58check),
    ("base64-shape", shape::base64),
    ("basic-auth", shape::basic_auth),
    ("bech32", seeds::bech32_key),
    ("cloudflare-crc32", crc32::cloudflare),
    ("confluent-crc32", crc32::confluent),
    ("discord-token", chat::discord),
    ("embedded-json", json::embedded),
    ("entra-secret", azure::entra_secret),
    ("github-crc32", crc32::github),
    ("gitlab-routable", gitlab::routable),
    ("grafana-crc32", crc32::grafana),
    ("hex-shape", shape::hex),
    ("huggingface-letters", shape::huggingface),
    ("jfrog-reference", jfrog::reference),
    ("jwt", jwt::jwt),
    ("nkey-seed", seeds::nkey),
    ("npm-crc32", crc32::github),
    ("nuget-key", nuget::key),
    ("openai-marker", shape::openai),
    ("private-key", private_key::private_key),
    ("pypi-macaroon", macaroon::pypi),
    ("slack-token", chat::slack),
    ("stellar-seed", seeds::stellar),
    ("telegram-token", chat::telegram),
    ("uuid", shape::uuid),
    ("vercel-crc32", crc32::vercel),
    ("zuplo-crc32", crc32::zuplo),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::template::fill;

    fn run(name: &str, text: &str) -> Outcome {
        find(name).unwrap()(text.as_bytes(), text.as_bytes())
    }

    #[test]
    fn the_table_is_the_list_that_rules_may_call_for() {
        let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::rules::CHECKS);
        assert!(names.is_sorted());
    }

    /// Check, template of what it accepts, the verdict, and whether changing one character must be noticed.
    const ACCEPTED: &[(&str, &str, Verdict, bool)] = &[
        ("github-crc32", "ghp_{base62:30}{crc32-base62:6}", Verdict::Holds, true),
        ("github-crc32", "ghr_{base62:70}{crc32-base62:6}", Verdict::Holds, true),
        ("npm-crc32", "npm_{base62:30}{crc32-base62:6}", Verdict::Holds, true),
        ("vercel-crc32", "vcp_{base62:50}{crc32-base62:6}", Verdict::Holds, true),
        ("cloudflare-crc32", "cfut_{base62:40}{crc32-hex}", Verdict::Holds, true),
        ("zuplo-crc32", "zpka_{hex:32}_{crc32-hex}", Verdict::Holds, true),
        ("confluent-crc32", "cflt{base62:54}{crc32-le-base64:6}", Verdict::Holds, true),
        ("grafana-crc32", "{mark}glsa_{base62:32}_{crc32-le-hex}", Verdict::Holds, true),
        ("atlassian-crc32", "{mark}ATBB{base62:24}{crc32-HEX}", Verdict::Holds, true),
        ("atlassian-crc32", "{mark}ATATT3xFfGF0{base64url:171}={crc32-HEX}", Verdict::Holds, true),
        ("gitlab-routable", "{mark}glpat-{gitlab-routable}", Verdict::Holds, true),
        ("gitlab-routable", "{mark}glrt-t1_{gitlab-routable}", Verdict::Holds, true),
        ("gitlab-routable", "glpat-{base64url:20}", Verdict::Unknown, false),
        ("entra-secret", "{mark}{alnum:3}8Q~{base62:31}{entra-tail}", Verdict::Holds, true),
        ("azure-key", "{azure-key:+ASt}", Verdict::Holds, true),
        ("azure-key", "{azure-key:ACDb}", Verdict::Holds, true),
        ("azure-key", "{azure-key:+ASb}", Verdict::Holds, true),
        ("azure-key", "{azure-key:AzSe}", Verdict::Holds, true),
        ("azure-key", "{azure-key:AzFu}", Verdict::Holds, true),
        ("azure-cask", "{cask:AZDO}", Verdict::Holds, true),
        ("azure-devops-pat", "{azure-devops-pat}", Verdict::Holds, true),
        ("aws-key-id", "AKIA{base32:16}", Verdict::Unknown, false),
        (
            "aws-bedrock-key",
            "ABSK{base64-of:BedrockAPIKey-{lowernum:4}-at-123456789012:{base62:40}}",
            Verdict::Holds,
            false,
        ),
        ("bech32", "{bech32:AGE-SECRET-KEY-}", Verdict::Holds, true),
        ("base58check", "{base58check:wif}", Verdict::Holds, true),
        ("base58check", "{base58check:xprv}", Verdict::Holds, true),
        ("nkey-seed", "{nkey-seed}", Verdict::Holds, true),
        ("stellar-seed", "{stellar-seed}", Verdict::Holds, true),
        ("pypi-macaroon", "pypi-{pypi-macaroon}", Verdict::Holds, false),
        ("nuget-key", "{nuget-key}", Verdict::Holds, false),
        ("openai-marker", "sk-proj-{base62:74}T3BlbkFJ{base62:74}", Verdict::Holds, false),
        ("openai-marker", "gsk_{base62:20}WGdyb3FY{base62:24}", Verdict::Holds, false),
        ("huggingface-letters", "hf_{letters:34}", Verdict::Unknown, false),
        ("jfrog-reference", "{base64-of:reftkn:01:1771499376:{base62:28}}", Verdict::Holds, false),
        ("discord-token", "{discord-token}", Verdict::Holds, false),
        ("telegram-token", "7{digits:9}:AA{base64url:33}", Verdict::Unknown, false),
        ("slack-token", "xoxb-{digits:12}-{digits:12}-{base62:24}", Verdict::Unknown, false),
        (
            "slack-token",
            "xoxe-1-{base64-of:3-1-{digits:10}-{digits:13}-{digits:13}-{hex:64}}",
            Verdict::Holds,
            false,
        ),
        (
            "embedded-json",
            "sntrys_{base64-of:{{\"iat\":1687336543.6,\"org\":\"x\"}}_{base64:43}",
            Verdict::Holds,
            false,
        ),
        (
            "embedded-json",
            "ops_{base64url-of:{{\"email\":\"a@b\",\"secretKey\":\"A3-{alnum:30}\"}}",
            Verdict::Holds,
            false,
        ),
        ("jwt", "{jwt}", Verdict::Unknown, false),
        ("uuid", "{uuid}", Verdict::Unknown, false),
        ("hex-shape", "{hex:40}", Verdict::Unknown, false),
        ("base64-shape", "{base64:40}", Verdict::Unknown, false),
        ("base64-shape", "{base64-of:{base62:31}}", Verdict::Unknown, false),
        ("basic-auth", "{base64-of:user:{base62:20}}", Verdict::Unknown, false),
        ("private-key", "{pem:rsa}", Verdict::Holds, false),
        ("private-key", "{json-of:{pem:rsa}}", Verdict::Holds, false),
        ("private-key", "{pem:ec}", Verdict::Holds, false),
        ("private-key", "{der:rsa}", Verdict::Holds, false),
        ("private-key", "{der:pkcs8}", Verdict::Holds, false),
        ("private-key", "{der:ec}", Verdict::Holds, false),
        ("private-key", "{pem:dsa}", Verdict::Holds, false),
        ("private-key", "{pem:pkcs8}", Verdict::Holds, false),
        ("private-key", "{pem:ed25519}", Verdict::Holds, false),
        ("private-key", "{pem:pgp}", Verdict::Holds, false),
        ("private-key", "{openssh:ed25519}", Verdict::Holds, false),
        ("private-key", "{openssh:rsa}", Verdict::Holds, false),
    ];

    #[test]
    fn each_check_accepts_what_its_provider_makes() {
        for (name, template, verdict, _) in ACCEPTED {
            for seed in 0..8 {
                let text = fill(template, seed).unwrap();
                assert_eq!(run(name, &text).verdict, *verdict, "{name} of {template} at {seed}");
            }
        }
    }

    #[test]
    fn a_checksum_notices_one_changed_character_and_one_that_is_missing() {
        for (name, template, ..) in ACCEPTED.iter().filter(|(.., strict)| *strict) {
            let text = fill(template, 7).unwrap();
            let at = text.len() / 2 + 1;
            let other = if &text[at..=at] == "q" { "w" } else { "q" };
            let other =
                if text.to_ascii_uppercase() == text { other.to_ascii_uppercase() } else { other.to_owned() };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_ne!(run(name, &changed).verdict, Verdict::Holds, "{name} of {template}, changed");
            let short = format!("{}{}", &text[..at], &text[at + 1..]);
            assert_ne!(run(name, &short).verdict, Verdict::Holds, "{name} of {template}, cut");
        }
    }

    #[test]
    fn what_no_provider_makes_fails() {
        let rejected = [
            ("aws-key-id", "AKIA0189{base32:12}"),
            ("aws-key-id", "AKIA{base32:9}EXAMPLE"),
            ("aws-bedrock-key", "ABSK{base64:100}"),
            ("pypi-macaroon", "pypi-AgEI{base64url:150}"),
            ("nuget-key", "oy2{lowernum:43}0"),
            ("openai-marker", "sk-{base62:20}T3BlbkFJ{base62:19}"),
            ("huggingface-letters", "hf_{letters:33}7"),
            ("jfrog-reference", "cmVmdGtuOj{base64:40}"),
            ("discord-token", "M{base64url:23}.{base64url:6}.{base64url:26}"),
            ("embedded-json", "sntrys_eyJ{base64:100}_{base64:43}"),
            ("jwt", "eyJhbGciOi{base64url:20}.{base64url:20}.{base64url:20}"),
            ("jwt", "{base64url-of:{{\"alg\":\"none\"}}.{base64url-of:{{\"a\":1}}.{base64url:43}"),
            ("uuid", "00000000-0000-0000-0000-000000000000"),
            ("hex-shape", "{digits:40}"),
            ("hex-shape", "aA{hex:38}"),
            ("base64-shape", "{hex:40}"),
            ("base64-shape", "{base64:41}="),
            ("private-key", "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"),
            (
                "private-key",
                "-----BEGIN RSA PRIVATE KEY-----\n{base64:64}\n{base64:64}\n-----END RSA PRIVATE KEY-----",
            ),
            ("private-key", "{pem:encrypted}"),
            ("private-key", "{pem:legacy-encrypted}"),
            ("private-key", "{openssh:encrypted}"),
        ];
        for (name, template) in rejected {
            let text = fill(template, 5).unwrap();
            assert_eq!(run(name, &text).verdict, Verdict::Fails, "{name} of {template}");
        }
    }

    #[test]
    fn the_example_of_every_tutorial_is_no_token() {
        let head =
            fill("{base64url-of:{{\"alg\":\"HS256\"}}.{base64url-of:{{\"sub\":\"1234567890\"}}.", 0).unwrap();
        let pieces = ["SflKxwRJSMeKKF2QT4fw", "pMeJf36POk6yJV_adQssw5c"];
        let signature = pieces.concat();
        assert_eq!(run("jwt", &format!("{head}{signature}")).verdict, Verdict::Fails);
        let demo = fill("{jwt:iss=supabase-demo}", 0).unwrap();
        assert_eq!(run("jwt", &demo).verdict, Verdict::Fails);
        assert_eq!(run("jwt", &head).verdict, Verdict::Fails);
        assert_eq!(run("jwt", &format!("{head}{}", signature.to_lowercase())).verdict, Verdict::Unknown);
    }

    #[test]
    fn facts_tell_what_is_inside() {
        let facts = |name: &str, template: &str| {
            let facts = run(name, &fill(template, 3).unwrap()).facts;
            facts
                .into_iter()
                .map(|fact| format!("{}={}", fact.name, fact.value))
                .collect::<Vec<_>>()
                .join(" ")
        };
        // The account of a key id in a published write-up on the format, in two pieces.
        assert_eq!(facts("aws-key-id", concat!("ASIAY34F", "ZKBOKMUTVV7A")), "account=609629065308");
        assert_eq!(facts("aws-key-id", "AKIAIAAA{base32:12}"), "");
        assert_eq!(facts("jwt", "{jwt:exp=1900000000}"), "algorithm=HS256 expires=2030-03-17T17:46:40Z");
        assert_eq!(facts("private-key", "{pem:rsa}"), "key=RSA 2048 encrypted=no");
        assert_eq!(facts("private-key", "{pem:pkcs8}"), "key=RSA 2048 encrypted=no");
        assert_eq!(facts("private-key", "{pem:ec}"), "key=EC P-256 encrypted=no");
        assert_eq!(facts("private-key", "{pem:pgp}"), "key=OpenPGP RSA encrypted=no");
        assert_eq!(facts("private-key", "{openssh:rsa}"), "key=RSA 3072 encrypted=no");
        assert_eq!(facts("private-key", "{openssh:encrypted}"), "key=Ed25519 encrypted=yes");
        assert_eq!(facts("private-key", "{pem:legacy-encrypted}"), "key=RSA encrypted=yes");
        assert_eq!(facts("azure-cask", "{cask:AZDO}"), "issued=2025-06 provider=AZDO");
        assert_eq!(
            facts("jfrog-reference", "{base64-of:reftkn:01:1900000000:{base62:28}}"),
            "expires=2030-03-17T17:46:40Z"
        );
    }

    #[test]
    fn no_check_panics_whatever_it_is_given() {
        let mut inputs: Vec<Vec<u8>> = vec![Vec::new(), vec![0xff; 300], b"-----BEGIN -----".to_vec()];
        for (_, template, ..) in ACCEPTED {
            let text = fill(template, 1).unwrap().into_bytes();
            for cut in [1, text.len() / 3, text.len() / 2, text.len() - 1] {
                inputs.push(text[..cut].to_vec());
                inputs.push(text[cut..].to_vec());
                let mut flipped = text.clone();
                flipped[cut - 1] ^= 0x11;
                inputs.push(flipped);
            }
        }
        for (_, check) in CHECKS {
            for input in &inputs {
                check(input, input);
            }
        }
    }
}
