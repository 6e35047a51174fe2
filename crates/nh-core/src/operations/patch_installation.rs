use crate::installation::rules::check_id;
use crate::{BuildError, Draft, InstallationChange, Operation, ServiceError};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};

/// Changes parts of an installation: `PATCH /{hub}/installations/{id}` ([Patch an installation]). The service carries out the
/// changes in their order. See [`InstallationChange`].
///
/// ```
/// use nh_core::{InstallationChange, PatchInstallation};
///
/// let patch = PatchInstallation::new("a213b4b2-d797-4392-8012-f683e16c1c52", [
///     InstallationChange::add_tag("sports")?,
///     InstallationChange::remove_tag("politics")?,
/// ])?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// 404 if there is no installation with this id, 400 if the service refuses a change.
///
/// The service refuses to remove what is not there (RFC 6902, 4.2). So a patch with a removal is not repeated if its answer was
/// lost: the second attempt could get 400 for what the first attempt did.
///
/// [Patch an installation]: https://learn.microsoft.com/rest/api/notificationhubs/patch-installation
#[derive(Clone, Debug)]
pub struct PatchInstallation {
    installation_id: String,
    changes: Vec<InstallationChange>,
}

impl PatchInstallation {
    /// Changes the installation with this id.
    ///
    /// # Errors
    /// Fails if [`Installation::new`](crate::Installation::new) would refuse the id, or if there is no change.
    pub fn new(
        installation_id: impl Into<String>,
        changes: impl IntoIterator<Item = InstallationChange>,
    ) -> Result<PatchInstallation, BuildError> {
        let changes: Vec<_> = changes.into_iter().collect();
        if changes.is_empty() {
            return Err(BuildError::new("list of changes", "is empty", "say what to change"));
        }
        let installation_id = installation_id.into();
        check_id(&installation_id)?;
        Ok(PatchInstallation { installation_id, changes })
    }
}

impl Operation for PatchInstallation {
    type Output = ();

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft
            .method(Method::PATCH)
            .path(&["installations", &self.installation_id])?
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json-patch+json"))
            .body(serde_json::to_vec(&self.changes).expect("changes are JSON").into());
        Ok(())
    }

    /// The reference says 204. Recordings have 200.
    fn response(&self, response: Response<Bytes>) -> Result<(), ServiceError> {
        ServiceError::check(response).map(drop)
    }

    /// Tags are a set, and everything else is replaced. What was removed cannot be removed again.
    fn repeatable(&self) -> bool {
        !self.changes.iter().any(InstallationChange::is_removal)
    }

    /// The channel may be a browser's with its keys.
    fn confidential(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, request};

    fn patch() -> PatchInstallation {
        let changes = [InstallationChange::add_tag("a").unwrap(), InstallationChange::remove_user()];
        PatchInstallation::new("1", changes).unwrap()
    }

    #[test]
    fn asks() {
        let request = request(&patch()).unwrap();
        assert_eq!(
            head(&request),
            "PATCH https://contoso.servicebus.windows.net/news/installations/1?api-version=2020-06\n\
             content-type: application/json-patch+json"
        );
        assert_eq!(
            request.body(),
            r#"[{"op":"add","path":"/tags","value":"a"},{"op":"remove","path":"/userId"}]"#
        );
    }

    #[test]
    fn a_removal_cannot_be_repeated() {
        let add = || InstallationChange::add_tag("a").unwrap();
        assert!(PatchInstallation::new("1", [add()]).unwrap().repeatable());
        for removal in [
            InstallationChange::remove_tag("a").unwrap(),
            InstallationChange::remove_user(),
            InstallationChange::new("remove", "/templates/t", None).unwrap(),
        ] {
            assert!(!PatchInstallation::new("1", [add(), removal]).unwrap().repeatable());
        }
    }

    #[test]
    fn refusals() {
        assert!(PatchInstallation::new("1", []).is_err());
        for id in ["", ".", "..", "phone 1", "a/b"] {
            assert!(PatchInstallation::new(id, [InstallationChange::remove_user()]).is_err(), "{id}");
        }
    }

    #[test]
    fn reads() {
        for status in [200, 204] {
            patch().response(answer(status, &[], "")).unwrap();
        }
        assert!(patch().response(answer(404, &[], "")).unwrap_err().is_not_found());
    }
}
