package config

// Use is what a process needs of a configuration beside good values.
type Use struct{ Kafka, ClickHouse bool }

// Missing are the addresses that the use needs and nothing sets: with it a start is
// refused. Embedded engines bring their own.
func (c *Config) Missing(u Use) Problems {
	k := &checker{c: c}
	if c.Embedded.On() {
		return nil
	}
	if u.Kafka && len(c.Kafka.Brokers) == 0 {
		k.wrong("kafka.brokers", "", "is missing: every role, and every command that reads or writes the log, needs it: name some brokers as host:port, "+
			"or a directory for embedded engines (embedded.data_dir)")
	}
	if u.ClickHouse && len(c.ClickHouse.Addrs) == 0 {
		k.wrong("clickhouse.addrs", "", "is missing: role warehouse, and the commands migrate and verify, need it: name servers as host:port of the native protocol; "+
			"for processes without role warehouse check with --roles ingest,conductor,fold")
	}
	return k.problems
}
