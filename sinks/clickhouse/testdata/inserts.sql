INSERT INTO `bank`.`alerts_raw` (`customer_id`, `alert_id`, `revision`, `supersedes`, `code`, `state`, `severity`, `mode`, `scheme`, `from_tier`, `lands_on`, `falls_on`, `act_by`, `misses_used`, `misses_allowed`, `opened_day`, `day`, `rm_id`, `branch_path`, `branch`, `display_name`, `phone_tail`, `currency`, `threshold_minor`, `adb_estimate_minor`, `shortfall_minor`, `daily_needed_minor`, `top_up_minor`, `hold_after_minor`, `at_risk_minor`, `reachable`, `has_lever`, `wait_days`, `wait_top_up_minor`, `missing_metrics`, `missing_have`, `missing_need`, `reason_codes`, `reason_shares_bp`, `reason_amounts_minor`, `reason_event_ids`, `reason_days`, `action`, `suppressed`, `basis`, `prices`, `quality`, `text_zh`, `text_en`, `policy`, `policy_version`, `clause`, `as_of`, `partition`, `offset`, `record_hash`, `version`)

INSERT INTO `bank`.`alert_history_raw` (`customer_id`, `alert_id`, `revision`, `supersedes`, `code`, `state`, `severity`, `mode`, `scheme`, `from_tier`, `lands_on`, `falls_on`, `act_by`, `misses_used`, `misses_allowed`, `opened_day`, `day`, `rm_id`, `branch_path`, `branch`, `display_name`, `phone_tail`, `currency`, `threshold_minor`, `adb_estimate_minor`, `shortfall_minor`, `daily_needed_minor`, `top_up_minor`, `hold_after_minor`, `at_risk_minor`, `reachable`, `has_lever`, `wait_days`, `wait_top_up_minor`, `missing_metrics`, `missing_have`, `missing_need`, `reason_codes`, `reason_shares_bp`, `reason_amounts_minor`, `reason_event_ids`, `reason_days`, `action`, `suppressed`, `basis`, `prices`, `quality`, `text_zh`, `text_en`, `policy`, `policy_version`, `clause`, `as_of`, `partition`, `offset`, `record_hash`, `version`)

INSERT INTO `bank`.`tier_changes_raw` (`customer_id`, `scheme`, `effective_day`, `kind`, `from_tier`, `to_tier`, `from_rank`, `to_rank`, `decided_day`, `supersedes_day`, `misses`, `watch`, `period_start`, `period_end`, `value_minor`, `threshold_minor`, `rm_id`, `branch_path`, `branch`, `mode`, `provisional`, `policy`, `policy_version`, `clause`, `as_of`, `partition`, `offset`, `sub_index`, `record_hash`, `version`)

INSERT INTO `bank`.`customer_tiers_raw` (`customer_id`, `scheme`, `day`, `standing`, `tier`, `tier_rank`, `misses`, `watch`, `since_day`, `down_on`, `lands_on`, `aum_minor`, `adb_sum_minor`, `period_start`, `period_end`, `period_kind`, `day_count`, `divisor`, `threshold_minor`, `next_threshold_minor`, `deposit_weight_bp`, `holding_keys`, `holding_quantities`, `run_rate_minor`, `run_rate_down_on`, `guarantee_until`, `provisional`, `restated`, `policy`, `policy_version`, `as_of`, `partition`, `offset`, `record_hash`, `version`)

INSERT INTO `bank`.`verdicts_raw` (`customer_id`, `partition`, `offset`, `sub_index`, `kind`, `cause`, `event_id`, `account_id`, `day`, `amount`, `about_offset`, `record_hash`, `version`)

INSERT INTO `bank`.`control_raw` (`partition`, `offset`, `kind`, `term`, `day`, `at`, `name`, `number`, `mode`, `fx_lag_days`, `nav_lag_days`, `time_zone`)

INSERT INTO `bank`.`rates_raw` (`unit`, `day`, `offset`, `term`, `rate_e12`)

