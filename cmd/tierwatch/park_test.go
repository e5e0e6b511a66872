package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// place is where the log has the one transaction of a customer that takes does.
func (b *ledgerBank) place(customer string, takes func(*pb.Transaction) bool) string {
	b.t.Helper()
	var places []string
	b.inside(wire.Needs{Kafka: true}, func(ctx context.Context, d *wire.Deployment) error {
		client, err := kgo.NewClient(d.Kafka...)
		if err != nil {
			return err
		}
		defer client.Close()
		bounds, err := reading.Log(ctx, kadm.NewClient(client), d)
		if err != nil {
			return err
		}
		for p, at := range bounds {
			log, err := reading.Open(d.Kafka, d.Namespace.Topic(topics.Events), int32(p), at.Start, at.End)
			if err != nil {
				return err
			}
			defer log.Close()
			for {
				r, err := log.Read(ctx)
				if errors.Is(err, io.EOF) {
					break
				}
				var record pb.LogRecord
				if err := errors.Join(err, record.UnmarshalVT(r.Value)); err != nil {
					return err
				}
				if x := record.Transaction; string(r.Key) == customer && x != nil && takes(x) {
					places = append(places, fmt.Sprintf("%d:%d", p, r.Offset))
				}
			}
		}
		return nil
	})
	if len(places) != 1 {
		b.t.Fatalf("such records of %s are at %v, want one", customer, places)
	}
	return places[0]
}

// later are bookings of ten days behind history's, one a customer and day.
func later(customers int) []byte {
	var b bytes.Buffer
	b.WriteString("id,date,customer,kind,amount,currency\n")
	for day := historyDays; day < historyDays+10; day++ {
		for c := range customers {
			date := time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			fmt.Fprintf(&b, "later-%d-%d,%s,C%03d,N,10.00,CNY\n", day, c, date, c)
		}
	}
	return b.Bytes()
}

// A record is parked before the fold has come to it: fold, verify, a snapshot, what starts
// at that, and explain all leave it out, and it alone.
func TestAParkedRecordIsLeftOutEverywhere(t *testing.T) {
	const customers = 40
	b, _ := newBankOf(t, customers)
	b.write("later.csv", later(customers))
	says := func(args ...string) string {
		t.Helper()
		out, _ := b.run(0, append(args, "--data-dir", "data", "--set", "deployment.clock=log")...)
		return out
	}
	says("load", "--mapping", "core.yaml", "--policy", "policy.yaml", "core.csv")
	balance := func(more ...string) int64 {
		t.Helper()
		var v explaining.View
		if err := json.Unmarshal([]byte(says(append([]string{"explain", "C000", "--json"}, more...)...)), &v); err != nil {
			t.Fatal(err)
		}
		if len(v.Accounts) != 1 {
			t.Fatalf("accounts %+v", v.Accounts)
		}
		return v.Accounts[0].Value
	}
	before := balance()
	// Two bookings of C000, 3.00 each, come into the log, and no fold is there.
	tells(t, says("dlq", "redrive", "--cause", "unknown_currency", "--quiet", "--mapping", "fixed.yaml"), "no fold is running")
	taken := b.place("C000", func(x *pb.Transaction) bool { return x.AmountMinor == 3_00 && x.TxnId == fmt.Sprint(11*customers+1) })
	tells(t, says("dlq", "park", taken, "--reason", "ticket 88"), "record "+taken+" is parked")

	says("load", "--mapping", "core.yaml", "later.csv")
	want := before + 3_00 + 10*10_00
	if got := balance(); got != want {
		t.Errorf("explain tells a balance of %d, want %d, of two bookings of 3.00 one", got, want)
	}
	set := []string{"--set", "deployment.clock=log"}
	whole := b.verify(set...)
	if whole.Outputs["verdicts"] == 0 {
		t.Errorf("no verdict tells of the parked record: %v", whole.Outputs)
	}
	says("snapshot", "--out", "s", "--day", "2025-04-13")
	if r := b.verify(append(set, "--from", "s")...); r.From == nil || r.From.Day != "2025-04-13" || r.Transactions == 0 || r.Outputs["snapshots"] == 0 {
		t.Errorf("verify from the snapshot: %+v", r)
	}
	if got := balance("--from", "s"); got != want {
		t.Errorf("explain from the snapshot tells a balance of %d, want %d", got, want)
	}
}
