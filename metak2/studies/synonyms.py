"""How reviewers word their columns, in several languages, as data. Compared by `wording.plain_words`.

Of two columns that could mean the same, the one whose wording stands first in its list is taken.
"""

from collections.abc import Mapping

PLAIN: Mapping[str, tuple[str, ...]] = {
    "study": (
        "study", "study id", "study name", "study or subgroup", "trial", "trial id", "trial name", "studlab", "slab",
        "author year", "first author year", "author and year", "author", "authors", "first author", "source",
        "reference", "citation", "paper", "publication", "article", "covidence study id",
        "studie", "studien", "autor jahr", "autor", "erstautor", "quelle",
        "etude", "etudes", "essai", "auteur annee", "auteur", "premier auteur",
        "estudio", "estudios", "ensayo", "autor ano", "primer autor",
        "studio", "studi", "autore anno", "autore", "primo autore",
        "estudo", "estudos", "ensaio", "primeiro autor",
        "onderzoek", "eerste auteur", "badanie", "исследование", "автор",
        "研究", "研究名", "試験", "試験名", "著者", "著者名", "著者 年", "文献", "论文", "作者", "第一作者",
        "研究者", "연구",
    ),
    "outcome": (
        "outcome", "outcome name", "endpoint", "end point", "outcome measure", "analysis name", "event name",
        "zielgrosse", "endpunkt", "zielkriterium", "critere", "critere de jugement", "resultat", "issue",
        "desenlace", "resultado", "esito", "desfecho", "uitkomst", "wynik", "исход",
        "アウトカム", "評価項目", "结局", "结局指标", "결과",
    ),
    "time": (
        "time", "timepoint", "time point", "follow up", "followup", "follow up time", "visit", "month", "months",
        "weeks", "week", "zeitpunkt", "zeit", "nachbeobachtung", "temps", "suivi", "delai", "tiempo", "seguimiento",
        "tempo", "tijdstip", "czas", "время", "時点", "追跡期間", "时间", "随访时间", "시점",
    ),
    "arm": (
        "arm", "arm name", "study arm", "treatment arm", "group", "group name", "treatment group", "study group",
        "intervention", "treatment", "allocation", "arm title",
        "gruppe", "studienarm", "behandlungsgruppe", "behandlung", "bras", "groupe", "groupe de traitement",
        "traitement", "brazo", "grupo", "tratamiento", "braccio", "gruppo", "trattamento", "braco", "tratamento",
        "groep", "behandeling", "grupa", "группа", "群", "治療群", "投与群", "組", "组", "组别", "군",
    ),
    "estimate": (
        "estimate", "effect", "effect size", "effect estimate", "point estimate", "es", "te", "theta",
        "schatzer", "effekt", "effektschatzer", "effet", "efecto", "effetto", "efeito", "effect grootte",
        "推定値", "効果", "效应量", "효과크기",
    ),
    "se": (
        "se", "std err", "std error", "stderr", "standard error", "sete", "se te", "sei", "se estimate", "se effect",
        "standardfehler", "erreur standard", "erreur type", "error estandar", "errore standard", "erro padrao",
        "standaardfout", "標準誤差", "标准误",
    ),
    "vi": ("vi", "variance", "var", "sampling variance", "varianz", "varianza", "variancia", "分散", "方差"),
    "ci_low": (
        "ci low", "ci lower", "lower ci", "lower", "ll", "lcl", "lci", "ci lb", "ci l", "cil", "low", "lower limit",
        "lower bound", "ci start", "95 ci lower", "lower 95 ci", "95 ci low", "ci 95 low", "lower 95",
        "untere grenze", "ki unten", "untergrenze", "borne inferieure", "ic inf", "binf", "limite inferior",
        "ic inferior",
        "limite inferiore", "ondergrens", "下限", "下限値", "95 ci 下限",
    ),
    "ci_high": (
        "ci high", "ci upper", "upper ci", "upper", "ul", "ucl", "uci", "ci ub", "ci u", "ciu", "high", "upper limit",
        "upper bound", "ci end", "95 ci upper", "upper 95 ci", "95 ci high", "ci 95 high", "upper 95",
        "obere grenze", "ki oben", "obergrenze", "borne superieure", "ic sup", "bsup", "limite superior",
        "ic superior",
        "limite superiore", "bovengrens", "上限", "上限値", "95 ci 上限",
    ),
    "p": ("p", "p value", "pvalue", "p val", "p wert", "valeur p", "valor p", "valore p", "p waarde", "p値", "p值"),
    "measure": ("measure", "effect measure", "effektmass", "mesure", "medida", "misura", "指標", "指标"),
    "unit": ("unit", "units", "einheit", "unite", "unidad", "unita", "unidade", "eenheid", "単位", "单位"),
    "year": ("year", "publication year", "study year", "year of study", "jahr", "annee", "ano", "anno", "jaar", "年"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmed id", "pubmed"),
    "country": ("country", "land", "pays", "pais", "paese", "国"),
    "note": ("note", "notes", "comment", "comments", "remarks", "footnotes", "bemerkung", "remarque", "nota", "備考"),
}  # fmt: skip

STEMS: Mapping[str, tuple[str, ...]] = {
    "event": (
        "events", "event", "cases", "responders", "n events", "events n", "n with event", "ev", "deaths", "x",
        "todesfalle", "tote", "deces", "morts", "muertes", "fallecidos", "morti", "decessi", "obitos", "mortes",
        "sterfgevallen", "zgony", "смерти", "死亡", "死亡数", "死亡例数", "사망",
        "ereignisse", "ereignis", "falle", "evenements", "evenement", "cas", "eventos", "evento", "casos", "eventi",
        "casi", "gebeurtenissen", "zdarzenia", "события", "イベント", "イベント数", "発生数", "事件",
        "事件数", "事件发生数", "사건",
    ),
    "n": (
        "n", "total", "totals", "total n", "n total", "sample size", "size", "patients", "participants", "subjects",
        "people", "n patients", "n participants", "n analysed", "n analyzed", "analysed", "analyzed",
        "gesamt", "gesamtzahl", "patienten", "teilnehmer", "anzahl", "fallzahl", "effectif", "effectifs",
        "participantes",
        "pacientes", "muestra", "totale", "pazienti", "partecipanti", "amostra", "aantal", "totaal", "patienten",
        "ogolem", "всего", "例数", "総数", "人数", "症例数", "总数", "总例数", "样本量", "총수",
    ),
    "n_randomised": ("n randomised", "n randomized", "randomised", "randomized", "randomisiert", "randomises"),
    "mean": (
        "mean", "means", "average", "avg", "m", "mittelwert", "mw", "moyenne", "media", "promedio", "gemiddelde",
        "srednia", "среднее", "平均", "平均値", "均数", "均值", "평균",
    ),
    "sd": (
        "sd", "std", "std dev", "stdev", "standard deviation", "s d", "standardabweichung", "sa", "ecart type",
        "ecarttype", "et", "desviacion estandar", "desviacion tipica", "desvest", "deviazione standard", "ds",
        "desvio padrao", "dp", "standaarddeviatie", "標準偏差", "标准差", "표준편차",
    ),
    "sem": ("se", "sem", "standard error", "standard error of mean", "se mean", "standardfehler", "erreur type"),
    "time": (
        "person time", "person years", "personyears", "person years at risk", "py", "pt", "time at risk",
        "personenjahre", "personnes annees", "anos persona", "anni persona", "人年",
    ),
    "percent": ("percent", "percentage", "pct", "per cent", "prozent", "pourcentage", "porcentaje", "percentuale"),
    "change": (),
}  # fmt: skip

TWO_IN_ONE: Mapping[str, tuple[str, ...]] = {
    "mean sd": ("mean", "sd"), "mittelwert sd": ("mean", "sd"), "moyenne et": ("mean", "sd"),
    "media ds": ("mean", "sd"),
    "media de": ("mean", "sd"), "media dp": ("mean", "sd"), "m sd": ("mean", "sd"), "平均 sd": ("mean", "sd"),
    "mean se": ("mean", "sem"), "mean sem": ("mean", "sem"),
    "events total": ("event", "n"), "n n": ("event", "n"), "event n": ("event", "n"), "events n": ("event", "n"),
    "x n": ("event", "n"), "r n": ("event", "n"), "ereignisse gesamt": ("event", "n"),
    "evenements total": ("event", "n"),
    "estimate 95 ci": ("estimate", "ci_low", "ci_high"), "effect 95 ci": ("estimate", "ci_low", "ci_high"),
    "estimate ci": ("estimate", "ci_low", "ci_high"), "95 ci": ("ci_low", "ci_high"),
    "ci": ("ci_low", "ci_high"), "95 ki": ("ci_low", "ci_high"), "ic 95": ("ci_low", "ci_high"),
}  # fmt: skip

MEASURE_WORDS: Mapping[str, tuple[str, ...]] = {
    "HR": ("hr", "hazard ratio"),
    "RR": ("rr", "risk ratio", "relative risk"),
    "OR": ("or", "odds ratio"),
    "RD": ("rd", "risk difference", "ard"),
    "MD": ("md", "mean difference", "wmd"),
    "SMD": ("smd", "standardised mean difference", "standardized mean difference", "hedges g"),
    "IRR": ("irr", "incidence rate ratio", "rate ratio"),
}

EXPERIMENTAL = frozenset(
    {
        "e", "exp", "experimental", "experiment", "intervention", "int", "treatment", "treated", "treat", "trt",
        "tx", "active", "1", "g1", "group1", "ig", "drug", "verum", "t", "i", "behandlung", "interventionsgruppe",
        "interventions", "behandlungsgruppe", "traitement", "traite", "traites", "intervencion", "experimentale",
        "tratamiento", "trattamento", "intervento", "intervencao", "tratamento", "behandeling", "interventie",
        "interwencja", "вмешательство", "介入", "介入群", "実験", "実験群", "試験群", "治療群", "投与群",
        "治疗", "治疗组", "试验组", "实验组",
        "观察组", "중재군",
    }
)  # fmt: skip
CONTROL = frozenset(
    {
        "c", "con", "ctl", "ctrl", "control", "controls", "controlled", "placebo", "p", "k", "comparator",
        "comparison", "comp", "pbo", "2", "g2", "group2", "cg", "kontrolle", "kontrollgruppe", "kontroll",
        "vergleich", "temoin", "temoins", "controle", "comparateur", "controllo", "comparador", "grupocontrol",
        "kontrola", "контроль", "対照", "対照群", "コントロール", "プラセボ", "对照", "对照组", "安慰剂", "대조군",
    }
)  # fmt: skip
FILLERS = frozenset(
    {
        "group", "groups", "arm", "arms", "gruppe", "groupe", "grupo", "gruppo", "groep", "bras", "brazo",
        "braccio", "number", "no", "nr", "num", "nb", "nombre", "anzahl", "numero", "anz", "of", "in", "the", "per",
        "for", "with", "der", "die", "das", "des", "de", "du", "d", "la", "le", "les", "el", "los", "della", "dei",
        "di", "da", "do", "van", "het", "im", "i", "mit", "avec", "con", "senza",
    }
)  # fmt: skip

SHEET_NAMES: Mapping[str, tuple[str, ...]] = {
    "studies": ("studies", "study characteristics", "characteristics", "studien", "etudes", "estudios", "studi"),
    "risk_of_bias": ("risk of bias", "rob", "rob2", "rob 2", "riskofbias"),
    "flow": ("flow", "prisma", "prisma flow", "flow diagram"),
    "binary": ("binary", "dichotomous"),
    "continuous": ("continuous",),
    "effects": ("effects",),
    "percentages": ("percentages",),
    "rates": ("rates",),
    "codebook": ("codebook",),
    "sources": ("sources",),
}

METAFOR: Mapping[str, str] = {
    "ai": "event_e", "n1i": "n_e", "ci": "event_c", "n2i": "n_c",
    "m1i": "mean_e", "sd1i": "sd_e", "m2i": "mean_c", "sd2i": "sd_c",
    "x1i": "event_e", "t1i": "time_e", "x2i": "event_c", "t2i": "time_c",
}  # fmt: skip
