//! Offline checks: what a secret's own form says about it, without the network.
//!
//! A check gets the secret and the whole match, and knows nothing else: no path, no clock. Each file is about a
//! provider or a family; [`CHECKS`] is the one table of functions.
//!
//! # A new check
//!
//! A function here, its row in [`CHECKS`], and its name in `rules::CHECKS`: `build.rs` checks rules without this room, and a test
//! compares the two lists. A rule then names it (`check = "…"`). If its examples need valid tokens, `rules::template` gets a form
//! that makes them. The two share only the checksums themselves, which are tested against published values there.

mod atlassian;
mod aws;
mod azure;
pub(crate) mod certificate;
mod chat;
mod crc32;
mod encoded;
mod encoded_text;
mod fly;
mod github;
mod gitlab;
mod hashes;
mod ids;
mod jfrog;
mod json;
mod jwt;
mod keysets;
mod macaroon;
mod network;
mod nuget;
mod private_key;
mod public;
mod putty;
mod region;
mod seeds;
mod shape;
mod signed_url;
mod supabase;
mod wallets;

use crate::model::Fact;

pub(crate) use private_key::body as private_key_body;
pub(crate) use private_key::public_half;
pub(crate) use public::is_public;

/// A check: from the secret and the match it is in to an outcome.
pub(crate) type CheckFn = fn(secret: &[u8], matched: &[u8]) -> Outcome;

/// What a check says of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is what it looks like: a checksum or a whole structure agrees.
    Holds,
    /// It is not: no real one looks like this, except older forms.
    Fails,
    /// Nothing contradicts it, and nothing proves it.
    Unknown,
}

/// A verdict and what was learnt on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What the check says.
    pub(crate) verdict: Verdict,
    /// What it learnt. `findings` prints the values as they are. So a value may be a part of the secret only if that
    /// part is an id, which grants nothing.
    pub(crate) facts: Vec<Fact>,
}

impl Outcome {
    const FAILS: Self = Self { verdict: Verdict::Fails, facts: Vec::new() };
    const UNKNOWN: Self = Self { verdict: Verdict::Unknown, facts: Vec::new() };

    /// The outcome of a check that proves or refutes.
    fn proof(holds: bool) -> Self {
        Self { verdict: if holds { Verdict::Holds } else { Verdict::Fails }, facts: Vec::new() }
    }

