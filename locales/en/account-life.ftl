# The life of an account: how it begins, how its person gets back in, what they change, how it ends.

# What is wrong with a new password
password-too-short = Use at least { $least } characters.
password-too-long = Use at most 1,024 bytes: about 1,000 letters.
password-guessable = This password is easy to guess. Use several words that do not belong together, and nothing about you or this place.
password-breached = This password is in a list of stolen passwords, so others will try it. Use another one.
password-busy = Many passwords are being checked right now, so yours was not. Nothing has changed. Try again in a few seconds.

# A new password
new-password-rule = At least { $least } characters. Several words that do not belong together are good. Spaces and all other characters are allowed.
new-password-label = New password
new-password-button = Set password

# Links that do not work
link-gone = This link does not work
link-gone-what = It was used before, a newer one replaced it, or its time has ended.
link-gone-new = Get a new link

# A forgotten password
recovery-heading = Get a link to set a new password
recovery-lead = We send it to the email address of your account.
recovery-username = Username or email address
recovery-button = Send link
recovery-sent = Check your email
recovery-sent-what = If there is an account with this name or address, a mail with a link is on its way. The link works for 20 minutes. If no mail comes, check your junk mail, or ask the people who gave you the account.
recovery-empty = Enter your username or your email address.
outcome-back = Go on to { $client }
outcome-signed-in = You do not have to type it again.
outcome-account = Go on to your account
recovery-set-heading = Set a new password
recovery-set-lead = All your other sign-ins end.
recovery-done = Your password is set
recovery-done-what = Sign in with it now.
recovery-sign-in = Sign in

# An invitation
invitation-heading = Choose a password
invitation-lead = Your username is { $username }. You sign in with it and the password that you choose here.

# Opening an account
registration-heading = Open an account
registration-lead = We send you a link to go on with. Your email address will be your username.
registration-email = Email address
registration-button = Send link
registration-sent = Check your email
registration-sent-what = A mail with a link is on its way to you. The link works for 20 minutes. If no mail comes, check your junk mail.
registration-malformed = Enter one email address, such as name@example.org.
registration-form-heading = Open your account
registration-form-lead = Your username is { $username }.
registration-name = Your name
registration-name-hint = As others are to see it.
registration-name-wrong = Enter your name: at most 100 characters, all of them visible.
registration-form-button = Open account
registration-done = Your account is open
registration-done-what = Sign in with your email address and your password.

# The email address
email-confirm-heading = Confirm your email address
email-confirm-lead = Make { $address } the email address of the account { $person }?
email-confirm-button = Confirm address
email-confirmed = Your email address is confirmed
email-confirmed-what = From now on mail about your account goes there.
email-undo-heading = Take your email address back
email-undo-lead = Make { $address } the email address of the account { $person } again? All sign-ins end.
email-undo-button = Take address back
email-undone = Your email address is as it was
email-undone-what = All sign-ins have ended. If somebody else changed the address, they may know your password: set a new one now.
email-undone-recover = Set a new password
email-to-account = Go to your account
email-heading = Your email address
email-present = Your email address is { $address }.
email-none = You have not given one.
email-verified = It is confirmed.
email-unverified = It is not confirmed yet.
email-new = New email address
email-new-hint = We send a link there. The address changes when you use it.
email-change = Change address
email-verify = Send a link to confirm it
email-asked = A mail with a link is on its way. The link works for 20 minutes.
email-too-often = We have sent you several links already. Wait an hour and try again.
email-same = This is your address already.
email-given = An administrator set this address: { $when }. Until { $until } no link for a new password is sent there, unless you say that it is yours.
email-mine = This is my address
email-accepted = You have said that this is your address. Links for a new password can be sent there now.

# An account that is held
hold-heading = Hold this account
hold-lead = Do this if you did not give up the address { $address } of the account { $person }. Then nobody can set a new password by mail until an administrator has looked at it. Whoever is signed in stays signed in.
hold-button = Hold account
hold-done = The account is held
hold-done-what = The administrators are told. Nobody can set a new password by mail until one of them has looked at it. Speak to the people who run this place too.

# Details
details-heading = Your details
details-lead = Applications see them, if you allow it.
details-name = Full name
details-given-name = Given name
details-family-name = Family name
details-nickname = What you like to be called
details-locale = Language of our mails
details-locale-none = The usual one here
details-button = Save details
details-saved = Your details are saved.
details-wrong = Use at most { $most } characters, all of them visible.
details-outdated = Your details were changed somewhere else. What you typed is still here: saving it now overwrites that change.
details-middle-name = Middle names
details-phone-number = Phone number
details-address = Address
details-street-address = Street and number
details-postal-code = Postcode
details-locality = Town or city
details-region = State, province or region
details-country = Country
details-formatted-address = Whole address, as on an envelope
details-birthdate = Date of birth
details-gender = Gender
details-zoneinfo = Time zone
details-profile = A page about you
details-picture = Picture of you
details-website = Your website
details-hint-phone = With the code of the country: +64 21 555 0100.
details-hint-date = As 1987-04-12; 0000-04-12 without the year, or the year alone.
details-hint-zone = As Pacific/Auckland.
details-hint-link = A web address that begins with https://.
details-wrong-phone = Enter + and the code of the country, then the number: +64 21 555 0100.
details-wrong-date = Enter a date as 1987-04-12, 0000-04-12 or 1987, and not one in the future.
details-wrong-zone = Enter the name of a time zone, such as Pacific/Auckland.
details-wrong-locale = Choose a language.
details-wrong-link = Enter a web address that begins with https://.
details-not-yours = You cannot change this here: { $claim }.
details-others = What else is kept about you
details-others-lead = Applications see it too, if you allow it. If something is wrong, ask the people who run { $place }.
details-nothing = Apart from your username and email address, nothing about you is kept here.

# The password
password-heading = Change your password
password-lead = All your other sign-ins end, and applications lose their access until you sign in there again.
password-current = Current password
password-changed = Your password is changed. All other sign-ins have ended.
password-wrong = This is not your current password.
password-too-often = The current password was wrong too often. Wait a while and try again.

# The end
delete-heading = Delete your account
delete-lead = You are signed out everywhere, and no application can act for you any more. Within 30 days everything we know about you is erased. Until then, the people who run this place can bring the account back.
delete-confirmation = Type { $username } to confirm
delete-mismatch = This is not your username. Nothing was deleted.
delete-last = You are the last administrator here. Make somebody else one first.
delete-button = Delete account
delete-done = Your account is deleted
delete-done-what = You are signed out everywhere. Within 30 days everything we know about you is erased.
