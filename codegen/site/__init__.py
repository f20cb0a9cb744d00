"""The site: pages for every noun of the protocol, made when Sphinx builds, and the roles that link to them."""
