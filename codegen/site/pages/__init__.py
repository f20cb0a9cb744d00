"""The pages of the site that are made when it is built, one module for each part of the protocol."""
