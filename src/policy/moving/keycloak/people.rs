//! Roles, groups and users of a realm.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Credential, Group, Realm, RealmRole, RealmUser, is_own_client, names::role_name};
use crate::{
    policy::{
        change::UserSettings,
        moving::{
            Note,
            password::{Digest, ForeignPassword, Function, Recipe},
        },
        refusal::{Fault, Refusal},
        text,
    },
    protocol::standard_claims::Profile,
};

/// Roles that every realm has for itself.
const OWN_ROLES: [&str; 2] = ["offline_access", "uma_authorization"];
/// The longest description of a role.
const LONGEST_DESCRIPTION: usize = 300;
/// Bytes of an authenticator app's secret here.
const TOTP_BYTES: usize = 20;

/// What a role is called there: a role of the realm, of a client, or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Realm(String),
    Client(String, String),
    Group(String),
}

/// A role or group that comes as a role.
#[derive(Debug, PartialEq, Eq)]
pub struct ArrivedRole {
    /// What it is called here.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What is different.
    pub notes: Vec<Note>,
}

/// The roles of a realm, by what they are called there.
pub struct Roles {
    /// Each that comes, in the order of their kinds and names.
    pub arrived: Vec<ArrivedRole>,
    names: BTreeMap<Named, String>,
    brings: BTreeMap<Named, Vec<Named>>,
    default: Named,
}

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

impl Roles {
    /// The roles of a realm: its own, those of its clients, and its groups. What Keycloak has for itself stays behind.
    #[must_use]
    pub fn of(realm: &Realm) -> Self {
        let default = Named::Realm(format!("default-roles-{}", realm.realm.to_lowercase()));
        let mut roles = Self { arrived: Vec::new(), names: BTreeMap::new(), brings: BTreeMap::new(), default };
        for role in realm.roles.realm.iter().filter(|role| !OWN_ROLES.contains(&role.name.as_str())) {
            roles.add(Named::Realm(role.name.clone()), &role.name, role);
        }
        for (client, of_client) in realm.roles.client.iter().filter(|(client, _)| !is_own_client(client)) {
            for role in of_client {
                roles.add(Named::Client(client.clone(), role.name.clone()), &format!("{client}-{}", role.name), role);
            }
        }
        realm.groups.iter().for_each(|group| roles.add_group(group, None));
        roles
    }

    fn add(&mut self, named: Named, there: &str, role: &RealmRole) {
        let brings = of_both(&role.composites.realm, &role.composites.client);
        self.brings.insert(named.clone(), brings);
        if named != self.default {
            let description = role.description.as_deref().filter(|text| !text.starts_with("${")).unwrap_or_default();
            let described = description.chars().take(LONGEST_DESCRIPTION).collect();
            self.name(named, there, described, !role.composites.realm.is_empty() || !role.composites.client.is_empty());
        }
    }

    fn add_group(&mut self, group: &Group, above: Option<&Named>) {
        let named = Named::Group(group.path.clone());
        let mut brings = of_both(&group.realm_roles, &group.client_roles);
        brings.extend(above.cloned());
        self.brings.insert(named.clone(), brings);
        self.name(named.clone(), &group.path, format!("The group {}", group.path), false);
        group.sub_groups.iter().for_each(|below| self.add_group(below, Some(&named)));
    }

    fn name(&mut self, named: Named, there: &str, description: String, is_composite: bool) {
        let taken = self.names.values().cloned().collect::<BTreeSet<_>>();
        let name = role_name(there.trim_start_matches('/'), &taken);
        let mut notes = Vec::new();
        if name != there {
            notes.push(Note::new("name", format!("It was called {there} there.")));
        }
        if is_composite {
            notes.push(Note::new("composites", "Its users get the roles that it brought along, each by itself."));
        }
        self.arrived.push(ArrivedRole { name: name.clone(), description, notes });
        self.names.insert(named, name);
    }

