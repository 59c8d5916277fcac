"""The words that end the names of secrets: the one table that all readers of names use.

A word counts wherever it ends a name, written together or with any sign between its parts: `api_key` is `apiKey`,
`API-KEY`, `x.api.key` and `myapikey`. One that begins with an underscore counts as a word of its own only.
"""

from __future__ import annotations

import json

from .lazy_pattern import late


def _words(text: str, template: str = "%s") -> tuple[str, ...]:
    return tuple(template % word for word in text.split())


_KEYS = """
    api access secret private priv signing signature encryption decryption master auth ssh hmac client subscription
    admin root deploy rsa pgp gpg webhook service_role authentication authorization shared_access
"""
SECRET = (
    *_words("""
        password pass_word passwords passwd passwds pwd pwds passphrase passphrases passcode passcodes _passkey
        secret secrets credential credentials _cred _creds psk shared_key conn_str connection_str conn_string
        connection_string connection_strings authorization _mnemonic db_pass user_pass smtp_pass ftp_pass mypass pgpass
        sqlpass _pass php_sess_id php_session_id j_session_id asp_session_id asp_net_session_id connect_sid sess_id
        user_pw root_pw admin_pw db_pw bind_pw requirepass masterauth contribsyscom
        passwort passwörter kennwort senha palavra_passe contraseña contrasena contrasenia contrasenya mot_de_passe
        motdepasse _mdp wachtwoord lösenord losenord adgangskode passord salasana lykilorð heslo hasło haslo lozinka
        geslo parola jelszó jelszo şifre _sifre slaptažodis kata_sandi mật_khẩu mat_khau пароль пароля парола лозинка
        κωδικός 密码 密碼 口令 暗証番号 パスワード 비밀번호 암호 รหัสผ่าน पासवर्ड סיסמה المرور رمز_عبور _clave
    """),
    *_words(_KEYS, "%s_key"),
    *_words(_KEYS, "%s_keys"),
    *_words("phrase code codes key words", "seed_%s"),
    *_words("phrase code codes key words", "recovery_%s"),
    *_words("phrase code codes key words", "backup_%s"),
    *_words("phrase words", "mnemonic_%s"),
)
"""Whatever stands under these is one."""
COOKIE = ("cookie", "cookies")
TOKEN = (
    *_words("access refresh auth api bearer id session csrf xsrf device personal bot oauth security", "%s_tokens"),
    *_words("""
        token _jwt _jwts _bearer _dsn authorization_code _auth_code _pat client_assertion code_verifier saml_response
        saml_assertion _salt _sid auth_header
    """),
)
"""What looks random under these is one: models produce tokens too."""
AUTH = ("_auth", "_pass", "_pw")
CODE = (
    *_words("""
        _otp _totp _pin _pincode _cvv _cvv2 _cvc _cvc2 _ssn _social_security_number _credit_card credit_card_number
        card_number _cardnumber _cc_number
    """),
    *_words("pin mfa 2fa 2_fa two_factor verification security access otp one_time onetime", "_%s_code"),
)
WEBHOOK = _words("webhook_url hook_url webhook_uri")
FORMS = _words("""
    base64 base_64 b64 pem value values base plain plaintext raw encoded encrypted string bytes data hash confirm
    confirmation repeat again new old current salt
""")
"""Words behind a name: what a secret is written in, or which of several it is."""
ADDRESS_PARAMETERS = _words("sig signature code key sas")
"""Of URLs; elsewhere these name other things."""

END_BYTES = 6


def _ends(word: str) -> set[bytes]:
    first, _, last = word.rpartition("_")
    ends = {f"{first}{sign}{last}" for sign in ("", "_", "-", ".", " ")} if last == "id" else {last}
    written = {*ends, *(json.dumps(end)[1:-1] for end in ends)}
    return {end.encode()[-END_BYTES:] for end in written}


ENDS: frozenset[bytes] = frozenset((b"key", b"keys", b"wifi", b"s__com")).union(
    *map(_ends, (*SECRET, *COOKIE, *TOKEN, *AUTH, *CODE, *WEBHOOK, *FORMS, *ADDRESS_PARAMETERS))
)
"""How the last words of such names end, in so many bytes at most; `s__com` is of Bundler's `CONTRIBSYS__COM`."""

HARMLESS_TOKEN = late(
    r"(?:^|_)(?:eos|bos|pad|unk|sep|cls|mask|stop|start|end|special|next|previous|prev|page|continuation|first|last"
    r"|max|min|per|new|each|decoder|image|audio|video|placeholder|sync|cursor|pagination|by|design|text|word|prompt"
    r"|completion|input|output|cached|total|forced_bos|delta)(?:_?page)?_?token$|(?:next|page|sync)token$"
)
"""Names of tokens that are pieces of text or places in a list of pages."""
_PROVIDERS = (
    "openai|anthropic|claude|azure|google|gemini|vertex|palm|cohere|mistral|groq|xai|grok|perplexity|together|togetherai"
    "|fireworks|replicate|huggingface|hf|openrouter|deepseek|moonshot|qwen|dashscope|langfuse|langsmith|langchain"
    "|pinecone|weaviate|qdrant|wandb|databricks|snowflake|stripe|twilio|sendgrid|mailgun|mailchimp|github|gitlab|slack"
    "|discord|telegram|notion|linear|figma|sentry|datadog|dd|new_?relic|grafana|cloudflare|cf|fastly|heroku|vercel|netlify"
    "|supabase|algolia|mapbox|maps|serp|serpapi|serper|tavily|exa|brave|firecrawl|elevenlabs|deepgram|assembly_?ai"
    "|stability|voyage|jina|cerebras|nvidia|bedrock|aws|gcp|digitalocean|shopify|square|paypal|plaid|okta|segment"
    "|posthog|mixpanel|amplitude|honeycomb|rollbar|pagerduty|zendesk|hubspot|airtable|asana|jira|atlassian|twitch"
    "|weather|openweather|openweathermap|cosmos|account|service|license|licence|app|application|storage|ingestion"
    "|instrumentation|integration|function|host|consumer|sas|shared|provider|llm|model|signing|ingest|write|jwt|server"
)
PROVIDER_KEY = late(rf"(?:^|_)(?:{_PROVIDERS})_?keys?$")
"""Names of keys that services issue."""
HARMLESS_KEY = late(
    r"(?:^|_)(?:primary|foreign|public|cache|caching|session|sort|sorting|partition|row|object|s_?3|idempotency|dedup|dedupe"
    r"|deduplication|group|grouping|lookup|map|dict|hash|range|index|i18n|translation|message|routing|unique|composite"
    r"|natural|surrogate|join|order|cursor|continuation|bucket|file|blob|document|doc|issue|config|setting|settings"
    r"|feature|metric|label|tag|attribute|column|field|property|json|arrow|shift|ctrl|alt|enter|escape|hot|data|item"
    r"|storage|react|thread|trace|span|run|chat|conversation|user|entity|node|edge|image|locale|string|template|prompt"
    r"|input|output|state|event|type|parent|child|task|job|queue|topic|store|memory|namespace|table|collection|any|press"
    r"|mon|don|tur|hoc|joc|whis|value|keyword|the|each|by|per)_?keys?$|^keys?$"
)
"""Names of keys of tables, caches, keyboards and records."""
