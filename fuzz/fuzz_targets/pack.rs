//! The pack reader over packs that arbitrary bytes describe; `forge::interpret` tells how.

#![no_main]

extern crate keydredge;

#[allow(dead_code, reason = "the reader's own tests use more of it")]
#[path = "../../src/source/history/pack/forge.rs"]
mod forge;
#[path = "../../src/source/history/pack/trial.rs"]
mod trial;

libfuzzer_sys::fuzz_target!(|data: &[u8]| trial::pack(data));
