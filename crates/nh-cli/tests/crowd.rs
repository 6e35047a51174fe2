//! `nhub emulator` with more connections than it has descriptors for.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const DESCRIPTORS: usize = 64;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn idle_connections_make_room() {
    let script = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" emulator --json");
    let mut nhub = Running(
        Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_nhub")])
            .env_remove("NOTIFICATION_HUB_NAME")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(nhub.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = ready["address"].as_str().unwrap();

    let crowd: Vec<TcpStream> = (0..3 * DESCRIPTORS).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answered = || {
        let mut stream = TcpStream::connect(address).ok()?;
        let request =
            format!("GET /$emulator/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.starts_with("HTTP/1.1 200").then_some(())
    };
    // The first ones may be closed with the crowd.
    assert!((0..20).any(|_| answered().is_some()));
    drop(crowd);
    let mut says = String::new();
    BufReader::new(nhub.0.stderr.take().unwrap()).read_line(&mut says).unwrap();
    assert!(says.contains("no descriptors are left") && says.contains("ulimit -n"), "{says}");
}
