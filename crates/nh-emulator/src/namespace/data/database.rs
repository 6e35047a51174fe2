use super::cautious::CautiousFile;
use super::change::Change;
use super::kept::{FORM, Kept, KeptHub, KeptSend, read_hub, read_rule};
use crate::namespace::gone::Gone;
use crate::namespace::installations::Installations;
use crate::namespace::registrations::Registrations;
use redb::backends::FileBackend;
use redb::{
    DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, StorageError, TableDefinition,
    TableError, TableHandle,
};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

const FILE: &str = "emulator.redb";

/// `form` is here in every store.
const NAMESPACE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("namespace");
const HUBS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("hubs");
const REGISTRATIONS: TableDefinition<'_, (u32, u32), &[u8]> = TableDefinition::new("registrations");
const INSTALLATIONS: TableDefinition<'_, (u32, &str), &[u8]> = TableDefinition::new("installations");
const GONE: TableDefinition<'_, (u32, &str), ()> = TableDefinition::new("gone");
const SCHEDULED: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("scheduled");

/// Everything is in memory too: what the store reads again is little.
const CACHE: usize = 64 * 1024 * 1024;

/// A database in a directory.
pub(super) struct Database(redb::Database);

/// Why a database is not opened.
#[derive(Debug)]
enum OpenError {
    Redb(redb::Error),
    /// Whole, but not in a form that is known here: which part.
    Unknown(String),
    Io(io::Error),
}

impl Database {
    pub(super) fn open(directory: &Path) -> io::Result<(Database, Kept)> {
        let opened = Database::open_file(directory);
        opened.map_err(|error| error.explained(directory))
    }

    fn open_file(directory: &Path) -> Result<(Database, Kept), OpenError> {
        fs::create_dir_all(directory)?;
        let path = directory.join(FILE);
        if !path.try_exists()? {
            create(directory, &path)?;
        }
        if fs::metadata(&path)?.len() == 0 {
            // The database would take an empty file for a new one.
            return Err(StorageError::Corrupted("the file is empty".to_owned()).into());
        }
        // Every page is checked against its checksum before it is trusted.
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let file = CautiousFile::new(FileBackend::new(file)?)?;
        let mut settings = redb::Database::builder();
        let database = settings
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create_with_backend(file.clone())?;
        let restored = restore(&database.begin_read()?)?;
        file.trust()?;
        Ok((Database(database), restored))
    }

    #[cfg(test)]
    pub(super) fn over(database: redb::Database) -> Database {
        Database(database)
    }

    /// All of them or none. Two phases: a store that is damaged later is then known to be, and not taken for an older one.
    pub(super) fn commit(&mut self, changes: Vec<Change>) -> Result<(), redb::Error> {
        let mut transaction = self.0.begin_write()?;
        transaction.set_two_phase_commit(true);
        {
            let mut namespace = transaction.open_table(NAMESPACE)?;
            let mut hubs = transaction.open_table(HUBS)?;
            let mut registrations = transaction.open_table(REGISTRATIONS)?;
            let mut installations = transaction.open_table(INSTALLATIONS)?;
            let mut gone = transaction.open_table(GONE)?;
            let mut scheduled = transaction.open_table(SCHEDULED)?;
            for change in changes {
                match change {
                    Change::Rule(rule) => {
                        namespace.insert("rule", &*rule)?;
                    }
                    Change::Hub { number, hub: Some(hub) } => {
                        hubs.insert(number, &*hub)?;
                    }
                    Change::Hub { number, hub: None } => {
                        hubs.remove(number)?;
                        registrations.retain_in((number, 0)..(number + 1, 0), |_, _| false)?;
                        installations.retain_in((number, "")..(number + 1, ""), |_, _| false)?;
                        gone.retain_in((number, "")..(number + 1, ""), |_, ()| false)?;
                    }
                    Change::Registration { hub, slot, registration: Some(registration) } => {
                        registrations.insert((hub, slot), &*registration)?;
                    }
                    Change::Registration { hub, slot, registration: None } => {
                        registrations.remove((hub, slot))?;
                    }
                    Change::Installation { hub, id, document: Some(document) } => {
                        installations.insert((hub, &*id), document.as_bytes())?;
                    }
                    Change::Installation { hub, id, document: None } => {
                        installations.remove((hub, &*id))?;
                    }
                    Change::Gone { hub, id, gone: true } => {
                        gone.insert((hub, &*id), ())?;
                    }
                    Change::Gone { hub, id, gone: false } => {
                        gone.remove((hub, &*id))?;
                    }
                    Change::Scheduled { id, send: Some(send) } => {
                        scheduled.insert(&*id, &*send)?;
                    }
                    Change::Scheduled { id, send: None } => {
                        scheduled.remove(&*id)?;
                    }
                }
            }
        }
        Ok(transaction.commit()?)
    }
}

