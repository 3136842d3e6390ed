CREATE TABLE `providers` (
	`name` text PRIMARY KEY NOT NULL,
	`adapter` text NOT NULL,
	`definition` text NOT NULL,
	`time_us` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bars` (
	`instrument` integer NOT NULL,
	`tf` text NOT NULL,
	`start_us` integer NOT NULL,
	`open` text NOT NULL,
	`high` text NOT NULL,
	`low` text NOT NULL,
	`close` text NOT NULL,
	`volume` text NOT NULL,
	`trades` integer NOT NULL,
	PRIMARY KEY(`instrument`, `tf`, `start_us`)
);
--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`record` integer NOT NULL,
	`source` text NOT NULL
);
