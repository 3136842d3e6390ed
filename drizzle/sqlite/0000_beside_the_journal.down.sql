DROP TABLE `cursors`;
--> statement-breakpoint
DROP TABLE `bars`;
--> statement-breakpoint
DROP TABLE `providers`;
