CREATE TABLE "providers" (
	"name" text NOT NULL,
	"adapter" text NOT NULL,
	"definition" text NOT NULL,
	"time_us" bigint NOT NULL,
	CONSTRAINT "providers_key" PRIMARY KEY("name")
);
--> statement-breakpoint
CREATE TABLE "bars" (
	"instrument" bigint NOT NULL,
	"tf" text NOT NULL,
	"start_us" bigint NOT NULL,
	"open" numeric NOT NULL,
	"high" numeric NOT NULL,
	"low" numeric NOT NULL,
	"close" numeric NOT NULL,
	"volume" numeric NOT NULL,
	"trades" bigint NOT NULL,
	CONSTRAINT "bars_key" PRIMARY KEY("instrument","tf","start_us")
);
--> statement-breakpoint
CREATE TABLE "cursors" (
	"name" text NOT NULL,
	"record" bigint NOT NULL,
	"source" text NOT NULL,
	CONSTRAINT "cursors_key" PRIMARY KEY("name")
);
