-- Row-level security: a session sees the organization that hera.organization_id names, and none
-- without it. FORCE holds the owner of the tables to it too; only a superuser, or a role with
-- BYPASSRLS, sees all.

CREATE FUNCTION hera_organization() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('hera.organization_id', true), '')
$$;

ALTER TABLE core_organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organization ON core_organizations
  USING (id = hera_organization()) WITH CHECK (id = hera_organization());

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'core_entities', 'core_dynamic_data', 'core_relationships',
    'universal_transactions', 'universal_transaction_lines'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY own_organization ON %I USING (organization_id = hera_organization())'
      ' WITH CHECK (organization_id = hera_organization())', name);
  END LOOP;
END $$;

-- What the ledger's own role may do. It never changes a line.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hera_ledger') THEN
    CREATE ROLE hera_ledger NOLOGIN;
  END IF;
END $$;
GRANT SELECT, INSERT, UPDATE ON core_organizations TO hera_ledger;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON core_entities, core_dynamic_data, core_relationships, universal_transactions TO hera_ledger;
GRANT SELECT, INSERT ON universal_transaction_lines TO hera_ledger;
