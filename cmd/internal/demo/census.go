package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// Tier is how many customers a tier has, and their money in minor units, nil in a
// scheme that goes by a score.
type Tier struct {
	Scheme    string `json:"scheme"`
	Tier      string `json:"tier"`
	Rank      int16  `json:"rank"`
	Customers uint64 `json:"customers"`
	AUMMinor  *int64 `json:"aum_minor,omitempty"`
}

// money is AUMMinor, 0 if there is none.
func (t *Tier) money() int64 {
	if t.AUMMinor == nil {
		return 0
	}
	return *t.AUMMinor
}

// census asks ClickHouse.
type census struct {
	conn driver.Conn
	db   string
}

func newCensus(d *wire.Deployment) (*census, error) {
	conn, err := clickhouse.Open(d.ClickHouse)
	if err != nil {
		return nil, fmt.Errorf("open clickhouse: %w", err)
	}
	return &census{conn: conn, db: d.ClickHouse.Database}, nil
}

func (c *census) close() error { return c.conn.Close() }

// tiers counts customers and money by scheme and tier, the highest tier first.
func (c *census) tiers(ctx context.Context) ([]Tier, error) {
	rows, err := c.conn.Query(ctx, c.named(`SELECT scheme, tier, tier_rank, count() AS customers,
		if(max(max(period_kind != '' OR notEmpty(holding_units))) OVER (PARTITION BY scheme), sum(aum_minor), NULL) AS money
		FROM {db}.customer_tiers WHERE standing = 'ACTIVE' GROUP BY scheme, tier, tier_rank ORDER BY scheme, tier_rank DESC`))
	if err != nil {
		return nil, fmt.Errorf("count tiers: %w", err)
	}
	defer rows.Close()
	var list []Tier
	for rows.Next() {
		var t Tier
		if err := rows.Scan(&t.Scheme, &t.Tier, &t.Rank, &t.Customers, &t.AUMMinor); err != nil {
			return nil, fmt.Errorf("count tiers: %w", err)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// counts asks for one number by name.
func (c *census) counts(ctx context.Context, query string) (map[string]uint64, error) {
	rows, err := c.conn.Query(ctx, c.named(query))
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	defer rows.Close()
	m := map[string]uint64{}
	for rows.Next() {
		var name string
		var n uint64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("count: %w", err)
		}
		m[name] = n
	}
	return m, rows.Err()
}

func (c *census) named(query string) string { return strings.ReplaceAll(query, "{db}", c.db) }
