use crate::app::{App, OnRequest};
use crate::caller::is_host;
use crate::certificate::{self, OwnCertificate};
use crate::config::{self, Config, Declared, NewInstallation};
use crate::control_token::{ControlAccess, ControlToken};
use crate::emulator::Emulator;
use crate::model::hub_description::HubDescription;
use crate::model::key::random_key;
use crate::model::logged_request::LoggedRequest;
use crate::model::tier::Tier;
use crate::namespace::blobs::Blobs;
use crate::namespace::clock::Clock;
use crate::namespace::counts::Counts;
use crate::namespace::data::{Change, Data, Kept};
use crate::namespace::events::Events;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::{Hubs, MAX_INBOX, Namespace, fresh_hub};
use crate::namespace::operations::new_device::NewDevice;
use crate::namespace::operations::schedule;
use crate::namespace::rejections::Rejections;
use crate::namespace::ring::Ring;
use crate::namespace::schedule::Schedule;
use crate::namespace::telemetry::Telemetry;
use crate::namespace::throttle::Throttle;
use crate::rest::fault::Fault;
use crate::rules;
use crate::rules::access_rule::{AccessRule, Claim};
use crate::server;
use nh_core::{DeclaredHub, Installation};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;

/// How many threads answer requests, besides those that work on what takes long.
const WORKERS: usize = 2;

