# ruff: noqa: E501
"""Draws credentials as the documentation of services and tools writes them: command lines, files, statements, code.

A second corpus beside `secret_corpus.py`, split in two by service: rules are made while looking at
`half(0)` alone, and `half(1)` measures what they are worth on kinds nobody looked at. Everything is
drawn from the generator passed in; `{P}` is a password, `{Q}` one without symbols, `{F}` a passphrase,
`{N}` a user's name, and the rest is `secret_corpus.draw`.

    python tests/support/secret_services.py      # one of each, for a look
"""

import base64
import hashlib
import random
import re
import string
from collections.abc import Callable, Iterator

from secret_corpus import Case, draw

Maker = str | Callable[[random.Random], str]

_WORDS = (
    "amber basket candle dolphin ember forest garden hollow island jungle kettle lantern meadow needle orchid "
    "pepper quartz ribbon saddle timber umbrella velvet walnut yellow zephyr anchor bridge copper dagger engine "
    "falcon glacier harbor ivory jacket kitten ladder marble nectar oyster planet rabbit shadow tunnel violet window"
).split()
_NAMES = "app deploy svc_backup admin root alice reporting grafana jenkins ci-bot bob orders sa postgres".split()
_FIELD = re.compile(r"\{([PQFN])\}")


def plain_password(rng: random.Random) -> str:
    """A password of letters and digits, drawn or made of a word."""
    if rng.random() < 0.6:
        body = "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randrange(10, 22)))
        return body + rng.choice(string.ascii_lowercase) + rng.choice(string.ascii_uppercase) + str(rng.randrange(10))
    return rng.choice(_WORDS).capitalize() + rng.choice(_WORDS).capitalize() + str(rng.randrange(10, 9999))


def any_password(rng: random.Random) -> str:
    """The same, or with symbols that stand in no shell's or string's way."""
    if rng.random() < 0.4:
        return plain_password(rng)
    if rng.random() < 0.5:
        return rng.choice(_WORDS).capitalize() + rng.choice("!@#*_-.") + str(rng.randrange(100, 99999))
    body = rng.choices(string.ascii_letters + string.digits + "!@#^*_-+=.?~", k=rng.randrange(11, 20))
    return rng.choice(string.ascii_letters) + "".join(body) + str(rng.randrange(10)) + rng.choice(string.ascii_letters)


def passphrase(rng: random.Random) -> str:
    """Four or five words and a number, as the tools that make passphrases put them together."""
    return rng.choice("-._ ").join([*rng.sample(_WORDS, rng.randrange(4, 6)), str(rng.randrange(10, 9999))])


def fill(rng: random.Random, template: str) -> str:
    """A template with everything in it drawn."""
    makers = {"P": any_password, "Q": plain_password, "F": passphrase, "N": lambda rng: rng.choice(_NAMES)}
    return draw(rng, _FIELD.sub(lambda match: makers[match[1]](rng), template))


def _encoded(template: str, secret: str, times: int = 1) -> Maker:
    """A template whose `{}` takes a secret in base64."""

    def make(rng: random.Random) -> str:
        value = fill(rng, secret).encode()
        for _ in range(times):
            value = base64.b64encode(value)
        return fill(rng, template.replace("{}", value.decode()))

    return make


def _spelt(template: str, form: Callable[[str], str], between: str = "", secret: str = "{P}") -> Maker:
    """A template whose `{}` takes a secret, character by character."""
    return lambda rng: fill(rng, template).replace("{}", between.join(form(c) for c in fill(rng, secret)))


def _halved(template: str) -> Maker:
    """A template whose two `{}` take the halves of a password."""

    def make(rng: random.Random) -> str:
        secret = plain_password(rng) + plain_password(rng)
        cut = rng.randrange(4, len(secret) - 4)
        return template.replace("{}", secret[:cut], 1).replace("{}", secret[cut:], 1)

    return make


def _words(template: str, count: int) -> Maker:
    return lambda rng: template.replace("{}", " ".join(rng.sample(_WORDS, count)))


def _base58(count: int) -> Callable[[random.Random], str]:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return lambda rng: "".join(rng.choices(alphabet, k=count))


_DECIMAL: Callable[[str], str] = lambda c: str(ord(c))  # noqa: E731
_HEX: Callable[[str], str] = lambda c: f"0x{ord(c):02x}"  # noqa: E731

