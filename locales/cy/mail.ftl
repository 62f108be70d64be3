# Post. Un llinell yw pwnc; saif dolen o dan y testun.
mail-greeting = Helo,
mail-footer = Anfonodd { $installation } y neges hon, am ei bod yn ymwneud â chyfrif yn { $issuer }. Ni allwch ei hateb.
mail-not-you = Os nad chi oedd hyn, efallai fod rhywun arall yn gwybod eich cyfrinair. Gosodwch un newydd nawr: { $link }

mail-invitation-subject = Eich cyfrif yn { $installation }
mail-invitation-text = Mae cyfrif yn { $installation } wedi’i greu i chi. Dewiswch gyfrinair i ddechrau. Mae’r ddolen yn gweithio unwaith, am 20 munud. Os bydd wedi dod i ben erbyn i chi ei chyrraedd, bydd y dudalen yn anfon un arall atoch.
mail-invitation-action = Dewis cyfrinair

mail-recovery-subject = Gosod cyfrinair newydd yn { $installation }
mail-recovery-text = Gofynnodd rhywun am gael gosod cyfrinair newydd ar gyfer eich cyfrif yn { $installation }. Os mai chi oedd, ewch ymlaen yma. Mae’r ddolen yn gweithio unwaith, am 20 munud. Os nad chi oedd, peidiwch â gwneud dim: mae eich cyfrinair yn aros fel y mae.
mail-recovery-action = Gosod cyfrinair newydd

mail-registration-subject = Agor eich cyfrif yn { $installation }
mail-registration-text = Gofynnodd rhywun am gael agor cyfrif yn { $installation } gyda’r cyfeiriad hwn. Os mai chi oedd, ewch ymlaen yma. Mae’r ddolen yn gweithio unwaith, am 20 munud. Os nad chi oedd, peidiwch â gwneud dim: ni chaiff cyfrif ei greu.
mail-registration-action = Agor y cyfrif

mail-already-registered-subject = Mae gennych gyfrif yn { $installation }
mail-already-registered-text = Gofynnodd rhywun am gael agor cyfrif yn { $installation } gyda’r cyfeiriad hwn, ond mae gennych un yn barod. Os mai chi oedd, mewngofnodwch, neu gosodwch gyfrinair newydd os ydych wedi anghofio’ch un chi. Os nad chi oedd, peidiwch â gwneud dim: mae eich cyfrif yn aros fel y mae.

mail-verify-email-subject = Cadarnhau eich cyfeiriad e-bost yn { $installation }
mail-verify-email-text = Cadarnhewch mai hwn fydd cyfeiriad e-bost y cyfrif { $person } yn { $installation }. Mae’r ddolen yn gweithio unwaith, am 20 munud. Os na wnaethoch ofyn am hyn, neu os nad eich cyfrif chi yw hwn, peidiwch â gwneud dim: ni chaiff y cyfeiriad ei ddefnyddio.
mail-verify-email-action = Cadarnhau’r cyfeiriad

mail-email-changed-subject = Newidiwyd eich cyfeiriad e-bost yn { $installation }
mail-email-changed-text = Ar { $when } rhoddodd rhywun a oedd wedi mewngofnodi i’ch cyfrif yn { $installation } gyfeiriad e-bost arall iddo, ac nid yw’r un hwn yn cael ei ddefnyddio mwyach. Os mai chi oedd, nid oes dim i’w wneud. Os nad chi oedd, cymerwch y cyfeiriad yn ôl. Os nad yw hynny’n gweithio mwyach, daliwch y cyfrif: wedyn ni all neb osod cyfrinair newydd drwy’r post nes bod gweinyddwr wedi edrych arno. Mae pob dolen yn gweithio unwaith, am 7 diwrnod.
mail-email-changed-action = Cymryd y cyfeiriad yn ôl

