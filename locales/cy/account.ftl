# Trosolwg o gyfrif person.

account-heading = Eich cyfrif
account-person = Rydych wedi mewngofnodi fel { $person }.
account-sign-out = Allgofnodi
account-page-details = Eich manylion
account-page-details-what = Eich enw a beth arall y gall rhaglenni ei weld amdanoch.
account-page-password = Cyfrinair
account-page-password-what = Newid eich cyfrinair.
account-page-email = Cyfeiriad e-bost
account-page-email-what = Newid ble rydym yn ysgrifennu atoch.
account-page-factors = Ffyrdd o fewngofnodi
account-page-factors-what = Apiau dilysu, allweddi mynediad a chodau adfer.
account-page-sessions = Ble rydych wedi mewngofnodi
account-page-sessions-what = Porwyr a dyfeisiau. Gorffennwch yr hyn nad ydych yn ei adnabod.
account-page-applications = Rhaglenni
account-page-applications-what = Yr hyn rydych wedi’i ganiatáu, a ffordd o’i dynnu’n ôl.
account-page-activity = Gweithgarwch
account-page-activity-what = Mewngofnodi a newidiadau’r 90 diwrnod diwethaf.
account-page-delete = Dileu eich cyfrif
account-page-delete-what = Dileu eich cyfrif a’r hyn a wyddom amdanoch.
