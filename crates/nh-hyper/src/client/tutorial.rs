//! The methods of the 2016 tutorial "How to use Notification Hubs from Python", so that it translates line by line, and those of
//! the formats that came later. One macro writes them.

use crate::Client;
use crate::error::Error;
use nh_core::{IntoAudience, IntoPayload, IntoProperty, Notification, Receipt, SendNotification};

macro_rules! sends {
    ($($(#[$doc:meta])+ $send:ident, $build:ident, $payload:literal $(, $before:literal)?;)+) => {
        impl Client {
            $(
                $(#[$doc])+
                ///
                /// ```
                #[doc = concat!("let payload = ", stringify!($payload), ";")]
                /// # demo::run!(|hub, emulator| {
                $(#[doc = $before])?
                #[doc = concat!("hub.", stringify!($send), "(payload, \"sports\").await?;")]
                /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
                /// # });
                /// ```
                ///
                /// # Errors
                /// Fails like [`Client::send`].
                pub async fn $send(
                    &self,
                    payload: impl IntoPayload,
                    audience: impl IntoAudience,
                ) -> Result<Receipt, Error> {
                    let send = SendNotification::new(Notification::$build(payload)?, audience)?;
                    self.execute(&send).await
                }
            )+
        }
    };
}

sends! {
    /// Sends a Windows toast, tile or badge. Python: `hub.send_windows_notification(wns_payload, "sports")`
    ///
    /// A parser tells the type from the root element.
    send_windows_notification, windows,
    r#"<toast><visual><binding template="ToastText01"><text id="1">Hello world!</text></binding></visual></toast>"#;

    /// Sends an APNs payload. Python: `hub.send_apple_notification(alert_payload)`
    ///
    /// An iPhone shows nothing for the tutorial's own payload, `{"data":{"msg":"Hello!"}}`.
    send_apple_notification, apple, r#"{"aps":{"alert":"Hello!"}}"#;

    /// Sends an FCM v1 message to Android devices. The tutorial is older than this format.
    send_fcm_v1_notification, fcm_v1, r#"{"message":{"notification":{"title":"News","body":"Hello!"}}}"#;

    /// Sends a payload of FCM's legacy protocol. Python: `hub.send_gcm_notification(gcm_payload)`
    ///
    /// Google has switched that protocol off. Use [`send_fcm_v1_notification`](Client::send_fcm_v1_notification) today.
    send_gcm_notification, gcm, r#"{"data":{"msg":"Hello!"}}"#;

    /// Sends a payload for Amazon devices. Python: `hub.send_adm_notification(adm_payload)`
    send_adm_notification, adm, r#"{"data":{"msg":"Hello!"}}"#;

    /// Sends a Baidu payload. Python: `hub.send_baidu_notification(baidu_payload)`
    send_baidu_notification, baidu, r#"{"title":"Hello!"}"#;

    /// Sends a payload to browsers. The tutorial is older than this format.
    send_browser_notification, browser, r#"{"title":"News","message":"Hello!"}"#;

    /// Sends a Xiaomi payload. The tutorial is older than this format.
    send_xiaomi_notification, xiaomi, r#"{"title":"News","description":"Hello!"}"#,
    // No demo device is a Xiaomi.
    r#"# let phone = nh_hyper::Registration::new(nh_hyper::PnsHandle::xiaomi("phone")?).with_tag("sports")?;
# hub.create_registration(phone).await?;"#;

    /// Sends a Windows Phone toast or tile. Python: `hub.send_mpns_notification(toast)`
    ///
    /// A tile is sent with the target `token`, which the service reads. The tutorial says `tile`.
    send_mpns_notification, windows_phone,
    r#"<wp:Notification xmlns:wp="WPNotification"><wp:Toast><wp:Text1>Hello!</wp:Text1></wp:Toast></wp:Notification>"#;
}

impl Client {
    /// Sends values that fill in the devices' templates. Python: `hub.send_template_notification(template_payload)`
    ///
    /// ```
    /// use nh_hyper::Audience;
    ///
    /// let template_payload = [("greeting_en", "Hello"), ("greeting_fr", "Salut")];
    /// # demo::run!(|hub, emulator| {
    /// hub.send_template_notification(template_payload, Audience::EVERYONE).await?;
    /// # assert!(!emulator.inbox().is_empty());
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::send`].
    pub async fn send_template_notification(
        &self,
        properties: impl IntoIterator<Item: IntoProperty>,
        audience: impl IntoAudience,
    ) -> Result<Receipt, Error> {
        let send = SendNotification::new(Notification::template(properties)?, audience)?;
        self.execute(&send).await
    }
}
