-- Debit and credit of each line, derived and never stored. security_invoker: the row-level
-- security of whoever reads holds here too.
CREATE VIEW v_universal_transaction_lines_drcr WITH (security_invoker = true) AS
SELECT
  sided.*,
  CASE WHEN side = 'DR' THEN line_amount ELSE 0 END AS debit_amount,
  CASE WHEN side = 'CR' THEN line_amount ELSE 0 END AS credit_amount
FROM (
  SELECT l.*,
    CASE WHEN position('.GL.' IN upper(smart_code)) > 0 THEN line_data ->> 'side' END AS side
  FROM universal_transaction_lines l
) AS sided;

GRANT SELECT ON v_universal_transaction_lines_drcr TO hera_ledger;
