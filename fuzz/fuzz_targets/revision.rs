//! Revisions, from any bytes; `git::fuzz_bodies` says what must be true.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keydredge::git::fuzz_bodies::revision(data));
