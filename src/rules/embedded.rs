//! The built-in rules and recipes, as `build.rs` packed them.

use super::recipe::{self, AccessRecipes, Recipe};
use super::{Catalogue, pack};

const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));
const TEXTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/texts.bin"));
const RECIPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/recipes.bin"));
const ACCESS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/access.bin"));

impl Recipe {
    /// The built-in recipes, unpacked on each call.
    pub fn embedded() -> Vec<Self> {
        recipe::unpack_recipes(RECIPES).expect("the bytes were packed by this version's build script")
    }
}

impl AccessRecipes {
    /// The built-in ones, unpacked on each call.
    pub fn embedded() -> Self {
        Self::unpack(ACCESS).expect("the bytes were packed by this version's build script")
    }
}

impl Catalogue {
    /// The built-in rules for a scan; their `examples`, `negatives` and `origin` are empty.
    pub fn embedded() -> Self {
        pack::unpack(RULES).expect("the bytes were packed by this version's build script")
    }

    /// The built-in rules with their examples, negatives and origins.
    pub fn embedded_in_full() -> Self {
        let mut catalogue = Self::embedded();
        pack::unpack_texts(&mut catalogue, TEXTS)
            .expect("the bytes were packed by this version's build script");
        catalogue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_are_there_in_order_and_with_texts_when_asked_for() {
        let catalogue = Catalogue::embedded_in_full();
        assert!(!catalogue.rules().is_empty());
        assert!(catalogue.rules().windows(2).all(|pair| pair[0].info.id < pair[1].info.id));
        assert!(catalogue.rules().iter().all(|rule| rule.origin.line > 0 && !rule.examples.is_empty()));
    }
}
