package load

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Behind the ends that a load noted in a live log lies what others wrote since. Of that
// a load that goes on holds its own.
func TestALoadThatGoesOnHoldsItsOwnAlone(t *testing.T) {
	k := kafkatest.Memory(t)
	opts := []kgo.Opt{kgo.SeedBrokers(k.Seeds...)}
	client, err := kgo.NewClient(append(opts, kgo.UnknownTopicRetries(100))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	log, dlq := k.Namespace.Topic(topics.Events), k.Namespace.Topic(topics.DLQ)
	if _, err := kadm.NewClient(client).CreateTopics(t.Context(), 1, 1, nil, log, dlq); err != nil {
		t.Fatal(err)
	}
	const foreign, own = 10_000, 3
	var list []*kgo.Record
	put := func(origin string, n int) {
		for i := range n {
			at := &pb.Origin{Name: origin, Position: int64(i)}
			rec := &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "C1", TxnId: fmt.Sprint(i), Origin: at}}
			value, err := rec.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			letter, err := (&pb.DeadLetter{Stage: stage, OriginName: origin, OriginPosition: int64(i)}).MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, &kgo.Record{Topic: log, Key: []byte("C1"), Value: value}, &kgo.Record{Topic: dlq, Value: letter})
		}
	}
	put("core.txn", foreign)
	put("rows.csv", own)
	if err := client.ProduceSync(t.Context(), list...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	l := &Load{
		d:       &wire.Deployment{Kafka: opts, Namespace: k.Namespace},
		inputs:  []source{{name: "rows.csv"}},
		resumed: &pb.LoadedFile{LogEnds: []int64{0}, DlqEnds: []int64{0}},
	}
	m, err := l.recall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.log) != own || len(m.dlq) != own {
		t.Errorf("holds %d records and %d letters, want %d of each", len(m.log), len(m.dlq), own)
	}
	value := list[2*foreign].Value
	if !m.log.take(recordContent("C1", value)) {
		t.Error("a record of the load is not known again")
	}
}
