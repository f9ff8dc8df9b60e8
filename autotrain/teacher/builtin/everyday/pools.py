"""Words and values of everyday domains that families draw from."""

PEOPLE = (
    "Anna Ben Clara David Emma Felix Grace Hugo Ines Jonas Karim Lena Marta Nico Olga Paul Rosa Sam Tara Uma Victor "
    "Wanda Yara Zoe Amir Bea Carlos Dina Elif Finn"
).split()
CITIES = "Oslo Lisbon Vienna Prague Dublin Madrid Rome Paris Berlin Athens Zagreb Riga Bern Lyon Porto Ghent".split()
FRUITS = "apple pear plum cherry banana mango lemon peach grape melon fig kiwi".split()
FOODS = "flour sugar butter milk rice beans bread cheese salt honey yeast oats eggs tea coffee".split()
PRODUCTS = "lamp desk chair mug pen notebook bag bottle cable phone mouse keyboard stapler clock scarf".split()
TOOLS = "hammer saw drill wrench nail screw bolt nut pliers ladder tape brush".split()
COLORS = "red blue green black white yellow orange purple grey brown".split()
WORDS = (
    "meeting report coffee window garden market letter river summer train ticket picture kitchen school winter "
    "morning project budget update release note paper music travel"
).split()
TAGS = "urgent home work idea later travel music health budget family draft review".split()
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SONGS = "Harbour Sunday Echoes Lantern Gravity Postcard Wildfire Meadow Signal Driftwood".split()
DOMAINS = "example.org shop.test mail.example.com blog.test news.example.net".split()
EXTENSIONS = "txt csv pdf png jpg json md log py".split()
