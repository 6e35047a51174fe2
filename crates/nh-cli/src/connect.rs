//! The options that say where a command goes and whom it trusts, and what they lead to. A flag wins over the environment, and the
//! environment over a profile.
//!
//! The structs have no doc comments: clap would show them in place of the command's own.

use crate::failure::{Failure, chain, why};
use crate::global::Global;
use crate::profile::Values;
use crate::terminal::{VisibleStderr, tell};
use nh_core::{BuildError, ConnectionString, Hub, Namespace};
use nh_emulator::Emulator;
use nh_hyper::{Client, NamespaceClient, Transport, TransportBuilder};
use std::convert::Infallible;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const CONNECTION_STRING: &str = "NOTIFICATIONHUBS_CONNECTION_STRING";
const HUB: &str = "NOTIFICATION_HUB_NAME";
const PROFILE: &str = "NHUB_PROFILE";
const CA: &str = "NHUB_CA";

// How the service is reached.
#[derive(Debug, clap::Args)]
struct Reach {
    /// Connection string of the namespace or hub. Better not given here: other users of this machine can read command lines, and
    /// shells keep them. Set the environment variable NOTIFICATIONHUBS_CONNECTION_STRING instead; `read -rs` takes it without
    /// showing or keeping it
    #[arg(long, help_heading = "Connection", value_name = "STRING")]
    connection_string: Option<Secret>,
    /// Take what is left open from this profile of the configuration file [env: NHUB_PROFILE]
    #[arg(long, help_heading = "Connection", value_name = "NAME")]
    profile: Option<String>,
    /// Trust the certificate authorities in this PEM file too [env: NHUB_CA]
    #[arg(long, help_heading = "Connection", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Write requests and answers to stderr, signatures redacted
    #[arg(long, help_heading = "Connection")]
    dump: bool,
}

// Options of a command that talks to a hub.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    #[command(flatten)]
    reach: Reach,
    /// Name of the hub; not needed if the connection string has an EntityPath [env: NOTIFICATION_HUB_NAME]
    #[arg(long, help_heading = "Connection", value_name = "NAME")]
    hub: Option<String>,
}

// The same, or an emulator for this one command.
#[derive(Debug, clap::Args)]
pub(crate) struct OrEmulator {
    #[command(flatten)]
    connection: Connection,
    /// Talk to an emulator with a few demo devices, started for this one command
    #[arg(
        long,
        help_heading = "Connection",
        conflicts_with_all = ["connection_string", "hub", "ca", "profile"]
    )]
    emulator: bool,
}

// Options of a command that talks to a namespace, or to an emulator for this one command.
#[derive(Debug, clap::Args)]
pub(crate) struct NamespaceOrEmulator {
    #[command(flatten)]
    reach: Reach,
    /// Talk to an emulator with a few demo devices, started for this one command
    #[arg(long, help_heading = "Connection", conflicts_with_all = ["connection_string", "ca", "profile"])]
    emulator: bool,
}

/// Where a command goes. An emulator for this one command lives as long.
pub(crate) struct Destination<T = Hub> {
    pub(crate) target: T,
    /// Certificate authorities besides the platform's.
    ca: Option<Authorities>,
    dump: bool,
    emulator: Option<Emulator>,
}

impl Connection {
    pub(crate) fn destination(&self, global: &Global) -> Result<Destination, Failure> {
        self.find(global, false)
    }

    fn find(&self, global: &Global, or_emulator: bool) -> Result<Destination, Failure> {
        let settings = self.reach.settings(global, or_emulator)?;
        let connection_string = settings.connection_string(&self.reach)?;
        let hub = match settings.hub(self.hub.as_deref())? {
            Some(name) => name.read(|name| Hub::from_connection_string(&connection_string, name))?,
            None if connection_string.entity_path().is_none() => {
                return Err(Failure::usage(format!(
                    "no hub: give its name with --hub, or set {HUB}; the connection string has no EntityPath"
                )));
            }
            None => Hub::try_from(connection_string)?,
        };
        settings.to(hub, &self.reach)
    }
}

