//! What `nhub` says to a wrong call: each text in full, in `wrong_calls.txt`, for a person to read. It must say what is wrong, where,
//! and what to do next.
//!
//! `NHUB_WRITE_WRONG_CALLS=1 cargo test -p nh-cli --test wrong_calls` writes the file anew.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault, Platform, Rejection};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const KEY: &str = "SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
const TOAST: &str =
    "<toast><visual><binding template=\"ToastText01\"><text id=\"1\">Hello</text></binding></visual></toast>";

/// Where the output goes.
#[derive(Clone, Copy)]
enum Stdout {
    Read,
    Full,
    Closed,
}

/// A wrong call, and where it is made.
struct Call {
    title: &'static str,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    input: String,
    stdout: Stdout,
    /// Sent SIGINT as soon as its request has arrived there.
    interrupted: Option<TcpListener>,
}

/// The emulator, its files, and the calls that were made.
struct Desk {
    emulator: Emulator,
    directory: TempDir,
    written: String,
    count: usize,
    /// What is different in each run, and what stands for it.
    names: Vec<(String, &'static str)>,
}

impl Desk {
    fn new() -> Desk {
        let emulator = Emulator::builder().demo_devices(true).start_blocking().unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.pem"), emulator.ca_pem()).unwrap();
        let names = vec![
            (directory.path().to_str().unwrap().to_owned(), "DIR"),
            (format!(":{}", emulator.address().port()), ":PORT"),
        ];
        Desk { emulator, directory, written: String::new(), count: 0, names }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn section(&mut self, title: &str) {
        writeln!(self.written, "==== {title} ====\n").unwrap();
    }

    /// A call with nothing set.
    fn bare(&self, title: &'static str, args: &[&str]) -> Call {
        Call {
            title,
            args: args.iter().map(ToString::to_string).collect(),
            env: Vec::new(),
            input: String::new(),
            stdout: Stdout::Read,
            interrupted: None,
        }
    }

    /// A call that goes to the emulator.
    fn call(&self, title: &'static str, args: &[&str]) -> Call {
        self.bare(title, args)
            .with("NOTIFICATIONHUBS_CONNECTION_STRING", self.emulator.namespace_connection_string())
            .with("NOTIFICATION_HUB_NAME", self.emulator.hub())
            .with("NHUB_CA", self.path("ca.pem").to_str().unwrap())
    }

    /// A call with this connection string, and a hub's name.
    fn to(&self, title: &'static str, connection_string: &str) -> Call {
        self.bare(title, &["send", "apple", "{}"])
            .with("NOTIFICATIONHUBS_CONNECTION_STRING", connection_string)
            .with("NOTIFICATION_HUB_NAME", "news")
    }

    /// Runs it, and writes down what it says.
    fn run(&mut self, call: Call) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
        command
            .args(&call.args)
            .current_dir(self.directory.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped());
        command.env_clear().env("HOME", self.directory.path()).env("TMPDIR", self.directory.path());
        command.envs(call.env.iter().map(|(name, value)| (*name, value)));
        command.stdout(match call.stdout {
            Stdout::Full => Stdio::from(File::options().write(true).open("/dev/full").unwrap()),
            Stdout::Read | Stdout::Closed => Stdio::piped(),
        });
        let mut child = command.spawn().unwrap();
        if matches!(call.stdout, Stdout::Closed) {
            drop(child.stdout.take());
        }
        let _ = child.stdin.take().unwrap().write_all(call.input.as_bytes());
        if let Some(listener) = &call.interrupted {
            interrupt(&child, listener);
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("c2VzYW1l"), "a key: {said}");

        self.count += 1;
        writeln!(self.written, "# {}", call.title).unwrap();
        write!(self.written, "$").unwrap();
        let known = ["NOTIFICATIONHUBS_CONNECTION_STRING", "NOTIFICATION_HUB_NAME", "NHUB_CA"];
        for (name, _) in call.env.iter().filter(|(name, _)| !known.contains(name)) {
            write!(self.written, " {name}=..").unwrap();
        }
        write!(self.written, " nhub").unwrap();
        for arg in &call.args {
            write!(self.written, " {}", quoted(&self.named(arg))).unwrap();
        }
        let input = match call.input.as_str() {
            "" => String::new(),
            input => format!(" <<< {}", quoted(input.trim_end())),
        };
        let stdout = match call.stdout {
            Stdout::Read => "",
            Stdout::Full => " > /dev/full",
            Stdout::Closed => " | true",
        };
        let status = output.status.code().map_or("by a signal".to_owned(), |code| code.to_string());
        writeln!(self.written, "{input}{stdout}\nexit {status}").unwrap();
        writeln!(self.written, "{}", self.named(&said)).unwrap();
    }

    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.names {
            text = text.replace(value, name);
        }
        without_ids(&text)
    }
}

