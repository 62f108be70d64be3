# Where a person is signed in, what they allowed applications, and what happened lately.
access-back = Eich cyfrif

sessions-heading = Ble rydych wedi mewngofnodi
sessions-about = Pob porwr rydych wedi mewngofnodi ag ef. Os nad ydych yn adnabod un, dewch ag ef i ben a gosodwch gyfrinair newydd.
sessions-this = Y porwr hwn
sessions-kind = Ar gyfer
sessions-console = Gweinyddu
sessions-address = Cyfeiriad
sessions-signed-in = Mewngofnodwyd
sessions-last-seen = Gwelwyd ddiwethaf
sessions-end = Dod â’r sesiwn hon i ben
sessions-sign-out = Allgofnodi yma
sessions-others = Pob un arall
sessions-others-about = Mae hyn yn dod â phob sesiwn heblaw hon i ben o fewn 1 eiliad, ynghyd â’r hyn a roddodd i raglenni. Mae rhaglenni y gwnaethoch ganiatáu iddynt gadw mynediad tra byddwch i ffwrdd yn ei gadw: tynnwch hwnnw yn ôl o dan y rhaglenni.
sessions-end-others = Dod â phob sesiwn arall i ben
sessions-ended = Mae’r sesiwn wedi dod i ben.

applications-heading = Rhaglenni sydd â mynediad
applications-about = Gwnaethoch ganiatáu i’r rhaglenni hyn ddefnyddio eich cyfrif.
applications-none = Nid ydych wedi caniatáu i unrhyw raglen ddefnyddio eich cyfrif.
applications-may = Gall:
applications-given = Caniatawyd
applications-last-used = Defnyddiwyd ddiwethaf
applications-never-used = Erioed
applications-withdraw = Tynnu mynediad yn ôl
applications-withdrawn = Mae’r mynediad wedi’i dynnu yn ôl. Bydd yn peidio â gweithio o fewn 1 eiliad.

activity-heading = Beth ddigwyddodd yn ddiweddar
activity-about = Mewngofnodi a newidiadau yn y 90 diwrnod diwethaf. Os nad ydych yn adnabod rhywbeth, gosodwch gyfrinair newydd.
activity-none = Nid oes dim wedi digwydd eto.
activity-when = Pryd
activity-what = Beth
activity-where = O ble
activity-pages = Tudalennau’r rhestr hon
activity-older = Hŷn
activity-by-another = Gweinyddwr wnaeth hyn.
activity-roles-changed = Newidiwyd eich rolau.

access-device = { $browser } ar { $system }
access-device-unknown = Dyfais nad yw’n dweud beth ydyw
