# Y datganiad hygyrchedd. Mae docs/accessibility.md yn dweud yr un peth yn fanylach.

accessibility-heading = Hygyrchedd
accessibility-standard = Rydym am i bawb allu mewngofnodi yma. Gwnaed y tudalennau hyn i fodloni Canllawiau Hygyrchedd Cynnwys y We 2.2 ar lefel AA.
accessibility-means = Beth mae hynny’n ei olygu i chi
accessibility-keyboard = Gellir gwneud popeth â bysellfwrdd yn unig, ac rydych bob amser yn gweld ble’r ydych chi.
accessibility-reader = Dywedir wrth ddarllenwyr sgrin beth yw diben pob maes, a beth sydd o’i le arno.
accessibility-zoom = Gellir gwneud testun bedair gwaith yn fwy, a gall sgrin fod mor gul â 320 picsel, heb sgrolio i’r ochr.
accessibility-colour = Mae’r holl destun yn sefyll allan o’r hyn sydd y tu ôl iddo, ar olau ac ar dywyll, ac ni ddywedir dim drwy liw yn unig.
accessibility-scripts = Nid oes angen JavaScript i fewngofnodi â chyfrinair.
accessibility-memory = Nid oes pos i’w ddatrys. Gellir gludo cyfrineiriau a chodau, ac mae rheolwyr cyfrineiriau’n gweithio.
accessibility-tested = Sut rydym yn ei wirio
accessibility-tests = Caiff pob tudalen ei gwirio gan raglen, a’r tudalennau mewngofnodi ym mhob iaith: ar olau ac ar dywyll, mewn ffenestri cul a llydan, bob tro y bydd y feddalwedd yn newid.
accessibility-known = Yr hyn a wyddom sy’n amherffaith
accessibility-time = Rhaid gorffen mewngofnodi i gymhwysiad o fewn 10 munud. Gallwch ddechrau eto mor aml ag y mynnwch.
accessibility-names = Pobl eraill sy’n ysgrifennu enwau cymwysiadau a’r hyn y maent yn gofyn amdano, a gallant fod mewn iaith wahanol i weddill y dudalen.
accessibility-translations = Nid yw cyfieithydd proffesiynol wedi darllen y testunau Cymraeg a Māori.
accessibility-people = Nid yw pobl ag anableddau wedi profi’r tudalennau hyn eto.
accessibility-problem = Os nad yw rhywbeth yn gweithio i chi
accessibility-tell = Dywedwch wrth y rhai sy’n rhedeg y gwasanaeth hwn beth oeddech am ei wneud, ar ba dudalen, a chyda pha ddyfais a meddalwedd.
