CREATE TABLE `card_declines` (
	`id` integer PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`network` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `card_declines_by_user` ON `card_declines` (`user_id`,`at`);--> statement-breakpoint
CREATE INDEX `card_declines_by_network` ON `card_declines` (`network`,`at`);--> statement-breakpoint
CREATE INDEX `card_declines_by_time` ON `card_declines` (`at`);