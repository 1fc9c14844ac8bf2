//! The walk: every object of one pack, each inflated once, with its base still in memory.
//!
//! Each worker takes trees in the order of the pack and descends depth-first. A **frame** is a base whose
//! children are not done; a worker's frames are a path down one tree, so there are few, and a base goes
//! back to the pool before the descent into its last child. When there are no trees left, a worker that is
//! busy gives half of the children of its outermost frame to one that is idle, so that one huge tree keeps
//! all of them busy. When waiting bases exceed the budget, the outermost are dropped and made again from
//! the pack when their turn comes: that costs time, never memory.

use super::buffer::Buffer;
use super::delta::Delta;
use super::delta_forest::DeltaForest;
use super::entry::{EntryForm, EntryHeader};
use super::error::Fault;
use super::inflate::Seal;
use super::object_builder::ObjectBuilder;
use super::subset::Subset;
use super::{MAX_OBJECT, Pack};
use crate::git::object::KindSet;
use crate::git::odb::visitor::{Object, Visitor};
use crate::model::ObjectId;
use crate::sync::{into_inner, lock};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many roots a worker takes at a time.
const CHUNK: usize = 16;
/// The memory for waiting bases if no limit is set, bytes. Rarely reached: git's own packs keep under 20 MB waiting.
const BUDGET: usize = 128 << 20;
/// With a limit, pages of the pack are given back each time this part of the limit was read. Few bytes
/// here are many pages: the system maps 64 KiB around each first touch, and a tree's entries are apart.
const RELEASED: usize = 16;

/// How to walk.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// How many workers; 0 means as many as the thread pool has threads.
    pub threads: usize,
    /// The memory that the walk may use, bytes: bases that wait for their children, and mapped pages. One
    /// object and its base fit in any case, one at a time.
    pub max_memory: Option<usize>,
    /// The largest object to make, bytes; a larger one is [`Fault::TooLarge`], and so is what derives from
    /// it. [`MAX_OBJECT`] if it is not set.
    pub largest: Option<usize>,
    /// Called with how many more bytes of the packs are done, every few hundred kilobytes.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
    /// Set it, and the walk ends soon.
    pub stop: Option<&'a AtomicBool>,
}

/// The result of a walk.
#[derive(Debug, Default)]
pub struct Walked {
    /// How many objects the visitor was given.
    pub objects: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// Objects of the requested kinds that could not be read here, ascending.
    pub unresolved: Vec<Unresolved>,
    /// True if the walk was stopped before its end.
    pub stopped: bool,
}

/// An object that could not be read here; there may be an intact copy elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Which.
    pub id: ObjectId,
    /// Why.
    pub fault: Fault,
}

impl Walked {
    /// Adds the result of another walk.
    pub(super) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.unresolved.extend(other.unresolved);
        self.stopped |= other.stopped;
    }

    /// Puts the unresolved objects in order.
    pub(super) fn sort(&mut self) {
        self.unresolved.sort_unstable_by_key(|unresolved| unresolved.id);
    }
}

/// Walks `pack`, whose layout is `layout`; `mine` is true for the positions of its index that are to be visited, and
/// `needed` is what must be made for them, unless that is nearly all.
pub(super) fn walk<V: Visitor>(
    pack: &Pack,
    layout: &DeltaForest,
    kinds: KindSet,
    mine: &(dyn Fn(usize) -> bool + Sync),
    needed: Option<&Subset>,
    options: &Options<'_>,
    visitor: &V,
) -> Walked {
    let threads = if options.threads == 0 { rayon::current_num_threads() } else { options.threads };
    // The limit also covers other memory: the tables of objects, and the scan's own.
    let budget = options.max_memory.map_or(BUDGET, |limit| (limit / 4).min(BUDGET));
    let job = Job {
        pack,
        layout,
        kinds,
        mine,
        needed,
        options,
        visitor,
        budget,
        large: budget / (8 * threads),
        waiting: AtomicUsize::new(0),
        large_object: Mutex::new(()),
        cursor: AtomicUsize::new(0),
        idle: AtomicUsize::new(0),
        shared: Mutex::new(SharedFrames { frames: Vec::new(), busy: 0 }),
        wakeup: Condvar::new(),
        read: AtomicU64::new(0),
    };
    let total = Mutex::new(Walked::default());
    rayon::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| {
                let walked = Worker::new(&job).run();
                lock(&total).add(walked);
            });
        }
    });
    into_inner(total)
}

