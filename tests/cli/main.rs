//! The whole program, run as its users run it: exit codes, reports, and what they must never contain.

mod agent;
mod cache;
mod ci;
mod config;
mod configuration;
mod containers;
mod cuts;
#[cfg(unix)]
mod damage;
mod diff;
mod disguise;
mod formats;
mod gate;
mod gitleaks;
mod gitleaks_command;
mod gitleaks_config;
mod global_hooks;
mod harness;
mod history;
mod history_names;
mod hook;
#[cfg(unix)]
mod hostile;
mod identity;
mod integrations;
mod leaks;
mod limits;
mod names;
mod other_tools;
mod policy;
mod providers;
mod push;
mod redact;
mod reports;
mod rules;
mod saved;
mod scope;
mod snapshots;
mod staged;
mod stdin;
mod suppression;
mod unopened;
mod updates;
mod verify;
mod verify_recipes;
mod writes;
