# Oes cyfrif: sut mae’n dechrau, sut mae ei berson yn dod yn ôl i mewn, beth mae’n ei newid, sut mae’n dod i ben.

# Beth sydd o’i le ar gyfrinair newydd
password-too-short = Defnyddiwch o leiaf { $least } nod.
password-too-long = Defnyddiwch 1,024 beit ar y mwyaf: tua 1,000 o lythrennau.
password-guessable = Mae’r cyfrinair hwn yn hawdd ei ddyfalu. Defnyddiwch sawl gair nad ydynt yn perthyn i’w gilydd, a dim byd amdanoch chi na’r lle hwn.
password-breached = Mae’r cyfrinair hwn ar restr o gyfrineiriau a ddygwyd, felly bydd eraill yn rhoi cynnig arno. Defnyddiwch un arall.
password-busy = Mae llawer o gyfrineiriau’n cael eu gwirio ar hyn o bryd, felly ni wiriwyd eich un chi. Nid oes dim wedi newid. Rhowch gynnig arall arni ymhen ychydig eiliadau.

# Cyfrinair newydd
new-password-rule = O leiaf { $least } nod. Mae sawl gair nad ydynt yn perthyn i’w gilydd yn dda. Caniateir bylchau a phob nod arall.
new-password-label = Cyfrinair newydd
new-password-button = Gosod cyfrinair

# Dolenni nad ydynt yn gweithio
link-gone = Nid yw’r ddolen hon yn gweithio
link-gone-what = Defnyddiwyd hi o’r blaen, daeth un fwy newydd yn ei lle, neu mae ei hamser wedi dod i ben.
link-gone-new = Cael dolen newydd

# Cyfrinair wedi’i anghofio
recovery-heading = Cael dolen i osod cyfrinair newydd
recovery-lead = Byddwn yn ei hanfon i gyfeiriad e-bost eich cyfrif.
recovery-username = Enw defnyddiwr neu gyfeiriad e-bost
recovery-button = Anfon dolen
recovery-sent = Edrychwch yn eich post
recovery-sent-what = Os oes cyfrif gyda’r enw neu’r cyfeiriad hwn, mae neges â dolen ar ei ffordd. Mae’r ddolen yn gweithio am 20 munud. Os na ddaw neges, edrychwch yn eich post sothach, neu gofynnwch i’r bobl a roddodd y cyfrif i chi.
recovery-empty = Ysgrifennwch eich enw defnyddiwr neu’ch cyfeiriad e-bost.
outcome-back = Ymlaen i { $client }
outcome-signed-in = Nid oes angen ei deipio eto.
outcome-account = Ymlaen i’ch cyfrif
recovery-set-heading = Gosod cyfrinair newydd
recovery-set-lead = Daw pob mewngofnodiad arall i ben.
recovery-done = Mae’ch cyfrinair wedi’i osod
recovery-done-what = Mewngofnodwch ag ef nawr.
recovery-sign-in = Mewngofnodi

# Gwahoddiad
invitation-heading = Dewis cyfrinair
invitation-lead = Eich enw defnyddiwr yw { $username }. Gydag ef a’r cyfrinair hwn y byddwch yn mewngofnodi.

# Agor cyfrif
registration-heading = Agor cyfrif
registration-lead = Byddwn yn anfon dolen atoch i fynd ymlaen. Eich cyfeiriad e-bost fydd eich enw defnyddiwr.
registration-email = Cyfeiriad e-bost
registration-button = Anfon dolen
registration-sent = Edrychwch yn eich post
registration-sent-what = Mae neges â dolen ar ei ffordd atoch. Mae’r ddolen yn gweithio am 20 munud. Os na ddaw neges, edrychwch yn eich post sothach.
registration-malformed = Ysgrifennwch un cyfeiriad e-bost, fel enw@example.org.
registration-form-heading = Agor eich cyfrif
registration-form-lead = Eich enw defnyddiwr yw { $username }.
registration-name = Eich enw
registration-name-hint = Fel y mae eraill i’w weld.
registration-name-wrong = Ysgrifennwch eich enw: 100 nod ar y mwyaf, pob un yn weladwy.
registration-form-button = Agor y cyfrif
registration-done = Mae’ch cyfrif ar agor
registration-done-what = Mewngofnodwch â’ch cyfeiriad e-bost a’ch cyfrinair.