    /// What a user has by these, with all that they bring along.
    fn held(&self, begin: Vec<Named>) -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), begin);
        while let Some(named) = open.pop() {
            if seen.insert(named.clone()) {
                open.extend(self.brings.get(&named).into_iter().flatten().cloned());
            }
        }
        seen.iter().filter_map(|named| self.names.get(named).cloned()).collect()
    }
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

fn of_both(realm: &[String], client: &BTreeMap<String, Vec<String>>) -> Vec<Named> {
    let of_clients = client
        .iter()
        .flat_map(|(client, names)| names.iter().map(move |name| Named::Client(client.clone(), name.clone())));
    realm.iter().cloned().map(Named::Realm).chain(of_clients).collect()
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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PasswordData {
    hash_iterations: u32,
    algorithm: String,
    additional_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordSecret {
    value: String,
    salt: String,
}

/// The hash of a password, or why it does not come.
fn password(credential: &Credential) -> Result<ForeignPassword, String> {
    let unreadable = || "its hash cannot be read".to_owned();
    let data = serde_json::from_str::<PasswordData>(&credential.credential_data).map_err(|_| unreadable())?;
    let secret = serde_json::from_str::<PasswordSecret>(&credential.secret_data).map_err(|_| unreadable())?;
    let parameter = |name: &str| data.additional_parameters.get(name).and_then(|values| values.first());
    let number = |name: &str| parameter(name).and_then(|value| value.parse().ok()).ok_or_else(unreadable);
    let function = match data.algorithm.as_str() {
        "pbkdf2" => Function::Pbkdf2(Digest::Sha1, data.hash_iterations),
        "pbkdf2-sha256" => Function::Pbkdf2(Digest::Sha256, data.hash_iterations),
        "pbkdf2-sha512" => Function::Pbkdf2(Digest::Sha512, data.hash_iterations),
        "argon2" if parameter("type").is_some_and(|kind| kind == "id") && is_current(parameter("version")) => {
            Function::Argon2id(number("memory")?, data.hash_iterations, number("parallelism")?)
        }
        _ => return Err("it is hashed by neither PBKDF2 nor argon2id 1.3".to_owned()),
    };
    let output = STANDARD.decode(&secret.value).map_err(|_| unreadable())?;
    let recipe =
        Recipe { function, salt: STANDARD.decode(&secret.salt).map_err(|_| unreadable())?, length: output.len() };
    recipe.check().map_err(|why| why.to_string())?;
    Ok(ForeignPassword { recipe, output })
}

fn is_current(version: Option<&String>) -> bool {
    version.is_none_or(|version| version == "1.3")
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtpData {
    sub_type: String,
    digits: u32,
    period: u32,
    algorithm: String,
    secret_encoding: Option<String>,
}

/// What an authenticator app makes its codes from. `None`: they are of another kind than those that are taken here.
fn totp(credential: &Credential) -> Option<Zeroizing<[u8; TOTP_BYTES]>> {
    #[derive(Deserialize)]
    struct Secret {
        value: Zeroizing<String>,
    }
    let data = serde_json::from_str::<OtpData>(&credential.credential_data).ok()?;
    let secret = serde_json::from_str::<Secret>(&credential.secret_data).ok()?.value;
    let is_ours =
        (data.sub_type.as_str(), data.digits, data.period, data.algorithm.as_str()) == ("totp", 6, 30, "HmacSHA1");
    let bytes = match data.secret_encoding.as_deref() {
        None => Zeroizing::new(secret.as_bytes().to_vec()),
        Some("BASE32") => Zeroizing::new(totp_rs::Secret::try_from_base32(&*secret).ok()?.as_ref().to_vec()),
        Some(_) => return None,
    };
    let bytes = <[u8; TOTP_BYTES]>::try_from(bytes.as_slice()).ok().filter(|_| is_ours)?;
    Some(Zeroizing::new(bytes))
}
