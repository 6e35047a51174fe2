//! `cargo run --release -p benches --bin bulk [HANDLES]`: one payload to a million handles, unless told otherwise, with `nhub send`.
//!
//! It is killed with SIGKILL three times on the way and run again, while a reader of the emulator's deliveries counts what each
//! handle gets. Then it runs without a kill, beside a bare hyper loop that posts the same batches. At the end it runs with a thousand
//! handles, with as many as before and with ten times as many, and its memory is compared. It ends with an error if one handle is of no
//! account, if one got the notification twice, or if more are unknown than were in flight at the kills. `NH_WRITE_BULK=1` writes the
//! account to `benches/BULK.md`.

use benches::{client_tls, median};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::TokioExecutor;
use nh_core::{Hub, Notification, Operation, SendAll};
use nh_emulator::{Emulator, Fault, NoDelivery};
use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::task::{JoinSet, LocalSet};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const HANDLES: usize = 1_000_000;
const IN_FLIGHT: usize = 16;
const PART: usize = 1000;
/// While it is killed, an answer takes so long, as over a network. The reader of the deliveries keeps up with that.
const ROUND_TRIP: Duration = Duration::from_millis(50);
const ROUNDS: usize = 8;
/// The bare loop reads the list and makes the batches while it sends, as the command does.
const STREAMED: &str = "streamed";
/// The bare loop has all batches ready in memory before its time begins.
const READY: &str = "ready";
const OURS: &str = "nhub";
/// The command's throughput, beside that of the bare loop that does the same work.
const TARGET: f64 = 0.9;
const MAX_MEGABYTES: u64 = 64;
const PAYLOAD: &str = r#"{"aps":{"alert":"Breaking news"}}"#;

/// The handle with this number, as long as an APNs token.
fn handle(number: usize) -> String {
    format!("{number:064x}")
}

/// The emulator, and how often each handle got something.
struct Service {
    emulator: Emulator,
    counts: Arc<Vec<AtomicU8>>,
    seen: Arc<AtomicU64>,
    reader: std::thread::JoinHandle<Result<()>>,
}

impl Service {
    fn start(handles: usize) -> Result<Service> {
        let emulator = Emulator::start_blocking()?;
        emulator.add_fault(Fault::delayed(ROUND_TRIP))?;
        let counts: Arc<Vec<AtomicU8>> = Arc::new((0..handles).map(|_| AtomicU8::new(0)).collect());
        let seen = Arc::new(AtomicU64::new(0));
        let (noted, number) = (counts.clone(), seen.clone());
        let mut deliveries = emulator.deliveries();
        let reader = std::thread::spawn(move || {
            loop {
                match deliveries.next_blocking() {
                    Ok(delivery) => {
                        let handle = usize::from_str_radix(&delivery.pns_handle, 16)?;
                        noted[handle].fetch_add(1, Ordering::Relaxed);
                        number.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(NoDelivery::Ended) => return Ok(()),
                    Err(missed) => return Err(missed.into()),
                }
            }
        });
        Ok(Service { emulator, counts, seen, reader })
    }

    fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Ends, and gives what was counted. Fails if the reader has missed one.
    fn end(self) -> Result<Vec<u8>> {
        while self.seen() < self.emulator.served().deliveries && !self.reader.is_finished() {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.emulator);
        self.reader.join().map_err(|_| "the reader panicked")??;
        Ok(self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }
}

/// Where the command works.
struct Desk {
    nhub: PathBuf,
    directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Result<Desk> {
        Ok(Desk { nhub: build()?, directory: tempfile::tempdir()? })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn list(&self, name: &str, handles: usize) -> Result<()> {
        let mut file = BufWriter::new(File::create(self.path(name))?);
        (0..handles).try_for_each(|number| writeln!(file, "{}", handle(number)))?;
        Ok(file.flush()?)
    }

    fn send(&self, emulator: &Emulator, list: &str, journal: &str) -> Result<Child> {
        let mut command = Command::new(&self.nhub);
        command.current_dir(self.directory.path());
        command.args(["send", "apple", PAYLOAD, "--devices", list, "--ca", "ca.pem"]);
        command.args(["--journal", journal, "--report", "report", "--in-flight", &IN_FLIGHT.to_string()]);
        self.begin(command, emulator)
    }

    fn bare(&self, emulator: &Emulator, how: &str, list: &str) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.current_dir(self.directory.path()).args([how, list]);
        self.begin(command, emulator)
    }

    fn begin(&self, mut command: Command, emulator: &Emulator) -> Result<Child> {
        fs::write(self.path("ca.pem"), emulator.ca_pem())?;
        command.env("NOTIFICATIONHUBS_CONNECTION_STRING", emulator.connection_string());
        command.env("NOTIFICATION_HUB_NAME", emulator.hub());
        Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?)
    }
}

/// The command, made like this program.
fn build() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let directory = own.parent().ok_or("this program has no directory")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "-q", "-p", "nh-cli"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if !cargo.status()?.success() {
        return Err("nhub cannot be built".into());
    }
    Ok(directory.join("nhub"))
}

