CREATE INDEX "orders_account_instrument_id" ON "orders" USING btree ("account","instrument","id");
--> statement-breakpoint
CREATE INDEX "orders_account_instance_id" ON "orders" USING btree ("account","instance","id");
--> statement-breakpoint
CREATE INDEX "orders_instrument_instance_id" ON "orders" USING btree ("instrument","instance","id");
--> statement-breakpoint
CREATE INDEX "orders_account_instrument_instance_id" ON "orders" USING btree ("account","instrument","instance","id");
--> statement-breakpoint
CREATE INDEX "executions_account_instrument_record" ON "executions" USING btree ("account","instrument","record");
--> statement-breakpoint
CREATE INDEX "executions_account_instance_record" ON "executions" USING btree ("account","instance","record");
--> statement-breakpoint
CREATE INDEX "executions_instrument_instance_record" ON "executions" USING btree ("instrument","instance","record");
--> statement-breakpoint
CREATE INDEX "executions_account_instrument_instance_record" ON "executions" USING btree ("account","instrument","instance","record");
