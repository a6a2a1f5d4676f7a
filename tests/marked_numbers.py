"""Numbers in the lessons' prose that no output above them shows, and where each comes from."""

from math import cos, exp, log, log2, sin, sqrt

# By arithmetic that stands in the text, or on numbers printed above.
WORKED = {
    "00": {
        "0.79": 15 / 19,
        "145": 133 + 12,
        "0.964": sin(1.3),
        "1.264": sin(1.3) * cos(0) + 0.3,
    },
    "01": {
        "0.025": 1 / 40,
        "0.83": 149 / (149 + 22 + 9),
        "0.64": 126 / (126 + 65 + 7),
        "0.44": 154 / (154 + 177 + 20),
    },
    "02": {
        "1.5": (1 / 3) / (2 / 9),
        "361": 19 * 19,
        "1.01": 177 * 1609 / (740 * 382),
        "0.74": 136 * 1609 / (740 * 397),
        "0.4": -log2(0.74),
    },
    "03": {
        "6.4": 0.005 * 1287,
        "1,196": 1197 - 1,
        "0.6": 3 / 5,
        "0.8": 4 / 5,
        "500": 0.05 * 100**2,
    },
    "04": {
        "0.75": 3 / 4,
        "0.5": 3 / 6,
        "1.25": 3 / 4 + 3 / 6,
        "0.6": 2 * 0.75 * 0.5 / 1.25,
        "0.83": (1 + 2 / 3) / 2,
        "2.718": exp(1),
        "0.88": 1 / (1 + exp(-2)),
        "0.12": 1 / (1 + exp(2)),
        "0.69": log(2),
        "0.99": -2.25 + 2 * 1.62,
        "0.11": -log(0.9),
        "0.1": 1 - 0.9,
        "2.30": -log(0.1),
        "2.5": sqrt(2**2 + 1.5**2),
        "1.5": 4 - 2.5,
        "0.94": 200 / 800 * 3 * 10 / 2 / 4,
        "66 %": 0.41 / (0.21 + 0.41),
        "1.3": -log(18 / 66),
        "0.02": 0.591 - 0.570,
    },
    "05": {
        "0.67": 2 * 1 / (2 + 1),
        "0.667": 16 / 24,
        "0.630": (8 / 9 + 2 / 6 + 6 / 9) / 3,
        "0.833": 5 / 6,
        "0.61": 4 / 9 + 5 / 9 * sum(1 / n for n in range(1, 11)) / 10,
        "9.5": 1 / 2 + 9,
        "0.95": 9.5 / 10,
        "0.09": (0.7 - 1) ** 2,
        "0.49": 0.7**2,
        "0.03": 0.577 - 0.544,
    },
    "06": {
        "34.2": 1094 / 32,
        "0.5": -1 + 0.5 + 1,
        "0.62": 1 / (1 + exp(-0.5)),
        "0.22": -log(0.8),
        "1.61": -log(0.2),
        "0.69": -log(0.5),
        "1.5": 2 * 0.5 + 0.5,
        "0.731": 1 / (1 + exp(-1)),
        "0.313": log(1 + exp(-1)),
        "0.269": 1 - 0.731,
        "0.403": 0.269 * 1.5,
        "0.538": 0.269 * 2,
        "0.38": 0.9 * 0.2 + 0.1 * 2,
        "3.2": 1 / sqrt(0.1),
        "1,094": 0.85 * 1287,
        "350": 35 * 10,
        "775": 1287 * 224 * 224 * 3 * 4 / 1e6,
        "150,528": 224 * 224 * 3,
        "0.034": 0.512 - 0.478,
    },
    "07": {
        "896": 32 * (3 * 3 * 3 + 1),
        "11,520": 3 * 3 * 1280,
        "24,339": 19 * (1280 + 1),
        "1,584": 1280 + 112 + 192,
        "1.5": 0.7 + 0.5 + 0.3,
        "0.00003": 0.001 / 30,
    },
    "08": {
        "0.96": 24 / 25,
        "0.62": 1 / (1 + exp(-0.5)),
        "0.38": 1 - 0.62,
        "60,000": round(59162, -4),
    },
    "09": {
        "7.4": exp(2),
        "20.1": exp(3),
        "2.7": exp(1),
        "33.2": 7.4 + 1 + 1 + 20.1 + 1 + 2.7,
        "0.22": 7.4 / 33.2,
        "2,116": 46**2,
    },
    "10": {
        "0.45": (0.6 + 0.3) / 2,
        "0.05": (0.10 + 0.10) / 4,
        "0.03": 0.06 / 2,
        "0.08": 0.05 + 0.03,
    },
    "11": {
        "0.065": 0.636 - 0.571,
        "0.060": 0.554 - 0.494,
        "0.045": 0.599 - 0.554,
        "0.037": 0.636 - 0.599,
        "0.019": 0.598 - 0.579,
        "0.425": 0.579 - 0.154,
    },
    "12": {
        "1.67": 5 / 3,
        "0.2": 4 / 20,
        "2.08": 25 / 12,
        "3.5": sum(1 / n for n in range(1, 20)),
        "0.031": 62 / 2000,
        "0.004": 2 * (0.035 * 0.965 / 10000) ** 0.5,
        "0.01": 1 / 100,
        "0.0125": 0.05 / 4,
        "0.025": 0.05 * 2 / 4,
        "0.0375": 0.05 * 3 / 4,
        "501": 500 + 1,
        "0.13": 19 * 3.5 / 501,
    },
    "13": {
        "2.5": 10 / (2 * 2),
        "0.625": 10 / (2 * 8),
        "0.002": 1 / (0.5 * 1000),
        "1.4": 2**0.5,
        "262,144": 2**18,
        "400": 10000**2 * 4 / 1e6,
    },
    "14": {
        "2.3": (0.047 / 0.031) ** 2,
        "740": (0.047 / 0.031) ** 2 * 322,
        "46 %": 740 / 1609,
        "54 %": 1 - 740 / 1609,
    },
}

