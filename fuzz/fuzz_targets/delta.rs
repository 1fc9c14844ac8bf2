//! The application of a delta, against a plain one.

#![no_main]

extern crate keydredge;

#[allow(dead_code, reason = "the reader's own tests use more of it")]
#[path = "../../src/git/odb/pack/pack_builder.rs"]
mod pack_builder;
#[allow(dead_code, reason = "the target `pack` uses the rest")]
#[path = "../../src/git/odb/pack/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::delta(data));
