//! Every event: its meaning, then its name in the audit trail, its outcome, its severity, and who sees it.

use super::{Audience, Outcome, Severity};

/// Makes [`Event`] of the table below.
macro_rules! events {
    ($($(#[doc = $meaning:literal])+ $event:ident = $name:literal, $outcome:ident, $severity:ident, $who:ident $(($key:literal))?;)+) => {
        /// Something that the audit trail tells of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[doc = $meaning])+ $event,)+
        }

        impl Event {
            /// All, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$event),+];

            /// What the audit trail calls it: `client.created`. Two events share a name if they differ in their outcome.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$event => $name),+ }
            }

            /// Whether what was tried was done.
            #[must_use]
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$event => Outcome::$outcome),+ }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$event => Severity::$severity),+ }
            }

            /// Who sees it.
            #[must_use]
            pub const fn audience(self) -> Audience {
                match self { $(Self::$event => Audience::$who $(($key))?),+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$event => concat!($($meaning),+).trim_ascii()),+ }
            }
        }
    };
}

events! {
    // Sign-in and sessions
    /// A user signed in.
    SignIn = "sign_in", Success, Info, User("event-sign-in");
    /// A sign-in failed: the credentials are wrong, or this user may not sign in here.
    SignInFailed = "sign_in", Failure, Notice, User("event-sign-in-failed");
    /// A user proved a second factor.
    FactorUsed = "factor.used", Success, Info, Auditors; // users see the sign-in that it belongs to
    /// A second factor, or a passkey, was not proven.
    FactorRefused = "factor.used", Failure, Notice, User("event-factor-failed");
    /// A session got a stronger proof of its user.
    SessionRaised = "session.raised", Success, Info, Auditors; // users see the sign-in that it belongs to
    /// A user signed in from a device or network that is new for them.
    DeviceNew = "device.new", Success, Info, User("event-device-new");
    /// Further attempts are refused for some time, because too many have failed.
    ThrottleRefused = "throttle.refused", Failure, Warning, User("event-throttled");
    /// A user signed out.
    SignOut = "sign_out", Success, Info, User("event-sign-out");
    /// Sessions of a user were ended other than by signing out of them.
    SessionEnded = "session.ended", Success, Notice, User("event-session-ended");
    /// A client could not be told that a user signed out, and may still treat them as signed in.
    LogoutNotDelivered = "logout.not_delivered", Failure, Warning, ClientOwner;

    // Requests of clients
    /// An authorization request was refused.
    AuthorizationRefused = "authorization.refused", Failure, Warning, ClientOwner;
    /// An authorization request was refused without a redirect: the client is unknown, or the redirect URI is not its own.
    RedirectRefused = "redirect.refused", Failure, Warning, ClientOwner;
    /// A form was refused, because it came from another site or hid where it came from.
    FormRefused = "form.refused", Failure, Warning, Auditors;
    /// A client did not prove that it is the one it says.
    ClientAuthenticationFailed = "client.authentication", Failure, Warning, ClientOwner;
    /// A client sent a PKCE challenge that it had sent before: it does not make a new one each time, or somebody repeats it.
    PkceChallengeReused = "pkce.challenge_reused", Failure, Alert, ClientOwner; // users can do nothing about it

    // Consents, codes and tokens
    /// A user allowed a client what it asked for.
    ConsentGiven = "consent.given", Success, Info, User("event-consent-given");
    /// A user did not allow a client what it asked for.
    ConsentDenied = "consent.denied", Success, Info, Auditors;
    /// What a user had allowed a client was taken back.
    ConsentWithdrawn = "consent.withdrawn", Success, Notice, User("event-consent-withdrawn");
    /// An administrator began a test of a client's sign-in: they see what it would give the client, which gets nothing.
    SignInTestBegun = "sign_in_test.begun", Success, Notice, ClientOwner;
    /// A test of a client's sign-in ended with what the client would have got.
    SignInTested = "sign_in_test.ended", Success, Notice, User("event-sign-in-tested");
    /// A test of a client's sign-in ended with an error that the client would have got.
    SignInTestFailed = "sign_in_test.ended", Failure, Warning, ClientOwner;
    /// A code was issued to a client.
    CodeIssued = "code.issued", Success, Info, Auditors; // users see what they allowed, not what a client makes of it
    /// A code was exchanged for tokens.
    CodeRedeemed = "code.redeemed", Success, Info, Auditors; // the same
    /// A code was refused.
    CodeRefused = "code.refused", Failure, Warning, ClientOwner;
    /// A code was used again, so what its first use gave was revoked: one of the two may be a thief.
    CodeReplayed = "code.replayed", Failure, Alert, ClientOwner;
    /// A client got an access token for itself.
    TokenIssued = "token.issued", Success, Info, ClientOwner;
    /// A token request of a client was refused for what it asked for, or how.
    TokenRefused = "token.refused", Failure, Warning, ClientOwner;
    /// A refresh token was exchanged for an access token.
    TokenRefreshed = "token.refreshed", Success, Info, Auditors; // as with codes
    /// A client revoked a token.
    TokenRevoked = "token.revoked", Success, Info, ClientOwner;
    /// A refresh token was refused.
    RefreshTokenRefused = "refresh_token.refused", Failure, Warning, ClientOwner;
    /// A refresh token that had been replaced was used, so its grant was revoked: one of the two users may be a thief.
    RefreshTokenReused = "refresh_token.reused", Failure, Alert, ClientOwner;

    // What users change of their own accounts
    /// A user got a further way to sign in.
    FactorAdded = "factor.added", Success, Notice, User("event-factor-added");
    /// A passkey was not accepted as a further way to sign in.
    FactorNotAdded = "factor.added", Failure, Warning, Auditors; // the user saw it on the page
    /// A user removed a way to sign in.
    FactorRemoved = "factor.removed", Success, Notice, User("event-factor-removed");
    /// A user gave a way to sign in another name.
    FactorRenamed = "factor.renamed", Success, Info, User("event-factor-renamed");
    /// A user made new recovery codes.
    RecoveryCodesMade = "recovery_codes.made", Success, Notice, User("event-recovery-codes-made");
    /// Somebody asked for a link to set a new password; whether there is such a user is not said.
    RecoveryRequested = "recovery.requested", Success, Info, Auditors; // nobody knows yet whose it is
    /// Somebody asked for a link to set a new password too often.
    RecoveryRefused = "recovery.requested", Failure, Warning, Auditors;
    /// A link to set a new password was mailed to a user who asked for it.
    RecoveryMailed = "recovery.mailed", Success, Notice, User("event-recovery-mailed");
    /// A user set a password by a mailed link.
    PasswordReset = "password.reset", Success, Notice, User("event-password-changed");
    /// A user changed their password.
    PasswordChanged = "password.changed", Success, Notice, User("event-password-changed");
    /// A password was not changed, because the present one was given wrongly.
    PasswordRefused = "password.changed", Failure, Notice, User("event-password-refused");
    /// A user asked for another email address, and a link to confirm it was mailed there.
    EmailRequested = "email.requested", Success, Notice, User("event-email-requested");
    /// A user said that the email address an administrator set is theirs.
    EmailAccepted = "email.accepted", Success, Notice, User("event-email-accepted");
    /// A user confirmed another email address, which is theirs from now on.
    EmailChanged = "email.changed", Success, Notice, User("event-email-changed");
    /// A user confirmed the email address that they have.
    EmailVerified = "email.verified", Success, Info, User("event-email-verified");
    /// A change of the email address was undone from the earlier address.
    EmailRestored = "email.restored", Success, Alert, User("event-email-changed");
    /// A user changed their details.
    DetailsChanged = "details.changed", Success, Notice, User("event-details-changed");
    /// Somebody asked to open an account; whether there is one is not said.
    RegistrationRequested = "registration.requested", Success, Info, Auditors; // nobody knows yet whose it is
    /// Somebody asked to open an account too often.
    RegistrationRefused = "registration.requested", Failure, Warning, Auditors;
    /// Somebody asked to open an account with the email address of a user, who was told by mail.
    RegistrationKnown = "registration.known", Success, Notice, User("event-registration-known");
    /// A user opened an account.
    UserRegistered = "user.registered", Success, Notice, User("event-user-created");
    /// Somebody at an earlier email address said that the account is being taken over, and it was held.
    AccountTakeoverReported = "account.takeover_reported", Success, Alert, User("event-takeover-reported");

    // What administrators change of accounts
    /// A user was added.
    UserCreated = "user.created", Success, Notice, User("event-user-created");
    /// The details or roles of a user were changed.
    UserUpdated = "user.updated", Success, Notice, User("event-user-updated");
    /// A link to choose a first password was mailed to a user.
    UserInvited = "user.invited", Success, Notice, User("event-user-invited");
    /// An administrator mailed a user a link to set a new password.
    UserReset = "user.reset", Success, Notice, User("event-recovery-mailed");
    /// Every way of a user to sign in but the password was taken away.
    UserMfaReset = "user.mfa_reset", Success, Notice, User("event-mfa-reset");
    /// A user was enabled.
    UserEnabled = "user.enabled", Success, Notice, User("event-user-enabled");
    /// A user was disabled: their sessions ended and their grants were revoked.
    UserDisabled = "user.disabled", Success, Notice, User("event-user-disabled");
    /// An account was deleted, and can be restored for some weeks.
    UserDeleted = "user.deleted", Success, Notice, User("event-user-deleted");
    /// A deleted account was restored, disabled.
    UserRestored = "user.restored", Success, Notice, User("event-user-restored");
    /// What was known of a deleted user was erased.
    UserErased = "user.erased", Success, Notice, Auditors; // nobody is left to see it
    /// The hold on an account was lifted.
    AccountHoldLifted = "account.hold_lifted", Success, Notice, User("event-hold-lifted");

    // The registry
    /// A client was registered.
    ClientCreated = "client.created", Success, Notice, ClientOwner;
    /// The settings of a client were changed.
    ClientUpdated = "client.updated", Success, Notice, ClientOwner;
    /// A client was enabled.
    ClientEnabled = "client.enabled", Success, Notice, ClientOwner;
    /// A client was disabled, and its grants were revoked.
    ClientDisabled = "client.disabled", Success, Notice, ClientOwner;
    /// A client was deleted, with its grants and consents.
    ClientDeleted = "client.deleted", Success, Notice, ClientOwner;
    /// A client was given to another owner, or to nobody.
    ClientOwnerChanged = "client.owner_changed", Success, Notice, ClientOwner;
    /// A client got a new secret.
    ClientSecretRotated = "client.secret_rotated", Success, Notice, ClientOwner;
    /// A secret of a client was ended before its time.
    ClientSecretEnded = "client.secret_ended", Success, Notice, ClientOwner;
    /// An API was registered.
    ApiCreated = "api.created", Success, Notice, Auditors;
    /// The settings of an API were changed.
    ApiUpdated = "api.updated", Success, Notice, Auditors;
    /// An API was deleted.
    ApiDeleted = "api.deleted", Success, Notice, Auditors;
    /// A role was made.
    RoleCreated = "role.created", Success, Notice, Auditors;
    /// A role was changed.
    RoleUpdated = "role.updated", Success, Notice, Auditors;
    /// A role was deleted.
    RoleDeleted = "role.deleted", Success, Notice, Auditors;
    /// The logo was replaced.
    BrandingLogoUploaded = "branding.logo_uploaded", Success, Notice, Auditors;
    /// The logo was removed.
    BrandingLogoRemoved = "branding.logo_removed", Success, Notice, Auditors;

    // Keys and the service itself
    /// A signing key was made, to be the next one.
    KeyCreated = "key.created", Success, Notice, Auditors;
    /// The next signing key signs from now on.
    KeyRotated = "key.rotated", Success, Notice, Auditors;
    /// A signing key was taken away at once, and what it signed is no longer valid.
    KeyWithdrawn = "key.withdrawn", Success, Alert, Auditors;
    /// What the master key seals was sealed anew.
    MasterKeyResealed = "master_key.resealed", Success, Notice, Auditors;
    /// Every session, grant and token was revoked.
    EverythingRevoked = "everything.revoked", Success, Alert, Auditors;
    /// A network was blocked for a while.
    NetworkBlocked = "network.blocked", Success, Alert, Auditors;
    /// A network was let in again before its time.
    NetworkUnblocked = "network.unblocked", Success, Notice, Auditors;
    /// Limits were tightened, because unusually many sign-ins failed.
    DefenceTightened = "defence.tightened", Success, Alert, Auditors;
    /// Limits were relaxed again.
    DefenceRelaxed = "defence.relaxed", Success, Notice, Auditors;
    /// A server began to serve.
    ServerStarted = "server.started", Success, Notice, Auditors;
    /// A server stopped serving.
    ServerStopped = "server.stopped", Success, Notice, Auditors;
}
