//! Registers devices by their PNS handles.

use crate::Client;
use crate::error::{Error, found};
use crate::items::Items;
use nh_core::{
    CreateRegistration, CreateRegistrationId, DeleteRegistration, GetRegistration, IfMatch, IntoTag,
    ListRegistrations, ListRegistrationsByHandle, ListRegistrationsByTag, PnsHandle, Registration,
    UpdateRegistration, UpsertRegistration,
};

impl Client {
    /// Asks for a new registration id. A device keeps it and registers itself under it, with
    /// [`upsert_registration`](Client::upsert_registration).
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let id = client.create_registration_id().await?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let written = client.upsert_registration(&id, phone).await?;
    /// let changed = client.update_registration(written.with_tags(["sports", "politics"])?).await?;
    /// assert_eq!(changed.etag(), Some("2"));
    /// client.delete_registration(&id).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn create_registration_id(&self) -> Result<String, Error> {
        self.execute(&CreateRegistrationId).await
    }

    /// Registers a device under an id that the service chooses. Each call makes one more registration.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// assert!(created.id().is_some() && created.etag().is_some());
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn create_registration(
        &self,
        registration: impl Into<Registration>,
    ) -> Result<Registration, Error> {
        self.execute(&CreateRegistration::new(registration)).await
    }

    /// Creates a registration under an id, or replaces it.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let id = client.create_registration_id().await?;
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// client.upsert_registration(&id, phone.clone()).await?;
    /// let again = client.upsert_registration(&id, phone).await?;
    /// assert_eq!(again.id(), Some(&*id));
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]; with 410 if the id can no longer be used. Ask for a new one then.
    #[doc(alias("put_registration", "create_or_update_registration"))]
    pub async fn upsert_registration(
        &self,
        registration_id: impl Into<String>,
        registration: impl Into<Registration>,
    ) -> Result<Registration, Error> {
        self.execute(&UpsertRegistration::new(registration_id, registration)?).await
    }

    /// Writes back a registration that was read and changed, if nobody else has changed it in the meantime.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let stale = created.clone();
    /// client.update_registration(created.with_tag("politics")?).await?;
    /// let refused = client.update_registration(stale.without_tag("sports")).await.unwrap_err();
    /// assert!(refused.as_service().is_some_and(|answer| answer.is_precondition_failed()));
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]; with 412 if somebody else has changed it. A registration that was not read is refused.
    pub async fn update_registration(
        &self,
        registration: impl Into<Registration>,
    ) -> Result<Registration, Error> {
        self.execute(&UpdateRegistration::of(registration)?).await
    }

    /// Reads a registration.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let read = client.get_registration(created.id().expect("the service gives one")).await?;
    /// assert_eq!(read.tags(), ["sports"]);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn get_registration(&self, registration_id: impl Into<String>) -> Result<Registration, Error> {
        self.execute(&GetRegistration::new(registration_id)?).await
    }

    /// Returns true if there is a registration with this id.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let id = client.create_registration_id().await?;
    /// assert!(!client.registration_exists(id).await?);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn registration_exists(&self, registration_id: impl Into<String>) -> Result<bool, Error> {
        found(self.get_registration(registration_id).await)
    }

    /// Deletes a registration, in any version.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let id = created.id().expect("the service gives one");
    /// client.delete_registration(id).await?;
    /// assert!(!client.registration_exists(id).await?);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn delete_registration(&self, registration_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteRegistration::new(registration_id)?).await
    }

    /// Deletes a registration if it is the version that `if_match` names.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let created = client.create_registration(phone).await?;
    /// let id = created.id().expect("the service gives one");
    /// client.delete_registration_if_match(id, created.if_match()?).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]; with 412 if it is another version.
    pub async fn delete_registration_if_match(
        &self,
        registration_id: impl Into<String>,
        if_match: IfMatch,
    ) -> Result<(), Error> {
        self.execute(&DeleteRegistration::new(registration_id)?.if_match(if_match)).await
    }

    /// Deletes all registrations of a device, and returns how many there were.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let handle = phone.handle().clone();
    /// client.create_registration(phone.clone()).await?;
    /// client.create_registration(phone).await?;
    /// assert_eq!(client.delete_registrations_by_handle(handle).await?, 2);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]. What was deleted before the error stays deleted. Call it again to delete the rest.
    pub async fn delete_registrations_by_handle(&self, handle: impl Into<PnsHandle>) -> Result<usize, Error> {
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

    /// Reads all registrations, page by page as they are wanted.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let mut registrations = client.list_registrations();
    /// while let Some(registration) = registrations.next().await {
    ///     println!("{:?}", registration?);
    /// }
    /// # });
    /// ```
    pub fn list_registrations(&self) -> Items<Registration> {
        self.list(ListRegistrations::new())
    }

    /// Reads the registrations with a tag, page by page as they are wanted.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let mut registrations = client.list_registrations_by_tag("sports")?;
    /// while let Some(registration) = registrations.next().await {
    ///     assert!(registration?.tags().contains(&"sports".to_owned()));
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails if the tag is not legal.
    pub fn list_registrations_by_tag(&self, tag: impl IntoTag) -> Result<Items<Registration>, Error> {
        Ok(self.list(ListRegistrationsByTag::new(tag)?))
    }

    /// Reads the registrations of a device, page by page as they are wanted.
    ///
    /// ```
    /// use nh_hyper::{PnsHandle, Registration};
    /// # demo::run!(|client, emulator| {
    /// let phone = Registration::new(PnsHandle::fcm_v1("dk3:APA91b_aB-c")?).with_tags(["sports"])?;
    /// let handle = phone.handle().clone();
    /// client.create_registration(phone).await?;
    /// let mut registrations = client.list_registrations_by_handle(handle);
    /// assert_eq!(registrations.next().await.expect("there is one")?.tags(), ["sports"]);
    /// # });
    /// ```
    pub fn list_registrations_by_handle(&self, handle: impl Into<PnsHandle>) -> Items<Registration> {
        self.list(ListRegistrationsByHandle::new(handle))
    }
}
