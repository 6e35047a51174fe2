//! TLS or plain HTTP on one port, HTTP/1.1 and HTTP/2, and the way from a request to who answers it.

use crate::app::App;
use crate::caller::{Peer, host};
use crate::control;
use crate::model::refusal::Refusal;
use crate::page;
use crate::rest::front::{self, Hangup};
use crate::rest::{Asked, ErrorAnswer};
use crate::rules::size;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// A TLS connection begins with this byte (RFC 8446, 5.1), and no HTTP request does.
const HANDSHAKE: u8 = 0x16;

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, tls: Arc<ServerConfig>, app: Arc<App>) {
    let acceptor = TlsAcceptor::from(tls);
    let router = Router::new().merge(control::routes(&app)).fallback(data_plane).with_state(app);
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // A connection that is gone already is nobody's concern; a process out of files needs a moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        tokio::spawn(connection(stream, Peer(peer), acceptor.clone(), router.clone()));
    }
}

async fn connection(stream: TcpStream, peer: Peer, acceptor: TlsAcceptor, router: Router) {
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == HANDSHAKE => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            exchange(stream, peer, router).await;
        }
        Ok(1) => exchange(stream, peer, router).await,
        _ => {}
    }
}

async fn exchange(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer, router: Router) {
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            request.extensions_mut().insert(peer);
            let Ok(response) = router.call(request.map(Body::new)).await;
            match response.extensions().get::<Hangup>() {
                // hyper ends the connection, or the stream of HTTP/2, of which a service gives an error.
                Some(Hangup) => Err(io::Error::other("dropped on demand")),
                None => Ok(response),
            }
        }
    });
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn data_plane(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    if is_browser(&head.method, head.uri.path(), head.uri.query(), &head.headers) {
        return page::redirect();
    }
    let asked = Asked {
        host: host(&head).to_owned(),
        method: head.method,
        path_and_query: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: head.headers,
    };
    let body = match Limited::new(body, size::BATCH).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(why) if why.is::<LengthLimitError>() => Err(Refusal::too_large().into()),
        Err(_) => Err(ErrorAnswer::new(StatusCode::BAD_REQUEST, "The request body could not be read.")),
    };
    front::answer(&app, asked, body).await
}

/// Somebody who types in the emulator's address wants to see its page.
fn is_browser(method: &Method, path: &str, query: Option<&str>, headers: &HeaderMap) -> bool {
    let html = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains("text/html"));
    *method == Method::GET && path == "/" && query.is_none() && headers.get(header::ACCEPT).is_some_and(html)
}
