package topics_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestTheLogAndItsOutputsAreNeverCut(t *testing.T) {
	for _, id := range []topics.ID{
		topics.Events, topics.Alerts, topics.TierChanges, topics.Snapshots, topics.Verdicts, topics.DLQ,
	} {
		spec, ok := topics.Of(id)
		if !ok {
			t.Fatalf("%s: not in the table", id)
		}
		got := spec.Settings()
		if got["retention.ms"] != "-1" || got["retention.bytes"] != "-1" || got["cleanup.policy"] != "delete" {
			t.Errorf("%s: settings %v would cut it", id, got)
		}
	}
}

func TestOutputsShareThePartitionNumbersOfTheLog(t *testing.T) {
	want := map[topics.ID]int32{topics.Control: 1, topics.Reports: 1}
	for _, spec := range topics.Table() {
		n, single := want[spec.ID]
		if !single {
			n = 12
		}
		if got := spec.Partitions(12); got != n {
			t.Errorf("%s: %d partitions, want %d", spec.ID, got, n)
		}
	}
}

func TestOnlyTheFoldWritesInTransactions(t *testing.T) {
	plain := map[topics.ID]bool{topics.Events: true, topics.Reports: true, topics.Deliveries: true, topics.Control: true}
	for _, spec := range topics.Table() {
		if spec.Transactional == plain[spec.ID] {
			t.Errorf("%s: transactional %v", spec.ID, spec.Transactional)
		}
	}
}

// Whoever reads on in a compacted topic must come to the record that tells that a key is
// forgotten.
func TestWhatIsForgottenIsToldForADay(t *testing.T) {
	for _, spec := range topics.Table() {
		want := ""
		if spec.Cleanup == topics.Compact {
			want = "86400000"
		}
		if got := spec.Settings()["delete.retention.ms"]; got != want {
			t.Errorf("%s: delete.retention.ms is %q, want %q", spec.ID, got, want)
		}
	}
}

func TestDeadLettersHoldATenMegabyteOriginal(t *testing.T) {
	spec, _ := topics.Of(topics.DLQ)
	if spec.MaxMessageBytes < 10<<20+1<<20 {
		t.Errorf("max.message.bytes %d cannot hold a 10 MB original", spec.MaxMessageBytes)
	}
}

func TestNamespace(t *testing.T) {
	if got := topics.Namespace("").Topic(topics.TierChanges); got != "tierwatch.tier-changes" {
		t.Errorf("default name %q", got)
	}
	if got := topics.Namespace("njcb").Group("fold"); got != "njcb-fold" {
		t.Errorf("group %q", got)
	}
	bad := map[topics.Namespace]string{
		"a b": "' ' is not allowed",
		"银行":  "is not allowed",
		topics.Namespace(strings.Repeat("x", 240)): "longer than 249",
	}
	for n, want := range bad {
		if err := n.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: error %v, want %q", n, err, want)
		}
	}
	if err := topics.Namespace("bank-1.prod").Validate(); err != nil {
		t.Error(err)
	}
}
