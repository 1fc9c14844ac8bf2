//! A worker's share of a list, and where engines that start many workers say which share it is.
//!
//! # Design
//!
//! The largest repository goes first, each to the shard that has the least so far: the same for every worker, whatever
//! order the list has. (No shard then has more than 4/3 of the least possible.)

use super::{Error, ListEntry};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A share of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which one, from 0.
    pub(crate) index: u64,
    /// Of how many.
    pub(crate) count: u64,
}

/// An engine's variables.
struct Engine {
    /// The worker's number.
    index: &'static str,
    /// Its first number: a fixed one, or a variable of the engine's.
    first: Result<u64, &'static str>,
    /// From one number to the next, if the engine says so.
    step: Option<&'static str>,
    /// How many workers.
    count: Option<&'static str>,
}

const fn engine(index: &'static str, first: u64, count: Option<&'static str>) -> Engine {
    Engine { index, first: Ok(first), step: None, count }
}

/// The engines: Kubernetes (an Indexed Job does not say how many), Slurm, AWS Batch, Google Cloud Run, Buildkite, GitLab and
/// CircleCI.
const ENGINES: [Engine; 7] = [
    engine("JOB_COMPLETION_INDEX", 0, None),
    Engine {
        index: "SLURM_ARRAY_TASK_ID",
        first: Err("SLURM_ARRAY_TASK_MIN"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        count: Some("SLURM_ARRAY_TASK_COUNT"),
    },
    engine("AWS_BATCH_JOB_ARRAY_INDEX", 0, Some("AWS_BATCH_JOB_ARRAY_SIZE")),
    engine("CLOUD_RUN_TASK_INDEX", 0, Some("CLOUD_RUN_TASK_COUNT")),
    engine("BUILDKITE_PARALLEL_JOB", 0, Some("BUILDKITE_PARALLEL_JOB_COUNT")),
    engine("CI_NODE_INDEX", 1, Some("CI_NODE_TOTAL")),
    engine("CIRCLE_NODE_INDEX", 0, Some("CIRCLE_NODE_TOTAL")),
];

impl Shard {
    /// The whole list.
    pub(crate) const WHOLE: Self = Self { index: 0, count: 1 };

    /// The share that `text` names: `I/N` from 1, or `/N` with the number of the engine that started this worker; without
    /// a text that of the engine, or all.
    ///
    /// # Errors
    /// [`Error::Shard`]: a worker that does not know its share must not take another's.
    pub(crate) fn resolve(
        text: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let wrong = |what: String| Error::Shard { what };
        let Some(text) = text else {
            let Some(ArrayTask { engine, index, count }) = found(variable)? else { return Ok(Self::WHOLE) };
            let count = count.ok_or_else(|| {
                wrong(format!(
                    "{} says which worker this is, and not of how many: say --shard /N with their number",
                    engine.index
                ))
            })?;
            return Self::of(index, count).map_err(wrong);
        };
        let (index, count) = text
            .split_once('/')
            .and_then(|(index, count)| Some((index, count.parse::<u64>().ok()?)))
            .ok_or_else(|| {
                wrong(format!(
                    "`{text}` is no shard; write 3/8 for the third of eight, or /8 in an array job"
                ))
            })?;
        if !index.is_empty() {
            let index = index.parse::<u64>().ok().and_then(|index| index.checked_sub(1));
            let index = index.ok_or_else(|| wrong(format!("`{text}`: shards are numbered from 1")))?;
            return Self::of(index, count).map_err(wrong);
        }
        let Some(ArrayTask { engine, index, count: known }) = found(variable)? else {
            let names: Vec<&str> = ENGINES.iter().map(|engine| engine.index).collect();
            return Err(wrong(format!(
                "`{text}` asks an array job which worker this is, and none of these is set: {}",
                names.join(", ")
            )));
        };
        if known.is_some_and(|known| known != count) {
            let variable = engine.count.unwrap_or_default();
            return Err(wrong(format!("`{text}` and {variable} name different numbers of workers")));
        }
        Self::of(index, count).map_err(wrong)
    }

    fn of(index: u64, count: u64) -> Result<Self, String> {
        if index < count {
            Ok(Self { index, count })
        } else {
            Err(format!("there is no worker {} of {count}", index.saturating_add(1)))
        }
    }

    /// The repositories of this share, the largest first. One whose size is not known counts as much as the median.
    pub(crate) fn share<'l>(&self, entries: &'l [ListEntry]) -> Vec<&'l ListEntry> {
        let mut known: Vec<u64> = entries.iter().filter_map(|entry| entry.size).collect();
        known.sort_unstable();
        let usual = known.get(known.len() / 2).copied().unwrap_or(1).max(1);
        let mut sorted: Vec<(u64, &ListEntry)> =
            entries.iter().map(|entry| (entry.size.map_or(usual, |size| size.max(1)), entry)).collect();
        sorted.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.name.cmp(&other.1.name)));
        // More shards than repositories stay empty.
        let mut shards: BinaryHeap<Reverse<(u128, u64)>> =
            (0..self.count.min(sorted.len() as u64)).map(|index| Reverse((0, index))).collect();
        let mut share = Vec::new();
        for (size, entry) in sorted {
            let Some(Reverse((load, index))) = shards.pop() else { break };
            if index == self.index {
                share.push(entry);
            }
            shards.push(Reverse((load + u128::from(size), index)));
        }
        share
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.index + 1, self.count)
    }
}

