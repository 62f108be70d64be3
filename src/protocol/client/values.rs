//! The types, authentication methods and grant types that a client can have.

use serde::{Deserialize, Serialize};

/// Where a client runs, which decides whether it can keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// On a server: users sign in to it, and it keeps a secret.
    Web,
    /// In a browser (single-page app): everybody can read its code, so it has no secret.
    Browser,
    /// On a user's device: no secret either.
    Native,
    /// A program that acts for itself. Nobody signs in to it.
    Service,
}

/// How a client authenticates ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Its secret, in the `Authorization` header.
    ClientSecretBasic,
    /// Its secret, in the body.
    ClientSecretPost,
    /// A JWT that its key signed (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A certificate that an authority vouches for (RFC 8705 §2.1).
    TlsClientAuth,
    /// A certificate that it registered itself, or its key (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
    /// Not at all: a public client.
    None,
}

impl AuthMethod {
    /// Whether the client proves who it is by a secret that we share.
    #[must_use]
    pub const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// Whether the client proves who it is by a certificate.
    #[must_use]
    pub const fn uses_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }

    /// Whether the client must have registered keys.
    #[must_use]
    pub const fn needs_keys(self) -> bool {
        matches!(self, Self::PrivateKeyJwt | Self::SelfSignedTlsClientAuth)
    }
}

/// Whom a client's assertions name as their audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// This server, by its issuer identifier: nothing that another server told the client to name can be used here.
    Issuer,
    /// Its token endpoint too, as libraries did before FAPI 2.0.
    TokenEndpoint,
}

/// What a client may exchange for tokens. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A user's consent, by way of the browser (RFC 6749 §4.1).
    AuthorizationCode,
    /// Its own credentials (RFC 6749 §4.4).
    ClientCredentials,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
}

/// Where a client finds the claims about its users that the granted scopes bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenClaims {
    /// At the userinfo endpoint alone.
    Userinfo,
    /// There, and those that tell who the user is in the ID token too.
    Both,
}

macro_rules! text_form {
    ($type:ident { $($variant:ident = $text:literal),+ }) => {
        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The text that stands for it in the protocol, the database and forms.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = UnknownValue;

            fn from_str(text: &str) -> Result<Self, UnknownValue> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(UnknownValue)
            }
        }
    };
}

/// The text stands for none of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown value")]
pub struct UnknownValue;

text_form!(ClientType { Web = "web", Browser = "browser", Native = "native", Service = "service" });
text_form!(AuthMethod {
    ClientSecretBasic = "client_secret_basic",
    ClientSecretPost = "client_secret_post",
    PrivateKeyJwt = "private_key_jwt",
    TlsClientAuth = "tls_client_auth",
    SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
    None = "none"
});
text_form!(AssertionAudience { Issuer = "issuer", TokenEndpoint = "token_endpoint" });
text_form!(IdTokenClaims { Userinfo = "userinfo", Both = "both" });
text_form!(GrantType {
    AuthorizationCode = "authorization_code",
    ClientCredentials = "client_credentials",
    RefreshToken = "refresh_token"
});
