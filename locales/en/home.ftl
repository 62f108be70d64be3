# The front page, and the page that carries an answer to the application.

home-title = Welcome
home-lead = This server signs people in to applications, and decides which application may call which API.
home-person = You are signed in as { $person }.
home-nobody = You are not signed in.
home-sign-in = Sign in
home-account = Your account
home-sign-out = Sign out
home-administrators = For administrators
home-console = Open the console
home-console-for = to register clients, APIs and users.
home-developers = For developers
home-issuer = Issuer
home-discovery = Discovery
home-configuration = OpenID configuration
home-keys = Signing keys
home-key-set = JSON Web Key Set
home-try = Try it
home-playground = Playground: sign in as a client sees it

returning-title = Returning to the application
returning-heading = Returning to { $client }
returning-wait = If nothing happens within a few seconds, continue yourself.
returning-button = Continue
