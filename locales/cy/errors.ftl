# Tudalennau gwallau: beth aeth o’i le, a thro pwy yw hi.

error-gone = Ni all y mewngofnodi hwn barhau
error-gone-what = Mae’r mewngofnodi hwn wedi dod i ben, neu fe’i dechreuwyd mewn porwr arall, neu fe gymerodd fwy na 10 munud.
error-no-longer-allowed = Rydych wedi’ch allgofnodi, neu ni chewch wneud hyn mwyach
error-no-longer-allowed-what = Cawsoch eich allgofnodi, neu golli’r hawl i wneud hyn, wrth anfon y ffurflen. Ni newidiwyd dim. Mewngofnodwch eto i barhau.
error-form = Nid oedd modd darllen y ffurflen
error-form-broken = Ni chyrhaeddodd yn gyfan, neu nid yn y ffurf y mae ein tudalennau’n ei hanfon.
error-form-too-large = Anfonwyd mwy nag y gall y ffurflen ei ddal.
error-form-too-slow = Cymerodd ormod o amser i gyrraedd.
error-foreign-form = Ni ellir derbyn y ffurflen hon
error-foreign-form-what = Anfonwyd y ffurflen o wefan arall, neu gan borwr nad yw’n dweud o ble. Ni wnaed dim.
error-no-page = Nid oes tudalen o’r fath
error-no-page-what = Efallai fod y cyfeiriad wedi’i gamdeipio.
error-developer = Ni ellir derbyn y cais hwn
error-ours = Mae rhywbeth o’i le yma
error-ours-what = Nid oedd modd dangos y dudalen oherwydd nam ar y gweinydd hwn.

error-turn-person = Beth allwch chi ei wneud
error-turn-person-advice = Ewch yn ôl i’r cymhwysiad a dechreuwch eto oddi yno.
error-turn-developer = Tro’r cymhwysiad yw hi
error-turn-developer-advice = Anfonodd y cymhwysiad chi yma gyda chais na allwn ei dderbyn. Ni wnaethoch chi ddim byd o’i le, ac ni fydd rhoi cynnig arall arni yn helpu. Dywedwch wrth y bobl sy’n gwneud y cymhwysiad, a rhowch y dudalen hon iddynt.
error-turn-us = Ein tro ni yw hi
error-turn-us-advice = Methodd rhywbeth ar ein hochr ni. Ni wnaethoch chi ddim byd o’i le. Rhowch gynnig arall arni ymhen ychydig funudau.
error-number = Dyfynnwch y cyfeirnod hwn os ysgrifennwch atom am hyn. Gydag ef gallwn weld yn ein cofnod beth ddigwyddodd:
