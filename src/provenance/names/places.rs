//! Where the names that contain secrets are: of refs, of people, of entries that no commit's tree has.

use super::bearers::NameBearers;
use super::scan::path_of;
use crate::git::object::{TagText, person};
use crate::git::odb::number::ObjectNumber;
use crate::model::{
    Commit, InMetadata, NameOf, Place, PlacedName, Presence, SecretNumber, Source, display_path,
};
use crate::provenance::places::{Beyond, NameLifetime, Places};
use crate::provenance::tips::Tips;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Places<'_> {
    /// Places all names except those in trees.
    pub(in crate::provenance) fn names(
        &mut self,
        named: &NameBearers,
    ) -> BTreeMap<SecretNumber, NameLifetime> {
        let tips = &self.facts.tips;
        let mut lives: BTreeMap<SecretNumber, NameLifetime> = BTreeMap::new();
        for ((name, secrets), tags) in named.refs.iter().zip(&named.named) {
            let shown = display_path(name);
            let (by, reachable) = self.first(tags, tips).map_or((None, true), |(by, it)| (Some(by), it));
            let named = InMetadata { by, presence: Presence::as_long_as(reachable) };
            let place = Place { path: Some(Arc::from(shown.as_str())), source: Source::Ref(named) };
            for &secret in secrets {
                let life = lives.entry(secret).or_default();
                life.live |= reachable;
                if tags.is_empty() {
                    life.refs.push(shown.clone());
                }
            }
            self.name(name, secrets, &place);
        }
        for (((name, secrets), made), tags) in named.people.iter().zip(&named.made).zip(&named.tagged) {
            let first = made.iter().min().copied();
            let tag = self.first(tags, tips);
            let live = made.iter().any(|&at| self.reached[at.index()])
                || tags.iter().any(|tag| tips.tags.contains(tag));
            let (by, reachable) = match (first, tag) {
                (Some(at), _) => (self.commit(first), Some(self.reached[at.index()])),
                (None, Some((tag, reachable))) => (Some(tag), Some(reachable)),
                (None, None) => (None, None),
            };
            let presence = Presence { reachable, live: Some(live), removed_in: None };
            let source = Source::Author(InMetadata { by, presence });
            let place = Place { path: Some(Arc::from(display_path(name))), source };
            for &secret in secrets {
                let life = lives.entry(secret).or_default();
                life.first = life.first.into_iter().chain(first).min();
                life.live |= live;
            }
            self.name(name, secrets, &place);
        }
        lives
    }

    /// Places the names of entries that are in no commit's tree.
    pub(in crate::provenance) fn entries(&mut self, beyond: &Beyond) {
        let holds = &self.facts.holds;
        for &number in &beyond.names {
            let Some(name) = self.facts.entry_name(number) else { continue };
            let is_named = beyond.named.get(&number);
            let path = is_named.and_then(Option::as_ref).map_or(&*name, |path| path_of(path));
            let path = Some(Arc::from(display_path(path)));
            let presence = Presence::as_long_as(is_named.is_some());
            let source = Source::Path(NameOf::Entry { blob: None, commit: None, presence });
            let place = Place { path, source };
            self.name(&name, holds.secrets(holds.set_of(number)), &place);
        }
    }

    /// Who made the oldest of `tags`, and whether a ref reaches it.
    fn first(&self, tags: &[ObjectNumber], tips: &Tips) -> Option<(Arc<Commit>, bool)> {
        let objects = self.facts.subject.objects;
        let told = tags.iter().filter_map(|&tag| {
            let id = objects.table.id(tag);
            let (_, bytes) = objects.read(id)?;
            let by = person(TagText::parse(&bytes, objects.table.width())?.tagger, id);
            Some((by.time, id, tag, by))
        });
        let (_, _, tag, by) = told.min_by_key(|&(time, id, ..)| (time, id))?;
        Some((Arc::new(by), tips.tags.contains(&tag)))
    }

    fn name(&mut self, name: &[u8], secrets: &[SecretNumber], place: &Place) {
        let name: Arc<[u8]> = Arc::from(name);
        let placed = secrets.iter().map(|&secret| {
            let (name, place) = (Arc::clone(&name), place.clone());
            PlacedName { secret, name, place, before: false }
        });
        self.names.extend(placed);
    }
}
