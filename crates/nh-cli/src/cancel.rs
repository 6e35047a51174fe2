use crate::args::Global;
use crate::connect::Destination;
use crate::document::print_fields;
use crate::failure::Failure;
use crate::terminal::print_json;
use nh_core::CancelScheduledNotification;

pub(crate) async fn run(global: &Global, notification_id: String) -> Result<(), Failure> {
    let cancel = CancelScheduledNotification::new(notification_id.clone())?;
    Destination::of(global).await?.client(false)?.execute(&cancel).await?;
    if global.json {
        return print_json(&serde_json::json!({ "notification_id": notification_id }));
    }
    print_fields(&[("cancelled", Some(&notification_id))])
}