INSERT INTO `bank`.`tiers_raw` (`policy`, `policy_version`, `scheme`, `tier_rank`, `tier`, `tier_zh`, `metric`, `threshold_minor`, `watch_after`, `down_after`, `lands_on`, `effective_day`, `partition`, `offset`)

INSERT INTO `bank`.`rm_assignments_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `rm_id`, `branch_path`, `branch`)

INSERT INTO `bank`.`credit_status_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `account_id`, `account_type`, `dpd`, `five_class`, `limit_minor`)

INSERT INTO `bank`.`complaints_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `complaint_id`, `open`)

INSERT INTO `bank`.`rm_actions_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `alert_id`, `action`, `rm_id`, `note`)

INSERT INTO `bank`.`tier_seeds_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `scheme`, `tier`, `since_day`, `misses`, `guarantee_until`)

INSERT INTO `bank`.`tier_overrides_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `scheme`, `tier`, `until_day`, `reason`)

INSERT INTO `bank`.`customer_facts_raw` (`customer_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `display_name`, `phone_tail`, `segment`, `region`, `language`, `marketing_consent`, `since_day`, `exited`)

INSERT INTO `bank`.`account_facts_raw` (`customer_id`, `account_id`, `event_time`, `source_seq`, `partition`, `offset`, `business_day`, `account_type`, `unit`, `opened_day`, `closed_day`, `maturity_day`, `limit_minor`, `joint`, `product_code`)

INSERT INTO `bank`.`opening_balances_raw` (`customer_id`, `account_id`, `partition`, `offset`, `day`, `account_type`, `unit`, `balance`, `event_time`)

INSERT INTO `bank`.`dlq_raw` (`stage`, `cause`, `field`, `origin_name`, `origin_partition`, `origin_position`, `event_id`, `partition`, `offset`, `original_hash`, `detail`, `source`, `customer_id`, `applied`, `original`, `at`, `dlq_partition`, `dlq_offset`)

INSERT INTO `bank`.`customer_snapshots_raw` (`customer_id`, `scheme`, `day`, `standing`, `tier`, `tier_rank`, `misses`, `watch`, `since_day`, `down_on`, `lands_on`, `aum_minor`, `adb_sum_minor`, `period_start`, `period_end`, `period_kind`, `day_count`, `divisor`, `threshold_minor`, `next_threshold_minor`, `deposit_weight_bp`, `holding_keys`, `holding_quantities`, `run_rate_minor`, `run_rate_down_on`, `guarantee_until`, `provisional`, `restated`, `policy`, `policy_version`, `as_of`, `partition`, `offset`, `record_hash`, `version`)

INSERT INTO `bank`.`customer_metrics_raw` (`customer_id`, `day`, `assets_minor`, `metric_names`, `metric_values`, `score_names`, `score_values_bp`, `part_names`, `part_points_bp`, `part_weights_bp`, `scheme_names`, `restated`, `policy`, `policy_version`, `as_of`, `partition`, `offset`, `record_hash`, `version`)

INSERT INTO `bank`.`accounts_raw` (`customer_id`, `account_id`, `account_type`, `unit`, `first_day`, `last_day`, `observed`, `last_offset`)

INSERT INTO `bank`.`events_raw` (`customer_id`, `event_id`, `partition`, `offset`, `account_id`, `account_type`, `txn_type`, `direction`, `status`, `flow_kind`, `initiator`, `channel`, `counterparty_type`, `internal_transfer`, `same_owner`, `amount_minor`, `currency`, `base_amount_minor`, `fx_rate`, `unit`, `quantity`, `balance_after`, `balance_trust`, `business_day`, `value_day`, `event_time`, `ingest_time`, `source`, `source_seq`, `event_version`, `reversal_of`, `reversal_kind`, `product_code`, `branch_id`, `region`, `counterparty_bank_code`, `counterparty_hash`, `mcc`, `purpose_code`, `bk_tx_cd`, `maturity_day`, `interest_rate_bp`, `principal_minor`, `interest_minor`, `due_day`, `dpd`, `five_class`, `credit_limit_minor`, `statement_balance_minor`, `min_due_minor`, `trace_id`, `origin_name`, `origin_partition`, `origin_position`)