/// How a child ended, how long it took, and how much memory it had at most, in bytes.
struct Done {
    status: Option<i32>,
    took: Duration,
    memory: u64,
    /// Seconds of processor time.
    cpu: f64,
    stdout: String,
}

/// Waits for a child, and looks at its memory while it runs. Kills it when `is_time`.
fn watch(mut child: Child, mut is_time: impl FnMut() -> bool) -> Result<Done> {
    let start = Instant::now();
    let (status, stat) = (format!("/proc/{}/status", child.id()), format!("/proc/{}/stat", child.id()));
    let (mut memory, mut cpu) = (0, 0.0_f64);
    let ended = loop {
        let peak = fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        });
        memory = memory.max(peak.unwrap_or_default() * 1024);
        // User and system, in hundredths of a second.
        let times = fs::read_to_string(&stat).ok().map(|text| {
            let fields = text.rsplit(')').next().unwrap_or_default().split(' ').skip(12).take(2);
            fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
        });
        cpu = cpu.max(times.unwrap_or_default());
        if is_time() {
            child.kill()?;
        }
        match child.try_wait()? {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let took = start.elapsed();
    let stdout = std::io::read_to_string(child.stdout.take().ok_or("its output is there")?)?;
    Ok(Done { status: ended.code(), took, memory, cpu, stdout })
}

/// How the report says that each handle ended.
fn report(path: &Path, handles: usize) -> Result<Vec<String>> {
    let mut ends = vec![String::new(); handles];
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let range: serde_json::Value = serde_json::from_str(&line)?;
        let first = range["first_line"].as_u64().ok_or("a range has a first line")? as usize;
        let last = range["last_line"].as_u64().map_or(handles, |last| last as usize);
        for end in &mut ends[first - 1..last] {
            if !end.is_empty() {
                return Err(format!("two ends for one handle: {line}").into());
            }
            range["end"].as_str().unwrap_or_default().clone_into(end);
        }
    }
    Ok(ends)
}

/// Killed three times.
fn killed(desk: &Desk, handles: usize) -> Result<String> {
    let service = Service::start(handles)?;
    let mut account = String::new();
    let mut memory = 0;
    for kill in 1..=3 {
        let until = (handles * kill / 4) as u64;
        let done = watch(desk.send(&service.emulator, "devices", "killed")?, || {
            service.emulator.served().deliveries >= until
        })?;
        if done.status.is_some() {
            return Err("it had ended before it was killed".into());
        }
        memory = memory.max(done.memory);
    }
    let done = watch(desk.send(&service.emulator, "devices", "killed")?, || false)?;
    memory = memory.max(done.memory);
    let counts = service.end()?;
    let ends = report(&desk.path("report"), handles)?;
    writeln!(account, "| told | delivered once | not delivered | delivered twice |\n|---|---|---|---|")?;
    let with = |end: &str, times: fn(u8) -> bool| {
        ends.iter().zip(&counts).filter(|(told, count)| *told == end && times(**count)).count()
    };
    for end in ["sent", "unknown", "refused", "not_sent", ""] {
        let row = [with(end, |it| it == 1), with(end, |it| it == 0), with(end, |it| it > 1)];
        if row.iter().any(|count| *count > 0) || end == "sent" || end == "unknown" {
            writeln!(
                account,
                "| {} | {} | {} | {} |",
                if end.is_empty() { "nothing" } else { end },
                row[0],
                row[1],
                row[2]
            )?;
        }
    }
    let unknown = ends.iter().filter(|end| *end == "unknown").count();
    let most = 3 * IN_FLIGHT * PART;
    writeln!(
        account,
        "\nAn answer takes {} ms, as over a network. {handles} handles, at most {IN_FLIGHT} requests in flight, killed 3 times. Unknown: {unknown}; at most {most} were in \
         flight at the kills.\nThe journal has {} bytes. Peak memory: {} MB. The last run ended with exit status {}.",
        ROUND_TRIP.as_millis(),
        fs::metadata(desk.path("killed"))?.len(),
        memory / 1_000_000,
        done.status.unwrap_or(-1)
    )?;
    let is_right = with("sent", |it| it == 1) + unknown == handles && with("unknown", |it| it > 1) == 0;
    if !is_right || unknown > most || memory / 1_000_000 >= MAX_MEGABYTES {
        return Err(format!("not every handle is accounted for:\n{account}").into());
    }
    Ok(account)
}