/// What an engine says.
struct ArrayTask {
    engine: &'static Engine,
    /// The worker's number, from 0.
    index: u64,
    /// How many there are.
    count: Option<u64>,
}

/// What the engine says whose variables are set.
fn found(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<ArrayTask>, Error> {
    let number = |name: &str| -> Result<Option<u64>, Error> {
        let Some(text) = variable(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let number = text.parse().map_err(|_| Error::Shard { what: format!("{name} is no number") })?;
        Ok(Some(number))
    };
    for engine in &ENGINES {
        let Some(index) = number(engine.index)? else { continue };
        let first = match engine.first {
            Ok(first) => first,
            Err(name) => number(name)?.unwrap_or(0),
        };
        let step = engine.step.map(number).transpose()?.flatten().unwrap_or(1).max(1);
        let count = engine.count.map(number).transpose()?.flatten();
        let steps = index.checked_sub(first).filter(|steps| steps % step == 0);
        let index = steps.map(|steps| steps / step);
        let index =
            index.ok_or_else(|| Error::Shard { what: format!("{} is no worker's number", engine.index) })?;
        return Ok(Some(ArrayTask { engine, index, count }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn resolved(text: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Shard::resolve(text, &variable).ok().map(|shard| shard.to_string())
    }

    #[test]
    fn a_share_is_named_or_the_engine_s() {
        type Case = (Option<&'static str>, &'static [(&'static str, &'static str)], Option<&'static str>);
        let table: &[Case] = &[
            (None, &[], Some("1/1")),
            (Some("3/8"), &[("CI_NODE_INDEX", "1")], Some("3/8")),
            (Some("0/8"), &[], None),
            (Some("9/8"), &[], None),
            (Some("8"), &[], None),
            (Some("/8"), &[], None),
            (Some("/8"), &[("JOB_COMPLETION_INDEX", "7")], Some("8/8")),
            (Some("/8"), &[("JOB_COMPLETION_INDEX", "8")], None),
            (None, &[("JOB_COMPLETION_INDEX", "0")], None),
            (
                None,
                &[
                    ("SLURM_ARRAY_TASK_ID", "5"),
                    ("SLURM_ARRAY_TASK_COUNT", "3"),
                    ("SLURM_ARRAY_TASK_MIN", "1"),
                    ("SLURM_ARRAY_TASK_STEP", "2"),
                ],
                Some("3/3"),
            ),
            (None, &[("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_ARRAY_TASK_COUNT", "4")], Some("1/4")),
            (Some("/5"), &[("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_ARRAY_TASK_COUNT", "4")], None),
            (None, &[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")], Some("2/2")),
            (None, &[("CIRCLE_NODE_INDEX", "x"), ("CIRCLE_NODE_TOTAL", "2")], None),
        ];
        for (text, variables, wanted) in table {
            assert_eq!(resolved(*text, variables).as_deref(), *wanted, "{text:?} {variables:?}");
        }
    }

    #[test]
    fn each_repository_is_in_one_share_and_shares_are_about_equal() {
        let entry = |at: u64| {
            let size = (!at.is_multiple_of(3)).then_some((at * 7919) % 1000 + 1);
            ListEntry::parse(&format!("/r/{at}"), size).expect("it is one")
        };
        let entries: Vec<ListEntry> = (0..500).map(entry).collect();
        let mut turned = entries.clone();
        turned.reverse();
        for count in [1, 4, 7, 600] {
            let mut seen = BTreeSet::new();
            let mut loads = Vec::new();
            for index in 0..count {
                let shard = Shard { index, count };
                let share = shard.share(&entries);
                assert_eq!(share, shard.share(&turned));
                loads.push(share.iter().map(|entry| entry.size.unwrap_or(500)).sum::<u64>());
                seen.extend(share.iter().map(|entry| entry.name.clone()));
            }
            assert_eq!(seen.len(), 500);
            if count < 10 {
                let (least, most) = (loads.iter().min(), loads.iter().max());
                assert!(least.zip(most).is_some_and(|(least, most)| most - least < 1000), "{loads:?}");
            }
        }
        assert!(Shard { index: 550, count: 600 }.share(&entries).is_empty());
    }
}
