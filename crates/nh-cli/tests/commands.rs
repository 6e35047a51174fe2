//! What all commands have in common: options, profiles, JSON, completions, manual pages, terminals.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::Emulator;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
#[cfg(unix)]
use std::io::{Read as _, Write as _};
#[cfg(unix)]
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const APPLE: &str = r#"{"aps":{"alert":"Hello"}}"#;

/// An emulator, and a home for the command.
struct Desk {
    emulator: Emulator,
    home: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk {
            emulator: Emulator::builder().demo_devices(true).start_blocking().unwrap(),
            home: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(desk.config().parent().unwrap()).unwrap();
        fs::write(desk.config().with_file_name("ca.pem"), desk.emulator.ca_pem()).unwrap();
        desk
    }

    fn config(&self) -> PathBuf {
        self.home.path().join("nhub").join("config.toml")
    }

    /// Nothing is set.
    fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
        for name in ["NOTIFICATIONHUBS_CONNECTION_STRING", "NOTIFICATION_HUB_NAME", "NHUB_CA", "NHUB_PROFILE"]
        {
            command.env_remove(name);
        }
        command.args(args).env("XDG_CONFIG_HOME", self.home.path()).env("APPDATA", self.home.path());
        command.stdin(Stdio::null());
        command
    }

    /// It goes to the emulator.
    fn nhub(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", self.emulator.namespace_connection_string())
            .env("NOTIFICATION_HUB_NAME", self.emulator.hub())
            .env("NHUB_CA", self.config().with_file_name("ca.pem"));
        command
    }

    fn profiles(&self, text: &str) {
        fs::write(self.config(), text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.config(), fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
        .collect()
}

/// All commands, and whether they talk to the service (`-`: no, `c`: yes, `e`: also to an emulator for this one command).
const COMMANDS: [(&str, &str, char); 33] = [
    ("send", "", 'e'),
    ("doctor", "", 'e'),
    ("outcome", "", 'c'),
    ("cancel", "", 'c'),
    ("installation", "get", 'e'),
    ("installation", "put", 'e'),
    ("installation", "patch", 'e'),
    ("installation", "delete", 'e'),
    ("installation", "list", 'e'),
    ("registration", "create-id", 'e'),
    ("registration", "create", 'e'),
    ("registration", "put", 'e'),
    ("registration", "update", 'e'),
    ("registration", "get", 'e'),
    ("registration", "delete", 'e'),
    ("registration", "list", 'e'),
    ("job", "export", 'c'),
    ("job", "import", 'c'),
    ("job", "get", 'c'),
    ("job", "list", 'c'),
    ("job", "pack", '-'),
    ("job", "unpack", '-'),
    ("migrate", "", 'e'),
    ("feedback", "container", 'c'),
    ("feedback", "read", '-'),
    ("feedback", "follow", 'c'),
    ("prune", "", 'c'),
    ("token", "", 'e'),
    ("emulator", "", '-'),
    ("emulator", "probe", '-'),
    ("profile", "list", '-'),
    ("completions", "", '-'),
    ("man", "", '-'),
];

#[test]
fn a_command_has_the_options_that_mean_something_to_it() {
    let desk = Desk::new();
    let help = |args: &[&str]| {
        let output = desk.bare(args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}");
        let help = stdout(&output).to_owned();
        // clap does not break the line of usage.
        let mut lines = help.lines().filter(|line| !line.starts_with("Usage: "));
        assert!(lines.all(|line| line.chars().count() <= 100), "{args:?}: {help}");
        help
    };
    for (command, inner, connects) in COMMANDS {
        let args: Vec<_> = [command, inner, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        let text = help(&args);
        let has =
            |option: &str| text.contains(&format!("--{option} ")) || text.contains(&format!("--{option}\n"));
        for option in ["connection-string", "profile", "ca", "dump"] {
            assert_eq!(has(option), connects != '-', "{args:?}: --{option}");
        }
        let has_hub = connects != '-' || (command, inner) == ("emulator", "");
        assert_eq!((has("hub"), has("emulator")), (has_hub, connects == 'e'), "{args:?}");
        assert!(has("json") && text.contains(&format!("Usage: nhub {command}")), "{text}");
    }
    for inner in ["list", "get", "create", "update", "apply", "delete"] {
        let text = help(&["hub", inner, "--help"]);
        assert!(text.contains("--emulator") && text.contains("--dump") && !text.contains("--hub"), "{text}");
    }
    // What a document looks like.
    for args in [
        ["registration", "create"],
        ["registration", "put"],
        ["registration", "update"],
        ["installation", "put"],
        ["hub", "create"],
        ["hub", "update"],
    ] {
        let text = help(&[args[0], args[1], "--help"]);
        assert!(text.contains("[DOCUMENT]") && text.contains("@FILE") && text.contains("{\n"), "{text}");
    }
    let all = help(&["--help"]);
    for part in
        ["Exit status:", "  4  A test send", "Output with --json:", "fate_unknown (3)", "[profile.staging]"]
    {
        assert!(all.contains(part), "{part}: {all}");
    }
    // The list above is whole.
    let listed = |text: &str| {
        let inner = text.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap();
        let names = inner.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect::<Vec<_>>()
    };
    for command in listed(&all).into_iter().filter(|command| command != "hub") {
        let inner = listed(&help(&[&command, "--help"]));
        let known: Vec<_> = COMMANDS
            .iter()
            .filter(|(known, inner, _)| *known == command && !inner.is_empty())
            .map(|(_, inner, _)| *inner)
            .collect();
        assert!(
            inner == known && COMMANDS.iter().any(|(known, ..)| *known == command),
            "{command}: {inner:?}"
        );
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_a_profile() {
    let desk = Desk::new();
    let (good, hub) = (desk.emulator.connection_string(), desk.emulator.hub());
    let nowhere = "Endpoint=http://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=c2VzYW1l";
    desk.profiles(&format!(
        "[profile.good]\nconnection_string = \"{good}\"\nhub = \"{hub}\"\nca = \"ca.pem\"\n\n\
         [profile.nowhere]\nconnection_string = \"{nowhere}\"\nhub = \"news\"\n"
    ));
    let uri = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let uri = lines(stdout(&output))[0]["uri"].as_str().unwrap().to_owned();
        (uri, stderr(&output).to_owned())
    };
    let there = format!("https://localhost:{}/{hub}", desk.emulator.address().port());
    for args in [&["--profile", "good", "token", "--json"][..], &["token", "--json", "--profile", "good"]] {
        assert_eq!(uri(&mut desk.bare(args)), (there.clone(), String::new()), "{args:?}");
    }
    assert_eq!(uri(desk.bare(&["token", "--json"]).env("NHUB_PROFILE", "good")).0, there);
    // The certificate authority is found beside the file.
    let sent = desk.bare(&["send", "apple", APPLE, "--profile", "good"]).output().unwrap();
    assert!(sent.status.success(), "{}", stderr(&sent));

    let mut environment = desk.bare(&["token", "--profile", "nowhere", "--json"]);
    let (found, said) = uri(environment.env("NOTIFICATIONHUBS_CONNECTION_STRING", good));
    assert_eq!(found, format!("https://localhost:{}/news", desk.emulator.address().port()));
    let note = lines(&said)[0]["note"]["message"].as_str().unwrap().to_owned();
    assert!(note.contains("NOTIFICATIONHUBS_CONNECTION_STRING is set") && note.contains("nowhere"), "{note}");
    let mut flag = desk.bare(&["token", "--json", "--profile", "nowhere", "--hub", "weather"]);
    assert_eq!(
        uri(flag.env("NOTIFICATION_HUB_NAME", "sports")),
        ("http://127.0.0.1:1/weather".to_owned(), String::new())
    );

    // Profiles are listed without their keys.
    let list = desk.bare(&["profile", "list"]).output().unwrap();
    let table = stdout(&list);
    assert!(
        table.contains("good ")
            && table.contains("localhost")
            && table.contains("nowhere")
            && table.contains("ca.pem"),
        "{table}"
    );
    let listed = desk.bare(&["profile", "list", "--json"]).output().unwrap();
    let profiles = lines(stdout(&listed));
    assert_eq!((&profiles[0]["name"], &profiles[1]["namespace"]), (&"good".into(), &"127.0.0.1".into()));
    for shown in [table, stdout(&listed)] {
        assert!(!shown.contains("SharedAccessKey") && !shown.contains("c2VzYW1l"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_profile_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    desk.profiles("[profile.a]\nhub = \"news\"\n");
    for (mode, is_told) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(desk.config(), fs::Permissions::from_mode(mode)).unwrap();
        let output = desk.bare(&["profile", "list"]).output().unwrap();
        let said = stderr(&output);
        assert!(output.status.success() && said.contains("chmod 600") == is_told, "{mode:o}: {said}");
    }
}

#[test]
fn an_emulator_takes_no_connection_from_outside() {
    let desk = Desk::new();
    // A variable that is set for other commands is not its business, also if it is wrong.
    let mut emulator = desk
        .bare(&["emulator", "--json"])
        .env("NOTIFICATIONHUBS_CONNECTION_STRING", "nonsense")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(emulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
    emulator.kill().unwrap();
    emulator.wait().unwrap();
    assert!(lines(&line)[0]["connection_string"].is_string());
    // Nor is it that of an emulator for one command.
    let mut sent = desk.bare(&["send", "apple", APPLE, "--emulator"]);
    sent.env("NOTIFICATIONHUBS_CONNECTION_STRING", "nonsense")
        .env("NHUB_CA", "/nowhere")
        .env("NHUB_PROFILE", "none");
    let sent = sent.env("NOTIFICATION_HUB_NAME", "news").output().unwrap();
    assert!(sent.status.success(), "{}", stderr(&sent));
}

#[test]
fn tokens_for_a_hub_a_namespace_and_a_key_that_may_only_listen() {
    let desk = Desk::new();
    let port = desk.emulator.address().port();
    for (args, connection_string, of) in [
        (&["token"][..], desk.emulator.namespace_connection_string(), "%2Fdemo-hub&sig="),
        (&["token", "--namespace"], desk.emulator.namespace_connection_string(), "%2F&sig="),
        (&["token"], desk.emulator.listen_only_connection_string(), "%2Fdemo-hub&sig="),
    ] {
        let output =
            desk.nhub(args).env("NOTIFICATIONHUBS_CONNECTION_STRING", connection_string).output().unwrap();
        let token = stdout(&output);
        let begins = format!("SharedAccessSignature sr=https%3A%2F%2Flocalhost%3A{port}{of}");
        assert!(token.starts_with(&begins), "{args:?}: {token}");
    }
}

#[test]
fn with_json_every_line_is_json() {
    let desk = Desk::new();
    let registration = r#"{"kind":"apple","device_token":"00fc"}"#;
    let installation = r#"{"installationId":"i1","platform":"apns","pushChannel":"00fc","odd":1}"#;
    let list = desk.home.path().join("list");
    fs::write(&list, "00fc\nno token\n").unwrap();
    let list = list.to_str().unwrap();
    for (args, status) in [
        (&["send", "apple", APPLE][..], 0),
        (&["send", "apple", APPLE, "--test", "--tag", "nobody"], 4),
        (&["send", "apple", APPLE, "--test"], 0),
        (&["send", "apple", APPLE, "--devices", list], 0),
        (&["send", "apple", APPLE, "--dry-run"], 0),
        (&["send", "apple", APPLE, "--emulator"], 0),
        (&["send", "apple", "{"], 2),
        (&["send", "apple"], 2),
        (&["sned"], 2),
        (&["outcome", "NH-1"], 1),
        (&["cancel", "NH-1"], 1),
        (&["installation", "put", installation], 0),
        (&["installation", "get", "i1"], 0),
        (&["installation", "patch", "i1", "--add-tag", "a"], 0),
        (&["installation", "delete", "i1"], 0),
        (&["registration", "create-id"], 0),
        (&["registration", "create", registration], 0),
        (&["registration", "list"], 0),
        (&["registration", "delete", "--handle", "apple:00fc"], 0),
        (&["registration", "get", "1"], 1),
        (&["job", "list"], 0),
        (&["feedback", "container"], 0),
        (&["hub", "list"], 0),
        (&["hub", "create", "news"], 0),
        (&["hub", "get", "news"], 0),
        (&["hub", "delete", "news"], 2),
        (&["hub", "delete", "news", "--yes"], 0),
        (&["token"], 0),
        (&["profile", "list"], 0),
    ] {
        let output = desk.nhub(&[args, &["--json"]].concat()).output().unwrap();
        let said = lines(stderr(&output));
        assert_eq!(output.status.code(), Some(status), "{args:?}: {said:?}");
        lines(stdout(&output));
        let errors: Vec<_> = said.iter().filter_map(|line| line.get("error")).collect();
        let kinds = ["", "refused", "usage", "fate_unknown", "undelivered"];
        match errors.as_slice() {
            [] => assert_eq!(status, 0, "{args:?}"),
            [error] => {
                assert_eq!(
                    (&error["exit_status"], &error["kind"]),
                    (&status.into(), &kinds[status as usize].into())
                );
                assert!(!error["message"].as_str().unwrap().is_empty());
                let answered = status == 1;
                assert_eq!(
                    (error["http_status"] == 404, error["tracking_id"].is_string()),
                    (answered, answered)
                );
            }
            more => panic!("{args:?}: {more:?}"),
        }
        assert!(said.iter().all(|line| line.get("error").is_some() || line["note"]["message"].is_string()));
    }
    // The outcome of a test send stands on standard output also if it failed.
    let nobody =
        desk.nhub(&["send", "apple", APPLE, "--test", "--tag", "nobody", "--json"]).output().unwrap();
    assert_eq!(lines(stdout(&nobody))[0]["outcome"]["success"], 0);
}

#[test]
fn a_dry_run_is_what_goes_out() {
    let desk = Desk::new();
    let args = ["send", "apple", APPLE, "--tags", "sports && !politics", "--header", "apns-priority: 5"];
    let json = desk.nhub(&[&args[..], &["--dry-run", "--json"]].concat()).output().unwrap();
    let shown = lines(stdout(&json)).remove(0);
    let port = desk.emulator.address().port();
    assert_eq!(shown["method"], "POST");
    assert_eq!(shown["url"], format!("https://localhost:{port}/demo-hub/messages?api-version=2020-06"));
    assert_eq!(shown["body"], APPLE);
    assert!(shown["headers"]["authorization"].as_str().unwrap().contains("sig=[redacted]"));
    assert_eq!(desk.emulator.served().requests, 0);
    let text = desk.nhub(&[&args[..], &["--dry-run"]].concat()).output().unwrap();
    let sent = desk.nhub(&[&args[..], &["--dump"]].concat()).output().unwrap();
    // The same but for the ids and times: also user-agent and trackingid.
    let fields = |text: &str| {
        let head = text.split("\r\n\r\n").next().unwrap();
        let head = head.split_once("POST ").unwrap().1;
        let plain = |line: &str| match line.split_once(": ") {
            Some((name @ ("trackingid" | "authorization"), _)) => name.to_owned(),
            _ => line.to_owned(),
        };
        head.lines().map(plain).collect::<Vec<_>>()
    };
    assert_eq!(fields(stdout(&text)), fields(stderr(&sent)));
    let names: Vec<String> = shown["headers"].as_object().unwrap().keys().cloned().collect();
    for name in ["user-agent", "trackingid", "servicebusnotification-tags", "apns-priority"] {
        assert!(
            names.iter().any(|known| known == name) && stdout(&text).contains(&format!("\r\n{name}: ")),
            "{name}"
        );
    }
    assert!(shown["headers"]["user-agent"].as_str().unwrap().starts_with("nhub/"));
}

#[test]
fn every_command_that_talks_can_be_watched() {
    let desk = Desk::new();
    for args in [
        &["registration", "list"][..],
        &["registration", "create-id"],
        &["installation", "delete", "i1"],
        &["hub", "list"],
        &["job", "list"],
        &["feedback", "container"],
        &["outcome", "NH-1"],
        &["cancel", "NH-1"],
    ] {
        let output = desk.nhub(&[args, &["--dump"]].concat()).output().unwrap();
        let said = stderr(&output);
        assert!(said.contains("--- request ---") && said.contains("sig=[redacted]"), "{args:?}: {said}");
    }
}

#[test]
fn completions_offer_what_may_stand_there() {
    let desk = Desk::new();
    let script = |shell: &str| {
        let output = desk.bare(&["completions", shell]).output().unwrap();
        assert!(output.status.success());
        stdout(&output).to_owned()
    };
    for (shell, platforms) in [
        ("bash", "apple fcmv1 gcm windows windowsphone adm baidu browser xiaomi template\""),
        ("zsh", ":(apple fcmv1 gcm windows windowsphone adm baidu browser xiaomi template)"),
        ("fish", "-f -a \"apple fcmv1 gcm windows windowsphone adm baidu browser xiaomi template\""),
        ("powershell", "'nhub;send' {\n            [CompletionResult]::new('apple', 'apple', "),
        ("elvish", "&'nhub;send'= {\n            cand apple "),
    ] {
        let script = script(shell);
        assert!(script.contains(platforms) && script.contains("upsert"), "{shell}");
    }
    let check = |shell: &str, args: &[&str]| {
        let file = desk.home.path().join(shell);
        fs::write(&file, script(shell)).unwrap();
        // Where there is no such shell, nothing is shown.
        let Ok(output) = Command::new(shell).args(args).arg(&file).output() else { return };
        assert!(output.status.success(), "{shell}: {}", stderr(&output));
    };
    check("bash", &["-n"]);
    check("zsh", &["-n"]);
    check("fish", &["-n"]);
}

#[test]
fn manual_pages_of_all_commands() {
    let desk = Desk::new();
    let page = desk.bare(&["man"]).output().unwrap();
    assert!(
        stdout(&page).contains(".TH nhub 1") && stdout(&page).contains("Exit status"),
        "{}",
        stdout(&page)
    );
    let directory = desk.home.path().to_str().unwrap();
    let written = desk.bare(&["man", directory]).output().unwrap();
    assert!(written.status.success() && written.stdout.is_empty(), "{}", stderr(&written));
    for name in ["nhub.1", "nhub-send.1", "nhub-registration-create.1", "nhub-hub-list.1"] {
        let page = fs::read_to_string(desk.home.path().join(name)).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
}

/// `script` gives a command a terminal. Where it is missing, this shows nothing.
#[cfg(target_os = "linux")]
fn on_a_terminal(desk: &Desk, line: &str, no_color: Option<&str>) -> Option<String> {
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{} {line}", env!("CARGO_BIN_EXE_nhub")), "/dev/null"]);
    script.env("XDG_CONFIG_HOME", desk.home.path()).env("TERM", "xterm").env_remove("NO_COLOR");
    if let Some(value) = no_color {
        script.env("NO_COLOR", value);
    }
    let output = script.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn colours_for_those_who_want_them() {
    let desk = Desk::new();
    let Some(styled) = on_a_terminal(&desk, "--help", None) else { return };
    assert!(styled.contains('\u{1b}') && styled.contains("Commands:"), "{styled:?}");
    let plain = on_a_terminal(&desk, "--help", Some("1")).unwrap();
    assert!(!plain.contains('\u{1b}') && plain.contains("Commands:"), "{plain:?}");
    assert!(on_a_terminal(&desk, "--help", Some("")).unwrap().contains('\u{1b}'));
    let piped = desk.bare(&["--help"]).output().unwrap();
    assert!(!stdout(&piped).contains('\u{1b}'));
}

#[cfg(target_os = "linux")]
#[test]
fn who_types_a_document_is_told_that_it_is_awaited() {
    let desk = Desk::new();
    for (line, what) in
        [("registration create --emulator", "document"), ("send apple - --emulator", "payload")]
    {
        let Some(said) = on_a_terminal(&desk, line, None) else { return };
        assert!(
            said.contains(&format!("waiting for the {what} on standard input; Ctrl-D ends it")),
            "{said:?}"
        );
    }
    let output = desk.bare(&["registration", "create", "--emulator"]).output().unwrap();
    assert!(!stderr(&output).contains("waiting"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_signal_while_the_service_throttles_says_that_nothing_was_sent() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            while !head.ends_with(APPLE.as_bytes()) && (&stream).take(1).read_to_end(&mut head).unwrap() > 0 {
            }
            let _ = stream
                .write_all(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let mut child = desk
        .bare(&["send", "apple", APPLE])
        .env(
            "NOTIFICATIONHUBS_CONNECTION_STRING",
            format!("Endpoint=http://{address};SharedAccessKeyName=n;SharedAccessKey=c2VzYW1l"),
        )
        .env("NOTIFICATION_HUB_NAME", "news")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("the service throttles: nothing is sent for 6"), "{line}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    line.clear();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "nhub: ended by a signal before anything was carried out\n");
}
