"""The web applications of docs/integrate/node.md, python.md and django.md."""

import unittest

from applications import Application, SignIn, open_logout
from programs import PYTHON

NODE = [["node", "app.mjs"]]
FLASK = [["bash", "-c", f"exec {PYTHON} -m flask run --port $PORT"]]
# A new project, with the recipe's files and settings in it.
NEW_PROJECT = f"""
    mkdir new && (cd new && {PYTHON} -m django startproject mysite .) && cp -rn new/. .
    cat mysite/more_settings.py >>mysite/settings.py
    {PYTHON} manage.py migrate"""
DJANGO = [["bash", "-ec", NEW_PROJECT], ["bash", "-c", f"exec {PYTHON} manage.py runserver --noreload $PORT"]]


def login_form(path):
    """Signs in at a page whose only form says so."""
    return lambda person, origin: person.fill_in(person.visit(origin + path))


def django_form(path, confirm=()):
    """Sends a form whose page is not part of the recipe."""

    def send(person, origin):
        person.visit(origin)
        return person.visit(origin + path, {"csrfmiddlewaretoken": person.cookies["csrftoken"]}, confirm)

    return send


class WebApplications(SignIn, unittest.TestCase):
    applications = [
        Application("node.md", "openid-client", NODE),
        Application("node.md", "oauth4webapi", NODE),
        Application("node.md", "express-openid-connect", NODE, logout=open_logout),
        Application("node.md", "authjs", NODE, "/auth/callback/portcullis", login_form("/auth/signin"), open_logout),
        Application("node.md", "passport", NODE),
        Application("node.md", "fastify", NODE),
        Application("python.md", "authlib", FLASK),
        Application("python.md", "requests-oauthlib", FLASK),
        Application("python.md", "idpyoidc", FLASK),
        Application(
            "django.md",
            "mozilla-django-oidc",
            DJANGO,
            "/oidc/callback/",
            lambda person, origin: person.visit(origin + "/oidc/authenticate/"),
            django_form("/oidc/logout/"),
            "code.redeemed",
        ),
        Application(
            "django.md",
            "django-allauth",
            DJANGO,
            "/accounts/oidc/portcullis/login/callback/",
            login_form("/accounts/oidc/portcullis/login/"),
            django_form("/logout", confirm=["sign-out"]),
        ),
        Application(
            "django.md",
            "social-auth",
            DJANGO,
            "/complete/oidc/",
            django_form("/login/oidc/"),
            django_form("/logout"),
        ),
    ]
