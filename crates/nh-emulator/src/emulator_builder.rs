use crate::clock::Clock;
use crate::control::Token;
use crate::data::Data;
use crate::emulator::Emulator;
use crate::event::Events;
use crate::fault::Faults;
use crate::hub_description::HubDescription;
use crate::inbox;
use crate::rejection::Rejections;
use crate::request_log;
use crate::ring::Ring;
use crate::rules;
use crate::sas::{Rule, random_key};
use crate::schedule::Schedule;
use crate::service::{Service, fresh_hub};
use crate::storage::Storage;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use crate::{certificate, due, operations, server};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many threads answer requests, besides those that work on what takes long.
const WORKERS: usize = 2;

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
    tls_directory: Option<PathBuf>,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> EmulatorBuilder {
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
            tls_directory: None,
        }
    }

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

    /// Keeps the certificate authority in this directory, as `ca.pem` and `ca-key.pem`, so that it has to be trusted only once.
    /// Without it there is a new one at each start.
    pub fn tls_directory(mut self, directory: impl Into<PathBuf>) -> EmulatorBuilder {
        self.tls_directory = Some(directory.into());
        self
    }

    /// Starts it. Can be awaited on any executor.
    ///
    /// # Errors
    /// A [`data`](EmulatorBuilder::data) directory that is in use, damaged or not an emulator's, a hub's name that the service
    /// would refuse, an address that is in use, an empty control token, no thread, no randomness.
    #[expect(clippy::unused_async, reason = "starting may come to wait; its callers are async")]
    pub async fn start(self) -> io::Result<Emulator> {
        self.start_blocking()
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`EmulatorBuilder::start`].
    pub fn start_blocking(mut self) -> io::Result<Emulator> {
        for name in &self.hubs {
            let wrong = |breach| io::Error::new(io::ErrorKind::InvalidInput, format!("{breach}"));
            rules::name::check_hub(name).map_err(wrong)?;
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
        let tls = certificate::make(names, self.tls_directory.as_deref())?;

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
        let mut start = Vec::new();
        for name in &self.hubs {
            let key = name.to_ascii_lowercase();
            if !hubs.contains_key(&key) {
                hubs.extend([fresh_hub(name, HubDescription::new()?, self.demo_devices, &data)]);
            }
            let description = hubs.get(&key).map(|hub| hub.state().description.clone());
            start.extend(description.map(|description| (name.clone(), description)));
        }
        let rule = match kept.rule {
            Some(rule) => rule,
            None => Rule::root()?,
        };
        data.keep_rule(&rule);
        data.settle()?;
        let service = Arc::new(Service {
            authority,
            host,
            first_hub: self.hubs[0].clone(),
            control_token: self.control_token.map(|token| Token::new(token, address.port())).transpose()?,
            rule,
            hubs: RwLock::new(hubs),
            data,
            start: (start, self.demo_devices),
            storage: Storage::new(random_key()?),
            inbox: Ring::new(inbox::KEPT),
            requests: Ring::new(request_log::KEPT),
            events: Events::default(),
            telemetry: Telemetry::new(self.processing_time.try_into().unwrap_or(time::Duration::MAX)),
            clock: Clock::default(),
            schedule: Schedule::default(),
            faults: Faults::default(),
            tier: self.tier,
            throttle: Throttle::new(self.throttle),
            rejections: Rejections::default(),
        });
        let first = &service.first_hub;
        let (full, listen) =
            (service.hub_connection_string(first), service.listen_only_connection_string(first));
        let namespace = service.namespace_connection_string();
        let served = service.clone();

        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(WORKERS).thread_name("nh-emulator").enable_all().build()?;
        for (id, send) in kept.scheduled {
            operations::schedule_again(&service, &id, send);
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let config = tls.config;
        let thread = std::thread::Builder::new().name("nh-emulator".to_owned()).spawn(move || {
            runtime.spawn(due::keep(served.clone()));
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
            namespace_connection_string: namespace,
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
