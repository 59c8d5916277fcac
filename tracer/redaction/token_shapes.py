"""The shapes of tokens, as their makers publish them: how each begins, and how many characters of which kind follow.

Sources: what the makers write of their tokens, and the rules of gitleaks, TruffleHog and detect-secrets. Lengths are
lower bounds, some below what is given out today: makers lengthen their tokens.
"""

from __future__ import annotations

from typing import NamedTuple

ALNUM = rb"[A-Za-z0-9]*"
URL = rb"[A-Za-z0-9_-]*"
WORD = rb"[A-Za-z0-9_]*"
DOTTED = rb"[A-Za-z0-9_.-]*"
BASE64 = rb"[A-Za-z0-9+/_=-]*"
UPPER = rb"[A-Z0-9]*"
HEX = rb"[0-9a-fA-F]*"


class Shape(NamedTuple):
    """Tokens that begin alike."""

    prefix: bytes
    alphabet: bytes
    """Pattern of what follows the prefix."""
    least: int
    """Characters that follow at least."""
    most: int = 0
    """Characters that follow at most; 0 for any number. A longer run of them is no token."""
    is_word: bool = False
    """Whether words also begin so: what follows must look random."""


def _shapes(prefixes: str, alphabet: bytes, least: int, most: int = 0, *, is_word: bool = False) -> tuple[Shape, ...]:
    return tuple(Shape(prefix.encode(), alphabet, least, most, is_word) for prefix in prefixes.split())


