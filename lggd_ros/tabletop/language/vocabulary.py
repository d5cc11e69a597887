"""Nouns, adjectives and turns of phrase, each with its meaning, and which of them training never sees.

Held-out forms are put together from words that training does see ("coffee mug", "just behind"), or stand where they
carry no meaning ("retrieve"): what an unheard noun means cannot be worked out from nothing.
"""

from __future__ import annotations

from lggd_ros.tabletop.colours import COLOURS
from lggd_ros.tabletop.kinds import KINDS
from lggd_ros.tabletop.language.lexicon import Lexicon, lexicon

GENERIC = ("thing", "object", "item", "one")

_FRUIT = frozenset({"apple", "pear", "banana", "lemon", "tangerine"})
_VEGETABLES = frozenset({"carrot", "pepper", "eggplant", "cucumber"})
HYPERNYMS: dict[str, frozenset[str]] = {
    "fruit": _FRUIT,
    "vegetable": _VEGETABLES,
    "food": _FRUIT | _VEGETABLES | {"egg", "mushroom"},
    "tool": frozenset({"hammer", "screwdriver", "wrench", "pliers", "drill"}),
    "drink container": frozenset({"mug", "cup", "bottle", "can"}),
    "cutlery": frozenset({"spoon", "fork", "knife"}),
    "toy": frozenset({"car", "train", "boat", "plane", "duck"}),
}
DEBATABLE: dict[str, frozenset[str]] = {  # people may disagree whether these nouns are true of these kinds
    **dict.fromkeys(("fruit", "piece of fruit"), _VEGETABLES),
    "vegetable": frozenset({"mushroom"}),
    "food": frozenset({"cereal", "milk"}),
    **dict.fromkeys(
        ("tool", "hand tool"),
        frozenset({"scissors", "torch", "paintbrush", "brush", "tape", "knife", "stapler", "key", "rolling_pin"}),
    ),
    "drink container": frozenset({"jar", "teapot", "milk", "bowl", "pen_pot"}),
    "cutlery": frozenset({"whisk"}),
    "toy": frozenset({"ball", "cube", "dice"}),
    **dict.fromkeys(("cup", "drinking cup", "coffee cup", "tumbler"), frozenset({"mug", "pen_pot"})),
    **dict.fromkeys(("box", "carton", "package", "packing box"), frozenset({"cereal", "milk", "pencil_case"})),
    **dict.fromkeys(("cube", "block", "toy block", "cube block"), frozenset({"dice", "box"})),
    "dish": frozenset({"plate", "pan"}),
    "tin": frozenset({"jar"}),
    "brush": frozenset({"toothbrush", "paintbrush"}),
    "pen": frozenset({"paintbrush"}),
}
_HELD_OUT_NOUNS: dict[str, tuple[str, ...]] = {
    "mug": ("drinking mug", "mug of coffee"),
    "cup": ("coffee cup",),
    "bowl": ("kitchen bowl",),
    "bottle": ("drinking bottle",),
    "can": ("drinking can", "can of soda"),
    "jar": ("kitchen jar",),
    "box": ("packing box",),
    "cereal": ("box of cereal",),
    "milk": ("carton of milk", "milk box"),
    "plate": ("kitchen plate",),
    "pan": ("cooking pan",),
    "spoon": ("kitchen spoon",),
    "fork": ("kitchen fork", "cooking fork"),
    "sponge": ("cleaning sponge",),
    "whisk": ("kitchen whisk",),
    "rolling_pin": ("kitchen rolling pin",),
    "banana": ("ripe banana",),
    "apple": ("ripe apple",),
    "tangerine": ("ripe tangerine",),
    "lemon": ("ripe lemon",),
    "carrot": ("fresh carrot",),
    "pepper": ("fresh pepper",),
    "egg": ("fresh egg",),
    "cucumber": ("fresh cucumber",),
    "mushroom": ("fresh mushroom",),
    "hammer": ("hand hammer",),
    "screwdriver": ("hand screwdriver",),
    "pliers": ("pair of pliers",),
    "drill": ("hand drill",),
    "paintbrush": ("brush for paint",),
    "torch": ("hand torch",),
    "tape": ("ring of tape",),
    "book": ("reading book",),
    "marker": ("marker pen",),
    "scissors": ("paper scissors",),
    "stapler": ("office stapler",),
    "pencil_case": ("case for pencils",),
    "eraser": ("pencil eraser",),
    "pen_pot": ("pot of pens",),
    "remote": ("tv remote",),
    "toothbrush": ("travel toothbrush",),
    "brush": ("hair brush",),
    "padlock": ("door padlock",),
    "key": ("door key",),
    "mouse": ("pc mouse",),
    "soap": ("soap bar", "piece of soap"),
    "battery": ("spare battery",),
    "ball": ("toy ball",),
    "cube": ("cube block",),
    "dice": ("playing die",),
    "car": ("model car",),
    "boat": ("model boat",),
    "duck": ("toy duck",),
    "plane": ("model plane",),
}