/// Beside the bare loop. The emulator counts; nobody reads each delivery.
fn throughput(desk: &Desk, emulator: &Emulator, handles: usize, journal: &str) -> Result<String> {
    let (mut ready, mut streamed, mut ours, mut cpu) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // The emulator remembers each notification and slows down a little, so who is the last alternates.
        let mut order = [READY, STREAMED, OURS];
        if round % 2 == 1 {
            order.reverse();
        }
        for who in order {
            if who != OURS {
                let done = watch(desk.bare(emulator, who, "devices")?, || false)?;
                let times = if who == READY { &mut ready } else { &mut streamed };
                times.push(done.stdout.trim().parse::<f64>()?);
                continue;
            }
            let before = emulator.served().deliveries;
            let done = watch(desk.send(emulator, "devices", &format!("{journal}-{round}"))?, || false)?;
            if done.status != Some(0) || emulator.served().deliveries - before != handles as u64 {
                return Err("a run without a kill did not deliver exactly once".into());
            }
            ours.push(done.took.as_secs_f64());
            cpu.push(done.cpu);
        }
    }
    let mut account = String::new();
    writeln!(account, "| who | seconds, each round | handles a second, median |\n|---|---|---|")?;
    for (who, times) in [
        ("bare hyper loop, batches ready in memory", &ready),
        ("bare hyper loop, from the list", &streamed),
        ("`nhub send`, from the list, with journal and report", &ours),
    ] {
        let each = times.iter().map(|time| format!("{time:.2}")).collect::<Vec<_>>().join(", ");
        writeln!(account, "| {who} | {each} | {:.0} |", handles as f64 / median(times.clone()))?;
    }
    let (ready, streamed, ours) = (median(ready), median(streamed), median(ours));
    let verdict = if streamed / ours < TARGET { "misses" } else { "reaches" };
    writeln!(
        account,
        "\nBeside the loop from the list: {:.2}, which {verdict} the target of {TARGET}. Beside the batches that are ready: {:.2}. The command \
         takes {:.2} s of processor time, {:.2} us for each handle.",
        streamed / ours,
        ready / ours,
        median(cpu.clone()),
        median(cpu) * 1e6 / handles as f64
    )?;
    Ok(account)
}

/// With few handles, with as many as before, and with ten times as many.
fn memory(desk: &Desk, emulator: &Emulator, handles: usize) -> Result<String> {
    let mut account = String::new();
    writeln!(account, "| handles | peak memory, MB |\n|---|---|")?;
    for count in [1000, handles, 10 * handles] {
        desk.list("some", count)?;
        let done = watch(desk.send(emulator, "some", &format!("memory-{count}"))?, || false)?;
        if done.status != Some(0) {
            return Err("a run to look at its memory failed".into());
        }
        writeln!(account, "| {count} | {:.1} |", done.memory as f64 / 1e6)?;
        if done.memory / 1_000_000 >= MAX_MEGABYTES {
            return Err("memory grows".into());
        }
    }
    Ok(account)
}

