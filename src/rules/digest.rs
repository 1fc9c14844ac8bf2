//! Digests of rules: the keys of a cache, so that it notices a changed rule.

use super::{Catalogue, Rule};
use blake2::{Blake2s256, Digest};

impl Rule {
    /// A digest of all that decides what this rule finds and how it is reported. Its examples and its origin
    /// do not count.
    pub fn digest(&self) -> [u8; 32] {
        let packed = postcard::to_stdvec(self).expect("a vector takes any rule");
        Blake2s256::digest(packed).into()
    }
}

impl Catalogue {
    /// A digest of the rules, for this version of the program.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Blake2s256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        for rule in &self.rules {
            hash.update(rule.digest());
        }
        hash.finalize().into()
    }
}
