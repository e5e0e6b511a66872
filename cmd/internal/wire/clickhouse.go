package wire

import (
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// ClickHouse makes the options of a connection.
func ClickHouse(c config.ClickHouse) (clickhouse.ConnOptions, error) {
	t, err := tlsConfig(c.TLS)
	if err != nil {
		return clickhouse.ConnOptions{}, fmt.Errorf("clickhouse.tls: %w", err)
	}
	password, err := c.Password.Read()
	if err != nil {
		return clickhouse.ConnOptions{}, fmt.Errorf("clickhouse.password: %w", err)
	}
	o := clickhouse.ConnOptions{Addrs: c.Addrs, Database: c.Database, User: c.User, Password: password, TLS: t}
	if c.Cluster != "" {
		o.Cluster = clickhouse.Cluster{Name: c.Cluster, ReplicaPath: c.ReplicaPath, ReplicaName: c.ReplicaName, Quorum: c.InsertQuorum}
	}
	return o, nil
}

// Tiers lists the tiers of a policy for the warehouse.
func Tiers(o policy.Options) func(yaml []byte) ([]clickhouse.Tier, error) {
	return func(yaml []byte) ([]clickhouse.Tier, error) {
		plan, err := policy.Compile("policy.yaml", yaml, o)
		if err != nil {
			return nil, fmt.Errorf("list tiers: %w", err)
		}
		var list []clickhouse.Tier
		for i := range plan.Schemes {
			list = append(list, tiersOf(plan, &plan.Schemes[i])...)
		}
		return list, nil
	}
}
