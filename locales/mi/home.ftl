# Te whārangi matua, me te whārangi e kawe ana i te whakautu ki te taupānga.

home-title = Nau mai
home-lead = Ka takiuru tēnei tūmau i te tangata ki ngā taupānga, ā, ka whakatau ko tēhea taupānga ka āhei ki te karanga i tēhea API.
home-person = Kua takiuru koe hei { $person }.
home-nobody = Kāore anō koe kia takiuru.
home-sign-in = Takiuru
home-account = Tō pūkete
home-sign-out = Takiputa
home-administrators = Mā ngā kaiwhakahaere
home-console = Huakina te papatohu
home-console-for = hei rēhita i ngā kiritaki, i ngā API me ngā kaiwhakamahi.
home-developers = Mā ngā kaiwhakawhanake
home-issuer = Kaituku
home-discovery = Hurahanga
home-configuration = Whirihoranga OpenID
home-keys = Ngā kī waitohu
home-key-set = JSON Web Key Set
home-try = Whakamātauria
home-playground = Papa tākaro: takiuru pērā i tā te kiritaki e kite ai

returning-title = E hoki ana ki te taupānga
returning-heading = E hoki ana ki { $client }
returning-wait = Ki te kore tētahi mea e puta i roto i ngā hēkona torutoru, haere tonu koe anō.
returning-button = Haere tonu
