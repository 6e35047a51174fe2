//! TLS or plain HTTP on one port, HTTP/1.1 and HTTP/2, and the way from a request to who answers it.

use crate::app::App;
use crate::caller::{NoBody, Peer, authority, host, small_body};
use crate::control;
use crate::model::refusal::Refusal;
use crate::page;
use crate::rest::front::{self, Hangup};
use crate::rest::{Asked, ErrorAnswer, longest_body};
use crate::timed_body::{Rest, TimedBody};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// A TLS connection begins with this byte (RFC 8446, 5.1), and no HTTP request does.
const HANDSHAKE: u8 = 0x16;

/// How long a connection may take for its first byte, and then for its handshake.
const FIRST_BYTE: Duration = Duration::from_secs(60);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a connection may take for the head of each request; so long it may be idle between two of them.
const HEAD: Duration = Duration::from_secs(120);

/// How long a request's body may take. An import file is large.
const BODY: Duration = Duration::from_secs(300);

/// How large the head of a request may be.
const MAX_HEAD: usize = 64 * 1024;

/// Whoever is asked by HTTP/2 nothing for so long is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(60);

/// The error numbers of a process, and of a system, that has no descriptors left: EMFILE and ENFILE, or WSAEMFILE and WSAENOBUFS.
const NO_DESCRIPTORS: [i32; 2] = if cfg!(windows) { [10024, 10055] } else { [24, 23] };

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, tls: Arc<ServerConfig>, app: Arc<App>) {
    let acceptor = TlsAcceptor::from(tls);
    let router = Router::new().merge(control::routes(&app)).fallback(data_plane).with_state(app);
    let crowded = watch::Sender::new(());
    let mut has_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (acceptor, router) = (acceptor.clone(), router.clone());
                tokio::spawn(connection(stream, peer, acceptor, router, crowded.subscribe()));
            }
            Err(why) => {
                if why.raw_os_error().is_some_and(|number| NO_DESCRIPTORS.contains(&number)) {
                    if !std::mem::replace(&mut has_told, true) {
                        let remedy = if cfg!(unix) { " `ulimit -n` allows more." } else { "" };
                        // Who has closed stderr hears nothing.
                        let _ = writeln!(
                            io::stderr(),
                            "nh-emulator: no descriptors are left for another connection ({why}). Idle connections are \
                             closed.{remedy}"
                        );
                    }
                    crowded.send_replace(());
                }
                // A connection that is gone already is nobody's concern; a process out of files needs a moment.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    acceptor: TlsAcceptor,
    router: Router,
    mut crowded: watch::Receiver<()>,
) {
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    let begun = async {
        let read = timeout(FIRST_BYTE, stream.peek(&mut first)).await;
        matches!(read, Ok(Ok(1)))
    };
    let has_begun = tokio::select! {
        begun = begun => begun,
        _ = crowded.changed() => false,
    };
    if !has_begun {
        return;
    }
    if first[0] != HANDSHAKE {
        return exchange(stream, Peer { address, over_tls: false }, router, crowded).await;
    }
    if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
        exchange(stream, Peer { address, over_tls: true }, router, crowded).await;
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    mut crowded: watch::Receiver<()>,
) {
    let asked = Arc::new(AtomicBool::new(false));
    let is_asked = asked.clone();
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        is_asked.store(true, Ordering::Relaxed);
        let mut router = router.clone();
        async move {
            // Of two hosts nobody knows which is meant (RFC 9112, 3.2).
            if request.headers().get_all(header::HOST).iter().count() > 1 {
                let words = "The request has more than one Host header.";
                return Ok(ErrorAnswer::new(StatusCode::BAD_REQUEST, words).into_response());
            }
            request.extensions_mut().insert(peer);
            // Who waits for a 100 sends nothing before it.
            let waits = request.headers().contains_key(header::EXPECT);
            let rest = Rest::default();
            let request = request.map(|body| Body::new(TimedBody::new(body, BODY, rest.clone())));
            let Ok(response) = router.call(request).await;
            match response.extensions().get::<Hangup>() {
                // hyper ends the connection, or the stream of HTTP/2, of which a service gives an error.
                Some(Hangup) => Err(io::Error::other("dropped on demand")),
                None => {
                    if !waits {
                        rest.drain().await;
                    }
                    Ok(response)
                }
            }
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(QUIET).max_header_list_size(MAX_HEAD as u32);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Until it is known which version of HTTP it speaks, hyper has no limit.
    let mut first_request = pin!(tokio::time::sleep(HEAD));
    let mut waits = true;
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = first_request.as_mut(), if waits => {
                waits = false;
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            Ok(()) = crowded.changed() => connection.as_mut().graceful_shutdown(),
            else => return,
        }
    }
}

