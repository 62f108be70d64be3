# Īmēra. Kotahi te rārangi o te kaupapa; kei raro i te kupu te hononga.
mail-greeting = Tēnā koe,
mail-footer = Nā { $installation } tēnei īmēra i tuku, nā te mea e pā ana ki tētahi pūkete i { $issuer }. Kāore e taea te whakautu.
mail-not-you = Ki te kore nāu tēnei, tērā pea e mōhio ana tētahi atu ki tō kupuhipa. Tautuhia he mea hou ināianei: { $link }

mail-invitation-subject = Tō pūkete i { $installation }
mail-invitation-text = Kua hangaia tētahi pūkete māu i { $installation }. Kōwhiria he kupuhipa hei tīmata. Kotahi te mahinga o te hononga, mō te 20 meneti. Mēnā kua mutu i tō taenga atu, mā taua whārangi anō tētahi atu e tuku ki a koe.
mail-invitation-action = Kōwhiria he kupuhipa

mail-recovery-subject = Tautuhia he kupuhipa hou i { $installation }
mail-recovery-text = I tono tētahi kia tautuhia he kupuhipa hou mō tō pūkete i { $installation }. Mēnā ko koe, haere tonu i konei. Kotahi te mahinga o te hononga, mō te 20 meneti. Mēnā ehara ko koe, kaua e aha: ka noho tonu tō kupuhipa.
mail-recovery-action = Tautuhia he kupuhipa hou

mail-registration-subject = Whakatuwheratia tō pūkete i { $installation }
mail-registration-text = I tono tētahi kia whakatuwheratia he pūkete i { $installation } mā tēnei wāhitau. Mēnā ko koe, haere tonu i konei. Kotahi te mahinga o te hononga, mō te 20 meneti. Mēnā ehara ko koe, kaua e aha: kāore he pūkete e hangaia.
mail-registration-action = Whakatuwheratia te pūkete

mail-already-registered-subject = He pūkete tāu i { $installation }
mail-already-registered-text = I tono tētahi kia whakatuwheratia he pūkete i { $installation } mā tēnei wāhitau, engari he pūkete kē tāu. Mēnā ko koe, takiuru mai, tautuhia rānei he kupuhipa hou mēnā kua wareware i a koe. Mēnā ehara ko koe, kaua e aha: ka noho tonu tō pūkete.

mail-verify-email-subject = Whakaūngia tō wāhitau īmēra i { $installation }
mail-verify-email-text = Whakaūngia ko tēnei te wāhitau īmēra o te pūkete { $person } i { $installation }. Kotahi te mahinga o te hononga, mō te 20 meneti. Mēnā kāore koe i tono, mēnā rānei ehara tēnei i tō pūkete, kaua e aha: kāore te wāhitau e whakamahia.
mail-verify-email-action = Whakaūngia te wāhitau

mail-email-changed-subject = Kua panonihia tō wāhitau īmēra i { $installation }
mail-email-changed-text = I te { $when } i hoatu tētahi tangata kua takiuru ki tō pūkete i { $installation } he wāhitau īmēra anō ki taua pūkete, ā, kua kore tēnei e whakamahia. Mēnā ko koe, kāore he mahi. Mēnā ehara ko koe, whakahokia mai te wāhitau. Ki te kore tērā e mahi, puritia te pūkete: kātahi ka kore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi kaiwhakahaere. Kotahi te mahinga o ia hononga, mō ngā rā e 7.
mail-email-changed-action = Whakahokia mai te wāhitau

mail-email-lost-person-text = I te { $when } i hoatu tētahi tangata kua takiuru ki tō pūkete i { $installation } he wāhitau īmēra anō ki taua pūkete, ā, kua kore tēnei e whakamahia. Mēnā ko koe, kāore he mahi. Mēnā ehara ko koe, puritia te pūkete: kātahi ka kore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi kaiwhakahaere. Kotahi te mahinga o te hononga, mō ngā rā e 7.
mail-email-lost-administrator-text = I te { $when } i panonihia, i tangohia rānei e tētahi kaiwhakahaere te wāhitau īmēra o tō pūkete i { $installation }, ā, kua kore tēnei e whakamahia. Mēnā kei te mōhio koe he aha ai, kāore he mahi. Ki te kore, puritia te pūkete: kātahi ka kore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi kaiwhakahaere. Kotahi te mahinga o te hononga, mō ngā rā e 7.
mail-email-lost-undo-text = I te { $when } i whakahokia mai tētahi wāhitau īmēra o mua o tō pūkete i { $installation }, mā tētahi hononga i tukuna ki reira, ā, kua kore tēnei e whakamahia. Mēnā ko koe, kāore he mahi. Mēnā ehara ko koe, puritia te pūkete: kātahi ka kore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra kia tirohia rā anō e tētahi kaiwhakahaere. Kotahi te mahinga o te hononga, mō ngā rā e 7.
mail-hold-action = Puritia te pūkete

