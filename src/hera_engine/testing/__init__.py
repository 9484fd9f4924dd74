"""What users may test their own schemas, stages and storage with; nothing else imports it."""
