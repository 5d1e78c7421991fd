"""What looks like a time or an amount and is none: telephones, addresses, codes, names, homographs.

Patterns over the normal form of a text; what they match is hidden from every other rule.
"""

import re

from palier_fr.times.words import MONEY, MONTH, NUMBER_WORD, WEEKDAY, any_of

# Things that bear a number.
_NUMBERED = any_of(
    """n° no num numero code digicode reference ref dossier appartement appart appt apt logement porte lot
    batiment bat escalier esc entree hall etage bus ligne tram metro rer quai article page cerfa
    formulaire chambre cave parking place box bail contrat compte allocataire chaine canal guichet
    bureau salle version iphone samsung galaxy playstation ps matricule departement arrondissement
    taille pointure tour zone bloc cage mot_de_passe wifi whatsapp fax tel telephone portable fixe"""
)
_ORDINAL = any_of("er ere eme ieme e nd nde")
_RANKED = any_of(
    "etages? arrondissement fois relance rappel lettre courrier porte message appel enfant gauche droite"
)
_MEASURES = any_of("m2 m² m3 metres? cm km kg kwh watts? volts? litres? degres? °c? go mo ghz")
_WAYS = any_of(
    """rue avenue av ave boulevard bld bvd bd place square allees? impasse quai cours chemin route cite
    residence ecole college lycee station arret gare rond[_-]point villa passage esplanade faubourg
    pont hopital foyer quartier hameau lotissement zac clos mail promenade voie sentier stade
    gymnase ehpad"""
)
_STREETS = any_of(
    "rue avenue av ave boulevard bd place square allees? impasse quai chemin route cite residence ecole"
)
_OF = r"(?:(?:de la|de l'|du|des|de|d'|la|le|les|l') ?)?"
_PEOPLE = any_of(
    "mme mlle mr monsieur madame mademoiselle docteur dr maitre famille prenom s'appelle m'appelle"
)
_HELP = any_of(r"15 17 18 112 114 115 116_?\d{3} 119 3018 3114 3115 3117 3131 3919 3977")
_CALL = any_of(r"appel\w* telephon\w* compos\w* joind\w* contact\w* fai(?:s|t|tes|re) tap\w*")
_AUXILIARIES = any_of(
    "a ai as avons avez ont avait avais ayant avoir aurait aura jamais pas deja bien toujours"
)
_UNITS = any_of(
    """jours? semaines? mois ans? annees? trimestres? soirs? matins? nuits? heures? minutes? secondes?
    apres-midis? midis? week-?ends?"""
)
_WISHES = any_of(
    """week-?end apres-midi soiree journee annee fin_de_journee fin_de_semaine noel matinee nuit midi
    fetes?"""
)
_NEIGHBOURS = any_of("dame madame monsieur mr mme voisine?s? locataires? gens ceux celle celui porte palier")
_MARKED = any_of("note moral forme douleur mets mettrais donne donnerais a dirais dis genre niveau")
# After "premier": then it is the first of a month.
_PARTS = any_of(r"jours?_d[e'] semaine week trimestre quinzaine semestre du_mois de_mois de_chaque au_\d")
_FIRSTS = rf"(?:{MONTH}|{WEEKDAY}|{_PARTS})"
_BEFORE_MAY = any_of("en de fin debut mi pour avant apres courant mois des d'ici depuis er et ou a au loyer")
# "dispo lun ou mar": before these, a short day is one.
_BEFORE_DAY = "".join(
    f"(?<!{cue} )"
    for cue in (
        *("dispo", "rdv", "paie", "paye", "viens", "passe"),
        *("lun ou", "mar ou", "mer ou", "jeu ou", "ven ou", "sam ou", "dim ou"),
    )
)
_EXPRESSIONS = any_of(
    """a_l'heure tout_a_l'heure toute?_(?:a_)?l'heure au_plus_tard plus_tot au_jour_d'aujourd'hui
    le_jour_meme du_jour_au_lendemain de_jour_en_jour jour_et_nuit nuit_et_jour
    tous_les_quatre_matins au_jour_le_jour un_jour_ou_l'autre l'autre_jour
    un_de_ces_(?:jours|quatre) de_nos_jours les_beaux_jours joyeux_noel pere_noel arbre_de_noel
    prime_de_noel a_la_minute a_la_seconde"""
)

