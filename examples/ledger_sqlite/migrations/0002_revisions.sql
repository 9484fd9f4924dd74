-- A configuration that is edited by SQL has a new version at once, and so is seen at once.

CREATE TRIGGER core_entities_added AFTER INSERT ON core_entities
WHEN NEW.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period')
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_relationships_added AFTER INSERT ON core_relationships
WHEN NEW.relationship_type = 'applies_to'
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_dynamic_data_added AFTER INSERT ON core_dynamic_data
WHEN EXISTS (SELECT 1 FROM core_entities e WHERE e.organization_id = NEW.organization_id
  AND e.id = NEW.entity_id AND e.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period'))
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_entities_changed AFTER UPDATE ON core_entities
WHEN OLD.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period')
  OR NEW.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period')
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_relationships_changed AFTER UPDATE ON core_relationships
WHEN OLD.relationship_type = 'applies_to' OR NEW.relationship_type = 'applies_to'
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_dynamic_data_changed AFTER UPDATE ON core_dynamic_data
WHEN EXISTS (SELECT 1 FROM core_entities e WHERE e.organization_id = NEW.organization_id
  AND e.id = NEW.entity_id AND e.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period'))
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.organization_id;
END;

CREATE TRIGGER core_entities_removed AFTER DELETE ON core_entities
WHEN OLD.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period')
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = OLD.organization_id;
END;

CREATE TRIGGER core_relationships_removed AFTER DELETE ON core_relationships
WHEN OLD.relationship_type = 'applies_to'
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = OLD.organization_id;
END;

CREATE TRIGGER core_dynamic_data_removed AFTER DELETE ON core_dynamic_data
WHEN EXISTS (SELECT 1 FROM core_entities e WHERE e.organization_id = OLD.organization_id
  AND e.id = OLD.entity_id AND e.entity_type IN ('account', 'posting_schema', 'tax_profile', 'accounting_period'))
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = OLD.organization_id;
END;

CREATE TRIGGER core_organizations_changed AFTER UPDATE OF settings ON core_organizations
WHEN OLD.settings <> NEW.settings AND OLD.revision = NEW.revision
BEGIN
  UPDATE core_organizations SET revision = revision + 1 WHERE id = NEW.id;
END;
