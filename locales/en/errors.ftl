# Error pages: what went wrong, and whose turn it is.

error-gone = This sign-in cannot go on
error-gone-what = This sign-in has ended, was begun in another browser, or took longer than 10 minutes.
error-no-longer-allowed = You are signed out, or may not do this any more
error-no-longer-allowed-what = You were signed out, or lost the right to do this, while you sent the form. Nothing was changed. Sign in again to go on.
error-form = The form could not be read
error-form-broken = It did not arrive whole, or not in the form in which our pages send it.
error-form-too-large = More was sent than the form can hold.
error-form-too-slow = It took too long to arrive.
error-foreign-form = This form cannot be accepted
error-foreign-form-what = The form was sent from another site, or by a browser that does not say from where. Nothing was done.
error-no-page = There is no such page
error-no-page-what = The address may be mistyped.
error-developer = This request cannot be accepted
error-ours = Something is wrong here
error-ours-what = The page could not be shown because of a fault on this server.

error-turn-person = What you can do
error-turn-person-advice = Go back to the application and start again from there.
error-turn-developer = It is the application’s turn
error-turn-developer-advice = The application sent you here with a request that we cannot accept. You did nothing wrong, and trying again will not help. Tell the people who make the application, and give them this page.
error-turn-us = It is our turn
error-turn-us-advice = Something failed on our side. You did nothing wrong. Try again in a few minutes.
error-number = Quote this reference when you write to us about this. With it we find in our log what happened:
