use crate::connect::Connection;
use crate::document::print_fields;
use crate::failure::Failure;
use crate::global::Global;
use crate::in_flight::carry;
use crate::terminal::print_json;
use nh_core::CancelScheduledNotification;

#[derive(Debug, clap::Args)]
pub(crate) struct Cancel {
    /// The id that `send --at` printed
    notification_id: String,
    #[command(flatten)]
    connection: Connection,
}

impl Cancel {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let id = self.notification_id;
        let cancel = CancelScheduledNotification::new(id.clone())?;
        let client = self.connection.destination(global)?.client()?;
        carry(&client, async |client| client.execute(&cancel).await).await?;
        let told = match global.json {
            true => print_json(&serde_json::json!({ "notification_id": id })),
            false => print_fields(&[("cancelled", Some(&id))]),
        };
        told.map_err(|why| why.after(format_args!("notification {id} was cancelled")))
    }
}
