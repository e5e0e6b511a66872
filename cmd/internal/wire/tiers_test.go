package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

func TestTiersOfThePolicy(t *testing.T) {
	list, err := wire.Tiers(wire.PolicyOptions(config.Default()))(demo.Policy)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 8 {
		t.Fatalf("%d tiers, want 5 of card and 3 of class", len(list))
	}
	want := clickhouse.Tier{
		Scheme: "card", Rank: 4, Name: "private", Zh: "私人银行", En: "Private Bank", Metric: "aum",
		Threshold: 600_000_000, WatchAfter: 1, DownAfter: 6, LandsOn: "last",
	}
	if diff := cmp.Diff(want, list[4]); diff != "" {
		t.Error(diff)
	}
	if list[7].Metric != "engagement" || list[7].Threshold != 7_500 {
		t.Errorf("a tier by score: %+v", list[7])
	}
}