mail-email-lost-person-text = Ar { $when } rhoddodd rhywun a oedd wedi mewngofnodi i’ch cyfrif yn { $installation } gyfeiriad e-bost arall iddo, ac nid yw’r un hwn yn cael ei ddefnyddio mwyach. Os mai chi oedd, nid oes dim i’w wneud. Os nad chi oedd, daliwch y cyfrif: wedyn ni all neb osod cyfrinair newydd drwy’r post nes bod gweinyddwr wedi edrych arno. Mae’r ddolen yn gweithio unwaith, am 7 diwrnod.
mail-email-lost-administrator-text = Ar { $when } newidiodd neu dynnodd gweinyddwr gyfeiriad e-bost eich cyfrif yn { $installation }, ac nid yw’r un hwn yn cael ei ddefnyddio mwyach. Os gwyddoch pam, nid oes dim i’w wneud. Os na wyddoch, daliwch y cyfrif: wedyn ni all neb osod cyfrinair newydd drwy’r post nes bod gweinyddwr wedi edrych arno. Mae’r ddolen yn gweithio unwaith, am 7 diwrnod.
mail-email-lost-undo-text = Ar { $when } rhoddwyd cyfeiriad e-bost cynharach eich cyfrif yn { $installation } yn ei ôl, drwy ddolen a anfonwyd yno, ac nid yw’r un hwn yn cael ei ddefnyddio mwyach. Os mai chi oedd, nid oes dim i’w wneud. Os nad chi oedd, daliwch y cyfrif: wedyn ni all neb osod cyfrinair newydd drwy’r post nes bod gweinyddwr wedi edrych arno. Mae’r ddolen yn gweithio unwaith, am 7 diwrnod.
mail-hold-action = Dal y cyfrif

mail-takeover-reported-subject = Efallai fod rhywun yn cipio cyfrif yn { $installation }
mail-takeover-reported-text = Ar { $when } dywedodd rhywun sy’n darllen post mewn cyfeiriad cynharach i’r cyfrif { $person } nad ei berson a newidiodd y cyfeiriad. Mae’r cyfrif wedi’i ddal: ni all neb osod cyfrinair newydd drwy’r post. Edrychwch ar ei hanes, darganfyddwch mewn ffordd arall na’r post pwy biau’r cyfrif, ac yna rhyddhewch ef.
mail-takeover-reported-action = Agor y cyfrif yn y consol

mail-password-changed-subject = Newidiwyd eich cyfrinair yn { $installation }
mail-password-changed-text = Newidiwyd cyfrinair eich cyfrif yn { $installation }. Mae pob mewngofnodiad arall wedi dod i ben.

mail-factor-added-subject = Ffordd newydd o fewngofnodi yn { $installation }
mail-factor-added-text = Gellir defnyddio “{ $name }” nawr i fewngofnodi i’ch cyfrif yn { $installation }.

mail-factor-removed-subject = Tynnwyd ffordd o fewngofnodi yn { $installation }
mail-factor-removed-text = Ni ellir defnyddio “{ $name }” mwyach i fewngofnodi i’ch cyfrif yn { $installation }.

mail-recovery-codes-made-subject = Codau adfer newydd yn { $installation }
mail-recovery-codes-made-text = Gwnaed codau adfer newydd ar gyfer eich cyfrif yn { $installation }. Nid yw’r rhai oedd gennych o’r blaen yn gweithio mwyach.

mail-new-device-subject = Mewngofnodiad newydd yn { $installation }
mail-new-device-text = Defnyddiwyd eich cyfrif yn { $installation } o ddyfais nad oeddem yn ei hadnabod: { $device }, { $place }.

mail-account-deleted-subject = Dilëwyd eich cyfrif yn { $installation }
mail-account-deleted-text = Dilëwyd eich cyfrif yn { $installation }. O fewn 30 diwrnod caiff popeth a wyddom amdanoch ei ddileu. Os ydych am gael y cyfrif yn ôl, dywedwch wrth y bobl sy’n rhedeg { $installation } cyn hynny.

mail-by-administrator-subject = Newidiwyd eich cyfrif yn { $installation }
mail-disabled-text = Analluogodd gweinyddwr eich cyfrif yn { $installation }: ni allwch fewngofnodi ag ef, ac mae’r hyn a ganiatawyd i gleientiaid wedi dod i ben. Os na wyddoch pam, gofynnwch i’r bobl sy’n rhedeg { $installation }.
mail-enabled-text = Galluogodd gweinyddwr eich cyfrif yn { $installation }: gallwch fewngofnodi ag ef eto. Os na wyddoch pam, gofynnwch i’r bobl sy’n rhedeg { $installation }.
mail-restored-text = Adferodd gweinyddwr eich cyfrif yn { $installation }, a oedd wedi’i ddileu. Mae wedi’i analluogi nes iddynt ei alluogi. Os nad ydych am ei gael yn ôl, dywedwch wrth y bobl sy’n rhedeg { $installation }.
mail-roles-changed-text = Newidiodd gweinyddwr rolau eich cyfrif yn { $installation }, felly gall yr hyn y caiff rhaglenni ei wneud drosoch fod wedi newid. Os na wyddoch pam, gofynnwch i’r bobl sy’n rhedeg { $installation }.
mail-sessions-ended-text = Daeth gweinyddwr â mewngofnodiadau i’ch cyfrif yn { $installation } i ben. Gallwch fewngofnodi eto. Os na wyddoch pam, gofynnwch i’r bobl sy’n rhedeg { $installation }.
