# Caniatâd: pwy sy’n gofyn am beth.

consent-title = Caniatáu mynediad
consent-heading = Mae { $client } yn gofyn am fynediad i’ch cyfrif
consent-person = Rydych wedi mewngofnodi fel { $person }.
consent-switch = Nid chi? Defnyddiwch gyfrif arall
consent-scopes = Os byddwch yn caniatáu hynny, gall { $client }:
consent-api = Yn { $api }
consent-allow = Caniatáu mynediad
consent-deny = Gwrthod mynediad
consent-remembered = Os byddwch yn caniatáu hynny, byddwn yn cofio hynny ac ni fyddwn yn gofyn eto nes bydd { $client } yn gofyn am fwy.
consent-asked-again = Byddwn yn gofyn i chi eto y tro nesaf.
consent-test = Prawf yw hwn, a ddechreuwyd gan { $person }. Nid yw { $client } yn cael dim. Mae’r hyn y byddai’n ei ddysgu amdanoch yn cael ei ddangos i { $person } yn lle hynny.
consent-not-checked = Heb ei wirio gan y sefydliad hwn. Mae’r cymhwysiad yn ei ddisgrifio ei hun, yn { $host }.
consent-leads-to = Mae eich ateb yn mynd i { $host }.
consent-leads-here = Mae eich ateb yn mynd i raglen ar eich dyfais. Peidiwch â chaniatáu mynediad oni bai eich bod newydd ei chychwyn eich hun.
consent-about = Ynglŷn â’r cymhwysiad
consent-home-page = Ei hafan
consent-policy = Ei bolisi preifatrwydd
consent-terms = Ei delerau gwasanaeth

# Beth y mae cwmpasau OpenID Connect yn gadael i gymhwysiad ei wneud: maent yn parhau "gall".
scope-openid = Gwybod mai chi sydd yno, drwy ddynodwr
scope-profile = Darllen eich proffil, fel eich enw a’ch llun
scope-email = Darllen eich cyfeiriad e-bost
scope-address = Darllen eich cyfeiriad post
scope-phone = Darllen eich rhif ffôn
scope-roles = Gwybod eich rolau
scope-offline-access = Cadw’r mynediad hwn pan fyddwch i ffwrdd, nes i chi ei dynnu’n ôl
tested = Mae’r prawf drosodd
tested-what = Mae pwy bynnag a’i dechreuodd yn gweld yn y consol yr hyn y byddai’r cymhwysiad wedi’i gael. Ni chafodd y cymhwysiad ddim, ac nid yw eich ateb yn cael ei gadw. Gallwch gau’r ffenestr hon.
tested-result = Gweld y canlyniad yn y consol
