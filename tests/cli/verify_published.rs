//! `--verify` of keys whose public half is published: nothing of the secret is sent, and what is absent is dead only if all keys of
//! its account are published.

#![expect(clippy::print_stderr, reason = "says that openssl is not here to make an RSA key")]

use crate::harness::{Outcome, Repo, fake};
use crate::providers::{Providers, Reply};
use data_encoding::BASE64;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData};
use serde_json::{Value, json};
use std::process::Command;

fn ask(repo: &Repo, providers: &Providers, more: &[&str]) -> Outcome {
    let mut flags: Vec<String> = ["scan", "--format", "json"].map(str::to_owned).to_vec();
    flags.extend(providers.flags());
    flags.extend(more.iter().map(|one| (*one).to_owned()));
    repo.run(&flags.iter().map(String::as_str).collect::<Vec<_>>()).exits(1)
}

/// What is said of the only finding.
#[track_caller]
fn told(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0]["verification"].clone()
}

/// A public key as a forge publishes it.
fn line(kind: &str, parts: &[&[u8]]) -> String {
    let length = |part: &[u8]| u32::try_from(part.len()).expect("keys are short").to_be_bytes();
    let blob: Vec<u8> = parts.iter().flat_map(|part| [&length(part)[..], part].concat()).collect();
    format!("{kind} {}\n", BASE64.encode(&blob))
}

/// Private keys in PEM, each with the line that a forge publishes.
fn keys(seed: u64) -> Vec<(String, String)> {
    let openssh = fake("{openssh:ed25519}", seed);
    let body: String = openssh.lines().filter(|line| !line.starts_with('-')).collect();
    let bytes = BASE64.decode(body.as_bytes()).expect("it is base64");
    let at = memchr::memmem::find(&bytes, b"ssh-ed25519").expect("it is of that kind");
    let own = line("ssh-ed25519", &[b"ssh-ed25519", &bytes[at + 15..at + 47]]);
    let made = |algorithm| KeyPair::generate_for(algorithm).expect("a key can be made");
    let (edwards, elliptic) = (made(&PKCS_ED25519), made(&PKCS_ECDSA_P256_SHA256));
    let name = "ecdsa-sha2-nistp256";
    vec![
        (openssh, own),
        (edwards.serialize_pem(), line("ssh-ed25519", &[b"ssh-ed25519", edwards.der_bytes()])),
        (elliptic.serialize_pem(), line(name, &[name.as_bytes(), b"nistp256", elliptic.der_bytes()])),
    ]
}

#[test]
fn a_key_of_a_user_of_a_forge_is_live_and_never_dead() {
    let owner = ["--key-owner", "github.com/ada"];
    let all: String = keys(6).iter().map(|(_, line)| line.clone()).collect();
    for (key, line) in keys(5) {
        let repo = Repo::new();
        repo.write("deploy_key", &key);
        let plain = |status, body: String| {
            Reply::Answer(status, "content-type: text/plain\r\n".to_owned(), body.into_bytes())
        };
        let table = [
            (plain(200, format!("{all}{line}")), "live", "publishes its public half"),
            (plain(200, all.clone()), "unknown", "publishes 3 keys of this user, and not its public half"),
            (plain(200, String::new()), "unknown", "publishes 0 keys"),
            (plain(404, "Not Found".to_owned()), "unknown", "404"),
            (plain(200, "Sign in to go on".to_owned()), "unknown", "no list of keys"),
            (Reply::page(200), "unknown", "no list of keys"),
            (Reply::Close, "unknown", "no connection"),
        ];
        for (reply, state, words) in table {
            let providers = Providers::new(["github.com"], move |_| reply.clone());
            let verification = told(&ask(&repo, &providers, &owner));
            assert_eq!(verification["state"], state, "{verification}");
            assert!(verification["reason"].as_str().is_some_and(|why| why.contains(words)), "{verification}");
            let asked = providers.asked();
            assert!(asked.len() == 1 && asked[0].line == "GET /ada.keys", "{asked:?}");
            let lines = key.lines().filter(|line| !line.starts_with('-') && line.len() > 8);
            assert!(!lines.into_iter().any(|line| asked[0].whole.contains(line)), "{asked:?}");
        }
        // Nobody is asked about a key whose owner is not named.
        let providers = Providers::new(["github.com"], |_| Reply::Close);
        assert_eq!(told(&ask(&repo, &providers, &[]))["recipe"], Value::Null);
        assert!(providers.asked().is_empty());
    }
}

/// What `openssl` prints; none if it is not here.
fn openssl(folder: &Repo, arguments: &[&str]) -> Option<String> {
    let output = Command::new("openssl").args(arguments).current_dir(folder.path()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).expect("it is PEM"))
}

#[test]
fn a_key_that_google_publishes_is_live_and_one_that_is_missing_is_dead() {
    let made = |name: &str| {
        let folder = Repo::plain();
        let key = openssl(&folder, &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])?;
        folder.write("key.pem", &key);
        let subject = format!("/CN={name}");
        Some((key, openssl(&folder, &["req", "-x509", "-key", "key.pem", "-subj", &subject, "-days", "2"])?))
    };
    let (Some((key, certificate)), Some((_, other))) = (made("one"), made("other")) else {
        eprintln!("openssl is not here, so no key of a service account is looked up");
        return;
    };
    let (id, email) = (fake("{hex:40}", 8), "deploy@shop-prod.iam.gserviceaccount.com");
    let repo = Repo::new();
    let text = format!(
        "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"shop-prod\",\n  \"private_key_id\": \"{id}\",\n  \"private_key\": {},\n  \"client_email\": \"{email}\"\n}}\n",
        json!(key)
    );
    repo.write("account.json", text);
    let table = [
        (Reply::json(200, json!({ "aa": other, &id: certificate })), "live", "publishes its public half"),
        (Reply::json(200, json!({ "aa": other })), "dead", "publishes the 1 key of its account"),
        (Reply::json(200, json!({ &id: other })), "unknown", "another key under its id"),
        (Reply::json(200, json!({})), "unknown", "no list of keys"),
        (Reply::json(200, json!({ "error": { "code": 404 } })), "unknown", "no list of keys"),
        (Reply::json(404, json!({ "error": { "code": 404 } })), "unknown", "404"),
        (Reply::page(200), "unknown", "no list of keys"),
    ];
    for (reply, state, words) in table {
        let providers = Providers::new(["www.googleapis.com"], move |_| reply.clone());
        let verification = told(&ask(&repo, &providers, &[]));
        assert_eq!(verification["state"], state, "{verification}");
        assert!(verification["reason"].as_str().is_some_and(|why| why.contains(words)), "{verification}");
        if state == "live" {
            assert_eq!(verification["identity"], json!({ "account": email, "key": id }));
        }
        let asked = providers.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].line, format!("GET /service_accounts/v1/metadata/x509/{email}"));
        let lines = key.lines().filter(|line| !line.starts_with('-'));
        assert!(!lines.into_iter().any(|line| asked[0].whole.contains(line)), "{asked:?}");
    }
}
