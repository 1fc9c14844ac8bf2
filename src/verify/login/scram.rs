//! The client's part of SCRAM (RFC 5802, RFC 7677), for a user that the exchange names. (The crate that PostgreSQL's login uses
//! names none, and knows SHA-256 alone.)

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The rounds that a server may ask for. Below, the proof would be cheap to guess from; above, it would only cost time.
const ROUNDS: std::ops::RangeInclusive<u32> = 4096..=100_000;

/// The longest message of a server that is read.
const LONGEST: usize = 4096;

/// Which hash is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScramHash {
    Sha1,
    Sha256,
}

impl ScramHash {
    /// The name of the way to prove.
    pub(super) fn mechanism(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    fn mac(self, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Sha1 => {
                Hmac::<Sha1>::new_from_slice(key).ok()?.chain_update(bytes).finalize().into_bytes().to_vec()
            }
            Self::Sha256 => {
                Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(bytes).finalize().into_bytes().to_vec()
            }
        })
    }

    /// PBKDF2 for one block.
    fn salted(self, password: &[u8], salt: &[u8], rounds: u32) -> Option<Vec<u8>> {
        let mut round = self.mac(password, &[salt, &[0, 0, 0, 1]].concat())?;
        let mut all = round.clone();
        for _ in 1..rounds {
            round = self.mac(password, &round)?;
            all.iter_mut().zip(&round).for_each(|(all, round)| *all ^= round);
        }
        Some(all)
    }
}

/// An exchange that was begun.
pub(super) struct ScramExchange {
    hash: ScramHash,
    /// The client's first message without its head.
    bare: String,
    nonce: String,
}

/// What the server has to answer to the proof.
pub(super) struct ScramProof {
    /// The client's last message.
    pub(super) message: String,
    signature: Vec<u8>,
}

impl ScramExchange {
    /// One for `user`; none if the system gives no random bytes.
    pub(super) fn new(hash: ScramHash, user: &str) -> Option<Self> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).ok()?;
        Some(Self::with(hash, user, BASE64.encode(&random)))
    }

    fn with(hash: ScramHash, user: &str, nonce: String) -> Self {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Self { hash, bare: format!("n={user},r={nonce}"), nonce }
    }

    /// The client's first message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.bare)
    }

    /// The proof that answers the server's first message; none if that is wrong.
    pub(super) fn prove(&self, password: &[u8], server: &[u8]) -> Option<ScramProof> {
        let server = std::str::from_utf8(server).ok().filter(|text| text.len() <= LONGEST)?;
        let mut parts = server.split(',');
        let nonce = parts.next()?.strip_prefix("r=")?;
        let salt = BASE64.decode(parts.next()?.strip_prefix("s=")?.as_bytes()).ok()?;
        let rounds =
            parts.next()?.strip_prefix("i=")?.parse().ok().filter(|rounds| ROUNDS.contains(rounds))?;
        // A server that adds nothing to the number could have recorded it.
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return None;
        }
        let salted = self.hash.salted(password, &salt, rounds)?;
        let unproved = format!("c=biws,r={nonce}");
        let exchange = format!("{},{server},{unproved}", self.bare);
        let client = self.hash.mac(&salted, b"Client Key")?;
        let sign = self.hash.mac(&self.hash.digest(&client), exchange.as_bytes())?;
        let proof: Vec<u8> = client.iter().zip(&sign).map(|(one, other)| one ^ other).collect();
        let signature = self.hash.mac(&self.hash.mac(&salted, b"Server Key")?, exchange.as_bytes())?;
        Some(ScramProof { message: format!("{unproved},p={}", BASE64.encode(&proof)), signature })
    }
}

impl ScramProof {
    /// Whether the server's last message proves that it knows the password.
    pub(super) fn is_answered_by(&self, server: &[u8]) -> bool {
        let signature = server
            .strip_prefix(b"v=")
            .map(|text| text.split(|&byte| byte == b',').next().unwrap_or_default());
        signature.and_then(|text| BASE64.decode(text).ok()).is_some_and(|own| own == self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 5802 (section 5) and RFC 7677 (section 3); their password is in pieces.
    #[test]
    fn the_examples_of_the_standards_hold() {
        let password = ["pen", "cil"].concat();
        for (hash, nonce, server, client, last) in [
            (
                ScramHash::Sha1,
                "fyko+d2lbbFgONRv9qkxdawL",
                "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            ),
            (
                ScramHash::Sha256,
                "rOprNGfwEbeRWgbNEkqO",
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ),
        ] {
            let exchange = ScramExchange::with(hash, "user", nonce.to_owned());
            assert_eq!(exchange.first(), format!("n,,n=user,r={nonce}"));
            let proof = exchange.prove(password.as_bytes(), server.as_bytes()).expect("the message is right");
            assert_eq!(proof.message, client);
            assert!(proof.is_answered_by(last.as_bytes()) && !proof.is_answered_by(b"v="));
            for wrong in [
                server.replace(nonce, "other"),
                server.replace("4096", "1"),
                server.replace("4096", "2000000000"),
                format!("r={nonce},s=QSXCR+Q6sek8bf92,i=4096"),
                "e=other-error".to_owned(),
                String::new(),
            ] {
                assert!(exchange.prove(password.as_bytes(), wrong.as_bytes()).is_none(), "{wrong}");
            }
        }
        assert_eq!(
            ScramExchange::with(ScramHash::Sha1, "a,b=c", "x".to_owned()).first(),
            "n,,n=a=2Cb=3Dc,r=x"
        );
    }
}
