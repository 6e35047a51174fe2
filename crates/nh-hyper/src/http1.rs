//! Connections of HTTP/1.1, kept while they are idle.
//!
//! hyper-util's client keeps connections too. It is not used, for three reasons. Its work for each request costs a tenth of a send.
//! It needs a channel for each request to tell whether the request had a connection. It gives no way to end a connection from
//! outside.

use crate::connector::Connector;
use crate::error::BoxError;
use crate::failure::NotConnected;
use crate::interim::{self, Cut};
use crate::journey::Journey;
use crate::runtime::{BoxIo, Erased};
use crate::within::within;
use bytes::Bytes;
use futures_lite::future::{or, pending};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Extensions, HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection as _;
use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tower_service::Service;

/// So often a request that no byte was written of is tried over another connection within one attempt.
const TRIES: u32 = 4;

pub(crate) struct Http1 {
    connector: HttpsConnector<Connector>,
    keeping: Keeping,
    /// By authority, after `http://` if they have no TLS.
    servers: RwLock<HashMap<String, Arc<Server>>>,
}

/// On what connections run, and how long they are kept.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(crate) runtime: Arc<dyn Erased>,
    /// A connection that is idle for so long is closed.
    pub(crate) idle: Duration,
    /// No connection is used for a request when it may be older than this.
    pub(crate) age: Duration,
}

struct Server {
    host: HeaderValue,
    keeping: Keeping,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one that was used last stands last. It is used first.
    idle: VecDeque<Line>,
    /// Calls that found no connection. Each makes one, and takes the first that comes: its own, or one that is given back.
    waiting: VecDeque<oneshot::Sender<Line>>,
    /// Is there a task that closes what is idle for too long?
    is_watched: bool,
}

/// A connection.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    cut: Cut,
    began: Instant,
    used: Instant,
}

impl Http1 {
    pub(crate) fn new(connector: HttpsConnector<Connector>, keeping: Keeping) -> Http1 {
        Http1 { connector, keeping, servers: RwLock::default() }
    }

    /// Sends a request. Its journey is told when there is a connection for it.
    pub(crate) async fn carry(
        &self,
        mut request: Request<Full<Bytes>>,
        journey: &Journey,
    ) -> Result<Response<Answer>, BoxError> {
        let uri = request.uri().clone();
        let server = self.server(&uri)?;
        request.headers_mut().entry(header::HOST).or_insert_with(|| server.host.clone());
        // A server wants to read the path only.
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        *request.uri_mut() = path.into();
        let mut tries = 1;
        loop {
            let (mut line, is_new) = match server.take_idle() {
                Some(line) => (line, false),
                None => self.line(&server, &uri).await?,
            };
            interim::limit(&mut request, line.cut.clone());
            journey.connected();
            let mut refused = match line.sender.try_send_request(request).await {
                Ok(response) => return Ok(response.map(|body| Answer::lent(body, line, server))),
                Err(refused) => refused,
            };
            match refused.take_message() {
                // The server closed the connection just before.
                Some(untouched) if !is_new && tries < TRIES => request = untouched,
                _ => return Err(refused.into_error().into()),
            }
            journey.disconnected();
            tries += 1;
        }
    }

    /// Keeps a connection that was made in the hope of HTTP/2 and speaks HTTP/1.1.
    #[cfg(feature = "http2")]
    pub(crate) async fn keep(&self, uri: &Uri, io: MaybeHttpsStream<BoxIo>) -> Result<(), NotConnected> {
        let server = self.server(uri)?;
        server.give(shake_hands(&self.keeping, io).await?);
        Ok(())
    }

    fn server(&self, uri: &Uri) -> Result<Arc<Server>, NotConnected> {
        let authority = uri.authority().ok_or_else(|| NotConnected("the URI has no host".into()))?;
        let is_plain = uri.scheme() == Some(&Scheme::HTTP);
        let name = match is_plain {
            true => Cow::Owned(format!("http://{authority}")),
            false => Cow::Borrowed(authority.as_str()),
        };
        if let Some(server) = self.servers.read().unwrap_or_else(PoisonError::into_inner).get(&*name) {
            return Ok(server.clone());
        }
        let server = Server {
            host: host(authority, if is_plain { 80 } else { 443 })?,
            keeping: self.keeping.clone(),
            state: Mutex::default(),
        };
        let mut servers = self.servers.write().unwrap_or_else(PoisonError::into_inner);
        Ok(servers.entry(name.into_owned()).or_insert_with(|| Arc::new(server)).clone())
    }

    /// Makes a connection, or takes one that is given back before. Returns true with a new one: no request went over it yet.
    async fn line(&self, server: &Arc<Server>, uri: &Uri) -> Result<(Line, bool), NotConnected> {
        let (giver, mut given) = oneshot::channel();
        server.state().wait(giver);
        let connecting = self.connector.clone().call(uri.clone());
        let keeping = self.keeping.clone();
        let mut making =
            Box::pin(async move { shake_hands(&keeping, connecting.await.map_err(NotConnected)?).await });
        enum First {
            Given(Line),
            Made(Result<Line, NotConnected>),
        }
        let waiting = async {
            match (&mut given).await {
                Ok(line) => First::Given(line),
                Err(_) => pending().await,
            }
        };
        match or(waiting, async { First::Made((&mut making).await) }).await {
            First::Given(line) => {
                // The next call can use it.
                let server = server.clone();
                self.keeping.runtime.clone().spawn(Box::pin(async move {
                    let idle = server.keeping.runtime.sleep(server.keeping.idle);
                    if let Some(Ok(line)) = within(idle, making).await {
                        server.give(line);
                    }
                }));
                Ok((line, false))
            }
            First::Made(made) => {
                given.close();
                match (given.try_recv(), made) {
                    (Ok(given), Ok(made)) => {
                        server.give(given);
                        Ok((made, true))
                    }
                    (Ok(given), Err(_)) => Ok((given, false)),
                    (Err(_), made) => made.map(|line| (line, true)),
                }
            }
        }
    }
}

