# Ngā mea e whakaatu ai te tangata ko wai ia, hāunga te kupuhipa: ngā taupānga motuhēhē, ngā kīwhakauru, ngā waehere whakaora.

factors-heading = Ngā kīwhakauru me ngā waehere
factors-lead = Ki te noho tētahi o ēnei ki te taha o tō kupuhipa, kāore e uru te tangata e mōhio ana ki te kupuhipa anake. Kia rua āu, kia kore ai koe e aukatia ki te ngaro tētahi.
factors-none = Kāore anō he mea māu.
factors-app = Taupānga motuhēhē
factors-passkey = Kīwhakauru
factors-column-name = Ingoa
factors-column-kind = He aha tēnei
factors-column-added = I tāpirihia
factors-column-used = Whakamahinga whakamutunga
factors-never = Kāore anō
factors-full = Kua tae koe ki te mōrahi mō tētahi pūkete. Tangohia tētahi i mua i te tāpiri i tētahi atu.
factors-back = Hoki ki ngā kīwhakauru me ngā waehere

# Ngā mea kua oti
factors-added = Kua tāpirihia, ā, ka whai mana mai i nāianei. Kua mutu ō atu takiurunga.
factors-renamed = Kua panonihia te ingoa.
factors-removed = Kua tangohia. Kua mutu ō atu takiurunga.

# Tētahi tauwehe
factors-name = Ingoa
factors-name-hint = Te āhua e mōhio ai koe ki a ia, pērā i te pūrere kei reira ia.
factors-name-wrong = Tuhia he ingoa, 1 ki te 100 pūāhua, e kitea katoatia ana.
factors-rename = Tiaki i te ingoa
factors-remove-heading = Tango
factors-remove-lead = Kāore e tuku anō i a koe kia uru. Ka mutu ō atu takiurunga.
factors-remove = Tangohia
factors-needed = Me whai tō pūkete i tētahi o ēnei. Tāpirihia tētahi atu i mua i te tango i tēnei.
factors-needed-by-password = He iti iho tō kupuhipa i te { $least } pūāhua, nō reira me whai i tētahi o ēnei i tōna taha. Kōwhiria he kupuhipa roa ake, tāpirihia rānei tētahi atu o ēnei, i mua i te tango i tēnei.

# He taupānga motuhēhē
factors-app-heading = Tāpiri i tētahi taupānga motuhēhē
factors-app-lead = Ka whakaatu te taupānga motuhēhē, kei tō waea pea, i tētahi waehere hou, 6 ōna mati, ia 30 hēkona.
factors-app-begin = Haere tonu
factors-app-scan = Matawaihia tēnei pikitia ki te taupānga.
factors-app-picture = Waehere QR kei roto te mea huna
factors-app-open = Whakatuwheratia te taupānga ki tēnei pūrere
factors-app-type = Ki te kore e taea te matawai, pātōngia tēnei mea huna ki te taupānga:
factors-app-code = Waehere
factors-app-code-hint = Ngā mati e 6 e whakaatuhia ana e te taupānga ināianei.
factors-app-confirm = Tāpirihia te taupānga
factors-app-again = Tīmata anō me tētahi atu mea huna
factors-app-wrong = Ehara tēnei i te waehere e whakaatuhia ana e te taupānga. Tatari ki te mea whai ake, ā, tirohia mehemea e tika ana te karaka o te pūrere.

# He kīwhakauru
factors-passkey-heading = Tāpiri i tētahi kīwhakauru
factors-passkey-lead = He kī te kīwhakauru kei tēnei pūrere, kei tō waea, kei tētahi kī haumaru rānei. Ka whakamahia mā tō matimati, tō kanohi, tētahi PIN rānei, ā, kāore e taea e te whārangi teka te tāhae.
factors-passkey-button = Hangaia te kīwhakauru
factors-passkey-failed = Kāore te pūtirotiro i oti, ā, kāore he mea i mahia. Ngana anō.
factors-passkey-missing = Kāore he kīwhakauru a tēnei pūtirotiro. Whakamahia tētahi atu pūtirotiro, tētahi atu ara rānei.
factors-passkey-script = Me whai JavaScript ngā kīwhakauru, ā, kua whakawetohia i tēnei pūtirotiro.
factors-passkey-nowhere = Me whai ingoa te tūmau mō ngā kīwhakauru, ā, he wāhitau tau te ara ki tēnei.
factors-passkey-refused = Kāore i taea te whakaae ki te kīwhakauru. Ngana anō.
factors-passkey-known = Kua rēhitatia kētia tēnei kīwhakauru.

# Ngā waehere whakaora
factors-codes-heading = Ngā waehere whakaora
factors-codes-lead = Kotahi te tukunga a ia waehere i a koe kia uru, mō te rā ka ngaro ngā mea katoa. Puritia ki te pepa, ki tētahi kaiwhakahaere kupuhipa rānei.
factors-codes-none = Kāore āu.
factors-codes-left = E toe ana { $count } ō waehere.
factors-codes-made = I hangaia
factors-codes-make = Hangaia he waehere whakaora
factors-codes-make-new = Hangaia he waehere whakaora hou
factors-codes-replace = Ki te hanga waehere hou koe, ka mutu te mahi a ērā o nāianei.
factors-codes-later = Tāpirihia he taupānga motuhēhē, he kīwhakauru rānei i te tuatahi. Ka tū ngā waehere whakaora hei whakakapi.
factors-codes-new-heading = Ō waehere whakaora
factors-codes-new-lead = Puritia ināianei: e rima meneti te roa rawa e whakaatuhia ai. Kotahi te mahinga o ia waehere. Kua mutu te mahi a ō waehere o mua, ā, kua mutu ō atu takiurunga.
factors-codes-print = Tā
factors-codes-stored = Kua puritia e au
factors-codes-download = Tikiake hei kōnae kuputuhi
factors-codes-file = Ngā waehere whakaora o { $username } i { $installation }. Kotahi te mahinga o ia waehere.
