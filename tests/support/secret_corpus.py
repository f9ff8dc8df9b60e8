"""Draws credentials of documented formats with random bodies, and texts that only look like some.

No credential stands in this file: a format is a template, `{A36}` in it means 36 random letters
and digits. Everything is drawn from the generator passed in.

    python tests/secret_corpus.py      # one of each, for a look
"""

import base64
import hashlib
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "a": string.ascii_lowercase + string.digits,
    "l": string.ascii_lowercase,
    "U": string.ascii_uppercase + string.digits,
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "w": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
    "d": string.digits,
    "t": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "x": string.ascii_letters,
}

# Formats that can be told by themselves.
MARKED: dict[str, str] = {
    "github classic": "ghp_{A36}",
    "github oauth": "gho_{A36}",
    "github user": "ghu_{A36}",
    "github server": "ghs_{A36}",
    "github refresh": "ghr_{A36}",
    "github fine-grained": "github_pat_{A22}_{A59}",
    "gitlab personal": "glpat-{w20}",
    "gitlab personal routable": "glpat-{w27}.{a2}.{a9}",
    "gitlab trigger": "glptt-{h40}",
    "gitlab runner": "glrt-{w20}",
    "gitlab deploy": "gldt-{w20}",
    "gitlab feed": "glft-{w20}",
    "gitlab job": "glcbt-{a2}_{w20}",
    "gitlab scim": "glsoat-{w20}",
    "gitlab agent": "glagent-{w50}",
    "gitlab oauth": "gloas-{h64}",
    "bitbucket app password": "ATBB{A32}",
    "atlassian": "ATATT3xFfGF0{w171}={H8}",
    "npm": "npm_{A36}",
    "pypi": "pypi-AgEIcHlwaS5vcmc{w160}",
    "rubygems": "rubygems_{h48}",
    "crates": "cio{A32}",
    "nuget": "oy2{a43}",
    "docker hub": "dckr_pat_{w27}",
    "artifactory": "AKCp8{A69}",
    "clojars": "CLOJARS_{h60}",
    "circleci": "CCIPAT_{A22}_{h40}",
    "buildkite": "bkua_{h40}",
    "sonarqube": "sqp_{h40}",
    "sourcegraph": "sgp_{h16}_{h40}",
    "deno": "ddp_{A36}",
    "octopus": "API-{U26}",
    "harness": "pat.{w22}.{h24}.{A20}",
    "readme": "rdme_{a70}",
    "infracost": "ico-{A32}",
    "prefect": "pnu_{A36}",
    "pulumi": "pul-{h40}",
    "terraform cloud": "{A14}.atlasv1.{A67}",
    "vault service": "hvs.{w95}",
    "vault batch": "hvb.{w140}",
    "doppler": "dp.pt.{A43}",
    "doppler service": "dp.st.prd.{A43}",
    "onepassword secret key": "A3-{U6}-{U11}-{U5}-{U5}-{U5}",
    "openshift": "sha256~{w43}",
    "snyk": "snyk_uat.{h8}.{w40}.{w20}",
    "aws access key": "AKIA{t16}",
    "aws temporary key": "ASIA{t16}",
    "aws mws": "amzn.mws.{uuid}",
    "aws appsync": "da2-{a26}",
    "aws session token": "IQoJb3JpZ2luX2Vj{b300}==",
    "google api": "AIza{w35}",
    "google oauth secret": "GOCSPX-{w28}",
    "google oauth token": "ya29.a0{w150}",
    "google refresh": "1//0{w40}",
    "azure client secret": "{A3}8Q~{w34}",
    "azure storage key": "{b86}==",
    "azure storage string": "DefaultEndpointsProtocol=https;AccountName={a9};AccountKey={b86}==;X=1",
    "azure service bus": "Endpoint=sb://{a8}.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={b43}=",
    "azure sas": "?sv=2022-11-02&ss=b&srt=o&sp=r&se=2030-01-01&sig={A43}%3D",
    "azure devops": "{A76}AZDO{A4}",
    "digitalocean": "dop_v1_{h64}",
    "heroku": "HRKU-{uuid}",
    "heroku new": "HRKU-AA{w58}",
    "fly": "fo1_{w43}",
    "render": "rnd_{A32}",
    "netlify": "nfp_{A40}",
    "supabase": "sbp_{h40}",
    "planetscale": "pscale_tkn_{w43}",
    "databricks": "dapi{h32}",
    "databricks numbered": "dapi{h32}-2",
    "alibaba": "LTAI5t{A18}",
    "tencent": "AKID{A32}",
    "yandex": "AQVN{w36}",
    "scaleway": "SCW{U17}",
    "aiven": "AVNS_{w19}",
    "tailscale": "tskey-auth-{A17}-{A32}",
    "ngrok": "2{A26}_{d1}{A20}",
    "launchdarkly": "sdk-{uuid}",
    "nvidia": "nvapi-{w64}",
    "maxmind": "{A6}_{A29}_mmk",
    "cloudflare origin": "v1.0-{h24}-{h146}",
    "openai": "sk-{A20}T3BlbkFJ{A20}",
    "openai project": "sk-proj-{w74}T3BlbkFJ{w74}",
    "openai service": "sk-svcacct-{w60}T3BlbkFJ{w58}",
    "openai compatible": "sk-{h32}",
    "anthropic": "sk-ant-api03-{w93}AA",
    "anthropic admin": "sk-ant-admin01-{w93}AA",
    "anthropic oauth": "sk-ant-oat01-{w93}AA",
    "openrouter": "sk-or-v1-{h64}",
    "groq": "gsk_{A52}",
    "xai": "xai-{A80}",
    "perplexity": "pplx-{A48}",
    "replicate": "r8_{A37}",
    "hugging face": "hf_{x34}",
    "hugging face org": "api_org_{x34}",
    "langsmith": "lsv2_pt_{h32}_{h10}",
    "langfuse": "sk-lf-{uuid}",
    "pinecone": "pcsk_{A5}_{A63}",
    "tavily": "tvly-{A32}",
    "elevenlabs": "sk_{h48}",
    "jina": "jina_{h32}{w28}",
    "slack bot": "xoxb-{d12}-{d12}-{A24}",
    "slack user": "xoxp-{d12}-{d12}-{d12}-{h32}",
    "slack legacy": "xoxs-{d10}-{d10}-{d10}-{h10}",
    "slack app": "xapp-1-A{U10}-{d13}-{h64}",
    "slack webhook": "https://hooks.slack.com/services/T{U10}/B{U10}/{A24}",
    "slack config": "xoxe.xoxp-1-{A163}",
    "discord bot": "M{A23}.{A6}.{w38}",
    "discord webhook": "https://discord.com/api/webhooks/{d18}/{w68}",
    "teams webhook": "https://{a8}.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{h32}/{uuid}",
    "google chat webhook": "https://chat.googleapis.com/v1/spaces/{w11}/messages?key=AIza{w35}&token={w43}",
    "zapier webhook": "https://hooks.zapier.com/hooks/catch/{d7}/{a7}/",
    "telegram bot": "{d10}:AA{w33}",
    "twilio account": "AC{h32}",
    "twilio api key": "SK{h32}",
    "sendgrid": "SG.{w22}.{w43}",
    "brevo": "xkeysib-{h64}-{A16}",
    "mailchimp": "{h32}-us12",
    "mailgun": "key-{h32}",
    "mailgun new": "{h32}-{h8}-{h8}",
    "mailersend": "mlsn.{h64}",
    "mandrill": "md-{w22}",
    "resend": "re_{A8}_{A24}",
    "intercom": "dG9rO{b55}=",
    "stripe secret": "sk_live_{A24}",
    "stripe long": "sk_live_51{A97}",
    "stripe test": "sk_test_{A24}",
    "stripe restricted": "rk_live_{A24}",
    "stripe webhook": "whsec_{A32}",
    "square access": "sq0atp-{w22}",
    "square secret": "sq0csp-{w43}",
    "square new": "EAAA{w60}",
    "braintree": "access_token$production${a16}${h32}",
    "shopify": "shpat_{h32}",
    "shopify secret": "shpss_{h32}",
    "shippo": "shippo_live_{h40}",
    "easypost": "EZAK{A54}",
    "duffel": "duffel_live_{w43}",
    "flutterwave": "FLWSECK_TEST-{h32}-X",
    "razorpay": "rzp_live_{A14}",
    "plaid": "access-production-{uuid}",
    "lob": "live_{h35}",
    "linear": "lin_api_{A40}",
    "notion": "ntn_{d11}{A35}",
    "notion old": "secret_{A43}",
    "airtable": "pat{A14}.{h64}",
    "asana": "1/{d16}:{h32}",
    "figma": "figd_{w40}",
    "dropbox": "sl.{w136}",
    "contentful": "CFPAT-{w43}",
    "hubspot": "pat-na1-{uuid}",
    "salesforce": "00D{A12}!{A96}",
    "typeform": "tfp_{w59}",
    "postman": "PMAK-{h24}-{h34}",
    "trello": "ATTA{h64}",
    "clickup": "pk_{d7}_{U32}",
    "mapbox": "sk.eyJ{A60}.{w22}",
    "facebook": "EAAC{A160}",
    "instagram": "IGQVJ{w150}",
    "twitter bearer": "AAAAAAAAAAAAAAAAAAAAA{A80}",
    "rapidapi": "{h10}msh{h15}p1{h6}jsn{h12}",
    "newrelic user": "NRAK-{U27}",
    "newrelic license": "{h36}FFFFNRAL",
    "grafana cloud": "glc_{A80}==",
    "grafana service": "glsa_{A32}_{h8}",
    "sentry": "sntrys_eyJ{A120}=_{A43}",
    "sentry user": "sntryu_{h64}",
    "sentry dsn": "https://{h32}@o{d6}.ingest.sentry.io/{d7}",
    "honeycomb": "hcaik_{a58}",
    "dynatrace": "dt0c01.{U24}.{U64}",
    "posthog": "phx_{A43}",
    "rootly": "rootly_{h64}",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJ{A60}.{w43}",
    "postgres url": "postgresql://{a8}:{A16}@db.{a6}.internal:5432/main",
    "mysql url": "mysql+pymysql://{a6}:{A12}@10.0.0.{d1}/shop",
    "redis url": "redis://:{A20}@cache.{a6}.io:6379/0",
    "mongodb url": "mongodb+srv://{a6}:{A14}@cluster0.{a5}.mongodb.net/x",
    "amqp url": "amqps://{a6}:{A14}@rabbit.{a5}.io/vhost",
    "basic auth url": "https://{a6}:{A14}@git.{a6}.io/r.git",
    "cloudinary": "cloudinary://{d15}:{w27}@{a8}",
    "rsa key": "-----BEGIN RSA PRIVATE KEY-----\n{b64}\n{b64}\n{b64}\n{b44}\n-----END RSA PRIVATE KEY-----",
    "openssh key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA{b46}\n{b70}\n"
    "-----END OPENSSH PRIVATE KEY-----",
    "pkcs8 key": "-----BEGIN PRIVATE KEY-----\n{b64}\n{b64}\n-----END PRIVATE KEY-----",
    "pgp key": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{b64}\n{b64}\n={b4}\n-----END PGP PRIVATE KEY BLOCK-----",
}

