# Where a person is signed in, what they allowed applications, and what happened lately.
access-back = Your account

sessions-heading = Where you are signed in
sessions-about = Each browser that you are signed in with. If you do not know one, end it and set a new password.
sessions-this = This browser
sessions-kind = Used for
sessions-console = Administration
sessions-address = Address
sessions-signed-in = Signed in
sessions-last-seen = Last seen
sessions-end = End this session
sessions-sign-out = Sign out here
sessions-others = All others
sessions-others-about = Ends every session but this one within 1 second, and what it gave to applications. Applications that you allowed to keep access while you are away keep it: withdraw that under the applications.
sessions-end-others = End all other sessions
sessions-ended = The session has ended.

applications-heading = Applications with access
applications-about = You allowed these applications to use your account.
applications-none = You have not allowed any application to use your account.
applications-may = It can:
applications-given = Allowed
applications-last-used = Last used
applications-never-used = Never
applications-withdraw = Withdraw access
applications-withdrawn = The access is withdrawn. It stops working within 1 second.

activity-heading = What happened lately
activity-about = Sign-ins and changes of the last 90 days. If you do not recognise something, set a new password.
activity-none = Nothing has happened yet.
activity-when = When
activity-what = What
activity-where = From where
activity-pages = Pages of this list
activity-older = Older
activity-by-another = An administrator did this.
activity-roles-changed = Your roles were changed.

access-device = { $browser } on { $system }
access-device-unknown = A device that does not say what it is