# Printed in another chapter, or in the same one: below, or further up than a sentence may look.
ELSEWHERE = {
    "04": {"1.09": "04", "0.24": "04", "0.15": "05"},
    "05": {"0.540": "04", "85 %": "05"},
    "07": {"25,088": "07", "1,280": "07"},
    "10": {"0.425": "10"},
    "11": {"0.623": "11"},
    "12": {"4,771": "12"},
    "14": {"0.008": "14", "0.055": "14"},
}


def because(reason, written):
    return dict.fromkeys(written.split("; "), reason)


EXAMPLE = "chosen for an example"
REAL = "real films, measured by the same code but not on this page"
THEN = "the course of 2017, as it says itself"
HTTP = "a status code of HTTP"
FIGURE = "read off the figure above"
GIVEN = {
    "00": because(EXAMPLE, "1.3; 0.3"),
    "01": because(HTTP, "401; 404")
    | because(THEN, "1,670; 1,608; 1,500; 170")
    | because("tests/test_real_numbers.py", "1,172; 35 %; 149; 126; 154; 177")
    | because("the number of a genre at TMDB", "10769")
    | because("the version of a licence", "3.0")
    | because("what the corpus says of itself", "42,306"),
    "03": because(EXAMPLE, "0.05") | because("a limit of 2017, and in the code", "0.5 %"),
    "04": because(EXAMPLE, "200; 800; 0.9"),
    "05": because(EXAMPLE, "0.5; 0.7; 0.02; 300; 30 %; 87 %")
    | because(THEN, "0.331; 0.571; 0.489; 0.550; 0.490; 0.500; 0.564; 86.5 %")
    | because("such a baseline on its films, measured once", "0.35; 0.40")
    | because(FIGURE, "64 %; 69 %; 70 %; 98 %")
    | because("half of what 95 % leave", "2.5 %"),
    "06": because(EXAMPLE, "0.8; 0.01") | because("a setting", "15 %; 85 %"),
    "07": because(REAL, "1,278; 0.151; 0.371; 0.247; 0.412; 0.248; 0.226; 0.416; 0.229; 0.409")
    | because(REAL, "0.328; 0.475; 0.400; 0.519; 0.315; 0.442; 0.261; 0.432; 0.06")
    | because("the stored output of an earlier run: git show b24c5b48", "0.418")
    | because(EXAMPLE, "0.5; 0.7")
    | because("channels at the ends of blocks 5 and 6", "112; 192")
    | because("what ImageNet and CLIP say of themselves", "1.28; 400"),
    "08": because(EXAMPLE, "0.5")
    | because("GloVe: tests/test_real_numbers.py", "0.73; 0.71; 0.72; 0.57; 0.34; 0.58; 20,000")
    | because("GloVe: tests/test_real_numbers.py", "1.55; 0.001; 1.53; 0.19; 0.7")
    | because("the size of files", "40,000; 1.7"),
    "09": because("in the formula", "0.01")
    | because("of other random starts and settings, not shown", "0.26; 0.42; 0.44; 0.47")
    | because("a setting", "15 %")
    | because("what the encoder's authors say", "384")
    | because(EXAMPLE, "20,000")
    | because("sections of a paper", "3.1; 3.5"),
    "10": because(EXAMPLE, "0.5; 0.6; 0.3; 0.8; 0.06; 0.10; 0.60; 0.02; 1000")
    | because(REAL, "1,278; 0.151; 0.371; 0.399; 0.513; 0.503; 0.534; 0.580; 0.588; 0.589")
    | because(REAL, "0.602; 0.603; 0.613; 0.631; 0.632; 0.633; 0.011; 0.035; 0.048")
    | because("from where on the figure marks a genre", "0.25"),
    "11": because("real films: tests/test_errors.py", "4,771; 1,278; 0.025; 0.039; 0.012")
    | because("real films: tests/test_errors.py", "0.636; 0.594; 0.579; 0.553; 0.572; 0.537")
    | because("real films: tests/test_errors.py", "0.598; 0.584; 0.148; 0.329; 0.154; 0.360")
    | because("the best F1 of one genre in three; cleanlab's threshold", "0.5")
    | because("genres a film, in the table of thirty and in all films", "4.7; 2.8")
    | because(EXAMPLE, "91 %"),
    "12": because("the level", "0.05") | because("degrees", "350"),
    "13": because("slopes in a figure", "1.3; 1.8")
    | because("seconds, of bench.csv", "375; 124")
    | because("rounded from 17,213, where the SVM's line crosses a minute", "17,000")
    | because("gigabytes, of bench.csv", "1.2")
    | because("C of the model", "0.5")
    | because(EXAMPLE, "4,217; 777,777; 9,999")
    | because("the films of the course of 2017, about", "1,600; 1600"),
    "14": because(EXAMPLE, "0.70; 0.60")
    | because("rounded from 1,510 and 11,100, by the arithmetic beside them", "1,500; 11,000"),
}
