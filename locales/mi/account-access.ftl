# Where a person is signed in, what they allowed applications, and what happened lately.
access-back = Tō pūkete

sessions-heading = Ngā wāhi kua takiuru koe
sessions-about = Ngā pūtirotiro katoa kua takiuru koe. Ki te kore koe e mōhio ki tētahi, whakamutua, ka tautuhi i tētahi kupuhipa hou.
sessions-this = Tēnei pūtirotiro
sessions-kind = Mō
sessions-console = Te whakahaere
sessions-address = Wāhitau
sessions-signed-in = I takiuru
sessions-last-seen = I kitea whakamutunga
sessions-end = Whakamutua tēnei wātū
sessions-sign-out = Takiputa i konei
sessions-others = Ērā atu katoa
sessions-others-about = Ka whakamutua ngā wātū katoa, hāunga tēnei, i roto i te 1 hēkona, me ngā mea i hoatu e rātou ki ngā taupānga. Ko ngā taupānga i whakaaetia e koe kia mau tonu te uru i a koe e ngaro ana, ka mau tonu: tangohia tērā i raro i ngā taupānga.
sessions-end-others = Whakamutua ērā atu wātū katoa
sessions-ended = Kua mutu te wātū.

applications-heading = Ngā taupānga whai uru
applications-about = I whakaae koe kia whakamahi ēnei taupānga i tō pūkete.
applications-none = Kāore anō koe kia whakaae ki tētahi taupānga kia whakamahi i tō pūkete.
applications-may = Ka taea e ia:
applications-given = I whakaaetia
applications-last-used = I whakamahia whakamutunga
applications-never-used = Kāore anō
applications-withdraw = Tangohia te uru
applications-withdrawn = Kua tangohia te uru. Ka mutu tana mahi i roto i te 1 hēkona.

activity-heading = Ngā mea i tata nei
activity-about = Ngā takiurunga me ngā huringa o ngā rā 90 kua hipa. Ki te kore koe e mōhio ki tētahi mea, tautuhia he kupuhipa hou.
activity-none = Kāore anō he mea kia puta.
activity-when = Āhea
activity-what = He aha
activity-where = Nō hea
activity-pages = Ngā whārangi o tēnei rārangi
activity-older = Tawhito ake
activity-by-another = Nā tētahi kaiwhakahaere tēnei.
activity-roles-changed = I hurihia ō tūranga.

access-device = { $browser } i runga i { $system }
access-device-unknown = He pūrere kāore e kī ana he aha ia
