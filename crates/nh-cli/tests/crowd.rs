//! `nhub emulator` in a crowd: more connections than it has descriptors for, thousands of idle ones, bodies that nobody may send.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

#[cfg(target_os = "linux")]
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Nhub {
    process: Child,
    address: String,
}

impl Nhub {
    /// With so many descriptors at most, or as many as the system allows.
    fn start(descriptors: usize) -> Nhub {
        let script = format!(
            "ulimit -n {descriptors} 2>/dev/null || ulimit -n $(ulimit -Hn); exec \"$0\" emulator --json"
        );
        let mut process = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_nhub")])
            .env_remove("NOTIFICATION_HUB_NAME")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        Nhub { process, address: ready["address"].as_str().unwrap().to_owned() }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// Is the status answered over a connection of its own?
    fn answers(&self) -> bool {
        let answer = || {
            let mut stream = TcpStream::connect(&self.address).ok()?;
            let request = format!(
                "GET /$emulator/status HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.address
            );
            stream.write_all(request.as_bytes()).ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).ok()?;
            Some(answer)
        };
        answer().is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    #[cfg(target_os = "linux")]
    fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }

    /// The memory that it has now, in kilobytes.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }
}

impl Drop for Nhub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn idle_connections_make_room() {
    const DESCRIPTORS: usize = 64;
    let mut nhub = Nhub::start(DESCRIPTORS);
    let crowd: Vec<TcpStream> = (0..3 * DESCRIPTORS).map(|_| nhub.connect()).collect();
    // The first ones may be closed with the crowd.
    assert!((0..20).any(|_| nhub.answers()));
    drop(crowd);
    let mut says = String::new();
    BufReader::new(nhub.process.stderr.take().unwrap()).read_line(&mut says).unwrap();
    assert!(says.contains("no descriptors are left") && says.contains("ulimit -n"), "{says}");
}

/// Each kind of connection that waits for something: what it has sent until then.
#[cfg(target_os = "linux")]
const WAITING: [&[u8]; 7] = [
    b"",
    // A TLS handshake that breaks off within its first record, and one within the record's head.
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x16",
    b"GET /$emulator/status HTTP/1.1\r\nHost: localhost\r\nAccept",
    b"PUT /demo-hub/installations/1?api-version=2020-06 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
    // It has been answered, and stays open for the next request.
    b"GET /$emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
];

#[cfg(target_os = "linux")]
#[test]
fn thousands_of_idle_connections_cost_little() {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let own: usize = limit.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    let size = own.saturating_sub(200).min(4000);
    let nhub = Nhub::start(size + 200);
    // A few first, so that what is there once is there.
    assert!((0..20).all(|_| nhub.answers()));
    let (descriptors, memory) = (nhub.descriptors(), nhub.memory());
    for round in 0..2 {
        let crowd: Vec<TcpStream> = (0..size)
            .map(|number| {
                // Who is served waits behind those who came before: no queue is too long.
                assert!(number % 64 != 0 || nhub.answers());
                let mut stream = nhub.connect();
                stream.write_all(WAITING[number % WAITING.len()]).unwrap();
                stream
            })
            .collect();
        assert!((0..100).all(|_| nhub.answers()), "round {round}");
        let (now, grown) = (nhub.descriptors() - descriptors, nhub.memory().saturating_sub(memory));
        // A handshake has ten seconds: two of the kinds may be gone.
        assert!((size * 5 / 7..size + 20).contains(&now), "round {round}: {now} descriptors for {size}");
        assert!(grown < 32 * size as u64, "round {round}: {grown} KB for {size} connections");
        drop(crowd);
        // They go one after the other, while others are answered.
        assert!(
            (0..100_000).any(|_| nhub.answers() && nhub.descriptors() <= descriptors + 2),
            "round {round}: {} descriptors, {descriptors} before",
            nhub.descriptors()
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_that_nobody_may_send_is_not_kept() {
    const EACH: usize = 8 * 1024 * 1024;
    let nhub = Nhub::start(1000);
    assert!(nhub.answers());
    let before = nhub.memory();
    let body = vec![b'x'; EACH];
    for (method, path) in [
        ("POST", "/demo-hub/messages/$batch?api-version=2020-06&direct"),
        ("POST", "/demo-hub/messages?api-version=2020-06"),
        ("PUT", "/$emulator/storage/container/blob?sig=x&se=x&sp=w"),
        ("POST", "/$emulator/send"),
    ] {
        let crowd: Vec<TcpStream> = (0..16)
            .map(|_| {
                let mut stream = nhub.connect();
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                );
                write!(stream, "{head}Content-Length: {}\r\n\r\n", EACH + 1).unwrap();
                // Where it is refused at once, the connection ends meanwhile.
                let _ = stream.write_all(&body);
                stream
            })
            .collect();
        assert!(nhub.answers());
        let grown = nhub.memory().saturating_sub(before);
        assert!(grown < 24 * 1024, "{grown} KB for {} bodies of 8 MB to {path}", crowd.len());
    }
}
