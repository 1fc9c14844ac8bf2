//! The ids of the rules that gitleaks 8 comes with, and our rules of the same kind.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One id of gitleaks's a line, with ours of the same kind after it, the closest first.
static TABLE: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("ids.txt").lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_ascii_whitespace());
    words.filter_map(|mut words| Some((words.next()?, words.collect()))).collect()
});

/// Our rules of the kind of a rule that gitleaks comes with; `None` if it comes with none of this id.
pub fn ours(id: &str) -> Option<&'static [&'static str]> {
    TABLE.get(id).map(Vec::as_slice)
}

/// The id that gitleaks gives what our rule `id` finds; `id` itself if it has no rule of the kind.
pub fn theirs(id: &str) -> &str {
    let is_first = |ours: &[&str]| ours.first() == Some(&id);
    let mut all = TABLE.iter();
    let first = all.clone().find(|(_, ours)| is_first(ours));
    first.or_else(|| all.find(|(_, ours)| ours.contains(&id))).map_or(id, |(theirs, _)| theirs)
}

/// All ids of gitleaks's.
pub fn all() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    #[test]
    fn every_rule_that_the_table_names_exists() {
        let catalogue = Catalogue::embedded();
        for (theirs, ours) in &*TABLE {
            for id in ours {
                assert!(catalogue.index_of(id).is_some(), "{theirs}: there is no rule {id}");
            }
        }
        assert_eq!(
            TABLE.len(),
            include_str!("ids.txt").lines().filter(|line| !line.starts_with('#')).count()
        );
        assert!(TABLE.len() >= 222, "{}", TABLE.len());
    }

    #[test]
    fn a_kind_is_named_in_both_ways() {
        assert!(ours("github-pat").is_some_and(|ours| ours.contains(&"github-pat-classic")));
        assert_eq!(theirs("github-pat-classic"), "github-pat");
        assert_eq!(ours("no-such-rule"), None);
        assert_eq!(theirs("no-such-rule"), "no-such-rule");
    }
}
