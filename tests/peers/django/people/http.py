"""Who may call, and what is where."""

import os

from django.contrib.auth.models import AnonymousUser
from django.urls import include, path

EXPECTED = "Bearer " + os.environ["PEER_TOKEN"]


class Caller:
    """Whoever has the token."""

    is_authenticated = True
    is_anonymous = False


class Bearer:
    """Lets the token in; django-scim2 refuses everybody else."""

    def __init__(self, answer):
        self.answer = answer

    def __call__(self, request):
        known = request.headers.get("Authorization") == EXPECTED
        request.user = Caller() if known else AnonymousUser()
        return self.answer(request)


urlpatterns = [path("scim/v2/", include("django_scim.urls"))]
