//! What the page of each purpose asks, and where it leads.

use crate::accounts::link::Purpose;

/// The page of one purpose. Its texts are keys.
pub struct LinkPage {
    /// What it asks, in a few words.
    pub heading: &'static str,
    /// What it asks, in a sentence that may name the `username` (or `user`) and the `address`.
    pub lead: &'static str,
    /// The button that does it.
    pub button: &'static str,
    /// The id of its form.
    pub form: &'static str,
    /// What is said once it is done.
    pub done: Done,
    /// Where there is another link, if this one does not work any more.
    pub another: Option<&'static str>,
}

/// The page after it.
pub struct Done {
    /// Its path.
    pub path: &'static str,
    /// What happened, in a few words.
    pub heading: &'static str,
    /// What that means, in a sentence or two.
    pub what: &'static str,
    /// Where to go on: a path, and its text.
    pub onward: Option<(&'static str, &'static str)>,
}

/// Leads to the sign-in, which asks for the other factors (LG-22).
const PASSWORD_SET: Done = Done {
    path: "/recover/done",
    heading: "recovery-done",
    what: "recovery-done-what",
    onward: Some(("/account", "recovery-sign-in")),
};

/// The page of a purpose.
#[must_use]
pub const fn page_of(purpose: Purpose) -> LinkPage {
    match purpose {
        Purpose::Invitation => LinkPage {
            heading: "invitation-heading",
            lead: "invitation-lead",
            button: "new-password-button",
            form: "new-password",
            done: PASSWORD_SET,
            another: Some("/recover"),
        },
        Purpose::Recovery => LinkPage {
            heading: "recovery-set-heading",
            lead: "recovery-set-lead",
            button: "new-password-button",
            form: "new-password",
            done: PASSWORD_SET,
            another: Some("/recover"),
        },
        Purpose::Registration => LinkPage {
            heading: "registration-form-heading",
            lead: "registration-form-lead",
            button: "registration-form-button",
            form: "registration",
            done: Done {
                path: "/register/done",
                heading: "registration-done",
                what: "registration-done-what",
                onward: Some(("/account", "recovery-sign-in")),
            },
            another: Some("/register"),
        },
        Purpose::Email => LinkPage {
            heading: "email-confirm-heading",
            lead: "email-confirm-lead",
            button: "email-confirm-button",
            form: "email",
            done: Done {
                path: "/verify-email/done",
                heading: "email-confirmed",
                what: "email-confirmed-what",
                onward: Some(("/account", "email-to-account")),
            },
            another: None,
        },
        Purpose::EmailUndo => LinkPage {
            heading: "email-undo-heading",
            lead: "email-undo-lead",
            button: "email-undo-button",
            form: "email",
            done: Done {
                path: "/undo-email/done",
                heading: "email-undone",
                what: "email-undone-what",
                onward: Some(("/recover", "email-undone-recover")),
            },
            another: None,
        },
        Purpose::Hold => LinkPage {
            heading: "hold-heading",
            lead: "hold-lead",
            button: "hold-button",
            form: "email",
            done: Done { path: "/hold-account/done", heading: "hold-done", what: "hold-done-what", onward: None },
            another: None,
        },
    }
}
