//! One connection of HTTP/2 for each server, which all calls share.
//!
//! hyper-util's client opens a connection for each call that finds none, because it learns only from the answer to its offer that
//! one is enough. Here the first call connects and the others wait for what comes of it. If the server does not take HTTP/2, or
//! takes it back (`HTTP_1_1_REQUIRED`), the calls go out over HTTP/1.1.

use crate::chain::chain;
use crate::connector::Connector;
use crate::error::BoxError;
use crate::failure::NotConnected;
use crate::http1::{Http1, Keeping};
use crate::journey::Journey;
use crate::runtime::{Erased, Executor, Timer};
use bytes::Bytes;
use http::uri::Authority;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::Connection;
use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tower_service::Service;

/// So often a request that no byte was written of is tried over another connection within one attempt.
const TRIES: u32 = 4;

pub(crate) struct Http2 {
    /// Offers HTTP/2 and HTTP/1.1.
    connector: HttpsConnector<Connector>,
    keeping: Keeping,
    servers: std::sync::Mutex<HashMap<Authority, Arc<Server>>>,
}

/// Held while a connection is made: whoever comes then waits for it.
struct Server(Mutex<State>);

enum State {
    Unknown,
    /// Since then. The server is asked again when its connections are replaced.
    Http1(Instant),
    Http2(Line),
}

#[derive(Clone)]
struct Line {
    sender: http2::SendRequest<Full<Bytes>>,
    began: Instant,
    used: Arc<std::sync::Mutex<Instant>>,
}

/// How a request goes on.
pub(crate) enum Taken {
    Answer(Response<Incoming>),
    /// It is to go out over HTTP/1.1.
    Http1(Request<Full<Bytes>>),
}

impl Http2 {
    pub(crate) fn new(connector: HttpsConnector<Connector>, keeping: Keeping) -> Http2 {
        Http2 { connector, keeping, servers: Default::default() }
    }

    /// Sends a request. Its journey is told when there is a connection for it. A connection that turns out to speak HTTP/1.1 is
    /// kept by `http1`.
    pub(crate) async fn carry(
        &self,
        mut request: Request<Full<Bytes>>,
        journey: &Journey,
        http1: &Http1,
    ) -> Result<Taken, BoxError> {
        let uri = request.uri().clone();
        let Some(authority) = uri.authority() else { return Ok(Taken::Http1(request)) };
        let server = self.server(authority);
        let mut tries = 1;
        loop {
            let Some(mut line) = self.line(&server, &uri, http1).await? else {
                return Ok(Taken::Http1(request));
            };
            journey.connected();
            let again = request.clone();
            let mut refused = match line.sender.try_send_request(request).await {
                Ok(response) => return Ok(Taken::Answer(response)),
                Err(refused) => refused,
            };
            match refused.take_message() {
                Some(untouched) if tries < TRIES => request = untouched,
                Some(_) => return Err(refused.into_error().into()),
                None => {
                    let why = refused.into_error();
                    if tries == TRIES || !wants_http1(&why) {
                        return Err(why.into());
                    }
                    *server.0.lock().await = State::Http1(self.keeping.runtime.instant());
                    request = again;
                }
            }
            // Nothing of it is under way any more.
            journey.disconnected();
            tries += 1;
        }
    }

    fn server(&self, authority: &Authority) -> Arc<Server> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(authority) {
            return server.clone();
        }
        let server = Arc::new(Server(Mutex::new(State::Unknown)));
        servers.insert(authority.clone(), server.clone());
        server
    }

    /// The connection to a server, or `None` if it speaks HTTP/1.1.
    async fn line(
        &self,
        server: &Arc<Server>,
        uri: &Uri,
        http1: &Http1,
    ) -> Result<Option<Line>, NotConnected> {
        let mut state = server.0.lock().await;
        let now = self.keeping.runtime.instant();
        let is_young = |began: Instant| now.saturating_duration_since(began) < self.keeping.age;
        match &*state {
            State::Http1(since) if is_young(*since) => return Ok(None),
            State::Http2(line) if is_young(line.began) && !line.sender.is_closed() => {
                *line.used.lock().unwrap_or_else(PoisonError::into_inner) = now;
                return Ok(Some(line.clone()));
            }
            _ => {}
        }
        let io = self.connector.clone().call(uri.clone()).await.map_err(NotConnected)?;
        if !io.connected().is_negotiated_h2() {
            http1.keep(uri, io).await?;
            *state = State::Http1(now);
            return Ok(None);
        }
        let (sender, connection) = http2::Builder::new(Executor(self.keeping.runtime.clone()))
            .timer(Timer(self.keeping.runtime.clone()))
            // One that died is noticed though nobody closes it: before a request has to wait for it in vain.
            .keep_alive_interval(Duration::from_secs(15))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true)
            .adaptive_window(true)
            .handshake(io)
            .await
            .map_err(|why| NotConnected(why.into()))?;
        self.keeping.runtime.spawn(Box::pin(async move { drop(connection.await) }));
        let line = Line { sender, began: now, used: Arc::new(std::sync::Mutex::new(now)) };
        *state = State::Http2(line.clone());
        let watch = close_when_idle(
            self.keeping.runtime.clone(),
            self.keeping.idle,
            Arc::downgrade(server),
            Arc::downgrade(&line.used),
        );
        self.keeping.runtime.spawn(Box::pin(watch));
        Ok(Some(line))
    }
}

/// What is in flight then ends on its connection, which is closed after it.
async fn close_when_idle(
    runtime: Arc<dyn Erased>,
    idle: Duration,
    server: Weak<Server>,
    used: Weak<std::sync::Mutex<Instant>>,
) {
    let mut left = idle;
    while !left.is_zero() {
        runtime.sleep(left).await;
        let Some(used) = used.upgrade() else { return };
        let last = *used.lock().unwrap_or_else(PoisonError::into_inner);
        left = idle.saturating_sub(runtime.instant().saturating_duration_since(last));
    }
    let Some(server) = server.upgrade() else { return };
    let mut state = server.0.lock().await;
    if matches!(&*state, State::Http2(line) if std::ptr::eq(Arc::as_ptr(&line.used), used.as_ptr())) {
        *state = State::Unknown;
    }
}

fn wants_http1(error: &(dyn StdError + 'static)) -> bool {
    let of_h2 =
        |error: &h2::Error| error.is_remote() && error.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED);
    chain(error).any(|cause| cause.downcast_ref().is_some_and(of_h2))
}
