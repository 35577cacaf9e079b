"""Histories from elsewhere: what other tools and people recorded becomes rows of an import, or every reason why not."""