async fn data_plane(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    if is_browser(&head.method, head.uri.path(), head.uri.query(), &head.headers) {
        return page::redirect();
    }
    let asked = Asked {
        host: host(&head).to_owned(),
        authority: authority(&head, &app.namespace.authority),
        method: head.method,
        path_and_query: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: head.headers,
    };
    let longest = longest_body(&app.namespace, &asked);
    let body = small_body(body, longest).await.map_err(|why| match why {
        NoBody::TooLarge => Refusal::too_large(longest).into(),
        NoBody::BrokeOff => ErrorAnswer::new(StatusCode::BAD_REQUEST, "The request body could not be read."),
    });
    front::answer(&app, asked, body).await
}

/// Somebody who types in the emulator's address wants to see its page.
fn is_browser(method: &Method, path: &str, query: Option<&str>, headers: &HeaderMap) -> bool {
    let html = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains("text/html"));
    *method == Method::GET && path == "/" && query.is_none() && headers.get(header::ACCEPT).is_some_and(html)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;
    use crate::certificate;
    use std::io::{Read, Write};
    use std::net::Shutdown;

    /// Serves with a clock that goes on whenever nothing else happens, and says what each client reads that writes this and then
    /// nothing more.
    fn read_by<const N: usize>(written: [&[u8]; N]) -> [String; N] {
        let emulator = Emulator::start_blocking().unwrap();
        let tls = certificate::make(vec!["localhost".to_owned()], None).unwrap().config;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let app = emulator.app.clone();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let server = tokio::spawn(serve(listener, tls, app));
            let mut read = [(); N].map(|()| String::new());
            for (written, read) in written.into_iter().zip(&mut read) {
                let mut stream = std::net::TcpStream::connect(address).unwrap();
                stream.write_all(written).unwrap();
                let client = std::thread::spawn(move || {
                    let mut text = Vec::new();
                    let _ = stream.read_to_end(&mut text);
                    let _ = stream.shutdown(Shutdown::Both);
                    String::from_utf8_lossy(&text).into_owned()
                });
                while !client.is_finished() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                *read = client.join().unwrap();
            }
            server.abort();
            read
        })
    }

    #[test]
    fn who_is_slow_does_not_keep_a_connection() {
        let head = "GET /nothing HTTP/1.1\r\nHost: localhost\r\n";
        let body = "PUT /h/registrations/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
        let whole = format!("{head}\r\n");
        let twice = format!("{head}Host: elsewhere\r\nConnection: close\r\n\r\n");
        let [nothing, handshake, preface, half, body, idle, twice] = read_by([
            b"",
            &[HANDSHAKE, 3, 1],
            b"PRI * HTTP/2.0",
            head.as_bytes(),
            body.as_bytes(),
            whole.as_bytes(),
            twice.as_bytes(),
        ]);
        assert_eq!([nothing, handshake, preface], [""; 3]);
        assert!(half.is_empty() || half.starts_with("HTTP/1.1 408"), "{half}");
        // Of what has not come nothing is carried out: the first thing that is wrong is answered.
        assert!(body.starts_with("HTTP/1.1 400"), "{body}");
        assert!(idle.starts_with("HTTP/1.1 400"), "{idle}");
        assert!(twice.starts_with("HTTP/1.1 400") && twice.contains("more than one Host"), "{twice}");
    }
}
