//! What is asked: a secret with what is known of it.

use crate::model::{Fact, Secret};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A secret to ask about.
#[derive(Clone, Debug)]
pub struct Question {
    /// The secret.
    pub secret: Secret,
    /// The rules that found it, the best first.
    pub rules: Vec<String>,
    /// Whose credential it is.
    pub provider: Option<String>,
    /// The bytes that every secret of its rule begins with.
    pub prefix: String,
    /// The lines around it, at all of its places.
    pub lines: Vec<Vec<u8>>,
    /// What belongs to it, by the name that its rule gives it: several values if it is another at some places, or may be.
    pub companions: BTreeMap<String, BTreeSet<Option<Vec<u8>>>>,
    /// What its offline check learnt.
    pub facts: Vec<Fact>,
    /// The certificates that have its public half, the one that is valid for longest first.
    pub certificates: Vec<KeyCertificate>,
    /// Other certificates that were read, in DER: those of issuers may be among them.
    pub issuers: Arc<[Vec<u8>]>,
    /// Who laid it out to be alerted when it is used.
    pub canary: Option<String>,
    /// Whether it looks made up.
    pub is_made_up: bool,
}

/// A certificate of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCertificate {
    /// It in DER.
    pub der: Vec<u8>,
    /// The hosts and addresses that it is for.
    pub names: Vec<String>,
    /// Until when it is valid, fit to print.
    pub ends: String,
    /// Whether it is its own issuer.
    pub is_self_signed: bool,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            secret: Secret::new([]),
            rules: Vec::new(),
            provider: None,
            prefix: String::new(),
            lines: Vec::new(),
            companions: BTreeMap::new(),
            facts: Vec::new(),
            certificates: Vec::new(),
            issuers: Arc::default(),
            canary: None,
            is_made_up: false,
        }
    }
}
