# The overview of a person’s account.

account-heading = Your account
account-person = You are signed in as { $person }.
account-sign-out = Sign out
account-page-details-what = Your name and what else applications may see of you.
account-page-password-what = Change your password.
account-page-email-what = Change where we write to you.
account-page-factors-what = Authenticator apps, passkeys and recovery codes.
account-page-sessions-what = Browsers and devices. End what you do not know.
account-page-applications-what = What you allowed, and a way to withdraw it.
account-page-activity-what = Sign-ins and changes of the last 90 days.
account-page-delete-what = Remove your account and what we know of you.