    /// The outcome of a check that can only refute.
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
pub(crate) fn find(name: &str) -> Option<CheckFn> {
    CHECKS.iter().find(|(known, _)| *known == name).map(|&(_, check)| check)
}

/// Every check, sorted by name.
const CHECKS: &[(&str, CheckFn)] = &[
    ("atlassian-crc32", crc32::atlassian),
    ("atlassian-dc-token", atlassian::data_center),
    ("aws-bedrock-key", aws::bedrock_key),
    ("aws-bedrock-short", signed_url::bedrock_short),
    ("aws-codecommit", aws::codecommit),
    ("aws-key-id", aws::key_id),
    ("aws-presigned", signed_url::aws_presigned),
    ("aws-ses-password", aws::ses_password),
    ("azure-cask", azure::cask),
    ("azure-devops-pat", azure::devops_pat),
    ("azure-key", azure::identifiable_key),
    ("azure-sas", signed_url::azure_sas),
    ("base58check", seeds::base58check),
    ("base64-shape", shape::base64),
    ("basic-auth", shape::basic_auth),
    ("bcrypt", hashes::bcrypt),
    ("bech32", seeds::bech32_key),
    ("bip39", wallets::phrase),
    ("cask-v1", azure::cask_v1),
    ("cisco-7", network::cisco7),
    ("cloudflare-crc32", crc32::cloudflare),
    ("confluent-crc32", crc32::confluent),
    ("discord-token", chat::discord),
    ("ed25519-pair", wallets::ed25519_pair),
    ("elastic-api-key", encoded_text::elastic),
    ("embedded-json", json::embedded),
    ("entra-secret", azure::entra_secret),
    ("fly-macaroon", fly::macaroon),
    ("github-app-jwt", github::application_jwt),
    ("github-crc32", crc32::github),
    ("github-fine-grained", github::fine_grained),
    ("gitlab-routable", gitlab::routable),
    ("google-service-account", keysets::service_account),
    ("grafana-crc32", crc32::grafana),
    ("group-policy-password", network::group_policy),
    ("hex-shape", shape::hex),
    ("huggingface-letters", shape::huggingface),
    ("intercom-token", encoded_text::intercom),
    ("jfrog-api-key", jfrog::api_key),
    ("jfrog-reference", jfrog::reference),
    ("juniper-9", network::juniper9),
    ("jwt", jwt::jwt),
    ("ksuid-time", ids::ksuid),
    ("kubeconfig-key", keysets::kubeconfig),
    ("nkey-seed", seeds::nkey),
    ("npm-crc32", crc32::github),
    ("ntlm-hash", hashes::ntlm),
    ("ntlm-message", network::ntlm_message),
    ("nuget-key", nuget::key),
    ("objectid-time", ids::object_id),
    ("openai-marker", shape::openai),
    ("private-key", private_key::private_key),
    ("putty-key", putty::key_file),
    ("pypi-macaroon", macaroon::pypi),
    ("region", region::region),
    ("ripple-seed", wallets::ripple),
    ("saml", network::saml),
    ("secp256k1", wallets::secp256k1),
    ("signed-url", signed_url::signed),
    ("slack-token", chat::slack),
    ("slack-webhook", chat::slack_webhook),
    ("stellar-seed", seeds::stellar),
    ("stripe-account", chat::stripe),
    ("supabase-key", supabase::secret_key),
    ("teamcity-token", encoded_text::teamcity),
    ("telegram-token", chat::telegram),
    ("tezos-key", wallets::tezos),
    ("tink-keyset", keysets::tink),
    ("ulid-time", ids::ulid),
    ("uuid", shape::uuid),
    ("vapid-key", keysets::vapid),
    ("vercel-crc32", crc32::vercel),
    ("workos-key", encoded_text::workos),
    ("wpa-psk", network::wpa_psk),
    ("zuplo-crc32", crc32::zuplo),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FactKind;
    use crate::rules::template::fill;
    use proptest::prelude::*;

    fn run(name: &str, text: &str) -> Outcome {
        find(name).unwrap()(text.as_bytes(), text.as_bytes())
    }

    #[test]
    fn the_table_is_the_list_that_rules_may_call_for() {
        let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::rules::CHECKS);
        assert!(names.is_sorted());
    }

