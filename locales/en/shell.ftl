# The frame of every page, and the parts that pages share.

shell-skip = Skip to the content
shell-language = Language
shell-runs-on = Runs on Portcullis
shell-privacy = Privacy
shell-terms = Terms of use
shell-support = Help and support
shell-accessibility = Accessibility

# Forms
form-problem = There is a problem
form-error = Error:
form-error-title = Error: { $title }
# A button: "Show password". Only the first word is seen.
form-show = Show
form-hide = Hide
form-password = password
form-copy = Copy
form-copied = Copied

# Messages above a page
notice-information = Note:
notice-warning = Warning:
notice-done = Done:

# Points in time
moment-now = just now
moment-soon = within a minute
moment-minutes-ago = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
moment-hours-ago = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
moment-days-ago = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
moment-in-minutes = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
moment-in-hours = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
moment-in-days = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
moment-date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
moment-exact = { $date }, { $time } UTC
