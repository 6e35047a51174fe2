use crate::clock::Clock;
use crate::control::Device;
use crate::data::Data;
use crate::deliveries::Deliveries;
use crate::event::Events;
use crate::fault::{Fault, Faults};
use crate::inbox::{Delivery, Inbox};
use crate::registration::{self, Registration};
use crate::rejection::Rejections;
use crate::request_log::{LoggedRequest, RequestLog};
use crate::sas::Rule;
use crate::schedule::{self, Schedule};
use crate::service::{Service, fresh_hubs};
use crate::storage::{self, Storage};
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use crate::{certificate, operations, server};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
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
            control_token: None,
            throttle: None,
            processing_time: Duration::ZERO,
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

    /// What the devices have received, oldest first: the newest 100 000.
    pub fn inbox(&self) -> Vec<Delivery> {
        self.service.inbox.all()
    }

    /// Forgets what the devices have received.
    pub fn clear_inbox(&self) {
        self.service.inbox.clear();
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
        rejected.map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
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

    /// Makes something go wrong from now on. Says the fault's number.
    ///
    /// # Errors
    /// A fault that makes no sense, as one whose status is a success.
    pub fn add_fault(&self, fault: Fault) -> io::Result<u64> {
        fault.check().map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        Ok(self.service.faults.add(fault).id())
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// What the data plane has been asked, oldest first: the newest 1000.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let newest = self.service.requests.newest(usize::MAX, None, |_| true);
        newest.iter().map(|request| (**request).clone()).collect()
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
    tier: Tier,
    throttle: Option<u32>,
    processing_time: Duration,
    control_token: Option<String>,
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

    /// Lets whoever shows this token use the control API and the page, from anywhere; without it only loopback may.
    pub fn control_token(mut self, token: impl Into<String>) -> EmulatorBuilder {
        self.control_token = Some(token.into());
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
        let known = kept.hubs.into_iter().map(|hub| (hub.name.to_ascii_lowercase(), Arc::new(hub)));
        let mut hubs: BTreeMap<_, _> = known.collect();
        hubs.extend(fresh_hubs(
            self.hubs.iter().filter(|name| !hubs.contains_key(&name.to_ascii_lowercase())),
            self.demo_devices,
            &data,
        )?);
        let rules = match kept.rules {
            Some(rules) => rules,
            None => [Rule::full()?, Rule::listen()?],
        };
        data.keep_rules(&rules);
        data.settle()?;
        let events = Events::default();
        let service = Arc::new(Service {
            authority,
            host,
            first_hub: self.hubs[0].clone(),
            control_token: self.control_token,
            rules,
            hubs: RwLock::new(hubs),
            data,
            start: (self.hubs.clone(), self.demo_devices),
            storage: Storage::default(),
            inbox: Inbox::new(events.clone()),
            requests: RequestLog::new(events.clone()),
            events,
            telemetry: Telemetry::new(self.processing_time.try_into().unwrap_or(time::Duration::MAX)),
            clock: Clock::default(),
            schedule: Schedule::default(),
            faults: Faults::default(),
            tier: self.tier,
            throttle: Throttle::new(self.throttle),
            rejections: Rejections::default(),
        });
        let (full, listen) = (service.connection_string(0), service.connection_string(1));
        let served = service.clone();

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for (id, send) in kept.scheduled {
            operations::schedule_again(&service, &id, send);
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let config = tls.config;
        let thread = std::thread::Builder::new().name("nh-emulator".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = schedule::keep(served.clone()) => {}
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
