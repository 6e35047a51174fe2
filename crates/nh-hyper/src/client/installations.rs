//! Devices that apps keep under ids of their own.

use crate::error::found;
use crate::{Client, Error};
use nh_core::{
    DeleteInstallation, GetInstallation, Installation, InstallationChange, PatchInstallation, PutInstallation,
};

impl Client {
    /// Creates an installation or replaces it. The service carries it out a little later.
    ///
    /// ```
    /// use nh_core::{Installation, InstallationChange, InstallationPlatform};
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let phone = Installation::new("a213b4b2", InstallationPlatform::FcmV1, "dk3:APA91b_aB-c")?.with_tags(["sports"])?;
    /// client.put_installation(phone).await?;
    /// client.patch_installation("a213b4b2", [InstallationChange::add_tag("politics")?]).await?;
    /// assert_eq!(client.get_installation("a213b4b2").await?.tags(), ["sports", "politics"]);
    /// client.delete_installation("a213b4b2").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn put_installation(&self, installation: Installation) -> Result<(), Error> {
        self.execute(&PutInstallation::new(installation)).await
    }

    /// Reads an installation. Meant for finding faults: the service throttles it tightly.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_installation(&self, installation_id: impl Into<String>) -> Result<Installation, Error> {
        self.execute(&GetInstallation::new(installation_id)?).await
    }

    /// Is there an installation with this id?
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn installation_exists(&self, installation_id: impl Into<String>) -> Result<bool, Error> {
        found(self.get_installation(installation_id).await)
    }

    /// Changes parts of an installation, in their order.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn patch_installation(
        &self,
        installation_id: impl Into<String>,
        changes: impl IntoIterator<Item = InstallationChange>,
    ) -> Result<(), Error> {
        let patch = PatchInstallation::new(installation_id, changes)?;
        self.execute(&patch).await
    }

    /// Deletes an installation. The service also says yes if there is none.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn delete_installation(&self, installation_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteInstallation::new(installation_id)?).await
    }
}
