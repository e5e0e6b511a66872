package config

import (
	"strings"
	"testing"
)

func TestCluster(t *testing.T) {
	c, err := Load(Input{File: file(t, "clickhouse: {cluster: bank}\n"), LookupEnv: env()})
	if err != nil {
		t.Fatal(err)
	}
	h := c.ClickHouse
	if h.Cluster != "bank" || h.ReplicaPath != "/clickhouse/tables/{shard}/{database}/{table}" || h.ReplicaName != "{replica}" || h.InsertQuorum != "auto" {
		t.Errorf("defaults of a cluster: %+v", h)
	}
	for text, want := range map[string]string{
		"clickhouse: {cluster: bank, insert_quorum: most}\n":        "insert_quorum",
		"clickhouse: {cluster: bank, replica_path: ''}\n":           "replica_path",
		"clickhouse: {cluster: bank, replica_path: '/x/{shard}'}\n": "{table}",
		"clickhouse: {cluster: \"a'b\"}\n":                          "letters, digits",
		"clickhouse: {cluster: bank}\nembedded: {data_dir: /x}\n":   "embedded.data_dir",
	} {
		if _, err := Load(Input{File: file(t, text), LookupEnv: env()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to name %s", text, err, want)
		}
	}
}
