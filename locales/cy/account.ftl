# Trosolwg o gyfrif person.

account-heading = Eich cyfrif
account-person = Rydych wedi mewngofnodi fel { $person }.
account-sign-out = Allgofnodi
account-page-details-what = Eich enw a beth arall y gall rhaglenni ei weld amdanoch.
account-page-password-what = Newid eich cyfrinair.
account-page-email-what = Newid ble rydym yn ysgrifennu atoch.
account-page-factors-what = Apiau dilysu, allweddi mynediad a chodau adfer.
account-page-sessions-what = Porwyr a dyfeisiau. Gorffennwch yr hyn nad ydych yn ei adnabod.
account-page-applications-what = Yr hyn rydych wedi’i ganiatáu, a ffordd o’i dynnu’n ôl.
account-page-activity-what = Mewngofnodi a newidiadau’r 90 diwrnod diwethaf.
account-page-delete-what = Dileu eich cyfrif a’r hyn a wyddom amdanoch.
