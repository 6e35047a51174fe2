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