/// The value of `Host`: without the port that goes without saying.
fn host(authority: &Authority, usual: u16) -> Result<HeaderValue, NotConnected> {
    let host = match authority.port_u16() {
        Some(port) if port == usual => authority.host(),
        _ => authority.as_str().rsplit('@').next().unwrap_or_default(),
    };
    HeaderValue::from_str(host).map_err(|why| NotConnected(why.into()))
}

async fn shake_hands(keeping: &Keeping, io: MaybeHttpsStream<BoxIo>) -> Result<Line, NotConnected> {
    let mut extras = Extensions::new();
    io.connected().get_extras(&mut extras);
    let cut = extras.remove().unwrap_or_default();
    let refused = |why: hyper::Error| NotConnected(why.into());
    let (mut sender, connection) = http1::handshake(io).await.map_err(refused)?;
    keeping.runtime.spawn(Box::pin(async move { drop(connection.await) }));
    sender.ready().await.map_err(refused)?;
    let now = keeping.runtime.instant();
    Ok(Line { sender, cut, began: now, used: now })
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Line> {
        let Keeping { runtime, idle, age } = &self.keeping;
        let mut state = self.state();
        let mut line = state.idle.pop_back()?;
        let now = runtime.instant();
        let is_younger = |began: Instant, than: Duration| now.saturating_duration_since(began) < than;
        loop {
            if line.sender.is_ready() && is_younger(line.began, *age) && is_younger(line.used, *idle) {
                return Some(line);
            }
            line = state.idle.pop_back()?;
        }
    }

    /// Gives a connection that is ready to whoever waits longest, or keeps it.
    fn give(self: &Arc<Self>, mut line: Line) {
        line.used = self.keeping.runtime.instant();
        let mut state = self.state();
        while let Some(waiting) = state.waiting.pop_front() {
            match waiting.send(line) {
                Ok(()) => return,
                Err(nobody) => line = nobody,
            }
        }
        state.idle.push_back(line);
        if !std::mem::replace(&mut state.is_watched, true) {
            let watch = close_when_idle(Arc::downgrade(self), self.keeping.clone());
            self.keeping.runtime.spawn(Box::pin(watch));
        }
    }

    /// Closes what is idle for too long. Returns the time until the next has to be closed.
    fn close_idle(&self) -> Option<Duration> {
        let Keeping { runtime, idle, .. } = &self.keeping;
        let now = runtime.instant();
        let mut state = self.state();
        while let Some(oldest) = state.idle.front() {
            let left = idle.saturating_sub(now.saturating_duration_since(oldest.used));
            if !left.is_zero() {
                return Some(left);
            }
            state.idle.pop_front();
        }
        state.is_watched = false;
        None
    }
}

impl State {
    fn wait(&mut self, giver: oneshot::Sender<Line>) {
        // The calls of these are over.
        while self.waiting.front().is_some_and(oneshot::Sender::is_closed) {
            self.waiting.pop_front();
        }
        self.waiting.push_back(giver);
    }
}

async fn close_when_idle(server: Weak<Server>, keeping: Keeping) {
    let mut left = Some(keeping.idle);
    while let Some(time) = left {
        keeping.runtime.sleep(time).await;
        left = server.upgrade().and_then(|server| server.close_idle());
    }
}

/// The body of an answer. At its end it gives the connection back.
pub(crate) struct Answer {
    body: Incoming,
    lent: Option<(Line, Arc<Server>)>,
}

impl Answer {
    /// The connection is nobody's.
    #[cfg(feature = "http2")]
    pub(crate) fn shared(body: Incoming) -> Answer {
        Answer { body, lent: None }
    }

    fn lent(body: Incoming, line: Line, server: Arc<Server>) -> Answer {
        let mut answer = Answer { body, lent: Some((line, server)) };
        if answer.body.is_end_stream() {
            answer.give_back();
        }
        answer
    }

    /// Must be called within a task of the runtime.
    fn give_back(&mut self) {
        let Some((line, server)) = self.lent.take() else { return };
        if line.sender.is_ready() {
            server.give(line);
        } else if !line.sender.is_closed() {
            // hyper is still busy with the exchange.
            self.finish(line, server);
        }
    }

    #[cold]
    fn finish(&self, mut line: Line, server: Arc<Server>) {
        let runtime = server.keeping.runtime.clone();
        runtime.clone().spawn(Box::pin(async move {
            let ready = within(runtime.sleep(server.keeping.idle), line.sender.ready()).await;
            if let Some(Ok(())) = ready {
                server.give(line);
            }
        }));
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Err(_))) => self.lent = None,
            Poll::Ready(_) if self.body.is_end_stream() => self.give_back(),
            Poll::Ready(None) => self.give_back(),
            _ => {}
        }
        frame
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
