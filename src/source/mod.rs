//! Where blobs come from: files, standard input, the index, a diff, a whole history.

pub mod history;
