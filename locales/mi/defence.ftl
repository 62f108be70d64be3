# Refusals of those who ask too often, or from where nobody should.

error-too-many = He nui rawa ngā tono
error-too-many-what = He nui ake ngā tono i tukuna mai e tō pūrere, e ētahi atu rānei i tō whatunga, i tā te tangata e taea ai. Tatari mō te meneti kotahi, kātahi ka ngana anō.
error-network = Kāore e taea e koe te whakamahi i tēnei ratonga mai i konei
error-network-what = Ka whakakāhoretia ngā tono mai i te whatunga e noho nei koe. Whakamahia tētahi atu whatunga, pātai atu rānei ki ngā tāngata whakahaere i tēnei ratonga.
device-unknown = he pūrere kāore i whakamōhio mai he aha ia
