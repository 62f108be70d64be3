# Te takiuru: he ingoa kaiwhakamahi me tētahi kupuhipa.

sign-in-heading = Takiuru
sign-in-for = kia haere tonu ki { $client }
sign-in-username = Ingoa kaiwhakamahi
sign-in-password = Kupuhipa
sign-in-button = Takiuru
sign-in-cancel = Whakakore ka hoki ki { $client }
sign-in-wrong = Kāore i tika te ingoa kaiwhakamahi, te kupuhipa rānei. Tirohia ngā mea e rua ka ngana anō.
sign-in-busy = He tokomaha ngā tāngata e takiuru ana ināianei. Ngana anō ā ngā hēkona torutoru.
sign-in-console = Takiuru ki te papatohu
sign-in-passkey = Takiuru mā te kī uru
sign-in-forgotten = Kua wareware i a koe tō kupuhipa?
sign-in-register = Huakina he pūkete
sign-in-weak = I haere mai tō kupuhipa i tētahi atu pūnaha, ā, kāore i te kaha rawa mō tēnei. Whiriwhiria he mea hou: whāia te hono mō te kupuhipa kua warewaretia.
sign-in-separated = Kei te whakahaere tēnei pūkete i tēnei whakaurunga, ā, ka noho wehe i ngā taupānga. Takiuru mā tētahi atu pūkete.
sign-in-throttled = He nui rawa ngā takiuru i rahua. Tatari mō ētahi meneti, kātahi ka ngana anō.