# Formats without a mark: hex, UUIDs and plain letters, which only the words beside them give away.
UNMARKED: dict[str, str] = {
    "aws secret": "{b40}",
    "datadog": "{h32}",
    "datadog app": "{h40}",
    "algolia": "{h32}",
    "cohere": "{A40}",
    "mistral": "{A32}",
    "together": "{h64}",
    "deepgram": "{h40}",
    "wandb": "{h40}",
    "azure openai": "{h32}",
    "cloudflare": "{w40}",
    "fastly": "{w32}",
    "codecov": "{uuid}",
    "snyk old": "{uuid}",
    "postmark": "{uuid}",
    "splunk hec": "{uuid}",
    "okta": "00{w40}",
    "auth0": "{w64}",
    "twitch": "{a30}",
    "spotify": "{h32}",
    "twitter api": "{A25}",
    "linkedin": "{A16}",
    "discord client": "{w32}",
    "mixpanel": "{h32}",
    "rollbar": "{h32}",
    "mattermost": "{a26}",
    "meraki": "{h40}",
    "coinbase": "{A16}",
    "openweather": "{h32}",
    "etherscan": "{U34}",
    "ibm cloud": "{w44}",
    "confluent": "{b64}",
    "vercel": "{A24}",
    "jenkins": "11{h32}",
    "sumologic": "{A64}",
}

