package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// markWait bounds a look at the ends of all partitions.
	markWait = time.Minute
	// Bits of a batch's attributes.
	transactional, control = 1 << 4, 1 << 5
)

// endAborted writes the marker that a partition lacks behind records of a transaction that
// was open when the broker was killed. kfake takes such a transaction for aborted, but says
// so by no record: who reads what is committed, and finds nothing but this at the end of a
// partition, could never tell that he has come to it. One that others have written behind needs none.
// The caller lets no client in yet.
func endAborted(g *gate) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(g.Addr().String()), kgo.Dialer(g.dial))
	if err != nil {
		return fmt.Errorf("end aborted transactions: %w", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), markWait)
	defer cancel()
	adm := kadm.NewClient(client)
	list, err := adm.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("end aborted transactions: %w", err)
	}
	ends, err := adm.ListEndOffsets(ctx, list.Names()...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("end aborted transactions: %w", err)
	}
	var marks []kadm.TxnMarkers
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset == 0 {
			return
		}
		m, err := lacks(ctx, client, list[o.Topic].ID, &o)
		switch {
		case err != nil: // whoever reads it meets the same
			fmt.Fprintf(os.Stderr, "an aborted transaction is not looked for: %v\n", err)
		case m != nil:
			marks = append(marks, *m)
		}
	})
	if len(marks) == 0 {
		return nil
	}
	answers, err := adm.WriteTxnMarkers(ctx, marks...)
	if err != nil {
		return fmt.Errorf("end aborted transactions: %w", err)
	}
	answers.EachPartition(func(p kadm.TxnMarkersPartitionResponse) {
		if p.Err != nil {
			err = errors.Join(err, fmt.Errorf("end an aborted transaction in partition %d of %s: %w", p.Partition, p.Topic, p.Err))
		}
	})
	return err
}

// lacks returns the marker that is missing at the end of a partition, nil: none is.
func lacks(ctx context.Context, client *kgo.Client, topic kadm.TopicID, end *kadm.ListedOffset) (*kadm.TxnMarkers, error) {
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = end.Partition, end.Offset-1, 1
	of := kmsg.NewFetchRequestTopic()
	of.Topic, of.TopicID, of.Partitions = end.Topic, topic, []kmsg.FetchRequestTopicPartition{part}
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes, req.IsolationLevel, req.Topics = 1, 1, []kmsg.FetchRequestTopic{of}
	resp, err := req.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return nil, fmt.Errorf("read the end of partition %d of %s: %w", end.Partition, end.Topic, err)
	}
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			p := &resp.Topics[i].Partitions[j]
			switch err := kerr.ErrorForCode(p.ErrorCode); {
			case errors.Is(err, kerr.OffsetOutOfRange): // all was deleted
				return nil, nil //nolint:nilnil // nothing is missing
			case err != nil:
				return nil, fmt.Errorf("read the end of partition %d of %s: %w", end.Partition, end.Topic, err)
			}
			if b, ok := lastAborted(p); ok {
				return &kadm.TxnMarkers{ProducerID: b.ProducerID, ProducerEpoch: b.ProducerEpoch, Topics: kadm.TopicsSet{end.Topic: {end.Partition: {}}}}, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // nothing is missing
}

// lastAborted returns the batch at the end of a partition if it is of an aborted
// transaction and no marker.
func lastAborted(p *kmsg.FetchResponseTopicPartition) (b kmsg.RecordBatch, ok bool) {
	if b.ReadFrom(p.RecordBatches) != nil || b.Attributes&transactional == 0 || b.Attributes&control != 0 {
		return b, false
	}
	for _, a := range p.AbortedTransactions {
		if a.ProducerID == b.ProducerID && a.FirstOffset <= b.FirstOffset {
			return b, true
		}
	}
	return b, false
}
