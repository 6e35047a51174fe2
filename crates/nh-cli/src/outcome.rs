use crate::args::Global;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::progress::Spinner;
use crate::terminal::{print, print_json, shown};
use nh_core::NotificationDetails;
use std::fmt::Write as _;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Outcome {
    /// The id that `send` printed
    notification_id: String,
    /// Ask again every 10 seconds until it is known
    #[arg(long)]
    wait: bool,
    /// Stop waiting after so many minutes: the service knows within 30, or never
    #[arg(long, value_name = "MINUTES", default_value_t = 30, requires = "wait")]
    timeout: u64,
    #[command(flatten)]
    connection: Connection,
}

impl Outcome {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let client = self.connection.destination(global)?.client()?;
        let details = if self.wait {
            let minutes = self.timeout;
            let spinner = Spinner::new(&format!("asking every 10 seconds, for at most {minutes} minutes"));
            let time = Duration::from_secs(minutes.saturating_mul(60));
            let details = client.wait_for_notification_details(self.notification_id, time).await;
            spinner.clear();
            details.map_err(Failure::of_read)?
        } else {
            client.get_notification_details(self.notification_id).await.map_err(Failure::of_read)?
        };
        if global.json {
            return print_json(&details);
        }
        print(&table(&details))
    }
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
            line(name, &time.to_string());
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
