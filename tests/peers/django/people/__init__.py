"""The smallest Django project that serves its users and teams by django-scim2."""
