use crate::chain::chain;
use std::error::Error;
use std::fmt::{self, Display};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::Span;

/// Where each request and response is written as text.
#[derive(Clone)]
pub(crate) enum Dump {
    Writer(Arc<Mutex<Box<dyn Write + Send>>>),
    Tracing,
}

impl Dump {
    /// A dump is for a person to look at: that it cannot be written must not fail a call.
    pub(crate) fn write(&self, span: &Span, what: &str, message: &dyn Display) {
        match self {
            Dump::Writer(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(writer, "--- {what} ---\n{message}\n--- end of {what} ---");
                let _ = writer.flush();
            }
            Dump::Tracing => tracing::debug!(target: "nh_hyper::dump", parent: span, what, "{message}"),
        }
    }
}

/// An error with all its causes, each said once.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn Error + 'static));

impl Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = String::new();
        for cause in chain(self.0) {
            let text = cause.to_string();
            if !said.contains(&text) {
                write!(f, "{}{text}", if said.is_empty() { "" } else { ": " })?;
                said = text;
            }
        }
        Ok(())
    }
}
