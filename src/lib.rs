//! Keydredge: a scanner for secrets (keys, tokens, passwords, private keys, connection strings) that is
//! used as a hook, as a check of a pull request, and as an audit of a whole history.
//!
//! It never says "clean" without having looked: every run counts what was in scope, what was scanned
//! and what was not, and anything unread has its own exit code.
//!
//! # Data flow
//!
//! ```text
//!  argv, config                                          rules/*.toml
//!      |                                                      | build time: parsed, checked, packed
//!   cli -> commands -> each stage's Options                   v
//!      |                                   rules::Catalogue -> scan::Scanner (shared, immutable)
//!      v                                                      |
//!  +- source (owns the threads) -------------------+          |
//!  | files  stdin  staged  diff  history  image    |          |
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
//!                verify (only with --verify): asks the provider of each distinct secret
//!                                    |
//!                         report: (findings, coverage) -> text json jsonl sarif
//!                                    |
//!                         exit code
//!
//!  reach, revoke: one finding again > verify: what may it do, or make it useless
//!  explain: the same stages once more over one file, with what stopped each rule
//!  inventory: findings, and what files say of secrets kept elsewhere > rows > text csv jsonl sqlite cyclonedx
//!  plan: findings, rows of an inventory, files as they are > batches > runbook, json, patches
//!  audit (many repositories): a list > a worker's share > clones, receipts > one report of all
//!  redact: a stream > scan > the same stream, with placeholders
//!  agent, ci, hook: what an assistant, a CI or git says when it asks for a scan, and what it takes for an answer
//!  config, gitleaks, import: our settings and other scanners' files > rules, and what covers findings
//! ```
//!
//! Data goes one way. The stages ([`source`], [`scan`], `provenance`, [`findings`], [`verify`], [`report`]) never import each
//! other. [`model`] is the plain data that they pass on, and only [`commands`] knows all of them. Below them, [`shown_path`] is how
//! all print a path, [`git`]
//! reads git's formats and knows no secret, [`container`] opens
//! archives and documents and knows neither; [`known`] recognises a user's own secrets by their hashes and does no I/O;
//! [`cache`] stores sealed bytes from run to run and does not know their meaning. Above them, `incremental` decides what a
//! second run over a history may skip; no stage knows it; `audit` shares out many repositories to workers and merges their
//! reports, and scans nothing itself; `inventory` makes rows of findings and of references to managers of secrets; `plan` makes batches of those rows,
//! with what replaces each secret in its file. `tests/house/` checks all this.
//!
//! # Words
//!
//! A **blob** is bytes, named by git's object id: the unit of work. A **source** produces blobs. A **rule**
//! describes what a secret looks like; all rules are the **catalogue**. A **candidate** is a match of a rule at
//! one span of one blob. A **finding** is a distinct secret worth reporting, an **occurrence** one place
//! where it is, its **fingerprint** its identity from run to run. A **check** tests a secret's form
//! offline. **Coverage** is what was in scope, scanned, excluded by policy, and unread.
//!
//! # Locality, and how a history is scanned
//!
//! A rule has *literals* and a *reach*: how far before and after a literal a match may extend. Whether it
//! matches at a literal depends on nothing outside that window (except the blob's length and its first
//! 8 KiB, which show whether it is text). So a filter over all bytes searches for all literals at once, and a
//! regex runs only on the small window around each one found. Also, bytes far away cannot change a result,
//! and that makes a history cheap.
//!
//! A git pack stores most blobs as *deltas*: "copy these ranges of that other blob, insert these bytes".
//! A repository of a few hundred megabytes unpacks to many gigabytes of versions that differ in a line or
//! two. Keydredge goes from each blob that is stored whole to the blobs that are deltas of it, and on to
//! the deltas of those. The bytes of each blob stay in memory only as long as a delta still needs them.
//! A whole blob is scanned whole, and the result (the literals, and the candidates at them) is
//! kept. For a blob made by a delta, the results in a copied range are carried over by adding an offset;
//! the filter runs over the inserted bytes and over the seams, widened by the length of the longest
//! literal; and a literal is evaluated again only if its window touches something new. The
//! result is the same as a scan of every version from end to end, and a test checks that it is.
//!
//! Then it is known which blobs matter, and a second pass finds where they were. A *tree* is a folder: names,
//! and the ids of blobs and further trees. Trees are stored as deltas too, so for each tree only its changes are
//! kept: which entries were added or removed that lead to a secret. (If the store lacks what a changed entry names,
//! that is recorded as unread.) Two trees that lead to the same secrets at the same paths get the same number; a commit
//! whose root has its parent's number changed no secret, and nearly all commits end there. For the others the
//! trees of the commit and of all its parents are walked side by side, down to where the numbers differ: there
//! a secret was added or removed. These changes and the order of commits give the commit that
//! introduced it, the one that removed it, and the refs that still contain it.
//!
//! The results may be kept ([`cache`]), sealed with a key of the user's, so that the next run reads
//! only the objects that are new, or searches only for the rules that have changed. To read on:
//! `src/source/history/mod.rs`, `src/provenance/mod.rs` and `src/incremental/mod.rs`.

pub mod agent;
pub mod atomic_file;
pub mod audit;
pub mod cache;
mod checks;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
pub mod container;
pub mod error;
pub mod explain;
pub mod findings;
pub mod git;
pub mod gitignore;
pub mod gitleaks;
pub mod hook;
pub mod import;
mod incremental;
pub mod inventory;
pub mod known;
pub mod model;
pub mod out_of_memory;
pub mod plan;
mod process;
mod provenance;
pub mod record;
pub mod redact;
mod regular_file;
pub mod report;
pub mod rules;
pub mod scan;
pub mod sheet;
pub mod shown_path;
pub mod source;
mod sync;
pub mod update_lock;
pub mod verify;

#[cfg(any(test, fuzzing))]
pub use incremental::fuzz_bodies as cache_bodies;
