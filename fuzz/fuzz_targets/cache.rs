//! Sections of a cache, from any bytes; `incremental::fuzz_bodies` says what must be true.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keydredge::cache_bodies::cache(data));
