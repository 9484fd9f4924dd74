-- The six tables. Every key begins with the organization, so that no id is shared between two.
-- Ids are texts in the order of their characters (COLLATE "C"): the order that a cursor follows.

-- An exact amount as the ledger reads it back: up to 18 digits before the point and 12 behind it.
-- numeric(38,12) would round a longer one in silence and fill up the decimals of a shorter one.
-- NaN and the infinities are not below 10^18 or have no scale, and are refused.
CREATE DOMAIN hera_amount AS numeric
  CHECK (VALUE > -1e18 AND VALUE < 1e18 AND scale(VALUE) IS NOT NULL AND scale(VALUE) <= 12);

CREATE TABLE core_organizations (
  id         text COLLATE "C" PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (id <> ''),
  name       text,
  code       text,
  smart_code text,
  status     text NOT NULL DEFAULT 'active',
  -- base_currency, reversal_style, types and exchange_rates of its configuration
  settings   json NOT NULL DEFAULT '{}',
  -- counts the changes of its configuration; zero while there is none
  revision   bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Accounts, posting schemas, tax profiles and accounting periods, beside whatever else an
-- application keeps as entities.
CREATE TABLE core_entities (
  organization_id text COLLATE "C" NOT NULL REFERENCES core_organizations ON DELETE CASCADE,
  id              text COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text CHECK (id <> ''),
  entity_type     text NOT NULL,
  entity_code     text,
  entity_name     text,
  smart_code      text,
  status          text NOT NULL DEFAULT 'active',
  -- json, not jsonb: a document keeps the order of its keys
  business_rules  json NOT NULL DEFAULT '{}',
  metadata        jsonb NOT NULL DEFAULT '{}',
  position        integer,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, entity_type, entity_code)
);

CREATE TABLE core_dynamic_data (
  organization_id  text COLLATE "C" NOT NULL,
  entity_id        text COLLATE "C" NOT NULL,
  field_name       text NOT NULL,
  field_value_text text,
  field_value_json json,
  position         integer,
  PRIMARY KEY (organization_id, entity_id, field_name),
  FOREIGN KEY (organization_id, entity_id) REFERENCES core_entities ON DELETE CASCADE
);

-- `applies_to` binds a posting schema (from) with a tax profile (to, or none) to the events that
-- metadata names in event_smart_code.
CREATE TABLE core_relationships (
  organization_id   text COLLATE "C" NOT NULL REFERENCES core_organizations ON DELETE CASCADE,
  id                text COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text,
  relationship_type text NOT NULL,
  from_entity_id    text COLLATE "C" NOT NULL,
  to_entity_id      text COLLATE "C",
  metadata          jsonb NOT NULL DEFAULT '{}',
  position          integer,
  created_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, from_entity_id) REFERENCES core_entities ON DELETE CASCADE,
  FOREIGN KEY (organization_id, to_entity_id) REFERENCES core_entities ON DELETE CASCADE
);

CREATE TABLE universal_transactions (
  organization_id           text COLLATE "C" NOT NULL REFERENCES core_organizations,
  id                        text COLLATE "C" NOT NULL,
  transaction_type          text NOT NULL,
  kernel_type               text NOT NULL,
  transaction_code          text NOT NULL,
  smart_code                text NOT NULL,
  transaction_status        text NOT NULL CHECK (transaction_status IN (
    'draft', 'pending', 'confirmed', 'approved', 'completed', 'posted', 'voided', 'reversed',
    'archived')),
  transaction_date          date NOT NULL,
  posting_date              date,
  source_entity_id          text,
  target_entity_id          text,
  total_amount              hera_amount NOT NULL,
  reference_number          text,
  external_reference        text COLLATE "C",
  business_context          jsonb NOT NULL,
  metadata                  jsonb NOT NULL,
  approval_required         boolean,
  approved_by               text,
  approved_at               text,
  transaction_currency_code text NOT NULL,
  base_currency_code        text NOT NULL,
  exchange_rate             text NOT NULL,
  exchange_rate_date        text,
  exchange_rate_type        text,
  fiscal_year               integer,
  fiscal_period             integer,
  fiscal_period_entity_id   text,
  posting_period_code       text,
  smart_code_status         text,
  ai_confidence             text,
  ai_classification         text,
  ai_insights               jsonb,
  reverses                  text COLLATE "C",
  reason                    text,
  content_hash              text,
  created_at                timestamptz NOT NULL,
  created_by                text NOT NULL,
  updated_at                timestamptz NOT NULL,
  updated_by                text NOT NULL,
  version                   integer NOT NULL CHECK (version >= 1),
  -- what has no column of its own, and what its column cannot hold as it was sent
  rest                      jsonb NOT NULL,
  PRIMARY KEY (organization_id, id)
);

-- Makes idempotency true: of two writers with one reference, the second waits and finds the first.
CREATE UNIQUE INDEX universal_transactions_reference
  ON universal_transactions (organization_id, external_reference);
CREATE INDEX universal_transactions_days
  ON universal_transactions (organization_id, transaction_date DESC, id DESC);
CREATE INDEX universal_transactions_status
  ON universal_transactions (organization_id, transaction_status);
CREATE INDEX universal_transactions_smart_code
  ON universal_transactions (organization_id, smart_code);

CREATE TABLE universal_transaction_lines (
  organization_id   text COLLATE "C" NOT NULL,
  transaction_id    text COLLATE "C" NOT NULL,
  line_number       integer NOT NULL,
  id                text COLLATE "C" NOT NULL,
  line_type         text NOT NULL,
  description       text,
  quantity          hera_amount NOT NULL,
  unit_amount       hera_amount NOT NULL,
  line_amount       hera_amount NOT NULL,
  discount_amount   hera_amount NOT NULL,
  tax_amount        hera_amount NOT NULL,
  entity_id         text,
  smart_code        text,
  smart_code_status text,
  ai_confidence     text,
  ai_classification text,
  ai_insights       jsonb,
  line_data         jsonb NOT NULL,
  rest              jsonb NOT NULL,
  PRIMARY KEY (organization_id, transaction_id, line_number),
  FOREIGN KEY (organization_id, transaction_id) REFERENCES universal_transactions
    ON DELETE CASCADE
);
