//! The caller of a request, whether the policy of the route admits it, and its view of the database.

use super::error::ApiError;
use crate::{
    domain::{
        access::{Policy, Role},
        scope::Scope,
    },
    store::view::{Reader, View},
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    web,
};
use std::future::{Ready, ready};

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub role: Role,
    pub scope: Scope,
}

impl Caller {
    /// May do and see everything: every caller, as long as there is no authentication.
    pub const fn anyone() -> Self {
        Caller {
            role: Role::Admin,
            scope: Scope::Everything,
        }
    }
}

/// Identifies the callers of all routes.
#[derive(Debug, Clone)]
pub struct Authentication {
    everybody: Caller,
}

impl Authentication {
    /// Takes everybody for this caller.
    pub fn off(everybody: Caller) -> Self {
        Authentication { everybody }
    }

    /// # Errors
    /// The credentials of the request are invalid.
    async fn identify(&self, _request: &ServiceRequest) -> Result<Caller, ApiError> {
        Ok(self.everybody.clone())
    }
}

/// Identifies the caller and stores it in the request, for the [`View`] of the handler.
///
/// # Errors
/// The policy does not admit the caller, or the address names another farmer.
pub(super) async fn admit(policy: Policy, request: &ServiceRequest) -> Result<(), ApiError> {
    let known = request.app_data::<web::Data<Authentication>>();
    let caller = known.ok_or_else(missing)?.identify(request).await?;
    if !policy.admits(caller.role) {
        let role = caller.role.as_str();
        return Err(ApiError::Forbidden(format!("not open to the role {role}")));
    }
    let named = request.match_info().get("gaveur_id");
    // The handler complains of an id that is no number.
    if let Some(id) = named.and_then(|id| id.parse().ok())
        && !caller.scope.may_name(id)
    {
        return Err(ApiError::Forbidden("of another gaveur".to_owned()));
    }
    request.extensions_mut().insert(caller);
    Ok(())
}

impl FromRequest for View {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let caller = extensions.get::<Caller>();
        let reader = request.app_data::<web::Data<Reader>>();
        let view = caller.zip(reader).ok_or_else(missing);
        ready(view.map(|(caller, reader)| reader.seen_by(&caller.scope)))
    }
}

/// The application lacks data that every request needs.
fn missing() -> ApiError {
    log::error!(
        "request not answered: the application was built without `Authentication` or `Reader`"
    );
    ApiError::Internal
}
