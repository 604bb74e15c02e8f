CREATE TABLE `stripe_leases` (
	`key` text PRIMARY KEY NOT NULL,
	`holder` text,
	`held_until` integer NOT NULL,
	`shared_until` integer NOT NULL
);
