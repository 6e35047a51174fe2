use crate::emulator_image::{EmulatorImage, PORT};
use std::fmt;
use testcontainers::core::error::Result;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, TestcontainersError};

/// Where the emulator keeps the certificate authority in its container.
const CA_FILE: &str = "/data/tls/ca.pem";

/// The names of the rules with all rights, in a hub and in a namespace.
const FULL: &str = "DefaultFullSharedAccessSignature";
const ROOT: &str = "RootManageSharedAccessKey";

/// A running container of the emulator. When it is dropped, the container is removed.
///
/// The [example of the crate](crate) shows a whole test.
pub struct EmulatorContainer {
    container: ContainerAsync<EmulatorImage>,
    address: Address,
    ca_pem: Vec<u8>,
}

impl EmulatorContainer {
    /// Starts a container, and returns when the emulator can be asked. Takes an [`EmulatorImage`], or what
    /// [`ImageExt`](testcontainers::ImageExt) makes of one.
    ///
    /// ```
    /// use nh_testcontainers::testcontainers::{ImageExt, TestcontainersError};
    /// use nh_testcontainers::{EmulatorContainer, EmulatorImage};
    ///
    /// // Only compiled: a container engine is not everywhere.
    /// async fn in_a_network() -> Result<EmulatorContainer, TestcontainersError> {
    ///     let image = EmulatorImage::default().host("push");
    ///     EmulatorContainer::start(image.with_network("tests").with_container_name("push")).await
    /// }
    /// ```
    ///
    /// # Errors
    /// No container engine, no such image, an emulator that ends or is not ready within 60 s (or the time that
    /// [`with_startup_timeout`](testcontainers::ImageExt::with_startup_timeout) sets), or an engine on a machine whose name is not in
    /// the certificate: name it with [`EmulatorImage::host`].
    pub async fn start(
        request: impl Into<ContainerRequest<EmulatorImage>> + Send,
    ) -> Result<EmulatorContainer> {
        let container = request.into().start().await?;
        let host = container.get_host().await?.to_string();
        if !container.image().is_reached_by(&host) {
            return Err(TestcontainersError::other(format!(
                "the container is reached at '{host}', which is not in the emulator's certificate: name it with EmulatorImage::host"
            )));
        }
        let address = Address::new(container.image(), &host, container.get_host_port_ipv4(PORT).await?);
        let ca_pem = container.copy_file_from(CA_FILE, Vec::new()).await?;
        Ok(EmulatorContainer { container, address, ca_pem })
    }

    /// The connection string of the first hub, with all rights there. It is for this machine, through the mapped port.
    pub fn connection_string(&self) -> &str {
        &self.address.connection_string
    }

    /// The connection string of the namespace, with all rights in every hub.
    pub fn namespace_connection_string(&self) -> &str {
        &self.address.namespace_connection_string
    }

    /// The name of the first hub.
    pub fn hub(&self) -> &str {
        self.container.image().first_hub()
    }

    /// The certificate authority to trust, in PEM.
    pub fn ca_pem(&self) -> &[u8] {
        &self.ca_pem
    }

    /// The address of the inbox page, for a browser. What the control API has stands below it: `{page_url}inbox`, for example. Plain
    /// HTTP, so that nothing has to be trusted first.
    pub fn page_url(&self) -> &str {
        &self.address.page_url
    }

    /// The container, for all that Testcontainers can do with it.
    pub fn container(&self) -> &ContainerAsync<EmulatorImage> {
        &self.container
    }
}

impl fmt::Debug for EmulatorContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No key.
        f.debug_struct("EmulatorContainer")
            .field("id", &self.container.id())
            .field("hub", &self.hub())
            .field("page_url", &self.page_url())
            .finish_non_exhaustive()
    }
}

/// By what it is reached from outside.
struct Address {
    connection_string: String,
    namespace_connection_string: String,
    page_url: String,
}

impl Address {
    fn new(image: &EmulatorImage, host: &str, port: u16) -> Address {
        let with = |rule: &str, key: &str| {
            format!("Endpoint=sb://{host}:{port}/;SharedAccessKeyName={rule};SharedAccessKey={key}")
        };
        Address {
            connection_string: with(FULL, &image.key),
            namespace_connection_string: with(ROOT, &image.namespace_key),
            page_url: format!("http://{host}:{port}/$emulator/"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]
mod tests {
    use super::*;
    use nh_hyper::nh_core::{Hub, Namespace};

    #[test]
    fn a_client_can_be_made_of_what_it_says() {
        let image = EmulatorImage::default().hub("news");
        let address = Address::new(&image, "localhost", 49153);
        let hub = Hub::from_connection_string(&*address.connection_string, "news").unwrap();
        assert_eq!(hub.name(), "news");
        assert!(
            address
                .connection_string
                .starts_with("Endpoint=sb://localhost:49153/;SharedAccessKeyName=DefaultFull")
        );
        assert!(address.connection_string.ends_with(&image.key));
        Namespace::from_connection_string(&*address.namespace_connection_string).unwrap();
        assert!(address.namespace_connection_string.ends_with(&image.namespace_key));
        assert_eq!(address.page_url, "http://localhost:49153/$emulator/");
    }
}
