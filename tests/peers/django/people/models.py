"""Users and teams with what SCIM needs beside what Django has."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Team(AbstractSCIMGroupMixin):
    """A group."""

    name = models.CharField(max_length=100, unique=True)


class Person(AbstractSCIMUserMixin, AbstractUser):
    """A user; django-scim2 reaches the teams by this field and its way back."""

    scim_groups = models.ManyToManyField(Team, related_name="user_set", blank=True)
