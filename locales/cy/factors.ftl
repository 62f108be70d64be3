# Yr hyn y mae pobl yn profi pwy ydynt ag ef heblaw’r cyfrinair: apiau dilysu, allweddi mynediad, codau adfer.

factors-heading = Allweddi mynediad a chodau
factors-lead = Gydag un o’r rhain yn ogystal â’ch cyfrinair, ni all neb ddod i mewn sy’n gwybod y cyfrinair yn unig. Trefnwch ddau, fel na fydd colli un yn eich cau allan.
factors-none = Nid oes gennych yr un eto.
factors-app = Ap dilysu
factors-passkey = Allwedd mynediad
factors-column-name = Enw
factors-column-kind = Beth ydyw
factors-column-added = Ychwanegwyd
factors-column-used = Defnyddiwyd ddiwethaf
factors-never = Erioed
factors-full = Mae gennych gynifer ag y gall cyfrif eu cael. Tynnwch un cyn ychwanegu un arall.
factors-back = Yn ôl i allweddi mynediad a chodau

# Yr hyn a wnaed
factors-added = Mae wedi’i ychwanegu, ac yn cyfrif o hyn ymlaen. Mae eich mewngofnodiadau eraill wedi dod i ben.
factors-renamed = Mae’r enw wedi’i newid.
factors-removed = Mae wedi’i dynnu. Mae eich mewngofnodiadau eraill wedi dod i ben.

# Un ffactor
factors-name = Enw
factors-name-hint = Sut y byddwch yn ei adnabod, er enghraifft y ddyfais y mae arni.
factors-name-wrong = Ysgrifennwch enw o 1 i 100 nod, pob un yn weladwy.
factors-rename = Cadw’r enw
factors-remove-heading = Tynnu
factors-remove-lead = Ni fydd yn eich gadael i mewn mwyach. Bydd eich mewngofnodiadau eraill yn dod i ben.
factors-remove = Ei dynnu
factors-needed = Rhaid i’ch cyfrif gael un o’r rhain. Ychwanegwch un arall cyn tynnu’r un hwn.
factors-needed-by-password = Mae gan eich cyfrinair lai na { $least } nod, felly mae angen un o’r rhain wrth ei ochr. Dewiswch gyfrinair hirach neu ychwanegwch un arall o’r rhain cyn tynnu’r un hwn.

# Ap dilysu
factors-app-heading = Ychwanegu ap dilysu
factors-app-lead = Mae ap dilysu, ar eich ffôn er enghraifft, yn dangos cod newydd o 6 digid bob 30 eiliad.
factors-app-begin = Parhau
factors-app-scan = Sganiwch y llun hwn gyda’r ap.
factors-app-picture = Cod QR sy’n cynnwys y gyfrinach
factors-app-open = Agor yr ap ar y ddyfais hon
factors-app-type = Os na allwch ei sganio, teipiwch y gyfrinach hon i’r ap:
factors-app-code = Cod
factors-app-code-hint = Y 6 digid y mae’r ap yn eu dangos nawr.
factors-app-confirm = Ychwanegu’r ap
factors-app-again = Dechrau eto gyda chyfrinach arall
factors-app-wrong = Nid hwn yw’r cod y mae’r ap yn ei ddangos. Arhoswch am yr un nesaf, a gwiriwch fod cloc y ddyfais yn gywir.

# Allwedd mynediad
factors-passkey-heading = Ychwanegu allwedd mynediad
factors-passkey-lead = Allwedd ar y ddyfais hon, ar eich ffôn neu ar allwedd ddiogelwch yw allwedd mynediad. Rydych yn ei defnyddio gyda’ch bys, eich wyneb neu PIN, ac ni all unrhyw dudalen ffug ei dwyn.
factors-passkey-button = Creu’r allwedd mynediad
factors-passkey-failed = Ni orffennodd y porwr, ac ni wnaed dim. Rhowch gynnig arall arni.
factors-passkey-missing = Nid oes gan y porwr hwn allweddi mynediad. Defnyddiwch borwr arall neu ffordd arall.
factors-passkey-script = Mae angen JavaScript ar allweddi mynediad, ac mae wedi’i ddiffodd yn y porwr hwn.
factors-passkey-nowhere = Mae angen gweinydd ag enw ar allweddi mynediad, ac wrth gyfeiriad o rifau y cyrhaeddir yr un hwn.
factors-passkey-refused = Ni ellid derbyn yr allwedd mynediad. Rhowch gynnig arall arni.
factors-passkey-known = Mae’r allwedd mynediad hon wedi’i chofrestru’n barod.

# Codau adfer
factors-codes-heading = Codau adfer
factors-codes-lead = Mae pob un ohonynt yn eich gadael i mewn unwaith, at y diwrnod y byddwch wedi colli popeth arall. Cadwch nhw ar bapur neu mewn rheolwr cyfrineiriau.
factors-codes-none = Nid oes gennych rai.
factors-codes-left = { $count ->
    [zero] Nid oes gennych yr un cod ar ôl.
    [one] Mae gennych 1 cod ar ôl.
    [two] Mae gennych 2 god ar ôl.
   *[other] Mae gennych { $count } cod ar ôl.
}
factors-codes-made = Gwnaed
factors-codes-make = Gwneud codau adfer
factors-codes-make-new = Gwneud codau adfer newydd
factors-codes-replace = Os gwnewch godau newydd, bydd y rhai sydd gennych nawr yn peidio â gweithio.
factors-codes-later = Ychwanegwch ap dilysu neu allwedd mynediad yn gyntaf. Mae codau adfer yn sefyll yn ei le.
factors-codes-new-heading = Eich codau adfer
factors-codes-new-lead = Cadwch nhw nawr: cânt eu dangos am bum munud ar y mwyaf. Mae pob un yn gweithio unwaith. Nid yw codau a oedd gennych o’r blaen yn gweithio mwyach, ac mae eich mewngofnodiadau eraill wedi dod i ben.
factors-codes-print = Argraffu
factors-codes-stored = Rwyf wedi eu cadw
factors-codes-download = Lawrlwytho fel ffeil testun
factors-codes-file = Codau adfer { $username } yn { $installation }. Mae pob un yn gweithio unwaith.
