"""The application; it comes before any model."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
