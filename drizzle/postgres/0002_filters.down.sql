DROP INDEX "executions_account_instrument_instance_record";
--> statement-breakpoint
DROP INDEX "executions_instrument_instance_record";
--> statement-breakpoint
DROP INDEX "executions_account_instance_record";
--> statement-breakpoint
DROP INDEX "executions_account_instrument_record";
--> statement-breakpoint
DROP INDEX "orders_account_instrument_instance_id";
--> statement-breakpoint
DROP INDEX "orders_instrument_instance_id";
--> statement-breakpoint
DROP INDEX "orders_account_instance_id";
--> statement-breakpoint
DROP INDEX "orders_account_instrument_id";
