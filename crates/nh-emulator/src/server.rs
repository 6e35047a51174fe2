//! TLS on loopback, HTTP/1.1 and HTTP/2, and the way from a request to the service.

use crate::data_plane::{self, Asked};
use crate::reply::Refusal;
use crate::service::Service;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A batch of a thousand long handles fits.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, tls: Arc<ServerConfig>, service: Arc<Service>) {
    let acceptor = TlsAcceptor::from(tls);
    let router = Router::new()
        .route("/$emulator/inbox", get(inbox))
        .route("/$emulator/storage/{*path}", get(read_blob).put(write_blob))
        .fallback(data_plane)
        .with_state(service);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // A connection that is gone already is nobody's concern; a process out of files needs a moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = TowerToHyperService::new(router);
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn inbox(State(service): State<Arc<Service>>) -> impl IntoResponse {
    Json(service.inbox.all())
}

async fn read_blob(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
) -> Result<Bytes, StatusCode> {
    service.storage.get(&path).ok_or(StatusCode::NOT_FOUND)
}

async fn write_blob(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
    content: Bytes,
) -> StatusCode {
    service.storage.put(&path, content);
    StatusCode::CREATED
}

async fn data_plane(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    // HTTP/2 names the host in the URI.
    let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host =
        head.uri.authority().map(|authority| authority.as_str()).or(named).unwrap_or_default().to_owned();
    let asked = Asked {
        method: head.method,
        host,
        path_and_query: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: head.headers,
    };
    let answer = match Limited::new(body, MOST_BYTES).collect().await {
        Ok(body) => data_plane::answer(&service, &asked, body.to_bytes()),
        Err(why) if why.is::<LengthLimitError>() => Err(Refusal::too_large()),
        Err(_) => Err(Refusal::new(StatusCode::BAD_REQUEST, "The request body could not be read.")),
    };
    // No answer tells of what a crash could take back.
    let answer = service.data.settled().await.and(answer);
    answer.unwrap_or_else(Refusal::into_response)
}