COLOUR_WORDS: Lexicon[str] = lexicon(
    {colour: (colour,) for colour in COLOURS} | {"grey": ("grey", "gray")},
    {colour: (f"{colour} coloured", f"{colour} colored") for colour in COLOURS},
)
SIZE_WORDS: Lexicon[str] = lexicon(
    {"small": ("small", "little"), "large": ("large", "big")},
    {"small": ("small sized",), "large": ("large sized", "big sized")},
)
MATERIAL_WORDS: Lexicon[str] = lexicon(
    {
        **{material: (material,) for material in ("plastic", "glass", "ceramic", "rubber", "cardboard")},
        **{"metal": ("metal", "metallic"), "wood": ("wooden", "wood"), "cloth": ("cloth", "fabric")},
    },
    {},
)
SHAPE_WORDS: Lexicon[str] = lexicon(
    {"round": ("round",), "long": ("long",), "flat": ("flat",), "square": ("square",)},
    {"round": ("round shaped",), "square": ("square shaped",)},
)

_ADJECTIVES = {*COLOUR_WORDS, *SIZE_WORDS, *MATERIAL_WORDS, *SHAPE_WORDS}
_LEMMAS = {
    noun: frozenset({kind})
    for kind, family in KINDS.items()
    for noun in family.nouns
    if noun.split()[0] not in _ADJECTIVES  # "glass jar" is read as a jar that is of glass
}
NOUNS: Lexicon[frozenset[str]] = Lexicon(
    {**dict.fromkeys(GENERIC, frozenset(KINDS)), **HYPERNYMS, **_LEMMAS},
    {noun: frozenset({kind}) for kind, nouns in _HELD_OUT_NOUNS.items() for noun in nouns}
    | {"piece of fruit": _FRUIT, "hand tool": HYPERNYMS["tool"]},
)

RELATIONS: Lexicon[str] = lexicon(
    {
        "left": ("{} left of {}", "{} to the left of {}", "{} that is left of {}"),
        "right": ("{} right of {}", "{} to the right of {}", "{} that is right of {}"),
        "front": ("{} in front of {}", "{} that is in front of {}"),
        "behind": ("{} behind {}", "{} that is behind {}"),
        "near": ("{} next to {}", "{} beside {}", "{} close to {}", "{} near {}"),
        "nearest": ("{} nearest to {}", "{} closest to {}", "{} nearest {}"),
        "on": ("{} on top of {}", "{} on {}", "{} lying on {}"),
        "between": ("{} between {} and {}", "{} in between {} and {}"),
    },
    {
        "left": ("{} just left of {}", "{} lying to the left of {}"),
        "right": ("{} just right of {}", "{} lying to the right of {}"),
        "front": ("{} just in front of {}", "{} lying in front of {}"),
        "behind": ("{} just behind {}", "{} lying behind {}"),
        "near": ("{} just next to {}", "{} that is beside {}", "{} lying close to {}"),
        "nearest": ("{} that is nearest to {}", "{} lying closest to {}"),
        "on": ("{} lying on top of {}", "{} that is on top of {}"),
        "between": ("{} that is between {} and {}", "{} lying in between {} and {}"),
    },
)

