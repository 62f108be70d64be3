# Te tirohanga whānui o te pūkete a tētahi tangata.

account-heading = Tō pūkete
account-person = Kua takiuru koe hei { $person }.
account-sign-out = Takiputa
account-page-details-what = Tō ingoa me ētahi atu mea ka kitea e ngā taupānga.
account-page-password-what = Panonihia tō kupuhipa.
account-page-email-what = Panonihia te wāhi ka tuhi mātou ki a koe.
account-page-factors-what = Ngā taupānga motuhēhē, ngā kī uru me ngā waehere whakaora.
account-page-sessions-what = Ngā pūtirotiro me ngā pūrere. Whakamutua ngā mea kāore koe e mōhio.
account-page-applications-what = Ngā mea i whakaaetia e koe, me te ara hei tango.
account-page-activity-what = Ngā takiurunga me ngā panonitanga o ngā rā e 90 kua hipa.
account-page-delete-what = Tangohia tō pūkete me ngā mea e mōhio ana mātou mōu.
