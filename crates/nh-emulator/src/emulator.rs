use crate::hub::Hub;
use crate::hub_description::HubDescription;
use crate::inbox::{Delivery, Inbox};
use crate::registration::{self, Registration};
use crate::rejection::Rejections;
use crate::sas::Rule;
use crate::service::Service;
use crate::storage::{self, Storage};
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use crate::{certificate, server};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
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
    connection_string: String,
    listen_only_connection_string: String,
    hub: String,
    address: SocketAddr,
    ca_pem: String,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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
        EmulatorBuilder {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            host: None,
            hubs: Vec::new(),
            demo_devices: true,
            tier: Tier::default(),
            throttle: None,
            processing_time: Duration::ZERO,
        }
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
        }
        Ok(count)
    }

    /// What the devices have received, oldest first.
    pub fn inbox(&self) -> Vec<Delivery> {
        self.service.inbox.all()
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
    }
}

/// How an [`Emulator`] is set up.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::builder().hub("news").hub("sports").demo_devices(false).start_blocking()?;
/// assert_eq!(emulator.hub(), "news");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct EmulatorBuilder {
    listen: SocketAddr,
    host: Option<String>,
    hubs: Vec<String>,
    demo_devices: bool,
    tier: Tier,
    throttle: Option<u32>,
    processing_time: Duration,
}

impl EmulatorBuilder {
    /// Listens on this address: `127.0.0.1` and a free port unless set.
    pub fn listen(mut self, address: SocketAddr) -> EmulatorBuilder {
        self.listen = address;
        self
    }

    /// The name that it is reached by, in its connection strings and its certificate: `localhost` on loopback, else the
    /// address, unless set. A container is reached by the name of its service.
    pub fn host(mut self, name: impl Into<String>) -> EmulatorBuilder {
        self.host = Some(name.into());
        self
    }

    /// Adds a hub. Without any there is one, `demo-hub`.
    pub fn hub(mut self, name: impl Into<String>) -> EmulatorBuilder {
        self.hubs.push(name.into());
        self
    }

    /// Gives each hub a demo device of each platform: true unless set.
    pub fn demo_devices(mut self, yes: bool) -> EmulatorBuilder {
        self.demo_devices = yes;
        self
    }

    /// The pricing tier of its namespace: Standard unless set.
    pub fn tier(mut self, tier: Tier) -> EmulatorBuilder {
        self.tier = tier;
        self
    }

    /// How many sends a hub takes in a minute; of test sends at most ten. What is over is answered with 429 (before api-version
    /// 2020-06 with 403) and `Retry-After`. Unlimited unless set: the service's own numbers are not published.
    pub fn throttle(mut self, sends_per_minute: u32) -> EmulatorBuilder {
        self.throttle = Some(sends_per_minute);
        self
    }

    /// How long a notification is on its way, as far as telemetry tells: it is `Enqueued` for half of it, then `Processing`.
    /// Devices have it at once all the same. Zero unless set.
    pub fn processing_time(mut self, time: Duration) -> EmulatorBuilder {
        self.processing_time = time;
        self
    }

    /// Starts it. Can be awaited on any executor.
    ///
    /// # Errors
    /// An address that is in use, no thread, no randomness.
    #[expect(clippy::unused_async, reason = "starting may come to wait; its callers are async")]
    pub async fn start(self) -> io::Result<Emulator> {
        self.start_blocking()
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`EmulatorBuilder::start`].
    pub fn start_blocking(mut self) -> io::Result<Emulator> {
        if self.hubs.is_empty() {
            self.hubs.push("demo-hub".to_owned());
        }
        // Bound here, so that whoever has the emulator can connect at once.
        let listener = TcpListener::bind(self.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let host = match self.host {
            Some(host) => host,
            None if address.ip().is_loopback() && address.is_ipv4() => "localhost".to_owned(),
            None => url_host(address),
        };
        let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        names.extend([address.ip().to_string(), host.clone()]);
        let tls = certificate::make(names)?;

        let authority = format!("{host}:{}", address.port());
        let rules = [Rule::full()?, Rule::listen()?];
        let connection_string = |rule: &Rule| {
            format!(
                "Endpoint=sb://{authority}/;SharedAccessKeyName={};SharedAccessKey={}",
                rule.name, rule.key
            )
        };
        let (full, listen) = (connection_string(&rules[0]), connection_string(&rules[1]));
        let mut hubs = BTreeMap::new();
        for name in &self.hubs {
            let hub = Hub::new(name.clone(), HubDescription::new()?, self.demo_devices);
            hubs.insert(name.to_ascii_lowercase(), Arc::new(hub));
        }
        let service = Arc::new(Service {
            authority,
            rules,
            hubs: RwLock::new(hubs),
            storage: Storage::default(),
            inbox: Inbox::default(),
            telemetry: Telemetry::new(self.processing_time.try_into().unwrap_or(time::Duration::MAX)),
            tier: self.tier,
            throttle: Throttle::new(self.throttle),
            rejections: Rejections::default(),
            scheduled: Mutex::default(),
        });
        let served = service.clone();

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let config = tls.config;
        let thread = std::thread::Builder::new().name("nh-emulator".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = server::serve(listener, config, served) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Emulator {
            connection_string: full,
            listen_only_connection_string: listen,
            hub: self.hubs.swap_remove(0),
            address,
            ca_pem: tls.ca_pem,
            service,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

fn url_host(address: SocketAddr) -> String {
    if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() }
}