Rank = tuple[str, int]  # a direction, and how many things come before along it
EXTREMES: Lexicon[Rank] = lexicon(
    {
        ("left", 0): ("leftmost {}", "left {}", "{} on the left", "{} on the far left", "{} furthest to the left"),
        ("right", 0): (
            "rightmost {}",
            "right {}",
            "{} on the right",
            "{} on the far right",
            "{} furthest to the right",
        ),
        ("front", 0): ("nearest {}", "closest {}", "front {}", "{} closest to me", "{} nearest to me"),
        ("behind", 0): ("farthest {}", "furthest {}", "{} furthest from me", "{} at the back"),
        ("large", 0): ("largest {}", "biggest {}"),
        ("small", 0): ("smallest {}", "{} that is smallest"),
        ("left", 1): ("second {} from the left", "{} second from the left", "second leftmost {}"),
        ("right", 1): ("second {} from the right", "{} second from the right", "second rightmost {}"),
        ("left", 2): ("third {} from the left", "{} third from the left"),
        ("right", 2): ("third {} from the right", "{} third from the right"),
        ("front", 1): ("second closest {}", "second nearest {}"),
        ("behind", 1): ("second furthest {}", "second farthest {}"),
        ("large", 1): ("second largest {}", "second biggest {}"),
    },
    {
        ("left", 0): ("{} that is leftmost", "far left {}", "{} lying on the left"),
        ("right", 0): ("{} that is rightmost", "far right {}", "{} lying on the right"),
        ("front", 0): ("{} that is closest to me", "{} lying nearest to me"),
        ("behind", 0): ("{} that is furthest from me", "{} lying at the back"),
        ("large", 0): ("{} that is largest", "{} that is biggest"),
        ("small", 0): ("very smallest {}",),
        ("left", 1): ("{} that is second from the left",),
        ("right", 1): ("{} that is second from the right",),
        ("left", 2): ("{} that is third from the left",),
        ("right", 2): ("{} that is third from the right",),
        ("front", 1): ("{} that is second closest to me",),
        ("behind", 1): ("{} that is second furthest from me",),
        ("large", 1): ("{} that is second largest",),
    },
)

_PARTS = (
    *("handle", "head", "body", "rim", "neck", "lid", "spout", "blade", "bit", "shaft", "shackle", "stem"),
    *("tail", "wing"),
)
PARTS: Lexicon[str] = lexicon(
    {
        part: (f"{{}} by its {part}", f"{{}} by the {part}", f"the {part} of {{}}", f"{{}} at the {part}")
        for part in _PARTS
    },
    {part: (f"{{}} at its {part}", f"the {part} part of {{}}") for part in _PARTS},
)

REQUESTS: Lexicon[None] = Lexicon(
    dict.fromkeys(
        (
            *("{}", "{} please", "please {}", "pick up {}", "pick {}", "pick {} up", "grab {}", "grasp {}", "take {}"),
            *("get {}", "get me {}", "give me {}", "hand me {}", "pass me {}", "fetch {}", "fetch me {}", "lift {}"),
            *("lift up {}", "bring me {}", "hold {}", "take hold of {}", "please pick up {}", "please grab {}"),
            *("please hand me {}", "please take {}", "pick up {} please", "grab {} please", "could you pass me {}"),
            *("could you pick up {}", "could you get {} for me", "can you grab {}", "can you give me {}"),
            *("can you pick up {} for me please", "can i have {}", "i need {}", "i want {}", "i would like {}"),
            *("i want you to take {}", "would you please take {}", "would you hand me {}", "go and get {}"),
            *("robot pick up {}", "pick up {} from the table", "take {} off the table", "now take {}"),
        )
    ),
    dict.fromkeys(
        (
            *("retrieve {}", "collect {}", "reach for {}", "seize {}", "pick out {}", "kindly pass {}", "go for {}"),
            *("would you mind fetching {}", "could you bring {} over here", "i am looking for {}", "let me have {}"),
            *("it is {} that i want", "robot collect {}", "i could use {}", "your next job is to get {}"),
            *("now i want to have {}", "be so kind and give me {}", "what i need is {}"),
            "please would you lift {} for me",
        )
    ),
)

ADJECTIVES = (COLOUR_WORDS, SIZE_WORDS, MATERIAL_WORDS, SHAPE_WORDS)
LEXICONS = (NOUNS, *ADJECTIVES, RELATIONS, EXTREMES, PARTS, REQUESTS)
TRAINED_WORDS = frozenset(w for words in LEXICONS for form in words.trained_forms for w in form.split() if w.isalpha())
