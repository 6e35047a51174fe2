use crate::args::Global;
use crate::connect::Destination;
use crate::failure::Failure;
use crate::print;
use nh_core::CancelScheduledNotification;

pub(crate) async fn run(global: &Global, notification_id: String) -> Result<(), Failure> {
    let cancel = CancelScheduledNotification::new(notification_id.clone())?;
    Destination::of(global).await?.client(false)?.execute(&cancel).await?;
    if global.json {
        let json = serde_json::json!({ "notification_id": notification_id });
        return print(format!("{json}\n").as_bytes());
    }
    print(format!("cancelled        {notification_id}\n").as_bytes())
}
