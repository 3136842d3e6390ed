CREATE TABLE "sessions" (
	"epoch" bigint NOT NULL,
	"version" text NOT NULL,
	"detail" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "sessions_key" PRIMARY KEY("epoch")
);
--> statement-breakpoint
CREATE TABLE "assets" (
	"id" bigint NOT NULL,
	"code" text NOT NULL,
	"record" bigint NOT NULL,
	CONSTRAINT "assets_key" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "instruments" (
	"id" bigint NOT NULL,
	"name" text NOT NULL,
	"venue" text NOT NULL,
	"venue_symbol" text NOT NULL,
	"kind" text NOT NULL,
	"base" text NOT NULL,
	"quote" text NOT NULL,
	"settle" text NOT NULL,
	"revision" bigint NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "instruments_key" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "instrument_revisions" (
	"instrument" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"tick" numeric NOT NULL,
	"lot" numeric NOT NULL,
	"qty_min" numeric NOT NULL,
	"qty_max" numeric NOT NULL,
	"notional_min" numeric NOT NULL,
	"contract_size" numeric,
	"price_scale" bigint NOT NULL,
	"qty_scale" bigint NOT NULL,
	"definition" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "instrument_revisions_key" PRIMARY KEY("instrument","revision")
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" bigint NOT NULL,
	"name" text NOT NULL,
	"venue" text NOT NULL,
	"mode" text NOT NULL,
	"definition" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "accounts_key" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "strategies" (
	"name" text NOT NULL,
	"source" text NOT NULL,
	"revision" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "strategies_key" PRIMARY KEY("name")
);
--> statement-breakpoint
CREATE TABLE "strategy_revisions" (
	"strategy" text NOT NULL,
	"revision" text NOT NULL,
	"definition" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "strategy_revisions_key" PRIMARY KEY("strategy","revision")
);
--> statement-breakpoint
CREATE TABLE "instances" (
	"id" bigint NOT NULL,
	"name" text NOT NULL,
	"strategy" text NOT NULL,
	"revision" text,
	"status" text NOT NULL,
	"definition" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "instances_key" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" bigint NOT NULL,
	"client_order_id" text NOT NULL,
	"venue_order_id" text,
	"account" bigint NOT NULL,
	"instrument" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"instance" bigint NOT NULL,
	"side" text NOT NULL,
	"leg" text NOT NULL,
	"type" text NOT NULL,
	"time_in_force" text NOT NULL,
	"post_only" boolean NOT NULL,
	"reduce_only" boolean NOT NULL,
	"external" boolean NOT NULL,
	"lost" boolean NOT NULL,
	"emulated" boolean NOT NULL,
	"triggered" boolean NOT NULL,
	"price" numeric,
	"qty" numeric NOT NULL,
	"filled_qty" numeric NOT NULL,
	"filled_amount" numeric NOT NULL,
	"trigger_price" numeric,
	"trigger_by" text,
	"trail_price" numeric,
	"trail_bps" numeric,
	"watermark" numeric,
	"on_outage" text,
	"display_qty" numeric,
	"expire_us" bigint,
	"parent" bigint,
	"oco_group" bigint,
	"state" text NOT NULL,
	"terminal" boolean NOT NULL,
	"reason" text,
	"why" text NOT NULL,
	"created_record" bigint NOT NULL,
	"created_us" bigint NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "orders_key" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "order_events" (
	"order_id" bigint NOT NULL,
	"record" bigint NOT NULL,
	"input" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	"exchange_time_us" bigint,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"evidence" text NOT NULL,
	"code" text,
	"attempt" bigint NOT NULL,
	"price" numeric,
	"qty" numeric,
	"cum_qty" numeric,
	"reference_price" numeric,
	"reference_age_us" bigint,
	"text" text NOT NULL,
	CONSTRAINT "order_events_key" PRIMARY KEY("order_id","record")
);
--> statement-breakpoint
CREATE TABLE "executions" (
	"record" bigint NOT NULL,
	"fill_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"account" bigint NOT NULL,
	"instrument" bigint NOT NULL,
	"instance" bigint NOT NULL,
	"side" text NOT NULL,
	"leg" text NOT NULL,
	"price" numeric NOT NULL,
	"qty" numeric NOT NULL,
	"amount" numeric NOT NULL,
	"fee" numeric NOT NULL,
	"fee_asset" text NOT NULL,
	"liquidity" text NOT NULL,
	"evidence" text NOT NULL,
	"realized_pnl" numeric,
	"busted" boolean NOT NULL,
	"busted_record" bigint,
	"time_us" bigint NOT NULL,
	"exchange_time_us" bigint,
	CONSTRAINT "executions_key" PRIMARY KEY("record")
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"account" bigint NOT NULL,
	"instrument" bigint NOT NULL,
	"leg" text NOT NULL,
	"instance" bigint NOT NULL,
	"qty" numeric NOT NULL,
	"average_entry" numeric,
	"realized_pnl" numeric NOT NULL,
	"funding" numeric NOT NULL,
	"fees" numeric NOT NULL,
	"asset" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "positions_key" PRIMARY KEY("account","instrument","leg","instance")
);
--> statement-breakpoint
CREATE TABLE "positions_daily" (
	"day_us" bigint NOT NULL,
	"account" bigint NOT NULL,
	"instrument" bigint NOT NULL,
	"leg" text NOT NULL,
	"instance" bigint NOT NULL,
	"qty" numeric NOT NULL,
	"average_entry" numeric,
	"realized_pnl" numeric NOT NULL,
	"funding" numeric NOT NULL,
	"fees" numeric NOT NULL,
	"asset" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "positions_daily_key" PRIMARY KEY("account","instrument","leg","instance","day_us")
);
--> statement-breakpoint
CREATE TABLE "balances" (
	"account" bigint NOT NULL,
	"asset" text NOT NULL,
	"total" numeric NOT NULL,
	"by_cause" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "balances_key" PRIMARY KEY("account","asset")
);
--> statement-breakpoint
CREATE TABLE "balance_history" (
	"account" bigint NOT NULL,
	"asset" text NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	"change" numeric NOT NULL,
	"total" numeric NOT NULL,
	CONSTRAINT "balance_history_key" PRIMARY KEY("account","asset","record")
);
--> statement-breakpoint
CREATE TABLE "cash_flows" (
	"record" bigint NOT NULL,
	"account" bigint NOT NULL,
	"asset" text NOT NULL,
	"cause" text NOT NULL,
	"amount" numeric NOT NULL,
	"movement_id" text NOT NULL,
	"instrument" bigint,
	"text" text NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "cash_flows_key" PRIMARY KEY("record")
);
--> statement-breakpoint
CREATE TABLE "pnl_snapshots" (
	"account" bigint NOT NULL,
	"instance" bigint NOT NULL,
	"asset" text NOT NULL,
	"period_us" bigint NOT NULL,
	"equity" numeric,
	"realized_pnl" numeric NOT NULL,
	"unrealized_pnl" numeric,
	"fees" numeric NOT NULL,
	"funding" numeric NOT NULL,
	"complete" boolean NOT NULL,
	"record" bigint NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "pnl_snapshots_key" PRIMARY KEY("account","instance","asset","period_us")
);
--> statement-breakpoint
CREATE TABLE "risk_limits" (
	"scope" text NOT NULL,
	"scope_key" text NOT NULL,
	"record" bigint NOT NULL,
	"limits" text NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "risk_limits_key" PRIMARY KEY("scope","scope_key","record")
);
--> statement-breakpoint
CREATE TABLE "risk_breaches" (
	"record" bigint NOT NULL,
	"kind" text NOT NULL,
	"scope" text NOT NULL,
	"scope_key" text NOT NULL,
	"code" text,
	"text" text NOT NULL,
	"time_us" bigint NOT NULL,
	"ended_record" bigint,
	"ended_us" bigint,
	CONSTRAINT "risk_breaches_key" PRIMARY KEY("record")
);
--> statement-breakpoint
CREATE TABLE "control_audit" (
	"record" bigint NOT NULL,
	"action" text NOT NULL,
	"scope" text NOT NULL,
	"scope_key" text NOT NULL,
	"actor" text NOT NULL,
	"text" text NOT NULL,
	"detail" text NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "control_audit_key" PRIMARY KEY("record")
);
--> statement-breakpoint
CREATE INDEX "instruments_name" ON "instruments" USING btree ("name");
--> statement-breakpoint
CREATE INDEX "orders_account_id" ON "orders" USING btree ("account","id");
--> statement-breakpoint
CREATE INDEX "orders_instrument_id" ON "orders" USING btree ("instrument","id");
--> statement-breakpoint
CREATE INDEX "orders_instance_id" ON "orders" USING btree ("instance","id");
--> statement-breakpoint
CREATE INDEX "orders_terminal_id" ON "orders" USING btree ("terminal","id");
--> statement-breakpoint
CREATE INDEX "orders_client_order_id" ON "orders" USING btree ("client_order_id");
--> statement-breakpoint
CREATE INDEX "orders_created_us" ON "orders" USING btree ("created_us");
--> statement-breakpoint
CREATE INDEX "order_events_record" ON "order_events" USING btree ("record");
--> statement-breakpoint
CREATE INDEX "executions_order_id_record" ON "executions" USING btree ("order_id","record");
--> statement-breakpoint
CREATE INDEX "executions_account_record" ON "executions" USING btree ("account","record");
--> statement-breakpoint
CREATE INDEX "executions_instrument_record" ON "executions" USING btree ("instrument","record");
--> statement-breakpoint
CREATE INDEX "executions_instance_record" ON "executions" USING btree ("instance","record");
--> statement-breakpoint
CREATE INDEX "executions_time_us" ON "executions" USING btree ("time_us");
--> statement-breakpoint
CREATE INDEX "positions_daily_day_us" ON "positions_daily" USING btree ("day_us");
--> statement-breakpoint
CREATE INDEX "balance_history_account_asset_time_us" ON "balance_history" USING btree ("account","asset","time_us");
--> statement-breakpoint
CREATE INDEX "cash_flows_account_record" ON "cash_flows" USING btree ("account","record");
--> statement-breakpoint
CREATE INDEX "cash_flows_time_us" ON "cash_flows" USING btree ("time_us");
--> statement-breakpoint
CREATE INDEX "pnl_snapshots_period_us" ON "pnl_snapshots" USING btree ("period_us");
--> statement-breakpoint
CREATE INDEX "risk_limits_record" ON "risk_limits" USING btree ("record");
--> statement-breakpoint
CREATE INDEX "risk_breaches_time_us" ON "risk_breaches" USING btree ("time_us");
--> statement-breakpoint
CREATE INDEX "control_audit_time_us" ON "control_audit" USING btree ("time_us");