    /// Check, template of what it accepts, the verdict, and whether it must notice any changed character.
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
        // A password that a tool's documentation deciphers publicly, in two pieces.
        (
            "group-policy-password",
            concat!("{text-of:j1Uyj3Vx8TY9LtLZil2uAu", "ZkFQA/4latT76ZwgdHdhw}"),
            Verdict::Holds,
            false,
        ),
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
        ("atlassian-dc-token", "{atlassian-dc-pat}", Verdict::Holds, false),
        ("atlassian-dc-token", "BBDC-{atlassian-dc-pat}", Verdict::Holds, false),
        ("aws-ses-password", "{ses-password}", Verdict::Unknown, false),
        (
            "aws-bedrock-short",
            "bedrock-api-key-{base64-of:bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential=ASIAY34F{base32:12}%2F20260101%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=43200&X-Amz-Signature={hex:64}&Version=1}",
            Verdict::Holds,
            false,
        ),
        ("azure-sas", "{base64:42}A%3D", Verdict::Unknown, false),
        ("bcrypt", "$2b$12${crypt:21}O{crypt:31}", Verdict::Unknown, false),
        ("bip39", "{bip39}", Verdict::Holds, false),
        ("cask-v1", "{cask-v1:TEST}", Verdict::Holds, true),
        ("cisco-7", "{cisco-7}", Verdict::Unknown, false),
        ("cloudflare-crc32", "{mark}cfast_{base62:40}{crc32-hex}", Verdict::Holds, true),
        ("ed25519-pair", "{solana-keypair}", Verdict::Holds, false),
        ("ed25519-pair", "{solana-base58}", Verdict::Holds, true),
        ("ed25519-pair", "{ed25519-pair-base64}", Verdict::Holds, true),
        ("elastic-api-key", "{base64-of:{base64url:20}:{base64url:22}}", Verdict::Holds, false),
        ("fly-macaroon", "fm2_{fly-macaroon}", Verdict::Holds, false),
        ("fly-macaroon", "fm2_{fly-macaroon},fm2_{fly-macaroon}", Verdict::Holds, false),
        ("github-app-jwt", "ghs_12345_{jwt:exp=1900000000}", Verdict::Unknown, false),
        ("github-fine-grained", "github_pat_11{base32:6}A{base62:13}_{base62:59}", Verdict::Unknown, false),
        (
            "intercom-token",
            "{base64-of:tok:{hex:8}_{hex:4}_{hex:4}_{hex:4}_{hex:12}:1:0}",
            Verdict::Holds,
            false,
        ),
        ("jfrog-api-key", "{jfrog-api-key}", Verdict::Unknown, false),
        ("juniper-9", "{juniper-9}", Verdict::Holds, false),
        ("ksuid-time", "{ksuid}_{base62:21}", Verdict::Unknown, false),
        ("ntlm-hash", "{hex:32}", Verdict::Unknown, false),
        ("ntlm-message", "{ntlm-authenticate}", Verdict::Holds, false),
        ("objectid-time", "PMAK-{objectid}-{hex:34}", Verdict::Unknown, false),
        ("putty-key", "{putty}", Verdict::Holds, false),
        ("region", "{hex:32}-us12", Verdict::Unknown, false),
        ("ripple-seed", "{ripple-seed}", Verdict::Holds, true),
        ("saml", "{saml-response}", Verdict::Unknown, false),
        ("secp256k1", "7{hex:63}", Verdict::Unknown, false),
        ("slack-webhook", "hooks/T{alnum:9}/B{alnum:9}/{base62:24}", Verdict::Unknown, false),
        ("stripe-account", "sk_live_51{base62:97}", Verdict::Unknown, false),
        ("supabase-key", "{supabase-key:supabase-self-hosted}", Verdict::Holds, false),
        ("supabase-key", "{supabase-key:abcdefghijklmnopqrst}", Verdict::Unknown, false),
        (
            "teamcity-token",
            "eyJ0eXAiOiAiVENWMiJ9.{base64url:36}.{base64url-of:{uuid}}",
            Verdict::Holds,
            false,
        ),
        ("tezos-key", "{tezos:edsk}", Verdict::Holds, true),
        ("tezos-key", "{tezos:edesk}", Verdict::Holds, true),
        ("ulid-time", "pdl_live_apikey_{ulid}_{base62:22}_{base62:3}", Verdict::Unknown, false),
        ("vapid-key", "{base64url:42}A", Verdict::Unknown, false),
        ("workos-key", "sk_live_{base64-of:key_{ulid},{base62:25}}", Verdict::Holds, false),
        ("wpa-psk", "{hex:64}", Verdict::Unknown, false),
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

    /// Characters at the end of a text that carry no bits: padding, and bits that a base64 decoder ignores.
    fn is_slack(text: &[u8], at: usize) -> bool {
        text[at..].iter().all(|&byte| byte == b'=') || text.get(at + 1) == Some(&b'=')
    }

