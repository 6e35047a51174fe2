use crate::data::Data;
use crate::hub::Hub;
use crate::hub_description::HubDescription;
use crate::inbox::{Delivery, Inbox};
use crate::registration::{self, Registration};
use crate::sas::Rule;
use crate::service::Service;
use crate::storage::{self, Storage};
use crate::telemetry::Telemetry;
use crate::{certificate, operations, server};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};
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
            data: None,
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
            // No more waits to be kept than that.
            if count % 10_000 == 0 {
                self.service.data.settle()?;
            }
        }
        self.service.data.settle()?;
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
        self.service.data.close();
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
    data: Option<PathBuf>,
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

    /// Keeps hubs and what they hold, the namespace's keys and the sends that wait in this directory, so that they outlive the
    /// emulator, however it ends: nothing is acknowledged before it is safe there. In memory unless set. What devices have
    /// received, telemetry and jobs are not kept.
    ///
    /// Hubs of [`hub`](EmulatorBuilder::hub) that are not there yet are added, with demo devices. Connection strings stay good
    /// as long as the emulator [listens](EmulatorBuilder::listen) on the same port.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let emulator = Emulator::builder().hub("news").data(directory.path()).start_blocking()?;
    /// let key = emulator.connection_string().rsplit_once(';').map(|(_, key)| key.to_owned());
    /// drop(emulator);
    ///
    /// let again = Emulator::builder().data(directory.path()).start_blocking()?;
    /// assert_eq!(again.hub(), "news");
    /// assert_eq!(again.connection_string().rsplit_once(';').map(|(_, key)| key.to_owned()), key);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn data(mut self, directory: impl Into<PathBuf>) -> EmulatorBuilder {
        self.data = Some(directory.into());
        self
    }

    /// Starts it. Can be awaited on any executor.
    ///
    /// # Errors
    /// A [`data`](EmulatorBuilder::data) directory that is in use, damaged or not an emulator's, an address that is in use, no thread, no randomness.
    #[expect(clippy::unused_async, reason = "starting may come to wait; its callers are async")]
    pub async fn start(self) -> io::Result<Emulator> {
        self.start_blocking()
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`EmulatorBuilder::start`].
    pub fn start_blocking(mut self) -> io::Result<Emulator> {
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

        let (data, kept) = match &self.data {
            Some(directory) => Data::open(directory)?,
            None => Default::default(),
        };
        if self.hubs.is_empty() {
            self.hubs.push(kept.hubs.first().map_or("demo-hub", |hub| &hub.name).to_owned());
        }
        let authority = format!("{host}:{}", address.port());
        let rules = match kept.rules {
            Some(rules) => rules,
            None => [Rule::full()?, Rule::listen()?],
        };
        data.keep_rules(&rules);
        let connection_string = |rule: &Rule| {
            format!(
                "Endpoint=sb://{authority}/;SharedAccessKeyName={};SharedAccessKey={}",
                rule.name, rule.key
            )
        };
        let (full, listen) = (connection_string(&rules[0]), connection_string(&rules[1]));
        let known = kept.hubs.into_iter().map(|hub| (hub.name.to_ascii_lowercase(), Arc::new(hub)));
        let mut hubs: BTreeMap<_, _> = known.collect();
        for name in &self.hubs {
            if let Entry::Vacant(place) = hubs.entry(name.to_ascii_lowercase()) {
                let hub = Hub::new(name.clone(), HubDescription::new()?, self.demo_devices);
                hub.keep_in(&data);
                place.insert(Arc::new(hub));
            }
        }
        data.settle()?;
        let service = Arc::new(Service {
            authority,
            rules,
            hubs: RwLock::new(hubs),
            data,
            storage: Storage::default(),
            inbox: Inbox::default(),
            telemetry: Telemetry::default(),
            scheduled: Mutex::default(),
        });
        let served = service.clone();

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        for (id, send) in kept.scheduled {
            operations::schedule_again(&service, &id, send);
        }
        drop(entered);
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
