use crate::control::Device;
use crate::deliveries::Deliveries;
use crate::emulator_builder::EmulatorBuilder;
use crate::fault::Fault;
use crate::inbox::Delivery;
use crate::registration::{self, Registration};
use crate::request_log::LoggedRequest;
use crate::service::Service;
use crate::storage;
use bytes::Bytes;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
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
    pub(crate) hub: String,
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    pub(crate) service: Arc<Service>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator on a free port of loopback, with one hub and its demo devices. Can be awaited on any executor.
    ///
    /// # Errors
    /// No port, no thread, no randomness.
    #[expect(clippy::unused_async, reason = "starting may come to wait; its callers are async")]
    pub async fn start() -> io::Result<Emulator> {
        Emulator::start_blocking()
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

    /// The connection string with all rights.
    pub fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// The connection string of a rule that may only listen, as an app on a device has it: it cannot send.
    pub fn listen_only_connection_string(&self) -> &str {
        &self.listen_only_connection_string
    }

    /// The name of the hub; of the first one, if there are several.
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// The names of all hubs.
    pub fn hubs(&self) -> Vec<String> {
        self.service.hub_names()
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
        format!("http://{}/$emulator/", self.service.authority)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate authority to trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The URL of a container in the emulator's own storage, for the files of jobs. Any name will do. A PUT of a blob below it
    /// writes, a GET reads.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// assert!(emulator.container_uri("jobs").ends_with("/$emulator/storage/jobs?sig=emulator"));
    /// emulator.write_blob("jobs/in.txt", "one line");
    /// assert_eq!(emulator.read_blob("jobs/in.txt").as_deref(), Some(&b"one line"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn container_uri(&self, container: &str) -> String {
        format!("https://{}{}{container}?sig=emulator", self.service.authority, storage::PATH)
    }

    /// What a blob of the emulator's own storage holds: `{container}/{path}`.
    pub fn read_blob(&self, path: &str) -> Option<Bytes> {
        self.service.storage.get(path)
    }

    /// Writes a blob of the emulator's own storage: `{container}/{path}`.
    pub fn write_blob(&self, path: &str, content: impl Into<Bytes>) {
        self.service.storage.put(path, content.into());
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
    /// A hub that does not exist, or a line that is no registration: those before it have been added.
    pub fn import_registrations(
        &self,
        hub: &str,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> io::Result<usize> {
        let found = self.service.hub(hub);
        let hub = found
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no hub '{hub}'")))?;
        let mut count = 0;
        for line in lines {
            let registration = registration::read(line.as_ref().as_bytes()).map_err(|refusal| {
                let why = refusal.detail.unwrap_or_default();
                io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {why}", count + 1))
            })?;
            let registration = Registration { id: registration::new_id(), etag: 1, ..registration };
            hub.state().registrations.insert(&registration);
            count += 1;
            // No more waits to be kept than that.
            if count % 10_000 == 0 {
                self.service.data.settle()?;
            }
        }
        self.service.data.settle()?;
        Ok(count)
    }

    /// What the devices have received, oldest first: the newest 100 000.
    pub fn inbox(&self) -> Vec<Delivery> {
        self.service.inbox.all().iter().map(|received| Delivery::from(&**received)).collect()
    }

    /// Forgets what the devices have received.
    pub fn clear_inbox(&self) {
        self.service.clear_inbox();
    }

    /// Watches what devices receive from now on. A send has delivered when it is answered; this is for what comes later, as a
    /// scheduled notification.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.service.events.watch())
    }

    /// All devices of all hubs.
    pub fn devices(&self) -> Vec<Device> {
        self.service.devices()
    }

    /// Registers a device natively, as an app on it would: for tests of sends that bring their own devices.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().hub("news").demo_devices(false).start_blocking()?;
    /// emulator.register_device("news", "fcmv1", "device-token", ["sports", "follows_RedSox"])?;
    /// assert_eq!(emulator.devices()[0].registrations[0].tags, ["sports", "follows_RedSox"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// A hub or platform that is not known, and tags that the service would refuse.
    pub fn register_device<T: Into<String>>(
        &self,
        hub: &str,
        platform: &str,
        pns_handle: &str,
        tags: impl IntoIterator<Item = T>,
    ) -> io::Result<Device> {
        let tags = tags.into_iter().map(Into::into).collect();
        let device = self.service.register_device(hub, platform, pns_handle, tags).map_err(invalid)?;
        self.service.data.settle()?;
        Ok(device)
    }

    /// Tells a device what its push service answers from now on: an outcome of telemetry as `Throttled`, or `None` to take
    /// everything again. On `ExpiredChannel` and `BadChannel` the hub drops the device and writes feedback.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let phone = emulator.devices().swap_remove(0);
    /// emulator.reject(&phone.hub, &phone.platform, &phone.pns_handle, Some("ExpiredChannel"))?;
    /// assert_eq!(emulator.devices()[0].rejection.as_deref(), Some("ExpiredChannel"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is no outcome of telemetry.
    pub fn reject(
        &self,
        hub: &str,
        platform: &str,
        pns_handle: &str,
        outcome: Option<&str>,
    ) -> io::Result<()> {
        let rejected = self.service.reject(hub, &platform.into(), pns_handle, outcome);
        rejected.map_err(invalid)
    }

    /// The emulator's time: the system's, unless it was moved.
    pub fn now(&self) -> SystemTime {
        self.service.clock.now().into()
    }

    /// Moves the emulator's time ahead. What is due by then has been sent when this returns. The expiry of tokens goes by the
    /// system's time.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// emulator.advance(Duration::from_secs(3600));
    /// assert!(emulator.now() > SystemTime::now() + Duration::from_secs(3500));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn advance(&self, by: Duration) {
        self.service.clock.advance(by.try_into().unwrap_or(time::Duration::MAX));
        self.service.clock_moved();
    }

    /// Sets the emulator's time. What is due by then has been sent when this returns.
    pub fn set_now(&self, now: SystemTime) {
        self.service.clock.set(now.into());
        self.service.clock_moved();
    }

    /// Makes something go wrong from now on. Says the fault's number.
    ///
    /// # Errors
    /// A fault that makes no sense, as one whose status is a success.
    pub fn add_fault(&self, fault: Fault) -> io::Result<u64> {
        fault.check().map_err(invalid)?;
        Ok(self.service.faults.add(fault).id())
    }

    /// Takes one fault back, by its number. Says whether it was there.
    pub fn remove_fault(&self, id: u64) -> bool {
        self.service.faults.remove(id)
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// What the data plane has been asked, oldest first: the newest 1000.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.service.requests.all().iter().map(|request| (**request).clone()).collect()
    }

    /// How many requests and deliveries there have been in all.
    pub fn served(&self) -> (u64, u64) {
        (self.service.requests.count(), self.service.inbox.count())
    }

    /// Everything is as it was at the start: devices, inbox, schedule, jobs, faults, clock, log.
    ///
    /// # Errors
    /// No randomness for new keys.
    pub fn reset(&self) -> io::Result<()> {
        self.service.reset()
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
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
        self.service.data.close();
    }
}
