use crate::app::App;
use crate::documents::read_registration;
use crate::emulator_builder::EmulatorBuilder;
use crate::model::delivery::Delivery;
use crate::model::refusal::Refusal;
use crate::namespace::blobs::BlobPermissions;
use crate::namespace::events::Event;
use bytes::Bytes;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// A running emulator. It owns a thread; dropping it ends both.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::start_blocking()?;
/// println!("{}", emulator.connection_string());
/// assert!(emulator.connection_string().starts_with("Endpoint=sb://localhost:"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Emulator {
    pub(crate) connection_string: String,
    pub(crate) listen_only_connection_string: String,
    pub(crate) namespace_connection_string: String,
    pub(crate) hub: String,
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    pub(crate) app: Arc<App>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator on a free port of loopback, with one hub that has no devices. Can be awaited on any executor, and
    /// does not block it.
    ///
    /// # Errors
    /// No port, no thread, no randomness.
    pub async fn start() -> io::Result<Emulator> {
        Emulator::builder().start().await
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`Emulator::start`].
    pub fn start_blocking() -> io::Result<Emulator> {
        Emulator::builder().start_blocking()
    }

    /// Sets up an emulator.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// The connection string of the hub, with all rights there: `DefaultFullSharedAccessSignature`. With several hubs, of the first
    /// one; [`hub_connection_string`](Emulator::hub_connection_string) has those of the others.
    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// The connection string of the namespace, with all rights in every hub: `RootManageSharedAccessKey`. It can create and delete
    /// hubs; a hub's own cannot.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert!(emulator.namespace_connection_string().contains("SharedAccessKeyName=RootManageSharedAccessKey;"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn namespace_connection_string(&self) -> &str {
        &self.namespace_connection_string
    }

    /// The connection string of any hub, with all rights there. Returns `None` if there is no such hub.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().hub("news").hub("sports").start_blocking()?;
    /// assert_eq!(emulator.hub_connection_string("news").as_deref(), Some(emulator.connection_string()));
    /// assert_ne!(emulator.hub_connection_string("sports").as_deref(), Some(emulator.connection_string()));
    /// assert_eq!(emulator.hub_connection_string("weather"), None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn hub_connection_string(&self, hub: &str) -> Option<String> {
        let namespace = &self.app.namespace;
        namespace.hub(hub).map(|_| namespace.hub_connection_string(&namespace.authority, hub))
    }

    /// The connection string of the hub's rule that may only listen, as an app on a device has it: it cannot send.
    pub fn listen_only_connection_string(&self) -> &str {
        &self.listen_only_connection_string
    }

    /// The name of the hub; of the first one, if there are several.
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// The names of all hubs.
    pub fn hubs(&self) -> Vec<String> {
        self.app.namespace.hub_names()
    }

    /// The address of its inbox page, for a browser. Plain HTTP, so that nothing has to be trusted first.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert!(emulator.page_url().starts_with("http://localhost:"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn page_url(&self) -> String {
        format!("http://{}/$emulator/", self.app.namespace.authority)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority to trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The URL of a container in the emulator's own storage, for the files of jobs, or of a blob in one. Any name will do. Whoever has
    /// the URL may list the container, and read and write its blobs, for 24 hours.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert!(emulator.container_uri("jobs").contains("/$emulator/storage/jobs?"));
    /// emulator.write_blob("jobs/in.txt", "one line");
    /// assert_eq!(emulator.read_blob("jobs/in.txt").as_deref(), Some(&b"one line"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn container_uri(&self, container: &str) -> String {
        self.app.namespace.blobs.container_uri(
            &self.app.namespace.authority,
            container,
            BlobPermissions::ReadWriteAndList,
        )
    }

    /// What a blob of the emulator's own storage holds: `{container}/{path}`.
    pub fn read_blob(&self, path: &str) -> Option<Bytes> {
        self.app.namespace.blobs.get(path)
    }

    /// Writes a blob of the emulator's own storage: `{container}/{path}`.
    pub fn write_blob(&self, path: &str, content: impl Into<Bytes>) {
        self.app.namespace.blobs.put(path, &content.into());
    }

    /// Adds registrations to a hub as an import job does, without the job: each line is a serialized registration, as an
    /// export writes them. Their ids are new. Says how many there were.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let namespace = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    /// let devices = (0..1000).map(|n| {
    ///     format!(
    ///         "<FcmV1RegistrationDescription xmlns=\"{namespace}\"><Tags>load-test,user-{n}</Tags>\
    ///          <FcmV1RegistrationId>device-{n}</FcmV1RegistrationId></FcmV1RegistrationDescription>"
    ///     )
    /// });
    /// assert_eq!(emulator.import_registrations(emulator.hub(), devices)?, 1000);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// A hub that does not exist, a line that is no registration, no room in the tier: the lines before it have been added.
    pub fn import_registrations(
        &self,
        hub: &str,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> io::Result<usize> {
        let found = self.app.namespace.hub(hub);
        let hub = found
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no hub '{hub}'")))?;
        let mut count = 0;
        for line in lines {
            let wrong = |refusal: Refusal| {
                let why = refusal.words.unwrap_or_default();
                io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {why}", count + 1))
            };
            let registration = read_registration::read(line.as_ref().as_bytes()).map_err(wrong)?;
            self.app.namespace.create_registration(&hub, registration).map_err(wrong)?;
            count += 1;
            // No more waits to be kept than that.
            if count % 10_000 == 0 {
                self.app.namespace.data.settle()?;
            }
        }
        self.app.namespace.data.settle()?;
        Ok(count)
    }

    /// What the devices have received, oldest first: the newest 100 000.
    pub fn inbox(&self) -> Vec<Delivery> {
        self.app.namespace.inbox.all().iter().map(|received| Delivery::from(&**received)).collect()
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.address)
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; dropping must not add another.
            let _ = thread.join();
        }
        self.app.namespace.data.close();
        self.app.namespace.events.tell(Event::Ended);
    }
}
