//! Every operation of the admin API: one table, of which the routes, the permissions and the document are made.

use crate::policy::permission::Permission::{
    self, ApisRead, ApisWrite, AuditRead, ClientsRead, ClientsWrite, KeysRead, KeysWrite, NetworksRead, NetworksWrite,
    RolesRead, RolesWrite, SessionsWrite, SettingsRead, SettingsWrite, UsersRead, UsersWrite,
};

/// Something that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name, for generated code and for several changes in one request.
    pub id: &'static str,
    /// The method, in small letters.
    pub method: &'static str,
    /// The path, with `{names}` in it.
    pub path: &'static str,
    /// What may stand in the query, beside `limit` and `after` of lists.
    pub query: &'static [&'static str],
    /// What the caller must be permitted. `None`: what each of the operations in the body asks for.
    pub permission: Option<Permission>,
    /// People must have proven lately who they are for it; a client needs [`Permission::Unattended`] too.
    pub recent: bool,
    /// When it comes to an end, if it does.
    pub deprecated: Option<Deprecated>,
    /// What it does, in a sentence.
    pub meaning: &'static str,
    /// The schema of the body. Empty: none is sent.
    pub body: &'static str,
    /// The status of success, and the schema of what is answered with it. Empty: nothing.
    pub answer: (u16, &'static str),
}

/// When an operation comes to an end, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// Since when it is not to be used any more.
    pub since: i64,
    /// When it may be gone.
    pub until: i64,
}

impl Operation {
    /// Whether it replaces a thing by what is sent, which must be made from the newest revision.
    #[must_use]
    pub const fn replaces(&self) -> bool {
        matches!(self.method.as_bytes(), b"put") && !self.answer.1.is_empty()
    }

    /// Whether it answers with a page of a list.
    #[must_use]
    pub fn lists(&self) -> bool {
        self.answer.1.ends_with("List")
    }
}

/// Makes the table below.
macro_rules! operations {
    ($($name:ident = $id:literal $method:literal $path:literal $([$($query:literal)+])?, $permission:ident $($recent:ident)?,
        $body:literal => $status:literal $answer:literal, $meaning:literal $(, from $since:literal until $until:literal)?;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: Operation = Operation {
                id: $id,
                method: $method,
                path: concat!("/api/v1", $path),
                query: &[$($($query),+)?],
                permission: operations!(@permission $permission),
                recent: operations!(@recent $($recent)?),
                deprecated: operations!(@deprecated $($since $until)?),
                meaning: $meaning,
                body: $body,
                answer: ($status, $answer),
            };
        )+

        /// All, in the order of the table.
        pub const ALL: &[Operation] = &[$($name),+];
    };
    (@permission each) => { None };
    (@permission $permission:ident) => { Some($permission) };
    (@deprecated) => { None };
    (@deprecated $since:literal $until:literal) => { Some(Deprecated { since: $since, until: $until }) };
    (@recent) => { false };
    (@recent recent) => { true };
}

