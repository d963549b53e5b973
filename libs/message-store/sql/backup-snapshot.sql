-- First in a transaction: all that follows is read as of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
