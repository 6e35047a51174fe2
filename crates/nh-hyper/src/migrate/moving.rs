//! One registration or installation on its way.

use super::End;
use crate::client::Client;
use crate::error::{Error, found};
use nh_core::migrate::{self, Migration};
use nh_core::{IfMatch, Registration, ServiceError};

/// An app may change its registration while we work on it. After so many changes the next run takes it.
const TRIES: u32 = 3;

/// What would become of a registration.
pub(super) async fn plan_registration(client: Client, old: Registration) -> End {
    let new = match migrate::registration(&old) {
        Migration::Migrated(new) => new,
        Migration::Reported(why) => return End::Reported(why),
        Migration::AlreadyThere | Migration::OtherPlatform => return End::Gone,
    };
    match successor_of(&client, &new).await {
        Ok(Some(successor)) => End::AlreadyThere { successor: Some(successor) },
        Ok(None) => End::Planned,
        Err(error) => End::Failed(error),
    }
}

pub(super) async fn registration(client: Client, id: String) -> End {
    move_registration(&client, &id).await.unwrap_or_else(End::Failed)
}

async fn move_registration(client: &Client, id: &str) -> Result<End, Error> {
    // What this run has stored for a version that somebody has changed since.
    let mut stale = None;
    for _ in 0..TRIES {
        // The list may be older. The user may have signed out since.
        let old = match client.get_registration(id).await {
            Ok(old) => old,
            Err(error) if error.is_not_found() => {
                take_back(client, stale).await?;
                return Ok(End::Gone);
            }
            Err(error) => return Err(error),
        };
        let new = match migrate::registration(&old) {
            Migration::Migrated(new) => new,
            other => {
                take_back(client, stale).await?;
                return Ok(match other {
                    Migration::Reported(why) => End::Reported(why),
                    // The app has done it itself.
                    Migration::AlreadyThere => End::AlreadyThere { successor: Some(id.to_owned()) },
                    _ => End::Gone,
                });
            }
        };
        let (successor, is_ours) = match successor_of(client, &new).await? {
            Some(there) if stale.as_ref() == Some(&there) => (there, true),
            Some(there) => {
                take_back(client, stale.take()).await?;
                (there, false)
            }
            None => (store(client, new, stale.take()).await?, true),
        };
        // A registration that was read has an ETag.
        let version = old.if_match().unwrap_or(IfMatch::ANY);
        match client.delete_registration_if_match(id, version).await {
            Err(error) if is_changed(&error) => stale = Some(successor).filter(|_| is_ours),
            deleted => {
                // If an answer was lost, the second try finds nothing left.
                found(deleted)?;
                let successor = Some(successor);
                return Ok(if is_ours {
                    End::Migrated { successor }
                } else {
                    End::AlreadyThere { successor }
                });
            }
        }
    }
    Ok(End::Changed)
}

/// Looks for a registration that does the same.
async fn successor_of(client: &Client, new: &Registration) -> Result<Option<String>, Error> {
    let mut known = client.list_registrations_by_handle(new.handle());
    while let Some(known) = known.next().await {
        let known = known?;
        if migrate::is_same(&known, new) {
            return Ok(known.id().map(str::to_owned));
        }
    }
    Ok(None)
}

/// Stores it under an id of its own. That can be done twice without harm. A POST would make one more each time.
async fn store(client: &Client, new: Registration, id: Option<String>) -> Result<String, Error> {
    let id = match id {
        Some(id) => id,
        None => client.create_registration_id().await?,
    };
    client.upsert_registration(&*id, new).await?;
    Ok(id)
}

async fn take_back(client: &Client, stale: Option<String>) -> Result<(), Error> {
    match stale {
        Some(id) => found(client.delete_registration(id).await).map(drop),
        None => Ok(()),
    }
}

fn is_changed(error: &Error) -> bool {
    error.as_service().is_some_and(ServiceError::is_precondition_failed)
}

pub(super) async fn installation(client: Client, id: String, plan: bool) -> End {
    let old = match client.get_installation(id).await {
        Ok(old) => old,
        Err(error) if error.is_not_found() => return End::Gone,
        Err(error) => return End::Failed(error),
    };
    match migrate::installation(&old) {
        Migration::Migrated(_) if plan => End::Planned,
        Migration::Migrated(new) => match client.put_installation(new).await {
            Ok(()) => End::Migrated { successor: None },
            Err(error) => End::Failed(error),
        },
        Migration::AlreadyThere => End::AlreadyThere { successor: None },
        Migration::OtherPlatform => End::Gone,
        Migration::Reported(why) => End::Reported(why),
    }
}
