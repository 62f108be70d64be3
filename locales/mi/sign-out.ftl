# Te takiputa: te pātai, me te whakaatu kua oti.
sign-out-title = Takiputa
sign-out-question = Kei te hiahia koe ki te takiputa?
sign-out-person = Kua takiuru koe hei { $person }.
sign-out-asked = E tono ana a { $client } kia takiputaina hoki koe i konei.
sign-out-effect = Ka whakamōhiotia ngā taupānga i huakina e koe. Ko ngā mea kāore e taea te whakamōhio, tērā pea ka takiuru tonu koe i tō rātou taha.
sign-out-confirm = Takiputa
sign-out-stay = Noho takiuru

signed-out-title = Kua takiputa
signed-out-heading = Kua takiputa koe
signed-out-shared = Mēnā e whakamahia ana te rorohiko e ētahi atu, katia hoki te pūtirotiro.
signed-out-next = Haere tonu ki { $client }
signed-out-again = Takiuru anō
signed-out-frame = Te takiputa i tētahi taupānga