operations! {
    MAKE_CHANGES = "makeChanges" "post" "/changes", each, "Changes" => 200 "Made",
        "Makes up to 100 changes in this order, all or none. Each is an operation of this API by its name.";
    SHOW_REGISTRY = "showRegistry" "get" "/registry", ClientsRead, "" => 200 "Registry",
        "Shows all APIs, roles and clients as one document, without secrets.";
    PLAN_REGISTRY = "planRegistry" "post" "/registry/plan", ClientsRead, "WantedRegistry" => 200 "RegistryPlan",
        "Says what would have to change for the registry to be what a document says, and changes nothing.";
    APPLY_REGISTRY = "applyRegistry" "post" "/registry/apply", ClientsRead recent, "WantedRegistry" => 200 "AppliedRegistry",
        "Makes the registry what a document says: all of it, or nothing. Each change asks for its own permission.";
    LIST_CLIENTS = "listClients" "get" "/clients" ["q" "type"], ClientsRead, "" => 200 "ClientList", "Lists clients by name.";
    REGISTER_CLIENT = "registerClient" "post" "/clients", ClientsWrite recent, "NewClient" => 201 "ClientWithSecret",
        "Registers a client. Its secret is in this answer and nowhere else.";
    SHOW_CLIENT = "showClient" "get" "/clients/{id}", ClientsRead, "" => 200 "Client", "Shows a client.";
    REPLACE_CLIENT = "replaceClient" "put" "/clients/{id}", ClientsWrite, "ClientMetadata" => 200 "Client",
        "Replaces all metadata of a client. What is not given has its default.";
    DELETE_CLIENT = "deleteClient" "delete" "/clients/{id}", ClientsWrite recent, "" => 204 "",
        "Deletes a client, with everything that it was granted.";
    ENABLE_CLIENT = "enableClient" "post" "/clients/{id}/enable", ClientsWrite, "" => 200 "Client", "Switches a client on.";
    DISABLE_CLIENT = "disableClient" "post" "/clients/{id}/disable", ClientsWrite, "" => 200 "Client",
        "Switches a client off. It loses every grant and token that it has.";
    GIVE_CLIENT = "giveClient" "post" "/clients/{id}/owner", ClientsWrite recent, "Owner" => 200 "Client",
        "Gives a client to another owner, or to nobody.";
    ROTATE_SECRET = "rotateSecret" "post" "/clients/{id}/secrets", ClientsWrite recent, "Rotation" => 201 "NewSecret",
        "Gives a client a new secret of this `name`, which is in this answer and nowhere else. The one it had of this name works for `overlap` seconds more.";
    END_SECRET = "endSecret" "delete" "/clients/{id}/secrets/{secret_id}", ClientsWrite recent, "" => 204 "",
        "Ends one of a client's secrets now. The last one that works cannot be ended.";
    LIST_APIS = "listApis" "get" "/apis", ApisRead, "" => 200 "ApiList", "Lists APIs by identifier.";
    REGISTER_API = "registerApi" "post" "/apis", ApisWrite, "ApiSettings" => 201 "Api", "Registers an API with its scopes.";
    SHOW_API = "showApi" "get" "/apis/{id}", ApisRead, "" => 200 "Api", "Shows an API.";
    REPLACE_API = "replaceApi" "put" "/apis/{id}", ApisWrite, "ApiSettings" => 200 "Api",
        "Replaces all settings of an API but its identifier. Scopes that are gone are taken from roles and clients.";
    DELETE_API = "deleteApi" "delete" "/apis/{id}", ApisWrite, "" => 204 "", "Deletes an API with its scopes.";
    LIST_ROLES = "listRoles" "get" "/roles", RolesRead, "" => 200 "RoleList", "Lists roles by name.";
    ADD_ROLE = "addRole" "post" "/roles", RolesWrite recent, "NewRole" => 201 "Role", "Adds a role.";
    SHOW_ROLE = "showRole" "get" "/roles/{name}", RolesRead, "" => 200 "Role", "Shows a role.";
    REPLACE_ROLE = "replaceRole" "put" "/roles/{name}", RolesWrite recent, "RoleSettings" => 200 "Role",
        "Replaces all settings of a role but its name and its office.";
    DELETE_ROLE = "deleteRole" "delete" "/roles/{name}", RolesWrite recent, "" => 204 "",
        "Deletes a role. Its users lose it.";
    LIST_USERS = "listUsers" "get" "/users" ["q"], UsersRead, "" => 200 "UserList",
        "Lists users by username. Deleted ones are among them, until they are erased.";
    ADD_USER = "addUser" "post" "/users", UsersWrite recent, "UserSettings" => 201 "User",
        "Adds a user, and mails them an invitation if they have an address.";
    SHOW_USER = "showUser" "get" "/users/{id}", UsersRead, "" => 200 "User", "Shows a user.";
    REPLACE_USER = "replaceUser" "put" "/users/{id}", UsersWrite recent, "UserSettings" => 200 "User",
        "Replaces all details and roles of a user but the username.";
    DELETE_USER = "deleteUser" "delete" "/users/{id}", UsersWrite recent, "" => 204 "",
        "Deletes a user. They can be restored for 29 days; until then nothing else of them can be changed.";
    ENABLE_USER = "enableUser" "post" "/users/{id}/enable", UsersWrite recent, "" => 200 "User", "Switches a user on.";
    DISABLE_USER = "disableUser" "post" "/users/{id}/disable", UsersWrite recent, "" => 200 "User",
        "Switches a user off. Their sessions end, and their grants are revoked.";
    RESTORE_USER = "restoreUser" "post" "/users/{id}/restore", UsersWrite recent, "" => 200 "User",
        "Brings a deleted user back, disabled.";
    MAIL_LINK = "mailLink" "post" "/users/{id}/links", UsersWrite recent, "Link" => 204 "",
        "Mails a user a link to choose their first password, or a new one.";
    LIFT_HOLD = "liftHold" "delete" "/users/{id}/hold", UsersWrite recent, "" => 204 "",
        "Lifts the hold that somebody at an earlier address of the user set.";
    LIST_FACTORS = "listFactors" "get" "/users/{id}/factors", UsersRead, "" => 200 "FactorList",
        "Lists what a user proves themselves by beside the password.";
    RESET_FACTORS = "resetFactors" "delete" "/users/{id}/factors", UsersWrite recent, "" => 204 "",
        "Takes all factors and recovery codes from a user who has lost them. They are signed out everywhere.";
    LIST_SESSIONS = "listSessions" "get" "/users/{id}/sessions", UsersRead, "" => 200 "SessionList",
        "Lists where a user is signed in, the last seen first.";
    END_SESSIONS = "endSessions" "delete" "/users/{id}/sessions", SessionsWrite, "" => 204 "",
        "Signs a user out everywhere.";
    END_SESSION = "endSession" "delete" "/users/{id}/sessions/{session_id}", SessionsWrite, "" => 204 "",
        "Ends one session of a user.";
    LIST_CONSENTS = "listConsents" "get" "/users/{id}/consents", UsersRead, "" => 200 "ConsentList",
        "Lists what a user allowed clients, the newest first.";
    WITHDRAW_CONSENT = "withdrawConsent" "delete" "/users/{id}/consents/{client_id}", SessionsWrite, "" => 204 "",
        "Withdraws what a user allowed a client. The grants that came of it are revoked.";
    LIST_OPEN_SESSIONS = "listOpenSessions" "get" "/sessions" ["q" "for" "by" "factor" "idle"], UsersRead, "" => 200 "OpenSessionList",
        "Lists who is signed in, and where, the latest first. `q`: words of the user's names and addresses, or an IP address; `for`: `applications` or `console`; `by`: `password` alone, `code` or `passkey`; `factor`: a second one, `some` or `none`; `idle`: not used for so many minutes.";
    END_OPEN_SESSION = "endOpenSession" "delete" "/sessions/{id}", SessionsWrite, "" => 204 "",
        "Ends one session, whosever it is.";
    LIST_KEYS = "listKeys" "get" "/keys", KeysRead, "" => 200 "KeyList", "Lists the keys that sign tokens, without private parts.";
    ROTATE_KEYS = "rotateKeys" "post" "/keys/rotate", KeysWrite recent, "KeyRotation" => 200 "KeyList",
        "Puts the next key of one algorithm, or of all, to use. What the old ones signed stays good until it expires.";
    WITHDRAW_KEY = "withdrawKey" "delete" "/keys/{kid}", KeysWrite recent, "" => 204 "",
        "Withdraws a key at once. What it signed is no token of ours any more.";
    LIST_BLOCKED_NETWORKS = "listBlockedNetworks" "get" "/blocked-networks", NetworksRead, "" => 200 "BlockedNetworkList",
        "Lists the networks that are blocked; those whose time is over are not.";
    BLOCK_NETWORK = "blockNetwork" "post" "/blocked-networks", NetworksWrite recent, "NetworkToBlock" => 201 "BlockedNetwork",
        "Refuses whatever comes from a network, on every server within a second, until its time is over. One that is blocked already gets the new end and the new reason.";
    UNBLOCK_NETWORK = "unblockNetwork" "delete" "/blocked-networks/{id}", NetworksWrite recent, "" => 204 "",
        "Lets a network in again.";
    SHOW_SETTINGS = "showSettings" "get" "/settings", SettingsRead, "" => 200 "Settings",
        "Shows which settings are in force on the server that answers, and from where; of secrets, whether they are set.";
    EXPLAIN = "explain" "get" "/why" ["client_id" "user" "scope" "resource"], ClientsRead, "" => 200 "Explanation",
        "Says what a token of a client would hold now, for a user if one is named, and why each scope is in it or not. Nothing is issued.";
    SHOW_LOGO = "showLogo" "get" "/branding/logo", SettingsRead, "" => 200 "Logo", "Shows which logo was uploaded.";
    UPLOAD_LOGO = "uploadLogo" "put" "/branding/logo", SettingsWrite, "Image" => 204 "",
        "Shows this image on every page, in the place of the one before.";
    REMOVE_LOGO = "removeLogo" "delete" "/branding/logo", SettingsWrite, "" => 204 "",
        "Goes back to the logo that the settings name, if they name one.";
    LIST_EVENTS = "listAuditEvents" "get" "/audit-events" ["event" "client_id" "subject" "actor" "from" "until"], AuditRead,
        "" => 200 "EventList", "Lists the audit trail, the newest first. `event` covers what begins with it and a dot.";
}
