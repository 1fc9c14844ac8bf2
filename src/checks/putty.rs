//! PuTTY's key files (the manual of PuTTY, appendix C, "PPK file format"): the MAC over kind, cipher, comment and both
//! halves. Without a passphrase the MAC's key is a text that everyone knows (version 2) or empty (version 3).

use super::Outcome;
use super::encoded::base64;
use super::network::hmac_sha1;
use crate::model::{Fact, FactKind};
use crate::rules::checksum::sha256;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Whether the MAC agrees. A key with a passphrase fails: as it is, it opens nothing.
pub(super) fn key_file(_secret: &[u8], matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(matched).replace("\\r", "").replace("\\n", "\n");
    let mut file = File::default();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let mut body = |count: &str| -> Option<Vec<u8>> {
            let count: usize = count.parse().ok().filter(|&count| count <= 400)?;
            let all: String = lines.by_ref().take(count).collect();
            base64(all.as_bytes())
        };
        match name {
            "Encryption" => file.cipher = value.to_owned(),
            "Comment" => file.comment = value.to_owned(),
            "Public-Lines" => file.public = body(value).unwrap_or_default(),
            "Private-Lines" => file.private = body(value).unwrap_or_default(),
            "Private-MAC" => file.mac = value.to_ascii_lowercase(),
            _ if name.ends_with("User-Key-File-2") => (file.version, file.kind) = (2, value.to_owned()),
            _ if name.ends_with("User-Key-File-3") => (file.version, file.kind) = (3, value.to_owned()),
            _ => {}
        }
    }
    let encrypted = file.cipher != "none";
    let facts =
        vec![Fact::encrypted(encrypted), Fact { kind: FactKind::Key, value: kind(&file.kind).to_owned() }];
    let verdict = if !encrypted && file.agrees() { super::Verdict::Holds } else { super::Verdict::Fails };
    Outcome { verdict, facts }
}

/// The fields of a file.
#[derive(Default)]
struct File {
    version: u8,
    kind: String,
    cipher: String,
    comment: String,
    public: Vec<u8>,
    private: Vec<u8>,
    mac: String,
}

impl File {
    fn agrees(&self) -> bool {
        let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        let parts = [self.kind.as_bytes(), b"none", self.comment.as_bytes(), &self.public, &self.private];
        let covered: Vec<u8> = parts.iter().flat_map(|part| string(part)).collect();
        let mac = match self.version {
            2 => hmac_sha1(&Sha1::digest(b"putty-private-key-file-mac-key"), &covered),
            3 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(b"").expect("HMAC takes a key of any length");
                mac.update(&covered);
                mac.finalize().into_bytes().to_vec()
            }
            _ => return false,
        };
        !self.private.is_empty() && data_encoding::HEXLOWER.encode(&mac) == self.mac
    }
}

/// A key's kind as people call it.
fn kind(name: &str) -> &'static str {
    match name {
        "ssh-rsa" => "RSA",
        "ssh-dss" => "DSA",
        "ssh-ed25519" => "Ed25519",
        "ecdsa-sha2-nistp256" => "EC P-256",
        "ecdsa-sha2-nistp384" => "EC P-384",
        "ecdsa-sha2-nistp521" => "EC P-521",
        _ => "SSH",
    }
}

/// The name by which OpenSSH identifies a public key: `SHA256:` and base64 of its digest.
pub(super) fn fingerprint(public: &[u8]) -> Fact {
    let value = format!("SHA256:{}", data_encoding::BASE64_NOPAD.encode(&sha256(public)));
    Fact { kind: FactKind::Fingerprint, value }
}
