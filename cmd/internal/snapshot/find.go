package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ErrNotClosed is a day that a partition of the log has not closed.
var ErrNotClosed = errors.New("the day is not closed")

// closing is a CLOSE in a partition of the log.
type closing struct {
	day    int32
	offset int64
}

// The first look from the end of a partition, records, and how much wider the next is.
const (
	firstLook = 1 << 16
	wider     = 4
)

// lookBack gives the CLOSEs from some offset on to the end, looking further back until
// they are enough or the log begins.
func lookBack(ctx context.Context, d *wire.Deployment, id int32, b reading.Bounds, enough func([]closing) bool) ([]closing, error) {
	var found []closing
	for end, look := b.End, int64(firstLook); end > b.Start; look *= wider {
		from := max(b.Start, end-look)
		list, err := closings(ctx, d, id, from, end)
		if err != nil {
			return nil, err
		}
		if found = append(list, found...); enough(found) {
			break
		}
		end = from
	}
	return found, nil
}

// closings are the CLOSEs of a partition in [from, end).
func closings(ctx context.Context, d *wire.Deployment, id int32, from, end int64) (list []closing, err error) {
	log, err := reading.Open(d.Kafka, d.Namespace.Topic(topics.Events), id, from, end)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	for {
		r, err := log.Read(ctx)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if len(r.Key) > 0 { // of a customer
			continue
		}
		if of := closes(r.Value); of != 0 {
			list = append(list, closing{of, r.Offset})
		}
	}
}

// closes is the day that a control record closes, 0: it is none, or cannot be read.
func closes(value []byte) int32 {
	var rec pb.LogRecord
	if err := rec.UnmarshalVTUnsafe(value); err != nil {
		return 0
	}
	return rec.Close.GetDay()
}

// newestDay is the newest day that every partition has closed.
func newestDay(ctx context.Context, d *wire.Deployment, bounds []reading.Bounds) (int32, error) {
	newest := int32(0)
	for id, b := range bounds {
		list, err := lookBack(ctx, d, int32(id), b, func(found []closing) bool { return len(found) > 0 })
		if err != nil {
			return 0, err
		}
		last := int32(0)
		for _, c := range list {
			last = max(last, c.day)
		}
		if last == 0 {
			return 0, fmt.Errorf("partition %d of the log has no CLOSE: %w; a snapshot is of a closed day", id, ErrNotClosed)
		}
		if newest == 0 || last < newest {
			newest = last
		}
	}
	return newest, nil
}

// closeOf is the offset of the first CLOSE of a day in a partition.
func closeOf(ctx context.Context, d *wire.Deployment, id int32, b reading.Bounds, of int32) (int64, error) {
	list, err := lookBack(ctx, d, id, b, func(found []closing) bool { return len(found) > 0 && found[0].day < of })
	if err != nil {
		return 0, err
	}
	before, after := "none", "none"
	for _, c := range list {
		switch {
		case c.day == of:
			return c.offset, nil
		case c.day < of:
			before = day.String(c.day)
		case after == "none":
			after = day.String(c.day)
		}
	}
	return 0, fmt.Errorf("%s: %w: partition %d of the log has no CLOSE of it; the closed day before it: %s, after it: %s",
		day.String(of), ErrNotClosed, id, before, after)
}
