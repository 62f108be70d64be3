//! Every setting, with its default and its meaning: the table of docs/operations.md, which a test writes from here.

/// Settings that belong together.
pub struct Group {
    /// What they are about.
    pub name: &'static str,
    /// Each of them.
    pub settings: &'static [Setting],
}

/// A setting that there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in the file.
    pub key: &'static str,
    /// What holds if it is not given, as Markdown.
    pub default: &'static str,
    /// What it is for, as Markdown.
    pub meaning: &'static str,
    /// Nobody may see it.
    pub is_secret: bool,
}

const fn setting(key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, default, meaning, is_secret: false }
}

const fn secret(key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, default, meaning, is_secret: true }
}

/// All of them, in the order of the document.
pub const GROUPS: &[Group] = &[
    Group {
        name: "Server",
        settings: &[
            setting(
                "issuer",
                "required",
                "The `https` URL under which everybody reaches the server: an origin, without a path. `http` for loopback only.",
            ),
            setting(
                "listen",
                "`127.0.0.1:8080`",
                "Address and port. What is not loopback is served with `tls.certificate` and `tls.key`, or behind `trusted_proxies`.",
            ),
            setting(
                "tls.certificate",
                "none",
                "The path of a PEM file: our certificate, then those that lead to its authority. With it `listen` speaks [TLS](#tls).",
            ),
            setting("tls.key", "none", "The path of a PEM file: the private key of the certificate."),
            setting(
                "tls.mtls_listen",
                "none",
                "Address and port of a second listener, which asks clients for a certificate of theirs: see [Mutual TLS](#mutual-tls).",
            ),
            setting(
                "tls.mtls_url",
                "the issuer's host, at the port of `tls.mtls_listen`",
                "The `https` URL under which clients reach the place where they show certificates.",
            ),
            setting(
                "tls.client_cert_header",
                "`false`",
                "Whether `trusted_proxies` say in `Client-Cert` (RFC 9440) which certificate a client has shown to them. They must remove what clients send in it.",
            ),
            setting(
                "tls.client_ca",
                "none",
                "The path of a PEM file: the authorities that vouch for the certificates of clients.",
            ),
            setting(
                "tls.client_crl",
                "none",
                "The path of a PEM file: the lists of certificates that these authorities have revoked.",
            ),
            setting("operations.listen", "`127.0.0.1:9090`", "Where `/livez`, `/readyz` and `/metrics` answer."),
            setting(
                "trusted_proxies",
                "none",
                "Networks or addresses whose `X-Forwarded-For` and `X-Request-Id` are believed, and `Client-Cert` with `tls.client_cert_header`.",
            ),
            setting(
                "additional_hosts",
                "none",
                "What `Host` may say beside the issuer's host, with the port if it is not 443.",
            ),
            setting("log.level", "`info`", "`error`, `warn`, `info`, `debug` or `trace`."),
        ],
    },
    Group {
        name: "Database and keys",
        settings: &[
            secret(
                "database.url",
                "required",
                "`postgres://user:password@host/name`. Add `?sslmode=verify-full` across a network.",
            ),
            secret(
                "database.owner_url",
                "none",
                "The same database, reached by the role that owns its tables: see [Two database roles](#two-database-roles). Only `portcullis migrate` uses it; keep it from the servers.",
            ),
            setting(
                "database.require_verified_tls",
                "`true`",
                "Whether a database on another machine must be reached by TLS and prove its name: `sslmode=verify-full` in `database.url`, with `sslrootcert=FILE` for an authority of your own.",
            ),
            setting(
                "database.max_connections",
                "`16`",
                "For each server; 1 to 1000. More than about twice the cores of the database, over all servers, make it slower.",
            ),
            secret("master_key", "required", "32 random bytes in base64, base64url or hexadecimal."),
            secret(
                "other_master_key",
                "none",
                "A second master key, which opens what it sealed and seals nothing: while [one takes the place of the other](#backup-and-what-the-master-key-means-for-it).",
            ),
            setting(
                "cache.clients_bytes",
                "`33554432`",
                "How much memory each node may use for clients; 32 MiB hold some 10,000. Clients that are used beyond that are read from the database each time.",
            ),
            secret(
                "redis.url",
                "none",
                "A Redis or Valkey that counts requests for all servers together: `rediss://`, `redis://` or `unix://`.",
            ),
        ],
    },
    Group {
        name: "What people see",
        settings: &[
            setting("name", "`Portcullis`", "What pages call this installation; 1 to 100 characters."),
            setting(
                "language",
                "`en`",
                "Which language users read whose browser asks for none that we have: `en`, `cy` (Welsh) or `mi` (Māori).",
            ),
            setting(
                "branding.logo",
                "none",
                "The path of a PNG, JPEG or WebP image of at most 1 MiB and 2,000 pixels in width and height. One that is uploaded in the console goes before it.",
            ),
            setting(
                "branding.accent",
                "ours",
                "The colour of links and buttons on light pages, as `#rrggbb`; only with `branding.accent_dark`. A colour that cannot be read is refused with its contrast.",
            ),
            setting("branding.accent_dark", "ours", "The same on dark pages."),
            setting(
                "links.privacy",
                "none",
                "Where users read what is done with their data: a link at the foot of every page, `https:` or `mailto:`.",
            ),
            setting("links.terms", "none", "Where they read the terms of use."),
            setting("links.support", "none", "Where they find help."),
            setting(
                "links.accessibility",
                "`/accessibility`",
                "Your own accessibility statement in the place of [ours](accessibility.md).",
            ),
            setting(
                "security.contact",
                "none",
                "A `mailto:` or `https:` URI. With it, `/.well-known/security.txt` exists.",
            ),
        ],
    },
    Group {
        name: "Accounts",
        settings: &[
            setting(
                "registration",
                "`false`",
                "Whether users may open accounts themselves, with their e-mail address as username.",
            ),
            setting(
                "account.editable_claims",
                "`name`, `given_name`, `family_name`, `nickname`, `locale`",
                "Which claims users may change of themselves in their account; an empty list: none. See [What is known of a user](users.md#who-changes-it).",
            ),
            setting(
                "passwords.breach_check_url",
                "none",
                "Where new passwords are looked up in a list of stolen ones: five digits of a SHA-1 are added (`…/range/5BAA6`). If it does not answer in 1.5 s, the password counts as not listed.",
            ),
            setting(
                "separation_of_duties",
                "`true`",
                "Whether accounts that administer are kept out of client applications: see [Who must prove how much](#who-must-prove-how-much).",
            ),
        ],
    },
    Group {
        name: "Tokens and their record",
        settings: &[
            setting(
                "token.refresh_grace",
                "`10`",
                "Seconds, 0 to 60, for which a used refresh token excuses a lost answer.",
            ),
            setting(
                "dpop.require_nonce",
                "`false`",
                "Whether a DPoP proof must have a nonce of ours, so that none can be made ahead: each client then asks twice now and then (RFC 9449 §8).",
            ),
            setting(
                "audit.token_issuance",
                "`database`",
                "Where the record of a token goes that writes no other row: `database` (durable before the token leaves) or `log`.",
            ),
        ],
    },
    Group {
        name: "Mail",
        settings: &[
            secret(
                "mail.smtp_url",
                "none",
                "The mail server: `smtps://name:password@host` (TLS at once), or `smtp://…` (STARTTLS, without which nothing is sent); `?tls=none` on this machine only. Without it mail waits in the database, and `doctor` and the log say so.",
            ),
            setting("mail.from", "none", "Whom mail is from: `Example <no-reply@example.org>`."),
            setting(
                "mail.ca_file",
                "the system's",
                "A file of certificates (PEM): the only authorities that vouch for the mail server.",
            ),
        ],
    },
    Group {
        name: "Calls to others",
        settings: &[
            setting(
                "outbound.allowed_networks",
                "none",
                "Networks or addresses that the server may call although they are not public: see [Calls that the server makes](#calls-that-the-server-makes).",
            ),
            setting(
                "outbound.allowed_ports",
                "none",
                "Ports that clients may name in a `backchannel_logout_uri` beside 443, as texts: `[\"8443\"]`.",
            ),
            setting(
                "outbound.ca_file",
                "none",
                "A file of certificates (PEM) that are trusted for such calls beside those of the operating system.",
            ),
            setting(
                "client_metadata_documents.allowed_hosts",
                "none: off",
                "Hosts whose clients may describe themselves, each with the scopes that they may have at most: see [Clients that describe themselves](#clients-that-describe-themselves).",
            ),
        ],
    },
    Group {
        name: "Defence",
        settings: &[
            setting(
                "defence.address_failures",
                "`30`",
                "Sign-ins that may fail in a minute from one address (IPv6: one /64).",
            ),
            setting(
                "defence.block_failures",
                "`30`",
                "The same from the block of an address (/24, IPv6 /48). Raise it where many users share a block.",
            ),
            setting(
                "defence.address_connections",
                "`512`",
                "Connections that one address (IPv6: one /64) may have open at once; `trusted_proxies` and `defence.allowed_networks` have no such limit.",
            ),
            setting(
                "defence.tighten_above",
                "`60`",
                "Sign-ins that may fail in a minute in the whole installation before all limits are halved; at four times as many they are quartered.",
            ),
            setting(
                "defence.allowed_networks",
                "none",
                "Networks that are not limited by address: an office, a load test. Accounts are limited all the same.",
            ),
            setting("defence.denied_networks", "none", "Networks that are refused altogether."),
            setting(
                "console.allowed_networks",
                "all",
                "From where the console can be reached, and the admin API by people.",
            ),
            setting(
                "rate_limits.pages",
                "`20`",
                "Requests in a second for pages and the beginning of sign-ins, from each address: see [Limits](#limits).",
            ),
            setting(
                "rate_limits.tokens",
                "`200`",
                "The same for issuing and revoking tokens, from each address and each client.",
            ),
            setting(
                "rate_limits.questions",
                "`2000`",
                "The same for introspection, userinfo, keys and metadata, from each address and each client.",
            ),
            setting(
                "rate_limits.api",
                "`50`",
                "The same for the admin API, from each client that calls it by itself and each user.",
            ),
        ],
    },
];
