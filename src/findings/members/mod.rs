//! Secrets inside containers: each gets the path of the member it is in.
//!
//! # Design
//!
//! A source scans a container's own bytes and then what is in it, so that a secret that is stored as it is may be found
//! twice. The innermost place is the one that says something: `a.tar!b/c.env`, line 3, and not some line of the archive,
//! whose name says nothing of the file. So a place that only contains another one of the same secret is dropped.

use super::{Hit, Side, Sighting};
use crate::model::{ObjectId, Secret};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The outermost place: path, blob, commit, and the side of the change.
type Outer = (Option<Arc<str>>, Option<ObjectId>, Option<ObjectId>, Side);

/// The sightings with a place for each member that something was found in.
pub(super) fn placed(sightings: Vec<Sighting>) -> Vec<Sighting> {
    let is_inside = |hit: &Hit| hit.found.candidate.inside.is_some();
    if !sightings.iter().any(|sighting| sighting.hits.iter().any(is_inside)) {
        return sightings;
    }
    let mut paths: HashMap<(Outer, Secret), Vec<Arc<str>>> = HashMap::new();
    for sighting in &sightings {
        for hit in &sighting.hits {
            if let Some(inside) = &hit.found.candidate.inside {
                let key = (outer(sighting), hit.found.candidate.secret.clone());
                paths.entry(key).or_default().push(Arc::clone(&inside.path));
            }
        }
    }
    // In order, those inside a member are beside each other: an archive may have the same secret a million times.
    paths.values_mut().for_each(|paths| paths.sort_unstable());
    let mut placed = Vec::with_capacity(sightings.len());
    for mut sighting in sightings {
        let outer = outer(&sighting);
        let is_innermost = |hit: &Hit| {
            let candidate = &hit.found.candidate;
            let Some(others) = paths.get(&(outer.clone(), candidate.secret.clone())) else { return true };
            match &candidate.inside {
                None => false,
                Some(inside) if inside.is_name => true,
                Some(inside) => !has_one_within(others, &inside.path),
            }
        };
        sighting.hits.retain(is_innermost);
        let (inner, own): (Vec<Hit>, Vec<Hit>) = sighting.hits.into_iter().partition(is_inside);
        let mut members: BTreeMap<(Arc<str>, bool), Vec<Hit>> = BTreeMap::new();
        for hit in inner {
            if let Some(inside) = &hit.found.candidate.inside {
                members.entry((Arc::clone(&inside.path), inside.is_name)).or_default().push(hit);
            }
        }
        for hits in members.into_values() {
            let inside = hits.first().and_then(|hit| hit.found.candidate.inside.as_ref());
            let place = inside.map(|inside| inside.at(&sighting.place));
            placed.extend(place.map(|place| Sighting { place, hits, side: sighting.side }));
        }
        if !own.is_empty() {
            placed.push(Sighting { hits: own, ..sighting });
        }
    }
    placed
}

fn outer(sighting: &Sighting) -> Outer {
    let place = &sighting.place;
    let commit = place.commit().map(|commit| commit.id);
    (place.path.clone(), place.blob(), commit, sighting.side)
}

/// True if one of the members `paths`, which are sorted, is inside the member `container`.
fn has_one_within(paths: &[Arc<str>], container: &str) -> bool {
    let start = format!("{container}!");
    let first = paths.partition_point(|path| **path < *start);
    paths.get(first).is_some_and(|path| path.starts_with(&start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::sample;
    use crate::model::{Candidate, Inside, Kind, Location, Span};

    const TOKEN: &[u8] = b"acme_q7Zk2Lw9Xb4Tn6Vc1Rm8";
    const OTHER: &[u8] = b"acme_q7Zk2Lw9Xb4Tn6Vc1Rm9";

    fn inside(path: &str, secret: &[u8]) -> Candidate {
        let location = Location::of(Span::new(0, 1), b"x");
        let inside = Inside { path: path.into(), location, is_name: false };
        Candidate { inside: Some(Arc::new(inside)), ..sample::candidate(secret) }
    }

    #[test]
    fn the_innermost_place_of_a_secret_is_its_place() {
        let own = |secret: &[u8]| sample::candidate(secret);
        let table = [
            (vec![own(TOKEN)], vec!["a.tar"]),
            (vec![own(TOKEN), inside("b", OTHER)], vec!["a.tar", "a.tar!b"]),
            (vec![own(TOKEN), inside("b", TOKEN)], vec!["a.tar!b"]),
            (vec![inside("b", TOKEN), inside("c", TOKEN)], vec!["a.tar!b", "a.tar!c"]),
            (vec![inside("b", TOKEN), inside("b!c", TOKEN)], vec!["a.tar!b!c"]),
            (vec![inside("b", TOKEN), inside("bc", TOKEN)], vec!["a.tar!b", "a.tar!bc"]),
        ];
        for (candidates, wanted) in table {
            let apart = candidates.iter().cloned();
            let apart = apart.map(|one| sample::sighting(sample::file("a.tar"), vec![one])).collect();
            for sightings in [vec![sample::sighting(sample::file("a.tar"), candidates)], apart] {
                let placed = placed(sightings);
                let mut paths: Vec<_> =
                    placed.iter().map(|one| one.place.path.as_deref().unwrap_or_default()).collect();
                paths.sort_unstable();
                assert_eq!(paths, wanted);
            }
        }
    }

    #[test]
    fn a_container_without_a_path_is_named_by_what_it_is() {
        let location = Location::of(Span::new(0, 1), b"x");
        let inside = Inside { path: "b".into(), location, is_name: false };
        for (kind, wanted) in [(Kind::Stdin, "-!b"), (Kind::Object, "!b")] {
            assert_eq!(inside.at(&sample::of_kind(kind)).path.as_deref(), Some(wanted));
        }
    }
}