# service or tool -> how its documentation writes a credential
SERVICES: dict[str, tuple[Maker, ...]] = {
    # databases
    "mysql": ("mysql -h db -u {N} -p{P} shop", "mysqladmin -u {N} -p'{P}' ping", "CREATE USER '{N}'@'%' IDENTIFIED BY '{P}';"),
    "mysqldump": ("mysqldump --single-transaction -u{N} -p{P} shop > dump.sql", "MYSQL_PWD={P} mysqldump shop"),
    "mariadb": ("SET PASSWORD FOR '{N}'@'localhost' = PASSWORD('{P}');", "mariadb --user {N} --password={P} shop"),
    "my.cnf": ("[client]\nuser={N}\npassword={P}\n",),
    "postgres": ("ALTER ROLE {N} WITH LOGIN PASSWORD '{P}';", "PGPASSWORD={P} psql -h db -U {N}", 'psql "host=db user={N} password={Q} dbname=x"'),
    "pgpass": ("db.internal:5432:*:{N}:{Q}", "*:*:shop:{N}:{Q}"),
    "pgbouncer": ('"{N}" "{P}"', '"{N}" "md5{h32}"'),
    "sqlserver": ("CREATE LOGIN {N} WITH PASSWORD = N'{P}';", "sqlcmd -S db -U sa -P {P} -Q 'select 1'", "Server=db;Database=x;User Id={N};Password={Q};"),
    "bcp": ("bcp shop.dbo.t out t.csv -S db -U {N} -P {P} -c",),
    "oracle": ("sqlplus {N}/{Q}@db:1521/ORCL", "jdbc:oracle:thin:{N}/{Q}@//db:1521/x", "ALTER USER {N} IDENTIFIED BY {Q};"),
    "expdp": ("expdp {N}/{Q}@db directory=d dumpfile=x.dmp",),
    "mongodb": ("mongosh -u {N} -p {P} --authenticationDatabase admin", 'db.createUser({user: "{N}", pwd: "{P}", roles: []})'),
    "redis": ("redis-cli -h cache -a {P} ping", "requirepass {P}", "ACL SETUSER {N} on >{P} ~* +@all", "AUTH {N} {P}"),
    "sentinel": ("sentinel auth-pass mymaster {P}", "masterauth {P}"),
    "cassandra": ("cqlsh db 9042 -u {N} -p {P}", "CREATE ROLE {N} WITH PASSWORD = '{P}' AND LOGIN = true;"),
    "clickhouse": ("clickhouse-client --user {N} --password {P}", "CREATE USER {N} IDENTIFIED WITH sha256_password BY '{P}'", "<password>{P}</password>"),
    "influxdb": ("influx -username {N} -password '{P}'", 'CREATE USER {N} WITH PASSWORD \'{P}\' WITH ALL PRIVILEGES'),
    "elasticsearch": ("curl -u elastic:{P} https://es:9200", "xpack.security.http.ssl.keystore.secure_password: {P}"),
    "neo4j": ("cypher-shell -u neo4j -p {P}", "NEO4J_AUTH=neo4j/{Q}", 'GraphDatabase.driver(uri, auth=("neo4j", "{P}"))'),
    "couchdb": ("[admins]\nadmin = {P}", "curl -X PUT http://admin:{Q}@couch:5984/x"),
    "snowflake": ("snowsql -a acct -u {N} --private-key-passphrase {P}", "CREATE USER {N} PASSWORD = '{P}' MUST_CHANGE_PASSWORD = TRUE;"),
    "redshift": ("COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=x;aws_secret_access_key={b40}';",),
    "db2": ("db2 connect to SHOP user {N} using {P}",),
    "teradata": (".LOGON tdpid/{N},{Q}", "bteq logon tdpid/{N},{Q};"),
    "odbc": ("Driver={PostgreSQL Unicode};Server=db;Uid={N};Pwd={Q};", "DSN=x;UID={N};PWD={Q}"),
    "hibernate": ('<property name="hibernate.connection.password">{P}</property>', '<property name="connection.password" value="{P}"/>'),
    "tomcat": ('<user username="{N}" password="{P}" roles="manager-gui"/>', '<Resource name="jdbc/x" username="{N}" password="{P}"/>'),
    # mail and messages
    "smtp": (_encoded("AUTH PLAIN {}", "\0{N}\0{Q}"), _encoded("AUTH LOGIN\n334 VXNlcm5hbWU6\nYWRtaW4=\n334 UGFzc3dvcmQ6\n{}", "{P}")),
    "imap": ("a1 LOGIN {N} {P}", 'M.login("{N}", "{P}")'),
    "pop3": ("USER {N}\nPASS {P}\n",),
    "swaks": ("swaks --to a@example.org --auth-user {N} --auth-password {P}", "swaks -a LOGIN -au {N} -ap {P}"),
    "msmtp": ("account x\nuser {N}\npassword {P}\n",),
    "fetchmail": ("poll mail.x protocol IMAP user '{N}' password '{P}' ssl", "poll m user \"{N}\" with pass \"{P}\""),
    "mutt": ('set smtp_pass="{P}"', 'set imap_pass = "{P}"'),
    "postfix": ("[smtp.mail.net]:587 {N}:{Q}",),
    "dovecot": ("{N}:{PLAIN}{Q}:1000:1000::/home/x", "ldap dnpass = {P}"),
    "rabbitmq": ("rabbitmqctl add_user {N} {P}", "rabbitmqctl change_password {N} '{P}'", "default_pass = {P}"),
    "mosquitto": ("mosquitto_pub -h m -t x -u {N} -P {P} -m hi", "mosquitto_passwd -b /etc/m/passwd {N} {P}", 'client.username_pw_set("{N}", "{P}")'),
    "kafka": ('sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{N}" password="{P}";', "ssl.keystore.password={P}"),
    "activemq": ('<authenticationUser username="{N}" password="{P}" groups="g"/>',),
    "nats": ("SU{t56}", "nats-server --user {N} --pass {P}", "nats -s nats://{N}:{Q}@n:4222 pub x y"),
    "stomp": ("CONNECT\nlogin:{N}\npasscode:{P}\n",),
    # clouds, registries, builds
    "docker": ("echo {P} | docker login -u {N} --password-stdin", "docker login -u {N} -p {P} reg.io", _encoded('{"auths": {"reg.io": {"auth": "{}"}}}', "{N}:{Q}")),
    "podman": ("podman pull --creds {N}:{Q} reg.io/x", "podman login --username {N} --password '{P}' reg.io"),
    "skopeo": ("skopeo copy --dest-creds={N}:{Q} a b", "skopeo inspect --creds {N}:{Q} docker://x"),
    "helm": ("helm repo add x https://c.x --username {N} --password {P}", "helm upgrade x . --set auth.rootPassword={P}"),
    "kubernetes": ("kubectl create secret generic x --from-literal=password={P}", _encoded("kind: Secret\ndata:\n  password: {}", "{P}"), 'kind: Secret\nstringData:\n  DB_PASSWORD: "{P}"'),
    "kubeconfig": (_encoded("    client-key-data: {}", "-----BEGIN RSA PRIVATE KEY-----\n{b64}\n{b64}\n{b64}\n-----END RSA PRIVATE KEY-----\n"), _encoded("config: {}", "users:\n- name: x\n  user:\n    password: {Q}\n", 2)),
    "env-list": ("- name: DB_PASSWORD\n  value: {P}", '{"name": "DB_PASSWORD", "value": "{P}"}', "- name: API_TOKEN\n  value: \"{A32}\""),
    "compose": ("environment:\n  - MYSQL_ROOT_PASSWORD={P}", "environment:\n  POSTGRES_PASSWORD: {P}"),
    "dockerfile": ("ENV ADMIN_PASS {P}", "ARG NPM_TOKEN={uuid}", "RUN echo 'root:{Q}' | chpasswd"),
    "terraform": ('variable "db_password" {\n  default = "{P}"\n}', 'master_password = "{P}"', 'admin_password    = "{P}"'),
    "ansible": ("ansible_ssh_pass: {P}", "web1 ansible_host=10.0.0.2 ansible_become_pass={P}", "ansible_password='{P}'"),
    "puppet": ("mysql::db { 'x': user => '{N}', password => '{P}' }",),
    "azure": ("az login --service-principal -u {uuid} -p {w34} --tenant {uuid}", "az sql server create --admin-user {N} --admin-password {P}"),
    "gcloud": ("gcloud sql users set-password {N} --instance=x --password={P}",),
    "aws": ("aws configure set aws_secret_access_key {b40}", "[default]\naws_secret_access_key = {b40}", "aws rds create-db-instance --master-username {N} --master-user-password {P}"),
    "openstack": ("export OS_PASSWORD={P}", "openstack --os-username {N} --os-password {P} server list"),
    "cloudfoundry": ("cf login -a api.x -u {N} -p {P} -o org", "cf auth {N} {P}"),
    "ibmcloud": ("ibmcloud login --apikey {w44} -r us-south",),
    "openshift": ("oc login https://c:6443 -u {N} -p {P}",),
    "vcenter": ("govc env -x GOVC_PASSWORD={P}", "Connect-VIServer -Server v -User {N} -Password '{P}'"),
    "jenkins": ("java -jar jenkins-cli.jar -s http://j -auth {N}:11{h32} build x", "<passwordHash>#jbcrypt:$2a$10${A53}</passwordHash>"),
    "gitlab-ci": ("variables:\n  DEPLOY_PASSWORD: '{P}'",),
    "github-actions": ("gh secret set DB_PASSWORD --body '{P}'", "env:\n  API_SECRET: {A40}"),
    "travis": ("env:\n  global:\n    - SAUCE_ACCESS_KEY={uuid}",),
    "maven": ("<server>\n  <id>x</id>\n  <username>{N}</username>\n  <password>{P}</password>\n</server>",),
    "gradle": ("signing.password={P}", "ossrhPassword={P}", "storePassword '{P}'"),
    "nuget": ('<add key="ClearTextPassword" value="{P}" />', "nuget push x.nupkg -ApiKey {uuid}", "nuget sources add -Name x -UserName {N} -Password {P}"),
    "pypirc": ("[pypi]\nusername = {N}\npassword = {P}\n", "twine upload -u {N} -p {P} dist/*"),
    "composer": ("composer config http-basic.repo.x.io {N} {P}", '{"http-basic": {"repo.x.io": {"username": "{N}", "password": "{P}"}}}'),
    "bundler": ("bundle config gems.x.io {N}:{Q}",),
    "npmrc": (_encoded("//reg.x/:_password={}", "{P}"), "//reg.x/:_authToken={uuid}"),
    "fastlane": ("FASTLANE_PASSWORD={P}", "MATCH_PASSWORD='{F}'"),
    "android": ("storePassword={P}\nkeyPassword={P}\nkeyAlias=x", '<string name="maps_api_key">{w39}</string>'),
    "xcode": ("<key>password</key>\n<string>{P}</string>", "security unlock-keychain -p '{P}' build.keychain"),
    # shells, ssh, files
    "curl": ("curl -u {N}:{P} https://x.io/a", "curl --user '{N}:{P}' https://x.io", "curl --proxy-user {N}:{Q} -x p:3128 https://x.io"),
    "wget": ("wget --user={N} --password='{P}' https://x.io/f", "wget --http-password={P} x.io"),
    "httpie": ("http -a {N}:{Q} GET x.io/a", "http x.io/a X-Api-Key:{A40}"),
    "sshpass": ("sshpass -p {P} ssh root@host", "sshpass -p '{P}' scp a host:b", "SSHPASS={P} sshpass -e ssh h"),
    "expect": ('expect "assword:"\nsend "{P}\\r"', 'expect -re "(?i)password"\nsend -- "{P}\\n"'),
    "pexpect": ("child.expect('Password:')\nchild.sendline('{P}')",),
    "telnetlib": ('tn.read_until(b"Password: ")\ntn.write(b"{Q}\\n")',),
    "sudo": ("echo '{P}' | sudo -S apt update", "sudo -S <<< '{P}' whoami", "echo {P} | sudo -S -k ls"),
    "chpasswd": ("echo '{N}:{P}' | chpasswd", "usermod -p '$6${A8}${A86}' {N}"),
    "passwd": ("printf '{P}\\n{P}\\n' | passwd {N}", "echo '{P}' | passwd --stdin {N}"),
    "netrc": ("machine api.x.io login {N} password {P}", "machine api.x.io\n  login {N}\n  password {Q}"),
    "htpasswd": ("{N}:$apr1${A8}${A22}", "htpasswd -b /etc/nginx/.htpasswd {N} {P}", "{N}:$2y$10${A53}", "htpasswd -nb {N} {P}"),
    "shadow": ("{N}:$6${A16}${A86}:19000:0:99999:7:::",),
    "smbclient": ("smbclient //srv/share -U {N}%{Q}", "smbclient //srv/share '{P}' -U {N}"),
    "cifs": ("mount -t cifs //srv/s /mnt -o username={N},password={Q}", "//srv/s /mnt cifs user={N},pass={Q} 0 0"),
    "lftp": ("lftp -u {N},{Q} sftp://x.io", "open -u {N},{Q} ftp.x.io"),
    "ftp": ('ftp.login("{N}", "{P}")', "ftp -n h <<EOF\nuser {N} {P}\nEOF", 'FTP("h", "{N}", "{P}")'),
    "ldap": ("ldapsearch -x -D cn=admin,dc=x -w {P} -b dc=x", "bindpw {P}", "olcRootPW: {SSHA}{b32}"),
    "kerberos": ("echo {P} | kinit {N}@X.IO", "kadmin.local -q 'addprinc -pw {Q} {N}'"),
    "samba": ("samba-tool user create {N} {P}", "(echo {P}; echo {P}) | smbpasswd -a {N}"),
    "openssl": ("openssl rsa -in k.pem -passin pass:{Q}", "openssl enc -aes-256-cbc -k {P} -in a", "openssl pkcs12 -export -passout 'pass:{P}'"),
    "gpg": ("gpg --batch --passphrase '{F}' -d a.gpg", "echo {P} | gpg --passphrase-fd 0 -d a.gpg"),
    "keytool": ("keytool -genkey -storepass {P} -keypass {P} -alias x", "jarsigner -storepass {P} a.jar x"),
    "7zip": ("7z x a.7z -p{P}", "zip -P {P} a.zip b", "unrar x -p{Q} a.rar"),
    "restic": ("export RESTIC_PASSWORD='{F}'", "restic -r r --password-command 'echo {P}' backup"),
    "borg": ("BORG_PASSPHRASE='{F}' borg create r::x d",),
    "rclone": ("rclone obscure {P}", "pass = {w40}"),
    "cryptsetup": ("echo -n '{F}' | cryptsetup open /dev/sdb x -", "echo '{P}' | cryptsetup luksFormat /dev/sdb -"),
    "wifi": ('network={\n  ssid="x"\n  psk="{P}"\n}', "nmcli dev wifi connect Home password {P}", "wpa_passphrase Home {P}", "WIFI:T:WPA;S:Home;P:{Q};;"),
    "arduino": ('const char* password = "{P}";', 'WiFi.begin("Home", "{P}");', '#define WIFI_PASS "{P}"'),
    "ipsec": ('10.0.0.1 10.0.0.2 : PSK "{P}"', '{N} : EAP "{P}"'),
    "wireguard": ("PrivateKey = {b43}=", "PresharedKey = {b43}="),
    "ppp": ('"{N}" * "{P}" *',),
    "cisco": ("username {N} privilege 15 secret 0 {P}", "enable password {P}", "snmp-server community {Q} RO", "tacacs-server key {P}", "enable secret 5 $1${A4}${A22}"),
    "juniper": ('set system login user {N} authentication encrypted-password "$6${A8}${A86}"', 'pre-shared-key ascii-text "{P}"'),
    "snmp": ("snmpwalk -v3 -u {N} -A {P} -X {P} host", "createUser {N} SHA {P} AES {P}"),
    "ipmi": ("ipmitool -I lanplus -H h -U {N} -P {P} power status",),
    "rdp": ("xfreerdp /u:{N} /p:{P} /v:h", "rdesktop -u {N} -p {P} h"),
    "putty": ("plink -ssh {N}@h -pw {P} ls", "pscp -pw {P} a {N}@h:b"),
    "winscp": ("winscp.com /command \"open sftp://{N}:{Q}@h/\"", "Password={P}"),
    "windows": ("net user {N} {P} /add", "net use Z: \\\\srv\\s /user:{N} {P}", "cmdkey /add:h /user:{N} /pass:{P}", "schtasks /create /tn x /ru {N} /rp {P}"),
    "psexec": ("psexec \\\\h -u {N} -p {P} cmd",),
    "wmic": ("wmic /node:h /user:{N} /password:{P} os get name",),
    "powershell": ('$p = ConvertTo-SecureString "{P}" -AsPlainText -Force', "$pw = '{P}'", "New-LocalUser {N} -Password (ConvertTo-SecureString -String '{P}' -AsPlainText -Force)"),
    "unattend": ("<AdministratorPassword>\n  <Value>{P}</Value>\n</AdministratorPassword>",),
    "kickstart": ("rootpw --plaintext {P}", "rootpw {P}", "user --name={N} --password={P} --plaintext"),
    "preseed": ("d-i passwd/root-password password {P}", "d-i passwd/user-password-again password {P}"),
    "cloud-init": ("chpasswd:\n  list: |\n    {N}:{Q}", "password: {P}\nssh_pwauth: true"),
    "svn": ("svn checkout --username {N} --password {P} https://s.x/r", "svn co https://{N}:{Q}@s.x/r"),
    "git": ("git clone https://{N}:{Q}@git.x.io/r.git", "git config --global http.proxy http://{N}:{Q}@p:3128", 'printf "username={N}\\npassword={P}\\n"'),
    "perforce": ("p4 -u {N} -P {P} sync", "P4PASSWD={P}"),
    "haproxy": ("stats auth {N}:{Q}", "user {N} insecure-password {P}"),
    "nginx": ("proxy_set_header Authorization \"Basic {}\";",),
    "traefik": ('users:\n  - "{N}:$apr1${A8}${A22}"',),
    "squid": ("cache_peer p parent 3128 0 login={N}:{Q}",),
    "supervisor": ("[inet_http_server]\nport=9001\nusername={N}\npassword={P}",),
    "asterisk": ("[1001]\ntype=friend\nsecret={P}\n", "register => {N}:{Q}@sip.x.io"),
    "freeradius": ('{N} Cleartext-Password := "{P}"', "client x {\n  secret = {P}\n}"),
    "samba-ad": ("realm join -U {N} x.io <<< '{P}'", "net ads join -U {N}%{Q}"),
    # frameworks and code
    "django": ("SECRET_KEY = 'django-insecure-{a30}(#{a10}^&{a8}'", "SECRET_KEY = '{a20}$%{a10}@({a15}+'", "User.objects.create_superuser('{N}', 'a@example.org', '{P}')"),
    "flask": ("app.secret_key = '{F}'", "app.config['SECRET_KEY'] = '{h48}'", "app.secret_key = b'_5#y2L\"{A8}\\n\\xec]/'"),
    "rails": ("secret_key_base: {h128}", "Rails.application.config.secret_token = '{h64}'"),
    "laravel": ("APP_KEY=base64:{b43}=", "DB_PASSWORD=\"{P}\""),
    "symfony": ("APP_SECRET={h32}", "DATABASE_URL=\"mysql://{N}:{Q}@127.0.0.1:3306/x\""),
    "wordpress": ("define('DB_PASSWORD', '{P}');", "define( 'AUTH_KEY', '{A20}|{A10}@ {A12}%{A8}' );", "define('SECURE_AUTH_SALT', '{A24}<{A12}& {A8}');"),
    "express": ("app.use(session({ secret: '{F}', resave: false }))", "jwt.sign(payload, '{P}')"),
    "jwt": ("jwt.encode(payload, '{P}', algorithm='HS256')", "Jwts.builder().signWith(SignatureAlgorithm.HS256, \"{P}\")"),
    "phoenix": ('secret_key_base: "{b64}"', 'signing_salt: "{A8}"'),
    "spring": ("spring.datasource.password={P}", "spring.security.user.password: {P}", "jasypt.encryptor.password={P}"),
    "aspnet": ('<add name="Db" connectionString="Data Source=d;User ID={N};Password={Q}" />', '"ConnectionStrings": {"Db": "Server=d;User={N};Pwd={Q};"}', '<machineKey validationKey="{H128}" decryptionKey="{H64}" />'),
    "java": ('DriverManager.getConnection(url, "{N}", "{P}")', 'new PasswordAuthentication("{N}", "{P}".toCharArray())', 'new UsernamePasswordToken("{N}", "{P}")'),
    "csharp": ('new NetworkCredential("{N}", "{P}")', 'var pwd = @"{P}";'),
    "php": ("new PDO($dsn, '{N}', '{P}')", "mysqli_connect('h', '{N}', '{P}', 'x')", "$db_pass = '{P}';"),
    "ruby": ("Net::SSH.start('h', '{N}', password: '{P}')", "http.basic_auth '{N}', '{P}'"),
    "go": ('req.SetBasicAuth("{N}", "{P}")', 'ssh.Password("{P}")', 'smtp.PlainAuth("", "{N}", "{P}", "smtp.x.io")'),
    "rust": ('.basic_auth("{N}", Some("{P}"))', 'let password: &str = "{P}";', "Credentials::new(\"{N}\".to_owned(), \"{P}\".to_owned())"),
    "perl": ("DBI->connect($dsn, '{N}', '{P}')", "my $passwd = '{P}';"),
    "python-db": ("psycopg2.connect('dbname=x user={N} password={Q}')", "pymysql.connect('h', '{N}', '{P}', 'x')", "cx_Oracle.connect('{N}', '{P}', 'h/x')"),
    "paramiko": ("ssh.connect('h', 22, '{N}', '{P}')", "transport.auth_password('{N}', '{P}')"),
    "requests": ("requests.get(u, auth=('{N}', '{P}'))", "HTTPBasicAuth('{N}', '{P}')", "requests.post(u, json={'user': '{N}', 'password': '{P}'})"),
    "selenium": ("driver.find_element(By.ID, 'password').send_keys('{P}')", "page.fill('#password', '{P}')", "cy.get('[name=password]').type('{P}')"),
    "nested-dict": ("USERS = {'{N}': {'role': 'x', 'credentials': {'passphrase': '{F}'}}}", "CONFIG = {'db': {'auth': {'user': '{N}', 'pw': '{P}'}}}"),
    "holds-example": ("password = '{A8}example{A8}9'", 'DB_PASSWORD="{A9}sample{A7}4"', "smtp_pass = '{A6}mock{A10}7'"),
    "uuid-clients": ("client = Client('{uuid}')", "const api = new ApiClient('{uuid}');", 'pm := postmark.NewClient("{uuid}", "")', 'sdk.init("{uuid}")'),
    "hex-clients": ("client = SearchClient('APPID', '{h32}')", "Raven::Client.new('{h32}')", 'OWM("{h32}")'),
    "encryption": ("key = bytes.fromhex('{h64}')", "aes_key = bytes.fromhex('{h32}')", "cipher = AES.new(b'{Q}{A8}', AES.MODE_CBC, iv)", "Fernet('{w43}=')"),
    # hidden
    "decimal-bytes": (_spelt("password = bytes([{}]).decode()", _DECIMAL, ", "), _spelt("byte[] passwd = {{}};", _DECIMAL, ","), _spelt("secret = ''.join(map(chr, [{}]))", _DECIMAL, ", ")),
    "hex-bytes": (_spelt("unsigned char password[] = { {} };", _HEX, ", "), _spelt("var secret = new byte[] { {} };", _HEX, ", "), _spelt("let pwd = String::from_utf8(vec![{}])", _HEX, ", ")),
    "chr-sums": (_spelt("password = {}", lambda c: f"chr({ord(c)})", " + "), _spelt("$password = {};", lambda c: f"chr({ord(c)})", " . "), _spelt("ALTER USER x IDENTIFIED BY {}", lambda c: f"CHR({ord(c)})", "||")),
    "from-char-code": (_spelt("const password = String.fromCharCode({})", _DECIMAL, ", "), _spelt("$pw = -join ({} | % { [char]$_ })", _DECIMAL, ",")),
    "formatting": (_halved("password = '%s%s' % ('{}', '{}')"), _halved("secret = '{0}{1}'.format('{}', '{}')"), _halved('api_token = fmt.Sprintf("%s%s", "{}", "{}")')),
    "spaced": (_spelt("the password is {}", lambda c: c, " "), _spelt("password: {}", lambda c: c, " "), _spelt("token: {}", lambda c: c, "-", "{Q}")),
    "reversed": (lambda rng: f"password = '{any_password(rng)[::-1]}'[::-1]", lambda rng: f"secret = ''.join(reversed('{any_password(rng)}'))"),
    "double-base64": (_encoded("data: {}", "password={Q}", 2), _encoded("token: {}", "ghp_{A36}", 2), _encoded("b64decode(b64decode('{}'))", "AKIA{t16}", 2)),
    "hex-text": (lambda rng: f"password = bytes.fromhex('{any_password(rng).encode().hex()}').decode()", lambda rng: f"pw=$(echo {any_password(rng).encode().hex()} | xxd -r -p)"),
    # seeds and money
    "stellar": ("S{C}{t54}".replace("{C}", "B"), 'Keypair.from_secret("SC{t54}")'),
    "bitcoin": (lambda rng: "K" + _base58(51)(rng), lambda rng: "xprv9" + _base58(106)(rng), lambda rng: "wif = '5" + _base58(50)(rng) + "'"),
    "ethereum": ("PRIVATE_KEY=0x{h64}", "w3.eth.account.from_key('0x{h64}')", "new ethers.Wallet('{h64}')"),
    "mnemonic": (_words('mnemonic = "{}"', 12), _words("My seed phrase is: {}", 12), _words("recovery phrase: {}", 24)),
    "totp": ("otpauth://totp/x:{N}?secret={t32}&issuer=x", "pyotp.TOTP('{t32}')", "oathtool --totp -b {t32}"),
    "solana": (lambda rng: "[" + ",".join(str(rng.randrange(256)) for _ in range(64)) + "]", lambda rng: "Keypair.fromSecretKey(bs58.decode('" + _base58(88)(rng) + "'))"),
    # tables and prose
    "german": ("Passwort: {P}", "Das Kennwort lautet {P}", "Zugangsdaten: {N} / {P}"),
    "spanish": ("Contraseña: {P}", "La contraseña es {P}", "clave = '{P}'"),
    "french": ("Mot de passe : {P}", "mdp = '{P}'", "Le mot de passe est {P}"),
    "portuguese": ("Senha: {P}", "a senha é {P}"),
    "dutch": ("Wachtwoord: {P}", "Het wachtwoord is {P}"),
    "polish": ("Hasło: {P}", "haslo = '{P}'"),
    "russian": ("Пароль: {P}", "логин {N} пароль {P}"),
    "chinese": ("密码:{P}", "密码是 {P}", "密碼: {P}"),
    "japanese": ("パスワード: {P}", "パスワードは{P}です"),
    "korean": ("비밀번호: {P}",),
    "turkish": ("Şifre: {P}", "parola: {P}"),
    "nordic": ("Lösenord: {P}", "Adgangskode: {P}", "Salasana: {P}", "Passord: {P}"),
    "czech": ("Heslo: {P}", "heslo = '{P}'"),
    "italian": ("La password è {P}", "parola d'ordine: {P}"),
    "markdown-table": ("| user | password |\n|---|---|\n| {N} | {P} |", "| DB password | `{P}` |"),
    "csv": ("user,password,role\n{N},{Q},admin\n", "username;passwd\n{N};{Q}\n"),
    "prose": ("You can log in with {N} and the password {P}.", "Use the password `{P}` for the staging machine.", "Login: {N}\nPW: {P}", "Credentials are {N}/{P}"),
    "chat": ("pw for the router is {P}", "here's the pass: {P}", "creds: {N}:{Q}"),
    "slides": ("Username: {N}  Password: {P}", "user: {N} | pass: {P}"),
}  # fmt: skip
SERVICES["nginx"] = (_encoded('proxy_set_header Authorization "Basic {}";', "{N}:{Q}"),)


