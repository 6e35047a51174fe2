//! A server that speaks HTTP/2 frame by frame, so that it can refuse as servers may (RFC 9113).

use crate::tls::provider;
use nh_core::{Credential, Hub};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const INTERNAL_ERROR: u32 = 2;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
pub(crate) const HTTP_1_1_REQUIRED: u32 = 13;

/// What becomes of a request.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// It is carried out, and answered with 201.
    Answer,
    /// Its stream is reset with this code.
    Reset(u32),
    /// Nothing.
    Ignore,
}

/// What one connection does with its first requests. Those that follow are answered.
#[derive(Clone, Copy)]
pub(crate) struct Script {
    /// Waits for so many requests before it acts on the first.
    pub(crate) hold: usize,
    /// What becomes of the requests that it waited for, by their number from 0.
    pub(crate) act: fn(usize) -> Act,
    /// Says before that this request (by its number) was the last, with this code.
    pub(crate) go_away: Option<(usize, u32)>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    done: AtomicUsize,
    over_http1: AtomicUsize,
}

pub(crate) struct Http2Server {
    pub(crate) pem: String,
    port: u16,
    counts: Arc<Counts>,
}

impl Http2Server {
    /// A server that takes these protocols, and whose connections play these scripts, one each. Later ones answer everything.
    pub(crate) fn new(protocols: &[&str], scripts: Vec<Script>) -> Http2Server {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        let scripts = Mutex::new(scripts.into_iter());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                counted.connections.fetch_add(1, Ordering::Relaxed);
                let (config, counts) = (config.clone(), counted.clone());
                let script = scripts.lock().unwrap().next();
                thread::spawn(move || serve(config, stream, script, &counts));
            }
        });
        Http2Server { pem: cert.pem(), port, counts }
    }

    pub(crate) fn hub(&self) -> Hub {
        let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
        Hub::new(format!("https://localhost:{}", self.port), "news", credential).unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How many requests were carried out.
    pub(crate) fn done(&self) -> usize {
        self.counts.done.load(Ordering::Relaxed)
    }

    /// How many of them came over HTTP/1.1.
    pub(crate) fn over_http1(&self) -> usize {
        self.counts.over_http1.load(Ordering::Relaxed)
    }
}

type Tls = StreamOwned<ServerConnection, TcpStream>;

fn serve(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    script: Option<Script>,
    counts: &Counts,
) -> Option<()> {
    let mut stream = Tls::new(ServerConnection::new(config).unwrap(), stream);
    stream.conn.complete_io(&mut stream.sock).ok()?;
    if stream.conn.alpn_protocol() != Some(b"h2") {
        return http1(stream, counts);
    }
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).ok()?;
    write(&mut stream, frame(4, 0, 0, &[]))?;
    let mut held = Vec::new();
    let mut script = script;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).ok()?;
        match kind {
            // SETTINGS and PING, unless they are acknowledgements.
            4 if flags & 1 == 0 => write(&mut stream, frame(4, 1, 0, &[]))?,
            6 if flags & 1 == 0 => write(&mut stream, frame(6, 1, 0, &payload))?,
            // HEADERS or DATA, and the stream's end.
            0 | 1 if flags & 1 == 1 => held.push(id),
            _ => continue,
        }
        let hold = script.map_or(1, |script| script.hold);
        if held.len() < hold {
            continue;
        }
        // Bodies may end in another order than streams began.
        held.sort_unstable();
        let script = script.take();
        if let Some((last, code)) = script.and_then(|script| script.go_away) {
            let mut payload = held[last].to_be_bytes().to_vec();
            payload.extend(code.to_be_bytes());
            write(&mut stream, frame(7, 0, 0, &payload))?;
        }
        for (number, id) in held.drain(..).enumerate() {
            match script.map_or(Act::Answer, |script| (script.act)(number)) {
                Act::Answer => {
                    counts.done.fetch_add(1, Ordering::Relaxed);
                    // `:status` by its number in the static table, and 201 as it is; the headers and the stream end.
                    write(&mut stream, frame(1, 5, id, b"\x08\x03201"))?;
                }
                Act::Reset(code) => write(&mut stream, frame(3, 0, id, &code.to_be_bytes()))?,
                Act::Ignore => {}
            }
        }
    }
}

fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    frame
}

fn write(stream: &mut Tls, bytes: Vec<u8>) -> Option<()> {
    stream.write_all(&bytes).and_then(|()| stream.flush()).ok()
}

fn http1(stream: Tls, counts: &Counts) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            match stream.read_line(&mut line).ok()? {
                0 => return None,
                1..=2 => break,
                _ => {}
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        std::io::copy(&mut (&mut stream).take(length), &mut std::io::sink()).ok()?;
        counts.done.fetch_add(1, Ordering::Relaxed);
        counts.over_http1.fetch_add(1, Ordering::Relaxed);
        stream.get_mut().write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").ok()?;
        stream.get_mut().flush().ok()?;
    }
}
