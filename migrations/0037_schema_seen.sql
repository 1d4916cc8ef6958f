-- Who looks after an installation looks at its schema, too, whichever role they do it as.
GRANT SELECT ON public.schema_migration TO PUBLIC;
