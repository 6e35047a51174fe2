use crate::connect::Connection;
use crate::document::{row, wrong_file};
use crate::failure::{Failure, chain, why};
use crate::global::Global;
use crate::terminal::{print, print_json, tell};
use crate::told_to_end::told_to_end;
use futures_lite::future::poll_once;
use nh_core::{BuildError, DeadHandle, FeedbackPosition};
use nh_hyper::{Client, DeadHandles, FeedbackError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Follow {
    /// Keep in this file how much has been read, and go on there the next time. What was read and could not be kept comes again
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Look so often, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// End when all that there is now has been read
    #[arg(long, conflicts_with = "every")]
    once: bool,
    #[command(flatten)]
    connection: Connection,
}

const WIDTHS: [usize; 5] = [30, 16, 12, 52, 0];

/// After so many handles the position is kept, also if there are more.
const KEPT_EVERY: u32 = 1000;

impl Follow {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let from = match &self.state {
            Some(file) => read_state(file)?,
            None => FeedbackPosition::START,
        };
        let client: Client = self.connection.destination(global)?.client()?;
        let feedback = match self.once {
            true => client.read_feedback(from),
            false => client.follow_feedback(from).every(Duration::from_secs(self.every)),
        };
        // A place where nothing can be written is found before anything is read.
        keep(self.state.as_deref(), feedback.position())?;
        self.follow(global, feedback).await
    }

    async fn follow(&self, global: &Global, mut feedback: DeadHandles) -> Result<(), Failure> {
        let mut told = pin!(told_to_end()?);
        let mut head =
            (!global.json).then(|| row(WIDTHS, ["TIME", "ERROR", "PLATFORM", "WHAT TO DO", "HANDLE"]));
        let (mut unkept, mut unread) = (0, 0);
        loop {
            let next = match poll_once(feedback.next()).await {
                Some(next) if unkept < KEPT_EVERY => next,
                ready => {
                    // Nothing more is there for now, or much has come.
                    keep(self.state.as_deref(), feedback.position())?;
                    unkept = 0;
                    match ready {
                        Some(next) => next,
                        None => tokio::select! {
                            biased;
                            next = feedback.next() => next,
                            () = &mut told => return keep(self.state.as_deref(), feedback.position()),
                        },
                    }
                }
            };
            match next {
                Some(Ok(dead)) => show(global, &mut head, &dead)?,
                Some(Err(error)) if error.is_lasting() => return Err(failure(error)),
                Some(Err(error)) => {
                    unread += 1;
                    tell(format_args!("warning: {}", chain(&error)));
                }
                None => break,
            }
            unkept += 1;
        }
        keep(self.state.as_deref(), feedback.position())?;
        match unread {
            0 => Ok(()),
            1 => Err(Failure::refused("one part of the feedback could not be read: see above")),
            _ => {
                Err(Failure::refused(format!("{unread} parts of the feedback could not be read: see above")))
            }
        }
    }
}

fn show(global: &Global, head: &mut Option<String>, dead: &DeadHandle) -> Result<(), Failure> {
    if global.json {
        return print_json(dead);
    }
    let feedback = &dead.feedback;
    let time = feedback.feedback_time.map(|time| time.to_string()).unwrap_or_default();
    let handle = feedback.pns_handle.as_deref().unwrap_or_default();
    let remedy = match &feedback.new_pns_handle {
        Some(new) => format!("{}: {new}", dead.remedy()),
        None => dead.remedy().to_string(),
    };
    let cells = [&*time, &feedback.notification_system_error, feedback.platform.as_str(), &remedy, handle];
    print(&(head.take().unwrap_or_default() + &row(WIDTHS, cells)))
}

/// Why no feedback can be read.
pub(crate) fn failure(error: FeedbackError) -> Failure {
    let text = chain(&error);
    match error.as_request() {
        Some(request) if request.is_build() => Failure::usage(text),
        Some(request) => Failure::refused(text).about(request),
        None => Failure::refused(text),
    }
}

fn read_state(file: &Path) -> Result<FeedbackPosition, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FeedbackPosition::START),
        Err(error) => return Err(wrong_file(file, why(&error))),
    };
    text.trim().parse().map_err(|error: BuildError| {
        let why = error.problem();
        wrong_file(
            file,
            format_args!("it keeps no position ({why}); name the right file, or one that is not there yet"),
        )
    })
}

/// Puts a new file in the place of the old one: whoever ends this in between finds one of them whole.
fn keep(file: Option<&Path>, position: &FeedbackPosition) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let directory = match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    let write = || {
        let mut new = tempfile::NamedTempFile::new_in(directory)?;
        writeln!(new, "{position}")?;
        new.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such directory".to_owned(),
            _ => why(&error),
        };
        wrong_file(file, format_args!("the position cannot be kept here: {why}"))
    })
}
