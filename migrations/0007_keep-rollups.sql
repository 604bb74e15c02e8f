-- Triggers keep the rollups in the transaction of the rows that they sum up, whoever writes those.
-- A later migration that makes one of these tables anew has to make its triggers anew too. At the
-- end each rollup is filled by a full sum, so that rows which were there before are counted once.
CREATE TRIGGER `usage_daily_counted` AFTER INSERT ON `usage_daily` BEGIN
  INSERT INTO `usage_totals` (`day`, `model`, `users`, `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits`)
  VALUES (new.`day`, new.`model`, 1, new.`requests`, new.`input_tokens`, new.`cached_input_tokens`, new.`output_tokens`, new.`microcredits`)
  ON CONFLICT (`day`, `model`) DO UPDATE SET `users` = `users` + excluded.`users`,
    `requests` = `requests` + excluded.`requests`,
    `input_tokens` = `input_tokens` + excluded.`input_tokens`,
    `cached_input_tokens` = `cached_input_tokens` + excluded.`cached_input_tokens`,
    `output_tokens` = `output_tokens` + excluded.`output_tokens`,
    `microcredits` = `microcredits` + excluded.`microcredits`;
  INSERT INTO `usage_monthly` (`month`, `user_id`, `requests`, `microcredits`)
  VALUES (substr(new.`day`, 1, 7), new.`user_id`, new.`requests`, new.`microcredits`)
  ON CONFLICT (`month`, `user_id`) DO UPDATE SET
    `requests` = `requests` + excluded.`requests`,
    `microcredits` = `microcredits` + excluded.`microcredits`;
