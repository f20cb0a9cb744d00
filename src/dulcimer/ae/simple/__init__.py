"""`ServiceUser` and `ServiceProvider`: one association, one operation at a time."""
