package clickhouse

// controlRow is a row of control_raw.
type controlRow struct {
	partition     uint16
	offset        uint64
	kind          string
	term          int64
	day           int32
	at            int64
	name          string
	number        uint32
	mode          string
	fxLag, navLag int32
	zone          string
}

var controlTable = &table[controlRow]{name: "control_raw", columns: []column[controlRow]{
	u16("partition", func(r *controlRow) uint16 { return r.partition }),
	u64("offset", func(r *controlRow) uint64 { return r.offset }),
	word("kind", func(r *controlRow) string { return r.kind }),
	i64("term", func(r *controlRow) int64 { return r.term }),
	optDay("day", func(r *controlRow) int32 { return r.day }),
	moment("at", func(r *controlRow) int64 { return r.at }),
	word("name", func(r *controlRow) string { return r.name }),
	u32("number", func(r *controlRow) uint32 { return r.number }),
	word("mode", func(r *controlRow) string { return r.mode }),
	i32("fx_lag_days", func(r *controlRow) int32 { return r.fxLag }),
	i32("nav_lag_days", func(r *controlRow) int32 { return r.navLag }),
	word("time_zone", func(r *controlRow) string { return r.zone }),
}}

// rateRow is a row of rates_raw.
type rateRow struct {
	unit   string
	day    int32
	offset uint64
	term   int64
	rate   int64
}

// baseRate is the rate of the base currency: it makes SQL treat it like any unit.
const baseRate = 1_000_000_000_000

var ratesTable = &table[rateRow]{name: "rates_raw", columns: []column[rateRow]{
	word("unit", func(r *rateRow) string { return r.unit }),
	day("day", func(r *rateRow) int32 { return r.day }),
	u64("offset", func(r *rateRow) uint64 { return r.offset }),
	i64("term", func(r *rateRow) int64 { return r.term }),
	i64("rate_e12", func(r *rateRow) int64 { return r.rate }),
}}

// Tier is one tier of a policy, as table tiers shows it. The sink may not import
// the policy compiler, so its caller makes these.
type Tier struct {
	Scheme string
	// Rank is the tier's place, 0 the lowest.
	Rank         int32
	Name, Zh, En string
	// Metric is what the scheme goes by.
	Metric string
	// Threshold is where the tier begins, base minor units for money, else units of
	// the metric; 0 for the lowest tier.
	Threshold int64
	// Condition is the whole condition as text where a tier asks for several things.
	Condition string
	// WatchAfter and DownAfter count consecutive misses; 0: never.
	WatchAfter, DownAfter uint8
	// LandsOn is last, best, one_down or by_balance.
	LandsOn string
}

// tierRow is a row of tiers_raw.
type tierRow struct {
	Tier
	policy    string
	version   uint32
	effective int32
	partition uint16
	offset    uint64
}

var tiersTable = &table[tierRow]{name: "tiers_raw", columns: []column[tierRow]{
	word("policy", func(r *tierRow) string { return r.policy }),
	u32("policy_version", func(r *tierRow) uint32 { return r.version }),
	word("scheme", func(r *tierRow) string { return r.Scheme }),
	i32("tier_rank", func(r *tierRow) int32 { return r.Rank }),
	word("tier", func(r *tierRow) string { return r.Name }),
	text("tier_zh", func(r *tierRow) string { return r.Zh }),
	text("tier_en", func(r *tierRow) string { return r.En }),
	word("metric", func(r *tierRow) string { return r.Metric }),
	i64("threshold_minor", func(r *tierRow) int64 { return r.Threshold }),
	text("condition", func(r *tierRow) string { return r.Condition }),
	u8("watch_after", func(r *tierRow) uint8 { return r.WatchAfter }),
	u8("down_after", func(r *tierRow) uint8 { return r.DownAfter }),
	word("lands_on", func(r *tierRow) string { return r.LandsOn }),
	optDay("effective_day", func(r *tierRow) int32 { return r.effective }),
	u16("partition", func(r *tierRow) uint16 { return r.partition }),
	u64("offset", func(r *tierRow) uint64 { return r.offset }),
}}
