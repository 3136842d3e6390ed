CREATE TABLE `sessions` (
	`epoch` integer PRIMARY KEY NOT NULL,
	`version` text NOT NULL,
	`detail` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `assets` (
	`id` integer PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`record` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `instruments` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`venue` text NOT NULL,
	`venue_symbol` text NOT NULL,
	`kind` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`settle` text NOT NULL,
	`revision` integer NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `instruments_name` ON `instruments` (`name`);
--> statement-breakpoint
CREATE TABLE `instrument_revisions` (
	`instrument` integer NOT NULL,
	`revision` integer NOT NULL,
	`tick` text NOT NULL,
	`lot` text NOT NULL,
	`qty_min` text NOT NULL,
	`qty_max` text NOT NULL,
	`notional_min` text NOT NULL,
	`contract_size` text,
	`price_scale` integer NOT NULL,
	`qty_scale` integer NOT NULL,
	`definition` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`instrument`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`venue` text NOT NULL,
	`mode` text NOT NULL,
	`definition` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `strategies` (
	`name` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`revision` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `strategy_revisions` (
	`strategy` text NOT NULL,
	`revision` text NOT NULL,
	`definition` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`strategy`, `revision`)
);
--> statement-breakpoint
CREATE TABLE `instances` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`strategy` text NOT NULL,
	`revision` text,
	`status` text NOT NULL,
	`definition` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`id` integer PRIMARY KEY NOT NULL,
	`client_order_id` text NOT NULL,
	`venue_order_id` text,
	`account` integer NOT NULL,
	`instrument` integer NOT NULL,
	`revision` integer NOT NULL,
	`instance` integer NOT NULL,
	`side` text NOT NULL,
	`leg` text NOT NULL,
	`type` text NOT NULL,
	`time_in_force` text NOT NULL,
	`post_only` integer NOT NULL,
	`reduce_only` integer NOT NULL,
	`external` integer NOT NULL,
	`lost` integer NOT NULL,
	`emulated` integer NOT NULL,
	`triggered` integer NOT NULL,
	`price` text,
	`qty` text NOT NULL,
	`filled_qty` text NOT NULL,
	`filled_amount` text NOT NULL,
	`trigger_price` text,
	`trigger_by` text,
	`trail_price` text,
	`trail_bps` text,
	`watermark` text,
	`on_outage` text,
	`display_qty` text,
	`expire_us` integer,
	`parent` integer,
	`oco_group` integer,
	`state` text NOT NULL,
	`terminal` integer NOT NULL,
	`reason` text,
	`why` text NOT NULL,
	`created_record` integer NOT NULL,
	`created_us` integer NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `orders_account_id` ON `orders` (`account`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_instrument_id` ON `orders` (`instrument`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_instance_id` ON `orders` (`instance`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_terminal_id` ON `orders` (`terminal`,`id`);
--> statement-breakpoint
CREATE INDEX `orders_client_order_id` ON `orders` (`client_order_id`);
--> statement-breakpoint
CREATE INDEX `orders_created_us` ON `orders` (`created_us`);
--> statement-breakpoint
CREATE TABLE `order_events` (
	`order_id` integer NOT NULL,
	`record` integer NOT NULL,
	`input` integer NOT NULL,
	`time_us` integer NOT NULL,
	`exchange_time_us` integer,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`evidence` text NOT NULL,
	`code` text,
	`attempt` integer NOT NULL,
	`price` text,
	`qty` text,
	`cum_qty` text,
	`reference_price` text,
	`reference_age_us` integer,
	`text` text NOT NULL,
	PRIMARY KEY(`order_id`, `record`)
);
--> statement-breakpoint
CREATE INDEX `order_events_record` ON `order_events` (`record`);
--> statement-breakpoint
CREATE TABLE `executions` (
	`record` integer PRIMARY KEY NOT NULL,
	`fill_id` text NOT NULL,
	`order_id` integer NOT NULL,
	`account` integer NOT NULL,
	`instrument` integer NOT NULL,
	`instance` integer NOT NULL,
	`side` text NOT NULL,
	`leg` text NOT NULL,
	`price` text NOT NULL,
	`qty` text NOT NULL,
	`amount` text NOT NULL,
	`fee` text NOT NULL,
	`fee_asset` text NOT NULL,
	`liquidity` text NOT NULL,
	`evidence` text NOT NULL,
	`realized_pnl` text,
	`busted` integer NOT NULL,
	`busted_record` integer,
	`time_us` integer NOT NULL,
	`exchange_time_us` integer
);
--> statement-breakpoint
CREATE INDEX `executions_order_id_record` ON `executions` (`order_id`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_account_record` ON `executions` (`account`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_instrument_record` ON `executions` (`instrument`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_instance_record` ON `executions` (`instance`,`record`);
--> statement-breakpoint
CREATE INDEX `executions_time_us` ON `executions` (`time_us`);
--> statement-breakpoint
CREATE TABLE `positions` (
	`account` integer NOT NULL,
	`instrument` integer NOT NULL,
	`leg` text NOT NULL,
	`instance` integer NOT NULL,
	`qty` text NOT NULL,
	`average_entry` text,
	`realized_pnl` text NOT NULL,
	`funding` text NOT NULL,
	`fees` text NOT NULL,
	`asset` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`account`, `instrument`, `leg`, `instance`)
);
--> statement-breakpoint
CREATE TABLE `positions_daily` (
	`day_us` integer NOT NULL,
	`account` integer NOT NULL,
	`instrument` integer NOT NULL,
	`leg` text NOT NULL,
	`instance` integer NOT NULL,
	`qty` text NOT NULL,
	`average_entry` text,
	`realized_pnl` text NOT NULL,
	`funding` text NOT NULL,
	`fees` text NOT NULL,
	`asset` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`account`, `instrument`, `leg`, `instance`, `day_us`)
);
--> statement-breakpoint
CREATE INDEX `positions_daily_day_us` ON `positions_daily` (`day_us`);
--> statement-breakpoint
CREATE TABLE `balances` (
	`account` integer NOT NULL,
	`asset` text NOT NULL,
	`total` text NOT NULL,
	`by_cause` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`account`, `asset`)
);
--> statement-breakpoint
CREATE TABLE `balance_history` (
	`account` integer NOT NULL,
	`asset` text NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	`change` text NOT NULL,
	`total` text NOT NULL,
	PRIMARY KEY(`account`, `asset`, `record`)
);
--> statement-breakpoint
CREATE INDEX `balance_history_account_asset_time_us` ON `balance_history` (`account`,`asset`,`time_us`);
--> statement-breakpoint
CREATE TABLE `cash_flows` (
	`record` integer PRIMARY KEY NOT NULL,
	`account` integer NOT NULL,
	`asset` text NOT NULL,
	`cause` text NOT NULL,
	`amount` text NOT NULL,
	`movement_id` text NOT NULL,
	`instrument` integer,
	`text` text NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `cash_flows_account_record` ON `cash_flows` (`account`,`record`);
--> statement-breakpoint
CREATE INDEX `cash_flows_time_us` ON `cash_flows` (`time_us`);
--> statement-breakpoint
CREATE TABLE `pnl_snapshots` (
	`account` integer NOT NULL,
	`instance` integer NOT NULL,
	`asset` text NOT NULL,
	`period_us` integer NOT NULL,
	`equity` text,
	`realized_pnl` text NOT NULL,
	`unrealized_pnl` text,
	`fees` text NOT NULL,
	`funding` text NOT NULL,
	`complete` integer NOT NULL,
	`record` integer NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`account`, `instance`, `asset`, `period_us`)
);
--> statement-breakpoint
CREATE INDEX `pnl_snapshots_period_us` ON `pnl_snapshots` (`period_us`);
--> statement-breakpoint
CREATE TABLE `risk_limits` (
	`scope` text NOT NULL,
	`scope_key` text NOT NULL,
	`record` integer NOT NULL,
	`limits` text NOT NULL,
	`time_us` integer NOT NULL,
	PRIMARY KEY(`scope`, `scope_key`, `record`)
);
--> statement-breakpoint
CREATE INDEX `risk_limits_record` ON `risk_limits` (`record`);
--> statement-breakpoint
CREATE TABLE `risk_breaches` (
	`record` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`scope` text NOT NULL,
	`scope_key` text NOT NULL,
	`code` text,
	`text` text NOT NULL,
	`time_us` integer NOT NULL,
	`ended_record` integer,
	`ended_us` integer
);
--> statement-breakpoint
CREATE INDEX `risk_breaches_time_us` ON `risk_breaches` (`time_us`);
--> statement-breakpoint
CREATE TABLE `control_audit` (
	`record` integer PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`scope` text NOT NULL,
	`scope_key` text NOT NULL,
	`actor` text NOT NULL,
	`text` text NOT NULL,
	`detail` text NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `control_audit_time_us` ON `control_audit` (`time_us`);
