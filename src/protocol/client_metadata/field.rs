//! What is known of a field of a client's metadata: the columns of the table [`FIELDS`](super::fields::FIELDS).

use serde_json::Value;

use super::ClientMetadata;
use crate::protocol::{client::values::ClientType, client_certificate::SubjectField};

/// One field of a client's metadata.
pub struct Field {
    /// Its name in JSON and in forms: that of RFC 7591, or ours where the RFC has none.
    pub name: &'static str,
    /// What it holds, and within which bounds.
    pub kind: Kind,
    /// The types of clients for which it means something.
    pub applies_to: &'static [ClientType],
    /// Who may change it once the client is registered.
    pub editor: Editor,
    /// Where it stands on the form. `None`: the form does not show it.
    pub group: Option<Group>,
    /// What of the client it tells.
    pub tab: Tab,
    /// What it is called where people read it.
    pub label: &'static str,
    /// What it means, as a sentence.
    pub meaning: &'static str,
    /// What else helps to fill it in. May be empty.
    pub hint: &'static str,
    /// Its option on the command line, without the dashes.
    pub option: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A line of visible text, never empty.
    Text {
        /// Characters.
        most: usize,
    },
    /// A URL that is shown to people or called, or none.
    Link,
    /// URIs to which browsers are sent with an answer.
    RedirectUris {
        /// How many.
        most: usize,
    },
    /// E-mail addresses.
    Emails {
        /// How many.
        most: usize,
    },
    /// Scopes, of `OpenID` Connect or of registered APIs: in JSON one text, separated by spaces.
    Scopes,
    /// One of these.
    One(&'static [Named]),
    /// Any of these.
    Several(&'static [Named]),
    /// Yes or no.
    Flag,
    /// Whole seconds.
    Seconds {
        /// No fewer.
        least: i32,
        /// No more.
        most: i32,
    },
    /// A registered API by its identifier, or none.
    Api,
    /// The name of a claim, or the path to one in objects, or none.
    Claim,
    /// Public keys: in JSON a JWK Set, or none.
    Keys,
    /// A name that the client's certificate bears, or none.
    CertificateName(SubjectField),
}

/// A value that a field may have.
pub struct Named {
    /// As JSON has it.
    pub value: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What it means. May be empty.
    pub hint: &'static str,
}

/// Who may change a field of a registered client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// Nobody: another client is registered instead.
    Nobody,
    /// Administrators.
    Administrators,
}

/// The parts of the form, in their order. All but the first are folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What every client needs.
    First,
    /// With what it proves who it is, and what protects its requests.
    Protection,
    /// What its tokens say, how long they live, and how they are signed.
    Tokens,
    /// What happens at sign-out, and who answers for the client.
    SignOutAndContact,
}

/// What one wants to know of a client at a time: the tabs of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What it is, and who answers for it.
    Overview,
    /// How users sign in to it, and out of it.
    SignIn,
    /// What it may ask for.
    Scopes,
    /// How it proves who it is.
    Secrets,
    /// What it gets, and how long that lives.
    Tokens,
    /// What happened to it, which no field tells.
    Activity,
}

impl Field {
    /// Whether it means something for a client of this type. `None`: the type is not chosen yet.
    #[must_use]
    pub fn applies(&self, client_type: Option<ClientType>) -> bool {
        client_type.is_none_or(|client_type| self.applies_to.contains(&client_type))
    }

    /// Whether it must be given when a client is registered, because there is no default.
    #[must_use]
    pub fn is_required(&self) -> bool {
        matches!(self.kind, Kind::Text { .. }) || self.editor == Editor::Nobody
    }

    /// What a client of this type has where nothing is said.
    #[must_use]
    pub fn default(&self, client_type: ClientType) -> Value {
        ClientMetadata::of_type(client_type).members().remove(self.name).unwrap_or_default()
    }
}
