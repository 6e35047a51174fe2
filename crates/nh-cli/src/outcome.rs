use crate::connect::Connection;
use crate::document::time_text;
use crate::failure::Failure;
use crate::global::{Global, whole_number};
use crate::progress::Spinner;
use crate::terminal::{print, print_json, shown};
use nh_core::NotificationDetails;
use nh_hyper::NotificationEnd;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Outcome {
    /// The ids that `send` printed
    #[arg(value_name = "NOTIFICATION_ID", required = true)]
    notification_ids: Vec<String>,
    /// Ask again every 10 seconds until all are known. Each is shown as soon as it is
    #[arg(long)]
    wait: bool,
    /// Stop waiting after so many minutes: the service knows within 30, or never
    #[arg(long, value_name = "MINUTES", default_value_t = 30, requires = "wait", value_parser = whole_number::<u64>)]
    timeout: u64,
    #[command(flatten)]
    connection: Connection,
}

impl Outcome {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = self.connection.destination(global)?.client()?;
        let count = self.notification_ids.len();
        let minutes = self.timeout;
        let (time, spinner) = match self.wait {
            true => {
                let spinner =
                    Spinner::new(&format!("asking every 10 seconds, for at most {minutes} minutes"));
                (Duration::from_secs(minutes.saturating_mul(60)), Some(spinner))
            }
            // One look at each.
            false => (Duration::ZERO, None),
        };
        let mut outcomes = client.outcomes(self.notification_ids, time);
        let (mut known, mut failed) = (0, Vec::new());
        while let Some(NotificationEnd { notification_id, details, .. }) = outcomes.next().await {
            known += usize::from(details.is_ok());
            let text = match details {
                Ok(details) if global.json => Shown::Json(of_notification(&notification_id, json!(details))),
                Ok(details) if count == 1 => Shown::Text(table(&details)),
                Ok(details) => Shown::Text(format!(
                    "{:<16} {}\n{}\n",
                    "notification",
                    shown(&notification_id),
                    table(&details)
                )),
                Err(error) => {
                    let failure = Failure::of_read(error);
                    if count == 1 {
                        if let Some(spinner) = spinner {
                            spinner.clear();
                        }
                        return Err(failure);
                    }
                    let text = match global.json {
                        true => Shown::Json(of_notification(&notification_id, json!({ "error": &failure }))),
                        false => Shown::Text(format!(
                            "{:<16} {}\n{:<16} {}\n\n",
                            "notification",
                            shown(&notification_id),
                            "not known",
                            shown(&failure.to_string())
                        )),
                    };
                    failed.push(failure);
                    text
                }
            };
            let write = || match &text {
                Shown::Json(value) => print_json(value),
                Shown::Text(text) => print(text),
            };
            match &spinner {
                Some(spinner) => spinner.suspend(write)?,
                None => write()?,
            }
            if let Some(spinner) = &spinner {
                let known = known + failed.len();
                spinner.say(&format!(
                    "{known} of {count}; asking every 10 seconds, for at most {minutes} minutes"
                ));
            }
        }
        if let Some(spinner) = spinner {
            spinner.clear();
        }
        match failed.len() {
            0 => Ok(()),
            others => Err(Failure::refused(format!(
                "of {count} notifications, the outcome of {others} is not known: see above why"
            ))),
        }
    }
}

enum Shown {
    Json(Value),
    Text(String),
}

/// A line that names its notification, whatever the service says.
fn of_notification(id: &str, mut about: Value) -> Value {
    about["notification_id"] = id.into();
    about
}

fn table(details: &NotificationDetails) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(text, "{:<16} {}", shown(name), shown(value)).expect("a String takes every write");
    };
    line("state", details.state.as_str());
    for (name, time) in
        [("enqueued", details.enqueue_time), ("started", details.start_time), ("ended", details.end_time)]
    {
        if let Some(time) = time {
            line(name, &time_text(time));
        }
    }
    if let Some(tags) = &details.tags {
        line("tags", tags);
    }
    line("platforms", &details.target_platforms.join(", "));
    for (platform, counts) in &details.outcome_counts {
        for (outcome, count) in counts {
            line(platform.as_str(), &format!("{count:>8}  {outcome}"));
        }
    }
    if let Some(uri) = &details.pns_error_details_uri {
        line("PNS errors", uri);
    }
    text
}
