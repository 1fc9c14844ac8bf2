//! The engine against brute force: each literal at each position, window, regex.
//!
//! Nothing here shares code with the engine save the catalogue: literals are found by comparing, encodings
//! made by `data-encoding`, windows cut by hand. The tests marked as ignored do the same over the files of
//! the directory that `KEYDREDGE_ORACLE_DIR` names.

mod brute;
mod catalogue;
mod derived;
mod escapes;
mod noise;
mod real;
mod whole;
