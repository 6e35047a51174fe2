use crate::config::{self, Config};
use crate::control_token::ControlAccess;
use crate::model::installation;
use crate::model::logged_request::LoggedRequest;
use crate::model::refusal::{Reason, Refusal};
use crate::namespace::clock::OutOfRange;
use crate::namespace::events::Event;
use crate::namespace::namespace::Namespace;
use crate::namespace::ring::Ring;
use crate::rest::fault::{Fault, Faults};
use crate::rest::request_counts::RequestCounts;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

/// The newest so many requests are kept.
const MAX_REQUESTS: usize = 1000;

/// What the faces of an emulator share: the namespace, and what stands before it.
pub(crate) struct App {
    pub(crate) namespace: Arc<Namespace>,
    /// The name that it is reached by.
    pub(crate) host: String,
    pub(crate) access: ControlAccess,
    /// The certificate authority to trust, in PEM.
    pub(crate) ca_pem: String,
    pub(crate) started: SystemTime,
    /// What a scrape of metrics tells of requests.
    pub(crate) counts: RequestCounts,
    /// Whoever changes them tells of it.
    faults: Faults,
    /// What the data plane has been asked.
    requests: Ring<LoggedRequest>,
    /// Who is told of each request.
    on_request: Option<OnRequest>,
    /// What it has at the start.
    config: Config,
}

/// Is told of a request.
pub(crate) type OnRequest = Arc<dyn Fn(&LoggedRequest) + Send + Sync>;

impl App {
    pub(crate) fn new(
        namespace: Arc<Namespace>,
        host: String,
        access: ControlAccess,
        ca_pem: String,
        on_request: Option<OnRequest>,
        config: Config,
    ) -> App {
        let (faults, requests) = (Faults::default(), Ring::new(MAX_REQUESTS));
        let (started, counts) = (SystemTime::now(), RequestCounts::new());
        App { namespace, host, access, ca_pem, started, counts, faults, requests, on_request, config }
    }

    /// Makes what is declared beside the hubs: time, devices, installations, faults. A device that is there
    /// already, from a data directory, is put into the declared state, and all else stays.
    ///
    /// # Errors
    /// What the service refuses, with its reason and where it was declared.
    pub(crate) fn declare(&self) -> io::Result<()> {
        let Config { now, devices, installations, faults, .. } = &self.config;
        let refused = |place: &str, why: Refusal| {
            let why = why.words.unwrap_or_else(|| "the service refuses it".to_owned());
            config::invalid(place, &why.trim_start_matches("SubCode=40000. "))
        };
        if let Some(now) = now {
            let moved = self.namespace.clock.set(*now);
            moved.map_err(|OutOfRange| config::invalid("now", &OutOfRange::MESSAGE))?;
        }
        for device in devices {
            let made = self.namespace.declare_device(device.value.clone());
            made.map_err(|why| refused(&device.place, why))?;
        }
        for declared in installations {
            let (hub, document) = (declared.value.hub.as_deref(), declared.value.document.clone());
            let id = document.get("installationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let hub = self.namespace.hub_or_first(hub).map_err(|why| refused(&declared.place, why))?;
            let bytes = Value::Object(document).to_string();
            let put = installation::read(bytes.as_bytes())
                .and_then(|document| self.namespace.put_installation(&hub, &id, document));
            put.map_err(|why| refused(&declared.place, why))?;
        }
        for fault in faults {
            fault.value.check().map_err(|why| config::invalid(&fault.place, &why))?;
            self.add_fault(fault.value.clone());
        }
        Ok(())
    }

    /// Something goes wrong from now on.
    pub(crate) fn add_fault(&self, fault: Fault) -> Fault {
        let added = self.faults.add(fault);
        self.namespace.events.tell(Event::Faults);
        added
    }

    /// Was it still there?
    pub(crate) fn remove_fault(&self, id: u64) -> bool {
        let was_there = self.faults.remove(id);
        if was_there {
            self.namespace.events.tell(Event::Faults);
        }
        was_there
    }

    /// What is to go wrong, in the order in which it was added.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.faults.all()
    }

    pub(crate) fn clear_faults(&self) {
        self.faults.clear();
        self.namespace.events.tell(Event::Faults);
    }

    /// The fault that befalls a request. It can be over then.
    pub(crate) fn strike(&self, operation: Option<&str>, hub: &str) -> Option<Fault> {
        let (struck, is_over) = self.faults.strike(operation, hub);
        if is_over {
            self.namespace.events.tell(Event::Faults);
        }
        if let Some(fault) = &struck {
            self.counts.struck(fault.kind());
        }
        struck
    }

    /// Keeps a request in the log, and tells of it.
    pub(crate) fn log(&self, request: LoggedRequest) {
        if let Some(on_request) = &self.on_request {
            on_request(&request);
        }
        self.requests.add([request], |logged| self.namespace.events.tell(Event::Request(logged)));
    }

    /// The newest `limit` requests that fit and are older than `before`; oldest first. A send that waited tells whom it has reached
    /// since.
    pub(crate) fn logged(
        &self,
        limit: usize,
        before: Option<u64>,
        fits: impl Fn(&LoggedRequest) -> bool,
    ) -> Vec<LoggedRequest> {
        let logged = self.requests.newest(limit, before, fits);
        logged.iter().map(|request| self.as_of_now(request)).collect()
    }

    fn as_of_now(&self, request: &LoggedRequest) -> LoggedRequest {
        let waited = request.send.clone().filter(|send| send.matched.is_none());
        let counts = waited.as_ref().and_then(|send| self.namespace.telemetry.reached(&send.notification_id));
        match (waited, counts) {
            (Some(send), Some(counts)) => {
                LoggedRequest { send: Some(send.with_counts(counts)), ..request.clone() }
            }
            _ => request.clone(),
        }
    }

    /// How many requests there have been.
    pub(crate) fn count_requests(&self) -> u64 {
        self.requests.count()
    }

    pub(crate) fn clear_requests(&self) {
        self.requests.clear();
        self.namespace.events.tell(Event::Log);
    }

    /// Everything is as it was at the start.
    ///
    /// # Errors
    /// Nothing can be kept.
    pub(crate) fn reset(&self) -> Result<(), Refusal> {
        self.namespace.data.check()?;
        self.namespace.reset();
        self.faults.clear();
        self.requests.clear();
        // It was taken at the start.
        let declared = self.declare().map_err(|why| Refusal::new(Reason::Broken, why.to_string()));
        self.namespace.events.tell(Event::Reset);
        declared
    }
}