/// What all workers see.
struct Job<'a, V: Visitor> {
    pack: &'a Pack,
    layout: &'a DeltaForest,
    kinds: KindSet,
    mine: &'a (dyn Fn(usize) -> bool + Sync),
    /// What must be made; nothing if all must.
    needed: Option<&'a Subset>,
    options: &'a Options<'a>,
    visitor: &'a V,
    /// The most memory for waiting bases, bytes.
    budget: usize,
    /// Objects above this size, bytes, are made one at a time.
    large: usize,
    /// The memory of waiting bases, bytes.
    waiting: AtomicUsize,
    /// Held by the worker that makes a large object.
    large_object: Mutex<()>,
    /// The first root that no worker took.
    cursor: AtomicUsize,
    /// How many workers are idle and find no shared frame.
    idle: AtomicUsize,
    shared: Mutex<SharedFrames<V::Kept>>,
    /// Notified when a frame is shared, or when no frame can come any more.
    wakeup: Condvar,
    /// Bytes of the pack read.
    read: AtomicU64,
}

/// Frames that move from one worker to another.
struct SharedFrames<K> {
    frames: Vec<Frame<K>>,
    /// How many workers may still put a frame here.
    busy: usize,
}

/// A base some of whose children are not done.
struct Frame<K> {
    node: u32,
    /// Its bytes; nothing once they were dropped to save memory.
    bytes: Option<Arc<Buffer>>,
    /// What the visitor kept of it; nothing if the visitor does not see the object.
    kept: Option<Arc<K>>,
    /// The children still to do: rows of the forest's table.
    children: Range<u32>,
}

/// One thread's part of the walk.
struct Worker<'job, 'a, V: Visitor> {
    job: &'job Job<'a, V>,
    builder: ObjectBuilder,
    /// The path from a root down to the present node; each frame has children left.
    frames: Vec<Frame<V::Kept>>,
    walked: Walked,
    /// Bytes of the pack done and not yet reported.
    unreported: u64,
}

impl<'job, 'a, V: Visitor> Worker<'job, 'a, V> {
    fn new(job: &'job Job<'a, V>) -> Self {
        let walked = Walked::default();
        Self {
            job,
            builder: ObjectBuilder::new(job.options.largest.unwrap_or(MAX_OBJECT)),
            frames: Vec::new(),
            walked,
            unreported: 0,
        }
    }

    fn run(mut self) -> Walked {
        let _guard = WorkerGuard::start(self.job);
        let roots = self.job.layout.roots();
        let mut chunk = 0..0;
        loop {
            if self.job.is_stopped() {
                self.walked.stopped = true;
                self.job.wakeup.notify_all();
                break;
            }
            if !self.frames.is_empty() {
                if self.job.idle.load(Ordering::Relaxed) > 0 {
                    self.share();
                }
                self.step();
            } else if let Some(at) = chunk.next() {
                self.root(roots[at]);
            } else {
                let start = self.job.cursor.fetch_add(CHUNK, Ordering::Relaxed).min(roots.len());
                chunk = start..(start + CHUNK).min(roots.len());
                if chunk.is_empty() && !self.receive() {
                    break;
                }
            }
        }
        self.report();
        self.walked
    }

    /// Makes an object that derives from no other.
    fn root(&mut self, node: u32) {
        let job = self.job;
        let layout = job.layout;
        if !layout.kind(node).is_some_and(|kind| job.kinds.contains(kind)) || self.skips(node) {
            return;
        }
        let pack = job.pack.entries();
        let mut large_object = None;
        let made = job.entry(node).and_then(|(entry, end, seal)| {
            job.wait_for_large_object(&mut large_object, entry.size);
            self.builder.inflate(pack, &entry, end, seal)
        });
        match made {
            Ok(buffer) => {
                let kept = self.visit(node, &buffer, None);
                self.keep(node, buffer, kept);
            }
            Err(fault) => self.fail(node, fault),
        }
    }

    /// Makes the next child of the innermost frame.
    fn step(&mut self) {
        let Some(top) = self.frames.last_mut() else { return };
        let Some(row) = top.children.next() else {
            self.frames.pop();
            return;
        };
        let layout = self.job.layout;
        let (node, base_node) = (layout.child(row), top.node);
        let is_last = top.children.is_empty();
        let (bytes, kept) = if is_last {
            self.frames.pop().map_or((None, None), |frame| (frame.bytes, frame.kept))
        } else {
            (top.bytes.clone(), top.kept.clone())
        };
        if !self.skips(node) {
            match bytes.map_or_else(|| self.again(base_node, is_last), Ok) {
                Ok(base) => {
                    self.child(node, &base, kept.as_deref());
                    self.release(base);
                }
                Err(fault) => self.fail(node, fault),
            }
        } else if let Some(base) = bytes {
            self.release(base);
        }
    }

