CREATE INDEX `orders_account_instrument_id` ON `orders` (`account`,`instrument`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_account_instance_id` ON `orders` (`account`,`instance`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_instrument_instance_id` ON `orders` (`instrument`,`instance`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_account_instrument_instance_id` ON `orders` (`account`,`instrument`,`instance`,`id`);
--> statement-breakpoint
CREATE INDEX `executions_account_instrument_record` ON `executions` (`account`,`instrument`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_account_instance_record` ON `executions` (`account`,`instance`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_instrument_instance_record` ON `executions` (`instrument`,`instance`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_account_instrument_instance_record` ON `executions` (`account`,`instrument`,`instance`,`record`);
