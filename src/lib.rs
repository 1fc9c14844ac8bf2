//! Keydredge: a scanner for secrets (keys, tokens, passwords, private keys, connection strings) that is
//! used as a hook, as a check of a pull request, and as an audit of a whole history.
//!
//! It never says "clean" when it has not looked: every run counts what was in scope, what was scanned
//! and what was not, and something unread is a different exit code.
//!
//! # The way of the data
//!
//! ```text
//!  argv, config                                          rules/*.toml
//!      |                                                      | build time: parsed, checked, packed
//!   cli -> commands -> each stage's Options                   v
//!      |                                   rules::Catalogue -> scan::Scanner (shared, immutable)
//!      v                                                      |
//!  +- source (owns the threads) -------------------+          |
//!  | files  stdin  staged  diff  history           |          |
//!  +----+----------------------------+-------------+          |
//!       | Blob, or Blob + changes    | Unread / Excluded      |
//!       v                            |                        v
//!  +- per thread --------------------|------------------------------------+
//!  | prefilter > window regex / assignment parser > entropy > offline     |
//!  | check > Candidate          (bytes only: knows no path, does no I/O)  |
//!  +---------------------------------|-----------------------+------------+
//!                                    v                       v
//!                findings:  settle overlap  >  triage  >  judge in context
//!                           >  dedupe by secret  >  suppress
//!                provenance (history): which commit introduced, which removed, which refs contain it
//!                incremental (history): what a second run may skip
//!                                    |
//!                         report: (findings, coverage) -> text json jsonl sarif
//!                                    |
//!                         exit code
//! ```
//!
//! Data goes one way. The stages ([`source`], [`scan`], `provenance`, [`findings`], [`report`]) never import each other;
//! [`model`] is the plain data they hand on, and [`commands`] is the one place that knows them all. Below them, [`git`]
//! reads git's formats and knows no secret; [`cache`] keeps sealed bytes from run to run and knows no meaning of them.
//! Above them, `incremental` says what a second run over a history may skip; no stage knows it. `tests/house/` holds
//! this.
//!
//! # Words
//!
//! A **blob** is bytes, named by git's object id: the unit of work. A **source** yields blobs. A **rule**
//! says what a secret looks like; all rules are the **catalogue**. A **candidate** is a rule that held at
//! one span of one blob. A **finding** is a distinct secret worth reporting, an **occurrence** one place
//! where it is, its **fingerprint** its name from run to run. A **check** tests a secret's form
//! offline. **Coverage** is what was in scope, scanned, excluded by policy, and unread.
//!
//! # Locality, and how a history is scanned
//!
//! A rule has *literals* and a *reach*: how far before and after a literal a match may extend. Whether it
//! holds at a literal depends on nothing outside that window (but for the blob's length and its first
//! 8 KiB, which say whether it is text). So a filter over all bytes looks for all literals at once, and a
//! regex runs only on the small window around one that was seen. It also means that bytes far away cannot
//! change a result, and that is what makes a history cheap.
//!
//! A git pack stores most blobs as *deltas*: "copy these ranges of that other blob, insert these bytes".
//! A repository of a few hundred megabytes unfolds to many gigabytes of versions that differ in a line or
//! two. Keydredge walks from each blob that is stored whole to the blobs that are made from it, and on to
//! those made from them, with the bytes of each at hand just as long as something is still made from it.
//! A whole blob is scanned whole, and what was found (the literals seen, and the candidates at them) is
//! kept. For a blob made by a delta, what is in a copied range is carried over by adding an offset;
//! the filter runs over the inserted bytes and over the seams, widened by the length of the longest
//! literal; and a literal is looked at again only where its window touches something that is new. The
//! result is the same as a scan of every version from end to end, and a test holds that it is.
//!
//! Then it is known which blobs matter, and a second pass asks where they stood. A *tree* is a folder: names,
//! and the ids of blobs and further trees. Trees are stored as deltas too, so of each only what it changes is
//! kept: which entries came or went that lead to a secret. (What a changed entry names and the store lacks is
//! noted as unread.) Two trees that lead to the same secrets at the same paths get the same number; a commit
//! whose root has its parent's number changed no secret, and nearly all commits end there. For the others the
//! trees of the commit and of all its parents are walked side by side, down to where the numbers differ: that
//! is where a secret came or went. From these changes, and from the order of commits, follow the commit that
//! introduced it, the one that removed it, and the refs that still hold it.
//!
//! What came of it all may be kept ([`cache`]), sealed with a key of the user's, so that the next run reads
//! only the objects that have come since, or looks only for the rules that have changed. `src/source/history/mod.rs`,
//! `src/provenance/mod.rs` and `src/incremental/mod.rs` are where to read on.

pub mod atomic_file;
pub mod cache;
mod checks;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
pub mod error;
pub mod findings;
pub mod git;
pub mod gitignore;
pub mod hook;
mod incremental;
pub mod model;
pub mod out_of_memory;
mod provenance;
pub mod record;
mod regular_file;
pub mod report;
pub mod rules;
pub mod scan;
pub mod sheet;
pub mod source;
mod sync;
pub mod update_lock;
