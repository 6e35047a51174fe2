//! What a person sees while a command waits. Nothing, if stderr is no terminal.

use crate::terminal::{shown, tell};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// A spinner with the time that has passed.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    pub(crate) fn new(message: &str) -> Spinner {
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed}; Ctrl-C ends it)");
        let bar = ProgressBar::new_spinner().with_style(style.expect("the template is well-formed"));
        let spinner = Spinner(bar);
        spinner.say(message);
        spinner.0.enable_steady_tick(Duration::from_millis(120));
        spinner
    }

    pub(crate) fn say(&self, message: &str) {
        self.0.set_message(shown(message));
    }

    /// Runs what writes to the terminal.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    pub(crate) fn clear(self) {
        self.0.finish_and_clear();
    }
}

/// How far a long list has been read. Without a terminal, a line from time to time.
pub(crate) struct ListBar {
    bar: ProgressBar,
    began: Instant,
    told: Instant,
}

impl ListBar {
    /// Between two lines, if stderr is no terminal.
    const PAUSE: Duration = Duration::from_secs(10);

    /// A bar for a list of so many bytes, if that is known.
    pub(crate) fn new(bytes: Option<u64>) -> ListBar {
        let (bar, template) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), "{wide_bar} {percent}%  {msg} ({elapsed}; left {eta})"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} ({elapsed})"),
        };
        let style = ProgressStyle::with_template(template).expect("the template is well-formed");
        let bar = bar.with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        let now = Instant::now();
        ListBar { bar, began: now, told: now }
    }

    /// Shows that so many bytes are read, and what became of the recipients: `(sent, others)`, without those of earlier runs in `new`.
    pub(crate) fn show(&mut self, bytes: u64, new: u64, message: impl FnOnce() -> String) {
        let now = Instant::now();
        let is_due = now.duration_since(self.told)
            >= if self.bar.is_hidden() { ListBar::PAUSE } else { Duration::from_millis(100) };
        if !is_due {
            return;
        }
        self.told = now;
        let seconds = now.duration_since(self.began).as_secs_f64();
        let message = format!("{}; {:.0}/s", message(), new as f64 / seconds);
        match self.bar.is_hidden() {
            true => tell(message),
            false => {
                self.bar.set_position(bytes);
                self.bar.set_message(shown(&message));
            }
        }
    }

    /// Runs what writes to the terminal.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
