# Mewngofnodi: enw defnyddiwr a chyfrinair.

sign-in-heading = Mewngofnodi
sign-in-for = i barhau i { $client }
sign-in-username = Enw defnyddiwr
sign-in-password = Cyfrinair
sign-in-button = Mewngofnodi
sign-in-cancel = Canslo a mynd yn ôl i { $client }
sign-in-wrong = Nid yw’r enw defnyddiwr neu’r cyfrinair yn gywir. Gwiriwch y ddau a rhowch gynnig arall arni.
sign-in-busy = Mae llawer o bobl yn mewngofnodi ar hyn o bryd. Rhowch gynnig arall arni ymhen ychydig eiliadau.
sign-in-console = Mewngofnodi i’r consol
sign-in-passkey = Mewngofnodi ag allwedd mynediad
sign-in-forgotten = Wedi anghofio’ch cyfrinair?
sign-in-register = Agor cyfrif
sign-in-weak = Daeth eich cyfrinair yma o system arall, ac nid yw’n ddigon cryf ar gyfer yr un hon. Dewiswch un newydd: dilynwch y ddolen ar gyfer cyfrinair a anghofiwyd.
sign-in-separated = Mae’r cyfrif hwn yn gweinyddu’r gosodiad hwn, ac fe’i cedwir ar wahân i raglenni. Mewngofnodwch â chyfrif arall.
sign-in-throttled = Methodd gormod o ymdrechion i fewngofnodi. Arhoswch rai munudau, yna rhowch gynnig arall arni.
