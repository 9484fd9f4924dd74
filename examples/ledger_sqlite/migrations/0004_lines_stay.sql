-- Lines are for good, and only an empty draft is ever removed. A file has no roles: whoever must
-- mend something drops these first, and that shows.
CREATE TRIGGER universal_transaction_lines_stay BEFORE UPDATE ON universal_transaction_lines
BEGIN
  SELECT RAISE(ABORT, 'a line is never changed');
END;

-- INSERT OR REPLACE deletes what is in its way, and no trigger hears of that.
CREATE TRIGGER universal_transaction_lines_new BEFORE INSERT ON universal_transaction_lines
WHEN EXISTS (SELECT 1 FROM universal_transaction_lines WHERE organization_id = NEW.organization_id
  AND transaction_id = NEW.transaction_id AND line_number = NEW.line_number)
BEGIN
  SELECT RAISE(ABORT, 'a line is never changed');
END;

-- A second header of a reference is passed over, as ON CONFLICT DO NOTHING does.
CREATE TRIGGER universal_transactions_new BEFORE INSERT ON universal_transactions
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM universal_transactions WHERE organization_id = NEW.organization_id
      AND external_reference = NEW.external_reference) THEN RAISE(IGNORE)
    WHEN EXISTS (SELECT 1 FROM universal_transactions WHERE organization_id = NEW.organization_id
      AND id = NEW.id) THEN RAISE(ABORT, 'a transaction is never replaced')
  END;
END;

CREATE TRIGGER universal_transaction_lines_kept BEFORE DELETE ON universal_transaction_lines
BEGIN
  SELECT RAISE(ABORT, 'a line is never deleted');
END;

CREATE TRIGGER universal_transactions_kept BEFORE DELETE ON universal_transactions
WHEN OLD.transaction_status <> 'draft' OR OLD.total_amount GLOB '*[1-9]*'
BEGIN
  SELECT RAISE(ABORT, 'only an empty draft is deleted');
END;