impl OrEmulator {
    /// Whether it goes to an emulator that ends with the command.
    pub(crate) fn is_emulator(&self) -> bool {
        self.emulator
    }

    pub(crate) async fn destination(&self, global: &Global) -> Result<Destination, Failure> {
        if !self.emulator {
            return self.connection.find(global, true);
        }
        let emulator = emulator(global).await?;
        let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
        Ok(Destination::of(hub, emulator, &self.connection.reach))
    }

    /// The namespace that the hub is in.
    pub(crate) async fn namespace(&self, global: &Global) -> Result<Destination<Namespace>, Failure> {
        if !self.emulator {
            return self.connection.reach.namespace(global);
        }
        namespace_of_emulator(global, &self.connection.reach).await
    }
}

impl NamespaceOrEmulator {
    pub(crate) async fn destination(&self, global: &Global) -> Result<Destination<Namespace>, Failure> {
        if !self.emulator {
            return self.reach.namespace(global);
        }
        namespace_of_emulator(global, &self.reach).await
    }
}

async fn namespace_of_emulator(global: &Global, reach: &Reach) -> Result<Destination<Namespace>, Failure> {
    let emulator = emulator(global).await?;
    let namespace = Namespace::from_connection_string(emulator.namespace_connection_string())?;
    Ok(Destination::of(namespace, emulator, reach))
}

async fn emulator(global: &Global) -> Result<Emulator, Failure> {
    if global.profile.is_some() {
        let problem = "--profile and --emulator say different things: where to go. Give one of them";
        return Err(Failure::usage(problem));
    }
    let emulator = Emulator::builder().demo_devices(true).start().await?;
    tell(format_args!("started an emulator at {} for this command", emulator.address()));
    Ok(emulator)
}

impl<T> Destination<T> {
    fn of(target: T, emulator: Emulator, reach: &Reach) -> Destination<T> {
        Destination { target, ca: None, dump: reach.dump, emulator: Some(emulator) }
    }

    fn builder() -> Result<TransportBuilder, Failure> {
        Ok(Transport::builder().user_agent(concat!("nhub/", env!("CARGO_PKG_VERSION")))?)
    }

    fn transport(&self) -> Result<Transport, Failure> {
        let mut builder = Self::builder()?;
        if let Some(ca) = &self.ca {
            let wrong = |error| Failure::usage(format!("{}: {}", ca.from, chain(&error)));
            builder = builder.add_root_pem(&ca.pem).map_err(wrong)?;
        }
        if let Some(emulator) = &self.emulator {
            builder = builder.platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?;
        }
        if self.dump {
            builder = builder.dump(VisibleStderr);
        }
        Ok(builder.build()?)
    }
}

impl Destination<Hub> {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(self.transport()?.hub(&self.target))
    }

    /// A client that is only asked for requests, so it trusts nobody.
    pub(crate) fn offline_client(&self) -> Result<Client, Failure> {
        Ok(Self::builder()?.platform_roots(false).build()?.hub(&self.target))
    }
}

impl Destination<Namespace> {
    pub(crate) fn client(&self) -> Result<NamespaceClient, Failure> {
        Ok(self.transport()?.namespace(&self.target))
    }
}

/// What a person has set, and where.
struct Setting {
    value: String,
    from: String,
}

impl Setting {
    fn read<T>(&self, read: impl FnOnce(&str) -> Result<T, BuildError>) -> Result<T, Failure> {
        read(&self.value).map_err(|error| Failure::usage(format!("{}: {}", self.from, chain(&error))))
    }
}

/// The profile, if one is named.
struct Settings {
    profile: Option<(String, Values)>,
    /// Could the command use an emulator?
    or_emulator: bool,
}

