//! Profiles: what belongs together, under a name, in `nhub/config.toml` of the directory for configuration.
//!
//! ```toml
//! [profile.staging]
//! connection_string = "Endpoint=sb://..;SharedAccessKeyName=..;SharedAccessKey=.."
//! hub = "news"
//! ca = "staging-ca.pem"
//! ```

use crate::document::row;
use crate::failure::{self, Failure};
use crate::global::Global;
use crate::terminal::{print, print_json, tell};
use nh_core::ConnectionString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Profile {
    /// Show the names of all, and where they go. Keys are not shown
    List,
}

/// What a profile says. No `Debug`: it holds a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Values {
    pub(crate) connection_string: Option<String>,
    pub(crate) hub: Option<String>,
    /// As it stands in the file, relative to the file.
    pub(crate) ca: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    profile: BTreeMap<String, Values>,
}

impl Values {
    /// What the profile of this name says.
    pub(crate) fn of_profile(name: &str) -> Result<Values, Failure> {
        let path = path()?;
        let mut profiles = read(&path)?.ok_or_else(|| {
            Failure::usage(format!(
                "profile {name}: there is no file {}; `nhub --help` shows one",
                path.display()
            ))
        })?;
        if let Some(mut values) = profiles.remove(name) {
            if let (Some(ca), Some(directory)) = (&values.ca, path.parent()) {
                values.ca = Some(directory.join(ca));
            }
            return Ok(values);
        }
        let names: Vec<_> = profiles.into_keys().collect();
        let others = match names.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", names.join(", ")),
        };
        Err(Failure::usage(format!("profile {name}: {} has no [profile.{name}]; {others}", path.display())))
    }
}

/// Where the configuration file is.
fn path() -> Result<PathBuf, Failure> {
    let directory = if cfg!(windows) {
        env::var_os("APPDATA").map(PathBuf::from)
    } else {
        let given = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        given.or_else(|| env::home_dir().map(|home| home.join(".config")))
    };
    let directory = directory.ok_or_else(|| {
        let variable = if cfg!(windows) { "APPDATA" } else { "HOME" };
        Failure::usage(format!("{variable} is not set, so nobody knows where the profiles are; set it"))
    })?;
    Ok(directory.join("nhub").join("config.toml"))
}

/// The profiles of a configuration file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<BTreeMap<String, Values>>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(Failure::usage(format!("{}: {}", path.display(), failure::why(&why)))),
    };
    warn_if_others_can_read(path);
    // toml's own text repeats the line, and a key may stand there.
    let config: Config = toml::from_str(&text).map_err(|why| {
        let line =
            why.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
        let why = why.message().lines().collect::<Vec<_>>().join("; ");
        Failure::usage(format!(
            "{}, line {line}: {why}; `nhub --help` shows how a profile is written",
            path.display()
        ))
    })?;
    Ok(Some(config.profile))
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o044 != 0) {
        let path = path.display();
        tell(format_args!(
            "warning: other users of this machine can read {path}, and keys stand in it; chmod 600 {path} ends that"
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}

const WIDTHS: [usize; 4] = [16, 44, 24, 0];

impl Profile {
    pub(crate) fn run(self, global: &Global) -> Result<(), Failure> {
        let Profile::List = self;
        let path = path()?;
        let Some(profiles) = read(&path)? else {
            tell(format_args!("there is no file {}", path.display()));
            return Ok(());
        };
        let mut text = row(WIDTHS, ["NAME", "NAMESPACE", "HUB", "CA"]);
        for (name, Values { connection_string, hub, ca }) in profiles {
            let parsed = connection_string.as_deref().and_then(|text| ConnectionString::parse(text).ok());
            let namespace = match (&connection_string, &parsed) {
                (_, Some(parsed)) => parsed.endpoint().host(),
                (Some(_), None) => Some("(cannot be read)"),
                (None, None) => None,
            };
            let hub = hub.as_deref().or(parsed.as_ref().and_then(ConnectionString::entity_path));
            let ca = ca.as_ref().map(|path| path.display().to_string());
            if global.json {
                print_json(
                    &serde_json::json!({ "name": name, "namespace": namespace, "hub": hub, "ca": ca }),
                )?;
                continue;
            }
            text += &row(
                WIDTHS,
                [
                    &name,
                    namespace.unwrap_or_default(),
                    hub.unwrap_or_default(),
                    ca.as_deref().unwrap_or_default(),
                ],
            );
        }
        if global.json { Ok(()) } else { print(&text) }
    }
}
