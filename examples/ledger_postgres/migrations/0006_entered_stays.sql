-- What is entered stays as it is, whatever a statement of the ledger's role says. Held to this is
-- who is held by row-level security: not a superuser, who must be able to mend.

-- The transaction that made a header; its lines are made in the same one and never after it.
ALTER TABLE universal_transactions ADD COLUMN made_in xid8;
-- What is read back from `rest` goes before the columns: it may not say these otherwise.
ALTER TABLE universal_transactions ADD CONSTRAINT universal_transactions_rest
  CHECK (NOT rest ?| ARRAY['organization_id', 'id', 'transaction_status', 'total_amount', 'version']);

-- Where a status may move: as `hera_engine.transactions.MOVES`, and by voiding and reversing.
CREATE FUNCTION hera_moves(old_status text, new_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN old_status = 'voided' THEN false
    WHEN new_status = old_status THEN true
    WHEN new_status = 'voided' THEN old_status NOT IN ('reversed', 'archived')
    WHEN new_status = 'reversed' THEN old_status IN ('completed', 'posted', 'archived')
    WHEN new_status = 'archived' THEN old_status IN ('completed', 'posted', 'reversed')
    ELSE array_position(ARRAY['draft', 'pending', 'confirmed', 'approved', 'completed', 'posted'],
                        new_status)
       > array_position(ARRAY['draft', 'pending', 'confirmed', 'approved', 'completed', 'posted'],
                        old_status)
  END IS TRUE
$$;

CREATE FUNCTION hera_is_open(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT status IN ('draft', 'pending', 'confirmed', 'approved')
$$;

-- Everything a header says but these fields, in its columns and in `rest`: a column is held also
-- where `rest` goes before it, since queries look at the columns.
CREATE FUNCTION hera_fixed(header universal_transactions, free text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_array(to_jsonb(header) - 'rest' - free, header.rest - free)
$$;

CREATE FUNCTION hera_header_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;

CREATE FUNCTION hera_header_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  free text[] := ARRAY['transaction_status', 'version', 'updated_at', 'updated_by', 'reason',
                       'reversed_by'];
  links jsonb := coalesce(OLD.rest -> 'reversed_by', '[]');
  linked jsonb := coalesce(NEW.rest -> 'reversed_by', '[]');
BEGIN
  IF NOT row_security_active('universal_transactions') THEN
    RETURN NEW;
  END IF;
  IF OLD.transaction_status = 'completed' THEN
    free := free || ARRAY['approval_required', 'approved_by', 'approved_at'];
  END IF;
  -- No word of the row: what a statement is told may stand in a log.
  IF NOT hera_moves(OLD.transaction_status, NEW.transaction_status) THEN
    RAISE EXCEPTION 'the status of a transaction may not move so'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.organization_id, NEW.id, NEW.created_at, NEW.created_by)
       IS DISTINCT FROM (OLD.organization_id, OLD.id, OLD.created_at, OLD.created_by)
     OR NEW.external_reference IS DISTINCT FROM OLD.external_reference
     OR NEW.made_in IS DISTINCT FROM OLD.made_in
     OR NEW.version <> OLD.version + 1
     OR NOT linked @> links OR jsonb_array_length(linked) < jsonb_array_length(links)
     OR NOT hera_is_open(OLD.transaction_status)
        AND (hera_fixed(NEW, free) <> hera_fixed(OLD, free)
             OR NEW.total_amount::text <> OLD.total_amount::text)
  THEN
    RAISE EXCEPTION 'what is entered may not change, nor who made it and by which reference'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- The second line of defence behind the ledger: what counts in balances balances when it is
-- committed, in each ledger and currency, and in base currency. It finds the mistakes of a program,
-- not those of one that puts constraints off by hand.
CREATE FUNCTION hera_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text := current_setting('hera.organization_id', true);
  wrong boolean;
BEGIN
  IF NOT row_security_active('universal_transactions')
     OR hera_is_open(NEW.transaction_status) OR NEW.transaction_status = 'voided' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('hera.organization_id', NEW.organization_id, true);
  SELECT coalesce(bool_or(debits <> credits OR base_debits <> base_credits OR not sided), false)
  INTO wrong
  FROM (
    SELECT
      coalesce(sum(amount) FILTER (WHERE side = 'DR'), 0) AS debits,
      coalesce(sum(amount) FILTER (WHERE side = 'CR'), 0) AS credits,
      0 AS base_debits, 0 AS base_credits, bool_and(side IN ('DR', 'CR')) IS TRUE AS sided
    FROM hera_legs(NEW) GROUP BY ledger, currency
    UNION ALL
    SELECT 0, 0,
      coalesce(sum(base) FILTER (WHERE side = 'DR'), 0),
      coalesce(sum(base) FILTER (WHERE side = 'CR'), 0), true
    FROM hera_legs(NEW) GROUP BY ledger
  ) AS sums;
  PERFORM set_config('hera.organization_id', coalesce(before, ''), true);
  IF wrong THEN
    RAISE EXCEPTION 'a transaction does not balance' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION hera_legs(header universal_transactions)
RETURNS TABLE (ledger text, currency text, side text, amount numeric, base numeric)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(line_data ->> 'ledger', 'GL'),
    coalesce(line_data ->> 'currency', header.transaction_currency_code),
    line_data ->> 'side', line_amount,
    coalesce((line_data ->> 'base_amount')::numeric, line_amount)
  FROM universal_transaction_lines
  WHERE organization_id = header.organization_id AND transaction_id = header.id
    AND position('.GL.' IN upper(smart_code)) > 0
$$;

-- A temporary table of the same name hides none of these.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'hera_header_made()', 'hera_header_changed()', 'hera_balanced()',
    'hera_legs(universal_transactions)'
  ] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_catalog, pg_temp',
                   name, current_schema());
  END LOOP;
END $$;

CREATE TRIGGER universal_transactions_made BEFORE INSERT ON universal_transactions
  FOR EACH ROW EXECUTE FUNCTION hera_header_made();
CREATE TRIGGER universal_transactions_changed BEFORE UPDATE ON universal_transactions
  FOR EACH ROW EXECUTE FUNCTION hera_header_changed();
CREATE CONSTRAINT TRIGGER universal_transactions_balanced
  AFTER INSERT OR UPDATE OF transaction_status ON universal_transactions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hera_balanced();

CREATE POLICY with_their_header ON universal_transaction_lines AS RESTRICTIVE FOR INSERT
  WITH CHECK (EXISTS (
    SELECT FROM universal_transactions AS headers
    WHERE headers.organization_id = universal_transaction_lines.organization_id
      AND headers.id = transaction_id AND made_in = pg_current_xact_id()
  ));