impl Reach {
    fn settings(&self, global: &Global, or_emulator: bool) -> Result<Settings, Failure> {
        let named = match self.profile.clone().or_else(|| global.profile.clone()) {
            Some(name) => Some(name),
            None => variable(PROFILE)?.map(|setting| setting.value).filter(|name| !name.is_empty()),
        };
        let profile = named.map(|name| Values::of_profile(&name).map(|values| (name, values))).transpose()?;
        Ok(Settings { profile, or_emulator })
    }

    fn namespace(&self, global: &Global) -> Result<Destination<Namespace>, Failure> {
        let settings = self.settings(global, true)?;
        let namespace = Namespace::from_connection_string(settings.connection_string(self)?)?;
        settings.to(namespace, self)
    }
}

impl Settings {
    fn connection_string(&self, reach: &Reach) -> Result<ConnectionString, Failure> {
        let flag = reach.connection_string.as_ref().map(|secret| &*secret.0);
        let setting = self.setting(flag, "--connection-string", CONNECTION_STRING, |profile| {
            profile.connection_string.as_deref()
        })?;
        match setting {
            Some(setting) => setting.read(ConnectionString::parse),
            None => {
                let place = match &self.profile {
                    Some((name, _)) => format!("add connection_string to profile {name}"),
                    None => "name a profile with --profile".to_owned(),
                };
                let try_it = if self.or_emulator { "; or try it with --emulator" } else { "" };
                Err(Failure::usage(format!(
                    "no connection string: set {CONNECTION_STRING} to the one that the portal shows under Access \
                     Policies, or {place}{try_it}"
                )))
            }
        }
    }

    fn hub(&self, flag: Option<&str>) -> Result<Option<Setting>, Failure> {
        self.setting(flag, "--hub", HUB, |profile| profile.hub.as_deref())
    }

    fn setting(
        &self,
        flag: Option<&str>,
        option: &str,
        name: &str,
        of_profile: impl Fn(&Values) -> Option<&str>,
    ) -> Result<Option<Setting>, Failure> {
        let profile = self.profile.as_ref().and_then(|(name, values)| Some((name, of_profile(values)?)));
        if let Some(flag) = flag {
            return Ok(Some(Setting { value: flag.to_owned(), from: option.to_owned() }));
        }
        if let Some(setting) = variable(name)? {
            // A variable that was set long ago is easily forgotten.
            if let Some((profile, value)) = profile
                && value != setting.value
            {
                tell(format_args!("warning: {name} is set, so the one of profile {profile} is not used"));
            }
            return Ok(Some(setting));
        }
        Ok(profile.map(|(name, value)| Setting { value: value.to_owned(), from: format!("profile {name}") }))
    }

    fn to<T>(self, target: T, reach: &Reach) -> Result<Destination<T>, Failure> {
        let ca = match &reach.ca {
            Some(path) => Some(read_ca(path, "--ca")?),
            None => match (env::var_os(CA).filter(|path| !path.is_empty()), self.profile) {
                (Some(path), _) => Some(read_ca(Path::new(&path), CA)?),
                (None, Some((name, Values { ca: Some(path), .. }))) => {
                    Some(read_ca(&path, &format!("profile {name}: ca"))?)
                }
                _ => None,
            },
        };
        Ok(Destination { target, ca, dump: reach.dump, emulator: None })
    }
}

fn variable(name: &str) -> Result<Option<Setting>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(Setting { value, from: name.to_owned() })),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name}: it is no UTF-8"))),
    }
}

/// Certificate authorities, and where they come from.
struct Authorities {
    from: String,
    pem: String,
}

fn read_ca(path: &Path, from: &str) -> Result<Authorities, Failure> {
    let from = format!("{from} {}", path.display());
    match std::fs::read_to_string(path) {
        Ok(pem) => Ok(Authorities { from, pem }),
        Err(error) => Err(Failure::usage(format!("{from}: {}", why(&error)))),
    }
}

/// What no error and no debug text repeats.
#[derive(Clone)]
struct Secret(String);

impl FromStr for Secret {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Secret, Infallible> {
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
