# Consent: who asks for what.

consent-title = Allow access
consent-heading = { $client } asks for access to your account
consent-person = You are signed in as { $person }.
consent-switch = Not you? Use another account
consent-scopes = If you allow it, { $client } can:
consent-api = In { $api }
consent-allow = Allow access
consent-deny = Deny access
consent-remembered = If you allow it, we remember that and do not ask again until { $client } asks for more.
consent-asked-again = We ask you again the next time.
consent-test = This is a test, which { $person } began. { $client } gets nothing. What it would learn about you is shown to { $person } instead.
consent-not-checked = Not checked by this organisation. The application describes itself, at { $host }.
consent-leads-to = Your answer goes to { $host }.
consent-leads-here = Your answer goes to a program on your device. Allow access only if you have just started it yourself.
consent-about = About the application
consent-home-page = Its home page
consent-policy = Its privacy policy
consent-terms = Its terms of service

# What the scopes of OpenID Connect let an application do: they continue "it can".
scope-openid = Know that it is you, by an identifier
scope-profile = Read your profile, such as your name and picture
scope-email = Read your email address
scope-address = Read your postal address
scope-phone = Read your phone number
scope-roles = Know your roles
scope-offline-access = Keep this access when you are away, until you withdraw it
tested = The test is over
tested-what = Whoever began it sees in the console what the application would have got. The application got nothing, and your answer is not kept. You can close this window.
tested-result = See the result in the console