END;
--> statement-breakpoint
CREATE TRIGGER `usage_daily_recounted` AFTER UPDATE OF `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits` ON `usage_daily` BEGIN
  UPDATE `usage_totals` SET `requests` = `requests` + new.`requests` - old.`requests`, `input_tokens` = `input_tokens` + new.`input_tokens` - old.`input_tokens`, `cached_input_tokens` = `cached_input_tokens` + new.`cached_input_tokens` - old.`cached_input_tokens`, `output_tokens` = `output_tokens` + new.`output_tokens` - old.`output_tokens`, `microcredits` = `microcredits` + new.`microcredits` - old.`microcredits`
  WHERE `day` = new.`day` AND `model` = new.`model`;
  UPDATE `usage_monthly` SET `requests` = `requests` + new.`requests` - old.`requests`,
    `microcredits` = `microcredits` + new.`microcredits` - old.`microcredits`
  WHERE `month` = substr(new.`day`, 1, 7) AND `user_id` = new.`user_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `usage_daily_active_user` AFTER INSERT ON `usage_daily` WHEN NOT EXISTS (
  SELECT 1 FROM `usage_daily`
  WHERE `user_id` = new.`user_id` AND `day` = new.`day` AND `model` <> new.`model`
) BEGIN
  INSERT INTO `active_users` (`day`, `previous_day`, `users`)
  VALUES (new.`day`, coalesce((
      SELECT max(`day`) FROM `usage_daily`
      WHERE `user_id` = new.`user_id` AND `day` < new.`day` AND `day` >= date(new.`day`, '-366 days')
    ), ''), 1)
  ON CONFLICT (`day`, `previous_day`) DO UPDATE SET `users` = `users` + 1;
  INSERT INTO `active_users` (`day`, `previous_day`, `users`)
  SELECT next.`day`, coalesce((
      SELECT max(`day`) FROM `usage_daily`
      WHERE `user_id` = new.`user_id` AND `day` < new.`day` AND `day` >= date(next.`day`, '-366 days')
    ), ''), -1
  FROM (SELECT (
      SELECT min(`day`) FROM `usage_daily`
      WHERE `user_id` = new.`user_id` AND `day` > new.`day`
        AND `day` <= date(new.`day`, '+366 days')
    ) AS `day`) AS next WHERE next.`day` IS NOT NULL
  ON CONFLICT (`day`, `previous_day`) DO UPDATE SET `users` = `users` - 1;
  INSERT INTO `active_users` (`day`, `previous_day`, `users`)
  SELECT next.`day`, new.`day`, 1
  FROM (SELECT (
      SELECT min(`day`) FROM `usage_daily`
      WHERE `user_id` = new.`user_id` AND `day` > new.`day`
        AND `day` <= date(new.`day`, '+366 days')
    ) AS `day`) AS next WHERE next.`day` IS NOT NULL
  ON CONFLICT (`day`, `previous_day`) DO UPDATE SET `users` = `users` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_in_order_counts` AFTER INSERT ON `orders` BEGIN
  INSERT INTO `order_counts` (`day`, `status`, `orders`)
  SELECT date(new.`created_at` / 1000, 'unixepoch'), new.`status`, 1
  WHERE new.`created_at` IS NOT NULL
  ON CONFLICT (`day`, `status`) DO UPDATE SET `orders` = `orders` + excluded.`orders`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_moved_in_order_counts` AFTER UPDATE OF `status`, `created_at` ON `orders` BEGIN
  INSERT INTO `order_counts` (`day`, `status`, `orders`)
  SELECT date(old.`created_at` / 1000, 'unixepoch'), old.`status`, -1
  WHERE old.`created_at` IS NOT NULL
  ON CONFLICT (`day`, `status`) DO UPDATE SET `orders` = `orders` + excluded.`orders`;
  INSERT INTO `order_counts` (`day`, `status`, `orders`)
  SELECT date(new.`created_at` / 1000, 'unixepoch'), new.`status`, 1
  WHERE new.`created_at` IS NOT NULL
  ON CONFLICT (`day`, `status`) DO UPDATE SET `orders` = `orders` + excluded.`orders`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_out_of_order_counts` AFTER DELETE ON `orders` BEGIN
  INSERT INTO `order_counts` (`day`, `status`, `orders`)
  SELECT date(old.`created_at` / 1000, 'unixepoch'), old.`status`, -1
  WHERE old.`created_at` IS NOT NULL
  ON CONFLICT (`day`, `status`) DO UPDATE SET `orders` = `orders` + excluded.`orders`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_in_daily_sales` AFTER INSERT ON `orders` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(new.`paid_at` / 1000, 'unixepoch'), new.`currency`, 1, new.`paid_minor`, new.`refunded_minor`
  WHERE new.`paid_at` IS NOT NULL AND new.`paid_minor` IS NOT NULL AND new.`kind` <> 'subscription'
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_moved_in_daily_sales` AFTER UPDATE OF `paid_at`, `paid_minor`, `refunded_minor`, `currency`, `kind` ON `orders` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(old.`paid_at` / 1000, 'unixepoch'), old.`currency`, -1, -old.`paid_minor`, -old.`refunded_minor`
  WHERE old.`paid_at` IS NOT NULL AND old.`paid_minor` IS NOT NULL AND old.`kind` <> 'subscription'
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(new.`paid_at` / 1000, 'unixepoch'), new.`currency`, 1, new.`paid_minor`, new.`refunded_minor`
  WHERE new.`paid_at` IS NOT NULL AND new.`paid_minor` IS NOT NULL AND new.`kind` <> 'subscription'
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_out_of_daily_sales` AFTER DELETE ON `orders` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(old.`paid_at` / 1000, 'unixepoch'), old.`currency`, -1, -old.`paid_minor`, -old.`refunded_minor`
  WHERE old.`paid_at` IS NOT NULL AND old.`paid_minor` IS NOT NULL AND old.`kind` <> 'subscription'
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscription_invoices_in_daily_sales` AFTER INSERT ON `subscription_invoices` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(new.`paid_at` / 1000, 'unixepoch'), new.`currency`, 1, new.`paid_minor`, new.`refunded_minor`
  WHERE new.`paid_at` IS NOT NULL AND new.`status` = 'paid' AND new.`paid_minor` <> 0
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscription_invoices_moved_in_daily_sales` AFTER UPDATE OF `paid_at`, `status`, `paid_minor`, `refunded_minor`, `currency` ON `subscription_invoices` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(old.`paid_at` / 1000, 'unixepoch'), old.`currency`, -1, -old.`paid_minor`, -old.`refunded_minor`
  WHERE old.`paid_at` IS NOT NULL AND old.`status` = 'paid' AND old.`paid_minor` <> 0
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(new.`paid_at` / 1000, 'unixepoch'), new.`currency`, 1, new.`paid_minor`, new.`refunded_minor`
  WHERE new.`paid_at` IS NOT NULL AND new.`status` = 'paid' AND new.`paid_minor` <> 0
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscription_invoices_out_of_daily_sales` AFTER DELETE ON `subscription_invoices` BEGIN
  INSERT INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
  SELECT date(old.`paid_at` / 1000, 'unixepoch'), old.`currency`, -1, -old.`paid_minor`, -old.`refunded_minor`
  WHERE old.`paid_at` IS NOT NULL AND old.`status` = 'paid' AND old.`paid_minor` <> 0
  ON CONFLICT (`day`, `currency`) DO UPDATE SET `sales` = `sales` + excluded.`sales`, `sales_minor` = `sales_minor` + excluded.`sales_minor`, `refunded_minor` = `refunded_minor` + excluded.`refunded_minor`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscriptions_in_subscription_totals` AFTER INSERT ON `subscriptions` BEGIN
  INSERT INTO `subscription_totals` (`price_id`, `currency`, `subscriptions`, `quantity`)
  SELECT new.`price_id`, new.`currency`, 1, new.`quantity`
  WHERE new.`status` IN ('active', 'past_due')
  ON CONFLICT (`price_id`, `currency`) DO UPDATE SET `subscriptions` = `subscriptions` + excluded.`subscriptions`, `quantity` = `quantity` + excluded.`quantity`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscriptions_moved_in_subscription_totals` AFTER UPDATE OF `status`, `price_id`, `currency`, `quantity` ON `subscriptions` BEGIN
  INSERT INTO `subscription_totals` (`price_id`, `currency`, `subscriptions`, `quantity`)
  SELECT old.`price_id`, old.`currency`, -1, -old.`quantity`
  WHERE old.`status` IN ('active', 'past_due')
  ON CONFLICT (`price_id`, `currency`) DO UPDATE SET `subscriptions` = `subscriptions` + excluded.`subscriptions`, `quantity` = `quantity` + excluded.`quantity`;
  INSERT INTO `subscription_totals` (`price_id`, `currency`, `subscriptions`, `quantity`)
  SELECT new.`price_id`, new.`currency`, 1, new.`quantity`
  WHERE new.`status` IN ('active', 'past_due')
  ON CONFLICT (`price_id`, `currency`) DO UPDATE SET `subscriptions` = `subscriptions` + excluded.`subscriptions`, `quantity` = `quantity` + excluded.`quantity`;
