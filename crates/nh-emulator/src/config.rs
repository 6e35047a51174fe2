use crate::model::tier::Tier;
use crate::namespace::operations::new_device::NewDevice;
use crate::rest::fault::Fault;
use nh_core::{DeclaredHub, Installation, SecretSource};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use time::OffsetDateTime;
use toml::Spanned;

/// What an emulator has when it starts: hubs, devices, installations, faults, a tier, a time.
///
/// A file in TOML declares it: [`Config::read`]. In Rust the methods of the same names of an
/// [`EmulatorBuilder`](crate::EmulatorBuilder) do. The [guide](crate::guide::config) has each key.
///
/// ```
/// use nh_emulator::{Config, Emulator, Fault, NewDevice, Platform};
///
/// let config = Config::parse(
///     r#"
///     hubs = [{ name = "news" }]
///     devices = [{ platform = "adm", pns_handle = "tablet", tags = ["sports"] }]
///     faults = [{ status = 503, times = 1 }]
///     "#,
/// )?;
/// let declared = Emulator::builder().config(config).start_blocking()?;
///
/// let built = Emulator::builder()
///     .hub("news")
///     .device(NewDevice::new(Platform::Adm).pns_handle("tablet").tag("sports"))
///     .fault(Fault::status(503).times(1))
///     .start_blocking()?;
/// assert_eq!(declared.hubs(), built.hubs());
/// assert_eq!(declared.faults(), built.faults());
/// assert_eq!(declared.devices()[0].registrations[0].tags, built.devices()[0].registrations[0].tags);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    pub(crate) tier: Option<Tier>,
    pub(crate) throttle: Option<u32>,
    pub(crate) newest_api_version: Option<String>,
    pub(crate) demo_devices: bool,
    pub(crate) namespace_key: Option<String>,
    pub(crate) now: Option<OffsetDateTime>,
    pub(crate) hubs: Vec<Declared<DeclaredHub>>,
    pub(crate) devices: Vec<Declared<NewDevice>>,
    pub(crate) installations: Vec<Declared<NewInstallation>>,
    pub(crate) faults: Vec<Declared<Fault>>,
}

/// A value, and where it was declared.
#[derive(Clone)]
pub(crate) struct Declared<T> {
    pub(crate) value: T,
    pub(crate) place: String,
}

/// An installation as the service takes it, and the hub that it is put into.
#[derive(Clone, Deserialize)]
pub(crate) struct NewInstallation {
    pub(crate) hub: Option<String>,
    #[serde(flatten)]
    pub(crate) document: Map<String, Value>,
}

impl NewInstallation {
    pub(crate) fn new(hub: String, installation: &Installation) -> NewInstallation {
        let document = serde_json::to_value(installation).and_then(serde_json::from_value);
        let document = document.expect("an installation is a JSON object");
        NewInstallation { hub: Some(hub), document }
    }
}

/// The file. What is unknown in it is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tier: Option<Tier>,
    throttle: Option<u32>,
    newest_api_version: Option<String>,
    #[serde(default)]
    demo_devices: bool,
    namespace_key: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    now: Option<OffsetDateTime>,
    #[serde(default)]
    hubs: Vec<Spanned<DeclaredHub>>,
    #[serde(default)]
    devices: Vec<Spanned<NewDevice>>,
    #[serde(default)]
    installations: Vec<Spanned<NewInstallation>>,
    #[serde(default)]
    faults: Vec<Spanned<Fault>>,
}

impl Config {
    /// Reads a file. `env:NAME` and `file:PATH` in the place of a key or a credential's property are replaced by what they name.
    /// A path is relative to the file.
    ///
    /// # Errors
    /// A file that cannot be read, or is not written as the guide says: the error names the file, the line and the key. A
    /// variable that is not set. No error repeats a secret.
    pub fn read(path: impl AsRef<Path>) -> io::Result<Config> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|why| io::Error::new(why.kind(), format!("{name}: it cannot be read: {why}")))?;
        Config::of(&name, &text, path.parent().unwrap_or(Path::new("")))
    }

    /// The same for a text. A path in it is relative to the current directory.
    ///
    /// ```
    /// use nh_emulator::Config;
    ///
    /// let error = Config::parse("tier = \"Standard\"\n[[hubs]]\nnmae = \"news\"").unwrap_err();
    /// assert!(error.to_string().starts_with("configuration, line 3: nmae: unknown field `nmae`, expected"), "{error}");
    /// ```
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str) -> io::Result<Config> {
        Config::of("configuration", text, Path::new(""))
    }

    fn of(name: &str, text: &str, directory: &Path) -> io::Result<Config> {
        let file = toml_of::<File>(name, text)?;
        let namespace_key = file.namespace_key.map(|key| secret(name, "namespace_key", key, directory));
        let namespace_key = namespace_key.transpose()?;
        let hubs = file.hubs.into_iter().map(|hub| {
            let place = place(name, text, &hub.span());
            let value =
                hub.into_inner().with_secrets(|part, source| fill(&place, part, &source, directory))?;
            // What no service takes.
            value.change(None).map_err(|why| invalid(&place, &why))?;
            Ok(Declared { value, place })
        });
        let config = Config {
            tier: file.tier,
            throttle: file.throttle,
            newest_api_version: file.newest_api_version,
            demo_devices: file.demo_devices,
            namespace_key,
            now: file.now,
            hubs: hubs.collect::<io::Result<Vec<_>>>()?,
            devices: placed(file.devices, name, text),
            installations: placed(file.installations, name, text),
            faults: placed(file.faults, name, text),
        };
        for fault in &config.faults {
            fault.value.check().map_err(|why| invalid(&fault.place, &why))?;
        }
        config.check_names()?;
        Ok(config)
    }

    /// A hub is declared once.
    fn check_names(&self) -> io::Result<()> {
        for (at, hub) in self.hubs.iter().enumerate() {
            let name = hub.value.name();
            if self.hubs.iter().take(at).any(|other| other.value.name().eq_ignore_ascii_case(name)) {
                return Err(invalid(&hub.place, &format!("hub '{name}' is declared twice; declare it once")));
            }
        }
        Ok(())
    }

    /// The hubs that are declared, in order.
    pub fn hubs(&self) -> impl Iterator<Item = &DeclaredHub> {
        self.hubs.iter().map(|hub| &hub.value)
    }
}