    proptest! {
        /// A checksum notices any character of a token that is replaced by another of its alphabet or that is missing.
        /// Tokens without a checksum have a structure or an id inside, to which most characters do not belong.
        #[test]
        fn a_checksum_notices_any_changed_character(
            which in any::<prop::sample::Index>(),
            seed in 0..64_u64,
            place in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(),
        ) {
            let strict: Vec<_> = ACCEPTED.iter().filter(|(.., strict)| *strict).collect();
            let (name, template, ..) = which.get(&strict);
            let text = fill(template, seed).unwrap().into_bytes();
            // The rule itself matches a prefix that the checksum does not cover.
            let prefix = if template.starts_with("{mark}") { 0 } else { template.find('{').unwrap() };
            let at = prefix + place.index(text.len() - prefix);
            let old = text[at];
            let kin: Vec<u8> = (b'!'..=b'~')
                .filter(|new| *new != old && new.is_ascii_digit() == old.is_ascii_digit())
                .filter(|new| new.is_ascii_lowercase() == old.is_ascii_lowercase())
                .filter(|new| new.is_ascii_alphanumeric() == old.is_ascii_alphanumeric())
                .collect();
            let mut changed = text.clone();
            changed[at] = *other.get(&kin);
            let changed = String::from_utf8(changed).unwrap();
            prop_assert!(
                run(name, &changed).verdict != Verdict::Holds || is_slack(&text, at),
                "{name} of {template}, changed at {at}: {changed}"
            );
            let mut short = text.clone();
            short.remove(at);
            let short = String::from_utf8(short).unwrap();
            prop_assert!(
                run(name, &short).verdict != Verdict::Holds || is_slack(&text, at),
                "{name} of {template}, without its character {at}"
            );
        }
    }

