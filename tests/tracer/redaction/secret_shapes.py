"""Texts that hold a secret, made anew from a seed: none stands in the repository, so no scanner finds one there."""

from __future__ import annotations

import random
import string
from base64 import b64encode
from collections.abc import Callable

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
URL = ALNUM + "-_"
BASE64 = ALNUM + "+/"
BASE32 = string.ascii_uppercase + "234567"
SIGNS = ALNUM + "!#$%&*+-/=?^~"


class Maker:
    """Random pieces of one shape."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def __call__(self, count: int, alphabet: str = ALNUM) -> str:
        """Characters of an alphabet: a letter, and a digit where it has some, among them."""
        while True:
            text = "".join(self._random.choice(alphabet) for _ in range(count))
            has_letter = any(map(str.isalpha, text)) or not any(map(str.isalpha, alphabet))
            if has_letter and (any(map(str.isdigit, text)) or count < 8 or not any(map(str.isdigit, alphabet))):
                return text

    def uuid(self) -> str:
        """An identifier of eight, four, four, four and twelve hexadecimal digits."""
        return "-".join(self(count, HEX) for count in (8, 4, 4, 4, 12))

    def jwt(self) -> str:
        """Three parts as JSON Web Tokens have them."""
        head, body = (
            b64encode(text.encode()).decode().rstrip("=") for text in ('{"alg":"HS256"}', f'{{"sub":"{self(9)}"}}')
        )
        return f"{head}.{body}.{self(43, URL)}"


Shape = Callable[[Maker], tuple[str, str]]
"""Gives a secret, and a text that holds it."""


def token(template: str) -> Shape:
    """Of a template in which `{n:alphabet}` stands for n characters: the whole is the secret."""

    def make(r: Maker) -> tuple[str, str]:
        whole = ""
        rest = template
        while "{" in rest:
            before, _, rest = rest.partition("{")
            piece, _, rest = rest.partition("}")
            count, _, alphabet = piece.partition(":")
            whole += before + r(
                int(count),
                {
                    "": ALNUM,
                    "x": HEX,
                    "U": UPPER,
                    "u": URL,
                    "b": BASE64,
                    "d": string.digits,
                    "l": string.ascii_lowercase + string.digits,
                    "2": BASE32,
                    "w": ALNUM + "_",
                }[alphabet],
            )
        whole += rest
        return whole, whole

    return make


def named(template: str, count: int = 24, alphabet: str = ALNUM) -> Shape:
    """Of a template in which `%s` stands for the secret."""

    def make(r: Maker) -> tuple[str, str]:
        secret = r(count, alphabet)
        return secret, template.replace("%s", secret)

    return make


TOKENS = {
    "OpenAI": "sk-{20}T3BlbkFJ{20}",
    "OpenAI, newer": "sk-{48}",
    "OpenAI project": "sk-proj-{74:u}T3BlbkFJ{74:u}",
    "OpenAI service account": "sk-svcacct-{58:u}T3BlbkFJ{58:u}",
    "Vercel Blob": "vercel_blob_rw_{16}_{30}",
    "Scalingo": "tk-us-{48:u}",
    "Adafruit": "aio_{28}",
    "OpenAI admin": "sk-admin-{58:u}T3BlbkFJ{58:u}",
    "OpenAI session": "sess-{40}",
    "Anthropic": "sk-ant-api03-{93:u}AA",
    "Anthropic admin": "sk-ant-admin01-{93:u}AA",
    "Anthropic OAuth": "sk-ant-oat01-{93:u}AA",
    "OpenRouter": "sk-or-v1-{64:x}",
    "Langfuse secret": "sk-lf-{8:x}-{4:x}-{4:x}-{4:x}-{12:x}",
    "Langfuse public": "pk-lf-{8:x}-{4:x}-{4:x}-{4:x}-{12:x}",
    "DeepSeek": "sk-{32:x}",
    "ElevenLabs": "sk_{48:x}",
    "Cerebras": "csk-{48:l}",
    "Groq": "gsk_{52}",
    "xAI": "xai-{80}",
    "Perplexity": "pplx-{48}",
    "Replicate": "r8_{37}",
    "Hugging Face": "hf_{34}",
    "Hugging Face organization": "api_org_{34}",
    "Fireworks": "fw_{24}",
    "Together": "tgp_v1_{43:u}",
    "NVIDIA": "nvapi-{64:u}",
    "Tavily": "tvly-dev-{32}",
    "LlamaCloud": "llx-{48}",
    "Pinecone": "pcsk_{6}_{63}",
    "LangSmith personal": "lsv2_pt_{32:x}_{10:x}",
    "LangSmith service": "lsv2_sk_{32:x}_{10:x}",
    "Weights & Biases": "wandb_v1_{60:w}",
    "Voyage": "pa-{43:u}",
    "Firecrawl": "fc-{32:x}",
    "Jina": "jina_{32:x}{28}",
    "Google API": "AIza{35:u}",
    "Google OAuth": "ya29.a0{120:u}",
    "Google client secret": "GOCSPX-{28:u}",
    "Google refresh": "1//0{60:u}",
    "AWS key id": "AKIA{16:2}",
    "AWS temporary key id": "ASIA{16:2}",
    "Bedrock": "ABSKQmVkcm9ja0FQSUtleS{100:b}",
    "Azure client secret": "{3}8Q~{34}",
    "Azure AI": "{52}JQQJ99{2}AC{22}",
    "DigitalOcean": "dop_v1_{64:x}",
    "Databricks": "dapi{32:x}",
    "Heroku": "HRKU-AA{58:u}",
    "Netlify": "nfp_{36}",
    "Vercel": "vcp_{56}",
    "Fly": "FlyV1 fm2_{120:b}",
    "Supabase access": "sbp_{40:x}",
    "Supabase secret": "sb_secret_{22:u}_{8:u}",
    "PlanetScale": "pscale_tkn_{43:u}",
    "PlanetScale password": "pscale_pw_{43:u}",
    "Neon": "napi_{64:l}",
    "Tailscale": "tskey-auth-{12}-{32}",
    "Cloudflare origin": "v1.0-{24:x}-{146:x}",
    "GitHub classic": "ghp_{36}",
    "GitHub OAuth": "gho_{36}",
    "GitHub user": "ghu_{36}",
    "GitHub server": "ghs_{36}",
    "GitHub refresh": "ghr_{76}",
    "GitHub fine-grained": "github_pat_{22}_{59}",
    "GitLab": "glpat-{20:u}",
    "GitLab routable": "glpat-{27:u}.01.{9:l}",
    "GitLab deploy": "gldt-{20:u}",
    "GitLab runner": "glrt-{20:u}",
    "GitLab feed": "glft-{20:u}",
    "GitLab CI": "glcbt-1_{20:u}",
    "Bitbucket": "ATBB{32}",
    "Atlassian": "ATATT3xFfGF0{170:u}={8:U}",
    "npm": "npm_{36}",
    "PyPI": "pypi-AgEIcHlwaS5vcmc{80:u}",
    "RubyGems": "rubygems_{48:x}",
    "crates.io": "cio{32}",
    "Docker": "dckr_pat_{27:u}",
    "SonarQube": "squ_{40:x}",
    "Sourcegraph": "sgp_{16:x}_{40:x}",
    "CircleCI": "CCIPAT_{22}_{40:x}",
    "Postman": "PMAK-{24:x}-{34:x}",
    "Sentry": "sntrys_eyJ{90:b}_{43:b}",
    "Sentry user": "sntryu_{64:x}",
    "Grafana service account": "glsa_{32}_{8:x}",
    "Grafana cloud": "glc_eyJ{80:b}",
    "New Relic": "NRAK-{27:U}",
    "Dynatrace": "dt0c01.{24:U}.{64:U}",
    "PostHog": "phx_{43}",
    "Vault": "hvs.{90:u}",
    "Vault batch": "hvb.{140:u}",
    "Terraform": "{14}.atlasv1.{64:u}",
    "Doppler": "dp.pt.{43}",
    "Doppler service": "dp.st.dev.{43}",
    "1Password": "ops_eyJ{250:b}",
    "1Password secret key": "A3-{6:U}-{6:U}-{5:U}-{5:U}-{5:U}-{5:U}",
    "age": "AGE-SECRET-KEY-1{58:U}",
    "Pulumi": "pul-{40:x}",
    "OpenShift": "sha256~{43:u}",
    "Stripe secret": "sk_live_{24}",
    "Stripe test": "sk_test_{99}",
    "Stripe restricted": "rk_live_{99}",
    "Stripe webhook": "whsec_{32:b}",
    "Square": "sq0atp-{22:u}",
    "Square secret": "sq0csp-{43:u}",
    "Square access": "EAAAE{59:u}",
    "PayPal Braintree": "access_token$production${16:l}${32:x}",
    "Plaid": "access-production-{8:x}-{4:x}-{4:x}-{4:x}-{12:x}",
    "Shopify": "shpat_{32:x}",
    "Shopify app": "shpss_{32:x}",
    "Razorpay": "rzp_live_{14}",
    "Shippo": "shippo_live_{40:x}",
    "EasyPost": "EZAK{54}",
    "Slack bot": "xoxb-{12:d}-{12:d}-{24}",
    "Slack user": "xoxp-{12:d}-{12:d}-{12:d}-{32:x}",
    "Slack app": "xapp-1-A{10:U}-{13:d}-{64:x}",
    "Slack refresh": "xoxe-1-{147}",
    "Twilio": "SK{32:x}",
    "SendGrid": "SG.{22:u}.{43:u}",
    "Mailgun": "key-{32:x}",
    "Mailchimp": "{32:x}-us12",
    "Brevo": "xkeysib-{64:x}-{16}",
    "Resend": "re_{8}_{24}",
    "Telegram": "{10:d}:AA{33:u}",
    "Discord": "M{23}.{6:u}.{38:u}",
    "Facebook": "EAACEdEose0cBA{120}",
    "Notion": "ntn_{46}",
    "Notion, older": "secret_{43}",
    "Linear": "lin_api_{40}",
    "Figma": "figd_{40:u}",
    "Airtable": "pat{14}.{64:x}",
    "Asana": "1/{16:d}:{32:x}",
    "HubSpot": "pat-na1-{8:x}-{4:x}-{4:x}-{4:x}-{12:x}",
    "Dropbox": "sl.{130:u}",
    "Typeform": "tfp_{44:u}",
    "Cursor": "key_{64:x}",
    "ReadMe": "rdme_{70:l}",
    "Mapbox": "sk.eyJ{60}.{22:u}",
    "a maker of whom no table tells": "acme_live_{32}",
    "another maker": "zork-pat-{40}",
}  # fmt: skip

NAMED = {
    "AWS secret": named("AWS_SECRET_ACCESS_KEY=%s", 40, BASE64),
    "AWS secret in a profile": named("[default]\naws_secret_access_key = %s\nregion = eu-west-1", 40, BASE64),
    "AWS session": named("export AWS_SESSION_TOKEN=%s", 200, BASE64),
    "AWS presigned": named("https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=%s&x=1", 64, HEX),
    "Azure storage": named("Protocol=https;AccountName=a;AccountKey=%s==;EndpointSuffix=core.windows.net", 86, BASE64),
    "Azure bus": named("Endpoint=sb://a.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=%s=", 43, BASE64),
    "Azure SAS": named("https://a.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sig=%s%3D", 43),
    "Azure function": named("https://a.azurewebsites.net/api/f?code=%s", 54, URL),
    "Azure OpenAI header": named("api-key: %s", 32, HEX),
    "Ocp header": named("Ocp-Apim-Subscription-Key: %s", 32, HEX),
    "Gemini in a URL": named("https://generativelanguage.googleapis.com/v1/models?key=%s", 39, URL),
    "maps in a URL": named("https://maps.example/api?address=Bonn&key=%s&region=de", 32),
    "Cohere": named("COHERE_API_KEY=%s", 40),
    "Mistral": named("MISTRAL_API_KEY: %s", 32),
    "Together, older": named('together_key = "%s"', 64, HEX),
    "Weights & Biases, older": named("WANDB_API_KEY=%s", 40, HEX),
    "Datadog": named("DD_API_KEY=%s", 32, HEX),
    "Datadog header": named("DD-APPLICATION-KEY: %s", 40, HEX),
    "Cloudflare": named("CLOUDFLARE_API_TOKEN=%s", 40, URL),
    "Fastly": named("Fastly-Key: %s", 32, URL),
    "Heroku, older": named("HEROKU_API_KEY=%s", 32, HEX + "-"),
    "Snowflake": named("snowflake.connect(user='ada', password='%s', account='x')", 14, SIGNS.replace("\\", "")),
    "password of Postgres": named("postgresql://app:%s@db.internal:5432/main", 20),
    "password of MongoDB": named("mongodb+srv://app:%s@cluster0.abc.mongodb.net/?retryWrites=true", 20),
    "password of Redis": named("redis://:%s@cache:6379/0", 20),
    "password of AMQP": named("amqps://guest:%s@mq:5671/vhost", 20),
    "password of MySQL": named("mysql+pymysql://root:%s@127.0.0.1/app", 16),
    "token as a user": named("git clone https://%s@github.com/a/b.git", 40),
    "token as a password": named("https://oauth2:%s@gitlab.example/a.git", 20),
    "Sentry DSN": named("SENTRY_DSN=https://%s@o1.ingest.sentry.io/2", 32, HEX),
    "Slack webhook": named("https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/%s"),
    "Discord webhook": named("https://discord.com/api/webhooks/123456789012345678/%s", 68, URL),
    "Telegram in a URL": named("https://api.telegram.org/bot123456789:AA%s/sendMessage", 33, URL),
    "bearer": named("sent with Bearer %s to it", 40, URL),
    "authorization, bearer": named("Authorization: Bearer %s", 40, URL),
    "authorization, basic": named("Authorization: Basic %s=", 23),
    "authorization, token": named("authorization: token %s", 40, HEX),
    "authorization of AWS": named("Authorization: AWS4-HMAC-SHA256 Credential=A/x, Signature=%s", 64, HEX),
    "header of a key": named("X-API-Key: %s", 24),
    "header of GitLab": named("PRIVATE-TOKEN: %s", 20),
    "header of a cookie": named("Cookie: theme=dark; sid=%s", 24),
    "header that sets a cookie": named("Set-Cookie: id=%s; HttpOnly; Secure", 24),
    "session of PHP": named("PHPSESSID=%s", 26, string.ascii_lowercase + string.digits),
    "session of Java": named("JSESSIONID=%s", 32, UPPER),
    "npmrc": named("//registry.npmjs.org/:_authToken=%s", 36),
    "npmrc, older": named("_auth=%s=", 31),
    "netrc": named("machine api.example login ada password %s", 16),
    "netrc in lines": named("machine api.example\n  login ada\n  password %s\n", 16),
    "Redis's file of settings": named("requirepass: %s", 12),
    "Bundler for Sidekiq": named("BUNDLE_ENTERPRISE__CONTRIBSYS__COM=%s:deadbeef", 8, HEX),
    "pgpass": named("db.example:5432:main:ada:%s", 16),
    "option of mysql": named("mysql -u root -p%s main", 12),
    "option": named("run --password %s --verbose", 12),
    "option with a sign": named("run --client-secret=%s -v", 24),
    "curl": named("curl -u ada:%s https://x", 16),
    "sshpass": named("sshpass -p %s ssh ada@host", 12),
    "docker": named("docker login -u ada -p %s registry.example", 16),
    "variable with signs": named("DB_PASSWORD=%s", 14, SIGNS),
    "variable in quotes": named("DB_PASSWORD='%s'", 20, SIGNS),
    "variable of a shell": named('export OPENAI_KEY="%s"', 40),
    "variable of PowerShell": named('$env:STRIPE_SECRET = "%s"', 24),
    "variable of Docker": named("ENV API_TOKEN=%s\nRUN x", 24),
    "YAML": named("database:\n  user: ada\n  password: %s\n", 16),
    "YAML in quotes": named('smtp:\n  password: "%s"\n', 16, SIGNS),
    "YAML of a secret": named("client_secret: %s\n", 20),
    "TOML": named('[db]\npassword = "%s"\n', 20),
    "INI": named("[mail]\nuser = ada\npassword = %s\n", 14),
    "properties": named("spring.datasource.password=%s", 16),
    "XML": named("<user>ada</user><password>%s</password>", 20),
    "XML as it is": named("<password><![CDATA[%s]]></password>", 20),
    "XML with a namespace": named('<wsse:Password Type="PasswordText">%s</wsse:Password>', 20),
    "YAML block": named("auth:\n  token: |\n    %s\n", 24),
    "YAML folded": named("client_secret: >-\n  %s\nnext: 1\n", 24),
    "Rust": named('let api_key: &\'static str = "%s";', 24),
    "XML with spaces": named("<clientSecret>\n%s</clientSecret>", 20),
    "XML of .NET": named('<add name="x" connectionString="Server=a;User Id=sa;Password=%s;Encrypt=true"/>', 14),
    "JSON in prose": named('got {"user": "ada", "password": "%s"} from it', 12),
    "JSON with camels": named('got {"accessToken": "%s", "expiresIn": 3600} from it', 40),
    "repr": named("config {'api_key': '%s', 'n': 1}", 24),
    "object of JavaScript": named("const config = { apiKey: '%s', region: 'eu' }", 32),
    "hash of Ruby": named("{ :host => 'x', 'password' => '%s' }", 16),
    "code": named('client = Client(api_key="%s")', 32),
    "code that is typed": named('API_KEY: str = "%s"', 32),
    "code of Go": named('password := "%s"', 16),
    "code of an environment": named('os.environ["OPENAI_API_KEY"] = "%s"', 32),
    "headers in code": named('headers["X-Api-Key"] = "%s"', 32),
    "markdown": named("- **Password:** %s\n- **User:** ada", 12),
    "markdown in backticks": named("The password: `%s`", 12),
    "sentence": named("Your API key: %s.", 32),
    "query": named("GET /v1/items?api_key=%s&page=2 HTTP/1.1", 24),
    "query of OAuth": named("https://app.example/cb?code=%s&state=1", 40),
    "fragment of OAuth": named("https://app.example/cb#access_token=%s&token_type=bearer", 40),
    "form": named("grant_type=password&username=ada&password=%s", 12),
    "answer of OAuth": named('{"access_token":"%s","token_type":"Bearer","expires_in":3599}', 60),
    "Kubernetes": named('{"name": "DB_PASSWORD", "value": "%s"}', 12),
    "pair": named('[["Authorization", "Bearer %s"], ["host", "x"]]', 30),
    "connection string": named("Driver={ODBC};Server=x;Uid=sa;Pwd=%s;", 14),
    "passphrase": named("passphrase: %s", 16),
    "key of a service": named("stripe.secretKey=%s", 32),
    "kebab": named("client-secret: %s", 32),
    "dots": named("auth.client.secret=%s", 32),
    "PEM": named("-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----", 64, BASE64),
    "PEM in one line": named('"k": "-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----\\n"', 64, BASE64),
    "PEM of OpenSSH": named("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----", 70, BASE64),
    "Spanish": named("contraseña: %s", 14),
    "German": named("Passwort: %s", 14),
    "French": named("mot de passe : %s", 14),
    "Chinese": named("密码: %s", 14),
    "Russian": named("пароль: %s", 14),
    "Japanese": named('パスワード = "%s"', 14),
    "Polish": named("hasło=%s", 14),
    "part of a form": named('Content-Disposition: form-data; name="password"\r\n\r\n%s\r\n--x--', 14),
    "pydantic": named("password=SecretStr('%s')", 14),
    "ODBC in braces": named("Driver={ODBC};Server=x;Uid=sa;PWD={%s};", 14),
    "Oracle": named("jdbc:oracle:thin:scott/%s@db:1521:orcl", 14),
    "GitHub's basic": named("git clone https://%s:x-oauth-basic@github.com/a/b.git", 40),
    "Laravel": named("APP_KEY=base64:%s=", 43),
    "network": named("WIFI:S:home;T:WPA;P:%s;;", 14),
    "HTTPie": named("http -a ada:%s https://x", 14),
    "SAS in a URL": named("https://a.example/f?sas=%s&x=1", 32),
    "Kubernetes' client": named("client-key-data: %s", 60),
    "Lua": named('local c = { ["api_key"] = "%s" }', 24),
    "Markdown table": named("| user | password |\n|---|---|\n| ada | %s |\n", 12),
    "CSV": named("user,password\nada,%s\n", 12),
    "CSV with the name first": named("password;user\n%s;ada", 12),
    "htpasswd": named("ada:$apr1$Zx81kd0q$%s", 22, ALNUM + "./"),
    "bcrypt": named("hash $2b$12$%s it is", 53, ALNUM + "./"),
    "PuTTY": named("PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\n%s\nPrivate-MAC: 12ab", 64, BASE64),
    "GitHub's secret": named("gh secret set TOKEN_A --body %s", 16),
    "call of Java": named('source.setPassword("%s");', 12),
    "call of a builder": named("builder.with_password('%s')", 12),
    "secure string": named('ConvertTo-SecureString "%s" -AsPlainText -Force', 14),
    "German sentence": named("Das Passwort lautet %s", 12),
    "Yandex IAM": token("t1.9euelZ{60}.{86:u}"),
    "list of a command": named("run ['mongo', '-u', 'ada', '-p', '%s'] now", 12),
    "one-time code": named("otp=%s", 6, string.digits),
}  # fmt: skip

SHAPES: dict[str, Shape] = {
    **{name: token(template) for name, template in TOKENS.items()},
    **NAMED,
    "JWT": lambda r: ((jwt := r.jwt()), jwt),
    "key of OpenAI's shape in a message": lambda r: (
        (key := f"sk-{r(48)}"),
        f"Incorrect API key provided: {key}. You can find",
    ),
}

_NAMES = (
    "password Password db_password userPassword passwd pwd passphrase DB_PASS smtp_pass secret client_secret "
    "clientSecret client-secret api_key apiKey API-KEY x-api-key OPENAI_KEY OPENAI_API_KEY openai.key "
    "access_key secretAccessKey AWS_SECRET_ACCESS_KEY access_token refreshToken id_token auth_token authToken "
    "bearer_token csrf_token sessionToken session_token Authorization Proxy-Authorization cookie cookies "
    "Set-Cookie PHPSESSID JSESSIONID connect.sid conn_str connectionString connection_string dsn credentials "
    "creds private_key privateKey signing_key encryptionKey master_key subscription-key "
    "Ocp-Apim-Subscription-Key webhook_secret SECRET_1 API_KEY_2 jwt bearer otp google.api_key "
    "http.request.header.authorization github_pat NPM_TOKEN stripeSecretKey storageAccountKey SharedAccessKey "
    "hmac_key ssh_key license_key password_confirmation new_password old-password root_password token auth "
    "pass passcode secret_key secrets api_secret consumer_secret app_secret azure_key supabase_key "
    "service_role_key sas_token db.password pass_word rootpw salt auth_header"
)
NAMES = _NAMES.split()
"""Names under which a value is a secret."""
