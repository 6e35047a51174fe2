//! The methods of the 2016 tutorial "How to use Notification Hubs from Python", so that it translates line by line.

use super::sends::of;
use crate::{Client, Error};
use nh_core::{Audience, BuildError, Notification, Payload, Receipt, SendNotification};

impl Client {
    /// Sends a Windows toast, tile or badge. Python: `hub.send_windows_notification(wns_payload, "sports")`
    ///
    /// The type is told from the root element by a parser; the tutorial's substring test misses `<toast launch="x">`.
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = "<toast><visual><binding template=\"ToastText01\"><text id=\"1\">Hello world!</text></binding></visual></toast>";
    /// hub.send_windows_notification(payload, "sports").await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_windows_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::windows(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends an APNs payload. Python: `hub.send_apple_notification(alert_payload)`
    ///
    /// The tutorial's own payload, `{"data":{"msg":"Hello!"}}`, is none that an iPhone would show.
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = r#"{"aps":{"alert":"Hello!"}}"#;
    /// hub.send_apple_notification(payload, Audience::EVERYONE).await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_apple_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::apple(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends a payload of FCM's legacy protocol. Python: `hub.send_gcm_notification(gcm_payload)`
    ///
    /// Google has switched that protocol off: today it is [`send`](Client::send) with [`Notification::fcm_v1`].
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = r#"{"data":{"msg":"Hello!"}}"#;
    /// hub.send_gcm_notification(payload, Audience::EVERYONE).await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_gcm_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::gcm(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends a payload for Amazon devices. Python: `hub.send_adm_notification(adm_payload)`
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = r#"{"data":{"msg":"Hello!"}}"#;
    /// hub.send_adm_notification(payload, Audience::EVERYONE).await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_adm_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::adm(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends a Baidu payload. Python: `hub.send_baidu_notification(baidu_payload)`
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = r#"{"title":"Hello!"}"#;
    /// hub.send_baidu_notification(payload, Audience::EVERYONE).await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_baidu_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::baidu(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends a Windows Phone toast or tile. Python: `hub.send_mpns_notification(toast)`
    ///
    /// A tile goes out with the target `token`, as the service reads it; the tutorial says `tile`.
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let payload = r#"<wp:Notification xmlns:wp="WPNotification"><wp:Toast><wp:Text1>Hello!</wp:Text1></wp:Toast></wp:Notification>"#;
    /// hub.send_mpns_notification(payload, Audience::EVERYONE).await?;
    /// # assert_eq!(emulator.inbox().first().expect("delivered").payload, payload);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_mpns_notification<A>(
        &self,
        payload: impl Into<Payload>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::windows_phone(payload)?, of(audience)?);
        self.execute(&send).await
    }

    /// Sends values that fill in the devices' templates. Python: `hub.send_template_notification(template_payload)`
    ///
    /// ```
    /// # use nh_core::Audience;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let hub = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let template_payload = [("greeting_en", "Hello"), ("greeting_fr", "Salut")];
    /// hub.send_template_notification(template_payload, Audience::EVERYONE).await?;
    /// # assert!(!emulator.inbox().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_template_notification<N, V, A>(
        &self,
        properties: impl IntoIterator<Item = (N, V)>,
        audience: A,
    ) -> Result<Receipt, Error>
    where
        N: Into<String>,
        V: Into<String>,
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(Notification::template(properties)?, of(audience)?);
        self.execute(&send).await
    }
}
