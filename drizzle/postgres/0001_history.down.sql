DROP TABLE "control_audit";
--> statement-breakpoint
DROP TABLE "risk_breaches";
--> statement-breakpoint
DROP TABLE "risk_limits";
--> statement-breakpoint
DROP TABLE "pnl_snapshots";
--> statement-breakpoint
DROP TABLE "cash_flows";
--> statement-breakpoint
DROP TABLE "balance_history";
--> statement-breakpoint
DROP TABLE "balances";
--> statement-breakpoint
DROP TABLE "positions_daily";
--> statement-breakpoint
DROP TABLE "positions";
--> statement-breakpoint
DROP TABLE "executions";
--> statement-breakpoint
DROP TABLE "order_events";
--> statement-breakpoint
DROP TABLE "orders";
--> statement-breakpoint
DROP TABLE "instances";
--> statement-breakpoint
DROP TABLE "strategy_revisions";
--> statement-breakpoint
DROP TABLE "strategies";
--> statement-breakpoint
DROP TABLE "accounts";
--> statement-breakpoint
DROP TABLE "instrument_revisions";
--> statement-breakpoint
DROP TABLE "instruments";
--> statement-breakpoint
DROP TABLE "assets";
--> statement-breakpoint
DROP TABLE "sessions";
--> statement-breakpoint
DELETE FROM "cursors" WHERE "name" = 'projection';