impl Call {
    fn with(mut self, name: &'static str, value: &str) -> Call {
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.to_owned()));
        self
    }

    fn input(self, input: &str) -> Call {
        Call { input: input.to_owned(), ..self }
    }

    fn stdout(self, stdout: Stdout) -> Call {
        Call { stdout, ..self }
    }
}

/// As a shell takes it. What is long is cut.
fn quoted(arg: &str) -> String {
    let arg = match arg.char_indices().nth(300) {
        Some((end, _)) => format!("{}..", &arg[..end]),
        None => arg.to_owned(),
    };
    let arg = arg.replace('\u{1b}', "\\e");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg } else { format!("'{}'", arg.replace('\'', "'\\''")) }
}

/// Ids and spans of time are others in each run.
fn without_ids(text: &str) -> String {
    let is_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_id) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !is_id(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        shown += before;
        let is_registration = word.matches('-').count() == 2 && word.len() > 30;
        let is_port = ["127.0.0.1:", "localhost:"].iter().any(|host| shown.ends_with(host));
        let is_uuid = word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
        shown += match () {
            () if is_uuid || is_registration => "ID",
            () if shown.ends_with("blob \"") => "DATE",
            () if is_port => "PORT",
            () => word,
        };
        rest = after;
    }
    shown += rest;
    let mut lines = Vec::new();
    for line in shown.split('\n') {
        let mut line = line.to_owned();
        if let Some((before, after)) = line.split_once(" attempts in ")
            && let Some((_, after)) = after.split_once(')')
        {
            line = format!("{before} attempts in TIME){after}");
        }
        while let Some(start) = line.find("NH-2") {
            let end = line[start..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .map_or(line.len(), |end| start + end);
            line.replace_range(start..end, "NH-ID");
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Waits until a whole request has come, and then for nothing.
fn interrupt(child: &Child, listener: &TcpListener) {
    let (stream, _) = listener.accept().unwrap();
    read_head(&stream);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    // Open until it is gone.
    let _ = (&stream).read_to_end(&mut Vec::new());
}

fn read_head(mut stream: &TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
        head.push(byte[0]);
    }
}

/// Answers one request, and then no more.
fn answers(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            read_head(&stream);
            // The body: what is not read would reset the connection.
            let _ = stream.read_exact(&mut [0; 2]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("Endpoint=http://{address};{KEY}")
}

/// An address at which nobody listens.
fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("Endpoint=http://{address};{KEY}")
}

#[test]
fn what_is_said_to_a_wrong_call() {
    let mut desk = Desk::new();
    connection_strings(&mut desk);
    command_lines(&mut desk);
    payloads(&mut desk);
    audiences(&mut desk);
    documents(&mut desk);
    files_and_certificates(&mut desk);
    profiles(&mut desk);
    answers_of_the_service(&mut desk);
    receipts(&mut desk);
    ends(&mut desk);
    declared(&mut desk);
    emulators(&mut desk);
    assert!(desk.count >= 60, "{}", desk.count);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong_calls.txt");
    if std::env::var_os("NHUB_WRITE_WRONG_CALLS").is_some() {
        fs::write(&path, &desk.written).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (written, expected) in desk.written.split("\n\n").zip(expected.split("\n\n")) {
        assert!(written == expected, "said:\n{written}\n\nexpected:\n{expected}");
    }
    assert!(desk.written == expected, "there are more or fewer calls than in {}", path.display());
}

fn connection_strings(desk: &mut Desk) {
    desk.section("Connection strings");
    desk.run(desk.bare("No connection string", &["send", "apple", "{}"]));
    desk.run(desk.bare("None, where no emulator helps", &["outcome", "NH-1"]));
    let good = format!("Endpoint=sb://contoso.servicebus.windows.net/;{KEY}");
    desk.run(desk.to("In double quotes", &format!("\"{good}\"")));
    desk.run(desk.to("In single quotes", &format!("'{good}'")));
    desk.run(desk.to("With commas", &good.replace(';', ",")));
    desk.run(desk.to(
        "Without the name of the rule",
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKey=c2VzYW1l",
    ));
    desk.run(
        desk.to("Without the key", "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full"),
    );
    desk.run(desk.to("With a stray newline", &good.replace("c2Vz", "c2Vz\n")));
    desk.run(desk.to("Empty", ""));
    desk.run(desk.to("Only the key", "c2VzYW1l"));
    desk.run(desk.to("Only a URL", "https://contoso.servicebus.windows.net/news"));
    desk.run(desk.to("With http", &good.replace("sb://", "http://")));
    desk.run(desk.to("With the hub in the endpoint", &good.replace(".net/", ".net/news")));
    desk.run(desk.to("Of another hub", &format!("{good};EntityPath=weather")));
    let mut call = desk.bare("Without a hub", &["send", "apple", "{}"]);
    call = call.with("NOTIFICATIONHUBS_CONNECTION_STRING", &good);
    desk.run(call);
    desk.run(desk.to("A hub as ns/hub", &good).with("NOTIFICATION_HUB_NAME", "contoso/news"));
    desk.run(desk.to("An empty hub", &good).with("NOTIFICATION_HUB_NAME", ""));
    let mut call = desk.to("On the command line", &good);
    call.args.extend(["--connection-string".to_owned(), format!("\"{good}\"")]);
    desk.run(call);
    let call = desk.call("In the place of a tag", &["send", "apple", "{}", "--tag", &good]);
    desk.run(call);
}

fn command_lines(desk: &mut Desk) {
    desk.section("Command lines");
    for (title, args) in [
        ("A command that is written wrong", &["sned", "apple", "{}"][..]),
        ("An option that is written wrong", &["send", "apple", "{}", "--tga", "sports"]),
        ("An option of another command", &["send", "apple", "{}", "--wait"]),
        ("apns for apple", &["send", "apns", "{\"aps\":{}}"]),
        ("fcm", &["send", "fcm", "{}"]),
        ("A platform that does not exist", &["send", "pigeon", "{}"]),
        ("No payload", &["send", "apple"]),
        ("Nothing to do with the profiles", &["profile"]),
        ("Tags and a device", &["send", "apple", "{}", "--tag", "a", "--device", "00fc"]),
        ("A user and an installation", &["send", "apple", "{}", "--user", "bob", "--installation", "i1"]),
        ("A journal without a list", &["send", "apple", "{}", "--device", "00fc", "--journal", "j"]),
        ("A header without a colon", &["send", "apple", "{}", "--header", "apns-priority"]),
        ("A property without a value", &["send", "template", "--property", "title"]),
        ("A property where there is no template", &["send", "apple", "--property", "title=Hello"]),
        ("A time in words", &["send", "apple", "{}", "--at", "tomorrow"]),
        ("A schedule in the past", &["send", "apple", "{\"aps\":{}}", "--at", "2001-01-01T00:00:00Z"]),
        ("A schedule too far ahead", &["send", "apple", "{\"aps\":{}}", "--at", "2999-01-01T00:00:00Z"]),
        ("An outcome of an emulator that is gone", &["outcome", "NH-1", "--emulator"]),
        ("An emulator and a hub", &["send", "apple", "{}", "--emulator", "--hub", "other"]),
        ("A timeout without a wait", &["outcome", "NH-1", "--timeout", "5"]),
        ("An empty id", &["outcome", ""]),
        ("Too many requests in flight", &["send", "apple", "{}", "--devices", "-", "--in-flight", "1000"]),
        ("A limit that is no number", &["registration", "list", "--limit", "many"]),
        ("A handle without its kind", &["registration", "list", "--handle", "00fc"]),
        ("Nothing to delete", &["registration", "delete"]),
        ("Nothing to change", &["installation", "patch", "i1"]),
        ("A hub is not deleted in passing", &["hub", "delete", "news"]),
        ("A token for a namespace and a hub", &["token", "--namespace", "--hub", "news"]),
        ("An unknown shell", &["completions", "tcsh"]),
        ("A URL that is none", &["job", "export", "--output", "contoso/jobs"]),
        ("A line break and an escape sequence", &["send", "apple", "{}", "evil\nnhub: all is well\u{1b}[2J"]),
        ("A wrong call in JSON", &["send", "apple", "{}", "--tga", "sports", "--json"]),
    ] {
        desk.run(desk.call(title, args));
    }
}

fn payloads(desk: &mut Desk) {
    desk.section("Payloads");
    let broken = desk.file("broken.json", "{\"aps\": {\n  \"alert\" \"Hello\"\n}}\n");
    let large = format!("{{\"aps\":{{\"alert\":\"{}\"}}}}", "x".repeat(70_000));
    let large = desk.file("large.json", &large);
    let (at_broken, at_large) = (format!("@{broken}"), format!("@{large}"));
    let directory = format!("@{}", desk.directory.path().display());
    for (title, args) in [
        ("Broken JSON on the command line", &["send", "apple", "{\"aps\":"][..]),
        ("Broken JSON in a file", &["send", "apple", &at_broken]),
        ("A file that is not there", &["send", "apple", "@nowhere.json"]),
        ("A file without @", &["send", "apple", "broken.json"]),
        ("A file that is a directory", &["send", "apple", &directory]),
        ("A payload that is too large", &["send", "apple", &at_large]),
        ("A payload for another platform", &["send", "windows", "{\"aps\":{}}"]),
        ("An unknown Windows notification", &["send", "windows", "<toaster/>"]),
        ("A message for one device in FCM v1", &["send", "fcmv1", "{\"message\":{\"token\":\"t\"}}"]),
        ("A number in a template's values", &["send", "template", "{\"badge\":5}"]),
        ("A header of the transport", &["send", "apple", "{}", "--header", "Content-Type: text/plain"]),
    ] {
        desk.run(desk.call(title, args));
    }
    desk.run(desk.call("Broken JSON on standard input", &["send", "apple", "-"]).input("{\"aps\":\n"));
    desk.run(desk.call("Nothing on standard input", &["send", "apple", "-"]));
    desk.run(desk.call("Two inputs", &["send", "apple", "-", "--devices", "-"]).input("{}"));
}

fn audiences(desk: &mut Desk) {
    desk.section("Audiences");
    let mut many = vec!["send", "apple", "{\"aps\":{}}"];
    for tag in [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
        "u",
    ] {
        many.extend(["--tag", tag]);
    }
    desk.run(desk.call("21 tags", &many));

    for (title, args) in [
        ("A tag with a space", &["send", "apple", "{\"aps\":{}}", "--tag", "breaking news"][..]),
        ("A tag that begins with $", &["send", "apple", "{\"aps\":{}}", "--tag", "$UserId:bob"]),
        ("An empty tag", &["send", "apple", "{\"aps\":{}}", "--tag", ""]),
        ("An open parenthesis", &["send", "apple", "{\"aps\":{}}", "--tags", "(a || b"]),
        ("AND in place of &&", &["send", "apple", "{\"aps\":{}}", "--tags", "a AND b"]),
        ("A comma in an expression", &["send", "apple", "{\"aps\":{}}", "--tags", "a, b"]),
        ("An empty expression", &["send", "apple", "{\"aps\":{}}", "--tags", ""]),
        ("An empty device", &["send", "apple", "{\"aps\":{}}", "--device", ""]),
        (
            "A device of another platform",
            &["send", "apple", "{\"aps\":{}}", "--device", "https://db5.notify.windows.com/?token=A"],
        ),
        ("A user with a space", &["send", "apple", "{\"aps\":{}}", "--user", "bob smith"]),
        ("A list that is not there", &["send", "apple", "{\"aps\":{}}", "--devices", "nowhere.txt"]),
    ] {
        desk.run(desk.call(title, args));
    }
    desk.run(desk.call("An empty list", &["send", "apple", "{\"aps\":{}}", "--devices", "-"]).input("\n"));
    let call = desk.call("A wrong line in a list", &["send", "apple", "{\"aps\":{}}", "--devices", "-"]);
    desk.run(call.input("00fc\n{\"auth\":\"c2VzYW1l\"}\n"));
}

fn documents(desk: &mut Desk) {
    desk.section("Documents");
    for (title, args) in [
        ("A registration that is broken JSON", &["registration", "create", "{\"kind\":"][..]),
        ("A registration in a file, without @", &["registration", "create", "phone.json"]),
        ("A list of registrations", &["registration", "create", "[]"]),
        ("An installation that is a text", &["installation", "put", "\"i1\""]),
        ("Two documents", &["registration", "create", "{\"kind\":\"apple\"} {}"]),
        ("A registration of unknown kind", &["registration", "create", "{\"kind\":\"pigeon\"}"]),
        ("A registration without kind", &["registration", "create", "{\"device_token\":\"00fc\"}"]),
        ("A registration without handle", &["registration", "create", "{\"kind\":\"apple\"}"]),
        (
            "A registration with an unknown member",
            &["registration", "create", "{\"kind\":\"apple\",\"device_token\":\"00fc\",\"tag\":[]}"],
        ),
        (
            "An update without id",
            &["registration", "update", "{\"kind\":\"apple\",\"device_token\":\"00fc\"}"],
        ),
        (
            "An installation with fcm",
            &["installation", "put", "{\"installationId\":\"1\",\"platform\":\"fcm\",\"pushChannel\":\"x\"}"],
        ),
        (
            "An installation with a member that nobody knows",
            &[
                "installation",
                "put",
                "{\"installationId\":\"1\",\"platform\":\"apns\",\"pushChannel\":\"00fc\",\"tag\":[]}",
            ],
        ),
        (
            "An installation without channel",
            &["installation", "put", "{\"installationId\":\"1\",\"platform\":\"apns\"}"],
        ),
        (
            "A JSON Patch that moves",
            &["installation", "patch", "1", "--json-patch", "[{\"op\":\"move\",\"path\":\"/a\"}]"],
        ),
        ("A hub with an unknown member", &["hub", "update", "news", "{\"colour\":\"red\"}"]),
        ("A hub's name with a slash", &["hub", "create", "contoso/news"]),
        ("A job file, without @", &["job", "pack", "export.txt"]),
        ("A line of a job that is none", &["job", "pack", "{\"kind\":\"apple\"}"]),
        ("A migration of other platforms", &["migrate", "apple", "fcmv1"]),
        (
            "A job file to migrate, and no place for the result",
            &["migrate", "gcm", "fcmv1", "--job-file", "in.txt"],
        ),
        ("Feedback that is none", &["feedback", "read", "<Other/>"]),
    ] {
        let mut call = desk.call(title, args);
        if matches!(args[..2], ["job", "pack"] | ["feedback", "read"]) {
            call.env.clear();
        }
        desk.run(call);
    }
    desk.run(desk.call("Nothing on standard input", &["registration", "create"]));
}

fn files_and_certificates(desk: &mut Desk) {
    desk.section("Files and certificates");
    let broken =
        desk.file("broken.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    let text = desk.file("text.pem", "Hello\n");
    let send = ["send", "apple", "{\"aps\":{}}"];
    desk.run(desk.call("A CA that is not there", &[&send[..], &["--ca", "nowhere.pem"]].concat()));
    desk.run(desk.call("The same, from the environment", &send).with("NHUB_CA", "nowhere.pem"));
    desk.run(desk.call("A broken CA", &[&send[..], &["--ca", &broken]].concat()));
    desk.run(desk.call("A CA that is none", &[&send[..], &["--ca", &text]].concat()));
    let mut call = desk.call("An unknown issuer", &send);
    call.env.retain(|(name, _)| *name != "NHUB_CA");
    desk.run(call);
    desk.run(desk.call("Manual pages into a file", &["man", &text]));
}

fn profiles(desk: &mut Desk) {
    desk.section("Profiles");
    let args = ["--profile", "staging", "send", "apple", "{\"aps\":{}}"];
    desk.run(desk.bare("No configuration file", &args));
    fs::create_dir_all(desk.path(".config/nhub")).unwrap();
    let config = |desk: &Desk, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = desk.file(".config/nhub/config.toml", text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    config(desk, "[profile.production]\nhub = \"news\"\n");
    desk.run(desk.bare("An unknown profile", &args));
    desk.run(desk.bare("The same, from the environment", &args[2..]).with("NHUB_PROFILE", "staging"));
    desk.run(
        desk.bare("A profile without connection string", &["--profile", "production", "send", "apple", "{}"]),
    );
    desk.run(desk.bare(
        "A profile for a command without connection",
        &["--profile", "production", "completions", "bash"],
    ));
    desk.run(desk.bare(
        "A profile and an emulator",
        &["--profile", "production", "send", "apple", "{}", "--emulator"],
    ));
    config(desk, "[profile.staging]\nhub = \"news\"\nconnection-string = \"SharedAccessKey=c2VzYW1l\"\n");
    desk.run(desk.bare("A key that is unknown", &args));
    config(desk, "[profile.staging]\nconnection_string = Endpoint=c2VzYW1l\n");
    desk.run(desk.bare("A file that is no TOML", &args));
    config(desk, "[profile.staging]\nconnection_string = \"Endpoint=sb://a.net/\"\n");
    desk.run(desk.bare("A wrong connection string in a profile", &args));
    fs::set_permissions(
        desk.path(".config/nhub/config.toml"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    desk.run(desk.bare("A file that others can read", &["profile", "list"]));
}

fn answers_of_the_service(desk: &mut Desk) {
    desk.section("Answers of the service");
    let send = ["send", "apple", "{\"aps\":{\"alert\":\"Hello\"}}"];
    let hub = desk.emulator.hub().to_owned();
    let listen = desk.emulator.listen_only_connection_string().to_owned();
    desk.run(
        desk.call("A key that may only listen", &send).with("NOTIFICATIONHUBS_CONNECTION_STRING", &listen),
    );
    desk.run(desk.call("A hub that does not exist", &[&send[..], &["--hub", "nwes"]].concat()));
    let full = desk.emulator.namespace_connection_string().to_owned();
    let (front, _) = full.split_once("SharedAccessKey=").unwrap();
    let wrong = format!("{front}SharedAccessKey=c2VzYW1l");
    desk.run(desk.call("A wrong key", &send).with("NOTIFICATIONHUBS_CONNECTION_STRING", &wrong));
    desk.run(desk.call("A notification that nobody knows", &["outcome", "NH-1"]));
    desk.run(desk.call("A notification that waits for nothing", &["cancel", "NH-1"]));
    desk.run(desk.call("An installation that is not there", &["installation", "get", "i1"]));
    desk.run(desk.call("The same in JSON", &["installation", "get", "i1", "--json"]));
    desk.run(desk.call("A registration that is not there", &["registration", "get", "1-2-3"]));
    desk.run(desk.call("A hub that is there already", &["hub", "create", &hub]));
    desk.run(desk.call("A job that is not there", &["job", "get", "1"]));
    desk.run(
        desk.call(
            "A test send that reaches nobody",
            &["send", "windows", TOAST, "--tag", "nobody", "--test"],
        ),
    );
    desk.run(desk.call(
        "An expression that reaches nobody",
        &["send", "windows", TOAST, "--tags", "sports && nobody", "--test"],
    ));
    desk.run(desk.call(
        "A template that reaches nobody",
        &["send", "template", "--property", "a=b", "--tag", "nobody", "--test"],
    ));
    desk.run(desk.call(
        "A user whom nobody knows",
        &["send", "windows", TOAST, "--user", "nobody", "--test", "--json"],
    ));
    let windows =
        desk.emulator.devices().into_iter().find(|device| device.platform == Platform::Windows).unwrap();
    desk.emulator
        .reject(&windows.hub, &Platform::Windows, &windows.pns_handle, Some(Rejection::WrongToken))
        .unwrap();
    desk.names.push((windows.pns_handle, "HANDLE"));
    desk.run(desk.call("A test send that fails", &["send", "windows", TOAST, "--test"]));
    desk.emulator.add_fault(Fault::status(429).retry_after(1).times(1)).unwrap();
    desk.run(desk.call("A service that throttles", &send));
    desk.emulator.add_fault(Fault::status(503).times(1)).unwrap();
    desk.run(desk.call("A service that fails", &send));
    desk.run(desk.to("Nobody at the address", &nobody()).input(""));
    desk.run(desk.to("A connection that breaks", &answers("")));
    desk.run(desk.to("An answer that is no HTTP", &answers("SSH-2.0-OpenSSH_9.6\r\n")));
    let moved = answers(
        "HTTP/1.1 302 Found\r\nLocation: https://a.test/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    desk.run(desk.to("A redirect", &moved));
}

fn receipts(desk: &mut Desk) {
    desk.section("Receipts and feedback");
    let listen = desk.emulator.listen_only_connection_string().to_owned();
    let may_not = |call: Call| call.with("NOTIFICATIONHUBS_CONNECTION_STRING", &listen);
    desk.run(desk.call("Several notifications that nobody knows", &["outcome", "NH-1", "NH-3"]));
    desk.run(desk.call("No notification", &["outcome", "--wait"]));
    desk.run(may_not(desk.call("A key that may not read feedback", &["feedback", "follow"])));
    desk.run(may_not(desk.call("A key that may not prune", &["prune"])));
    let other = r#"{"hub":"contoso.servicebus.windows.net/news","blobs":{"11262026":7}}"#;
    let other = desk.file("other.state", other);
    let text = desk.file("text.state", "Hello\n");
    let nowhere = desk.path("nowhere/feedback.state").display().to_string();
    let directory = desk.directory.path().display().to_string();
    for (title, file) in [
        ("The state of another hub", &other),
        ("A state that is none", &text),
        ("A state that cannot be written", &nowhere),
        ("A state that is a directory", &directory),
    ] {
        desk.run(desk.call(title, &["feedback", "follow", "--once", "--state", file]));
    }
    let blob = format!("feedback-{}/11262026", desk.emulator.hub());
    desk.emulator.write_blob(&blob, "<?xml version='1.0'?><PnsFeed");
    desk.run(desk.call("Feedback that cannot be read", &["feedback", "follow", "--once"]));
    desk.run(desk.call("A plan of feedback that cannot be read", &["prune"]));
    desk.run(desk.call("Often and once", &["feedback", "follow", "--once", "--every", "10"]));
    desk.run(desk.call("Installations with a tag that is none", &["installation", "list", "--tag", "a b"]));
    desk.run(may_not(desk.call("A key that may not list", &["installation", "list"])));
}

fn ends(desk: &mut Desk) {
    desk.section("Full disks, closed pipes and signals");
    let send = ["send", "apple", "{\"aps\":{\"alert\":\"Hello\"}}"];
    desk.run(desk.call("A full disk after a send", &send).stdout(Stdout::Full));
    let devices = [&send[..], &["--devices", "-"]].concat();
    desk.run(desk.call("A full disk after a long list", &devices).input("00fc\n00fd\n").stdout(Stdout::Full));
    desk.run(desk.call("A full disk under a list", &["registration", "list"]).stdout(Stdout::Full));
    let registration = "{\"kind\":\"apple\",\"device_token\":\"00fc\"}";
    desk.run(
        desk.call("A full disk after a change", &["registration", "create", registration])
            .stdout(Stdout::Full),
    );
    desk.run(desk.call("A full disk under help", &["--help"]).stdout(Stdout::Full));
    desk.run(desk.call("A reader that has seen enough", &["registration", "list"]).stdout(Stdout::Closed));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hub = format!("Endpoint=http://{};{KEY}", listener.local_addr().unwrap());
    let call = desk.to("Ctrl-C in flight", &hub);
    desk.run(Call { interrupted: Some(listener), ..call });
}

fn declared(desk: &mut Desk) {
    desk.section("What a file declares");
    for (title, text) in [
        ("A file with no hub", "tier = \"standard\"\n"),
        ("A section that is unknown", "[[hub]]\nname = \"news\"\n"),
        ("A key that is unknown", "[[hubs]]\nname = \"news\"\nregistration-ttl = \"P90D\"\n"),
        ("A hub without a name", "[[hubs]]\ndisabled = true\n"),
        ("A hub twice", "hubs = [{ name = \"news\" }, { name = \"News\" }]\n"),
        ("A time that is none", "[[hubs]]\nname = \"news\"\nregistration_ttl = \"90 days\"\n"),
        ("A platform that is none", "[[hubs]]\nname = \"news\"\ncredentials.apple2.Token = \"c2VzYW1l\"\n"),
        ("A secret that is a number", "[[hubs]]\nname = \"news\"\ncredentials.gcm.GoogleApiKey = 7\n"),
        ("No rule at all", "[[hubs]]\nname = \"news\"\nauthorization_rules = []\n"),
        (
            "A right that is none",
            "[[hubs]]\nname = \"news\"\n[[hubs.authorization_rules]]\nkey_name = \"a\"\nrights = [\"Read\"]\n\
             primary_key = \"c2VzYW1l\"\nsecondary_key = \"c2VzYW1l\"\n",
        ),
        (
            "A variable that is not set",
            "[[hubs]]\nname = \"news\"\n[hubs.credentials.gcm]\nGoogleApiKey = \"env:NOT_SET\"\n",
        ),
        (
            "A secret in a file that is not there",
            "[[hubs]]\nname = \"news\"\n[hubs.credentials.gcm]\nGoogleApiKey = \"file:nowhere.key\"\n",
        ),
        ("A file that is no TOML", "[[hubs]\nname = news\n"),
    ] {
        let file = desk.file("hubs.toml", text);
        desk.run(desk.call(title, &["hub", "apply", &file]));
    }
    desk.run(desk.call("A file that is not there", &["hub", "apply", "nowhere.toml"]));
    let devices = "[[devices]]\nplatform = \"adm\"\npns_handle = \"tablet\"\ntags = [\"a b\"]\n";
    let file = desk.file("emulator.toml", devices);
    desk.run(desk.bare("A device that the service refuses", &["emulator", "--config", &file]));
    let file = desk.file("emulator.toml", "[[faults]]\nstatus = 503\nconnection = \"dropped-before\"\n");
    desk.run(desk.bare("A fault that is two", &["emulator", "--config", &file]));
    desk.run(desk.bare("A configuration that is not there", &["emulator", "--config", "nowhere.toml"]));
}

fn emulators(desk: &mut Desk) {
    desk.section("Emulators");
    let in_use = desk.emulator.address().to_string();
    let file = desk.file("file", "");
    let other = desk.path("other");
    let _other = Emulator::builder().data(&other).start_blocking().unwrap();
    let other = other.to_str().unwrap();
    let below = format!("{file}/below");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    desk.names.push((closed.port().to_string(), "PORT"));
    let nowhere = format!("http://{closed}");
    for (title, args) in [
        ("A port in use", &["emulator", "--listen", &in_use][..]),
        ("A bad listen address", &["emulator", "--listen", "here"]),
        ("A port that is none", &["emulator", "--listen", "99999"]),
        ("A connection string", &["emulator", "--connection-string", "Endpoint=sb://a.net/"]),
        ("A host with a port", &["emulator", "--host", "push.test:8443"]),
        ("A key that is too short", &["emulator", "--key", "short"]),
        ("A certificate without its key", &["emulator", "--cert", "cert.pem"]),
        (
            "A certificate that is not there",
            &["emulator", "--cert", "nowhere.pem", "--cert-key", "nowhere.pem"],
        ),
        ("A tier that does not exist", &["emulator", "--tier", "premium"]),
        ("A hub's name with a slash", &["emulator", "--hub", "contoso/news"]),
        ("Data in use", &["emulator", "--data", other]),
        ("Data below a file", &["emulator", "--data", &below]),
        ("A probe over TLS", &["emulator", "probe", "--url", "https://127.0.0.1:8443"]),
        ("A probe without a scheme", &["emulator", "probe", "--url", "localhost:8443"]),
        ("A probe of a path", &["emulator", "probe", "--url", "http://127.0.0.1:8443/$emulator/health"]),
        ("A time limit that is none", &["emulator", "probe", "--timeout", "soon"]),
        ("A probe of an emulator that starts", &["emulator", "--listen", "8443", "probe"]),
        ("A probe where nobody listens", &["emulator", "probe", "--url", &nowhere]),
    ] {
        desk.run(desk.bare(title, args));
    }
    let call = desk.bare("A control token that is empty", &["emulator"]).with("NHUB_CONTROL_TOKEN", "");
    desk.run(call);
}
