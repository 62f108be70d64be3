# Ngā whārangi hapa: he aha te hē, ā, kei a wai te mahi.

error-gone = Kāore e taea te haere tonu o tēnei takiuru
error-gone-what = Kua mutu tēnei takiuru, i tīmata rānei i tētahi atu pūtirotiro, neke atu rānei i te 10 meneti te roa.
error-no-longer-allowed = Kua takiputa koe, kāore rānei koe e whakaaetia ana ki te mahi i tēnei ināianei
error-no-longer-allowed-what = I takiputa koe, i ngaro rānei tō mōtika ki te mahi i tēnei, i a koe e tuku ana i te puka. Kāore he mea i panonitia. Takiuru anō kia haere tonu.
error-form = Kāore i taea te pānui te puka
error-form-broken = Kāore i tae katoa mai, kāore rānei i te āhua e tukuna ai e ā mātou whārangi.
error-form-too-large = He nui ake i tukuna mai i tā te puka e taea ai te pupuri.
error-form-too-slow = He roa rawa te taenga mai.
error-foreign-form = Kāore e taea te whakaae ki tēnei puka
error-foreign-form-what = I tukuna mai te puka i tētahi atu pae, nā tētahi pūtirotiro rānei kāore e kī mai nō hea. Kāore tētahi mahi i oti.
error-no-page = Kāore he whārangi pērā
error-no-page-what = Kua hē pea te patopato i te wāhitau.
error-developer = Kāore e taea te whakaae ki tēnei tono
error-ours = He hē kei konei
error-ours-what = Kāore i taea te whakaatu te whārangi nā tētahi hapa i tēnei tūmau.

error-turn-person = Ngā mea ka taea e koe
error-turn-person-advice = Hoki atu ki te taupānga ka tīmata anō i reira.
error-turn-developer = Kei te taupānga te mahi
error-turn-developer-advice = I tukuna mai koe e te taupānga me tētahi tono kāore e taea e mātou te whakaae. Kāore koe i hē, ā, kāore e āwhina te ngana anō. Kōrero atu ki ngā tāngata nā rātou te taupānga i hanga, hoatu hoki tēnei whārangi ki a rātou.
error-turn-us = Kei a mātou te mahi
error-turn-us-advice = I hē tētahi mea ki tō mātou taha. Kāore koe i hē. Ngana anō ā ngā meneti torutoru.
error-number = Whakahuatia tēnei tohutoro ina tuhi mai koe mō tēnei. Mā reira ka kitea e mātou i tā mātou rangitaki te mea i puta:
