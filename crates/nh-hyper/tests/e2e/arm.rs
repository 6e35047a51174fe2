//! Azure Resource Manager, as a test plays it: over TLS, or in place of the whole stack together with a hub.

use crate::tls::provider;
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::{AccessToken, AzureCloud, ResourceId};
use nh_hyper::HttpService;
use nh_hyper::entra::{BoxError, Entra, TokenSource};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::convert::Infallible;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const TOKEN: &str = "eyJ0eXAi.c2VzYW1lLXRva2Vu";

/// A source that has a token, and counts how often it is asked.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) asked: Arc<AtomicUsize>,
}

impl TokenSource for Tokens {
    async fn token(&self, scope: &str) -> Result<AccessToken, BoxError> {
        assert_eq!(scope, "https://arm.test/.default");
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(AccessToken::new(TOKEN)?)
    }
}

pub(crate) fn rule(hub: Option<&str>, name: &str) -> ResourceId {
    let namespace = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "5ktrial", "nh-sdk-ns").unwrap();
    hub.map_or(namespace.clone(), |hub| namespace.with_hub(hub).unwrap()).with_rule(name).unwrap()
}

/// The body of an answer with keys.
pub(crate) fn keys(endpoint: &str, name: &str, primary: &str) -> String {
    let secondary = "c2Vjb25kYXJ5LXNlc2FtZQ==";
    let string =
        |key| format!("Endpoint={endpoint};SharedAccessKeyName={name};SharedAccessKey={key};EntityPath=x");
    format!(
        r#"{{"primaryConnectionString":"{}","secondaryConnectionString":"{}","primaryKey":"{primary}","secondaryKey":"{secondary}","keyName":"{name}"}}"#,
        string(primary),
        string(secondary)
    )
}

/// What it answers: a status with its words, headers, and a body.
pub(crate) type Says = (&'static str, &'static str, String);

/// A server that answers what it is told to, and writes down what it is asked.
pub(crate) struct Arm {
    pub(crate) pem: String,
    port: u16,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Arm {
    pub(crate) fn new(says: Says) -> Arm {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (says, asked) = (Arc::new(Mutex::new(says)), Arc::new(Mutex::new(Vec::new())));
        let arm = Arm { pem: cert.pem(), port, says: says.clone(), asked: asked.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, says, asked) = (config.clone(), says.clone(), asked.clone());
                thread::spawn(move || serve(config, stream, &says, &asked));
            }
        });
        arm
    }

    pub(crate) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// The heads of the requests that came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn entra(&self, rule: &ResourceId, tokens: impl TokenSource) -> Entra {
        let cloud = AzureCloud::new(format!("https://localhost:{}", self.port), "https://arm.test/.default");
        Entra::new(rule, tokens).unwrap().cloud(cloud.unwrap())
    }
}

fn serve(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    says: &Mutex<Says>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut reader = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, stream));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        asked.lock().unwrap().push(head);
        let (status, headers, body) = says.lock().unwrap().clone();
        let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        reader.get_mut().write_all(answer.as_bytes()).ok()?;
    }
}

type Answer = Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

/// An answer of the stack below.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::new(body.into())).unwrap()
}

/// A hub that takes one key (told apart by the name of its rule) and ARM, in place of the stack.
#[derive(Clone)]
pub(crate) struct World {
    /// The name of the key that the hub takes.
    pub(crate) good: Arc<Mutex<String>>,
    /// The sends that it took, and the calls that it refused.
    pub(crate) sent: Arc<AtomicUsize>,
    pub(crate) refused: Arc<AtomicUsize>,
    /// How often ARM was asked.
    pub(crate) asked: Arc<AtomicUsize>,
    arm: Arc<dyn Fn() -> Answer + Send + Sync>,
}

impl World {
    pub(crate) fn new(arm: impl Fn() -> Answer + Send + Sync + 'static) -> World {
        World {
            good: Arc::new(Mutex::new("First".to_owned())),
            sent: Arc::default(),
            refused: Arc::default(),
            asked: Arc::default(),
            arm: Arc::new(arm),
        }
    }

    pub(crate) fn takes(&self, name: &str) {
        *self.good.lock().unwrap() = name.to_owned();
    }

    pub(crate) fn service(&self) -> impl HttpService {
        let world = self.clone();
        tower::service_fn(move |request: Request<Full<Bytes>>| {
            let answer = world.answer(&request);
            async { Ok::<_, Infallible>(answer.await) }
        })
    }

    fn answer(&self, request: &Request<Full<Bytes>>) -> Answer {
        let authorization = request.headers()["authorization"].to_str().unwrap();
        if request.uri().host() == Some("arm.test") {
            assert_eq!(authorization, format!("Bearer {TOKEN}"));
            self.asked.fetch_add(1, Ordering::SeqCst);
            return (self.arm)();
        }
        let good = authorization.ends_with(&format!("&skn={}", self.good.lock().unwrap()));
        let (count, status) = if good { (&self.sent, 201) } else { (&self.refused, 401) };
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { answer(status, "") })
    }

    pub(crate) fn entra(&self) -> Entra {
        let cloud = AzureCloud::new("https://arm.test", "https://arm.test/.default").unwrap();
        Entra::new(&rule(Some("news"), "Full"), Tokens::default()).unwrap().cloud(cloud)
    }

    /// Sends that were taken, calls that were refused, questions to ARM.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let [sent, refused, asked] =
            [&self.sent, &self.refused, &self.asked].map(|count| count.load(Ordering::SeqCst));
        (sent, refused, asked)
    }
}

/// The keys under this name.
pub(crate) fn has(name: &str) -> Answer {
    let body = keys("sb://contoso.servicebus.windows.net/", name, "c2VzYW1l");
    Box::pin(async move { answer(200, body) })
}
