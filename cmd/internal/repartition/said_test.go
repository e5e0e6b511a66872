package repartition

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// opened is the first business day of the tests' logs.
const opened = 20250

func bank(t *testing.T, partitions int) *trial.Bank {
	t.Helper()
	return trial.New(t, func(c *config.Config) { c.Kafka.Partitions = partitions })
}

func quietly(n int32, to topics.Namespace) *Options {
	return &Options{Partitions: n, To: to, Progress: func(string, int64, int64) {}}
}

// repartitioned makes a log of n partitions and gives its deployment.
func repartitioned(t *testing.T, b *trial.Bank, o *Options) *trial.Bank {
	t.Helper()
	p, _, err := Run(t.Context(), b.Deployment, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.At(p.To, p.Partitions)
}

func admin(t *testing.T, b *trial.Bank) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(b.Kafka...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// records are those of a topic, by partition.
func records(t *testing.T, b *trial.Bank, id topics.ID) [][]*kgo.Record {
	t.Helper()
	name := b.Namespace.Topic(id)
	var starts, ends kadm.ListedOffsets // starts: of a log that was cut
	client := admin(t, b)
	kafkatest.Until(t, "the bounds of "+name+" are told", func() bool { // a fenced leader has none
		var errs [2]error
		ends, errs[0] = client.ListEndOffsets(t.Context(), name)
		starts, errs[1] = client.ListStartOffsets(t.Context(), name)
		return errors.Join(errs[0], errs[1], ends.Error(), starts.Error()) == nil
	})
	all := make([][]*kgo.Record, len(ends[name]))
	for p, end := range ends[name] {
		r, err := reading.Open(b.Kafka, name, p, starts[name][p].Offset, end.Offset)
		if err != nil {
			t.Fatal(err)
		}
		for {
			rec, err := r.Read(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			all[p] = append(all[p], rec)
		}
		r.Close()
	}
	return all
}

// said is all that the fold has said of each customer, by topic and in order, without
// the places in the log: those are the new log's own.
func said(t *testing.T, b *trial.Bank) map[string][]string {
	t.Helper()
	return saidBehind(t, b, make([]int64, b.Partitions))
}

// saidBehind is said of what lies in the log from these offsets on; a verdict about a
// record before them is one about a record that is not known.
func saidBehind(t *testing.T, b *trial.Bank, from []int64) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, id := range []topics.ID{topics.Alerts, topics.TierChanges, topics.Snapshots, topics.Verdicts, topics.DLQ} {
		for _, list := range records(t, b, id) {
			for _, r := range list {
				text, ok := placeless(t, id, r.Value, from)
				if key := string(id) + " of " + string(r.Key); ok {
					all[key] = append(all[key], text)
				}
			}
		}
	}
	return all
}

func placeless(t *testing.T, id topics.ID, value []byte, from []int64) (text string, ok bool) {
	t.Helper()
	var m proto.Message
	behind := func(at *pb.Position) bool { return at.GetOffset() >= from[at.GetPartition()] }
	unmarshal := func(own interface {
		proto.Message
		UnmarshalVT([]byte) error
	},
	) {
		if err := own.UnmarshalVT(value); err != nil {
			t.Fatal(err)
		}
		m = own
	}
	switch id {
	case topics.Alerts:
		x := new(pb.Alert)
		unmarshal(x)
		ok, x.Log = behind(x.Log), nil
	case topics.TierChanges:
		x := new(pb.TierChange)
		unmarshal(x)
		ok, x.Log = behind(x.Log), nil
	case topics.Snapshots:
		x := new(pb.Snapshot)
		unmarshal(x)
		ok, x.Log = behind(x.Log), nil
	case topics.Verdicts:
		x := new(pb.Verdict)
		unmarshal(x)
		if x.AboutOffset > 0 && x.AboutOffset < from[x.Log.Partition] {
			x.AboutOffset = -1
		}
		ok, x.Log, x.AboutOffset = behind(x.Log), nil, min(x.AboutOffset, 0)
	default:
		x := new(pb.DeadLetter)
		unmarshal(x)
		if x.Stage != "fold" {
			return "", false
		}
		ok, x.Log, x.OriginPartition, x.OriginPosition = behind(x.Log), nil, 0, 0
	}
	return protojson.Format(m), ok
}

// sameSaid compares what two folds have said.
func sameSaid(t *testing.T, what string, got, want map[string][]string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("%s: nothing to compare", what)
	}
	for key, list := range want {
		if slices.Equal(got[key], list) {
			continue
		}
		at := 0
		for at < min(len(list), len(got[key])) && list[at] == got[key][at] {
			at++
		}
		t.Errorf("%s: %s: %d records, want %d; they differ from number %d on:\n%v\nwant\n%v", what, key, len(got[key]), len(list), at,
			nth(got[key], at), nth(list, at))
		return
	}
	if len(got) != len(want) {
		t.Errorf("%s: said of %d, want %d", what, len(got), len(want))
	}
}

func nth(list []string, at int) string {
	if at < len(list) {
		return list[at]
	}
	return "nothing"
}

// bytesOf is a topic as text, by partition: keys and values.
func bytesOf(t *testing.T, b *trial.Bank, id topics.ID) []string {
	t.Helper()
	var all []string
	for p, list := range records(t, b, id) {
		for _, r := range list {
			all = append(all, fmt.Sprintf("%d:%d %d %q %x", p, r.Offset, r.Timestamp.UnixMilli(), r.Key, r.Value))
		}
	}
	return all
}