MASKS = tuple(
    re.compile(pattern)
    for pattern in (
        # Telephones, long codes, addresses of pages and letters, words of letters and digits.
        r"(?<![\d.,])(?:\+ ?\d\d ?|00\d\d ?)?\(?0?\)? ?[1-9](?:[ ./-]?\d\d){4}(?!\d)",
        r"(?<!\d)0[1-9](?:[ ./-]*\d){6,8}(?!\d)",
        r"(?:https?://|www\.)\S+|\b[\w.+-]{1,64}@\S+",
        rf"(?<![\d.,])\d{{7,}}(?!\d|[.,]\d|\.? ?{MONEY})(?=.*[a-z])",
        r"\bfr ?\d\d(?: ?[\da-z]{4}){3,}",
        r"\b(?!\d+(?:h|e|x|€|k|m|g|euros?|eur|balles|er|eme|ieme|ans?|mois|jours?|heures?|min|mn|minutes?|"
        r"semaines?|fois)?\d{0,2}\b)(?!2main|2m1|(?:usd|eur|gbp)\d)(?=\w*\d)(?=\w*[a-z])\w{5,}\b",
        rf"{_CALL} (?:le |au |aussi le )?{_HELP}\b",
        r"\b(?:le|au) (?:112|114|115|119|3018|3114|3919)\b",
        # Numbers of things.
        rf"\b{_NUMBERED}s? ?(?:n° ?|no |numero |num |est |c'est |: ?|# ?)*[a-z]?[ -]?"
        r"(?!\d{1,2} ?h\b|\d{1,2}h)"
        rf"\d[\w/-]*(?:[ -]\d{{2,}}\b)*(?! ?{MONEY}|[.,]\d|h|/)",
        rf"\b(?:\d{{1,2}} ?{_ORDINAL}|premier|deuxieme|troisieme|quatrieme|dernier) {_RANKED}\b",
        r"\b[tf] ?[1-6](?: ?bis)?(?:/[1-6])?\b",
        rf"\b\d+(?:[.,]\d+)? ?{_MEASURES}\b",
        r"\b(?:24 ?h?|7 ?j?) ?(?:/|sur) ?(?:24 ?h?|7 ?j?)\b",
        r"\b\d{5} (?!euro|eur|balle|e\b)(?=[a-z]{3})",
        # Streets, places, people.
        rf"\b\d+ ?(?:bis|ter|quater)?,? ?(?={_WAYS}\b)",
        rf"\b{_STREETS} (?:[a-z'-]+ ){{0,3}}?(?:(?:du|de|des) |d')?"
        rf"(?:\d{{1,2}}(?:er)?|{NUMBER_WORD}|premier)[ -]{MONTH}\b(?: \d{{4}})?",
        rf"\b{_WAYS} {_OF}(?:{MONTH}|{WEEKDAY}|printemps|midi|minuit|noel|toussaint)\b",
        rf"\b(?:{_PEOPLE}|m\.) (?:[a-z-]+ )?(?:{MONTH}|{WEEKDAY}|noel|toussaint|midi|printemps)\b",
        # "été" that is no summer, "est" that is no time zone, "mai" that is "mais", other homographs.
        rf"\b{_AUXILIARIES} (?P<it>ete)\b",
        r"(?<!cet )(?<!\bl')(?<!\bd')(?<!\ben )(?<!mi-)(?<!fin )(?<!debut )(?<!plein )(?<!chaque )(?<!les )"
        r"\bete\b(?! (?:prochain|dernier|20\d\d|passe))",
        r"(?:^|[,.;!?] ?)l'ete\b(?! (?:prochain|dernier|20\d\d|passe))",
        r"(?:\d|\d ?h|heures?|midi|minuit|minutes?|demie?|quart|matin|soir|nuit|apres-midi)(?P<it> est)\b",
        rf"\b(?:{WEEKDAY}|{MONTH}|demain|hier)s?(?P<it> est)\b",
        # Years of school.
        r"\b(?:ce|cm)[12]\b",
        rf"(?:^|[,.;:!?] ?|\b(?!{_BEFORE_MAY} )[a-z]+ )(?P<it>mai)\b"
        r"(?! (?:prochain|dernier|20\d\d|et juin|ou juin))(?!$)",
        rf"\b(?<!\d ){_BEFORE_DAY}(?:jeu|mer|mar|sam|dim|ven|lun)\b(?!\.)",
        r"\b(?<!\d )(?:jan|dec|oct|nov|avr)\b(?!\.)",
        rf"\bpremi(?:er|ere)s?\b(?! (?:{_FIRSTS}|[.,;!?]|$))(?!$)",
        r"(?<=c'est )(?:le|la) premi(?:er|ere)\b|(?<=en )premier\b|\bd[eu] premiere? (?!" + MONTH + r")\w+",
        rf"(?:^|(?!\d|{NUMBER_WORD}\b)\b[a-z'|]{{1,20}} )(?P<it>livres?)\b",
        rf"\b{_NEIGHBOURS}(?: [a-z]+)? du (?:1er|premier)\b",
        # Scores and marks.
        r"(?<![\d/])\d{1,2} ?/ ?20\b(?!\d|/)",
        rf"(?:^|\b{_MARKED} )(?P<it>(?:10|\d) ?/ ?10)\b",
        # Vague times.
        r"\bles apres-midis?\b",
        r"\bce jour[ -]la\b|\bces jours(?:[ -]ci)?\b|\bcette heure\b|\bheure passee?\b|\bun quart\b(?! d)",
        r"\bune? (?:matin|soir|matinee|soiree|apres-midi)\b(?! d[eu'])",
        r"(?<!dans )(?<!de )(?<!pendant )\bla soiree\b",
        # Habits, wishes, ways of speaking.
        rf"\b(?:par|chaque|tous les|toutes les) (?:\d+ )?{_UNITS}\b",
        rf"\bbon(?:ne)? (?:{_WISHES}|{WEEKDAY})\b",
        rf"\b{_EXPRESSIONS}\b",
        r"(?<!dans )\bun jour\b(?! (?:de|sur|apres|plus|par|avant))",
    )
)
