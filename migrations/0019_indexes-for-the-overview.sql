CREATE INDEX `subscription_invoices_disputed` ON `subscription_invoices` (`paid_at`) WHERE disputed = 1;--> statement-breakpoint
CREATE INDEX `subscriptions_by_end` ON `subscriptions` (`ended_at`) WHERE ended_at is not null;--> statement-breakpoint
CREATE INDEX `subscriptions_by_trial_end` ON `subscriptions` (`trial_end`) WHERE trial_end is not null;--> statement-breakpoint
CREATE INDEX `subscriptions_past_due` ON `subscriptions` (`past_due_since`) WHERE past_due_since is not null;