    /// Makes `node` from its base.
    fn child(&mut self, node: u32, base: &Buffer, base_kept: Option<&V::Kept>) {
        let job = self.job;
        let pack = job.pack.entries();
        let mut large_object = None;
        let made = job.entry(node).and_then(|(entry, end, seal)| {
            if matches!(entry.form, EntryForm::Whole(_)) {
                return Err(Fault::Entry);
            }
            job.wait_for_large_object(&mut large_object, entry.size);
            let delta = self.builder.inflate(pack, &entry, end, seal)?;
            let result = Delta::parse(delta.bytes())?.result;
            job.wait_for_large_object(&mut large_object, result);
            let made = self.builder.apply(base.bytes(), delta.bytes());
            self.builder.pool.give(delta);
            made
        });
        match made {
            Ok(buffer) => {
                let kept = self.visit(node, &buffer, base_kept.map(|kept| (kept, base)));
                self.keep(node, buffer, kept);
            }
            Err(fault) => self.fail(node, fault),
        }
    }

    /// Shows `node` to the visitor, if the visitor is to see it.
    fn visit(&mut self, node: u32, buffer: &Buffer, base: Option<(&V::Kept, &Buffer)>) -> Option<V::Kept> {
        let job = self.job;
        let layout = job.layout;
        self.done(node);
        let position = layout.position(node);
        let kind = layout.kind(node).filter(|_| (job.mine)(position))?;
        let (number, name) = (job.pack.numbers.at(position), job.pack.index.name(position));
        let object = Object { number, name, kind, bytes: buffer.bytes() };
        self.walked.objects += 1;
        self.walked.bytes += object.bytes.len() as u64;
        Some(match base {
            Some((kept, base)) => job.visitor.derived(kept, base.bytes(), object, &self.builder.copied),
            None => job.visitor.whole(object),
        })
    }

    /// Keeps a made object for its children, or gives its buffer back if there are none.
    fn keep(&mut self, node: u32, buffer: Buffer, kept: Option<V::Kept>) {
        let children = self.job.layout.children(node);
        if children.is_empty() {
            self.builder.pool.give(buffer);
            return;
        }
        let waiting = self.job.waiting.fetch_add(buffer.capacity(), Ordering::Relaxed) + buffer.capacity();
        let bytes = Some(Arc::new(buffer));
        self.frames.push(Frame { node, bytes, kept: kept.map(Arc::new), children });
        if waiting > self.job.budget {
            self.shed();
        }
    }

    /// Drops bases that wait, the outermost first, all but the innermost, until the budget is kept.
    fn shed(&mut self) {
        for at in 0..self.frames.len().saturating_sub(1) {
            if let Some(bytes) = self.frames[at].bytes.take() {
                self.release(bytes);
            }
            if self.job.waiting.load(Ordering::Relaxed) <= self.job.budget {
                break;
            }
        }
    }

    /// Makes a dropped base again; it stays in its frame if it has more children.
    fn again(&mut self, node: u32, is_last: bool) -> Result<Arc<Buffer>, Fault> {
        let (offset, _) = self.job.layout.place(node);
        let (_, buffer) = self.job.pack.make(offset, &mut self.builder)?;
        self.job.waiting.fetch_add(buffer.capacity(), Ordering::Relaxed);
        let bytes = Arc::new(buffer);
        if !is_last && let Some(frame) = self.frames.last_mut() {
            frame.bytes = Some(Arc::clone(&bytes));
        }
        Ok(bytes)
    }

    /// Gives a base's buffer back, if no other worker uses it.
    fn release(&mut self, bytes: Arc<Buffer>) {
        if let Some(buffer) = Arc::into_inner(bytes) {
            self.job.waiting.fetch_sub(buffer.capacity(), Ordering::Relaxed);
            self.builder.pool.give(buffer);
        }
    }

    /// True for a node that is neither visited nor a base of one that is; it is done without being made.
    fn skips(&mut self, node: u32) -> bool {
        let layout = self.job.layout;
        if let Some(needed) = self.job.needed {
            return !needed.contains(node);
        }
        let skips = layout.children(node).is_empty() && !(self.job.mine)(layout.position(node));
        if skips {
            self.done(node);
        }
        skips
    }

    /// Notes that `node` and all that derive from it cannot be made.
    fn fail(&mut self, node: u32, fault: Fault) {
        let layout = self.job.layout;
        let mut lost = vec![(node, fault)];
        while let Some((node, fault)) = lost.pop() {
            self.done(node);
            let position = layout.position(node);
            if (self.job.mine)(position) {
                self.walked.unresolved.push(Unresolved { id: self.job.pack.index.id(position), fault });
            }
            // What derives from an object that is too large cannot be made elsewhere either.
            let fault = if fault == Fault::TooLarge { fault } else { Fault::Base };
            lost.extend(layout.children(node).map(|row| (layout.child(row), fault)));
        }
    }

