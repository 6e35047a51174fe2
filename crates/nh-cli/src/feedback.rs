mod follow;

pub(crate) use follow::failure;

use crate::connect::Connection;
use crate::document::{Document, row, time_text};
use crate::failure::{Failure, chain};
use crate::global::Global;
use crate::terminal::{print, print_json, print_line};
use follow::Follow;
use nh_core::Feedback as Report;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Feedback {
    /// Print the URL of the container that it is collected in
    Container {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what a blob of the container says; with --json one a line
    Read(Document),
    /// Show the dead handles of the hub and what to do about each, and go on as more are reported; with --json one a line
    Follow(Follow),
}

impl Feedback {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Feedback::Container { connection } => {
                let client = connection.destination(global)?.client()?;
                let container = client.get_feedback_container().await.map_err(Failure::of_read)?;
                if global.json {
                    return print_json(&serde_json::json!({ "container_uri": container }));
                }
                print_line(container.as_str())
            }
            Feedback::Read(document) => show(global, &document.bytes()?),
            Feedback::Follow(follow) => follow.run(global).await,
        }
    }
}

const WIDTHS: [usize; 7] = [30, 16, 12, 26, 42, 36, 0];

/// What can be read is shown; that something could not is said at the end.
fn show(global: &Global, blob: &[u8]) -> Result<(), Failure> {
    let mut bad = Vec::new();
    let mut head = (!global.json).then(|| {
        row(WIDTHS, ["TIME", "ERROR", "PLATFORM", "HANDLE", "REGISTRATION", "INSTALLATION", "NEW HANDLE"])
    });
    for feedback in Report::documents(blob) {
        let feedback = match feedback {
            Ok(feedback) => feedback,
            Err(error) => {
                bad.push(error);
                continue;
            }
        };
        if global.json {
            print_json(&feedback)?;
            continue;
        }
        let time = feedback.feedback_time.map(time_text).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let line = row(
            WIDTHS,
            [
                &time,
                &feedback.notification_system_error,
                feedback.platform.as_str(),
                &text(&feedback.pns_handle),
                &text(&feedback.registration_id),
                &text(&feedback.installation_id),
                &text(&feedback.new_pns_handle),
            ],
        );
        print(&(head.take().unwrap_or_default() + &line))?;
    }
    match bad.as_slice() {
        [] => Ok(()),
        [error] => Err(Failure::usage(format!("a document of the blob cannot be read: {}", chain(error)))),
        [error, ..] => {
            let count = bad.len();
            let first = chain(error);
            Err(Failure::usage(format!("{count} documents of the blob cannot be read, the first: {first}")))
        }
    }
}