mail-takeover-reported-subject = Tērā pea kei te tango tētahi i tētahi pūkete i { $installation }
mail-takeover-reported-text = I te { $when } i kī tētahi e pānui ana i ngā īmēra i tētahi wāhitau o mua o te pūkete { $person } ehara nā te tangata o te pūkete i panoni te wāhitau. Kua puritia te pūkete: kāore e taea e tētahi te tautuhi kupuhipa hou mā te īmēra. Tirohia tōna hītori, kimihia mā tētahi ara kē atu i te īmēra nā wai te pūkete, kātahi ka tukua.
mail-takeover-reported-action = Huakina te pūkete i te papatohu

mail-password-changed-subject = Kua panonihia tō kupuhipa i { $installation }
mail-password-changed-text = Kua panonihia te kupuhipa o tō pūkete i { $installation }. Kua mutu ērā atu takiurunga katoa.

mail-factor-added-subject = He ara hou hei takiuru i { $installation }
mail-factor-added-text = Ka taea ināianei te whakamahi i te “{ $name }” hei takiuru ki tō pūkete i { $installation }.

mail-factor-removed-subject = Kua tangohia tētahi ara takiuru i { $installation }
mail-factor-removed-text = Kua kore e taea te whakamahi i te “{ $name }” hei takiuru ki tō pūkete i { $installation }.

mail-recovery-codes-made-subject = He waehere whakaora hou i { $installation }
mail-recovery-codes-made-text = Kua hangaia he waehere whakaora hou mō tō pūkete i { $installation }. Kua kore ērā o mua e mahi.

mail-new-device-subject = He takiurunga hou i { $installation }
mail-new-device-text = I whakamahia tō pūkete i { $installation } mai i tētahi pūrere kāore mātou i mōhio: { $device }, { $place }.

mail-account-deleted-subject = Kua mukua tō pūkete i { $installation }
mail-account-deleted-text = Kua mukua tō pūkete i { $installation }. I roto i ngā rā e 30 ka mukua katoatia ngā mea e mōhiotia ana mōu. Mēnā e hiahia ana koe kia whakahokia mai, kōrero atu ki ngā tāngata whakahaere i { $installation } i mua i tērā.

mail-by-administrator-subject = Kua hurihia tō pūkete i { $installation }
mail-disabled-text = I monokia tō pūkete i { $installation } e tētahi kaiwhakahaere: kāore e taea e koe te takiuru, ā, kua mutu ngā whakaaetanga ki ngā kiritaki. Ki te kore koe e mōhio he aha ai, pātai atu ki ngā tāngata whakahaere i { $installation }.
mail-enabled-text = I whakahohea tō pūkete i { $installation } e tētahi kaiwhakahaere: ka taea anō e koe te takiuru. Ki te kore koe e mōhio he aha ai, pātai atu ki ngā tāngata whakahaere i { $installation }.
mail-restored-text = I whakahokia mai tō pūkete i { $installation } e tētahi kaiwhakahaere, i mukua i mua. Kei te monokia kia whakahohea rā anō e rātou. Ki te kore koe e hiahia kia hoki mai, kōrero atu ki ngā tāngata whakahaere i { $installation }.
mail-roles-changed-text = I hurihia ngā tūranga o tō pūkete i { $installation } e tētahi kaiwhakahaere, nō reira kua rerekē pea ngā mahi ka taea e ngā taupānga mōu. Ki te kore koe e mōhio he aha ai, pātai atu ki ngā tāngata whakahaere i { $installation }.
mail-sessions-ended-text = I whakamutua ētahi takiurunga ki tō pūkete i { $installation } e tētahi kaiwhakahaere. Ka taea anō e koe te takiuru. Ki te kore koe e mōhio he aha ai, pātai atu ki ngā tāngata whakahaere i { $installation }.