    #[test]
    fn what_no_provider_makes_fails() {
        let rejected = [
            ("aws-key-id", "AKIA0189{base32:12}"),
            ("aws-key-id", "AKIA{base32:9}EXAMPLE"),
            ("aws-key-id", "ASIAANDPACIFICREGION"),
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
            ("atlassian-dc-token", "{base64:44}"),
            ("aws-ses-password", "{base64:43}="),
            ("aws-bedrock-short", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{base64:100}"),
            ("azure-sas", "{base64:30}"),
            ("bcrypt", "$2b$99${crypt:21}O{crypt:31}"),
            (
                "bip39",
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
            ),
            ("cask-v1", "{base64url:44}JQQJ{base64url:16}"),
            ("cisco-7", "0822455D0A1X"),
            ("ed25519-pair", "{base58:88}"),
            ("elastic-api-key", "{base64:60}"),
            ("fly-macaroon", "fm2_{base64:200}"),
            ("github-app-jwt", "ghs_1_{base62:60}"),
            ("group-policy-password", "{base64:43}A"),
            ("intercom-token", "dG9rO{base64:55}"),
            ("jfrog-api-key", "AKCp{base62:69}"),
            ("juniper-9", "$9${digits:9}"),
            ("ntlm-hash", "31d6cfe0d16ae931b73c59d7e0c089c0"),
            ("ntlm-message", "TlRMTVNTUAADAAAA{base64:80}"),
            (
                "putty-key",
                "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\n{base64:64}\n",
            ),
            ("ripple-seed", "s{base58:28}"),
            ("saml", "PHNhbWxw{base64:400}"),
            ("secp256k1", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
            ("teamcity-token", "eyJ0eXAiOiAiVENWMiJ9.{base64url:36}.{base64url:48}"),
            ("tezos-key", "edsk{base58:50}"),
            ("tink-keyset", "{base64:40}"),
            ("vapid-key", "{base64url:20}"),
            ("workos-key", "sk_live_a2V5Xz{base64:60}"),
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
                .map(|fact| format!("{}={}", fact.kind.name(), fact.value))
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
        assert!(
            facts("private-key", "{openssh:rsa}")
                .starts_with("key=RSA 3072 encrypted=no fingerprint=SHA256:")
        );
        assert!(
            facts("private-key", "{openssh:encrypted}").starts_with("key=Ed25519 encrypted=yes fingerprint=")
        );
        assert_eq!(facts("private-key", "{pem:legacy-encrypted}"), "key=RSA encrypted=yes");
        assert_eq!(facts("azure-cask", "{cask:AZDO}"), "issued=2025-06 provider=AZDO");
        assert_eq!(facts("cask-v1", "{cask-v1:TEST}"), "issued=2026-07 provider=TEST");
        // An id in a write-up of October 2022 on the makers of honeytokens, its last characters our own.
        assert_eq!(
            facts("aws-key-id", "AKIAYVP4CIPPA{base32:7}"),
            "account=595918472158 canary=a honeytoken of canarytokens.org"
        );
        assert_eq!(
            facts("slack-token", "xoxb-123456789012-987654321098-{base62:24}"),
            "team=123456789012 bot=987654321098"
        );
        assert_eq!(
            facts("slack-webhook", "services/T0000AAAA/B0000BBBB/{base62:24}"),
            "team=T0000AAAA application=B0000BBBB"
        );
        assert_eq!(facts("telegram-token", "7123456789:AA{base64url:33}"), "bot=7123456789");
        assert_eq!(
            facts("stripe-account", "sk_live_51abcdefghijklmn{base62:80}"),
            "account=acct_1abcdefghijklmn"
        );
        assert_eq!(facts("region", "{hex:32}-us12"), "region=us12");
        assert_eq!(facts("region", "pat-eu1-{uuid}"), "region=eu1");
        assert_eq!(facts("objectid-time", "PMAK-5dd43c00{hex:16}-{hex:34}"), "created=2019-11-19T19:01:20Z");
        assert_eq!(facts("ulid-time", "PMAT-01GTGZTP8F4KEK3YD4G1WRKSA3"), "created=2023-03-02T11:03:00Z");
        assert_eq!(
            facts("ksuid-time", "0ujtsYcgvSTl8PAuAdqWYSMnLOv_{base62:21}"),
            "created=2017-10-10T04:00:47Z"
        );
        assert_eq!(facts("ntlm-message", "{ntlm-authenticate}"), "domain=CORP user=alice");
        assert_eq!(facts("saml", "{saml-response}"), "expires=2026-01-01T00:05:00Z");
        assert_eq!(facts("github-fine-grained", "github_pat_11AAAAAAI{base62:13}_{base62:59}"), "user=1");
        assert_eq!(facts("uuid", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), "created=2022-02-22T19:22:22Z");
        assert_eq!(facts("uuid", "c232ab00-9414-11ec-b3c8-9f6bdeced846"), "created=2022-02-22T19:22:22Z");
        assert_eq!(facts("putty-key", "{putty}"), "encrypted=no key=Ed25519");
        assert!(facts("discord-token", "{discord-token}").starts_with("bot="));
        assert_eq!(
            facts("jfrog-reference", "{base64-of:reftkn:01:1900000000:{base62:28}}"),
            "expires=2030-03-17T17:46:40Z"
        );
    }

    /// Text beside a secret in its match decides if the secret alone does not.
    #[test]
    fn a_match_says_more_than_its_secret() {
        let facts = |name: &str, secret: &str, matched: &str| {
            let outcome = find(name).unwrap()(secret.as_bytes(), matched.as_bytes());
            let facts: Vec<String> =
                outcome.facts.iter().map(|fact| format!("{}={}", fact.kind.name(), fact.value)).collect();
            (outcome.verdict, facts.join(" "))
        };
        let key = fill("{supabase-key:abcdefghijklmnopqrst}", 1).unwrap();
        let near = format!("https://abcdefghijklmnopqrst.supabase.co {key}");
        assert_eq!(
            facts("supabase-key", &key, &near),
            (Verdict::Holds, "project=abcdefghijklmnopqrst".to_owned())
        );
        let other = format!("https://abcdefghijklmnopqrsz.supabase.co {key}");
        assert_eq!(facts("supabase-key", &key, &other), (Verdict::Unknown, String::new()));
        let pair = fill("{vapid-pair}", 1).unwrap();
        let private = pair.split(' ').nth(1).unwrap();
        assert_eq!(facts("vapid-key", private, &pair), (Verdict::Holds, "key=EC P-256".to_owned()));
        let sas = "sv=2022-11-02&sp=rw&sr=c&se=2023-01-01T00:00:00Z&sig=x";
        let signature = fill("{base64:42}A%3D", 1).unwrap();
        let told = (Verdict::Unknown, "expires=2023-01-01T00:00:00Z rights=rw".to_owned());
        assert_eq!(facts("azure-sas", &signature, sas), told);
        let url = "https://b/k?X-Amz-Credential=ASIAY34FZKBO_MUTVV7A%2F20240101&X-Amz-Date=20240101T000000Z&X-Amz-Expires=900";
        let told = (Verdict::Unknown, "account=609629065308 expires=2024-01-01T00:15:00Z".to_owned());
        assert_eq!(facts("aws-presigned", "", &url.replace('_', "K")), told);
        let url =
            "https://storage/o?X-Goog-Credential=sa%40p.iam&X-Goog-Date=20260101T000000Z&X-Goog-Expires=3600";
        let told = (Verdict::Unknown, "expires=2026-01-01T01:00:00Z account=sa".to_owned());
        assert_eq!(facts("signed-url", "", url), told);
        let policy = fill(
            "{base64-of:{{\"Statement\":[{{\"Condition\":{{\"DateLessThan\":{{\"AWS:EpochTime\":1767225600}}}]}}",
            0,
        );
        let policy = policy.unwrap().replace('+', "-").replace('=', "_").replace('/', "~");
        let url = format!("https://d/a?Policy={policy}&Signature=x&Key-Pair-Id=K");
        assert_eq!(
            facts("signed-url", "", &url),
            (Verdict::Unknown, "expires=2026-01-01T00:00:00Z".to_owned())
        );
        // IEEE 802.11, annex J.4.2: the first vector, in pieces.
        let psk = ["f42c6fc52df0ebef9ebb4b90b38a5f90", "2e83fe1b135a70e23aed762e9710a12e"].concat();
        let beside = format!("ssid=\"IEEE\"\n\t#psk=\"password\"\n\tpsk={psk}");
        assert_eq!(facts("wpa-psk", &psk, &beside), (Verdict::Holds, "passphrase=beside it".to_owned()));
        assert_eq!(facts("wpa-psk", &psk, &beside.replace("IEEE", "EEEE")).0, Verdict::Unknown);
        let keyset = "\"keyMaterialType\":\"ASYMMETRIC_PRIVATE\"";
        assert_eq!(facts("tink-keyset", "QUJD", keyset), (Verdict::Unknown, "key=private".to_owned()));
        let user = "ci-at-123456789012:x";
        assert_eq!(facts("aws-codecommit", "x", user), (Verdict::Unknown, "account=123456789012".to_owned()));
    }

    #[test]
    fn a_web_token_under_a_word_that_everyone_knows_is_told() {
        use hmac::{Hmac, KeyInit, Mac};
        let head =
            fill("{base64url-of:{{\"alg\":\"HS256\"}}.{base64url-of:{{\"sub\":\"a\",\"role\":\"admin\"}}", 0)
                .unwrap();
        let signed = |key: &[u8]| {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
            mac.update(head.as_bytes());
            format!("{head}.{}", data_encoding::BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
        };
        let told =
            |key: &[u8]| run("jwt", &signed(key)).facts.iter().any(|fact| fact.kind == FactKind::SignedWith);
        assert!(told(b"secret") && !told(b"a secret that nobody knows"));
    }

    #[test]
    fn both_halves_of_a_key_must_belong_together() {
        for template in ["{pem:ec}", "{pem:dsa}", "{openssh:ed25519}", "{pem:rsa}"] {
            let text = fill(template, 2).unwrap();
            // A character in the second half of the body: of the public half in all but the DSA key.
            let at = text.len() * 3 / 5;
            let at = (at..).find(|&at| text.as_bytes()[at].is_ascii_alphanumeric()).unwrap();
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_ne!(run("private-key", &changed).verdict, Verdict::Holds, "{template}");
        }
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
