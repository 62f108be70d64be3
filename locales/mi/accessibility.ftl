# Te tauākī āheitanga. He roa ake ngā kōrero kei docs/accessibility.md.

accessibility-heading = Āheitanga
accessibility-standard = Ko tō mātou hiahia kia taea e te katoa te takiuru ki konei. I hangaia ēnei whārangi kia ū ki ngā Aratohu Āheitanga Ihirangi Tukutuku 2.2 i te taumata AA.
accessibility-means = Te tikanga o tēnei ki a koe
accessibility-keyboard = Ka taea ngā mea katoa mā te papapātuhi anake, ā, ka kite tonu koe kei hea koe.
accessibility-reader = Ka kīia atu ki ngā pānui mata te take o ia āpure, me te hē kei roto.
accessibility-zoom = Ka taea te whakanui te kuputuhi kia whā ngā whakarea, ā, ka taea te mata kia whāiti ki te 320 pika, kāore he panuku ki te taha.
accessibility-colour = Ka mārama te kitea o te katoa o ngā kuputuhi, i te mata mārama, i te mata pōuri hoki, ā, kāore tētahi mea e kīia mā te tae anake.
accessibility-scripts = Kāore he JavaScript e hiahiatia ana hei takiuru mā te kupuhipa.
accessibility-memory = Kāore he panga hei whakaoti. Ka taea te whakapiri ngā kupuhipa me ngā waehere, ā, ka mahi ngā kaiwhakahaere kupuhipa.
accessibility-tested = Te āhua o tā mātou takinga
accessibility-tests = Ka takina ia whārangi e tētahi hōtaka, ā, ko ngā whārangi takiuru i ia reo: i te mārama me te pōuri, i ngā matapihi whāiti me te whānui, i ngā wā katoa e panoni ai te pūmanawa.
accessibility-known = Ngā mea e mōhio ana mātou kāore anō kia tika
accessibility-time = Me oti te takiuru ki tētahi taupānga i roto i te 10 meneti. Ka taea e koe te tīmata anō ahakoa te maha.
accessibility-names = Nā ētahi atu tāngata i tuhi ngā ingoa o ngā taupānga me ā rātou tono, ā, kei tētahi atu reo pea.
accessibility-translations = Kāore anō tētahi kaiwhakamāori ngaio kia pānui i ngā kuputuhi Wēra me te reo Māori.
accessibility-people = Kāore anō te hunga whaikaha kia whakamātau i ēnei whārangi.
accessibility-problem = Mēnā kāore tētahi mea e mahi mōu
accessibility-tell = Kōrero atu ki te hunga whakahaere i tēnei ratonga mō tāu i hiahia ai, i tēhea whārangi, me te pūrere me te pūmanawa.
