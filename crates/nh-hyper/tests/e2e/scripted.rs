//! A server that does what a test tells it, whatever HTTP says.

use nh_core::{Credential, Hub};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

/// What to do with one request.
pub(crate) enum Step {
    /// Send these bytes and close.
    Answer(String),
    /// Close without a word.
    Close,
    /// Keep the connection and say nothing.
    Silence,
    /// Send these bytes over this connection and over all that are silent, and close.
    AnswerAll(String),
    /// Send these bytes again and again until the client has closed the connection, and say so.
    Flood(String, tokio::sync::oneshot::Sender<()>),
    /// The same after a head.
    FloodAfter(String, String, tokio::sync::oneshot::Sender<()>),
    /// Send these bytes, and say when the client has closed the connection.
    AnswerUntilClosed(String, tokio::sync::oneshot::Sender<()>),
}

impl Step {
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Step {
        let length = body.len();
        Step::Answer(format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }
}

/// Plays its steps, one connection each, then refuses connections.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    _end: mpsc::Sender<()>,
    _thread: JoinHandle<()>,
}

impl Scripted {
    pub(crate) fn new(steps: Vec<Step>) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = mpsc::channel();
        let seen = requests.clone();
        let thread = std::thread::spawn(move || {
            let mut silent = Vec::new();
            let mut listener = Some(listener);
            let mut steps = steps.into_iter();
            while let Some(step) = steps.next() {
                let Some(Ok((mut stream, _))) = listener.as_ref().map(TcpListener::accept) else { return };
                // Before the client learns of the last step: its next connection is refused, not taken and then reset.
                if steps.len() == 0 {
                    listener = None;
                }
                seen.lock().unwrap().push(request(&stream));
                match step {
                    Step::Answer(text) => drop(stream.write_all(text.as_bytes())),
                    Step::Close => {}
                    Step::Silence => silent.push(stream),
                    Step::AnswerAll(text) => {
                        for mut stream in silent.drain(..).chain([stream]) {
                            stream.write_all(text.as_bytes()).unwrap();
                        }
                    }
                    Step::Flood(text, closed) => flood(stream, "", &text, closed),
                    Step::FloodAfter(head, text, closed) => flood(stream, &head, &text, closed),
                    Step::AnswerUntilClosed(text, closed) => {
                        stream.write_all(text.as_bytes()).unwrap();
                        let _ = stream.read_to_end(&mut Vec::new());
                        let _ = closed.send(());
                    }
                }
            }
            drop(listener);
            // Silence lasts as long as the test.
            let _ = ended.recv();
        });
        Scripted { address, requests, _end: end, _thread: thread }
    }

    pub(crate) fn hub(&self) -> Hub {
        let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
        Hub::new(format!("http://{}", self.address), "news", credential).unwrap()
    }

    /// The requests that came, each as its first line.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }

    /// The requests that came, each up to its body.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn flood(mut stream: TcpStream, head: &str, text: &str, closed: tokio::sync::oneshot::Sender<()>) {
    let many = text.repeat(1000);
    let _ = stream.write_all(head.as_bytes());
    while stream.write_all(many.as_bytes()).is_ok() {}
    let _ = closed.send(());
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let _ = reader.take(length).read_to_end(&mut Vec::new());
    head
}
