-- Debit and credit of each line, derived and never stored. Amounts stay texts: whoever adds them up
-- in SQL gets floats, so that exact sums are for the ledger to make.
CREATE VIEW v_universal_transaction_lines_drcr AS
SELECT
  sided.*,
  CASE WHEN side = 'DR' THEN line_amount ELSE '0' END AS debit_amount,
  CASE WHEN side = 'CR' THEN line_amount ELSE '0' END AS credit_amount
FROM (
  SELECT l.*,
    CASE WHEN instr(upper(smart_code), '.GL.') > 0 THEN json_extract(line_data, '$.side') END
      AS side
  FROM universal_transaction_lines l
) AS sided;
