//! A layer of an image, or the file of one, from any bytes; `container::fuzz_bodies` says what must be true.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keydredge::container::fuzz_bodies::layer(data));
