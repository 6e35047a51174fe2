//! The foreign types in this crate's API, each with its reason. They are re-exported here, so that you need not find out which
//! version this crate uses.

/// The bodies of requests and answers, and the messages that a `tower` service or layer sees. `nh_core` re-exports both crates.
pub use nh_core::{bytes::Bytes, http};

/// The body of the requests that a `tower` service or layer sees.
pub use http_body_util::Full;

/// The body of the answers that a `tower` layer sees.
pub use http_body_util::combinators::UnsyncBoxBody;

/// The bound on the body of the answers that a `tower` service or layer gives.
pub use hyper::body::Body;

/// The traits of [`TransportBuilder::service`](crate::TransportBuilder::service) and
/// [`TransportBuilder::layer`](crate::TransportBuilder::layer).
pub use {tower_layer::Layer, tower_service::Service};

/// A whole TLS configuration, for [`TransportBuilder::tls_config`](crate::TransportBuilder::tls_config).
pub use rustls::ClientConfig;

/// What the stream of a [`Runtime`](crate::Runtime) implements: hyper reads and writes with them.
pub use hyper::rt::{Read, Write};

/// What the stream in a [`FuturesIo`](crate::FuturesIo) implements.
#[cfg(feature = "futures-io")]
pub use futures_io::{AsyncRead, AsyncWrite};

/// [`Items`](crate::Items) is one.
pub use futures_lite::Stream;

/// The stream of [`Tokio`](crate::Tokio) is `TokioIo<TcpStream>`.
#[cfg(feature = "tokio")]
pub use {hyper_util::rt::TokioIo, tokio::net::TcpStream as TokioTcpStream};

/// The stream of [`Smol`](crate::Smol) is `FuturesIo<SmolTcpStream>`.
#[cfg(feature = "smol")]
pub use smol::net::TcpStream as SmolTcpStream;

/// The stream of [`AsyncStd`](crate::AsyncStd) is `FuturesIo<AsyncStdTcpStream>`.
#[cfg(feature = "async-std")]
pub use async_std::net::TcpStream as AsyncStdTcpStream;
