//! What a person sees while a command waits. Nothing, if stderr is no terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A spinner with the time that has passed.
pub(crate) fn spinner(message: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed}; Ctrl-C ends it)");
    let spinner = ProgressBar::new_spinner().with_style(style.expect("the template is well-formed"));
    spinner.set_message(message.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar of so many steps; nothing for one.
pub(crate) fn bar(steps: usize, message: &str) -> ProgressBar {
    if steps == 1 {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len} requests ({elapsed}; left {eta})");
    let bar = ProgressBar::new(steps as u64).with_style(style.expect("the template is well-formed"));
    bar.set_message(message.to_owned());
    bar
}
