-- Lines are for good, and only an empty draft is ever removed. A file has no roles: whoever must
-- mend something drops these first, and that shows.
CREATE TRIGGER universal_transaction_lines_stay BEFORE UPDATE ON universal_transaction_lines
BEGIN
  SELECT RAISE(ABORT, 'a line is never changed');
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
