"""Signing in with an issuer: who gets in, and every way in which somebody must not."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from matcher.access import Person, Scope, subject_of
from matcher.errors import InputError
from matcher.settings import Mode, Settings, TokenAlgorithm
from service.app import create_app
from tests.service.issuer import CLIENT, SECRET, running_issuer

HOST = "http://testserver"
CATALYST = frozenset({Scope.READ, Scope.REVIEW})


@pytest.fixture(scope="module")
def running():
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running):
    running.behave()
    return running


@pytest.fixture
def make_site(make_client, issuer):
    """Makes a service that trusts the issuer."""

    def make(**changes):
        values = {
            "oidc_issuer": issuer.url,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_name": "ProConnect",
            "public_url": "http://localhost",
        }
        client = make_client(**(values | changes))
        client.base_url = "http://localhost"
        client.headers["accept"] = "text/html"
        return client

    return make


@pytest.fixture
def site(make_site, issuer):
    client = make_site()
    access(client).put_person(
        Person("zoe", "default", "Zoé", CATALYST, subject=subject_of(issuer.url, "7f1c"), territories=("35",))
    )
    return client


def access(site):
    return site.app.state.tenants.backend.access


def there(site, suite=None):
    """Sent to the issuer, which sends back: the address to come back to."""
    params = {} if suite is None else {"suite": suite}
    answer = site.get("/connexion/openid", params=params, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return httpx.get(answer.headers["location"]).headers["location"]


def back(site, address):
    return site.get(address, follow_redirects=False)


def sign_in(site, suite=None):
    return back(site, there(site, suite))


def is_in(site):
    return site.get("/a-examiner", follow_redirects=False).status_code == 200


def refused(site, status=403):
    answer = sign_in(site)
    assert answer.status_code == status
    assert "maillon_session" not in site.cookies
    assert not is_in(site)
    return answer.text


def test_somebody_whom_the_issuer_vouches_for_and_maillon_knows_gets_in(site, issuer):
    answer = sign_in(site)
    assert (answer.status_code, answer.headers["location"]) == (303, "/a-examiner")
    assert is_in(site)
    [asked] = issuer.asked
    assert asked["code_challenge_method"] == "S256"
    assert (asked["client_id"], asked["scope"]) == (CLIENT, "openid email profile")
    assert asked["redirect_uri"] == "http://localhost/connexion/retour"
    assert SECRET not in str(asked)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "RS512", "HS256"])
@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic"], None])
def test_issuers_differ_in_how_they_sign_and_ask_for_the_secret(make_site, issuer, algorithm, methods):
    issuer.algorithm, issuer.signed_userinfo = algorithm, True
    issuer.auth_methods = methods or ["client_secret_basic"]
    if methods is None:
        issuer.discovery_changes = {"token_endpoint_auth_methods_supported": None}
    site = make_site(oidc_algorithm=TokenAlgorithm(algorithm), oidc_acr_values="eidas1")
    access(site).put_person(Person("zoe", "default", "Zoé", CATALYST, subject=subject_of(issuer.url, "7f1c")))
    assert sign_in(site).status_code == 303
    assert issuer.asked[0]["acr_values"] == "eidas1"


def test_the_sign_in_page_offers_the_issuer_only_where_there_is_one(site, make_client):
    assert "ProConnect" in site.get("/connexion").text
    plain = make_client()
    assert "/connexion/openid" not in plain.get("/connexion").text
    assert plain.get("/connexion/openid").status_code == 404


def later(seconds):
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://another.exemple.fr"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": None},
        {"exp": later(-120)},
        {"exp": None},
        {"iat": None},
        {"nbf": later(86_400)},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "7" * 300},
        {"sub": "somebody-else"},
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(site, issuer, changes):
    issuer.changes = changes
    assert "abouti" in refused(site)


def test_a_token_of_several_services_is_believed_when_it_says_that_it_is_ours(site, issuer):
    issuer.changes = {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert sign_in(site).status_code == 303


def test_a_token_that_the_issuer_did_not_sign_is_refused(site, issuer):
    issuer.signing_key = RSAKey.generate_key(2048, {"kid": "k1"})
    refused(site)
    issuer.signing_key = RSAKey.generate_key(2048, {"kid": "unknown"})
    refused(site)


def test_a_token_signed_in_another_way_than_agreed_is_refused(site, issuer, monkeypatch):
    for algorithm in ("HS256", "PS256", "RS512"):
        issuer.algorithm = algorithm
        refused(site)
    monkeypatch.setattr(issuer, "sign", lambda _: "eyJhbGciOiJub25lIn0.e30.")
    refused(site)
    monkeypatch.setattr(issuer, "sign", lambda _: "not a token")
    refused(site)


def test_new_keys_of_the_issuer_are_learned(site, issuer, monkeypatch):
    sign_in(site)
    issuer.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
    monkeypatch.setattr("service.issuer.AGAIN_SECONDS", 0.0)
    assert sign_in(site).status_code == 303


def test_signed_user_info_is_checked_as_the_id_token_is(site, issuer):
    issuer.signed_userinfo = True
    assert sign_in(site).status_code == 303
    site.cookies.clear()
    for changes in ({"iss": "https://another.exemple.fr"}, {"aud": "another"}, {"sub": "somebody-else"}):
        issuer.userinfo_changes = changes
        refused(site)


def test_user_info_of_somebody_else_is_refused(site, issuer):
    issuer.userinfo_changes = {"sub": "somebody-else"}
    refused(site)


def test_a_state_that_is_not_this_browsers_is_refused(site):
    address = there(site)
    wrong = address.replace("state=", "state=x")
    assert back(site, wrong).status_code == 403
    assert back(site, address).status_code == 403  # the attempt is over
    assert not is_in(site)


def test_an_answer_is_of_use_once_and_in_the_browser_that_asked(site, make_site):
    address = there(site)
    thief = make_site()
    assert back(thief, address).status_code == 403
    cookie = site.cookies["maillon_openid"]
    assert back(site, address).status_code == 303
    site.cookies.clear()
    site.cookies.set("maillon_openid", cookie)
    assert back(site, address).status_code == 403
    assert not is_in(site)


def test_two_who_bring_the_same_answer_at_once_do_not_both_get_in(site):
    address = there(site)
    cookie = {"cookie": f"maillon_openid={site.cookies['maillon_openid']}"}
    site.cookies.clear()
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: site.get(address, headers=cookie, follow_redirects=False), range(4))
        )
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403]


def test_a_sign_in_under_way_is_no_session(site):
    there(site)
    site.cookies.set("maillon_session", site.cookies["maillon_openid"])
    assert not is_in(site)


def test_an_answer_that_comes_too_late_is_refused(site, monkeypatch):
    monkeypatch.setattr("service.pages.openid.MINUTES", -1)
    assert sign_in(site).status_code == 403


def test_an_answer_of_another_issuer_is_refused(site):
    assert back(site, there(site) + "&iss=https%3A%2F%2Fanother.exemple.fr").status_code == 403


def test_somebody_who_gives_up_at_the_issuer_is_told_so(site):
    state = parse_qs(urlsplit(there(site)).query)["state"][0]
    answer = back(site, f"/connexion/retour?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "abouti" in answer.text


def test_signing_in_gives_a_new_session_whatever_the_browser_brought(site):
    site.cookies.set("maillon_session", "chosen-by-somebody-else")
    cookies = sign_in(site).headers.get_list("set-cookie")
    [session] = [one for one in cookies if one.startswith("maillon_session=")]
    assert "chosen-by-somebody-else" not in session
    assert "HttpOnly" in session


@pytest.mark.parametrize(
    "suite",
    [
        "https://mechant.exemple.fr",
        "//mechant.exemple.fr",
        "/\\mechant.exemple.fr",
        "/\t/mechant.exemple.fr",
        "javascript:alert(1)",
        "mechant.exemple.fr",
        "",
    ],
)
def test_nobody_is_sent_to_another_host_after_signing_in(site, suite):
    assert sign_in(site, suite).headers["location"] == "/a-examiner"


def test_somebody_comes_back_to_the_page_that_they_wanted(site):
    assert sign_in(site, "/paires/p1?x=1").headers["location"] == "/paires/p1?x=1"


def test_somebody_unknown_is_told_what_to_do_and_gets_no_account(make_site):
    site = make_site()
    text = refused(site)
    assert "zoe@exemple.fr" in text
    assert "21350236200013" in text
    assert access(site).people() == []


def test_what_the_issuer_tells_is_escaped_on_the_page(make_site, issuer):
    issuer.person["email"] = "<script>alert(1)</script>@exemple.fr"
    assert "<script>" not in refused(make_site())


def test_an_account_given_to_a_verified_email_becomes_that_persons(make_site, issuer):
    site = make_site()
    access(site).put_person(Person("zoe", "default", "Zoé", CATALYST, email="Zoe@exemple.fr"))
    assert sign_in(site).status_code == 303
    assert access(site).person("default", "zoe").subject == subject_of(issuer.url, "7f1c")
    site.cookies.clear()
    issuer.person["email"] = "new@exemple.fr"
    assert sign_in(site).status_code == 303
    site.cookies.clear()
    issuer.person |= {"sub": "somebody-else", "email": "zoe@exemple.fr"}
    refused(site)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_email_that_nobody_verified_opens_nothing(make_site, issuer, verified):
    site = make_site()
    access(site).put_person(Person("zoe", "default", "Zoé", CATALYST, email="zoe@exemple.fr"))
    issuer.person["email_verified"] = verified
    refused(site)
    assert access(site).person("default", "zoe").subject is None


def test_an_issuer_may_be_trusted_for_the_emails_that_it_tells(make_site, issuer):
    site = make_site(oidc_trust_email=True)
    access(site).put_person(Person("zoe", "default", "Zoé", CATALYST, email="zoe@exemple.fr"))
    issuer.person["email_verified"] = False
    refused(site)
    del issuer.person["email_verified"]
    assert sign_in(site).status_code == 303


def test_an_email_of_two_accounts_opens_neither(make_site):
    site = make_site()
    site.app.state.tenants.backend.add_tenant("autre")
    for tenant in ("default", "autre"):
        access(site).put_person(Person("zoe", tenant, "Zoé", CATALYST, email="zoe@exemple.fr"))
    refused(site)


def test_a_closed_account_stays_closed(make_site, issuer):
    site = make_site(oidc_create_in="default")
    subject = subject_of(issuer.url, "7f1c")
    access(site).put_person(Person("zoe", "default", "Zoé", CATALYST, subject=subject, active=False))
    refused(site)


def test_an_account_is_made_only_where_a_setting_says_so_and_it_sees_nothing_yet(make_site, issuer):
    site = make_site(oidc_create_in="default")
    assert sign_in(site).status_code == 303
    [made] = access(site).people()
    assert (made.name, made.id, made.territories) == ("Zoé Martin", "zoe@exemple.fr", ())
    assert made.scopes == CATALYST
    site.cookies.clear()
    issuer.person |= {"sub": "somebody-else", "email": "ana@exemple.fr"}
    access(site).put_person(Person("ana@exemple.fr", "default", "Ana", CATALYST, "hash"))
    refused(site)
    assert access(site).person("default", "ana@exemple.fr").subject is None


def test_signing_out_leads_out_of_the_issuer_too(site):
    sign_in(site)
    csrf = site.get("/a-examiner").text.split('name="csrf" value="')[1].split('"')[0]
    answer = site.post("/deconnexion", data={"csrf": csrf}, follow_redirects=False)
    assert answer.headers["refresh"].startswith("0; url=http://127.0.0.1")
    query = parse_qs(urlsplit(answer.headers["refresh"].partition("url=")[2]).query)
    assert query["post_logout_redirect_uri"] == ["http://localhost/connexion"]
    assert query["id_token_hint"][0].count(".") == 2
    assert not is_in(site)


def test_an_issuer_that_cannot_be_left_is_not_asked(site, issuer):
    issuer.discovery_changes = {"end_session_endpoint": None}
    sign_in(site)
    csrf = site.get("/a-examiner").text.split('name="csrf" value="')[1].split('"')[0]
    answer = site.post("/deconnexion", data={"csrf": csrf}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")


def test_an_issuer_that_does_not_answer_is_told(make_site):
    site = make_site(oidc_issuer="http://127.0.0.1:9")
    answer = site.get("/connexion/openid", follow_redirects=False)
    assert answer.status_code == 503
    assert "ne répond pas" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://another.exemple.fr"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "ftp://exemple.fr"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_discovery_document_that_is_not_the_issuers_is_not_believed(site, issuer, changes):
    issuer.discovery_changes = changes
    assert site.get("/connexion/openid", follow_redirects=False).status_code == 503


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"oidc_issuer": "https://i.exemple.fr"}, "MAILLON_OIDC_CLIENT_ID"),
        ({"oidc_client_secret": "s"}, "MAILLON_OIDC_ISSUER"),
        (
            {"oidc_issuer": "https://i.exemple.fr", "oidc_client_id": "c", "oidc_client_secret": "s"},
            "MAILLON_PUBLIC_URL",
        ),
        (
            {
                "oidc_issuer": "http://i.exemple.fr",
                "oidc_client_id": "c",
                "oidc_client_secret": "s",
                "public_url": "https://m.exemple.fr",
            },
            "MAILLON_OIDC_ISSUER",
        ),
        (
            {
                "oidc_issuer": "https://i.exemple.fr",
                "oidc_client_id": "c",
                "oidc_client_secret": "s",
                "public_url": "http://localhost",
                "mode": Mode.PRODUCTION,
                "workspace": "maillon.db",
            },
            "MAILLON_PUBLIC_URL",
        ),
        (
            {
                "oidc_issuer": "https://i.exemple.fr",
                "oidc_client_id": "c",
                "oidc_client_secret": "s",
                "public_url": "https://m.exemple.fr",
                "oidc_scopes": "email",
            },
            "MAILLON_OIDC_SCOPES",
        ),
    ],
)
def test_a_service_that_is_half_told_of_an_issuer_does_not_start(settings, named):
    with pytest.raises(InputError, match=named):
        create_app(Settings(**settings))


def test_no_secret_is_shown_where_settings_are(make_site):
    site = make_site()
    assert SECRET not in repr(site.app.state.openid.config)
    assert SECRET not in repr(site.app.state.tenants.settings)