_FIELD = re.compile(r"\{(uuid|[A-Za-z])(\d*)\}")


class Case(NamedTuple):
    """A text and what it holds: `kind` is "" for an innocent one."""

    kind: str
    context: str
    text: str


def draw(rng: random.Random, template: str) -> str:
    """A credential of a format, with a random body."""

    def body(match: re.Match[str]) -> str:
        if match[1] == "uuid":
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))
        return "".join(rng.choices(ALPHABETS[match[1]], k=int(match[2])))

    return _FIELD.sub(body, template)


def password(rng: random.Random) -> str:
    """A password as people and tools make them: at least 8 characters, at least one digit."""
    word = rng.choice(("Sunshine", "dragon", "Winter", "monkey", "Orange", "tr0ub4dor", "coffee", "Falcon", "hunter"))
    return rng.choice(
        (
            lambda: word + str(rng.randrange(10, 10000)) + rng.choice("!@#$%&*?"),
            lambda: (
                "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randrange(10, 20))) + rng.choice("123")
            ),
            lambda: (
                "".join(rng.choices(string.ascii_letters + string.digits + "!@#%^&*-_=+?", k=14)) + rng.choice("4567")
            ),
            lambda: word.lower() + rng.choice("_-.") + str(rng.randrange(100, 99999)),
            lambda: "".join(rng.choices(ALPHABETS["h"], k=32)),
            lambda: "".join(rng.choices(ALPHABETS["b"], k=40)),
        )
    )()


