# Refusals of those who ask too often, or from where nobody should.

error-too-many = Gormod o geisiadau
error-too-many-what = Anfonodd eich dyfais, neu eraill ar eich rhwydwaith, fwy o geisiadau nag y gall person eu gwneud. Arhoswch funud, yna rhowch gynnig arall arni.
error-network = Ni allwch ddefnyddio’r gwasanaeth hwn o’r fan hon
error-network-what = Gwrthodir ceisiadau o’r rhwydwaith yr ydych arno. Defnyddiwch rwydwaith arall, neu gofynnwch i’r bobl sy’n rhedeg y gwasanaeth hwn.
device-unknown = dyfais na ddywedodd wrthym beth ydyw