/// Posts the batches of a list, and prints how many seconds it took: with all batches ready before, or from the reading of the list.
fn bare(list: &str, is_ready: bool) -> Result<()> {
    let start = Instant::now();
    let connection_string = std::env::var("NOTIFICATIONHUBS_CONNECTION_STRING")?;
    let hub = Hub::from_connection_string(&connection_string, std::env::var("NOTIFICATION_HUB_NAME")?)?;
    let tls = client_tls(&fs::read_to_string("ca.pem")?)?;
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lines = BufReader::new(File::open(list)?).lines().map_while(std::result::Result::ok);
    let parts = SendAll::to_devices(Notification::apple(PAYLOAD)?).parts(lines);
    let requests = parts.map(move |part| of(&hub, part.send().ok_or("every handle is legal")?));
    let seconds = match is_ready {
        false => {
            LocalSet::new().block_on(&runtime, post(client, requests))?;
            start.elapsed()
        }
        true => {
            let ready: Vec<_> = requests.collect();
            let start = Instant::now();
            LocalSet::new().block_on(&runtime, post(client, ready))?;
            start.elapsed()
        }
    };
    println!("{}", seconds.as_secs_f64());
    Ok(())
}

async fn post<C, R>(client: Client<C, Full<Bytes>>, requests: R) -> Result<()>
where
    C: Connect + Clone + Send + Sync + 'static,
    R: IntoIterator<Item = Result<Request<Bytes>>, IntoIter: 'static>,
{
    let requests = Rc::new(RefCell::new(requests.into_iter()));
    let mut workers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, requests) = (client.clone(), requests.clone());
        workers.spawn_local(async move {
            loop {
                let Some(request) = requests.borrow_mut().next() else { return Result::Ok(()) };
                let response = client.request(request?.map(Full::new)).await?;
                if response.status() != 201 {
                    return Err(format!("the answer is {}", response.status()).into());
                }
                response.into_body().collect().await?;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

fn of<O: Operation + ?Sized>(hub: &Hub, operation: &O) -> Result<Request<Bytes>> {
    Ok(hub.request(operation, SystemTime::now())?)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, list] = args.as_slice() {
        return bare(list, word == READY);
    }
    let handles = args.first().map_or(Ok(HANDLES), |count| count.parse())?;
    let desk = Desk::new()?;
    desk.list("devices", handles)?;

    let killed = killed(&desk, handles)?;
    println!("Killed three times\n\n{killed}");
    let emulator = Emulator::start_blocking()?;
    let at_once = throughput(&desk, &emulator, handles, "at-once")?;
    println!("Beside a bare hyper loop, answers at once\n\n{at_once}");
    let delay = emulator.add_fault(Fault::delayed(ROUND_TRIP))?;
    let later = throughput(&desk, &emulator, handles, "later")?;
    println!("Beside a bare hyper loop, answers after {} ms\n\n{later}", ROUND_TRIP.as_millis());
    emulator.remove_fault(delay);
    let memory = memory(&desk, &emulator, handles)?;
    println!("Memory\n\n{memory}");
    if std::env::var_os("NH_WRITE_BULK").is_some() {
        let cpu = fs::read_to_string("/proc/cpuinfo")?;
        let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
        let round_trip = ROUND_TRIP.as_millis();
        let text = format!(
            "# A million handles from one command\n\n\
             Made by `NH_WRITE_BULK=1 cargo run --release -p benches --bin bulk`: `nhub send apple .. --devices FILE --journal .. --report ..`\n\
             against the emulator, which runs in another process of the same machine, with a reader of all its deliveries.\n\
             Processors: {}, {}.\n\n\
             ## Killed with SIGKILL three times, and run again\n\n{killed}\n\
             ## Beside a bare hyper loop that posts the same batches\n\n\
             The loop is measured in two ways: from the list, like the command, and with all batches ready in memory before its time\n\
             begins. It has no client of ours, no pace, no journal and no report. The command's time has everything in it: it starts, reads the list, makes\n\
             the batches, keeps the journal and writes the report.\n\n\
             The emulator answers at once. It and the sender share two cores, which are busy all the time, so each microsecond of the\n\
             sender is missing in the emulator:\n\n{at_once}\n\
             An answer takes {round_trip} ms, as over a network:\n\n{later}\n\
             ## Memory\n\nThe same command, with lists of different lengths:\n\n{memory}",
            std::thread::available_parallelism()?,
            cpu.trim_start_matches([':', ' ', '\t'])
        );
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/BULK.md"), text)?;
    }
    Ok(())
}