def half(number: int) -> list[str]:
    """The services of one half (0: rules are made while looking at them; 1: never looked at), by hash of the name."""
    return [name for name in SERVICES if hashlib.sha256(name.encode()).digest()[0] % 2 == number]


def credentials(rng: random.Random, services: list[str], each: int = 4) -> Iterator[Case]:
    """`each` drawings of every way that a service writes a credential."""
    for service in services:
        for maker in SERVICES[service]:
            for _ in range(each):
                yield Case(service, "service", fill(rng, maker) if isinstance(maker, str) else maker(rng))


def innocents(rng: random.Random) -> Iterator[Case]:
    """Texts of the same places that hold no credential."""

    def some(template: str) -> str:
        return fill(rng, template)

    def b64(data: bytes) -> str:
        return base64.b64encode(data).decode()

    texts = [
        f"github.com/a/b v1.2.3 h1:{some('{b43}')}=",
        f"github.com/a/b v1.2.3/go.mod h1:{some('{b43}')}=",
        "postgresql://user:password@localhost:5432/db",
        "mysql://root:root@127.0.0.1/test",
        "amqp://guest:guest@localhost:5672/",
        "redis://:password@localhost:6379/0",
        "http://username:password@proxy.example.com:8080",
        "https://user:pass@example.com/path",
        "mongodb://user:pass@host:27017/db",
        "ftp://user:secret@host/",
        "docker run -p 8080:80 -e MODE=x nginx:1.25-alpine",
        "docker run -p 127.0.0.1:5432:5432 postgres:16",
        "ssh -p 2222 deploy@host",
        "mkdir -p src/main/java/com/App2Go",
        "nmap -p1-65535 -T4 host",
        "gcc -pthread -O2 main.c -o main",
        "mysql -u root -p shop < dump.sql",
        "mysqldump -u root -p shop > dump.sql",
        "curl -u user:password https://example.com",
        "curl -u $USER:$PASSWORD https://x.io",
        "curl -u \"${API_KEY}:\" https://x.io",
        "sshpass -p \"$PASS\" ssh host",
        "sshpass -f secret.txt ssh host",
        "echo $TOKEN | docker login -u x --password-stdin",
        "echo \"$CR_PAT\" | docker login ghcr.io -u USERNAME --password-stdin",
        "cat token.txt | docker login --password-stdin",
        "CREATE USER 'app'@'%' IDENTIFIED BY 'password';",
        "ALTER ROLE app WITH PASSWORD :'pw';",
        "CREATE USER app WITH PASSWORD %s",
        "cursor.execute('ALTER USER app IDENTIFIED BY ?', (pw,))",
        "sqlplus user/password@db",
        "jdbc:postgresql://localhost:5432/shop?user=app&password=${PW}",
        "Server=db;User Id=sa;Password={0};",
        "Server=db;User Id=sa;Password=<password>;",
        '<add key="Password" value="" />',
        '<property name="password" value="${db.password}"/>',
        "<password>changeit</password>",
        '<input type="password" name="password" value="" placeholder="Password1">',
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password",
        '{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-1:parameter/db"}',
        'variable "db_password" {\n  type      = string\n  sensitive = true\n}',
        'password = var.db_password',
        "password: !vault |",
        "ansible_become_pass: '{{ vault_become }}'",
        'expect "assword:"\nsend "$password\\r"',
        "child.expect('Password:')\nchild.sendline(password)",
        "machine api.example.com login me password secret",
        "requirepass foobared",
        "# requirepass yourpassword",
        "passwd: 12",
        "Passwort vergessen?",
        "Bitte geben Sie Ihr Passwort ein.",
        "El campo contraseña es obligatorio.",
        "Mot de passe oublié ?",
        "Пароль должен содержать 8 символов.",
        "密码不能为空",
        "パスワードを入力してください",
        "Das Kennwort lautet anders als gedacht.",
        "clave = fila['clave']",
        "| user | password |\n|---|---|\n| text | text |",
        "user,password\n",
        f"data = bytes([{', '.join(str(rng.randrange(256)) for _ in range(16))}])",
        f"primes = [{', '.join(str(n) for n in (37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97))}]",
        "assert bytes([72, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100]) == b'Hello world'",
        "sizes = [0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x21, 0x31, 0x41]",
        "s = chr(72) + chr(101) + chr(108) + chr(108) + chr(111)",
        "letters = 'a b c d e f g h i j k l m n'",
        "B A N A N A   S P L I T",
        "the quick brown fox jumps over the lazy dog and runs away again",
        "red green blue yellow orange purple",
        f"id = UUID('{some('{uuid}')}')",
        f"order = Order.objects.get(pk='{some('{uuid}')}')",
        f"find_user('{some('{uuid}')}')",
        f"assert_digest('{some('{h32}')}')",
        f"sha256sum: {some('{h64}')}  file.tar.gz",
        f"key_id = '{some('{uuid}')}'",
        f"request_id={some('{uuid}')}",
        f"trace: 00-{some('{h32}')}-{some('{h16}')}-01",
        f"sha512-{some('{b86}')}==",
        f'"resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz#{some("{h40}")}"',
        f"pip install x --hash=sha256:{some('{h64}')}",
        f"docker pull x@sha256:{some('{h64}')}",
        f"address = '0x{some('{h40}')}'",
        f"txid {some('{h64}')}",
        f"data:font/woff2;base64,d09GMgAB{some('{b80}')}",
        b64(b"The quick brown fox jumps over the lazy dog"),
        b64(b64(b"The quick brown fox jumps over it").encode()),
        f"payload = '{b64(b'user=ada&page=2&sort=name&order=asc')}'",
        "jwt.encode(payload, settings.SECRET_KEY, algorithm='HS256')",
        "jwt.encode(payload, 'secret', algorithm='HS256')",
        "app.secret_key = os.environ['SECRET_KEY']",
        "app.secret_key = 'dev'",
        "SECRET_KEY = env('SECRET_KEY')",
        "define('DB_PASSWORD', 'password_here');",
        "define('AUTH_KEY', 'put your unique phrase here');",
        "req.SetBasicAuth(user, pass)",
        "new NetworkCredential(user, password)",
        "DriverManager.getConnection(url, user, password)",
        "DriverManager.getConnection(url, \"user\", \"password\")",
        "mysqli_connect('localhost', 'user', 'password', 'db')",
        "ConvertTo-SecureString $plain -AsPlainText -Force",
        "Read-Host -AsSecureString 'Password'",
        "driver.find_element(By.ID, 'password').send_keys(password)",
        "net user /add",
        "keytool -list -storepass changeit",
        "openssl rsa -passin env:PASS -in k.pem",
        "gpg --passphrase-file p.txt -d a.gpg",
        "7z x archive.7z -oout",
        "redis-cli -h localhost -p 6379 ping",
        "ldapsearch -x -W -D cn=admin -b dc=example,dc=com",
        "psql -h localhost -p 5432 -U postgres",
        "http POST x.io/a name=ada age:=3",
        "python3 -m pip install -U pip==24.0",
        "tar -xzf python3.11-slim-2024.tar.gz -C /opt",
        "git log --author=ada@example.org -p HEAD~3",
        "username: ada  password: ********",
        "user: ada | pass: <hidden>",
        "AUTH PLAIN is offered by the server",
        "otpauth://totp/Example:alice@google.com?secret={secret}&issuer=Example",
        "totp = pyotp.TOTP(user.secret)",
        "The mnemonic should have twelve words and be kept on paper in a safe.",
        "The seed of the generator is 42.",
        "passwords = ['password', '123456', 'qwerty']",
        "test_password_reset_sends_mail_with_token_in_link_2",
        "def test_login(client): client.login(username='ada', password='password')",
        "for p, q in pairs: print(p + q)",
        "grep -c pattern file1.txt",
        "sentinel monitor mymaster 127.0.0.1 6379 2",
        "snmpwalk -v2c -c public host",
        "root:x:0:0:root:/root:/bin/bash",
        "{N}:!:19000:0:99999:7:::",
        "a = 'user:%s' % name",
        "s = '%s%s' % (prefix, suffix)",
        "'{}-{}'.format('left', 'right')",
        "rabbitmqctl list_users",
        "kubectl get secret db -o jsonpath='{.data.password}'",
        "vault kv get -field=password secret/db",
        "aws configure list",
        "az login --use-device-code",
        "ENV PASSWORD_STORE_DIR /var/lib/pass",
        "Login attempts are limited to 5 per minute, then the account is locked.",
    ]  # fmt: skip
    yield from (Case("", "innocent", text) for text in texts)


if __name__ == "__main__":
    for case in credentials(random.Random(0), list(SERVICES), each=1):
        print(f"{case.kind:<18} {case.text!r}")