/// How an [`Emulator`] is set up.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::builder().hub("news").hub("sports").demo_devices(true).start_blocking()?;
/// assert_eq!(emulator.hub(), "news");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct EmulatorBuilder {
    listen: SocketAddr,
    host: Option<String>,
    /// What it has. `namespace_key` stands there too.
    config: Config,
    processing_time: Duration,
    control_token: Option<String>,
    open_control: bool,
    data: Option<PathBuf>,
    tls_directory: Option<PathBuf>,
    certificate: Option<OwnCertificate>,
    key: Option<String>,
    on_request: Option<OnRequest>,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> EmulatorBuilder {
        EmulatorBuilder {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            host: None,
            config: Config::default(),
            control_token: None,
            open_control: false,
            processing_time: Duration::ZERO,
            data: None,
            tls_directory: None,
            certificate: None,
            key: None,
            on_request: None,
        }
    }

    /// Listens on this address: `127.0.0.1` and a free port unless set.
    pub fn listen(mut self, address: SocketAddr) -> EmulatorBuilder {
        self.listen = address;
        self
    }

    /// The name that it is reached by, in its connection strings and its certificate: `localhost` on loopback and on all addresses
    /// (`0.0.0.0`), else the address, unless set. A container is reached by the name of its service, too.
    pub fn host(mut self, name: impl Into<String>) -> EmulatorBuilder {
        self.host = Some(name.into());
        self
    }

    /// What it has, as a file declares it. Replaces what was declared before; the other methods add to it, or change it.
    ///
    /// What a [`data`](EmulatorBuilder::data) directory holds stays there: see the [guide](crate::guide::config).
    pub fn config(mut self, config: Config) -> EmulatorBuilder {
        self.config = config;
        self
    }

    /// Adds a hub: its name, or a [`DeclaredHub`]. Without any there is one, `demo-hub`. It has a demo credential for each push
    /// service that is in use, unless credentials are declared. A hub that a client creates has those that the client gives it. A
    /// name that is there already adds nothing.
    ///
    /// ```
    /// use nh_core::{DeclaredHub, Installation};
    /// use nh_emulator::Emulator;
    /// use std::time::Duration;
    ///
    /// let news = DeclaredHub::new("news").with_registration_ttl(Duration::from_secs(90 * 86_400))?;
    /// let emulator = Emulator::builder().hub(news).hub("sports").start_blocking()?;
    /// assert_eq!(emulator.hubs(), ["news", "sports"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hub(mut self, hub: impl Into<DeclaredHub>) -> EmulatorBuilder {
        let hub = hub.into();
        if !self.config.hubs().any(|known| known.name().eq_ignore_ascii_case(hub.name())) {
            self.config.hubs.push(Declared::new("hub", self.config.hubs.len(), hub));
        }
        self
    }

    /// Registers this device at the start, as [`register_device`](Emulator::register_device) does. A device that is refused is an
    /// error of [`start`](EmulatorBuilder::start). With a [`data`](EmulatorBuilder::data) directory it needs a handle.
    pub fn device(mut self, device: NewDevice) -> EmulatorBuilder {
        self.config.devices.push(Declared::new("device", self.config.devices.len(), device));
        self
    }

    /// Adds this fault at the start, as [`add_fault`](Emulator::add_fault) does.
    pub fn fault(mut self, fault: Fault) -> EmulatorBuilder {
        self.config.faults.push(Declared::new("fault", self.config.faults.len(), fault));
        self
    }

    /// Puts this installation into a hub at the start, as a client does. One that the service would refuse is an error of
    /// [`start`](EmulatorBuilder::start).
    ///
    /// ```
    /// use nh_core::{Installation, Platform};
    /// use nh_emulator::Emulator;
    ///
    /// let phone = Installation::new("i1", Platform::FcmV1, "token")?;
    /// let emulator = Emulator::builder().hub("news").installation("news", &phone).start_blocking()?;
    /// assert_eq!(emulator.devices()[0].registrations[0].installation_id.as_deref(), Some("i1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn installation(mut self, hub: impl Into<String>, installation: &Installation) -> EmulatorBuilder {
        let value = NewInstallation::new(hub.into(), installation);
        self.config.installations.push(Declared::new("installation", self.config.installations.len(), value));
        self
    }

    /// Sets its clock at the start: the system's unless set. A time that the clock cannot have is an error of
    /// [`start`](EmulatorBuilder::start).
    ///
    /// ```
    /// use nh_emulator::Emulator;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let in_a_year = SystemTime::now() + Duration::from_secs(365 * 86_400);
    /// let emulator = Emulator::builder().now(in_a_year).start_blocking()?;
    /// assert!(emulator.now() >= in_a_year);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn now(mut self, time: SystemTime) -> EmulatorBuilder {
        self.config.now = Some(time.into());
        self
    }

    /// Gives each new hub a demo device of each platform but Xiaomi, and two with a template: false unless set. The official
    /// Java SDK cannot read a list with a Xiaomi registration.
    pub fn demo_devices(mut self, yes: bool) -> EmulatorBuilder {
        self.config.demo_devices = yes;
        self
    }

    /// The pricing tier of its namespace: Standard unless set.
    pub fn tier(mut self, tier: Tier) -> EmulatorBuilder {
        self.config.tier = Some(tier);
        self
    }

    /// How many sends a hub takes in a minute; of test sends at most ten. What is over is answered with 429 (before api-version
    /// 2020-06 with 403) and `Retry-After`. Unlimited unless set: the service's own numbers are not published.
    pub fn throttle(mut self, sends_per_minute: u32) -> EmulatorBuilder {
        self.config.throttle = Some(sends_per_minute);
        self
    }

    /// The newest api-version that its hubs take, as `2017-11`. Hubs that were created long ago refuse newer ones
    /// (azure-notificationhubs-java-backend, issue 42). All are taken unless set.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().newest_api_version("2017-11").start_blocking()?;
    /// assert!(Emulator::builder().newest_api_version("new").start_blocking().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn newest_api_version(mut self, version: impl Into<String>) -> EmulatorBuilder {
        self.config.newest_api_version = Some(version.into());
        self
    }

    /// How long a notification is on its way, as far as telemetry tells: it is `Enqueued` for half of it, then `Processing`.
    /// Devices have it at once all the same. Zero unless set.
    pub fn processing_time(mut self, time: Duration) -> EmulatorBuilder {
        self.processing_time = time;
        self
    }

    /// Lets whoever shows this token use the control API and the page, from anywhere; without it only loopback may. An empty one
    /// is an error of [`start`](EmulatorBuilder::start).
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().control_token("sesame").start_blocking()?;
    /// let status = ureq::get(emulator.page_url() + "status");
    /// assert!(matches!(status.call(), Err(ureq::Error::StatusCode(401))));
    /// let status = ureq::get(emulator.page_url() + "status").header("Authorization", "Bearer sesame");
    /// assert!(status.call().is_ok());
    /// assert!(Emulator::builder().control_token("").start_blocking().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn control_token(mut self, token: impl Into<String>) -> EmulatorBuilder {
        self.control_token = Some(token.into());
        self
    }

    /// Lets everyone use the control API and the page who reaches the emulator, not only loopback: false unless set. It is for a
    /// container on a machine of one's own, where all requests come from another address. A
    /// [`control_token`](EmulatorBuilder::control_token) is asked for all the same.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().listen(([0, 0, 0, 0], 0).into()).open_control(true).start_blocking()?;
    /// assert!(ureq::get(emulator.page_url() + "status").call().is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn open_control(mut self, yes: bool) -> EmulatorBuilder {
        self.open_control = yes;
        self
    }

    /// Keeps hubs and what they hold, the namespace's keys and the sends that wait in this directory, so that they outlive the
    /// emulator, however it ends: nothing is acknowledged before it is safe there. In memory unless set. What devices have
    /// received, telemetry and jobs are not kept.
    ///
    /// Hubs of [`hub`](EmulatorBuilder::hub) that are not there yet are added. Connection strings stay good
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

    /// Keeps the certificate authority in this directory, as `ca.pem` and `ca-key.pem`, so that it has to be trusted only once.
    /// Without it there is a new one at each start.
    pub fn tls_directory(mut self, directory: impl Into<PathBuf>) -> EmulatorBuilder {
        self.tls_directory = Some(directory.into());
        self
    }

    /// The certificate to show, and its private key, in PEM: a chain, the server's own first. In place of one that the emulator
    /// signs itself. [`Emulator::ca_pem`] is then this chain.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let error = Emulator::builder().certificate("no PEM", "no PEM").start_blocking().unwrap_err();
    /// assert!(error.to_string().contains("certificate"));
    /// ```
    pub fn certificate(
        mut self,
        chain_pem: impl Into<String>,
        key_pem: impl Into<String>,
    ) -> EmulatorBuilder {
        self.certificate = Some(OwnCertificate { chain_pem: chain_pem.into(), key_pem: key_pem.into() });
        self
    }

    /// The primary key of each hub's rule with all rights, `DefaultFullSharedAccessSignature`: 256 bits in base64, as
    /// `openssl rand -base64 32` prints them. Random unless set. With it and a fixed port the connection string is the same
    /// at each start.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// let emulator = Emulator::builder().key(key).start_blocking()?;
    /// assert!(emulator.connection_string().ends_with(key));
    /// assert!(Emulator::builder().key("short").start_blocking().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn key(mut self, key: impl Into<String>) -> EmulatorBuilder {
        self.key = Some(key.into());
        self
    }

    /// The primary key of the namespace's rule, `RootManageSharedAccessKey`; otherwise as [`key`](EmulatorBuilder::key).
    pub fn namespace_key(mut self, key: impl Into<String>) -> EmulatorBuilder {
        self.config.namespace_key = Some(key.into());
        self
    }

    /// Calls this after each request of the data plane, as for a log. It runs on the emulator's own threads, and the answer waits for
    /// it. Its [`id`](LoggedRequest::id) is not known yet, and is 0.
    ///
    /// ```
    /// use nh_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().on_request(|request| {
    ///     for hint in &request.hints {
    ///         eprintln!("{}: {hint}", request.path);
    ///     }
    /// });
    /// # emulator.start_blocking()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_request(mut self, call: impl Fn(&LoggedRequest) + Send + Sync + 'static) -> EmulatorBuilder {
        self.on_request = Some(Arc::new(call));
        self
    }

    /// Starts it. Can be awaited on any executor, and does not block it.
    ///
    /// # Errors
    /// A [`data`](EmulatorBuilder::data) directory that is in use, damaged or not an emulator's, a hub's name that the service
    /// would refuse, a hub, a device, an installation or a fault that is refused, a key, a host or a certificate that is none, an
    /// address that is in use, an empty control token, no thread, no randomness.
    pub async fn start(self) -> io::Result<Emulator> {
        let (sender, started) = oneshot::channel();
        // Reading a large data directory takes its time: the caller's executor goes on meanwhile.
        std::thread::Builder::new().name("nh-emulator-start".to_owned()).spawn(move || {
            // Who has stopped waiting lets the emulator end.
            let _ = sender.send(self.start_blocking());
        })?;
        started.await.unwrap_or_else(|_| Err(io::Error::other("the emulator panicked while it started")))
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`EmulatorBuilder::start`].
    pub fn start_blocking(mut self) -> io::Result<Emulator> {
        let invalid = |words: String| io::Error::new(io::ErrorKind::InvalidInput, words);
        self.config
            .hubs()
            .try_for_each(|hub| rules::name::check_hub(hub.name()))
            .map_err(|breach| invalid(breach.to_string()))?;
        if let Some(version) = &self.config.newest_api_version {
            rules::api_version::check(version).map_err(|breach| invalid(breach.to_string()))?;
        }
        for (name, key) in [("key", &self.key), ("namespace key", &self.config.namespace_key)] {
            key.as_deref().map(rules::access_rule::check_key).transpose().map_err(|breach| {
                invalid(format!("the {name}: {breach} `openssl rand -base64 32` prints a good one"))
            })?;
        }
        if let Some(host) = &self.host
            && !is_host(host)
        {
            return Err(invalid(format!(
                "the host '{host}' is neither a name of letters, digits, '.', '-' and '_' nor an IP address; a port is not part of it"
            )));
        }
        // Bound here, so that whoever has the emulator can connect at once.
        let listener = TcpListener::bind(self.listen).map_err(|why| {
            io::Error::new(
                why.kind(),
                format!("cannot listen on {}: {why}; choose another address or port", self.listen),
            )
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let host = match self.host.take() {
            Some(host) => host,
            // Who listens on all addresses is reached by many names: in a container by those of the host.
            None if address.ip().is_unspecified() => "localhost".to_owned(),
            None if address.ip().is_loopback() && address.is_ipv4() => "localhost".to_owned(),
            None => url_host(address),
        };
        let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        names.extend([address.ip().to_string(), host.clone()]);
        let tls = match &self.certificate {
            Some(own) => certificate::given(own)?,
            None => certificate::make(names, self.tls_directory.as_deref())?,
        };

        let namespace = Arc::new(self.namespace(format!("{host}:{}", address.port()))?);
        let token = self.control_token.map(|token| ControlToken::new(token, address.port())).transpose()?;
        let access = match (token, self.open_control) {
            (Some(token), _) => ControlAccess::Token(token),
            (None, true) => ControlAccess::Everyone,
            (None, false) => ControlAccess::Loopback,
        };
        let app = Arc::new(App::new(
            namespace,
            host,
            access,
            tls.ca_pem.clone(),
            self.on_request.take(),
            self.config,
        ));
        let kept = app.declare().and_then(|()| app.namespace.data.settle());
        kept.inspect_err(|_| app.namespace.data.close())?;

        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(WORKERS).thread_name("nh-emulator").enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (config, served) = (tls.config, app.clone());
        let thread = std::thread::Builder::new().name("nh-emulator".to_owned()).spawn(move || {
            runtime.spawn(schedule::keep_sending(served.namespace.clone()));
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = server::serve(listener, config, served) => {}
                    _ = stopped => {}
                }
            });
        })?;
        let (namespace, hub) = (&app.namespace, app.namespace.first_hub.clone());
        let authority = &*namespace.authority;
        Ok(Emulator {
            connection_string: namespace.hub_connection_string(authority, &hub),
            listen_only_connection_string: namespace.listen_only_connection_string(authority, &hub),
            namespace_connection_string: namespace.namespace_connection_string(authority),
            hub,
            address,
            ca_pem: tls.ca_pem,
            app,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The namespace as it was kept, and what is new in it.
    fn namespace(&mut self, authority: String) -> io::Result<Namespace> {
        let (data, kept) = match &self.data {
            Some(directory) => Data::open(directory)?,
            None => (Data::default(), Kept::default()),
        };
        // Who corrects what is refused starts again in the same process.
        self.namespace_of(&data, kept, authority).inspect_err(|_| data.close())
    }

    fn namespace_of(&mut self, data: &Data, kept: Kept, authority: String) -> io::Result<Namespace> {
        let kept_first = kept.hubs.first().map_or("demo-hub", |(_, hub)| &hub.name);
        let first_hub = self.config.hubs().next().map_or(kept_first, DeclaredHub::name).to_owned();
        if self.config.hubs.is_empty() {
            self.config.hubs.push(Declared::new("hub", 0, DeclaredHub::new(&*first_hub)));
        }
        if let Some(device) =
            self.config.devices.iter().find(|device| self.data.is_some() && device.value.has_no_handle())
        {
            let why = "it has no pns_handle; give it one, or each start with this data directory adds another device";
            return Err(config::invalid(&device.place, &why));
        }
        let mut hubs = Hubs::new();
        for (number, hub) in kept.hubs {
            let hub = Hub::with(hub);
            hub.keep_on(data, number);
            hubs.insert(hub.name.to_ascii_lowercase(), Arc::new(hub));
        }
        let mut start = Vec::new();
        for declared in &self.config.hubs {
            let name = declared.value.name();
            let key = name.to_ascii_lowercase();
            if !hubs.contains_key(&key) {
                let description = HubDescription::fresh()?.with_demo_credentials();
                hubs.extend([fresh_hub(name, description, self.config.demo_devices, data)]);
            }
            let Some(hub) = hubs.get(&key) else { continue };
            let known = hub.state().description.clone();
            let description = known.declared(&declared.value);
            let mut description = description
                .map_err(|why| config::invalid(&declared.place, &format!("hub '{name}': {why}")))?;
            if let Some(key) = &self.key {
                description.set_full_key(key);
            }
            if description != known {
                hub.describe(description.clone());
            }
            start.push((name.to_owned(), description));
        }
        let mut rule = match kept.rule {
            Some(rule) => rule,
            None => AccessRule::new(AccessRule::ROOT, &Claim::ALL, [random_key()?, random_key()?]),
        };
        if let Some(key) = &self.config.namespace_key {
            rule.key.clone_from(key);
        }
        data.keep([Change::rule(&rule)]);
        data.settle()?;
        let namespace = Namespace {
            authority,
            first_hub,
            rule,
            hubs: RwLock::new(hubs),
            data: data.clone(),
            start: (start, self.config.demo_devices),
            blobs: Blobs::new(random_key()?),
            inbox: Ring::new(MAX_INBOX),
            events: Events::default(),
            telemetry: Telemetry::new(self.processing_time.try_into().unwrap_or(time::Duration::MAX)),
            counts: Counts::default(),
            clock: Clock::default(),
            schedule: Schedule::default(),
            tier: self.config.tier.unwrap_or_default(),
            newest_api_version: self.config.newest_api_version.clone(),
            throttle: Throttle::new(self.config.throttle),
            rejections: Rejections::default(),
        };
        for (id, send) in kept.scheduled {
            namespace.schedule_again(&id, &send);
        }
        Ok(namespace)
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No key and no token.
        f.debug_struct("EmulatorBuilder")
            .field("listen", &self.listen)
            .field("host", &self.host)
            .field("config", &self.config)
            .field("data", &self.data)
            .field("tls_directory", &self.tls_directory)
            .finish_non_exhaustive()
    }
}

fn url_host(address: SocketAddr) -> String {
    if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() }
}
