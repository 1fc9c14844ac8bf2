//! Private keys whose certificate is among what was read: what reports say of them, and `--verify`, which needs nobody for it.

use crate::harness::{Outcome, Repo};
use crate::verify_logins::{HOST, Server};
use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConnection;
use serde_json::Value;

/// A key, and its certificate by an authority that is made for it: the key, the certificate, and the authority's own.
fn issued(names: &[&str], end: i32) -> (String, String, String) {
    let (key, authority) =
        (KeyPair::generate().expect("ring makes it"), KeyPair::generate().expect("ring makes it"));
    let mut own = CertificateParams::new(Vec::new()).expect("no name is wrong");
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    own.distinguished_name.push(rcgen::DnType::CommonName, "Acme Root");
    let root = own.self_signed(&authority).expect("it can be made").pem();
    let issuer = Issuer::new(own, authority);
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut parameters = CertificateParams::new(names).expect("the names are some");
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(end, 2, 3);
    let certificate = parameters.signed_by(&key, &issuer).expect("it can be made").pem();
    (key.serialize_pem(), certificate, root)
}

#[track_caller]
fn only(outcome: &Outcome) -> Value {
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0].clone()
}

#[track_caller]
fn fact<'f>(finding: &'f Value, name: &str) -> &'f str {
    finding["checks"][0]["facts"][name].as_str().unwrap_or_else(|| panic!("no {name}: {finding}"))
}

#[test]
fn a_key_says_whose_certificate_has_its_public_half_and_until_when() {
    let (key, certificate, root) = issued(&["shop.acme.example", "*.acme.example"], 2041);
    let (_, other, _) = issued(&["other.example"], 2041);
    let secret = format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.crt: {}\n  tls.key: {}\n",
        BASE64.encode(certificate.as_bytes()),
        BASE64.encode(key.as_bytes()),
    );
    for (files, place) in [
        (
            vec![("deploy/tls.key", &key), ("deploy/tls.crt", &certificate), ("other.crt", &other)],
            "deploy/tls.crt",
        ),
        (vec![("server.pem", &format!("{root}{certificate}{key}"))], "server.pem"),
        (vec![("secret.yaml", &secret)], "secret.yaml"),
    ] {
        let repo = Repo::new();
        for (path, text) in &files {
            repo.write(path, text.as_str());
        }
        repo.commit("All of it");
        for command in [&["scan"][..], &["history", "--no-cache"]] {
            let finding = only(&repo.run(&[command, &["--format", "json"]].concat()).exits(1));
            let whose = fact(&finding, "certificate");
            assert_eq!(whose, format!("shop.acme.example, *.acme.example in {place}"), "{command:?}");
            assert_eq!(fact(&finding, "expires"), "2041-02-03T00:00:00Z");
            assert!(fact(&finding, "issuer").contains("Acme Root"), "{finding}");
        }
    }
    let repo = Repo::new();
    repo.write("tls.key", key.as_str()).write("tls.crt", other.as_str());
    let finding = only(&repo.run(&["scan", "--format", "json"]).exits(1));
    assert!(finding["checks"][0]["facts"]["certificate"].is_null(), "it is another key's: {finding}");
}

#[test]
fn an_own_issuer_and_an_end_that_has_come_are_said() {
    let key = KeyPair::generate().expect("ring makes it");
    let mut parameters =
        CertificateParams::new(vec!["old.acme.example".to_owned()]).expect("the name is one");
    parameters.not_after = date_time_ymd(2021, 5, 6);
    let certificate = parameters.self_signed(&key).expect("it can be made");
    let repo = Repo::new();
    repo.write("old.key", key.serialize_pem()).write("old.der", certificate.der());
    let finding = only(&repo.run(&["scan", "--format", "json"]).exits(1));
    assert_eq!(fact(&finding, "issuer"), "itself");
    assert_eq!(fact(&finding, "expires"), "2021-05-06T00:00:00Z, which is over");
    let verified = repo.run(&["scan", "--format", "json", "--verify"]).exits(1);
    let verification = &only(&verified)["verification"];
    assert_eq!(verification["state"], "unknown", "{verification}");
}

#[test]
fn a_certificate_that_is_trusted_and_valid_makes_its_key_live_without_a_request() {
    for (end, names, trusted, state, words) in [
        (2041, "shop.acme.example", true, "live", "is trusted, and valid until 2041-02-03"),
        (2041, "*.acme.example", true, "live", "is trusted"),
        (
            2041,
            "shop.acme.example",
            false,
            "unknown",
            "not trusted here; --allow-host shop.acme.example asks",
        ),
        (2024, "shop.acme.example", true, "unknown", "ended at 2024-02-03"),
    ] {
        let (key, certificate, root) = issued(&[names], end);
        let (_, _, another) = issued(&[names], end);
        let (repo, outside) = (Repo::new(), tempfile::tempdir().expect("a folder can be made"));
        repo.write("tls.key", key.as_str()).write("tls.crt", certificate.as_str());
        let ca = outside.path().join("ca.pem");
        std::fs::write(&ca, if trusted { root } else { another }).expect("a file can be written");
        let ca = ca.to_str().expect("a temporary path is UTF-8");
        let outcome = repo.run(&["scan", "--format", "json", "--verify", "--ca-file", ca]).exits(1);
        let verification = &only(&outcome)["verification"];
        assert_eq!(verification["state"], state, "{verification}");
        assert!(verification["reason"].as_str().is_some_and(|why| why.contains(words)), "{verification}");
        assert!(outcome.stdout.contains("0 requests sent"), "{}", outcome.stdout);
    }
}

#[test]
fn a_server_that_is_allowed_is_asked_for_its_certificate() {
    // The server's own key and certificate are those of its test; the key that is found is another, or that one.
    let server = Server::serving(|stream, config, _| {
        let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
        let mut stream = rustls::StreamOwned::new(connection, stream);
        std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ())
    });
    let (key, certificate, _) = issued(&[HOST], 2041);
    for (key, certificate, state, words) in [
        (server.key(), server.certificate(), "live", "shows a certificate with its public half"),
        (key, certificate, "unknown", "shows a certificate of another key"),
    ] {
        let repo = Repo::new();
        repo.write("tls.key", key.as_str()).write("tls.crt", certificate.as_str());
        let outcome = server.ask(&repo, &["--allow-host", HOST, "--allow-private-hosts"]).exits(1);
        let verification = &only(&outcome)["verification"];
        assert_eq!(verification["state"], state, "{verification}");
        assert!(verification["reason"].as_str().is_some_and(|why| why.contains(words)), "{verification}");
        let plan = repo.run(&["scan", "--verify=plan", "--allow-host", HOST]);
        assert!(plan.stdout.contains("TLS to db.acme.example:443 for its certificate"), "{}", plan.stdout);
    }
}
