# Te anga o ia whārangi, me ngā wāhanga e tohaina ana e ngā whārangi.

shell-skip = Peke ki ngā ihirangi
shell-language = Reo
shell-runs-on = E whakahaeretia ana i runga i a Portcullis
shell-privacy = Tūmataitinga
shell-terms = Ngā tikanga whakamahi
shell-support = Āwhina me te tautoko
shell-accessibility = Āheitanga

# Ngā puka
form-problem = He raruraru
form-error = Hapa:
form-error-title = Hapa: { $title }
form-show = Whakaatu
form-hide = Huna
form-password = i te kupuhipa
form-copy = Tārua
form-copied = Kua tāruatia

# Ngā karere kei runga ake i te whārangi
notice-information = Kia mōhio mai:
notice-warning = Whakatūpato:
notice-done = Kua oti:

# Ngā wā
moment-now = ināianei tonu
moment-soon = i roto i te meneti kotahi
moment-minutes-ago = { $count } meneti i mua
moment-hours-ago = { $count } hāora i mua
moment-days-ago = { $count } rā i mua
moment-in-minutes = i roto i te { $count } meneti
moment-in-hours = i roto i te { $count } hāora
moment-in-days = i roto i te { $count } rā
moment-date = { $day } { $month ->
    [1] Kohitātea
    [2] Huitanguru
    [3] Poutūterangi
    [4] Paengawhāwhā
    [5] Haratua
    [6] Pipiri
    [7] Hōngongoi
    [8] Hereturikōkā
    [9] Mahuru
    [10] Whiringa-ā-nuku
    [11] Whiringa-ā-rangi
   *[12] Hakihea
} { $year }
moment-exact = { $date }, { $time } UTC
