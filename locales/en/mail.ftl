# Mail. A subject is one line; a link stands below the text.
mail-greeting = Hello,
mail-footer = { $installation } sent this mail, because it concerns an account at { $issuer }. You cannot reply to it.
mail-not-you = If this was not you, somebody else may know your password. Set a new one now: { $link }

mail-invitation-subject = Your account at { $installation }
mail-invitation-text = An account at { $installation } has been made for you. Choose a password to begin. The link works once, for 20 minutes. If it has ended when you get to it, the page it leads to sends you another one.
mail-invitation-action = Choose a password

mail-recovery-subject = Set a new password at { $installation }
mail-recovery-text = Somebody asked to set a new password for your account at { $installation }. If it was you, go on here. The link works once, for 20 minutes. If it was not you, do nothing: your password stays as it is.
mail-recovery-action = Set a new password

mail-registration-subject = Open your account at { $installation }
mail-registration-text = Somebody asked to open an account at { $installation } with this address. If it was you, go on here. The link works once, for 20 minutes. If it was not you, do nothing: no account is made.
mail-registration-action = Open the account

mail-already-registered-subject = You have an account at { $installation }
mail-already-registered-text = Somebody asked to open an account at { $installation } with this address, but you have one already. If it was you, sign in with it, or set a new password if you have forgotten yours. If it was not you, do nothing: your account stays as it is.

mail-verify-email-subject = Confirm your email address at { $installation }
mail-verify-email-text = Confirm that this is to be the email address of the account { $person } at { $installation }. The link works once, for 20 minutes. If you did not ask for this, or it is not your account, do nothing: the address is not used.
mail-verify-email-action = Confirm the address

mail-email-changed-subject = Your email address at { $installation } was changed
mail-email-changed-text = On { $when } somebody who was signed in to your account at { $installation } gave it another email address, and this one is no longer used. If it was you, there is nothing to do. If it was not you, take the address back. If that does not work any more, hold the account: then nobody can set a new password by mail until an administrator has looked at it. Each link works once, for 7 days.
mail-email-changed-action = Take the address back

mail-email-lost-person-text = On { $when } somebody who was signed in to your account at { $installation } gave it another email address, and this one is no longer used. If it was you, there is nothing to do. If it was not you, hold the account: then nobody can set a new password by mail until an administrator has looked at it. The link works once, for 7 days.
mail-email-lost-administrator-text = On { $when } an administrator changed or removed the email address of your account at { $installation }, and this one is no longer used. If you know why, there is nothing to do. If you do not, hold the account: then nobody can set a new password by mail until an administrator has looked at it. The link works once, for 7 days.
mail-email-lost-undo-text = On { $when } an earlier email address of your account at { $installation } was put back, by a link that was mailed there, and this one is no longer used. If it was you, there is nothing to do. If it was not you, hold the account: then nobody can set a new password by mail until an administrator has looked at it. The link works once, for 7 days.
mail-hold-action = Hold the account

mail-takeover-reported-subject = Somebody may be taking over an account at { $installation }
mail-takeover-reported-text = On { $when } somebody who reads mail at an earlier address of the account { $person } said that its person did not change the address. The account is held: nobody can set a new password by mail. Look at its history, find out by another way than mail whose the account is, and lift the hold then.
mail-takeover-reported-action = Open the account in the console

mail-password-changed-subject = Your password at { $installation } was changed
mail-password-changed-text = The password of your account at { $installation } was changed. All other sign-ins have ended.

mail-factor-added-subject = A new way to sign in at { $installation }
mail-factor-added-text = “{ $name }” can now be used to sign in to your account at { $installation }.

mail-factor-removed-subject = A way to sign in at { $installation } was removed
mail-factor-removed-text = “{ $name }” can no longer be used to sign in to your account at { $installation }.

mail-recovery-codes-made-subject = New recovery codes at { $installation }
mail-recovery-codes-made-text = New recovery codes were made for your account at { $installation }. Those you had before no longer work.

mail-new-device-subject = A new sign-in at { $installation }
mail-new-device-text = Your account at { $installation } was used from a device that we did not know: { $device }, { $place }.

mail-account-deleted-subject = Your account at { $installation } was deleted
mail-account-deleted-text = Your account at { $installation } was deleted. Within 30 days everything we know about you is erased. If you want the account back, tell the people who run { $installation } before that.

mail-by-administrator-subject = Your account at { $installation } was changed
mail-disabled-text = An administrator disabled your account at { $installation }: you cannot sign in with it, and what clients were allowed has ended. If you do not know why, ask the people who run { $installation }.
mail-enabled-text = An administrator enabled your account at { $installation }: you can sign in with it again. If you do not know why, ask the people who run { $installation }.
mail-restored-text = An administrator restored your account at { $installation }, which had been deleted. It is disabled until they enable it. If you do not want it back, tell the people who run { $installation }.
mail-roles-changed-text = An administrator changed the roles of your account at { $installation }, so what applications may do for you may have changed. If you do not know why, ask the people who run { $installation }.
mail-sessions-ended-text = An administrator ended sign-ins to your account at { $installation }. You can sign in again. If you do not know why, ask the people who run { $installation }.
