# Te oranga o te pūkete: te tīmatanga, te hokinga mai, ngā panonitanga, te mutunga.

# He aha te hē o te kupuhipa hou
password-too-short = Kia { $least } neke atu ngā pūāhua.
password-too-long = Kia 1,024 paita te nui rawa: tata ki te 1,000 pū.
password-guessable = He ngāwari te matapae i tēnei kupuhipa. Whakamahia ētahi kupu kāore e hāngai tētahi ki tētahi, kaua e pā ana ki a koe, ki tēnei wāhi rānei.
password-breached = Kei roto tēnei kupuhipa i tētahi rārangi kupuhipa i tāhaetia, nō reira ka whakamātauria e ētahi atu. Whakamahia tētahi atu.
password-busy = He maha ngā kupuhipa e takina ana ināianei, nō reira kāore anō tāu kia takina. Kāore he mea i huri. Ngana anō ā ngā hēkona torutoru.

# He kupuhipa hou
new-password-rule = Kia { $least } neke atu ngā pūāhua. He pai ngā kupu maha kāore e hāngai tētahi ki tētahi. Ka whakaaetia ngā mokowā me ērā atu pūāhua katoa.
new-password-label = Kupuhipa hou
new-password-button = Tautuhia te kupuhipa

# Ngā hononga kāore e mahi
link-gone = Kāore tēnei hononga e mahi
link-gone-what = Kua whakamahia kētia, kua whakakapia e tētahi mea hou, kua mutu rānei tōna wā.
link-gone-new = Tīkina he hononga hou

# He kupuhipa kua wareware
recovery-heading = Tīkina he hononga hei tautuhi i te kupuhipa hou
recovery-lead = Ka tukuna ki te wāhitau īmēra o tō pūkete.
recovery-username = Ingoa kaiwhakamahi, wāhitau īmēra rānei
recovery-button = Tukuna he hononga
recovery-sent = Tirohia tō īmēra
recovery-sent-what = Mēnā he pūkete kei tēnei ingoa, wāhitau rānei, kei te haere atu he īmēra me te hononga. E 20 meneti te mahinga o te hononga. Ki te kore he īmēra e tae mai, tirohia tō īmēra paraurehe, pātaihia rānei ngā tāngata nā rātou te pūkete i hoatu.
recovery-empty = Tuhia tō ingoa kaiwhakamahi, tō wāhitau īmēra rānei.
outcome-back = Haere tonu ki { $client }
outcome-signed-in = Kāore he take kia tuhia anō.
outcome-account = Haere tonu ki tō pūkete
recovery-set-heading = Tautuhia he kupuhipa hou
recovery-set-lead = Ka mutu ērā atu takiurunga āu katoa.
recovery-done = Kua tautuhia tō kupuhipa
recovery-done-what = Takiuru mai ināianei.
recovery-sign-in = Takiuru

# He tono kia uru mai
invitation-heading = Kōwhiria he kupuhipa
invitation-lead = Ko { $username } tō ingoa kaiwhakamahi. Mā tērā me tēnei kupuhipa koe e takiuru ai.

# Te whakatuwhera pūkete
registration-heading = Whakatuwheratia he pūkete
registration-lead = Ka tukuna he hononga ki a koe. Ko tō wāhitau īmēra hei ingoa kaiwhakamahi mōu.
registration-email = Wāhitau īmēra
registration-button = Tukuna he hononga
registration-sent = Tirohia tō īmēra
registration-sent-what = Kei te haere atu he īmēra me te hononga ki a koe. E 20 meneti te mahinga o te hononga. Ki te kore he īmēra e tae mai, tirohia tō īmēra paraurehe.
registration-malformed = Tuhia kia kotahi te wāhitau īmēra, pērā i te ingoa@example.org.
registration-form-heading = Whakatuwheratia tō pūkete
registration-form-lead = Ko { $username } tō ingoa kaiwhakamahi.
registration-name = Tō ingoa
registration-name-hint = Kia pērā tonu i tā ētahi atu e kite ai.
registration-name-wrong = Tuhia tō ingoa: kia 100 pūāhua te nui rawa, kia kitea katoa.
registration-form-button = Whakatuwheratia te pūkete
registration-done = Kua tuwhera tō pūkete
registration-done-what = Takiuru mai mā tō wāhitau īmēra me tō kupuhipa.

# Te wāhitau īmēra
email-confirm-heading = Whakaūngia tō wāhitau īmēra
email-confirm-lead = Kia noho ko { $address } hei wāhitau īmēra mō te pūkete { $person }?
email-confirm-button = Whakaūngia te wāhitau
email-confirmed = Kua whakaūngia tō wāhitau īmēra
email-confirmed-what = Mai ināianei ka haere ki reira ngā īmēra mō tō pūkete.
email-undo-heading = Whakahokia mai tō wāhitau īmēra
email-undo-lead = Kia noho anō ko { $address } hei wāhitau īmēra mō te pūkete { $person }? Ka mutu ngā takiurunga katoa.
email-undo-button = Whakahokia mai te wāhitau
email-undone = Kua hoki tō wāhitau īmēra ki tērā i mua
email-undone-what = Kua mutu ngā takiurunga katoa. Mēnā nā tētahi atu i panoni te wāhitau, tērā pea e mōhio ana ia ki tō kupuhipa: tautuhia he mea hou ināianei.
email-undone-recover = Tautuhia he kupuhipa hou
email-to-account = Haere ki tō pūkete
email-heading = Tō wāhitau īmēra
email-present = Ko { $address }.
email-none = Kāore he wāhitau e mōhiotia ana.
email-verified = Kua whakaūngia.
email-unverified = Kāore anō kia whakaūngia.
email-new = Wāhitau īmēra hou
email-new-hint = Ka tukuna he hononga ki reira. Ka panonihia te wāhitau ina whakamahia e koe.
email-change = Panonihia te wāhitau
email-verify = Tukuna he hononga hei whakaū
email-asked = Kei te haere atu he īmēra me te hononga. E 20 meneti te mahinga o te hononga.
email-too-often = Kua tukuna kētia ētahi hononga ki a koe. Tatari kia pau te haora, ka whakamātau anō.
email-same = Ko tō wāhitau kē tēnei.
email-given = Nā tētahi kaiwhakahaere tēnei wāhitau i tautuhi: { $when }. Kia tae ki te { $until } ka kore he hononga mō te kupuhipa hou e tukuna ki reira, ki te kore koe e kī nāu.
email-mine = Ko tōku wāhitau tēnei
email-accepted = Kua kī koe ko tō wāhitau tēnei. Ka taea ināianei te tuku hononga mō te kupuhipa hou ki reira.

