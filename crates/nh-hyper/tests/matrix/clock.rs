//! A clock that nobody waits for. It goes on when every call waits for time and for nothing else: then it jumps to the next moment
//! at which one of them goes on. A server that falls silent says so, because nothing else tells that nothing more will come.

use nh_hyper::Runtime;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

/// Wed, 21 Oct 2026 07:27:30 GMT: what the calendar says when a clock begins.
const CALENDAR: Duration = Duration::from_secs(1_792_567_650);

/// After this seed the first number is near the greatest: of all waits that chance may give, a call has the longest.
static LONGEST: LazyLock<u64> = LazyLock::new(|| {
    let is_high = |seed: &u64| fastrand::Rng::with_seed(*seed).u32(..) > u32::MAX / 100_000 * 99_999;
    (0..).find(is_high).unwrap()
});

thread_local! {
    /// The call that is polled on this thread.
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<State>>);

struct State {
    began: Instant,
    now: Duration,
    calls: Vec<Call>,
    /// Of all calls.
    attempts: usize,
    /// So many attempts will never hear from the server again.
    stalls: usize,
    sleeps: BTreeMap<u64, Sleeper>,
    next: u64,
}

struct Sleeper {
    until: Duration,
    /// It has ended, and who sleeps has not noticed yet.
    fired: bool,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Default)]
struct Call {
    doing: Doing,
    /// It has looked at the calendar: to sign an attempt that begins now.
    signs: bool,
    attempts: usize,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Doing {
    /// It goes on by itself.
    #[default]
    Working,
    /// An attempt is under way. This sleep is its timeout.
    Attempt(u64),
    /// It waits, between attempts or for its namespace.
    Waiting(u64),
    Done,
}

impl State {
    /// Moves the clock on, if nothing else can happen. Whom it wakes.
    fn settle(&mut self) -> Vec<Waker> {
        let mut next = Duration::MAX;
        for call in &self.calls {
            let sleep = match call.doing {
                Doing::Done => continue,
                Doing::Attempt(sleep) if self.stalls == self.attempts => sleep,
                Doing::Waiting(sleep) => sleep,
                _ => return Vec::new(),
            };
            let sleeper = &self.sleeps[&sleep];
            if sleeper.fired {
                return Vec::new();
            }
            next = next.min(sleeper.until);
        }
        if next == Duration::MAX {
            return Vec::new();
        }
        self.now = self.now.max(next);
        let over = self.sleeps.values_mut().filter(|sleeper| sleeper.until <= self.now && !sleeper.fired);
        over.filter_map(|sleeper| {
            sleeper.fired = true;
            sleeper.waker.take()
        })
        .collect()
    }
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock(Arc::new(Mutex::new(State {
            began: Instant::now(),
            now: Duration::ZERO,
            calls: Vec::new(),
            attempts: 0,
            stalls: 0,
            sleeps: BTreeMap::new(),
            next: 0,
        })))
    }

    /// The same runtime with this clock.
    pub(crate) fn over<R: Runtime>(&self, inner: R) -> Manual<R> {
        Manual { inner, clock: self.clone() }
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    /// The next calls. The clock waits for them from now on.
    pub(crate) fn calls(&self, count: usize) -> std::ops::Range<usize> {
        let mut state = self.0.lock().unwrap();
        let first = state.calls.len();
        state.calls.resize(first + count, Call::default());
        first..first + count
    }

    /// How many attempts a call has made.
    pub(crate) fn attempts(&self, call: usize) -> usize {
        self.0.lock().unwrap().calls[call].attempts
    }

    /// A server says that one more attempt will hear nothing more.
    pub(crate) fn stalled(&self) {
        self.change(|state| state.stalls += 1);
    }

    /// Makes a call.
    pub(crate) async fn call<F: Future>(&self, call: usize, future: F) -> F::Output {
        let output = InCall { call, future: Box::pin(future) }.await;
        self.change(|state| state.calls[call].doing = Doing::Done);
        output
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock().unwrap();
        let changed = change(&mut state);
        let woken = state.settle();
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        changed
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let id = self.change(|state| {
            let id = state.next;
            state.next += 1;
            let until = state.now.saturating_add(duration);
            state.sleeps.insert(id, Sleeper { until, fired: false, waker: None });
            if let Some(call) = CURRENT.get().map(|call| &mut state.calls[call])
                && call.doing == Doing::Working
            {
                if call.signs {
                    call.signs = false;
                    call.attempts += 1;
                    call.doing = Doing::Attempt(id);
                    state.attempts += 1;
                } else {
                    call.doing = Doing::Waiting(id);
                }
            }
            id
        });
        Sleep { id, clock: self.clone() }
    }
}

/// A call: whoever asks for the time while it is polled, asks for it.
struct InCall<F> {
    call: usize,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for InCall<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        CURRENT.set(Some(self.call));
        let polled = self.future.as_mut().poll(cx);
        CURRENT.set(None);
        polled
    }
}

struct Sleep {
    id: u64,
    clock: Clock,
}

impl Future for Sleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.0.lock().unwrap();
        let sleeper = state.sleeps.get_mut(&self.id).unwrap();
        if sleeper.fired {
            return Poll::Ready(());
        }
        sleeper.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut state = self.clock.0.lock().unwrap();
        state.sleeps.remove(&self.id);
        let ends = [Doing::Attempt(self.id), Doing::Waiting(self.id)];
        for call in state.calls.iter_mut().filter(|call| ends.contains(&call.doing)) {
            call.doing = Doing::Working;
        }
    }
}

/// A runtime whose time is the clock's. Its connections and tasks are real.
pub(crate) struct Manual<R> {
    inner: R,
    clock: Clock,
}

impl<R: Runtime> Runtime for Manual<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.clock.sleep(duration)
    }
    fn now(&self) -> SystemTime {
        let mut state = self.clock.0.lock().unwrap();
        if let Some(call) = CURRENT.get() {
            state.calls[call].signs = true;
        }
        SystemTime::UNIX_EPOCH + CALENDAR + state.now
    }
    fn instant(&self) -> Instant {
        // The length of each wait is drawn by lot after a look at the clock.
        fastrand::seed(*LONGEST);
        let state = self.clock.0.lock().unwrap();
        state.began + state.now
    }
}
