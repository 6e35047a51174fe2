use crate::entra::Entra;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::renewal::{Renew, Renewal};
use crate::runtime::BoxFuture;
use crate::transport::Transport;
use nh_core::retry::Fate;
use nh_core::{Credential, PolicyKey, ResourceListKeys, ResourceManager};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// ARM is asked again at the earliest so long after it gave no new key.
const PAUSE: Duration = Duration::from_secs(30);

/// The same after a new key.
const PAUSE_AFTER_NEW: Duration = Duration::from_secs(5);

/// So long it may take until every front end of the service knows a new key. This is a guess: no document says it.
const SETTLES: Duration = Duration::from_secs(30);

/// The key of an access rule, which all clients that share it renew together.
pub(crate) struct Keys {
    entra: Entra,
    credential: Credential,
    /// The same connections, with a place of its own: calls that wait for the key hold no other up.
    arm: Exchange,
    /// Whoever has the lock asks ARM. tokio's lock needs no runtime, and a future that is dropped gives it back.
    state: Mutex<State>,
}

struct State {
    /// What the credential has, if nobody else has replaced it.
    keys: ResourceListKeys,
    /// How often the credential had been replaced then.
    replacements: u64,
    replaced: Option<Instant>,
    /// When ARM may be asked again, and what it said.
    asked: Option<(Instant, Said)>,
}

#[derive(Clone)]
enum Said {
    New,
    Same,
    Failed(Arc<Error>),
}

impl Keys {
    /// Asks for the keys, and returns the endpoint of the namespace, too.
    pub(crate) async fn get(transport: &Transport, entra: Entra) -> Result<(Arc<Keys>, String), Error> {
        let arm = transport.aside();
        let keys = ask(&arm, &entra).await?;
        let endpoint = keys.connection_string(PolicyKey::Primary).endpoint().to_string();
        let credential = keys.credential(PolicyKey::Primary);
        let state = State { keys, replacements: credential.replacements(), replaced: None, asked: None };
        Ok((Arc::new(Keys { entra, credential, arm, state: Mutex::new(state) }), endpoint))
    }

    /// The credential that always has the newest key.
    pub(crate) fn shared(&self) -> &Credential {
        &self.credential
    }

    async fn renewal(&self, refused: u64) -> Renewal {
        let mut state = self.state.lock().await;
        // Somebody else was faster.
        if self.credential.replacements() != refused {
            return Renewal::New;
        }
        let now = self.arm.runtime.instant();
        if let Some((again, said)) = &state.asked
            && let Some(wait) = again.checked_duration_since(now).filter(|wait| !wait.is_zero())
        {
            return match said {
                Said::New => Renewal::Fresh(wait),
                Said::Same => Renewal::Same,
                Said::Failed(error) => Renewal::Failed(error.clone(), wait),
            };
        }
        let asked = ask(&self.arm, &self.entra).await;
        let now = self.arm.runtime.instant();
        let (said, pause, renewal) = match asked {
            Ok(keys) if state.is_at(refused) && state.has(&keys) => {
                match state.replaced.map(|then| now.saturating_duration_since(then)) {
                    Some(age) if age < SETTLES => {
                        (Said::New, PAUSE_AFTER_NEW, Renewal::Fresh(PAUSE_AFTER_NEW))
                    }
                    _ => {
                        tracing::warn!(rule = %self.entra.rule, "the key was refused, and there is no other");
                        (Said::Same, PAUSE, Renewal::Same)
                    }
                }
            }
            Ok(keys) => {
                self.credential.replace(keys.credential(PolicyKey::Primary));
                state.keys = keys;
                state.replacements = self.credential.replacements();
                state.replaced = Some(now);
                tracing::info!(rule = %self.entra.rule, "the key was renewed");
                (Said::New, PAUSE_AFTER_NEW, Renewal::New)
            }
            Err(error) => {
                tracing::warn!(rule = %self.entra.rule, %error, "the key was refused, and could not be renewed");
                let pause = match error.fate() {
                    Fate::NotDone { retry_after: Some(asked) } => asked.max(PAUSE),
                    _ => PAUSE,
                };
                let error = Arc::new(error);
                (Said::Failed(error.clone()), pause, Renewal::Failed(error, pause))
            }
        };
        state.asked = now.checked_add(pause).map(|again| (again, said));
        renewal
    }
}

impl State {
    fn is_at(&self, replacements: u64) -> bool {
        self.replacements == replacements
    }

    fn has(&self, keys: &ResourceListKeys) -> bool {
        let same = |of: fn(&ResourceListKeys) -> &str| of(&self.keys) == of(keys);
        same(ResourceListKeys::key_name) && same(|keys| keys.secret(PolicyKey::Primary))
    }
}

impl Renew for Keys {
    fn credential(&self) -> &Credential {
        &self.credential
    }

    fn renew(self: Arc<Self>, replacements: u64) -> BoxFuture<Renewal> {
        Box::pin(async move { self.renewal(replacements).await })
    }
}

/// One token, and one question.
async fn ask(arm: &Exchange, entra: &Entra) -> Result<ResourceListKeys, Error> {
    let scope = entra.cloud.scope();
    let token = entra.tokens.clone().token(scope.to_owned());
    let token = arm.in_time(token).await?.map_err(|why| Error::token(scope, why))?;
    arm.execute(&ResourceManager::new(&entra.cloud, token), &entra.list).await
}
