# Signing out: the question, and that it is done.
sign-out-title = Sign out
sign-out-question = Do you want to sign out?
sign-out-person = You are signed in as { $person }.
sign-out-asked = { $client } asks us to sign you out here too.
sign-out-effect = Applications that you opened before are told. Those that cannot be told may keep you signed in on their side.
sign-out-confirm = Sign out
sign-out-stay = Stay signed in

signed-out-title = Signed out
signed-out-heading = You are signed out
signed-out-shared = On a computer that you share with others, close the browser too.
signed-out-next = Continue to { $client }
signed-out-again = Sign in again
# Read by nobody but programs: frames in which applications sign the person out.
signed-out-frame = Signing out of an application
