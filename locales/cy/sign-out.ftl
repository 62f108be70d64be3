# Allgofnodi: y cwestiwn, a’r ffaith ei fod wedi digwydd.
sign-out-title = Allgofnodi
sign-out-question = Ydych chi am allgofnodi?
sign-out-person = Rydych wedi mewngofnodi fel { $person }.
sign-out-asked = Mae { $client } yn gofyn i ni eich allgofnodi yma hefyd.
sign-out-effect = Rydym yn rhoi gwybod i’r rhaglenni a agorwyd gennych. Gall y rhai na allwn roi gwybod iddynt eich cadw wedi mewngofnodi ar eu hochr nhw.
sign-out-confirm = Allgofnodi
sign-out-stay = Aros wedi mewngofnodi

signed-out-title = Wedi allgofnodi
signed-out-heading = Rydych wedi allgofnodi
signed-out-shared = Ar gyfrifiadur rydych yn ei rannu ag eraill, caewch y porwr hefyd.
signed-out-next = Parhau i { $client }
signed-out-again = Mewngofnodi eto
signed-out-frame = Yn allgofnodi o raglen
