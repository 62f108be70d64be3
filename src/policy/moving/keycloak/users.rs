//! Users of a realm.

use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Credential, RealmUser,
    credentials::{TOTP_BYTES, password, totp},
    is_own_client,
    roles::{Named, Roles, of_both},
};
use crate::{
    policy::{
        change::UserSettings,
        moving::{Note, password::ForeignPassword},
        refusal::{Fault, Refusal},
        text,
    },
    protocol::standard_claims::Profile,
};

/// A user who comes.
pub struct ArrivedUser {
    /// Who it is, as tokens said it there (`sub`).
    pub user_id: Uuid,
    /// Name, address, profile and roles.
    pub settings: UserSettings,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// How the password was kept there.
    pub password: Option<ForeignPassword>,
    /// The password stood beside a second factor there, so it does not stand alone here.
    pub had_second_factor: bool,
    /// Authenticator apps.
    pub totp: Vec<Totp>,
    /// What is different.
    pub notes: Vec<Note>,
}

/// An authenticator app that goes on working.
pub struct Totp {
    /// What its owner calls it.
    pub name: String,
    /// What its codes are made from.
    pub secret: Zeroizing<[u8; TOTP_BYTES]>,
}

/// Reads a user. `None`: the account of a client.
#[must_use]
pub fn read_user(user: &RealmUser, roles: &Roles) -> Option<Result<ArrivedUser, Refusal>> {
    if user.service_account_client_id.is_some() {
        return None;
    }
    if user.federation_link.is_some() {
        let message = "The account is kept in another directory, and Keycloak has a copy of it only.";
        return Some(Err(Refusal::new("federationLink", Fault::NotAllowed, message)));
    }
    let Some(user_id) = user.id.as_deref().and_then(|id| Uuid::try_parse(id).ok()) else {
        return Some(Err(Refusal::new("user_id", Fault::Malformed, "Its id is no UUID.")));
    };
    let mut notes = Vec::new();
    let mut begin = of_both(&user.realm_roles, &user.client_roles);
    begin.extend(user.groups.iter().cloned().map(Named::Group));
    if user.client_roles.keys().any(|client| is_own_client(client) && client != "account") {
        notes.push(Note::new(
            "clientRoles",
            "Rights to administer Keycloak stay behind: nobody who comes administers here.",
        ));
    }
    let settings = UserSettings {
        username: user.username.clone(),
        email: user.email.clone().filter(|email| !email.is_empty()),
        email_verified: user.email_verified && !user.required_actions.iter().any(|action| action == "VERIFY_EMAIL"),
        profile: profile(user, &mut notes),
        roles: roles.held(begin).into_iter().collect(),
    };
    let mut arrived = ArrivedUser {
        user_id,
        settings,
        enabled: user.enabled,
        password: None,
        had_second_factor: false,
        totp: Vec::new(),
        notes,
    };
    user.credentials.iter().for_each(|credential| arrived.take(credential));
    if user.required_actions.iter().any(|action| action == "UPDATE_PASSWORD") && arrived.password.take().is_some() {
        arrived.note(
            "credentials",
            "The password had to be changed there, so it does not come: a new one is chosen by mail.",
        );
    }
    Some(Ok(arrived))
}

impl ArrivedUser {
    fn note(&mut self, field: &str, message: impl Into<String>) {
        self.notes.push(Note::new(field, message));
    }

    fn take(&mut self, credential: &Credential) {
        let label = credential.user_label.clone().unwrap_or_default();
        match credential.kind.as_str() {
            "password" => match password(credential) {
                Ok(password) => self.password = Some(password),
                Err(why) => self.note("credentials", format!("The password does not come: {why}.")),
            },
            "otp" => {
                self.had_second_factor = true;
                match totp(credential) {
                    Some(secret) => {
                        let name = text::name("name", &label).unwrap_or_else(|_| "Authenticator app".to_owned());
                        self.totp.push(Totp { name, secret });
                    }
                    None => self.note(
                        "credentials",
                        "An authenticator app does not come, because here they have SHA-1, 6 digits and 30 seconds: \
                         its user adds it again at the next sign-in.",
                    ),
                }
            }
            "webauthn" | "webauthn-passwordless" => {
                self.had_second_factor = true;
                self.note(
                    "credentials",
                    "A passkey does not come: it is bound to the other server. Its user adds one here.",
                );
            }
            _ => self.note("credentials", format!("A credential of the kind {} does not come.", credential.kind)),
        }
    }
}

/// Names, and those attributes that are standard claims. The others stay behind.
fn profile(user: &RealmUser, notes: &mut Vec<Note>) -> Profile {
    let mut claims = serde_json::Map::new();
    let names = [("given_name", &user.first_name), ("family_name", &user.last_name)];
    let given = names.into_iter().filter_map(|(claim, name)| Some((claim, name.as_deref()?.trim())));
    let given = given.filter(|(_, name)| !name.is_empty()).collect::<Vec<_>>();
    if !given.is_empty() {
        let whole = given.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" ");
        claims.insert("name".to_owned(), whole.into());
    }
    claims.extend(given.into_iter().map(|(claim, name)| (claim.to_owned(), name.into())));
    let mut behind = Vec::new();
    for (name, values) in &user.attributes {
        let (Some(claim), Some(value)) = (claim_of(name), values.first().filter(|value| !value.is_empty())) else {
            behind.push(name.as_str());
            continue;
        };
        match claim {
            "phone_number_verified" => drop(claims.insert(claim.to_owned(), (value == "true").into())),
            "formatted" | "street_address" | "locality" | "region" | "postal_code" | "country" => {
                let address = claims.entry("address").or_insert_with(|| Value::Object(serde_json::Map::new()));
                address[claim] = value.as_str().into();
            }
            _ => drop(claims.insert(claim.to_owned(), value.as_str().into())),
        }
    }
    if !claims.contains_key("phone_number") {
        claims.remove("phone_number_verified");
    }
    if !behind.is_empty() {
        notes.push(Note::new("attributes", format!("{} stay behind: only standard claims come.", behind.join(", "))));
    }
    serde_json::from_value(Value::Object(claims)).unwrap_or_default()
}

/// The standard claim that an attribute of this name holds.
fn claim_of(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "nickname" => "nickname",
        "middleName" | "middle_name" => "middle_name",
        "profile" => "profile",
        "picture" => "picture",
        "website" => "website",
        "gender" => "gender",
        "birthdate" => "birthdate",
        "zoneinfo" => "zoneinfo",
        "locale" => "locale",
        "phoneNumber" | "phone_number" => "phone_number",
        "phoneNumberVerified" | "phone_number_verified" => "phone_number_verified",
        "formatted" => "formatted",
        "street" | "street_address" => "street_address",
        "locality" => "locality",
        "region" => "region",
        "postal_code" | "postalCode" => "postal_code",
        "country" => "country",
        _ => return None,
    })
}
