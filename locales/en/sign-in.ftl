# Sign-in: a username and a password.

sign-in-heading = Sign in
sign-in-for = to continue to { $client }
sign-in-username = Username
sign-in-password = Password
sign-in-button = Sign in
sign-in-cancel = Cancel and go back to { $client }
sign-in-wrong = The username or password is not right. Check both and try again.
sign-in-busy = Many people are signing in right now. Try again in a few seconds.
sign-in-console = Sign in to the console
sign-in-passkey = Sign in with a passkey
sign-in-forgotten = Forgotten your password?
sign-in-register = Open an account
sign-in-weak = Your password came here from another system, and is not strong enough for this one. Choose a new one: follow the link for a forgotten password.
sign-in-separated = This account administers this installation, and is kept apart from applications. Sign in with another account.
sign-in-throttled = Too many sign-ins have failed. Wait some minutes, then try again.
