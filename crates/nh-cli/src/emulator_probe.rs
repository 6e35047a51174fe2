use crate::failure::{Failure, chain};
use crate::global::{Global, whole_number};
use crate::terminal::{print, print_json};
use futures_lite::future;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An emulator's answer is much smaller.
const MAX_ANSWER: usize = 64 * 1024;

/// Ask a running emulator whether it answers: exit status 0 if so, else 1
#[derive(Debug, clap::Args)]
pub(crate) struct Probe {
    /// Where it listens. Plain HTTP: an emulator answers it on the same port as TLS, and nobody has to be trusted
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8443", value_parser = place)]
    url: Place,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = whole_number::<u32>)]
    timeout: u32,
}

/// A host and a port.
#[derive(Clone, Debug)]
struct Place {
    host: String,
    port: u16,
    authority: String,
}

#[derive(Serialize)]
struct Found<'a> {
    url: String,
    version: &'a str,
}

impl Probe {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let Probe { url: place, timeout: seconds } = self;
        let url = format!("http://{}", place.authority);
        let asked = timeout(Duration::from_secs(seconds.into()), ask(&place, &url)).await;
        let version = asked.unwrap_or_else(|_| {
            Err(Failure::refused(format!("{url} did not answer within {seconds} s; --timeout allows more")))
        })?;
        let found = Found { url, version: &version };
        match global.json {
            true => print_json(&found),
            false => print(&format!("the emulator at {} answers; it is version {version}\n", found.url)),
        }
    }
}

/// The version of the emulator there.
async fn ask(place: &Place, url: &str) -> Result<String, Failure> {
    let stream = TcpStream::connect((&*place.host, place.port)).await.map_err(|why| {
        Failure::refused(format!(
            "nothing can be reached at {url}: {why}; `nhub emulator --listen {}` starts an emulator",
            place.port
        ))
    })?;
    let is_none = |what: String| Failure::refused(format!("what answers at {url} is no emulator: {what}"));
    let wrong = |why: hyper::Error| is_none(chain(&why));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(wrong)?;
    let request = Request::get("/$emulator/health").header(header::HOST, &place.authority);
    let request = request.body(Empty::<Bytes>::new()).expect("path and host were read as parts of a URL");
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(wrong)?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|why| is_none(why.to_string()))?;
        Ok::<_, Failure>((head.status, body.to_bytes()))
    };
    // The connection works until its exchange is over.
    let connection = async {
        connection.await.map_err(wrong)?;
        future::pending().await
    };
    let (status, body) = future::or(exchange, connection).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (status, &answer["name"], &answer["version"], &answer["error"]) {
        (StatusCode::OK, Value::String(name), Value::String(version), _) if name == "nh-emulator" => {
            Ok(version.clone())
        }
        (_, _, _, Value::String(error)) => Err(Failure::refused(format!("{url} answered {status}: {error}"))),
        _ => Err(is_none(format!("it answered {status}, and not as an emulator does"))),
    }
}

fn place(text: &str) -> Result<Place, String> {
    let shape = || "it is no address of an emulator; write it as http://127.0.0.1:8443".to_owned();
    let url: Uri = text.parse().map_err(|_| shape())?;
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else { return Err(shape()) };
    if scheme == "https" {
        return Err("write it with http: an emulator answers plain HTTP on the same port".to_owned());
    }
    if scheme != "http"
        || authority.as_str().contains('@')
        || !matches!(url.path(), "" | "/")
        || url.query().is_some()
    {
        return Err(shape());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = match authority.port() {
        Some(_) => authority.port_u16().ok_or_else(shape)?,
        None => 80,
    };
    Ok(Place { host, port, authority: authority.to_string() })
}
