-- The six tables. Every key begins with the organization, so that no id is shared between two.
-- Amounts are texts of digits, exactly as the ledger writes them: SQLite's own numbers would turn
-- them into floats. What is no such text (NaN, an exponent, too many digits) is refused.

CREATE TABLE core_organizations (
  id         TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))) CHECK (id <> ''),
  name       TEXT,
  code       TEXT,
  smart_code TEXT,
  status     TEXT NOT NULL DEFAULT 'active',
  -- base_currency, reversal_style, types and exchange_rates of its configuration
  settings   TEXT NOT NULL DEFAULT '{}',
  -- counts the changes of its configuration; zero while there is none
  revision   INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00'))
) STRICT;

-- Accounts, posting schemas, tax profiles and accounting periods, beside whatever else an
-- application keeps as entities.
CREATE TABLE core_entities (
  organization_id TEXT NOT NULL REFERENCES core_organizations (id) ON DELETE CASCADE,
  id              TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))) CHECK (id <> ''),
  entity_type     TEXT NOT NULL,
  entity_code     TEXT,
  entity_name     TEXT,
  smart_code      TEXT,
  status          TEXT NOT NULL DEFAULT 'active',
  business_rules  TEXT NOT NULL DEFAULT '{}',
  metadata        TEXT NOT NULL DEFAULT '{}',
  position        INTEGER,
  created_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00')),
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, entity_type, entity_code)
) STRICT;

CREATE TABLE core_dynamic_data (
  organization_id  TEXT NOT NULL,
  entity_id        TEXT NOT NULL,
  field_name       TEXT NOT NULL,
  field_value_text TEXT,
  field_value_json TEXT,
  position         INTEGER,
  PRIMARY KEY (organization_id, entity_id, field_name),
  FOREIGN KEY (organization_id, entity_id)
    REFERENCES core_entities (organization_id, id) ON DELETE CASCADE
) STRICT;

