package logrows

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// tierColumns are compared of tiers_raw, in the order of tierTexts; the first four are
// its key.
var tierColumns = []string{
	"policy", "policy_version", "scheme", "tier_rank", "tier", "tier_zh", "tier_en", "metric", "threshold_minor",
	"condition", "watch_after", "down_after", "lands_on", "effective_day", "partition", "offset",
}

const tierKey = 4

func tierCells() (list []cell) {
	for _, name := range tierColumns {
		list = append(list, cell{name, "ifNull(toString(" + quoted(name) + "), '')"})
	}
	return list
}

// Tiers are the tiers of the policies in the log. All partitions carry the same policies,
// and the table has one row of each tier: of any of them.
type Tiers struct {
	// Of lists the tiers of a policy's text.
	Of func(yaml []byte) ([]clickhouse.Tier, error)
	// rows are those that the table may hold, by key.
	rows map[string][]tierRow
}

type tierRow struct {
	partition int32
	offset    int64
	texts     []string
}

// Record takes in a record of the log.
func (t *Tiers) Record(partition int32, offset int64, r *pb.LogRecord) {
	p := r.Policy
	if p == nil {
		return
	}
	list, err := t.Of(p.Yaml)
	if err != nil {
		return // neither fold nor table take a policy that cannot be read
	}
	if t.rows == nil {
		t.rows = map[string][]tierRow{}
	}
	effective := ""
	if p.EffectiveDay != 0 {
		effective = dateText(date(p.EffectiveDay))
	}
	for _, x := range list {
		texts := []string{
			p.Name, strconv.FormatUint(uint64(p.Version), 10), x.Scheme, strconv.Itoa(int(x.Rank)), x.Name, x.Zh, x.En, x.Metric,
			strconv.FormatInt(x.Threshold, 10), x.Condition, strconv.Itoa(int(x.WatchAfter)), strconv.Itoa(int(x.DownAfter)), x.LandsOn,
			effective, strconv.Itoa(int(partition)), strconv.FormatInt(offset, 10),
		}
		key := fmt.Sprint(texts[:tierKey])
		t.rows[key] = append(t.rows[key], tierRow{partition, offset, texts})
	}
}

// Compare compares table and view. audited tells whether a record of the log was given to
// Record. It returns how many rows there should be.
func (t *Tiers) Compare(ctx context.Context, conn driver.Conn, database string, audited func(partition int32, offset int64) bool, found func(int32, Difference)) (int64, error) {
	for where, from := range map[string]string{"table tiers_raw": "tiers_raw` FINAL", "view tiers": "tiers`"} {
		rows, err := conn.Query(ctx, "SELECT toInt32(partition), toInt64(offset), "+texts(tierCells())+" FROM `"+database+"`.`"+from)
		if err != nil {
			return 0, fmt.Errorf("compare %s: %w", where, err)
		}
		err = t.compare(rows, where, audited, found)
		rows.Close()
		if err != nil {
			return 0, fmt.Errorf("compare %s: %w", where, err)
		}
	}
	return int64(len(t.rows)), nil
}

func (t *Tiers) compare(rows driver.Rows, where string, audited func(int32, int64) bool, found func(int32, Difference)) error {
	seen := map[string]bool{}
	for rows.Next() {
		var partition int32
		var offset int64
		var have []string
		if err := rows.Scan(&partition, &offset, &have); err != nil {
			return err
		}
		tell := func(what string) {
			found(partition, Difference{Where: where, Offset: offset, What: tierName(have) + ": " + what})
		}
		key := fmt.Sprint(have[:tierKey])
		may := t.rows[key]
		same := slices.IndexFunc(may, func(r tierRow) bool { return r.partition == partition && r.offset == offset })
		switch {
		case seen[key]:
			tell("the row is there twice")
		case same >= 0:
			if what := differing(tierCells(), have, may[same].texts); what != "" {
				tell("the row is not what the log says: " + what)
			}
		case audited(partition, offset):
			tell("the log gives no such row")
		}
		seen[key] = true
	}
	for key, may := range t.rows {
		if !seen[key] {
			found(may[0].partition, Difference{Where: where, Offset: may[0].offset, What: tierName(may[0].texts) + ": a row is missing"})
		}
	}
	return rows.Err()
}

func tierName(texts []string) string {
	return fmt.Sprintf("tier %s of %s in policy %s, version %s", texts[4], texts[2], texts[0], texts[1])
}
