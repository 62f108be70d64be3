# Te whakaaetanga: ko wai e tono ana i te aha.

consent-title = Tuku urunga
consent-heading = E tono ana a { $client } kia uru ki tō pūkete
consent-person = Kua takiuru koe hei { $person }.
consent-switch = Ehara i a koe? Whakamahia tētahi atu pūkete
consent-scopes = Ki te whakaae koe, ka taea e { $client } te:
consent-api = I roto i a { $api }
consent-allow = Tuku urunga
consent-deny = Whakakāhore urunga
consent-remembered = Ki te whakaae koe, ka maumahara mātou, ā, e kore e pātai anō kia tono rā anō a { $client } kia nui ake.
consent-asked-again = Ka pātai anō mātou ki a koe ā muri ake.
consent-test = He whakamātautau tēnei, nā { $person } i tīmata. Kāore a { $client } e whiwhi i tētahi mea. Ka whakaaturia kē ki a { $person } ngā mea ka mōhio ai ia mōu.
consent-not-checked = Kāore i arowhaihia e tēnei whakahaere. Ko te taupānga tonu e whakaahua ana i a ia anō, i { $host }.
consent-leads-to = Ka haere tō whakautu ki { $host }.
consent-leads-here = Ka haere tō whakautu ki tētahi papatono i tō pūrere. Tukua te urunga mēnā nāu tonu i tīmata i nāianei tonu.
consent-about = Mō te taupānga
consent-home-page = Tōna whārangi kāinga
consent-policy = Tana kaupapahere tūmataitinga
consent-terms = Ana tikanga ratonga

# Ngā mea e taea ai e te taupānga mā ngā whānuitanga o OpenID Connect: ka whai i te "ka taea".
scope-openid = Mōhio ko koe tonu, mā tētahi pūtautuhi
scope-profile = Pānui i tō kōtaha, pērā i tō ingoa me tō whakaahua
scope-email = Pānui i tō wāhitau īmēra
scope-address = Pānui i tō wāhitau poutāpeta
scope-phone = Pānui i tō nama waea
scope-roles = Te mōhio ki ō tūranga
scope-offline-access = Pupuri i tēnei urunga i a koe e ngaro ana, kia tangohia rā anō e koe
tested = Kua mutu te whakamātautau
tested-what = Ka kite te tangata nāna i tīmata, i te papatohu, i ngā mea ka whiwhi ai te taupānga. Kāore te taupānga i whiwhi i tētahi mea, ā, kāore tō whakautu e puritia. Ka taea te kati i tēnei matapihi.
tested-result = Tirohia te hua i te papatohu
