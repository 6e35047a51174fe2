//! Proxies that connect to the emulator, whatever name they are asked for, and write down what they were asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a proxy demands before it connects.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `CONNECT`, with this `Proxy-Authorization` if there is one.
    Http(Option<&'static str>),
    /// SOCKS5, with this user and password if there are any.
    Socks5(Option<(&'static str, &'static str)>),
    /// Answers every `CONNECT` with this status.
    Refuses(&'static str),
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) fn new(kind: Kind, target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), seen) = (stream, seen.clone()) else { return };
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || {
                    let let_in = match kind {
                        Kind::Http(login) => {
                            connect(&stream, login, "407 Proxy Authentication Required", &seen)
                        }
                        // No login is right.
                        Kind::Refuses(status) => connect(&stream, Some("\0"), status, &seen),
                        Kind::Socks5(login) => socks5(&stream, login, &seen),
                    };
                    if let_in.is_some_and(|let_in| let_in) {
                        forward(&stream, &TcpStream::connect(target).unwrap());
                    }
                });
            }
        });
        Proxy { address, asked, connections }
    }

    /// How many were taken.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// The host and port of each connection that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn connect(
    mut stream: &TcpStream,
    login: Option<&str>,
    refusal: &str,
    seen: &Mutex<Vec<String>>,
) -> Option<bool> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    seen.lock().unwrap().push(head.first()?.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned());
    let given = head
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("proxy-authorization: ").map(|_| line));
    let let_in = login.is_none_or(|login| given.is_some_and(|line| line.ends_with(login)));
    let answer = if let_in { "200 OK" } else { refusal };
    stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).ok()?;
    Some(let_in)
}

/// RFC 1928 and 1929, as far as a client with a domain name needs them.
fn socks5(mut stream: &TcpStream, login: Option<(&str, &str)>, seen: &Mutex<Vec<String>>) -> Option<bool> {
    let read = |mut stream: &TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let text = |stream: &TcpStream| {
        let length = read(stream, 1)?[0];
        String::from_utf8(read(stream, length.into())?).ok()
    };
    let methods = read(stream, 2)?[1];
    read(stream, methods.into())?;
    match login {
        None => stream.write_all(&[5, 0]).ok()?,
        Some((user, password)) => {
            stream.write_all(&[5, 2]).ok()?;
            read(stream, 1)?;
            let let_in = (text(stream)?.as_str(), text(stream)?.as_str()) == (user, password);
            stream.write_all(&[1, u8::from(!let_in)]).ok()?;
            if !let_in {
                return Some(false);
            }
        }
    }
    // Version, CONNECT, reserved, a domain name.
    assert_eq!(read(stream, 4)?, [5, 1, 0, 3]);
    let host = text(stream)?;
    let port = read(stream, 2)?;
    seen.lock().unwrap().push(format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])));
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).ok()?;
    Some(true)
}

fn forward(client: &TcpStream, server: &TcpStream) {
    thread::scope(|scope| {
        for (mut from, mut to) in [(client, server), (server, client)] {
            scope.spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Both);
            });
        }
    });
}
