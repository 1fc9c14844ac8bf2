//! The packed form of the catalogue: what `build.rs` writes and the binary reads at start.
//!
//! Examples, negatives and origins are packed separately, so that a scan does not unpack them.

use super::{Catalogue, Error, Origin, Rule};
use serde::{Deserialize, Serialize};

/// A catalogue in bytes.
#[derive(Debug)]
pub struct Packed {
    /// The rules, without their texts.
    pub rules: Vec<u8>,
    /// Each rule's examples, negatives and origin, in the same order.
    pub texts: Vec<u8>,
}

/// What `rules show`, `test` and `check` need and a scan does not.
#[derive(Serialize, Deserialize)]
struct Texts {
    examples: Vec<String>,
    negatives: Vec<String>,
    origin: Origin,
}

/// Packs a catalogue.
///
/// # Errors
/// If postcard fails, which it does only without memory.
pub fn pack(catalogue: &Catalogue) -> Result<Packed, Error> {
    let texts: Vec<Texts> = catalogue
        .rules
        .iter()
        .map(|rule| Texts {
            examples: rule.examples.clone(),
            negatives: rule.negatives.clone(),
            origin: rule.origin.clone(),
        })
        .collect();
    Ok(Packed { rules: postcard::to_stdvec(catalogue.rules())?, texts: postcard::to_stdvec(&texts)? })
}

/// Reads the rules, without their texts.
///
/// # Errors
/// If another version packed the bytes.
pub fn unpack(rules: &'static [u8]) -> Result<Catalogue, Error> {
    Ok(Catalogue { rules: postcard::from_bytes::<Vec<Rule>>(rules)?, is_embedded: true })
}

/// Adds examples, negatives and origins to an unpacked catalogue.
///
/// # Errors
/// If another version packed the bytes.
pub fn unpack_texts(catalogue: &mut Catalogue, texts: &[u8]) -> Result<(), Error> {
    let texts: Vec<Texts> = postcard::from_bytes(texts)?;
    for (rule, texts) in catalogue.rules.iter_mut().zip(texts) {
        rule.examples = texts.examples;
        rule.negatives = texts.negatives;
        rule.origin = texts.origin;
    }
    Ok(())
}
