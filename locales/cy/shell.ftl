# Ffrâm pob tudalen, a’r rhannau y mae tudalennau’n eu rhannu.

shell-skip = Neidio i’r cynnwys
shell-language = Iaith
shell-runs-on = Yn rhedeg ar Portcullis
shell-privacy = Preifatrwydd
shell-terms = Telerau defnyddio
shell-support = Cymorth a chefnogaeth
shell-accessibility = Hygyrchedd

# Ffurflenni
form-problem = Mae problem
form-error = Gwall:
form-error-title = Gwall: { $title }
form-show = Dangos
form-hide = Cuddio
form-password = y cyfrinair
form-copy = Copïo
form-copied = Wedi’i gopïo

# Negeseuon uwchben tudalen
notice-information = Sylwch:
notice-warning = Rhybudd:
notice-done = Wedi’i wneud:

# Adegau
moment-now = nawr
moment-soon = o fewn munud
moment-minutes-ago = { $count ->
    [two] 2 funud yn ôl
   *[other] { $count } munud yn ôl
}
moment-hours-ago = { $count } awr yn ôl
moment-days-ago = { $count ->
    [two] 2 ddiwrnod yn ôl
   *[other] { $count } diwrnod yn ôl
}
moment-in-minutes = { $count ->
    [two] ymhen 2 funud
   *[other] ymhen { $count } munud
}
moment-in-hours = ymhen { $count } awr
moment-in-days = { $count ->
    [two] ymhen 2 ddiwrnod
   *[other] ymhen { $count } diwrnod
}
moment-date = { $day } { $month ->
    [1] Ionawr
    [2] Chwefror
    [3] Mawrth
    [4] Ebrill
    [5] Mai
    [6] Mehefin
    [7] Gorffennaf
    [8] Awst
    [9] Medi
    [10] Hydref
    [11] Tachwedd
   *[12] Rhagfyr
} { $year }
moment-exact = { $date }, { $time } UTC
