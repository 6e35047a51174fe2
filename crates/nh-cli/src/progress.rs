//! What a person sees while a command waits. Nothing, if stderr is no terminal.

use crate::terminal::shown;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

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

    pub(crate) fn clear(self) {
        self.0.finish_and_clear();
    }
}

/// A bar of so many steps; nothing for one.
pub(crate) fn bar(steps: usize, message: &str) -> ProgressBar {
    if steps == 1 {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len} requests ({elapsed}; left {eta})");
    let bar = ProgressBar::new(steps as u64).with_style(style.expect("the template is well-formed"));
    bar.set_message(shown(message));
    bar
}
