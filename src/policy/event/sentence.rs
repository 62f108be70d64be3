//! What each event says, as auditors read it: one sentence with blanks for who did it, to whom, and which client.

use super::Event;

impl Event {
    /// What happened, with the blanks `{actor}`, `{subject}` and `{client}`.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SignIn => "{subject} signed in",
            Self::SignInFailed => "A sign-in of {subject} failed",
            Self::FactorUsed => "{subject} proved a second factor",
            Self::FactorRefused => "{subject} did not prove a second factor",
            Self::SessionRaised => "{subject} gave a session a stronger proof",
            Self::DeviceNew => "{subject} signed in from a new device or network",
            Self::ThrottleRefused => "Attempts for {subject} were refused, because too many had failed",
            Self::SignOut => "{subject} signed out",
            Self::SessionEnded => "{actor} ended sessions of {subject}",
            Self::LogoutNotDelivered => "{client} could not be told that {subject} signed out",

            Self::AuthorizationRefused => "An authorization request of {client} was refused",
            Self::RedirectRefused => "An authorization request of {client} was refused without a redirect",
            Self::FormRefused => "A form that came from another site was refused",
            Self::ClientAuthenticationFailed => "Somebody failed to authenticate as {client}",
            Self::PkceChallengeReused => "{client} sent a PKCE challenge again",

            Self::ConsentGiven => "{subject} allowed {client} what it asked for",
            Self::ConsentDenied => "{subject} did not allow {client} what it asked for",
            Self::ConsentWithdrawn => "{actor} withdrew what {subject} had allowed {client}",
            Self::SignInTestBegun => "{actor} began a test of the sign-in of {client}",
            Self::SignInTested => "{subject} tested the sign-in of {client}",
            Self::SignInTestFailed => "A test of the sign-in of {client} ended with an error",
            Self::CodeIssued => "{client} got a code for {subject}",
            Self::CodeRedeemed => "{client} exchanged a code for tokens of {subject}",
            Self::CodeRefused => "A code that {client} presented was refused",
            Self::CodeReplayed => "{client} presented a code again that was used before",
            Self::TokenIssued => "{client} got a token for itself",
            Self::TokenRefused => "A token request of {client} was refused",
            Self::TokenRefreshed => "{client} refreshed its tokens of {subject}",
            Self::TokenRevoked => "{client} revoked a token",
            Self::RefreshTokenRefused => "A refresh token that {client} presented was refused",
            Self::RefreshTokenReused => "{client} presented a refresh token again that had been replaced",

            Self::FactorAdded => "A way to sign in was added for {subject}",
            Self::FactorNotAdded => "A passkey of {subject} was not accepted",
            Self::FactorRemoved => "A way to sign in of {subject} was removed",
            Self::FactorRenamed => "A way to sign in of {subject} was renamed",
            Self::RecoveryCodesMade => "New recovery codes were made for {subject}",
            Self::RecoveryRequested => "Somebody asked for a link to set a new password",
            Self::RecoveryRefused => "Somebody asked for a link to set a new password too often",
            Self::RecoveryMailed => "A link to set a new password was mailed to {subject}",
            Self::PasswordReset => "{subject} set a password by a mailed link",
            Self::PasswordChanged => "{subject} changed their password",
            Self::PasswordRefused => "{subject} gave the present password wrongly, and did not change it",
            Self::EmailRequested => "{subject} asked for another email address",
            Self::EmailAccepted => "{subject} said that the email address an administrator set is theirs",
            Self::EmailChanged => "{subject} confirmed another email address",
            Self::EmailVerified => "{subject} confirmed their email address",
            Self::EmailRestored => "Somebody at the earlier email address of {subject} undid its change",
            Self::DetailsChanged => "{subject} changed their details",
            Self::RegistrationRequested => "Somebody asked to open an account",
            Self::RegistrationRefused => "Somebody asked to open an account too often",
            Self::RegistrationKnown => "Somebody asked to open an account with the email address of {subject}",
            Self::UserRegistered => "{subject} opened an account",
            Self::AccountTakeoverReported => "Somebody at an earlier email address of {subject} held the account",

            Self::UserCreated => "{actor} added {subject}",
            Self::UserUpdated => "{actor} changed {subject}",
            Self::UserInvited => "{actor} invited {subject}",
            Self::UserReset => "{actor} sent {subject} a link to set a new password",
            Self::UserMfaReset => "{actor} reset two-step sign-in of {subject}",
            Self::UserEnabled => "{actor} enabled {subject}",
            Self::UserDisabled => "{actor} disabled {subject}",
            Self::UserDeleted => "{actor} deleted {subject}",
            Self::UserRestored => "{actor} restored {subject}",
            Self::UserErased => "What was known of {subject} was erased",
            Self::AccountHoldLifted => "{actor} lifted the hold on {subject}",

            Self::ClientCreated => "{actor} registered {client}",
            Self::ClientUpdated => "{actor} changed {client}",
            Self::ClientEnabled => "{actor} enabled {client}",
            Self::ClientDisabled => "{actor} disabled {client}",
            Self::ClientDeleted => "{actor} deleted {client}",
            Self::ClientOwnerChanged => "{actor} changed who owns {client}",
            Self::ClientSecretRotated => "{actor} rotated the secret of {client}",
            Self::ClientSecretEnded => "{actor} ended a secret of {client}",
            Self::ApiCreated => "{actor} registered the API {subject}",
            Self::ApiUpdated => "{actor} changed the API {subject}",
            Self::ApiDeleted => "{actor} deleted the API {subject}",
            Self::RoleCreated => "{actor} added the role {subject}",
            Self::RoleUpdated => "{actor} changed the role {subject}",
            Self::RoleDeleted => "{actor} deleted the role {subject}",
            Self::BrandingLogoUploaded => "{actor} replaced the logo",
            Self::BrandingLogoRemoved => "{actor} removed the logo",

            Self::KeyCreated => "{actor} made the signing key {subject}",
            Self::KeyRotated => "{actor} rotated the signing keys",
            Self::KeyWithdrawn => "{actor} withdrew the signing key {subject}",
            Self::MasterKeyResealed => "{actor} sealed everything with a new master key",
            Self::EverythingRevoked => "{actor} revoked every session, grant and token",
            Self::NetworkBlocked => "{actor} blocked the network {subject}",
            Self::NetworkUnblocked => "{actor} let the network {subject} in again",
            Self::DefenceTightened => "{actor} tightened the limits, because unusually many sign-ins failed",
            Self::DefenceRelaxed => "{actor} relaxed the limits again",
            Self::ServerStarted => "A server began to serve",
            Self::ServerStopped => "A server stopped serving",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_has_only_blanks_that_are_filled() {
        for event in Event::ALL {
            let sentence = event.sentence();
            for rest in sentence.split('{').skip(1) {
                let (blank, _) = rest.split_once('}').unwrap();
                assert!(["actor", "subject", "client"].contains(&blank), "{event:?}: {blank}");
            }
            assert!(sentence.starts_with(|c: char| c.is_uppercase() || c == '{'), "{event:?}: {sentence}");
            assert!(!sentence.ends_with('.'), "{event:?}: it stands in a list");
        }
    }

    #[test]
    fn no_two_events_say_the_same() {
        for (place, event) in Event::ALL.iter().enumerate() {
            for other in &Event::ALL[place + 1..] {
                assert_ne!(event.sentence(), other.sentence(), "{event:?} and {other:?}");
            }
        }
    }
}
