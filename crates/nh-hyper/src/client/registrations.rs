//! Devices that are registered with their PNS handles.

use crate::error::found;
use crate::{Client, Error, Items};
use nh_core::{
    BuildError, CreateRegistration, CreateRegistrationId, DeleteRegistration, GetRegistration, IfMatch,
    ListRegistrations, ListRegistrationsByHandle, ListRegistrationsByTag, PnsHandle, Registration, Tag,
    UpdateRegistration, UpsertRegistration,
};

impl Client {
    /// Asks for an id that a device can keep and register itself under, with [`upsert_registration`](Client::upsert_registration).
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let id = client.create_registration_id().await?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let written = client.upsert_registration(&id, phone).await?;
    /// let changed = client.update_registration(written.with_tags(["sports", "politics"])?).await?;
    /// assert_eq!(changed.etag(), Some("2"));
    /// client.delete_registration(&id).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn create_registration_id(&self) -> Result<String, Error> {
        self.execute(&CreateRegistrationId).await
    }

    /// Registers a device under an id that the service chooses. Each repetition makes one more registration.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// assert!(created.id().is_some() && created.etag().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn create_registration(&self, registration: Registration) -> Result<Registration, Error> {
        self.execute(&CreateRegistration::new(registration)).await
    }

    /// Creates a registration under an id, or replaces it.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let id = client.create_registration_id().await?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// client.upsert_registration(&id, phone.clone()).await?;
    /// let again = client.upsert_registration(&id, phone).await?;
    /// assert_eq!(again.id(), Some(&*id));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]; 410 if the id can no longer be used: ask for a new one.
    pub async fn upsert_registration(
        &self,
        registration_id: impl Into<String>,
        registration: Registration,
    ) -> Result<Registration, Error> {
        self.execute(&UpsertRegistration::new(registration_id, registration)?).await
    }

    /// Puts a registration that was read and changed in its own place, if nobody else has changed it.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let stale = created.clone();
    /// client.update_registration(created.with_tag("politics")?).await?;
    /// let refused = client.update_registration(stale.without_tag("sports")).await.unwrap_err();
    /// assert!(refused.as_service().is_some_and(|answer| answer.is_precondition_failed()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]; 412 if somebody has. A registration that was not read is refused.
    pub async fn update_registration(&self, registration: Registration) -> Result<Registration, Error> {
        self.execute(&UpdateRegistration::of(registration)?).await
    }

    /// Reads a registration.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let read = client.get_registration(created.id().expect("the service gives one")).await?;
    /// assert_eq!(read.tags(), ["sports"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_registration(&self, registration_id: impl Into<String>) -> Result<Registration, Error> {
        self.execute(&GetRegistration::new(registration_id)?).await
    }

    /// Is there a registration with this id?
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let id = client.create_registration_id().await?;
    /// assert!(!client.registration_exists(id).await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn registration_exists(&self, registration_id: impl Into<String>) -> Result<bool, Error> {
        found(self.get_registration(registration_id).await)
    }

    /// Deletes a registration, whatever its version.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let id = created.id().expect("the service gives one");
    /// client.delete_registration(id).await?;
    /// assert!(!client.registration_exists(id).await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn delete_registration(&self, registration_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteRegistration::new(registration_id)?).await
    }

    /// Deletes a registration if it is the version that `if_match` names.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let id = created.id().expect("the service gives one");
    /// client.delete_registration_if_match(id, created.if_match()?).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]; 412 if it is another.
    pub async fn delete_registration_if_match(
        &self,
        registration_id: impl Into<String>,
        if_match: IfMatch,
    ) -> Result<(), Error> {
        self.execute(&DeleteRegistration::new(registration_id)?.if_match(if_match)).await
    }

    /// Deletes all registrations of a device, and says how many there were.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let handle = phone.handle().clone();
    /// client.create_registration(phone.clone()).await?;
    /// client.create_registration(phone).await?;
    /// assert_eq!(client.delete_registrations_by_handle(handle).await?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]. What was deleted before it stays deleted; asking again deletes the rest.
    pub async fn delete_registrations_by_handle(&self, handle: PnsHandle) -> Result<usize, Error> {
        // Listed to the end first: pages shift while their registrations go.
        let mut ids = Vec::new();
        let mut registrations = self.list_registrations_by_handle(handle);
        while let Some(registration) = registrations.next().await {
            ids.extend(registration?.id().map(str::to_owned));
        }
        for id in &ids {
            // One that is gone by now is as good as deleted.
            found(self.delete_registration(id).await)?;
        }
        Ok(ids.len())
    }

    /// All registrations, page by page as they are wanted.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let mut registrations = client.list_registrations();
    /// while let Some(registration) = registrations.next().await {
    ///     println!("{:?}", registration?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_registrations(&self) -> Items<Registration> {
        self.list(ListRegistrations::new())
    }

    /// The registrations with a tag, page by page as they are wanted.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let mut registrations = client.list_registrations_by_tag("sports")?;
    /// while let Some(registration) = registrations.next().await {
    ///     assert!(registration?.tags().contains(&"sports".to_owned()));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn list_registrations_by_tag<T: TryInto<Tag>>(
        &self,
        tag: T,
    ) -> Result<Items<Registration>, BuildError>
    where
        BuildError: From<T::Error>,
    {
        Ok(self.list(ListRegistrationsByTag::new(tag)?))
    }

    /// The registrations of a device, page by page as they are wanted.
    ///
    /// ```
    /// use nh_core::{PnsHandle, Registration};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let handle = phone.handle().clone();
    /// client.create_registration(phone).await?;
    /// let mut registrations = client.list_registrations_by_handle(handle);
    /// assert_eq!(registrations.next().await.expect("there is one")?.tags(), ["sports"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_registrations_by_handle(&self, handle: PnsHandle) -> Items<Registration> {
        self.list(ListRegistrationsByHandle::new(handle))
    }
}
