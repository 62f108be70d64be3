# Y dudalen flaen, a’r dudalen sy’n cludo ateb i’r cymhwysiad.

home-title = Croeso
home-lead = Mae’r gweinydd hwn yn mewngofnodi pobl i gymwysiadau, ac yn penderfynu pa gymhwysiad a gaiff alw pa API.
home-person = Rydych wedi mewngofnodi fel { $person }.
home-nobody = Nid ydych wedi mewngofnodi.
home-sign-in = Mewngofnodi
home-account = Eich cyfrif
home-sign-out = Allgofnodi
home-administrators = I weinyddwyr
home-console = Agor y consol
home-console-for = i gofrestru cleientiaid, APIs a defnyddwyr.
home-developers = I ddatblygwyr
home-issuer = Dyroddwr
home-discovery = Darganfod
home-configuration = Ffurfweddiad OpenID
home-keys = Allweddi llofnodi
home-key-set = JSON Web Key Set
home-try = Rhoi cynnig arni
home-playground = Maes chwarae: mewngofnodi fel y mae cleient yn ei weld

returning-title = Dychwelyd i’r cymhwysiad
returning-heading = Dychwelyd i { $client }
returning-wait = Os na fydd dim yn digwydd o fewn ychydig eiliadau, parhewch eich hun.
returning-button = Parhau
