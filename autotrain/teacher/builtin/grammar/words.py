"""Vocabulary for argument values and for names: plain words, no task ideas."""

WORDS = (
    "apple stone river cloud table winter garden silver orange pencil basket lemon island engine rocket "
    "monkey tunnel harbor needle ticket echo ant oak ivy sea top tree noon level ease idea area attic "
    "eraser tent rust nest stars artist rain sun dust salt note tea net"
).split()
WORDS = tuple(WORDS)

MIXED = tuple(
    "Apple stone RIVER cloud Table winter silver X9 42 007 Echo ant-hill OAK sea_bird tea Noon idea a B "
    "café naïve Straße x1 Rain SUN note3 top".split()
)

FRUIT = tuple("apple banana cherry fig grape kiwi lemon mango olive peach plum pear".split())

PEOPLE = tuple("Ada Ben Cleo Dan Eva Finn Gus Hana Ivo June Kai Lea Mia Noor Otto Pia".split())

PHRASES = (
    "the quick fox",
    "To be or not to be",
    "red, green, blue",
    "one  two   three",
    "Rain in May; sun in June.",
    "call me at 5 or 6",
    "a-b_c d",
    "Room 12, floor 3",
    "über uns",
    "no vowels? hmm",
    "Tea at noon!",
    "x = 1; y = 22",
)
