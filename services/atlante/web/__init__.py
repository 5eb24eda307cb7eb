"""The web service: one Flask application with the atlas at ``/`` and the OGC APIs at ``/api``."""
