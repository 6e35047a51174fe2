//! A server that speaks HTTP/1.1 by hand, so that it can do what servers and networks do.

use crate::certificates::{self, Shows};
use crate::clock::Clock;
use crate::http2::Frames;
use crate::operation::Operation;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// What every attempt meets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plays {
    /// TLS with a certificate that does not fit. Who connects all the same is answered.
    Tls(Shows),
    /// Plain HTTP, whatever comes.
    PlainHttp,
    /// A reset before TLS is set up.
    ResetBefore,
    /// A reset when a part of the request has been read.
    ResetAmid,
    /// A reset when the request has been carried out.
    ResetAfter,
    /// The end of a connection that has carried a request before, when the next begins to come. Others go on.
    CloseReused,
    /// Silence before TLS is set up.
    StallInTls,
    /// The request is carried out, these bytes are sent, and then nothing.
    StallAfter(&'static str),
    /// The request is carried out, and 200 interim answers are sent, and nothing else.
    Flood,
    /// The request is carried out, and this is sent before the connection is closed.
    Says(&'static str),
    /// A status, headers, and a body. The request is carried out or not.
    Answers { carried_out: bool, status: &'static str, headers: &'static str, body: &'static str },
    /// A success whose body ends, with the connection, before its `Content-Length`.
    BodyTooShort,
    /// A success whose body is longer than its `Content-Length`.
    BodyTooLong,
    /// A success in chunks that breaks off within one.
    TruncatedChunk,
    /// HTTP/2.
    Http2(Frames),
}

impl Plays {
    /// Is the connection set up and does the request begin to come before it goes wrong, and could that be over plain HTTP?
    fn is_after_tls(self) -> bool {
        use Plays::*;
        match self {
            Tls(_) | PlainHttp | ResetBefore | CloseReused | StallInTls | Http2(_) => false,
            ResetAmid | ResetAfter | StallAfter(_) | Flood | Says(_) => true,
            Answers { .. } | BodyTooShort | BodyTooLong | TruncatedChunk => true,
        }
    }
}

pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    plays: Plays,
    pub(crate) operation: Operation,
    clock: Clock,
    /// `None`: plain HTTP.
    tls: Option<Arc<ServerConfig>>,
    /// All calls come this far before one goes on. Otherwise the first answer would change how the last call goes.
    together: Barrier,
    /// How often the requests of a hub were carried out.
    carried_out: Mutex<HashMap<String, usize>>,
    gate: Gate,
    /// So many calls have had no answer yet.
    left: AtomicUsize,
    ended: AtomicBool,
}

/// So many connections that have carried a request before are still to be closed. New ones wait for that.
struct Gate(Mutex<usize>, Condvar);

pub(crate) trait Both: Read + Write {
    /// The next to be sent to the other side is a reset.
    fn reset(self: Box<Self>);
}

impl Both for TcpStream {
    fn reset(self: Box<Self>) {
        socket2::SockRef::from(&*self).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

impl Both for StreamOwned<ServerConnection, TcpStream> {
    fn reset(self: Box<Self>) {
        Box::new(self.sock).reset();
    }
}

impl Server {
    /// For so many calls of an operation at once.
    pub(crate) fn new(plays: Plays, operation: Operation, at_once: usize, clock: Clock) -> Server {
        let shows = if let Plays::Tls(shows) = plays { shows } else { Shows::Good };
        let protocols: &[_] = if let Plays::Http2(_) = plays { &["h2"] } else { &[] };
        // What comes after TLS does not depend on it, and 64 handshakes take their time.
        let is_plain = at_once > 1 && plays.is_after_tls();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            plays,
            operation,
            clock,
            tls: (!is_plain).then(|| certificates::server(shows, protocols)),
            together: Barrier::new(at_once),
            carried_out: Mutex::default(),
            gate: Gate(Mutex::new(at_once), Condvar::new()),
            left: AtomicUsize::new(at_once),
            ended: AtomicBool::new(false),
        });
        let all = shared.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (Ok(stream), shared) = (stream, all.clone()) else { return };
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                thread::spawn(move || shared.serve(stream, number < at_once));
            }
        });
        Server { port, shared }
    }

    pub(crate) fn endpoint(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    pub(crate) fn carried_out(&self, hub: &str) -> usize {
        self.shared.carried_out.lock().unwrap().get(hub).copied().unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Shared {
    /// `first`: one of the connections that the first requests come over.
    fn serve(&self, mut stream: TcpStream, first: bool) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        match self.plays {
            Plays::PlainHttp => {
                stream.read_exact(&mut [0; 5]).ok()?;
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").ok()?;
                return until_closed(stream);
            }
            Plays::ResetBefore => {
                stream.read_exact(&mut [0; 5]).ok()?;
                Box::new(stream).reset();
                return None;
            }
            Plays::StallInTls => {
                self.clock.stalled();
                return until_closed(stream);
            }
            Plays::CloseReused if !first => {
                let Gate(open, opened) = &self.gate;
                drop(opened.wait_while(open.lock().unwrap(), |left| *left > 0).unwrap());
            }
            _ => {}
        }
        let Some(config) = &self.tls else { return self.speak(Box::new(stream), first) };
        let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
        tls.conn.complete_io(&mut tls.sock).ok()?;
        match self.plays {
            Plays::Http2(frames) => self.frames(frames, Box::new(tls)),
            _ => self.speak(Box::new(tls), first),
        }
    }

    pub(crate) fn carry_out(&self, hub: String) {
        *self.carried_out.lock().unwrap().entry(hub).or_default() += 1;
    }

    pub(crate) fn answered(&self) {
        self.left.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    fn speak(&self, mut stream: Box<dyn Both>, first: bool) -> Option<()> {
        let (status, body) = self.operation.success();
        let head = |length: usize| format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
        for number in 0.. {
            if matches!(self.plays, Plays::ResetAmid)
                || (matches!(self.plays, Plays::CloseReused) && first && number > 0)
            {
                stream.read_exact(&mut [0; 10]).ok()?;
                if matches!(self.plays, Plays::ResetAmid) {
                    stream.reset();
                } else {
                    let Gate(open, opened) = &self.gate;
                    drop(stream);
                    *open.lock().unwrap() -= 1;
                    opened.notify_all();
                }
                return None;
            }
            let hub = request(&mut stream)?;
            let carry_out = || self.carry_out(hub);
            let text = match self.plays {
                Plays::Answers { carried_out, status, headers, body } => {
                    if carried_out {
                        carry_out();
                    }
                    self.together.wait();
                    let length = body.len();
                    let answer =
                        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
                    stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).ok()?;
                    continue;
                }
                Plays::CloseReused if first => {
                    self.together.wait();
                    let answer = head(body.len()) + body;
                    stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).ok()?;
                    continue;
                }
                Plays::ResetAfter => {
                    carry_out();
                    stream.reset();
                    return None;
                }
                Plays::StallAfter(text) => {
                    carry_out();
                    stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).ok()?;
                    self.clock.stalled();
                    return until_closed(stream);
                }
                Plays::Flood => {
                    carry_out();
                    let many = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
                    while stream.write_all(many.as_bytes()).and_then(|()| stream.flush()).is_ok() {}
                    return None;
                }
                Plays::Says(text) => text.to_owned(),
                Plays::BodyTooShort => head(body.len() + 10) + body,
                Plays::BodyTooLong => head(body.len() / 2) + body + "0123456789",
                Plays::TruncatedChunk => {
                    format!("HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{body}")
                }
                _ => head(body.len()) + body,
            };
            carry_out();
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).ok()?;
            if !matches!(self.plays, Plays::CloseReused) {
                return None;
            }
        }
        None
    }
}

/// Reads a whole request, and says for which hub it is.
fn request(stream: &mut Box<dyn Both>) -> Option<String> {
    // The next request comes after the answer to this: nothing of it is lost with this reader.
    let mut reader = BufReader::new(stream);
    let (mut hub, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        if hub.is_none() {
            hub = line.split('/').nth(1).map(str::to_owned);
        } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    hub
}

/// Keeps a connection until the other side has closed it.
fn until_closed(mut stream: impl Read) -> Option<()> {
    while stream.read(&mut [0; 1024]).ok()? > 0 {}
    None
}
