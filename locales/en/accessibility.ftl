# The accessibility statement. docs/accessibility.md says the same at greater length.

accessibility-heading = Accessibility
accessibility-standard = We want everybody to be able to sign in here. These pages are made to meet the Web Content Accessibility Guidelines 2.2 at level AA.
accessibility-means = What that means for you
accessibility-keyboard = Everything can be done with a keyboard alone, and you always see where you are.
accessibility-reader = Screen readers are told what each field is for, and what is wrong with it.
accessibility-zoom = Text can be made four times as large, and a screen may be as narrow as 320 pixels, without scrolling sideways.
accessibility-colour = All text stands out from what is behind it, on light and on dark, and nothing is told by colour alone.
accessibility-scripts = Signing in by password needs no JavaScript.
accessibility-memory = There is no puzzle to solve. Passwords and codes can be pasted, and password managers work.
accessibility-tested = How we check it
accessibility-tests = Every page is checked by program, and the pages of signing in are in every language: on light and on dark, in narrow and in wide windows, each time that the software changes.
accessibility-known = What we know to be imperfect
accessibility-time = A sign-in for an application must be finished within 10 minutes. You can begin again as often as you like.
accessibility-names = Names of applications and of what they ask for are written by other people, and may be in another language than the rest of the page.
accessibility-translations = The Welsh and Māori texts have not been read by a professional translator.
accessibility-people = People with disabilities have not tested these pages yet.
accessibility-problem = If something does not work for you
accessibility-tell = Tell those who run this service what you wanted to do, on which page, and with which device and software.