    /// Gives part of the outermost frame with enough children to an idle worker.
    fn share(&mut self) {
        let innermost = self.frames.len() - 1;
        let spare = |at: usize, frame: &Frame<V::Kept>| frame.children.len() > usize::from(at == innermost);
        let Some(at) = (0..=innermost).find(|&at| spare(at, &self.frames[at])) else { return };
        let mut table = lock(&self.job.shared);
        if table.frames.len() >= self.job.idle.load(Ordering::Relaxed) {
            return;
        }
        let frame = &mut self.frames[at];
        // The later half, which includes the heaviest child; a single child as a whole.
        let middle = frame.children.start + frame.children.len() as u32 / 2;
        let shared = if frame.children.len() == 1 {
            self.frames.remove(at)
        } else {
            let children = middle..frame.children.end;
            frame.children.end = middle;
            Frame { node: frame.node, bytes: frame.bytes.clone(), kept: frame.kept.clone(), children }
        };
        table.frames.push(shared);
        self.job.wakeup.notify_one();
    }

    /// Waits for a frame from another worker; false once none can come.
    fn receive(&mut self) -> bool {
        self.report();
        let job = self.job;
        let mut shared = lock(&job.shared);
        shared.busy -= 1;
        job.idle.fetch_add(1, Ordering::Relaxed);
        loop {
            if let Some(frame) = shared.frames.pop() {
                self.frames.push(frame);
                shared.busy += 1;
                break;
            }
            if shared.busy == 0 || job.is_stopped() {
                shared.busy += 1;
                break;
            }
            shared = job.wakeup.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        job.idle.fetch_sub(1, Ordering::Relaxed);
        !self.frames.is_empty()
    }

    /// Counts the entry of `node` as done.
    fn done(&mut self, node: u32) {
        if self.job.needed.is_some_and(|needed| !needed.contains(node)) {
            return;
        }
        // Rarely enough that workers do not fight over the counters.
        const REPORTED_AT_ONCE: u64 = 256 << 10;
        let (offset, end) = self.job.layout.place(node);
        self.unreported += end as u64 - offset;
        if self.unreported >= REPORTED_AT_ONCE {
            self.report();
        }
    }

    /// Reports what was done since the last time.
    fn report(&mut self) {
        let job = self.job;
        let done = std::mem::take(&mut self.unreported);
        if let Some(progress) = job.options.progress {
            progress(done);
        }
        let before = job.read.fetch_add(done, Ordering::Relaxed);
        let part = job.options.max_memory.map(|limit| (limit / RELEASED).max(1 << 20) as u64);
        if part.is_some_and(|part| before / part != (before + done) / part) {
            job.pack.map.release();
            job.pack.index.release();
        }
    }
}

impl<'a, V: Visitor> Job<'a, V> {
    fn is_stopped(&self) -> bool {
        self.options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// The entry of `node`, where it ends, and the checksum that verifies it.
    fn entry(&self, node: u32) -> Result<(EntryHeader<'a>, usize, Seal), Fault> {
        let pack = self.pack.entries();
        let (offset, end) = self.layout.place(node);
        let seal = match self.layout.checksum(node, &self.pack.index) {
            Some(checksum) => {
                let bytes = pack.get(offset as usize..end).ok_or(Fault::Entry)?;
                if libdeflater::crc32(bytes) != checksum {
                    return Err(Fault::Entry);
                }
                Seal::Held
            }
            None => Seal::Within,
        };
        Ok((EntryHeader::parse(pack, offset, self.pack.hash)?, end, seal))
    }

    /// Waits until no other large object is being made, if one of `size` bytes is large; dropping
    /// `large_object` ends its turn.
    fn wait_for_large_object<'job>(&'job self, large_object: &mut Option<MutexGuard<'job, ()>>, size: u64) {
        if large_object.is_none() && size > self.large as u64 {
            *large_object = Some(lock(&self.large_object));
        }
    }
}

/// Counts a worker as busy: while it exists, the worker may share frames. Dropped also when the
/// visitor panics, so that no one waits for it.
struct WorkerGuard<'job, 'a, V: Visitor>(&'job Job<'a, V>);

impl<'job, 'a, V: Visitor> WorkerGuard<'job, 'a, V> {
    fn start(job: &'job Job<'a, V>) -> Self {
        lock(&job.shared).busy += 1;
        Self(job)
    }
}

impl<V: Visitor> Drop for WorkerGuard<'_, '_, V> {
    fn drop(&mut self) {
        lock(&self.0.shared).busy -= 1;
        self.0.wakeup.notify_all();
    }
}