# Y cyfeiriad e-bost
email-confirm-heading = Cadarnhau eich cyfeiriad e-bost
email-confirm-lead = Gwneud { $address } yn gyfeiriad e-bost y cyfrif { $person }?
email-confirm-button = Cadarnhau’r cyfeiriad
email-confirmed = Mae’ch cyfeiriad e-bost wedi’i gadarnhau
email-confirmed-what = O hyn ymlaen bydd post am eich cyfrif yn mynd yno.
email-undo-heading = Cymryd eich cyfeiriad e-bost yn ôl
email-undo-lead = Gwneud { $address } yn gyfeiriad e-bost y cyfrif { $person } eto? Daw pob mewngofnodiad i ben.
email-undo-button = Cymryd y cyfeiriad yn ôl
email-undone = Mae’ch cyfeiriad e-bost fel yr oedd
email-undone-what = Mae pob mewngofnodiad wedi dod i ben. Os rhywun arall a newidiodd y cyfeiriad, efallai ei fod yn gwybod eich cyfrinair: gosodwch un newydd nawr.
email-undone-recover = Gosod cyfrinair newydd
email-to-account = Mynd i’ch cyfrif
email-heading = Eich cyfeiriad e-bost
email-present = { $address } ydyw.
email-none = Nid oes un yn hysbys.
email-verified = Mae wedi’i gadarnhau.
email-unverified = Nid yw wedi’i gadarnhau eto.
email-new = Cyfeiriad e-bost newydd
email-new-hint = Byddwn yn anfon dolen yno. Bydd y cyfeiriad yn newid pan ddefnyddiwch hi.
email-change = Newid y cyfeiriad
email-verify = Anfon dolen i’w gadarnhau
email-asked = Mae neges â dolen ar ei ffordd. Mae’r ddolen yn gweithio am 20 munud.
email-too-often = Rydym wedi anfon sawl dolen atoch yn barod. Arhoswch awr a rhowch gynnig arall arni.
email-same = Hwn yw eich cyfeiriad yn barod.
email-given = Gweinyddwr a osododd y cyfeiriad hwn: { $when }. Tan { $until } ni chaiff dolen ar gyfer cyfrinair newydd ei hanfon yno, oni bai eich bod yn dweud mai eich un chi ydyw.
email-mine = Dyma fy nghyfeiriad i
email-accepted = Rydych wedi dweud mai hwn yw eich cyfeiriad. Gellir anfon dolenni ar gyfer cyfrinair newydd yno nawr.

# An account that is held
hold-heading = Dal y cyfrif hwn
hold-lead = Gwnewch hyn os nad chi a roddodd y gorau i gyfeiriad { $address } y cyfrif { $person }. Wedyn ni all neb osod cyfrinair newydd drwy’r post nes bod gweinyddwr wedi edrych arno. Mae pwy bynnag sydd wedi mewngofnodi yn aros felly.
hold-button = Dal y cyfrif
hold-done = Mae’r cyfrif wedi’i ddal
hold-done-what = Mae’r gweinyddwyr wedi cael gwybod. Ni all neb osod cyfrinair newydd drwy’r post nes bod un ohonynt wedi edrych arno. Siaradwch â’r bobl sy’n rhedeg y lle hwn hefyd.

