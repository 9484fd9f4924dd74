-- Lines are for good: nothing deletes them on the way. Only an empty draft is ever removed.
ALTER TABLE universal_transaction_lines
  DROP CONSTRAINT universal_transaction_lines_organization_id_transaction_id_fkey,
  ADD CONSTRAINT universal_transaction_lines_header
    FOREIGN KEY (organization_id, transaction_id) REFERENCES universal_transactions;

CREATE POLICY empty_drafts ON universal_transactions AS RESTRICTIVE FOR DELETE
  USING (transaction_status = 'draft' AND total_amount = 0);
