-- A configuration that is edited by SQL has a new version at once, and so is seen at once.

-- The transaction that raised the revision last: once in each is enough, because nobody sees the
-- versions between.
ALTER TABLE core_organizations ADD COLUMN revised_in xid8;

CREATE FUNCTION hera_bump(organization text) RETURNS void LANGUAGE sql AS $$
  UPDATE core_organizations SET revision = revision + 1
  WHERE id = organization AND revised_in IS DISTINCT FROM pg_current_xact_id()
$$;

CREATE FUNCTION hera_configures(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT kind IN ('account', 'posting_schema', 'tax_profile', 'accounting_period')
$$;

CREATE FUNCTION hera_entity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND hera_configures(OLD.entity_type) THEN
    PERFORM hera_bump(OLD.organization_id);
  END IF;
  IF TG_OP <> 'DELETE' AND hera_configures(NEW.entity_type) THEN
    PERFORM hera_bump(NEW.organization_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION hera_binding_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.relationship_type = 'applies_to' THEN
    PERFORM hera_bump(OLD.organization_id);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.relationship_type = 'applies_to' THEN
    PERFORM hera_bump(NEW.organization_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION hera_field_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND EXISTS (
    SELECT FROM core_entities e WHERE e.organization_id = OLD.organization_id
      AND e.id = OLD.entity_id AND hera_configures(e.entity_type)
  ) THEN
    PERFORM hera_bump(OLD.organization_id);
  END IF;
  IF TG_OP <> 'DELETE' AND EXISTS (
    SELECT FROM core_entities e WHERE e.organization_id = NEW.organization_id
      AND e.id = NEW.entity_id AND hera_configures(e.entity_type)
  ) THEN
    PERFORM hera_bump(NEW.organization_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION hera_organization_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.settings::text <> OLD.settings::text THEN
    NEW.revision := OLD.revision + 1;
  END IF;
  IF TG_OP = 'INSERT' AND NEW.revision > 0 OR TG_OP = 'UPDATE' AND NEW.revision <> OLD.revision THEN
    NEW.revised_in := pg_current_xact_id();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER core_entities_changed AFTER INSERT OR UPDATE OR DELETE ON core_entities
  FOR EACH ROW EXECUTE FUNCTION hera_entity_changed();
CREATE TRIGGER core_relationships_changed AFTER INSERT OR UPDATE OR DELETE ON core_relationships
  FOR EACH ROW EXECUTE FUNCTION hera_binding_changed();
CREATE TRIGGER core_dynamic_data_changed AFTER INSERT OR UPDATE OR DELETE ON core_dynamic_data
  FOR EACH ROW EXECUTE FUNCTION hera_field_changed();
CREATE TRIGGER core_organizations_changed BEFORE INSERT OR UPDATE ON core_organizations
  FOR EACH ROW EXECUTE FUNCTION hera_organization_changed();
