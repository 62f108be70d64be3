# What people prove themselves by beside the password: authenticator apps, passkeys, recovery codes.

factors-heading = Passkeys and codes
factors-lead = With one of these beside your password, nobody gets in who only knows the password. Have two, so that losing one does not shut you out.
factors-none = You have none yet.
factors-app = Authenticator app
factors-passkey = Passkey
factors-column-name = Name
factors-column-kind = What it is
factors-column-added = Added
factors-column-used = Last used
factors-never = Never
factors-full = You have as many as an account can have. Remove one before you add another.
factors-back = Back to passkeys and codes

# What was done
factors-added = It is added, and counts from now on. Your other sign-ins have ended.
factors-renamed = The name is changed.
factors-removed = It is removed. Your other sign-ins have ended.

# One factor
factors-name = Name
factors-name-hint = How you will recognise it, such as the device it is on.
factors-name-wrong = Enter a name of 1 to 100 characters, all of them visible.
factors-rename = Save name
factors-remove-heading = Remove
factors-remove-lead = It will not let you in any more. Your other sign-ins will end.
factors-remove = Remove it
factors-needed = Your account must have one of these. Add another before you remove this one.
factors-needed-by-password = Your password has fewer than { $least } characters, so it needs one of these beside it. Choose a longer password or add another of these before you remove this one.

# An authenticator app
factors-app-heading = Add an authenticator app
factors-app-lead = An authenticator app, on your phone for example, shows a new code of 6 digits every 30 seconds.
factors-app-begin = Continue
factors-app-scan = Scan this picture with the app.
factors-app-picture = QR code that holds the secret
factors-app-open = Open the app on this device
factors-app-type = If you cannot scan it, type this secret into the app:
factors-app-code = Code
factors-app-code-hint = The 6 digits that the app shows now.
factors-app-confirm = Add the app
factors-app-again = Start again with another secret
factors-app-wrong = This is not the code that the app shows. Wait for the next one, and check that the device’s clock is right.

# A passkey
factors-passkey-heading = Add a passkey
factors-passkey-lead = A passkey is a key on this device, on your phone or on a security key. You use it with your finger, your face or a PIN, and no false page can steal it.
factors-passkey-button = Create the passkey
factors-passkey-failed = The browser did not finish, and nothing was done. Try again.
factors-passkey-missing = This browser has no passkeys. Use another browser or another way.
factors-passkey-script = Passkeys need JavaScript, which is switched off in this browser.
factors-passkey-nowhere = Passkeys need a server with a name, and this one is reached by an address of numbers.
factors-passkey-refused = The passkey could not be accepted. Try again.
factors-passkey-known = This passkey is registered already.

# Recovery codes
factors-codes-heading = Recovery codes
factors-codes-lead = Each of them lets you in once, for the day when you have lost everything else. Keep them on paper or in a password manager.
factors-codes-none = You have none.
factors-codes-left = { $count ->
    [one] You have 1 code left.
   *[other] You have { $count } codes left.
}
factors-codes-made = Made
factors-codes-make = Make recovery codes
factors-codes-make-new = Make new recovery codes
factors-codes-replace = If you make new codes, those that you have now stop working.
factors-codes-later = Add an authenticator app or a passkey first. Recovery codes stand in for it.
factors-codes-new-heading = Your recovery codes
factors-codes-new-lead = Store them now: they are shown for five minutes at most. Each works once. Codes that you had before do not work any more, and your other sign-ins have ended.
factors-codes-print = Print
factors-codes-stored = I have stored them
factors-codes-download = Download as a text file
factors-codes-file = Recovery codes of { $username } at { $installation }. Each works once.
