//! Every operation of the admin API: one table, of which the routes, the permissions and the document are made.

use crate::policy::permission::Permission::{
    self, ApisRead, ApisWrite, ClientsRead, ClientsWrite, RolesRead, RolesWrite, UsersRead, UsersWrite,
};

/// Something that can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name, for generated code.
    pub id: &'static str,
    /// The method, in small letters.
    pub method: &'static str,
    /// The path, with `{names}` in it.
    pub path: &'static str,
    /// What the caller must be permitted.
    pub permission: Permission,
    /// People must have proven lately who they are for it; a client needs [`Permission::Unattended`] too.
    pub recent: bool,
    /// What it does, in a sentence.
    pub meaning: &'static str,
    /// The schema of the body. Empty: none is sent.
    pub body: &'static str,
    /// The status of success, and the schema of what is answered with it. Empty: nothing.
    pub answer: (u16, &'static str),
}

/// Makes the table below.
macro_rules! operations {
    ($($name:ident = $id:literal $method:literal $path:literal, $permission:ident $($recent:ident)?,
        $body:literal => $status:literal $answer:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: Operation = Operation {
                id: $id,
                method: $method,
                path: concat!("/api/v1", $path),
                permission: $permission,
                recent: operations!(@recent $($recent)?),
                meaning: $meaning,
                body: $body,
                answer: ($status, $answer),
            };
        )+

        /// All, in the order of the table.
        pub const ALL: &[Operation] = &[$($name),+];
    };
    (@recent) => { false };
    (@recent recent) => { true };
}

operations! {
    LIST_CLIENTS = "listClients" "get" "/clients", ClientsRead, "" => 200 "ClientList", "Lists clients by name.";
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
    ROTATE_SECRET = "rotateSecret" "post" "/clients/{id}/secrets", ClientsWrite recent, "Rotation" => 201 "NewSecret",
        "Gives a client a new secret, which is in this answer and nowhere else. The one it had works for `overlap` seconds more.";
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
        "Replaces all settings of a role.";
    DELETE_ROLE = "deleteRole" "delete" "/roles/{name}", RolesWrite recent, "" => 204 "",
        "Deletes a role. Its users lose it.";
    LIST_USERS = "listUsers" "get" "/users", UsersRead, "" => 200 "UserList", "Lists users by username.";
    ADD_USER = "addUser" "post" "/users", UsersWrite recent, "UserSettings" => 201 "User",
        "Adds a user, and mails them an invitation if they have an address.";
    SHOW_USER = "showUser" "get" "/users/{id}", UsersRead, "" => 200 "User", "Shows a user.";
    REPLACE_USER = "replaceUser" "put" "/users/{id}", UsersWrite recent, "UserSettings" => 200 "User",
        "Replaces all details and roles of a user but the username.";
    DELETE_USER = "deleteUser" "delete" "/users/{id}", UsersWrite recent, "" => 204 "",
        "Deletes a user. They can be restored for 29 days.";
    ENABLE_USER = "enableUser" "post" "/users/{id}/enable", UsersWrite recent, "" => 200 "User", "Switches a user on.";
    DISABLE_USER = "disableUser" "post" "/users/{id}/disable", UsersWrite recent, "" => 200 "User",
        "Switches a user off. Their sessions end, and their grants are revoked.";
    RESTORE_USER = "restoreUser" "post" "/users/{id}/restore", UsersWrite recent, "" => 200 "User",
        "Brings a deleted user back, disabled.";
}
