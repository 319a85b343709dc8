"""What an installation needs before its services start: roles, schemas, tables and topics."""