KEYWORD_CONTEXTS = (
    '{NAME}_API_KEY = "{}"',
    "export {NAME}_TOKEN={}",
    '{{"api_key": "{}", "retries": 3}}',
    "{name}_secret_key: {}",
    'client = Client(token="{}", timeout=30)',
    "My {name} API key is {} and it stopped working.",
    'headers = {{"Authorization": "Bearer {}"}}',
    "os.environ['{NAME}_ACCESS_TOKEN'] = '{}'",
    "curl --token {} -X GET",
    "const apiKey = '{}';",
)
NEUTRAL_CONTEXTS = (
    "Please use {} when you run it.",
    'x = "{}"',
    "print('{}')",
    "I found {} in the log this morning.",
    'values = ["a", "{}", "b"]',
    "def f():\n    # {}\n    return 1",
    "It was {}",
    "| name | {} |",
    "run(\n    '{}',\n)",
)
ASSIGNMENTS = (
    'db_password = "{}"',
    "DB_PASSWORD={}",
    "password: {}",
    'connect(host="db", user="app", password="{}")',
    '{{"user": "app", "password": "{}"}}',
    "self.secret = '{}'",
    'PASSWORD: str = "{}"',
    'config["smtp_password"] = "{}"',
    'os.environ.setdefault("DB_PASS", "{}")',
    'getenv("APP_SECRET", "{}")',
    "<password>{}</password>",
    'String dbPassword = "{}";',
    'admin_pwd := "{}"',
    "mysql --user=root --password={}",
    "The password is {}",
    'settings = dict(client_secret="{}")',
    ":password => '{}',",
    "spring.datasource.password={}",
    'ENV MYSQL_ROOT_PASSWORD="{}"',
    'private const string Passphrase = "{}";',
)