-- `applies_to` binds a posting schema (from) with a tax profile (to, or none) to the events that
-- metadata names in event_smart_code.
CREATE TABLE core_relationships (
  organization_id   TEXT NOT NULL REFERENCES core_organizations (id) ON DELETE CASCADE,
  id                TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
  relationship_type TEXT NOT NULL,
  from_entity_id    TEXT NOT NULL,
  to_entity_id      TEXT,
  metadata          TEXT NOT NULL DEFAULT '{}',
  position          INTEGER,
  created_at        TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00')),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, from_entity_id)
    REFERENCES core_entities (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, to_entity_id)
    REFERENCES core_entities (organization_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE universal_transactions (
  organization_id           TEXT NOT NULL REFERENCES core_organizations (id),
  id                        TEXT NOT NULL,
  transaction_type          TEXT NOT NULL,
  kernel_type               TEXT NOT NULL,
  transaction_code          TEXT NOT NULL,
  smart_code                TEXT NOT NULL,
  transaction_status        TEXT NOT NULL CHECK (transaction_status IN (
    'draft', 'pending', 'confirmed', 'approved', 'completed', 'posted', 'voided', 'reversed',
    'archived')),
  transaction_date          TEXT NOT NULL,
  posting_date              TEXT,
  source_entity_id          TEXT,
  target_entity_id          TEXT,
  total_amount              TEXT NOT NULL CHECK (total_amount NOT GLOB '*[^0-9.-]*'
    AND total_amount NOT GLOB '?*-*' AND total_amount NOT GLOB '*.*.*'
    AND total_amount GLOB '*[0-9]' AND ltrim(total_amount, '-') GLOB '[0-9]*'
    AND instr(ltrim(total_amount, '-') || '.', '.') <= 19
    AND length(total_amount) - instr(total_amount || '.', '.') <= 12),
  reference_number          TEXT,
  external_reference        TEXT,
  business_context          TEXT NOT NULL,
  metadata                  TEXT NOT NULL,
  approval_required         INTEGER,
  approved_by               TEXT,
  approved_at               TEXT,
  transaction_currency_code TEXT NOT NULL,
  base_currency_code        TEXT NOT NULL,
  exchange_rate             TEXT NOT NULL,
  exchange_rate_date        TEXT,
  exchange_rate_type        TEXT,
  fiscal_year               INTEGER,
  fiscal_period             INTEGER,
  fiscal_period_entity_id   TEXT,
  posting_period_code       TEXT,
  smart_code_status         TEXT,
  ai_confidence             TEXT,
  ai_classification         TEXT,
  ai_insights               TEXT,
  reverses                  TEXT,
  reason                    TEXT,
  content_hash              TEXT,
  created_at                TEXT NOT NULL,
  created_by                TEXT NOT NULL,
  updated_at                TEXT NOT NULL,
  updated_by                TEXT NOT NULL,
  version                   INTEGER NOT NULL CHECK (version >= 1),
  -- what has no column of its own, and what its column cannot hold as it was sent
  rest                      TEXT NOT NULL,
  PRIMARY KEY (organization_id, id)
) STRICT;

-- Makes idempotency true: of two writers with one reference, the second finds the first.
CREATE UNIQUE INDEX universal_transactions_reference
  ON universal_transactions (organization_id, external_reference);
CREATE INDEX universal_transactions_days
  ON universal_transactions (organization_id, transaction_date DESC, id DESC);
CREATE INDEX universal_transactions_status
  ON universal_transactions (organization_id, transaction_status);
CREATE INDEX universal_transactions_smart_code
  ON universal_transactions (organization_id, smart_code);

CREATE TABLE universal_transaction_lines (
  organization_id   TEXT NOT NULL,
  transaction_id    TEXT NOT NULL,
  line_number       INTEGER NOT NULL,
  id                TEXT NOT NULL,
  line_type         TEXT NOT NULL,
  description       TEXT,
  quantity          TEXT NOT NULL CHECK (quantity NOT GLOB '*[^0-9.-]*'
    AND quantity NOT GLOB '?*-*' AND quantity NOT GLOB '*.*.*'
    AND quantity GLOB '*[0-9]' AND ltrim(quantity, '-') GLOB '[0-9]*'
    AND instr(ltrim(quantity, '-') || '.', '.') <= 19
    AND length(quantity) - instr(quantity || '.', '.') <= 12),
  unit_amount       TEXT NOT NULL CHECK (unit_amount NOT GLOB '*[^0-9.-]*'
    AND unit_amount NOT GLOB '?*-*' AND unit_amount NOT GLOB '*.*.*'
    AND unit_amount GLOB '*[0-9]' AND ltrim(unit_amount, '-') GLOB '[0-9]*'
    AND instr(ltrim(unit_amount, '-') || '.', '.') <= 19
    AND length(unit_amount) - instr(unit_amount || '.', '.') <= 12),
  line_amount       TEXT NOT NULL CHECK (line_amount NOT GLOB '*[^0-9.-]*'
    AND line_amount NOT GLOB '?*-*' AND line_amount NOT GLOB '*.*.*'
    AND line_amount GLOB '*[0-9]' AND ltrim(line_amount, '-') GLOB '[0-9]*'
    AND instr(ltrim(line_amount, '-') || '.', '.') <= 19
    AND length(line_amount) - instr(line_amount || '.', '.') <= 12),
  discount_amount   TEXT NOT NULL CHECK (discount_amount NOT GLOB '*[^0-9.-]*'
    AND discount_amount NOT GLOB '?*-*' AND discount_amount NOT GLOB '*.*.*'
    AND discount_amount GLOB '*[0-9]' AND ltrim(discount_amount, '-') GLOB '[0-9]*'
    AND instr(ltrim(discount_amount, '-') || '.', '.') <= 19
    AND length(discount_amount) - instr(discount_amount || '.', '.') <= 12),
  tax_amount        TEXT NOT NULL CHECK (tax_amount NOT GLOB '*[^0-9.-]*'
    AND tax_amount NOT GLOB '?*-*' AND tax_amount NOT GLOB '*.*.*'
    AND tax_amount GLOB '*[0-9]' AND ltrim(tax_amount, '-') GLOB '[0-9]*'
    AND instr(ltrim(tax_amount, '-') || '.', '.') <= 19
    AND length(tax_amount) - instr(tax_amount || '.', '.') <= 12),
  entity_id         TEXT,
  smart_code        TEXT,
  smart_code_status TEXT,
  ai_confidence     TEXT,
  ai_classification TEXT,
  ai_insights       TEXT,
  line_data         TEXT NOT NULL,
  rest              TEXT NOT NULL,
  PRIMARY KEY (organization_id, transaction_id, line_number),
  FOREIGN KEY (organization_id, transaction_id)
    REFERENCES universal_transactions (organization_id, id) ON DELETE CASCADE
) STRICT;