impl<T> Declared<T> {
    /// By a builder: the n-th of its kind.
    pub(crate) fn new(kind: &str, known: usize, value: T) -> Declared<T> {
        Declared { value, place: format!("{kind} {}", known + 1) }
    }
}

pub(crate) fn invalid(place: &str, why: &dyn fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{place}: {why}"))
}

fn placed<T>(all: Vec<Spanned<T>>, name: &str, text: &str) -> Vec<Declared<T>> {
    all.into_iter()
        .map(|one| Declared { place: place(name, text, &one.span()), value: one.into_inner() })
        .collect()
}

fn place(name: &str, text: &str, span: &Range<usize>) -> String {
    let line = 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count();
    format!("{name}, line {line}")
}

fn toml_of<T: DeserializeOwned>(name: &str, text: &str) -> io::Result<T> {
    toml::from_str(text).map_err(|why| {
        let span = why.span().unwrap_or_default();
        let message = without_value(why.message()).lines().collect::<Vec<_>>().join("; ");
        let place = place(name, text, &span);
        // In what is no TOML it may be a line of a secret.
        let is_toml = text.parse::<toml::Table>().is_ok();
        match key_at(text, span.start).filter(|_| is_toml) {
            Some(key) => invalid(&place, &format!("{key}: {message}")),
            None => invalid(&place, &message),
        }
    })
}

/// serde repeats a text that is of a wrong type, and a key may stand there.
fn without_value(message: &str) -> String {
    let whole = message.split_once("string \"").and_then(|(before, rest)| {
        let (_, after) = rest.rsplit_once("\", expected")?;
        Some(format!("{before}string, expected{after}"))
    });
    whole.unwrap_or_else(|| message.to_owned())
}

/// The key whose line it is.
fn key_at(text: &str, at: usize) -> Option<&str> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..)?.lines().next()?;
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

fn secret(name: &str, part: &str, text: String, directory: &Path) -> io::Result<String> {
    match SecretSource::parse(&text) {
        Some(source) => fill(name, part, &source, directory),
        None => Ok(text),
    }
}

/// What a reference names.
fn fill(place: &str, part: &str, source: &SecretSource<'_>, directory: &Path) -> io::Result<String> {
    let (problem, what) = match source {
        SecretSource::Variable(name) => match env::var(name) {
            Ok(text) if !text.is_empty() => return Ok(text),
            Ok(_) => ("is empty".to_owned(), format!("the environment variable {name}")),
            Err(env::VarError::NotPresent) => {
                ("is not set; set it".to_owned(), format!("the environment variable {name}"))
            }
            Err(env::VarError::NotUnicode(_)) => {
                ("is no UTF-8".to_owned(), format!("the environment variable {name}"))
            }
        },
        SecretSource::File(path) => match fs::read_to_string(directory.join(path)) {
            Ok(text) if !text.trim().is_empty() => return Ok(text.trim_end().to_owned()),
            Ok(_) => ("is empty".to_owned(), format!("the file {path}")),
            Err(why) => (format!("cannot be read: {why}"), format!("the file {path}")),
        },
        _ => ("is not known".to_owned(), "this reference".to_owned()),
    };
    Err(invalid(place, &format!("{part}: {what} {problem}")))
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No key, and no document of an installation: it can hold a device's keys.
        f.debug_struct("Config")
            .field("tier", &self.tier)
            .field("hubs", &self.hubs().collect::<Vec<_>>())
            .field("devices", &self.devices.len())
            .field("installations", &self.installations.len())
            .field("faults", &self.faults.iter().map(|fault| &fault.value).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
