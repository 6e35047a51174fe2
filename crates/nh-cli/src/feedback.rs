use crate::args::{Feedback as Command, Global};
use crate::connect::Destination;
use crate::document::{print_json, read, row};
use crate::failure::Failure;
use crate::print;
use nh_core::Feedback;

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    match command {
        Command::Container => {
            let destination = Destination::of(global).await?;
            let container = destination.client(false)?.get_feedback_container().await?;
            if global.json {
                return print_json(&serde_json::json!({ "container_uri": container }));
            }
            print(format!("{}\n", container.as_str()).as_bytes())
        }
        Command::Read(document) => show(global, &read(&document.file)?),
    }
}

const WIDTHS: [usize; 4] = [30, 16, 12, 0];

fn show(global: &Global, blob: &[u8]) -> Result<(), Failure> {
    for (index, feedback) in Feedback::documents(blob).enumerate() {
        let feedback =
            feedback.map_err(|error| Failure::Usage(format!("the blob cannot be read: {error}")))?;
        if global.json {
            print_json(&feedback)?;
            continue;
        }
        if index == 0 {
            print(row(WIDTHS, ["TIME", "ERROR", "PLATFORM", "HANDLE"]).as_bytes())?;
        }
        let time = feedback.feedback_time.map(|time| time.to_string()).unwrap_or_default();
        let line = row(
            WIDTHS,
            [
                &time,
                &feedback.notification_system_error,
                feedback.platform.as_str(),
                feedback.pns_handle.as_deref().unwrap_or_default(),
            ],
        );
        print(line.as_bytes())?;
    }
    Ok(())
}