END;
--> statement-breakpoint
CREATE TRIGGER `subscriptions_out_of_subscription_totals` AFTER DELETE ON `subscriptions` BEGIN
  INSERT INTO `subscription_totals` (`price_id`, `currency`, `subscriptions`, `quantity`)
  SELECT old.`price_id`, old.`currency`, -1, -old.`quantity`
  WHERE old.`status` IN ('active', 'past_due')
  ON CONFLICT (`price_id`, `currency`) DO UPDATE SET `subscriptions` = `subscriptions` + excluded.`subscriptions`, `quantity` = `quantity` + excluded.`quantity`;
END;
--> statement-breakpoint
INSERT OR REPLACE INTO `usage_totals` (`day`, `model`, `users`, `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits`)
SELECT `day`, `model`, count(*), sum(`requests`), sum(`input_tokens`), sum(`cached_input_tokens`), sum(`output_tokens`), sum(`microcredits`)
FROM `usage_daily` GROUP BY `day`, `model`;
--> statement-breakpoint
INSERT OR REPLACE INTO `usage_monthly` (`month`, `user_id`, `requests`, `microcredits`)
SELECT substr(`day`, 1, 7), `user_id`, sum(`requests`), sum(`microcredits`)
FROM `usage_daily` GROUP BY substr(`day`, 1, 7), `user_id`;
--> statement-breakpoint
INSERT OR REPLACE INTO `active_users` (`day`, `previous_day`, `users`)
SELECT `day`, iif(`previous` >= date(`day`, '-366 days'), `previous`, ''), count(*)
FROM (
  SELECT `day`, lag(`day`) OVER (PARTITION BY `user_id` ORDER BY `day`) AS `previous`
  FROM (SELECT DISTINCT `user_id`, `day` FROM `usage_daily`)
) GROUP BY 1, 2;
--> statement-breakpoint
INSERT OR REPLACE INTO `order_counts` (`day`, `status`, `orders`)
SELECT date(`created_at` / 1000, 'unixepoch'), `status`, count(*) FROM `orders` GROUP BY 1, 2;
--> statement-breakpoint
INSERT OR REPLACE INTO `daily_sales` (`day`, `currency`, `sales`, `sales_minor`, `refunded_minor`)
SELECT date(`paid_at` / 1000, 'unixepoch'), `currency`, count(*), sum(`paid_minor`), sum(`refunded_minor`)
FROM (
  SELECT `paid_at`, `currency`, `paid_minor`, `refunded_minor` FROM `orders`
  WHERE `paid_at` IS NOT NULL AND `paid_minor` IS NOT NULL AND `kind` <> 'subscription'
  UNION ALL
  SELECT `paid_at`, `currency`, `paid_minor`, `refunded_minor` FROM `subscription_invoices`
  WHERE `paid_at` IS NOT NULL AND `status` = 'paid' AND `paid_minor` <> 0
) GROUP BY 1, 2;
--> statement-breakpoint
INSERT OR REPLACE INTO `subscription_totals` (`price_id`, `currency`, `subscriptions`, `quantity`)
SELECT `price_id`, `currency`, count(*), sum(`quantity`) FROM `subscriptions`
WHERE `status` IN ('active', 'past_due') GROUP BY `price_id`, `currency`;
