//! Settings of the identity provider.

use super::{Auth, lifetime};
use crate::{
    domain::oidc::{
        account::ClaimNames,
        metadata::is_safe,
        token::{MeantFor, TokenRules},
    },
    oidc::{Client, Terms},
};
use clap::{Args, builder::FalseyValueParser};
use std::{net::SocketAddr, time::Duration};

/// The provider knows people, such as Keycloak does.
#[derive(Debug, Clone, Args)]
pub struct OidcArgs {
    /// The identity provider (OpenID Connect) whose tokens are accepted besides keys, e.g. `https://sso.example/realms/gaveurs`. It must be
    /// the `iss` of its tokens, letter by letter
    #[arg(long, env = "GAVEURS_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// The name of this server in the tokens that are meant for it (`aud`)
    #[arg(long, env = "GAVEURS_OIDC_AUDIENCE", value_name = "NAME")]
    pub oidc_audience: Option<String>,

    /// The client to which tokens are issued. Without --oidc-audience, a token is accepted if it was issued to this client (`azp`)
    #[arg(long, env = "GAVEURS_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// The secret of this client, with which people can log in. Without it the client is a public one
    #[arg(
        long,
        env = "GAVEURS_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub oidc_client_secret: Option<String>,

    /// The address of this server for browsers, e.g. `https://gavage.example`, which stands on consumers' labels. Registered at the provider: this address followed by
    /// /auth/callback (where people come back to when they have logged in), /auth/login (when they have logged out), /auth/backchannel-logout [default: http:// and the address of --bind]
    #[arg(long, env = "GAVEURS_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// How long a login is valid after the provider has last confirmed it. With --oidc-client-secret it is asked again before its tokens expire;
    /// without, this is the whole life of a login
    #[arg(long, env = "GAVEURS_LOGIN_LIFETIME", default_value = "10h", value_parser = lifetime)]
    pub login_lifetime: Duration,

    /// Let older frontends log in with a password under /api/auth/login, which is relayed to the provider (password grant). They keep the tokens
    /// themselves, where a script can read them: use it only until they are replaced
    #[arg(long, env = "GAVEURS_AUTH_LEGACY_LOGIN", value_parser = FalseyValueParser::new())]
    pub auth_legacy_login: bool,

    /// The claim with the roles admin, superviseur, technicien_sqal, gaveur; a dot leads into an object
    #[arg(
        long,
        env = "GAVEURS_OIDC_ROLES_CLAIM",
        value_name = "CLAIM",
        default_value = "realm_access.roles"
    )]
    pub oidc_roles_claim: String,

    /// The claim with the number of a gaveur
    #[arg(
        long,
        env = "GAVEURS_OIDC_GAVEUR_CLAIM",
        value_name = "CLAIM",
        default_value = "gaveur_id"
    )]
    pub oidc_gaveur_claim: String,

    /// The claim with the sites that a superviseur sees (LL, LS, MT); without it `site` or `site_id`. Without sites he sees nothing, unless
    /// he has the role view_all_sites, as a role of the realm or of --oidc-client-id
    #[arg(
        long,
        env = "GAVEURS_OIDC_SITES_CLAIM",
        value_name = "CLAIM",
        default_value = "sites"
    )]
    pub oidc_sites_claim: String,
}

impl OidcArgs {
    pub(super) fn check(&self, auth: Auth) -> Result<(), String> {
        if self.auth_legacy_login && (self.oidc_issuer.is_none() || self.oidc_client_id.is_none()) {
            let sentence = "--auth-legacy-login needs --oidc-issuer and --oidc-client-id";
            return Err(sentence.to_owned());
        }
        let Some(issuer) = &self.oidc_issuer else {
            return Ok(());
        };
        let names_nobody = self.oidc_audience.is_none() && self.oidc_client_id.is_none();
        let faults = [
            (auth != Auth::On, "--oidc-issuer needs --auth on"),
            (
                !is_safe(issuer),
                "--oidc-issuer must begin with https:// (http:// is accepted only of this machine)",
            ),
            (
                names_nobody,
                "--oidc-issuer needs --oidc-audience, or --oidc-client-id if the provider's tokens name no audience: otherwise tokens \
                 for other programs would be accepted",
            ),
        ];
        match faults.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, sentence)) => Err(sentence.to_owned()),
            None => Ok(()),
        }
    }

    /// This server as a client at which people can log in; `None` if it has no name at the provider.
    pub fn client(&self, bound: SocketAddr) -> Option<Client> {
        let own = format!("http://{bound}");
        let public = self.public_url.as_deref().unwrap_or(&own);
        let public = public.trim_end_matches('/');
        Some(Client {
            id: self.oidc_client_id.clone()?,
            secret: self.oidc_client_secret.clone(),
            redirect_uri: format!("{public}/auth/callback"),
            logged_out_uri: format!("{public}/auth/login"),
        })
    }

    /// `None` without an identity provider.
    pub fn terms(&self) -> Option<Terms> {
        let audience = self.oidc_audience.clone().map(MeantFor::Audience);
        let client = self.oidc_client_id.clone().map(MeantFor::Client);
        Some(Terms {
            rules: TokenRules {
                issuer: self.oidc_issuer.clone()?,
                meant_for: audience.or(client)?,
            },
            claims: ClaimNames {
                roles: self.oidc_roles_claim.clone(),
                gaveur: self.oidc_gaveur_claim.clone(),
                sites: self.oidc_sites_claim.clone(),
                client: self.oidc_client_id.clone(),
            },
        })
    }
}