def _halves(rng: random.Random, token: str) -> tuple[str, str]:
    cut = rng.randrange(2, max(3, len(token) - 2))
    return token[:cut], token[cut:]


def _escaped(token: str, form: str, every: int = 1) -> str:
    return "".join(form.format(ord(c)) if index % every == 0 else c for index, c in enumerate(token))


HARD: dict[str, Callable[[random.Random, str], str]] = {
    "joined with plus": lambda rng, token: 'key = "{}" + "{}"'.format(*_halves(rng, token)),
    "adjacent": lambda rng, token: "value = '{}' '{}'".format(*_halves(rng, token)),
    "adjacent lines": lambda rng, token: 'value = (\n    "{}"\n    "{}"\n)'.format(*_halves(rng, token)),
    "join call": lambda rng, token: 'value = "".join(["{}", "{}"])'.format(*_halves(rng, token)),
    "hex escapes": lambda rng, token: f'value = "{_escaped(token, chr(92) + "x{:02x}")}"',
    "some hex escapes": lambda rng, token: f'value = "{_escaped(token, chr(92) + "x{:02x}", 3)}"',
    "unicode escapes": lambda rng, token: f'value = "{_escaped(token, chr(92) + "u{:04x}")}"',
    "percent": lambda rng, token: f"https://example.com/?v={_escaped(token, '%{:02X}')}",
    "some percent": lambda rng, token: f"v={_escaped(token, '%{:02X}', 4)}",
    "base64": lambda rng, token: f'value = b64decode("{base64.b64encode(token.encode()).decode()}")',
    "base64 in prose": lambda rng, token: f"The blob {base64.b64encode(token.encode()).decode()} came back.",
    "base64 url": lambda rng, token: f'v = "{base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")}"',
    "NUL inside": lambda rng, token: "take {}\0{} here".format(*_halves(rng, token)),
    "zero-width inside": lambda rng, token: "take {}\u200b{} here".format(*_halves(rng, token)),
    "word joiner": lambda rng, token: "take {}\u2060{} here".format(*_halves(rng, token)),
    "soft hyphen": lambda rng, token: "take {}\u00ad{} here".format(*_halves(rng, token)),
    "allow comment": lambda rng, token: f'x = "{token}"  # pragma: allowlist secret  gitleaks:allow',
    "nosec": lambda rng, token: f'x = "{token}"  # nosec betterleaks:allow kingfisher:ignore',
}


def credentials(
    rng: random.Random, contexts: tuple[str, ...] = ("keyword", "neutral", "assignment", "hard")
) -> Iterator[Case]:
    """Cases with a credential each, in every context asked for."""
    for kind, template in MARKED.items():
        name = re.sub(r"\W", "_", kind)
        if "keyword" in contexts:
            for context in rng.sample(KEYWORD_CONTEXTS, 2):
                filled = context.replace("{NAME}", name.upper()).replace("{name}", name)
                yield Case(
                    kind,
                    "keyword",
                    filled.format(draw(rng, template))
                    if "{{" in context
                    else filled.replace("{}", draw(rng, template)),
                )
        if "neutral" in contexts:
            for context in rng.sample(NEUTRAL_CONTEXTS, 2):
                yield Case(kind, "neutral", context.replace("{}", draw(rng, template)))
        if "hard" in contexts and "\n" not in template:
            for hard in rng.sample(sorted(HARD), 4):
                yield Case(kind, f"hard: {hard}", HARD[hard](rng, draw(rng, template)))
    if "keyword" in contexts:
        for kind, template in UNMARKED.items():
            name = re.sub(r"\W", "_", kind)
            for context in rng.sample(KEYWORD_CONTEXTS, 3):
                filled = context.replace("{NAME}", name.upper()).replace("{name}", name)
                token = draw(rng, template)
                yield Case(kind, "keyword", filled.format(token) if "{{" in context else filled.replace("{}", token))
    if "assignment" in contexts:
        for context in ASSIGNMENTS:
            for _ in range(12):
                secret = password(rng)
                yield Case(
                    "password", "assignment", context.replace("{{", "{").replace("}}", "}").replace("{}", secret)
                )
    if "hard" in contexts:
        for hard, make in HARD.items():
            if "base64 url" in hard or "percent" in hard:
                continue
            for _ in range(3):
                yield Case("password", f"hard: {hard}", make(rng, f"password={password(rng)}"))


