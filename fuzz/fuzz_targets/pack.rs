//! The pack reader over packs that arbitrary bytes describe; `pack_builder::interpret` documents how.

#![no_main]

extern crate keydredge;

#[allow(dead_code, reason = "the reader's own tests use more of it")]
#[path = "../../src/git/odb/pack/pack_builder.rs"]
mod pack_builder;
#[path = "../../src/git/odb/pack/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_bodies::pack(data));
