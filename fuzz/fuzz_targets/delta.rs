//! The application of a delta, against a plain one.

#![no_main]

extern crate keydredge;

#[allow(dead_code, reason = "the reader's own tests use more of it")]
#[path = "../../src/source/history/pack/forge.rs"]
mod forge;
#[allow(dead_code, reason = "the target `pack` uses the rest")]
#[path = "../../src/source/history/pack/trial.rs"]
mod trial;

libfuzzer_sys::fuzz_target!(|data: &[u8]| trial::delta(data));
