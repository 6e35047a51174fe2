//! Keeps devices under ids that apps choose.

use crate::Client;
use crate::error::{Error, found};
use nh_core::{
    DeleteInstallation, GetInstallation, Installation, InstallationChange, PatchInstallation, PutInstallation,
};

impl Client {
    /// Creates an installation or replaces it. The service carries this out a little later.
    ///
    /// ```
    /// use nh_hyper::{Installation, InstallationChange, Platform};
    /// # demo::run!(|client, emulator| {
    /// let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c")?.with_tags(["sports"])?;
    /// client.put_installation(phone).await?;
    /// client.patch_installation("a213b4b2", [InstallationChange::add_tag("politics")?]).await?;
    /// assert_eq!(client.get_installation("a213b4b2").await?.tags(), ["sports", "politics"]);
    /// client.delete_installation("a213b4b2").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn put_installation(&self, installation: impl Into<Installation>) -> Result<(), Error> {
        self.execute(&PutInstallation::new(installation)).await
    }

    /// Reads an installation. Use it to look for faults only: the service allows few of these calls.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn get_installation(&self, installation_id: impl Into<String>) -> Result<Installation, Error> {
        self.execute(&GetInstallation::new(installation_id)?).await
    }

    /// Returns true if there is an installation with this id.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn installation_exists(&self, installation_id: impl Into<String>) -> Result<bool, Error> {
        found(self.get_installation(installation_id).await)
    }

    /// Changes parts of an installation, in the order of the changes.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn patch_installation(
        &self,
        installation_id: impl Into<String>,
        changes: impl IntoIterator<Item = InstallationChange>,
    ) -> Result<(), Error> {
        let patch = PatchInstallation::new(installation_id, changes)?;
        self.execute(&patch).await
    }

    /// Deletes an installation. This also succeeds if there is none.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn delete_installation(&self, installation_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteInstallation::new(installation_id)?).await
    }
}