# An account that is held
hold-heading = Puritia tēnei pūkete
hold-lead = Meatia tēnei mēnā ehara nāu i tuku te wāhitau { $address } o te pūkete { $person }. Kātahi ka kore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi kaiwhakahaere. Ka noho takiuru tonu te hunga kua takiuru.
hold-button = Puritia te pūkete
hold-done = Kua puritia te pūkete
hold-done-what = Kua mōhio ngā kaiwhakahaere. Kāore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi o rātou. Kōrero hoki ki ngā tāngata whakahaere i tēnei wāhi.

# Ngā taipitopito
details-heading = Ō taipitopito
details-lead = Ka kitea e ngā taupānga, mēnā ka whakaae koe.
details-name = Ingoa katoa
details-given-name = Ingoa tuatahi
details-family-name = Ingoa whānau
details-nickname = Te ingoa e pai ana ki a koe
details-locale = Te reo o ā mātou īmēra
details-locale-none = Te reo o tēnei wāhi
details-button = Tiakina ngā taipitopito
details-saved = Kua tiakina ō taipitopito.
details-wrong = Kia { $most } pūāhua te nui rawa, kia kitea katoa.
details-outdated = I panonihia ō taipitopito i wāhi kē. Kei konei tonu tāu i pato ai: ki te tiakina ināianei, ka whakakapia taua panonitanga.
details-middle-name = Ingoa waenga
details-phone-number = Tau waea
details-address = Wāhi noho
details-street-address = Tiriti me te tau
details-postal-code = Waehere poutāpeta
details-locality = Tāone
details-region = Rohe
details-country = Whenua
details-formatted-address = Te wāhi noho katoa, pēnei i te kōpaki
details-birthdate = Rā whānau
details-gender = Ira tangata
details-zoneinfo = Rohe wā
details-profile = He whārangi mōu
details-picture = Tō whakaahua
details-website = Tō paetukutuku
details-hint-phone = Me te waehere o te whenua: +64 21 555 0100.
details-hint-date = Pēnei: 1987-04-12; 0000-04-12 ki te kore te tau, ko te tau anake rānei.
details-hint-zone = Pēnei: Pacific/Auckland.
details-hint-link = He wāhitau tukutuku ka tīmata ki https://.
details-wrong-phone = Tuhia te + me te waehere o te whenua, kātahi ko te tau: +64 21 555 0100.
details-wrong-date = Tuhia he rā pēnei i te 1987-04-12, 0000-04-12, 1987 rānei, kaua he rā kei te heke mai.
details-wrong-zone = Tuhia te ingoa o tētahi rohe wā, pēnei i te Pacific/Auckland.
details-wrong-locale = Kōwhiria he reo.
details-wrong-link = Tuhia he wāhitau tukutuku ka tīmata ki https://.
details-not-yours = Kāore e taea te panoni i tēnei i konei: { $claim }.
details-others = He aha atu e mōhiotia ana mōu
details-others-lead = Ka kitea hoki e ngā taupānga, mēnā ka whakaae koe. Ki te hē tētahi mea, pātai ki ngā tāngata whakahaere i a { $place }.
details-nothing = Hāunga tō ingoa kaiwhakamahi me tō īmēra, kāore he mea mōu e puritia ana i konei.

# Te kupuhipa
password-heading = Panonihia tō kupuhipa
password-lead = Ka mutu ērā atu takiurunga āu katoa, ā, ka ngaro te āheinga o ngā taupānga kia takiuru anō rā anō koe.
password-current = Kupuhipa o nāianei
password-changed = Kua panonihia tō kupuhipa. Kua mutu ērā atu takiurunga katoa.
password-wrong = Ehara tēnei i tō kupuhipa o nāianei.
password-too-often = He maha rawa ngā hē o te kupuhipa o nāianei. Tatari mō tētahi wā, ka whakamātau anō.

# Te mutunga
delete-heading = Mukua tō pūkete
delete-lead = Ka takiputahia koe i ngā wāhi katoa, ā, kāore he taupānga e āhei ki te mahi mōu. I roto i ngā rā e 30 ka mukua katoatia ngā mea e mōhiotia ana mōu. I mua i tērā, ka taea te pūkete te whakahoki mai e ngā tāngata whakahaere i tēnei wāhi.
delete-confirmation = Patopatohia a { $username } hei whakaū
delete-mismatch = Ehara tēnei i tō ingoa kaiwhakamahi. Kāore he mea i mukua.
delete-last = Ko koe te kaiwhakahaere whakamutunga i konei. Meinga tētahi atu hei kaiwhakahaere i te tuatahi.
delete-button = Mukua te pūkete
delete-done = Kua mukua tō pūkete
delete-done-what = Kua takiputahia koe i ngā wāhi katoa. I roto i ngā rā e 30 ka mukua katoatia ngā mea e mōhiotia ana mōu.
