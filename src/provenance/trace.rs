//! All facts from all trees: which entries lead to secrets, and what each commit changes of them.

use super::commit_changes::Changes;
use super::facts::Facts;
use super::names::bearers::NameBearers;
use super::names::scan::Holding;
use super::pruned_trees::PrunedTrees;
use super::secret_sets::SecretSets;
use super::subject::{GatheredTexts, StoreListing, Subject};
use super::tips::Tips;
use super::tree_deltas::Ordered;
use super::tree_pass::TreePass;
use crate::git::commit_graph::Graph;
use crate::git::odb::missing::{Counts, Missing, Unread};
use crate::git::odb::progress::{NoProgress, Pass, Progress};
use crate::git::{KindSet, ObjectKind};
use crate::model::Kind;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

/// The second pass: reads every tree of `subject` and finds the places of the objects of `holding`. The caller
/// numbers the secrets. Ends early once `stop` is true.
pub(crate) fn trace<'a>(
    subject: &'a Subject<'a>,
    texts: GatheredTexts<'_>,
    holding: Holding<'_>,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Facts<'a> {
    let GatheredTexts { mut gathered, people, unread, counts } = texts;
    let table = &subject.objects.table;
    let (commits, parents) = (std::mem::take(&mut gathered.commits), std::mem::take(&mut gathered.parents));
    let (mut holds, mut graph) =
        rayon::join(|| SecretSets::new(table, holding.objects, &[]), || Graph::new(table, commits, &parents));
    drop(parents);
    let mut named = NameBearers::find(subject, &gathered, people, holding.names, &graph, stop);
    let gaps = subject.missing(unread, StoreListing::Whole);
    if let Some(range) = subject.range {
        graph.begin_after(&range.boundary);
        gathered.tags.clone_from(&range.tags);
    }
    let tips = Tips::new(&subject.meant, subject.main_branch().as_deref(), &gaps, &gathered, &graph);
    let (past_unread, past_counts) = (Unread::default(), Counts::default());
    let past_gaps = subject.missing(&past_unread, StoreListing::Whole);
    // What the boundary names and the store lacks was missing before the range began.
    let past = (&past_gaps, &past_counts);
    let trees = TreePass::new(&gaps, &holds, counts).watch(holding.names);
    let passed = pass(subject, trees, past, progress, stop);
    named.entries = holding.names.holding(Kind::Path);
    let (names, patches) = if named.entries.is_empty() {
        passed
    } else {
        // Once more, for the edges to these names. Missing objects have been noted and trees counted already.
        drop(passed);
        holds = SecretSets::new(table, holding.objects, &named.entries);
        let (unread, counts) = (Unread::default(), Counts::default());
        let gaps = subject.missing(&unread, StoreListing::Whole);
        let trees = TreePass::new(&gaps, &holds, &counts).with_names(&named.entries);
        pass(subject, trees, (&gaps, &counts), progress, stop)
    };
    subject.objects.rest();
    let plan = PrunedTrees::new(&holds, patches);
    let changes = Changes::new(&graph, &plan, &holds);
    unread.forget(past_unread);
    let (strays, headers) = (Vec::new(), HashMap::new());
    let mut facts =
        Facts { subject, graph, tips, holds, plan, names, named, changes, strays, gathered, headers };
    facts.strays = facts.find_strays();
    facts
}

/// Reads the trees in scope with `trees`, and those at the boundary of a range, which are counted in `past`.
fn pass<'a>(
    subject: &Subject<'_>,
    mut trees: TreePass<'a>,
    past: (&'a Missing<'a>, &'a Counts),
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> (Vec<Box<[u8]>>, Ordered) {
    let Subject { objects, range, .. } = *subject;
    let kinds = KindSet::of(&[ObjectKind::Tree]);
    let chosen = objects.choose(kinds, range.map(|range| &range.inside));
    progress.begin(Pass::Trees, objects.work(&chosen));
    objects.visit(&chosen, &trees, progress, stop);
    if let Some(range) = range {
        trees.turn_to(past.0, past.1);
        let chosen = objects.choose(kinds, Some(&range.before));
        objects.visit(&chosen, &trees, &NoProgress, stop);
    }
    trees.finish()
}