# Manylion
details-heading = Eich manylion
details-lead = Bydd rhaglenni’n eu gweld, os byddwch yn caniatáu hynny.
details-name = Enw llawn
details-given-name = Enw cyntaf
details-family-name = Cyfenw
details-nickname = Yr enw yr hoffech ei glywed
details-locale = Iaith ein negeseuon
details-locale-none = Iaith y lle hwn
details-button = Cadw’r manylion
details-saved = Mae’ch manylion wedi’u cadw.
details-wrong = Defnyddiwch { $most } nod ar y mwyaf, pob un yn weladwy.
details-outdated = Newidiwyd eich manylion yn rhywle arall. Mae’r hyn a deipioch yma o hyd: bydd ei gadw nawr yn disodli’r newid hwnnw.
details-middle-name = Enwau canol
details-phone-number = Rhif ffôn
details-address = Cyfeiriad
details-street-address = Stryd a rhif
details-postal-code = Cod post
details-locality = Tref neu ddinas
details-region = Talaith neu ranbarth
details-country = Gwlad
details-formatted-address = Y cyfeiriad cyfan, fel ar amlen
details-birthdate = Dyddiad geni
details-gender = Rhywedd
details-zoneinfo = Cylchfa amser
details-profile = Tudalen amdanoch
details-picture = Llun ohonoch
details-website = Eich gwefan
details-hint-phone = Gyda chod y wlad: +64 21 555 0100.
details-hint-date = Fel 1987-04-12; 0000-04-12 heb y flwyddyn, neu’r flwyddyn yn unig.
details-hint-zone = Fel Europe/London.
details-hint-link = Cyfeiriad gwe sy’n dechrau â https://.
details-wrong-phone = Ysgrifennwch + a chod y wlad, yna’r rhif: +64 21 555 0100.
details-wrong-date = Ysgrifennwch ddyddiad fel 1987-04-12, 0000-04-12 neu 1987, ac nid un yn y dyfodol.
details-wrong-zone = Ysgrifennwch enw cylchfa amser, megis Europe/London.
details-wrong-locale = Dewiswch iaith.
details-wrong-link = Ysgrifennwch gyfeiriad gwe sy’n dechrau â https://.
details-not-yours = Ni allwch newid hyn yma: { $claim }.
details-others = Beth arall sy’n hysbys amdanoch
details-others-lead = Bydd rhaglenni’n ei weld hefyd, os byddwch yn caniatáu hynny. Os oes rhywbeth o’i le, gofynnwch i’r bobl sy’n rhedeg { $place }.
details-nothing = Heblaw eich enw defnyddiwr a’ch cyfeiriad e-bost, ni chedwir dim amdanoch yma.

# Y cyfrinair
password-heading = Newid eich cyfrinair
password-lead = Daw pob mewngofnodiad arall i ben, a bydd rhaglenni’n colli eu mynediad nes i chi fewngofnodi yno eto.
password-current = Cyfrinair presennol
password-changed = Mae’ch cyfrinair wedi’i newid. Mae pob mewngofnodiad arall wedi dod i ben.
password-wrong = Nid hwn yw eich cyfrinair presennol.
password-too-often = Bu’r cyfrinair presennol yn anghywir yn rhy aml. Arhoswch ychydig a rhowch gynnig arall arni.

# Y diwedd
delete-heading = Dileu eich cyfrif
delete-lead = Cewch eich allgofnodi ym mhobman, ac ni all unrhyw raglen weithredu ar eich rhan mwyach. O fewn 30 diwrnod caiff popeth a wyddom amdanoch ei ddileu. Tan hynny, gall y bobl sy’n rhedeg y lle hwn ddod â’r cyfrif yn ôl.
delete-confirmation = Teipiwch { $username } i gadarnhau
delete-mismatch = Nid hwn yw eich enw defnyddiwr. Ni ddilëwyd dim.
delete-last = Chi yw’r gweinyddwr olaf yma. Gwnewch rywun arall yn un yn gyntaf.
delete-button = Dileu’r cyfrif
delete-done = Mae’ch cyfrif wedi’i ddileu
delete-done-what = Rydych wedi’ch allgofnodi ym mhobman. O fewn 30 diwrnod caiff popeth a wyddom amdanoch ei ddileu.
