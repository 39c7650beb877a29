//! Threads that extract: with deep stacks, one for each core, and a limit on the time for a page.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Hints, Page, extract_in_steps};
use crate::domain::article::{Extract, Outcome};
use crate::domain::link::Link;
use crate::domain::text::{CleanHtml, Language};

/// The stack of each thread, in bytes: the extractors walk trees by recursion.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// How long a page may take; then its metadata are all that comes of it.
const PAGE_TIME_MAX: Duration = Duration::from_secs(4);
/// How many threads may be busy with pages that nobody waits for any more, for each thread of the pool. Beyond that the
/// pool has fewer threads until one of them ends.
const OVERDUE_PER_THREAD_MAX: usize = 2;
/// How many pages wait for a thread, for each thread; further callers wait to be let in.
const WAITING_PER_THREAD_MAX: usize = 4;

/// A page that a thread of its own can read.
#[derive(Debug, Clone)]
pub struct OwnedPage {
    /// Its body.
    pub bytes: Vec<u8>,
    /// The `Content-Type` it came with.
    pub content_type: Option<String>,
    /// The final address, after redirects.
    pub link: Link,
}

/// [`Hints`] that a thread of its own can read.
#[derive(Debug, Clone, Default)]
pub struct OwnedHints {
    /// See [`Hints::language`].
    pub language: Option<Language>,
    /// See [`Hints::title`].
    pub title: Option<String>,
    /// See [`Hints::content`].
    pub content: Option<CleanHtml>,
    /// See [`Hints::keep`].
    pub keep: Vec<String>,
    /// See [`Hints::drop`].
    pub drop: Vec<String>,
}

/// Threads that extract. They end when the last copy of the pool is gone.
#[derive(Debug, Clone)]
pub struct Pool {
    jobs: mpsc::Sender<Job>,
    threads: Arc<Threads>,
}

impl Pool {
    /// Starts `count` threads, at least one.
    pub fn new(count: usize) -> std::io::Result<Self> {
        let count = count.max(1);
        let (jobs, waiting) = mpsc::channel(count.saturating_mul(WAITING_PER_THREAD_MAX));
        let threads = Arc::new(Threads {
            waiting: Mutex::new(waiting),
            overdue: AtomicUsize::new(0),
            overdue_max: count.saturating_mul(OVERDUE_PER_THREAD_MAX),
        });
        for _ in 0..count {
            threads.start()?;
        }
        Ok(Self { jobs, threads })
    }

    /// Extracts as [`extract`](super::extract) does, within four seconds from when a thread begins with the page. A page
    /// that takes longer, or that breaks an extractor, gives what its metadata tell.
    pub async fn run(&self, page: OwnedPage, hints: OwnedHints) -> Extract {
        let early = Arc::new(Mutex::new(Early::default()));
        let (began, begins) = oneshot::channel();
        let (ended, mut ends) = oneshot::channel();
        let job = Job {
            page,
            hints,
            early: Arc::clone(&early),
            began,
            ended,
        };
        if self.jobs.send(job).await.is_err() || begins.await.is_err() {
            return Extract {
                outcome: Outcome::Failed,
                ..Extract::default()
            };
        }
        match tokio::time::timeout(PAGE_TIME_MAX, &mut ends).await {
            Ok(Ok(extract)) => extract,
            Ok(Err(_)) => lock(&early).take(Outcome::Failed),
            Err(_) => self.give_up(&early, &mut ends),
        }
    }

    /// Takes what there is of a page whose time is over, and starts another thread in place of the one that is busy with it.
    fn give_up(&self, early: &Mutex<Early>, ends: &mut oneshot::Receiver<Extract>) -> Extract {
        let mut early = lock(early);
        // It may have ended just now.
        if let Ok(extract) = ends.try_recv() {
            return extract;
        }
        early.replaced = self.threads.replace();
        early.take(Outcome::TooSlow)
    }
}

#[derive(Debug)]
struct Job {
    page: OwnedPage,
    hints: OwnedHints,
    early: Arc<Mutex<Early>>,
    began: oneshot::Sender<()>,
    ended: oneshot::Sender<Extract>,
}

/// What is known of a page while it is being read.
#[derive(Debug, Default)]
struct Early {
    extract: Option<Extract>,
    /// Whether another thread has taken the place of the one that reads the page, which then ends with it.
    replaced: bool,
}

impl Early {
    fn take(&mut self, outcome: Outcome) -> Extract {
        Extract {
            outcome,
            ..self.extract.take().unwrap_or_default()
        }
    }
}

#[derive(Debug)]
struct Threads {
    waiting: Mutex<mpsc::Receiver<Job>>,
    /// How many threads have been replaced and have not ended yet.
    overdue: AtomicUsize,
    overdue_max: usize,
}

impl Threads {
    fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let threads = Arc::clone(self);
        std::thread::Builder::new()
            .name("extract".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || threads.work())?;
        Ok(())
    }

    /// Starts a thread in place of one that is overdue, if there are not too many of these. Whether it did.
    fn replace(self: &Arc<Self>) -> bool {
        let more = |overdue: usize| (overdue < self.overdue_max).then_some(overdue + 1);
        if self
            .overdue
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
            .is_err()
        {
            return false;
        }
        let started = self.start().is_ok();
        if !started {
            self.overdue.fetch_sub(1, Ordering::SeqCst);
        }
        started
    }

    fn work(&self) {
        loop {
            let Some(job) = lock(&self.waiting).blocking_recv() else {
                return;
            };
            let Job {
                page,
                hints,
                early,
                began,
                ended,
            } = job;
            if began.send(()).is_err() {
                // Nobody waits for it any more.
                continue;
            }
            let read = catch_unwind(AssertUnwindSafe(|| read(&page, &hints, &early)));
            let early = lock(&early);
            if let Ok(extract) = read {
                // A caller that has given up does not listen.
                let _ = ended.send(extract);
            }
            if early.replaced {
                self.overdue.fetch_sub(1, Ordering::SeqCst);
                return;
            }
        }
    }
}

fn read(page: &OwnedPage, hints: &OwnedHints, early: &Mutex<Early>) -> Extract {
    let page = Page {
        bytes: &page.bytes,
        content_type: page.content_type.as_deref(),
        link: &page.link,
    };
    let hints = Hints {
        language: hints.language.as_ref(),
        title: hints.title.as_deref(),
        content: hints.content.as_ref(),
        keep: &hints.keep,
        drop: &hints.drop,
    };
    extract_in_steps(&page, &hints, |extract| lock(early).extract = Some(extract.clone()))
}

/// What a thread left behind when it broke is as good as before: nothing here is half written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