SHAPES: tuple[Shape, ...] = (
    # models: OpenAI, Anthropic, OpenRouter, Langfuse, DeepSeek and others share sk-
    *_shapes("sk- sk_", URL, 16, is_word=True),
    *_shapes("pk-lf-", URL, 20),
    *_shapes("sess-", ALNUM, 32),
    *_shapes("csk-", ALNUM, 20),  # Cerebras
    *_shapes("gsk_", ALNUM, 20),  # Groq
    *_shapes("xai- pplx- nvapi- llx- tvly- hk-", URL, 20, is_word=True),
    *_shapes("r8_", ALNUM, 20),  # Replicate
    *_shapes("hf_ api_org_", ALNUM, 17),  # Hugging Face
    *_shapes("fw_ fpk_", ALNUM, 20, is_word=True),  # Fireworks
    *_shapes("tgp_v1_ pcsk_ jina_ lsv2_pt_ lsv2_sk_ wandb_v1_ vck_ e2b_ rpa_ ls__ esecret_ key_live_", URL, 20),
    *_shapes("pa- fc- bce-v3/ALTAK-", URL, 28, is_word=True),  # Voyage, Firecrawl, Baidu
    *_shapes("ABSK", BASE64, 60),  # Bedrock
    # clouds
    *_shapes("AKIA ASIA ABIA ACCA A3T", UPPER, 16, 17),
    *_shapes("AIza", URL, 30),
    *_shapes("GOCSPX-", URL, 20),
    *_shapes("ya29.", DOTTED, 20),
    *_shapes("1//0", URL, 30),  # Google's refresh tokens
    *_shapes("LTAI AKID AKLT", ALNUM, 12, 48, is_word=True),  # Alibaba, Tencent, Volcengine
    *_shapes("dop_v1_ doo_v1_ dor_v1_", HEX, 40),
    *_shapes("AQVN y0_ y3_", URL, 30),  # Yandex
    *_shapes("t1.9eu", DOTTED, 60),
    *_shapes("v1.0-", HEX, 20),  # Cloudflare's origin keys
    *_shapes("cfut_ cfat_ cfk_", URL, 20),
    *_shapes("FlyV1", rb"[A-Za-z0-9+/_=,. -]*", 20),
    *_shapes("fm1r_ fm1a_ fm2_ fo1_", BASE64, 20),
    *_shapes("HRKU-", URL, 20),  # Heroku
    *_shapes("vercel_blob_rw_", WORD, 30),
    *_shapes("tk-us-", URL, 48),  # Scalingo
    *_shapes("aio_", ALNUM, 28, 28),  # Adafruit
    *_shapes("rnd_ nfp_ nfc_ nfo_ nfu_ nfb_ vcp_ vci_ vca_ vcr_", ALNUM, 20),  # Render, Netlify, Vercel
    *_shapes("sbp_ sb_secret_ napi_ pscale_tkn_ pscale_pw_ pscale_oauth_ npg_", DOTTED, 20, is_word=True),
    *_shapes("dapi dose dkea dsapi", rb"[0-9a-f]*(?:-\d)?", 32, 34),  # Databricks
    *_shapes("tskey-auth- tskey-api- tskey-client- tskey-webhook- tskey-scim-", URL, 16),
    *_shapes("SCW", UPPER, 17, 17),
    # code, packages, builds
    *_shapes("ghp_ gho_ ghu_ ghs_ ghr_", ALNUM, 16),
    *_shapes("github_pat_", WORD, 16),
    *_shapes("glpat- gldt- glrt- glrtr- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glcbt- glwt-", DOTTED, 14),
    *_shapes("GR1348941", URL, 20),
    *_shapes("ATATT3 ATBB ATCTT3 ATSTT3", BASE64, 20),  # Atlassian, Bitbucket
    *_shapes("npm_", ALNUM, 20),
    *_shapes("pypi-", URL, 20, is_word=True),
    *_shapes("rubygems_ CLOJARS_", ALNUM, 40),
    *_shapes("cio", ALNUM, 32, 32),
    *_shapes("oy2", ALNUM, 43, 43),
    *_shapes("dckr_pat_ dckr_oat_", URL, 20),
    *_shapes("AKCp cmVmd", ALNUM, 50),  # Artifactory
    *_shapes("sgp_ slk_ squ_ sqp_ sqa_", WORD, 40),  # Sourcegraph, SonarQube
    *_shapes("CCIPAT_ CCIPRJ_", WORD, 30),
    *_shapes("bkua_ bkat_", ALNUM, 32),
    *_shapes("PMAK-", URL, 40),
    *_shapes("sntrys_ sntryu_ sntryi_ sntrya_", BASE64, 20),
    *_shapes("glsa_ glc_ eyJrIjoi", BASE64, 20),
    *_shapes("NRAK- NRJS- NRII- NRIQ- NRRA- NRSP-", URL, 15),
    *_shapes("hcaik_ hcxik_ hcamk_ hclik_ phc_ phx_ phs_", ALNUM, 20),  # Honeycomb, PostHog
    *_shapes("dt0c01. dt0s01. dt0s16.", DOTTED, 40),
    *_shapes("api- sdk-", rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|", 36, 36),  # LaunchDarkly
    # secrets themselves
    *_shapes("hvs. hvb. hvr.", URL, 20),
    *_shapes("s.", rb"(?=[A-Za-z]*\d)[A-Za-z0-9]*", 24, 24, is_word=True),  # Vault before 1.10
    *_shapes("dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", DOTTED, 20),
    *_shapes("ops_eyJ", BASE64, 20),
    *_shapes("A3-", rb"[A-Z0-9-]*", 28),
    *_shapes("AGE-SECRET-KEY-1 AGE-PLUGIN-", UPPER, 20),
    *_shapes("pul- st.", DOTTED, 36, is_word=True),  # Pulumi, Infisical
    *_shapes("sha256~", URL, 40),  # OpenShift
    # payments and shops
    *_shapes("rk_live_ rk_test_ sk_live_ sk_test_", ALNUM, 12),
    *_shapes("whsec_", BASE64, 20),
    *_shapes("sq0atp- sq0csp- sq0idp- EAAAE EAAAl EAAAF", URL, 20),
    *_shapes("access_token$production$ access_token$sandbox$", rb"[0-9a-z$]*", 20),
    *_shapes("access-production- access-sandbox- access-development-", URL, 30),  # Plaid
    *_shapes("shpat_ shpca_ shppa_ shpss_ shptka_ shpua_", WORD, 20),
    *_shapes("shippo_live_ shippo_test_ duffel_live_ duffel_test_ rzp_live_ rzp_test_", URL, 14),
    *_shapes("EZAK EZTK", ALNUM, 54),
    *_shapes("FLWSECK-", URL, 16),
    *_shapes("FLWSECK_TEST-", URL, 16),
    *_shapes("live_ test_", ALNUM, 30, is_word=True),  # Lob, Mollie
    # messages
    *_shapes("xoxa- xoxb- xoxe- xoxp- xoxr- xoxs- xoxc- xoxd- xoxo- xapp- xwfp-", rb"[A-Za-z0-9%.-]*", 15),
    *_shapes("xoxe.xoxb- xoxe.xoxp-", rb"[A-Za-z0-9-]*", 15),
    *_shapes("SK", rb"[0-9a-f]*", 32, 32),  # Twilio
    *_shapes("SG.", DOTTED, 32),
    *_shapes("key-", HEX, 32),  # Mailgun
    *_shapes("xkeysib- xsmtpsib- mlsn.", URL, 40),  # Brevo, MailerSend
    *_shapes("re_", WORD, 24, is_word=True),  # Resend
    *_shapes("mfa.", URL, 60),
    *_shapes("EAAC EAAG EAAB EAAM EAAJ EAAI", ALNUM, 60),  # Facebook
    *_shapes("AAAAAAAAAAAAAAAAAAAAA", rb"[A-Za-z0-9]*%[A-Za-z0-9%]*", 40),  # X; zeros in base64 have no percent sign
    # work
    *_shapes("ntn_", ALNUM, 40),
    *_shapes("secret_", ALNUM, 40),
    *_shapes("lin_api_ lin_oauth_", ALNUM, 20),
    *_shapes("figd_ figu_ figo_", URL, 20),
    *_shapes("pat-na1- pat-eu1- pat-na2- pat-ap1-", URL, 30),  # HubSpot
    *_shapes("sl.u. sl.", URL, 40),  # Dropbox
    *_shapes("tfp_ rdme_ pnu_ pnb_ sm_pat_ lip_ CFPAT-", URL, 20, is_word=True),
    *_shapes("fio-u- ico- p8e- dG9rO", BASE64, 32),
    *_shapes("pk_", rb"\d+_[A-Z0-9]*", 34),  # ClickUp
    *_shapes("key_", HEX, 48),  # Cursor
    *_shapes("sk.eyJ", DOTTED, 40),  # Mapbox
    *_shapes("shub_ mx_live_ cal_live_ dvc_ pc_live_", ALNUM, 20, is_word=True),
)

PATTERNS: tuple[tuple[bytes, bytes, bytes], ...] = (
    (
        b".",
        b"eyJ",
        rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]+|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}",
    ),  # JWT
    (b".", b".", rb"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),  # Discord
    (b".", b".", rb"[0-9a-f]{32}\.[A-Za-z0-9]{16}(?![A-Za-z0-9])"),  # Zhipu
    (b".", b"pat", rb"pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),  # Airtable
    (b".", b".atlasv1.", rb"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}"),  # Terraform
    (b".", b"amzn.mws.", rb"amzn\.mws\.[0-9a-f-]{36}"),
    (b":", b":A", rb"(?:bot)?\d{6,12}:A[A-Za-z0-9_-]{33,}"),  # Telegram
    (b":", b"/", rb"[012]/\d{13,}(?:/\d+)?:[0-9a-f]{32}"),  # Asana
    (b"~", b"Q~", rb"[A-Za-z0-9_~.-]{0,3}?\dQ~[A-Za-z0-9_~.-]{31,}"),  # client secrets of Azure
    (b"JQQJ99", b"JQQJ99", rb"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,}"),  # keys of Azure AI
    (b"AZDO", b"AZDO", rb"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"),
    (b"-us", b"-us", rb"[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])"),  # Mailchimp
    (b"$", b"$", rb"(?:apr1|2[abxy]|[156y])\$[A-Za-z0-9./$=-]{20,}"),  # passwords as crypt() and htpasswd hash them
    (b"$", b"$", rb"p=\d{1,3}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{20,}"),  # Argon2
    (b"NRAL", b"NRAL", rb"[0-9a-f]{36,}NRAL"),  # New Relic
)
"""Tokens that have no such beginning, or whose parts differ: a sign and a text that are in each, and a pattern."""

GENERAL = frozenset((b"sk", b"pat", b"secret", b"apikey", b"key", b"token", b"live", b"svcacct", b"accesskey"))
"""Words before the random part of tokens, as makers write them who are not in the table: `acme_live_...`."""
GENERAL_CHARS = 20
"""Of such a random part at least."""

WEBHOOKS: tuple[tuple[bytes, bytes], ...] = (
    (b"hooks.slack", rb"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([A-Za-z0-9_/+-]{20,})"),
    (b"/webhooks/", rb"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/([A-Za-z0-9_-]{20,})"),
    (b"webhook.office", rb"webhook\.office\.com/webhookb2/([A-Za-z0-9@/-]{36,})"),
    (b"hooks.zapier", rb"hooks\.zapier\.com/hooks/catch/([A-Za-z0-9/]{10,})"),
    (b"hook.", rb"hook\.(?:[a-z0-9]+\.)?make\.com/([a-z0-9]{20,})"),
)
"""Addresses to which anybody may send: what is in each, and a pattern, of which the group is secret."""