/// A file that is whole from the moment that it is there under its name.
fn create(directory: &Path, path: &Path) -> Result<(), OpenError> {
    let unfinished = directory.join(format!("{FILE}.new"));
    match fs::remove_file(&unfinished) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why.into()),
        _ => {}
    }
    let database = redb::Database::create(&unfinished)?;
    let transaction = database.begin_write()?;
    transaction.open_table(NAMESPACE)?.insert("form", &[FORM as u8][..])?;
    transaction.open_table(HUBS)?;
    transaction.open_table(REGISTRATIONS)?;
    transaction.open_table(INSTALLATIONS)?;
    transaction.open_table(GONE)?;
    transaction.open_table(SCHEDULED)?;
    transaction.commit()?;
    database.close()?;
    fs::rename(&unfinished, path)?;
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn restore(from: &ReadTransaction) -> Result<Kept, OpenError> {
    let tables: Vec<_> = from.list_tables()?.map(|table| table.name().to_owned()).collect();
    if !tables.iter().any(|name| name == NAMESPACE.name()) {
        return Err(OpenError::Unknown(format!("its tables are {}", tables.join(", "))));
    }
    let namespace = from.open_table(NAMESPACE)?;
    let form = namespace.get("form")?.map(|form| form.value().to_vec());
    if form.as_deref() != Some(&[FORM as u8]) {
        return Err(OpenError::Unknown(format!("its form is {form:?}, this emulator's is {FORM}")));
    }
    let rule = match namespace.get("rule")? {
        Some(rule) => Some(known(read_rule(rule.value()), "the keys of the namespace")?),
        None => None,
    };
    let (registrations, installations) = (from.open_table(REGISTRATIONS)?, from.open_table(INSTALLATIONS)?);
    let gone = from.open_table(GONE)?;
    let mut hubs = Vec::new();
    for entry in from.open_table(HUBS)?.iter()? {
        let (number, hub) = entry?;
        let number = number.value();
        let next = known(number.checked_add(1), "the number of a hub")?;
        let (name, description) = known(read_hub(hub.value()), "a hub")?;
        let mut devices = Registrations::default();
        for entry in registrations.range((number, 0)..(next, 0))? {
            let (key, kept) = entry?;
            known(
                devices.restore(key.value().1, kept.value()),
                &format!("a registration of the hub {name}"),
            )?;
        }
        let mut documents = Installations::default();
        for entry in installations.range((number, "")..(next, ""))? {
            let (key, kept) = entry?;
            let text = std::str::from_utf8(kept.value()).ok();
            let read = text.and_then(|text| documents.restore(key.value().1, text));
            known(read, &format!("an installation of the hub {name}"))?;
        }
        let mut ids = Gone::default();
        for entry in gone.range((number, "")..(next, ""))? {
            ids.restore(entry?.0.value().1);
        }
        let (registrations, installations, gone) = (devices, documents, ids);
        hubs.push((number, KeptHub { name, description, registrations, installations, gone }));
    }
    let mut scheduled = Vec::new();
    for entry in from.open_table(SCHEDULED)?.iter()? {
        let (id, send) = entry?;
        scheduled
            .push((id.value().to_owned(), known(KeptSend::read(send.value()), "a scheduled notification")?));
    }
    Ok(Kept { rule, hubs, scheduled })
}

fn known<T>(read: Option<T>, what: &str) -> Result<T, OpenError> {
    read.ok_or_else(|| OpenError::Unknown(format!("{what} cannot be read")))
}

impl OpenError {
    /// The same for whoever has to do something about it.
    fn explained(self, directory: &Path) -> io::Error {
        let place = directory.display();
        let elsewhere = "use another directory, or move this one away to begin anew";
        let unusable = |why: io::Error| {
            let remedy = "Use another directory, or make it one in which files can be written";
            io::Error::new(why.kind(), format!("{place} cannot be used: {why}. {remedy}"))
        };
        match self {
            OpenError::Redb(redb::Error::DatabaseAlreadyOpen) => io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("{place} is in use by another emulator: end that one, or use another directory"),
            ),
            OpenError::Redb(redb::Error::Io(why))
                if !matches!(why.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                unusable(why)
            }
            OpenError::Io(why) => unusable(why),
            OpenError::Redb(why) => io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{FILE} in {place} is damaged, or is no emulator's: {why}. {UNTOUCHED}: {elsewhere}"),
            ),
            OpenError::Unknown(what) => io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{FILE} in {place} is of another program, or another version of this one: {what}. {UNTOUCHED}: \
                     {elsewhere}"
                ),
            ),
        }
    }
}

const UNTOUCHED: &str = "Nothing has been changed in it";

impl From<io::Error> for OpenError {
    fn from(why: io::Error) -> OpenError {
        OpenError::Io(why)
    }
}

macro_rules! redb_errors {
    ($($error:ty)*) => {
        $(impl From<$error> for OpenError {
            fn from(why: $error) -> OpenError {
                OpenError::Redb(why.into())
            }
        })*
    };
}
redb_errors!(
    DatabaseError StorageError TableError redb::TransactionError redb::CommitError redb::Error
);

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").finish_non_exhaustive()
    }
}
