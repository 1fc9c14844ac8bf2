//! The engine against brute force: each literal at each position, window, regex.
//!
//! Only the catalogue is shared with the engine: literals are found by comparing bytes, encodings are made
//! by `data-encoding`, windows are cut by hand. The tests marked as ignored do the same over the files of
//! the directory that `KEYDREDGE_ORACLE_DIR` names.

mod brute;
mod catalogue;
mod derived;
mod escapes;
mod noise;
mod real;
mod whole;