def innocents(rng: random.Random) -> Iterator[Case]:
    """Texts without a credential that scanners are known to take for one."""

    def some(template: str) -> str:
        return draw(rng, template)

    digest = hashlib.sha256(some("{A20}").encode())
    texts = [
        f"commit {some('{h40}')}",
        f"The MD5 of the file is {some('{h32}')}.",
        f'EXPECTED_SHA256 = "{digest.hexdigest()}"',
        f"assert hashlib.sha1(b'abc').hexdigest() == '{some('{h40}')}'",
        f"git checkout {some('{h40}')} && make",
        f'checksum = "sha256:{some("{h64}")}"',
        f'"integrity": "sha512-{some("{b86}")}=="',
        f'"integrity": "sha256-{base64.b64encode(digest.digest()).decode()}"',
        f"image: python@sha256:{some('{h64}')}",
        f'ETag: "{some("{h32}")}"',
        f'user_id = "{some("{uuid}")}"',
        f"id: {some('{uuid}')}",
        f"Request {some('{uuid}')} failed after 3 tries.",
        f"uuid.UUID('{{{some('{uuid}')}}}')",
        f'session = Session(id="{some("{uuid}")}")',
        f'data = base64.b64decode("{base64.b64encode(b"Hello, this is some plain test data").decode()}")',
        f'assert encode(b"hello world, twice") == "{base64.b64encode(b"hello world, twice").decode()}"',
        f'PNG = "iVBORw0KGgoAAAANSUhEUgAA{some("{b60}")}"',
        f'<img src="data:image/png;base64,iVBORw0KGgo{some("{b80}")}=">',
        f'src="data:image/gif;base64,R0lGODlhAQAB{some("{b40}")}"',
        f'BLOB = b64decode("{base64.b64encode(bytes(range(48))).decode()}")',
        f'encoded = "{base64.b64encode(json_text(rng)).decode()}"',
        "password = input()",
        'password = input("Password: ")',
        "password = getpass.getpass()",
        'password = os.environ["DB_PASSWORD"]',
        'token = os.getenv("GITHUB_TOKEN")',
        'api_key = os.environ.get("OPENAI_API_KEY", "")',
        'api_key = "YOUR_API_KEY"',
        'API_KEY = "your-api-key-here"',
        'openai.api_key = "sk-..."',
        'client = OpenAI(api_key="sk-your-key-here")',
        "export OPENAI_API_KEY=sk-...",
        "export GITHUB_TOKEN=<your token>",
        'token = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE",
        'secret = "changeme"',
        'PASSWORD = "********"',
        'password="<password>"',
        'password = "${DB_PASSWORD}"',
        "password: {{ vault_db_password }}",
        'token = f"{prefix}_{suffix}"',
        "password: str",
        "def login(username: str, password: str) -> bool:\n    return check(username, password)",
        "secret = None",
        "if password == confirm_password:\n    save(password)",
        'raise ValueError("password must have at least 8 characters")',
        'parser.add_argument("--password", help="the password to log in with")',
        'PASSWORD_FIELD = "password_input"',
        'PASSWORD_PATTERN = r"^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{8,}$"',
        'token_type = "bearer"',
        'TOKEN_URL = "https://example.com/oauth/token"',
        'tokens = tokenizer.encode("Hello world 123")',
        'token = next(tokens)\nif token == "<eos>":\n    break',
        'TOKEN_NUMBER = "NUMBER"',
        "for key, value in items.items():\n    print(key, value)",
        'key = "user_name"',
        "sorted(words, key=lambda word: (len(word), word))",
        'cache_key = f"user:{user_id}:profile"',
        'primary_key = "order_id_2024"',
        "The secret of good code is to keep functions short.",
        "This token is invalid because it expired.",
        "The password is required and must not be empty.",
        "Reset your password in the settings of your account.",
        "bearer tokens are sent in the Authorization header",
        'headers = {"Authorization": f"Bearer {token}"}',
        'headers = {"Authorization": "Bearer YOUR_TOKEN"}',
        'auth = ("user", "pass")',
        "requests.get(url, auth=(user, password))",
        "smtp.login(user, password)",
        'get_user_model().objects.create_user("ada", password=password)',
        "secret = secrets.token_hex(32)",
        "SECRET_KEY = os.urandom(32)",
        "postgresql://user:{password}@localhost/db",
        'url = f"postgres://{user}:{password}@{host}/{name}"',
        "redis://localhost:6379/0",
        "https://example.com:8080/path@2x.png",
        "git@github.com:owner/repository.git",
        "npm install --save-dev typescript@5.4.2",
        "AbstractSingletonProxyFactoryBean2Implementation",
        "test_returns_the_sum_of_two_numbers_when_both_are_positive",
        "MAX_CONNECTION_POOL_SIZE_PER_HOST_2 = 10",
        "from sklearn.model_selection import train_test_split",
        "0x" + some("{h40}"),
        f"color: #{some('{h6}')}",
        f"version = '2.{some('{d2}')}.0rc1+g{some('{h7}')}'",
        f"ISBN 978-{some('{d1}')}-{some('{d4}')}-{some('{d4}')}-1",
        f"timestamp = 17{some('{d8}')}",
        "lorem ipsum dolor sit amet, consectetur adipiscing elit 1234567890",
        'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"',
        'string = "abcdefghijklmnopqrstuvwxyz0123456789"',
        f"block hash 0x{some('{h64}')}",
        f'fingerprint="SHA256:{some("{b43}")}"',
        f"ssh-rsa AAAAB3NzaC1yc2E{some('{b80}')} ada@host",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\n" + some("{b64}") + "\n-----END PUBLIC KEY-----",
        'if line.startswith("-----BEGIN RSA PRIVATE KEY-----"):\n    return True',
        f'nonce = "{some("{h16}")}"',
        f'etag = "{some("{h32}")}-5"',
        'password_hash = "$2b$12$EXAMPLE"',
        'csrf_token = "{{ csrf_token }}"',
        '<input type="password" name="password" id="id_password1" autocomplete="new-password">',
        f"assert result == '{some('{h8}')}'",
        f"s3://bucket/path/{some('{h32}')}/part-00001.parquet",
        f"/tmp/cache/{some('{h40}')}.json",
        f'return "{some("{uuid}")}".replace("-", "")',
    ]
    yield from (Case("", "innocent", text) for text in texts)


def json_text(rng: random.Random) -> bytes:
    """A small JSON document, to be encoded."""
    return f'{{"name": "ada", "age": {rng.randrange(90)}, "tags": ["x", "y"]}}'.encode()


if __name__ == "__main__":
    generator = random.Random(0)
    for kind, template in {**MARKED, **UNMARKED}.items():
        print(f"{kind:<28} {draw(generator, template)[:90]!r}")
